"""EventBridge rules with a schedule: they fire at virtual instants, through boto3 and in stacks."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent
from botocore.exceptions import ClientError
from counting import calls_of

from pytest_lambda_events import LambdaEvents, NotSimulatedError
from pytest_lambda_events.journal.events import Warned

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def take(event: dict[str, Any], context: object) -> None:
    """Takes an event."""


def put(lambda_events: LambdaEvents, name: str, expression: str, *arns: str, **rule: Any) -> str:
    events = lambda_events.client("events")
    arn: str = events.put_rule(Name=name, ScheduleExpression=expression, **rule)["RuleArn"]
    if arns:
        events.put_targets(Rule=name, Targets=[{"Id": str(number), "Arn": one} for number, one in enumerate(arns)])
    return arn


def times(events: Any) -> list[str]:
    return [event["time"] for event in events]


def warnings(lambda_events: LambdaEvents) -> list[str]:
    return [entry.message for entry in lambda_events.journal if isinstance(entry, Warned)]


@pytest.mark.rule("EVB-5D", "EVB-60", "EVB-61")
def test_a_rate_fires_with_the_scheduled_event(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    lambda_events.advance(16.5)
    arn = put(lambda_events, "often", "rate(5 minutes)", function.arn)

    lambda_events.advance(timedelta(minutes=11))

    first, second = (event.payload for event in function.events)
    assert list(first.items()) == [
        ("version", "0"), ("id", first["id"]), ("detail-type", "Scheduled Event"), ("source", "aws.events"),
        ("account", "123456789012"), ("time", "2026-01-01T00:05:16Z"), ("region", "us-east-1"), ("resources", [arn]),
        ("detail", {}),
    ]  # fmt: skip
    assert second["time"] == "2026-01-01T00:10:16Z"
    assert second["id"] != first["id"]


def test_powertools_reads_the_scheduled_event(lambda_events: LambdaEvents) -> None:
    seen: list[EventBridgeEvent] = []
    function = lambda_events.function(lambda event, context: seen.append(EventBridgeEvent(event)), name="take")
    arn = put(lambda_events, "noon", "cron(0 12 * * ? *)", function.arn)

    lambda_events.advance(timedelta(days=1))

    [event] = seen
    assert (event.source, event.detail_type, event.time, event.resources) == (
        "aws.events", "Scheduled Event", "2026-01-01T12:00:00Z", [arn],
    )  # fmt: skip


@pytest.mark.rule("EVB-5D")
def test_a_firing_is_exactly_at_its_instant(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    put(lambda_events, "often", "rate(5 minutes)", function.arn)

    lambda_events.advance(299.999)
    before = len(function.events)
    lambda_events.advance(0.001)

    assert (before, len(function.events)) == (0, 1)


@pytest.mark.rule("EVB-5D")
@pytest.mark.lambda_events(rate_fires_at_once=True)
def test_an_option_lets_a_rate_fire_when_it_is_enabled(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    lambda_events.advance(16)
    put(lambda_events, "often", "rate(5 minutes)", function.arn)
    put(lambda_events, "five", "cron(0/5 * * * ? *)", function.arn)

    lambda_events.advance(timedelta(minutes=5))

    assert sorted(times(event.payload for event in function.events)) == [
        "2026-01-01T00:00:16Z", "2026-01-01T00:05:00Z", "2026-01-01T00:05:16Z",
    ]  # fmt: skip


@pytest.mark.rule("EVB-49")
@pytest.mark.scenario("EVB E2")
def test_a_rule_with_only_a_schedule_matches_no_event(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    put(lambda_events, "daily", "rate(1 day)", function.arn)

    lambda_events.event_buses["default"].put_event(source="my.app", detail_type="x", detail={})
    lambda_events.run_until_idle()

    assert list(function.events) == []


@pytest.mark.rule("EVB-62")
@pytest.mark.scenario("EVB E4")
def test_other_rules_that_match_receive_the_same_event(lambda_events: LambdaEvents) -> None:
    scheduled = lambda_events.function(take, name="scheduled")
    observer = lambda_events.function(take, name="observer")
    put(lambda_events, "noon", "cron(0 12 * * ? *)", scheduled.arn)
    lambda_events.event_buses["default"].add_rule({"source": ["aws.events"]}, observer)

    lambda_events.advance(timedelta(days=1))

    assert [event.payload for event in observer.events] == [event.payload for event in scheduled.events]
    assert times(event.payload for event in observer.events) == ["2026-01-01T12:00:00Z"]


@pytest.mark.rule("EVB-62")
def test_a_scheduled_rule_without_targets_is_observed_too(lambda_events: LambdaEvents) -> None:
    observer = lambda_events.function(take)
    put(lambda_events, "noon", "cron(0 12 * * ? *)")
    lambda_events.event_buses["default"].add_rule({"detail-type": ["Scheduled Event"]}, observer)

    lambda_events.advance(timedelta(days=1))

    assert len(observer.events) == 1


@pytest.mark.rule("EVB-62")
@pytest.mark.parametrize("pattern", [{"source": ["aws.events"]}, {"source": ["other"]}], ids=["matches itself", "does not"])
def test_own_targets_receive_the_event_once(lambda_events: LambdaEvents, pattern: dict[str, Any]) -> None:
    function = lambda_events.function(take)
    put(lambda_events, "noon", "cron(0 12 * * ? *)", function.arn, EventPattern=json.dumps(pattern))

    lambda_events.advance(timedelta(days=1))

    assert len(function.events) == 1


@pytest.mark.rule("EVB-63")
def test_a_constant_input_replaces_the_scheduled_event(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    put(lambda_events, "noon", "cron(0 12 * * ? *)")
    target = {"Id": "1", "Arn": function.arn, "Input": '{ "job": "sweep" }'}
    lambda_events.client("events").put_targets(Rule="noon", Targets=[target])

    lambda_events.advance(timedelta(days=1))

    assert [event.payload for event in function.events] == [{"job": "sweep"}]


def test_queues_and_topics_are_targets_of_schedules(lambda_events: LambdaEvents) -> None:
    queue, topic = lambda_events.queue("ticks"), lambda_events.topic("ticks")
    put(lambda_events, "often", "rate(1 hour)", queue.arn, topic.arn)

    lambda_events.advance(timedelta(hours=2))

    assert times(json.loads(message.body) for message in queue.messages) == ["2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z"]
    assert len(topic.messages) == 2


@pytest.mark.rule("EVB-5E", "EVB-44")
def test_a_disabled_rule_does_not_fire_and_starts_again_when_it_is_enabled(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    events = lambda_events.client("events")
    put(lambda_events, "often", "rate(1 hour)", function.arn)
    lambda_events.advance(timedelta(minutes=30))

    events.disable_rule(Name="often")
    lambda_events.advance(timedelta(hours=2))
    disabled = (len(function.events), lambda_events.pending)
    events.enable_rule(Name="often")
    lambda_events.advance(timedelta(hours=1))

    assert disabled == (0, [])
    assert times(event.payload for event in function.events) == ["2026-01-01T03:30:00Z"]


@pytest.mark.rule("EVB-5E")
@pytest.mark.parametrize(
    ("expression", "fired"),
    [("rate(1 hour)", "2026-01-01T01:00:00Z"), ("rate(60 minutes)", "2026-01-01T01:30:00Z")],
    ids=["the same expression", "another expression"],
)
def test_only_a_new_expression_starts_again(lambda_events: LambdaEvents, expression: str, fired: str) -> None:
    function = lambda_events.function(take)
    put(lambda_events, "often", "rate(1 hour)", function.arn)
    lambda_events.advance(timedelta(minutes=30))

    put(lambda_events, "often", expression, Description="changed")
    lambda_events.advance(timedelta(hours=1, minutes=1))

    assert times(event.payload for event in function.events) == [fired]


@pytest.mark.rule("EVB-5E")
def test_changed_targets_do_not_touch_the_next_firing(lambda_events: LambdaEvents) -> None:
    first, second = lambda_events.queue("first"), lambda_events.queue("second")
    events = lambda_events.client("events")
    put(lambda_events, "often", "rate(1 hour)", first.arn)
    lambda_events.advance(timedelta(minutes=30))

    events.remove_targets(Rule="often", Ids=["0"])
    events.put_targets(Rule="often", Targets=[{"Id": "other", "Arn": second.arn}])
    lambda_events.advance(timedelta(minutes=30))

    assert (len(first.messages), len(second.messages)) == (0, 1)


@pytest.mark.rule("EVB-5E")
@pytest.mark.parametrize("change", ["deleted", "without a schedule"])
def test_a_rule_without_a_schedule_has_nothing_pending(lambda_events: LambdaEvents, change: str) -> None:
    events = lambda_events.client("events")
    put(lambda_events, "often", "rate(1 hour)")

    if change == "deleted":
        events.delete_rule(Name="often")
    else:
        events.put_rule(Name="often", EventPattern='{"source": ["shop"]}')

    assert lambda_events.pending == []


@pytest.mark.rule("EVB-52")
@pytest.mark.scenario("EVB E29")
@pytest.mark.parametrize(
    "expression", ["rate(1 minutes)", "rate(0 minutes)", "cron(junk)", "at(2026-01-01T00:00:00)", "daily"]
)
def test_an_invalid_expression_is_refused_and_the_rule_stays(lambda_events: LambdaEvents, expression: str) -> None:
    put(lambda_events, "often", "rate(1 hour)")

    with pytest.raises(ClientError) as refused:
        put(lambda_events, "often", expression)

    assert refused.value.response["Error"] == {
        "Code": "ValidationException", "Message": "Parameter ScheduleExpression is not valid.",
    }  # fmt: skip
    assert lambda_events.client("events").describe_rule(Name="often")["ScheduleExpression"] == "rate(1 hour)"
    assert len(lambda_events.pending) == 1


@pytest.mark.rule("EVB-59")
def test_an_unclear_expression_is_refused_by_name(lambda_events: LambdaEvents) -> None:
    with pytest.raises(NotSimulatedError, match=r"cron\(0 0 \? \* MON/2 \*\).*Write '2/2'"):
        put(lambda_events, "often", "cron(0 0 ? * MON/2 *)")


@pytest.mark.rule("EVB-5A")
def test_a_schedule_that_never_fires_is_accepted_with_a_warning(lambda_events: LambdaEvents) -> None:
    put(lambda_events, "never", "cron(0 0 31 FEB ? *)")

    assert warnings(lambda_events) == ["The rule 'never' has cron(0 0 31 FEB ? *): It never fires."]
    assert lambda_events.pending == []


@pytest.mark.rule("EVB-57")
def test_a_weekday_after_a_range_is_a_warning(lambda_events: LambdaEvents) -> None:
    put(lambda_events, "often", "cron(0 0 1-5W * ? *)")

    assert warnings(lambda_events) == [
        "The rule 'often' has cron(0 0 1-5W * ? *): The W in '1-5W' has no effect after a range."
    ]


def test_schedules_do_not_keep_run_until_idle_busy(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    put(lambda_events, "often", "rate(1 minute)", function.arn)

    lambda_events.run_until_idle()

    [pending] = lambda_events.pending
    assert lambda_events.now == START
    assert (pending.kind, pending.after_seconds, dict(pending.detail)) == (
        "schedule", 60, {"schedule": "rule/often", "schedule_expression": "rate(1 minute)"},
    )  # fmt: skip
    assert list(function.events) == []


def test_run_until_idle_waits_for_the_event_of_a_firing(lambda_events: LambdaEvents) -> None:
    def fail(event: object, context: object) -> None:
        raise ValueError("no")

    function = lambda_events.function(fail, maximum_retry_attempts=1)
    put(lambda_events, "hourly", "rate(1 hour)", function.arn)
    lambda_events.advance(timedelta(hours=1))

    lambda_events.run_until_idle()

    assert [len(event.attempts) for event in function.events] == [2]


@pytest.mark.rule("EVB-70")
def test_a_missing_permission_sends_the_event_to_the_dead_letter_queue() -> None:
    with LambdaEvents(enforce_permissions=True, start_time=START) as lambda_events:
        function, lost = lambda_events.function(take), lambda_events.queue("lost")
        put(lambda_events, "often", "rate(1 hour)")
        target = {"Id": "1", "Arn": function.arn, "DeadLetterConfig": {"Arn": lost.arn}}
        lambda_events.client("events").put_targets(Rule="often", Targets=[target])
        statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
        attributes = {"Policy": json.dumps({"Statement": [statement]})}
        lambda_events.client("sqs").set_queue_attributes(QueueUrl=lost.url, Attributes=attributes)

        lambda_events.advance(timedelta(hours=1))

        [message] = lost.messages
        assert message.message_attributes["ERROR_CODE"] == "NO_PERMISSIONS"
        assert json.loads(message.body)["time"] == "2026-01-01T01:00:00Z"


def test_a_stack_has_scheduled_rules(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    cloudformation = lambda_events.client("cloudformation")

    def body(expression: str, **properties: str) -> str:
        targets = [{"Id": "1", "Arn": function.arn}]
        rule = {
            "Type": "AWS::Events::Rule",
            "Properties": {"ScheduleExpression": expression, "Targets": targets, **properties},
        }
        return json.dumps({"Resources": {"Nightly": rule}})

    cloudformation.create_stack(StackName="shop", TemplateBody=body("rate(1 hour)"))
    lambda_events.advance(timedelta(hours=1))
    cloudformation.update_stack(StackName="shop", TemplateBody=body("rate(2 hours)"))
    lambda_events.advance(timedelta(hours=2))
    cloudformation.update_stack(StackName="shop", TemplateBody=body("rate(3 hours)", State="DISABLED"))
    lambda_events.advance(timedelta(hours=6))
    cloudformation.delete_stack(StackName="shop")

    assert times(event.payload for event in function.events) == ["2026-01-01T01:00:00Z", "2026-01-01T03:00:00Z"]
    assert lambda_events.pending == []


def test_one_work_item_is_scheduled_for_each_rule(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("ticks")
    for number in range(3):
        put(lambda_events, f"often-{number}", "rate(1 minute)", queue.arn)

    lambda_events.advance(timedelta(hours=1))

    assert len(lambda_events.pending) == 3
    assert len(queue.messages) == 180


def test_the_cost_of_a_firing_does_not_grow_with_the_firings_before(lambda_events: LambdaEvents) -> None:
    put(lambda_events, "often", "cron(* * * * ? *)")
    lambda_events.advance(timedelta(minutes=10))

    early = calls_of(lambda: lambda_events.advance(timedelta(minutes=100)))
    lambda_events.advance(timedelta(minutes=1_000))
    late = calls_of(lambda: lambda_events.advance(timedelta(minutes=100)))

    assert late <= early * 1.05
