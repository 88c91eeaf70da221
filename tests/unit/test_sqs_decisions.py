"""What a poller of a queue decides, without a queue."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lambda_events.sources.mapping import Settings
from pytest_lambda_events.sources.sqs import decisions

SECOND = 1_000_000


def settings(**given: Any) -> Settings:
    """Those of a mapping, AWS's defaults but for what is given."""
    return Settings("arn:aws:lambda:us-east-1:123456789012:function:f", **given)


# ---------------------------------------------------------------------- concurrency


@pytest.mark.rule("SQS-11", "SQS-12", "SQS-13", "SQS-14")
@pytest.mark.parametrize(
    ("backlog", "growth", "expected"),
    [
        (0, 300, 5),
        (59.999999, 300, 5),
        (60, 300, 305),
        (119.999999, 300, 305),
        (120, 300, 605),
        (240, 300, 1205),
        (300, 300, 1250),
        (60, 60, 65),
    ],
)
def test_a_backlog_adds_concurrency_each_minute(backlog: float, growth: int, expected: int) -> None:
    allowed = decisions.allowed_concurrency(settings(), is_fifo=False, backlog_seconds=backlog, growth_per_minute=growth)

    assert allowed == expected


@pytest.mark.rule("SQS-20")
@pytest.mark.parametrize(("backlog", "expected"), [(0, 5), (60, 7)], ids=["at first", "after a minute"])
def test_maximum_concurrency_limits_the_growth(backlog: float, expected: int) -> None:
    given = settings(maximum_concurrency=7)

    assert decisions.allowed_concurrency(given, is_fifo=False, backlog_seconds=backlog, growth_per_minute=300) == expected


@pytest.mark.rule("SQS-17")
@pytest.mark.parametrize(("maximum", "expected"), [(None, 1250), (3, 3)], ids=["unset", "set"])
def test_the_groups_of_a_fifo_queue_limit_it_by_themselves(maximum: int | None, expected: int) -> None:
    given = settings(maximum_concurrency=maximum)

    assert decisions.allowed_concurrency(given, is_fifo=True, backlog_seconds=0, growth_per_minute=300) == expected


@pytest.mark.rule("SQS-25")
@pytest.mark.parametrize(
    ("pollers", "backlog", "expected"),
    [
        ({"minimum_pollers": 2, "maximum_pollers": 200}, 0, 20),
        ({"minimum_pollers": 2, "maximum_pollers": 200}, 60, 1020),
        ({"minimum_pollers": 2, "maximum_pollers": 200}, 120, 2000),
        ({"minimum_pollers": 5, "maximum_pollers": 5}, 600, 50),
        ({"minimum_pollers": 3}, 0, 30),
        ({"maximum_pollers": 2}, 60, 20),
    ],
    ids=str,
)
def test_a_provisioned_poller_runs_ten_concurrent_invocations(pollers: dict[str, int], backlog: float, expected: int) -> None:
    given = settings(**pollers)

    assert decisions.allowed_concurrency(given, is_fifo=False, backlog_seconds=backlog, growth_per_minute=300) == expected


# ---------------------------------------------------------------------- throttles and visibility


@pytest.mark.rule("SQS-62")
def test_a_refused_batch_is_tried_after_pauses_that_double_up_to_a_minute() -> None:
    instants = [0]
    for attempts in range(1, 8):
        again = decisions.next_attempt_at(instants[-1], attempts, 10_000 * SECOND, 3)
        instants.append(again or 0)

    assert [instant / SECOND for instant in instants] == [0, 3.5, 10.5, 24.5, 52.5, 108.5, 168.5, 228.5]


@pytest.mark.rule("SQS-62")
@pytest.mark.parametrize(
    ("lease_ends_at", "expected"),
    [(63_499_999, None), (63_500_000, 3_500_000), (63_500_001, 3_500_000)],
    ids=["a moment too short", "just long enough", "longer"],
)
def test_it_is_tried_again_only_while_the_function_could_end_in_time(lease_ends_at: int, expected: int | None) -> None:
    assert decisions.next_attempt_at(0, 1, lease_ends_at, 60) == expected


@pytest.mark.rule("SQS-47")
@pytest.mark.parametrize(
    ("visibility_timeout", "window", "timeout", "expected"),
    [(30, 20, 10, 30), (30, 20, 11, 61), (30, 0, 31, 30)],
    ids=["just enough", "too short", "no window"],
)
def test_the_visibility_timeout_of_2022(visibility_timeout: int, window: int, timeout: int, expected: int) -> None:
    assert decisions.extended_visibility_timeout(visibility_timeout, window, timeout) == expected


@pytest.mark.rule("SQS-46")
@pytest.mark.parametrize(("timeout", "window", "expected"), [(3, 0, 18), (10, 5, 65)])
def test_the_recommended_visibility_timeout(timeout: int, window: int, expected: int) -> None:
    assert decisions.recommended_visibility_timeout(timeout, window) == expected
