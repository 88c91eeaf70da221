"""Attempts of push sources at virtual instants, and events that no target receives."""

from __future__ import annotations

from itertools import accumulate

import pytest

from pytest_lambda_events.journal.entry import Entry
from pytest_lambda_events.service.authorization import PushSource
from pytest_lambda_events.service.errors import ServiceError
from pytest_lambda_events.service.event_acceptor import SourceDenied
from pytest_lambda_events.simulation.simulation import Simulation
from pytest_lambda_events.sources.push.deliveries import (
    BUCKET_RETRIES,
    NO_RETRIES,
    TOPIC_RETRIES,
    Ending,
    NotDelivered,
    Push,
    Pushes,
    RetryPolicy,
    refused,
    rule_retries,
)

TARGET = "arn:aws:sqs:us-east-1:123456789012:orders"
LOST = "arn:aws:sqs:us-east-1:123456789012:lost"


class Target:
    """Refuses the first `refusals` attempts, and stores the instants of all of them."""

    def __init__(self, simulation: Simulation, refusals: int, *, is_retried: bool = True) -> None:
        self._simulation = simulation
        self._refusals = refusals
        self._is_retried = is_retried
        self.attempts: list[tuple[int, float]] = []
        self.endings: list[Ending] = []

    def send(self, attempt: int) -> None:
        self.attempts.append((attempt, self._simulation.clock.elapsed))
        if len(self.attempts) <= self._refusals:
            raise NotDelivered("THROTTLING", "it is throttled", is_retried=self._is_retried)

    def to_lost(self, ending: Ending) -> str:
        self.endings.append(ending)
        return LOST

    def push(self, policy: RetryPolicy) -> Push:
        return Push("sns orders", TARGET, self.send, policy, self.to_lost)


def run(simulation: Simulation, target: Target, policy: RetryPolicy) -> list[Entry]:
    Pushes(simulation).deliver(target.push(policy))
    while simulation.scheduler.next_due is not None:
        simulation.step()
    return list(simulation.journal)


def test_first_attempt_runs_immediately(simulation: Simulation) -> None:
    target = Target(simulation, 0)

    [entry] = run(simulation, target, NO_RETRIES)

    assert target.attempts == [(1, 0.0)]
    assert (entry.kind, dict(entry.detail)) == ("pushed", {"pushed_by": "sns orders", "target": TARGET})


def test_a_refusal_is_retried_at_the_instants_of_the_policy(simulation: Simulation) -> None:
    target = Target(simulation, 3)

    entries = run(simulation, target, rule_retries())

    assert target.attempts == [(1, 0.0), (2, 1.0), (3, 3.0), (4, 7.0)]
    assert [entry.kind for entry in entries] == ["push_retried", "push_retried", "push_retried", "pushed"]
    assert [entry.detail["due_after_seconds"] for entry in entries[:3]] == [1.0, 3.0, 7.0]


@pytest.mark.rule("EVB-92")
def test_a_final_refusal_is_not_retried(simulation: Simulation) -> None:
    target = Target(simulation, 1, is_retried=False)

    [entry] = run(simulation, target, rule_retries())

    assert (entry.kind, entry.detail["dead_letter_queue"]) == ("push_dropped", LOST)
    assert [(ending.retries, ending.exhausted) for ending in target.endings] == [(0, None)]


@pytest.mark.rule("EVB-90")
@pytest.mark.parametrize(("refusals", "is_dropped"), [(2, False), (3, True)])
def test_retries_end_after_their_maximum_number(simulation: Simulation, refusals: int, is_dropped: bool) -> None:
    target = Target(simulation, refusals)

    entries = run(simulation, target, rule_retries(maximum_retries=2))

    assert [entry.kind for entry in entries][-1] == ("push_dropped" if is_dropped else "pushed")
    expected = [(2, "MaximumRetryAttempts")] if is_dropped else []
    assert [(ending.retries, ending.exhausted) for ending in target.endings] == expected


@pytest.mark.rule("EVB-90")
@pytest.mark.parametrize(("age", "attempts"), [(62.9, 6), (63.0, 7), (63.1, 7)])
def test_retries_end_at_the_maximum_age(simulation: Simulation, age: float, attempts: int) -> None:
    target = Target(simulation, 100)

    run(simulation, target, rule_retries(maximum_age_seconds=age))

    assert len(target.attempts) == attempts
    assert [ending.exhausted for ending in target.endings] == ["MaximumEventAgeInSeconds"]


@pytest.mark.rule("EVB-91")
def test_all_retries_of_a_rule_fit_into_a_day() -> None:
    delays = [rule_retries().delay(retry) for retry in range(1, 186)]

    assert (delays[:10], delays[-1], sum(delays)) == ([1, 2, 4, 8, 16, 32, 64, 128, 256, 480], 480, 84_991)


@pytest.mark.rule("PSH-24", "PSH-16")
def test_delays_of_a_topic() -> None:
    delays = [TOPIC_RETRIES.delay(retry) for retry in range(1, 18)]

    assert delays == [0, 0, 0, 1, 1, 1, 1, 2, 3, 4, 6, 8, 11, 15, 20, 20, 20]
    assert TOPIC_RETRIES.maximum_retries == 100_015


@pytest.mark.rule("PSH-5D")
def test_delays_of_a_bucket() -> None:
    delays = [BUCKET_RETRIES.delay(retry) for retry in range(1, 12)]

    assert delays == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert BUCKET_RETRIES.maximum_age_seconds == 86_400
    assert list(accumulate(delays))[:3] == [1, 3, 7]


def test_a_dead_letter_queue_that_refuses_too_is_named(simulation: Simulation) -> None:
    def refuse(ending: Ending) -> str | None:
        raise NotDelivered("NO_RESOURCE", "queue lost does not exist")

    target = Target(simulation, 1, is_retried=False)

    Pushes(simulation).deliver(Push("sns orders", TARGET, target.send, NO_RETRIES, refuse))

    [entry] = simulation.journal
    assert entry.detail["dead_letter_queue"] is None
    assert entry.detail["reason"] == (
        "it is throttled. The dead-letter queue did not receive it either: queue lost does not exist"
    )


@pytest.mark.rule("EVB-93")
@pytest.mark.parametrize(
    ("error", "code", "is_retried"),
    [
        (SourceDenied("no"), "NO_PERMISSIONS", False),
        (ServiceError("ResourceNotFoundException", "no", 404), "NO_RESOURCE", False),
        (ServiceError("RequestTooLargeException", "no", 413), "INVALID_PARAMETER", False),
        (ServiceError("ResourceConflictException", "no", 409), "ERROR_FROM_TARGET", True),
        (ServiceError("TooManyRequestsException", "no", 429), "THROTTLING", True),
        (ServiceError("ServiceException", "no", 500), "ERROR_FROM_TARGET", True),
    ],
    ids=["denied", "missing", "too large", "pending", "throttled", "fault"],
)
def test_which_refusals_of_lambda_are_retried(error: ServiceError, code: str, is_retried: bool) -> None:
    failure = refused(error)

    assert (failure.code, failure.is_retried) == (code, is_retried)


@pytest.mark.parametrize(
    ("principal", "arn", "label"),
    [
        ("sns.amazonaws.com", "arn:aws:sns:us-east-1:123456789012:orders", "sns orders"),
        ("s3.amazonaws.com", "arn:aws:s3:::uploads", "s3 uploads"),
        ("events.amazonaws.com", "arn:aws:events:us-east-1:123456789012:rule/shop/paid", "events shop/paid"),
        ("events.amazonaws.com", "arn:aws:events:us-east-1:123456789012:rule/paid", "events paid"),
        ("logs.amazonaws.com", "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/f:*", "logs /aws/lambda/f"),
    ],
)
def test_label_of_a_source(principal: str, arn: str, label: str) -> None:
    assert PushSource(principal, arn).label == label
