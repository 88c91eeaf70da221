"""What push sources send to functions, and who receives it, over values."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest

from pytest_lambda_events.journal.journal import Journal
from pytest_lambda_events.service.authorization import PushSource
from pytest_lambda_events.service.errors import ServiceError
from pytest_lambda_events.service.event_acceptor import SourceDenied
from pytest_lambda_events.simulation.simulation import Simulation
from pytest_lambda_events.sources.push import bucket_events, log_events, topic_events
from pytest_lambda_events.sources.push.bucket_events import ObjectEvent
from pytest_lambda_events.sources.push.deliveries import FunctionDeliveries, NotDelivered, Pushes
from pytest_lambda_events.sources.push.event_rules import DeadLetter, EventBuses, EventRule, RuleTarget, bus_event
from pytest_lambda_events.sources.push.log_events import LogBatch
from pytest_lambda_events.sources.push.topic_events import TopicMessage

AT = datetime(2026, 1, 1, 0, 3, 0, 250_000, tzinfo=timezone.utc)
PLACE = "eu-west-1:123456789012"
TOPIC = f"arn:aws:sns:{PLACE}:orders"
FUNCTION = f"arn:aws:lambda:{PLACE}:function:charge:live"
QUEUE, LOST = f"arn:aws:sqs:{PLACE}:readers", f"arn:aws:sqs:{PLACE}:lost"
BUS, OTHER_BUS, THIRD_BUS = (f"arn:aws:events:{PLACE}:event-bus/{name}" for name in ("orders", "audit", "archive"))
MESSAGE = TopicMessage(TOPIC, f"{TOPIC}:1", "id-1", "one", None, {"kind": {"Type": "String", "Value": "new"}}, AT)
EVENT = bus_event("id-1", "OrderPlaced", "shop", "123456789012", "eu-west-1", AT, {"total": 3})


@pytest.fixture
def journal(simulation: Simulation) -> Journal:
    return simulation.journal


@pytest.fixture
def pushes(simulation: Simulation) -> Pushes:
    return Pushes(simulation)


def warnings(journal: Journal) -> list[str]:
    return [entry.detail["message"] for entry in journal if entry.kind == "warning"]


class Lambda:
    """Accepts all events, or refuses all with one error."""

    def __init__(self, refusal: ServiceError | None = None) -> None:
        self.refusal = refusal
        self.accepted: list[tuple[str, bytes, PushSource | None]] = []

    def accept(self, function: str, payload: bytes, *, source: PushSource | None = None, **others: Any) -> Any:
        if self.refusal is not None:
            raise self.refusal
        self.accepted.append((function, payload, source))


class Targets:
    """Targets of rules that exist if they were given rules or are not gone."""

    def __init__(self, *gone: str, **rules: Sequence[EventRule]) -> None:
        self.gone = gone
        self.rules = rules
        self.sent: list[tuple[str, str]] = []
        self.letters: list[Mapping[str, str]] = []

    def rules_of(self, bus_arn: str) -> Sequence[EventRule] | None:
        return self.rules.get(bus_arn.rpartition("/")[2])

    def check(self, rule: EventRule, target: RuleTarget) -> None:
        pass

    def send(self, rule: EventRule, target: RuleTarget, text: str, event: Any) -> None:
        self._send(target["Arn"], text)

    def send_to_queue(self, rule: EventRule, letter: DeadLetter, text: str) -> None:
        self._send(letter.queue_arn, text)
        self.letters.append(letter.attributes)

    def _send(self, arn: str, text: str) -> None:
        if arn in self.gone:
            raise NotDelivered("NO_RESOURCE", "it is gone")
        self.sent.append((arn, text))


def rule(*targets: str | RuleTarget, pattern: str = '{"source": ["shop"]}', is_enabled: bool = True) -> EventRule:
    wanted = [{"Id": "1", "Arn": target} if isinstance(target, str) else target for target in targets]
    return EventRule("placed", f"arn:aws:events:{PLACE}:rule/placed", "123456789012", is_enabled, pattern, wanted)


# --------------------------------------------------------------------------------- SNS


@pytest.mark.rule("PSH-10", "PSH-11", "PSH-20")
def test_the_event_of_a_topic_has_one_record_in_the_order_of_aws() -> None:
    [record] = topic_events.event(MESSAGE)["Records"]

    assert (record["EventSource"], record["EventSubscriptionArn"]) == ("aws:sns", f"{TOPIC}:1")
    assert list(record["Sns"]) == [
        "Type", "MessageId", "TopicArn", "Message", "Timestamp", "SignatureVersion", "Signature", "SigningCertUrl", "Subject",
        "UnsubscribeUrl", "MessageAttributes",
    ]  # fmt: skip
    assert (record["Sns"]["Timestamp"], record["Sns"]["Subject"]) == ("2026-01-01T00:03:00.250Z", None)
    assert record["Sns"]["SigningCertUrl"].startswith("https://sns.eu-west-1.amazonaws.com/")


def test_the_policy_of_a_function_names_the_topic_and_its_account() -> None:
    assert topic_events.source(TOPIC) == PushSource("sns.amazonaws.com", TOPIC, "123456789012")


@pytest.mark.rule("PSH-16")
@pytest.mark.parametrize(
    ("attributes", "queue"),
    [({}, None), ({"RedrivePolicy": ""}, None), ({"RedrivePolicy": json.dumps({"deadLetterTargetArn": LOST})}, LOST)],
    ids=["none", "empty", "set"],
)
def test_the_dead_letter_queue_of_a_subscription_is_in_its_redrive_policy(
    attributes: Mapping[str, str], queue: str | None
) -> None:
    assert topic_events.dead_letter_queue(attributes) == queue


# -------------------------------------------------------------------- CloudWatch Logs


def test_the_event_of_a_log_group_is_compressed() -> None:
    event = {"id": "1", "timestamp": 5, "message": "ERROR"}
    batch = LogBatch("123456789012", "eu-west-1", "web", "2026", "errors", [event])

    payload = log_events.payload(log_events.compressed(batch))

    data = json.loads(gzip.decompress(base64.b64decode(json.loads(payload)["awslogs"]["data"])))

    assert data == {
        "messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "web", "logStream": "2026",
        "subscriptionFilters": ["errors"], "logEvents": [event],
    }  # fmt: skip
    assert batch.source.arn == f"arn:aws:logs:{PLACE}:log-group:web:*"


# --------------------------------------------------------------------------------- S3


def test_the_event_of_an_object_on_the_default_bus_names_the_bucket_as_its_resource() -> None:
    created = ObjectEvent(
        "ObjectCreated:Put", "scans", "arn:aws:s3:::scans", "eu-west-1", "123456789012", "a b", AT, "01", "R", "H", size=3
    )

    event = bucket_events.on_default_bus(created, "id-1")

    assert (event["id"], event["detail-type"], event["resources"]) == ("id-1", "Object Created", ["arn:aws:s3:::scans"])
    assert (event["time"], event["detail"]["object"]["key"]) == ("2026-01-01T00:03:00Z", "a b")


# ------------------------------------------------------------------------- EventBridge


@pytest.mark.parametrize(
    ("change", "is_match"),
    [
        ({}, True),
        ({"pattern": '{"source": ["bank"]}'}, False),
        ({"is_enabled": False}, False),
        ({"pattern": ""}, False),
    ],
    ids=["pattern matches", "pattern does not match", "disabled", "schedule alone"],
)
def test_a_rule_matches_if_it_is_enabled_and_has_a_pattern_that_matches(
    journal: Journal, pushes: Pushes, change: dict[str, Any], is_match: bool
) -> None:
    assert EventBuses(journal, Targets(), pushes).is_match(replace(rule(QUEUE), **change), EVENT) is is_match


def test_a_target_gets_the_event_or_its_constant_input(journal: Journal, pushes: Pushes) -> None:
    targets = Targets(orders=[rule(QUEUE, {"Id": "2", "Arn": LOST, "Input": '{"fixed": 1}'})])
    buses = EventBuses(journal, targets, pushes)

    assert buses.put(BUS, EVENT)

    assert targets.sent == [(QUEUE, json.dumps(EVENT, separators=(",", ":"))), (LOST, '{"fixed": 1}')]
    assert buses.events[BUS] == [EVENT]


def test_an_event_for_a_bus_that_does_not_exist_is_not_kept(journal: Journal, pushes: Pushes) -> None:
    buses = EventBuses(journal, Targets(), pushes)

    assert not buses.put(BUS, EVENT)
    assert buses.events == {}


def test_an_event_reaches_the_next_bus_and_no_bus_after_that(journal: Journal, pushes: Pushes) -> None:
    buses = EventBuses(journal, Targets(orders=[rule(OTHER_BUS)], audit=[rule(THIRD_BUS)], archive=[]), pushes)

    buses.put(BUS, EVENT)

    assert sorted(buses.events) == [OTHER_BUS, BUS]
    [message] = warnings(journal)
    assert "already came from another event bus" in message


def test_the_dead_letter_queue_of_a_target_receives_the_reason(journal: Journal, pushes: Pushes) -> None:
    targets = Targets(QUEUE, orders=[rule({"Id": "1", "Arn": QUEUE, "DeadLetterConfig": {"Arn": LOST}})])

    EventBuses(journal, targets, pushes).put(BUS, EVENT)

    assert [arn for arn, _ in targets.sent] == [LOST]
    assert targets.letters == [
        {
            "ERROR_CODE": "NO_RESOURCE", "ERROR_MESSAGE": "it is gone", "TARGET_ARN": QUEUE,
            "RULE_ARN": f"arn:aws:events:{PLACE}:rule/placed",
        }
    ]  # fmt: skip
    assert warnings(journal) == []


def test_a_rule_of_an_archive_keeps_the_event_and_delivers_to_no_target(journal: Journal, pushes: Pushes) -> None:
    kept: list[Any] = []
    targets = Targets(orders=[replace(rule(QUEUE), archive=lambda event, now: kept.append(event))])

    EventBuses(journal, targets, pushes).put(BUS, EVENT)

    assert (kept, targets.sent) == ([EVENT], [])


# ---------------------------------------------------------------------------- functions


def test_an_accepted_event_is_delivered_with_its_source(journal: Journal) -> None:
    accepting, source = Lambda(), topic_events.source(TOPIC)

    assert FunctionDeliveries(accepting, journal).deliver(FUNCTION, b"{}", source)
    assert accepting.accepted == [(FUNCTION, b"{}", source)]


def test_a_refusal_of_lambda_becomes_a_warning_about_the_function(journal: Journal) -> None:
    refusing = Lambda(ServiceError("RequestTooLargeException", "too large", 413))

    assert not FunctionDeliveries(refusing, journal).deliver(FUNCTION, b"{}")
    assert warnings(journal) == [f"A delivery to {FUNCTION} was refused: too large"]
    assert [entry.function_name for entry in journal] == ["charge"]


def test_a_source_that_the_policy_does_not_allow_causes_no_warning(journal: Journal) -> None:
    denying = Lambda(SourceDenied("no statement admits it"))

    assert not FunctionDeliveries(denying, journal).deliver(FUNCTION, b"{}", topic_events.source(TOPIC))
    assert list(journal) == []
