"""What a poller of a queue decides, without a queue."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_lambda_events.sources.mapping import Settings
from pytest_lambda_events.sources.sqs import decisions

IDS = ("m1", "m2", "m3")
SECOND = 1_000_000


def settings(**given: Any) -> Settings:
    """Those of a mapping, AWS's defaults but for what is given."""
    return Settings("arn:aws:lambda:us-east-1:123456789012:function:f", **given)


def failed(answer: object) -> tuple[str, ...]:
    """The messages that a JSON answer names as failed."""
    return decisions.judge(json.dumps(answer).encode(), IDS).failed


def named(*identifiers: object) -> dict[str, Any]:
    """An answer that names these."""
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in identifiers]}


# ---------------------------------------------------------------------- answers


@pytest.mark.rule("SQS-71")
@pytest.mark.parametrize(
    ("identifiers", "expected"),
    [
        pytest.param(["m2"], ("m2",), id="one"),
        pytest.param(["m3", "m1"], ("m1", "m3"), id="in the order of the batch"),
        pytest.param(["m2", "m2"], ("m2",), id="twice"),
        pytest.param(["m1", "m2", "m3"], IDS, id="all"),
    ],
)
def test_what_an_answer_names_has_failed_and_nothing_else(identifiers: list[str], expected: tuple[str, ...]) -> None:
    assert failed(named(*identifiers)) == expected


@pytest.mark.rule("SQS-72", "SQS-74", "SQS-78")
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"null", id="null"),
        pytest.param(b'""', id="empty text"),
        pytest.param(b"[]", id="empty array"),
        pytest.param(b"{}", id="empty object"),
        pytest.param(b'{"statusCode": 200}', id="other keys only"),
        pytest.param(b'{"batchItemFailures": []}', id="empty list"),
        pytest.param(b'{"batchItemFailures": null}', id="null list"),
        pytest.param(b'{"batchItemFailures": [{}]}', id="empty entry"),
    ],
)
def test_an_answer_without_failures_is_a_complete_success(answer: bytes) -> None:
    assert decisions.judge(answer, IDS) == decisions.Verdict(())


@pytest.mark.rule("SQS-73", "SQS-74")
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(b"{", "not JSON", id="not JSON"),
        pytest.param(b'"done"', "no object", id="text"),
        pytest.param(b"7", "no object", id="number"),
        pytest.param(b'{"batchItemFailures": "x"}', "no list", id="not a list"),
        pytest.param(b'{"batchItemFailures": ["m1"]}', "no object", id="entry that is no object"),
        pytest.param(b'{"batchItemFailures": [{"foo": "notvalid"}]}', "no itemIdentifier", id="wrong key"),
        pytest.param(b'{"batchItemFailures": [{"itemIdentifier": ""}]}', "no text", id="empty identifier"),
        pytest.param(b'{"batchItemFailures": [{"itemIdentifier": null}]}', "no text", id="null identifier"),
        pytest.param(b'{"batchItemFailures": [{"itemIdentifier": 7}]}', "no text", id="number as identifier"),
        pytest.param(
            b'{"batchItemFailures": [{"itemIdentifier": "m9"}]}', "'m9' is not in the batch", id="unknown identifier"
        ),
    ],
)
def test_an_answer_that_cannot_be_taken_fails_the_whole_batch(answer: bytes, reason: str) -> None:
    verdict = decisions.judge(answer, IDS)

    assert verdict.failed == IDS
    assert reason in (verdict.reason or "")


@pytest.mark.rule("SQS-73")
def test_one_bad_entry_among_good_ones_fails_the_whole_batch() -> None:
    assert failed({"batchItemFailures": [{"itemIdentifier": "m1"}, {"foo": 1}]}) == IDS


@pytest.mark.rule("SQS-70")
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (json.dumps(named("m1")).encode(), True),
        (b'{"batchItemFailures": []}', False),
        (b'"batchItemFailures"', False),
        (b"batchItemFailures", False),
        (b"null", False),
    ],
    ids=["a failure", "none", "text", "not JSON", "null"],
)
def test_whether_an_answer_names_failures(answer: bytes, expected: bool) -> None:
    assert decisions.names_failures(answer) is expected


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
def test_a_provisioned_poller_runs_ten_at_once(pollers: dict[str, int], backlog: float, expected: int) -> None:
    given = settings(**pollers)

    assert decisions.allowed_concurrency(given, is_fifo=False, backlog_seconds=backlog, growth_per_minute=300) == expected


# ---------------------------------------------------------------------- throttles and visibility


@pytest.mark.rule("SQS-62")
def test_a_refused_batch_is_tried_after_pauses_that_double_up_to_a_minute() -> None:
    instants = [0]
    for tries in range(1, 8):
        again = decisions.next_try_at(instants[-1], tries, 10_000 * SECOND, 3)
        instants.append(again or 0)

    assert [instant / SECOND for instant in instants] == [0, 3.5, 10.5, 24.5, 52.5, 108.5, 168.5, 228.5]


@pytest.mark.rule("SQS-62")
@pytest.mark.parametrize(
    ("lease_ends_at", "expected"),
    [(63_499_999, None), (63_500_000, 3_500_000), (63_500_001, 3_500_000)],
    ids=["a moment too short", "just long enough", "longer"],
)
def test_it_is_tried_again_only_while_the_function_could_end_in_time(lease_ends_at: int, expected: int | None) -> None:
    assert decisions.next_try_at(0, 1, lease_ends_at, 60) == expected


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
