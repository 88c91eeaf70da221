"""What a poller of a stream decides, without a stream."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_lambda_events.sources.mapping import Settings
from pytest_lambda_events.sources.streams import decisions
from pytest_lambda_events.sources.streams.decisions import Discard, Outcome, Retry, Split, Window

NUMBERS = ("9", "10", "11")
PARTIAL = ("ReportBatchItemFailures",)
EXHAUSTED = Discard("RetryAttemptsExhausted")


def settings(**given: Any) -> Settings:
    """Those of a mapping, AWS's defaults but for what is given."""
    return Settings("arn:aws:lambda:us-east-1:123456789012:function:f", **given)


def judged(answer: object, **given: Any) -> Outcome:
    """What a JSON answer says of three records."""
    return decisions.outcome_of(json.dumps(answer).encode(), NUMBERS, settings(**given))


def named(*identifiers: object) -> dict[str, Any]:
    """An answer that names these."""
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in identifiers]}


@pytest.mark.rule("KIN-60")
def test_without_the_response_type_the_list_is_ignored() -> None:
    assert judged(named("9")).is_success


@pytest.mark.rule("KIN-61", "KIN-62", "DDB-30")
@pytest.mark.parametrize(
    ("identifiers", "place"),
    [(["11"], 2), (["11", "10"], 1), (["11", "9", "10"], 0)],
    ids=["the last", "the lowest as a number, not as text", "the first"],
)
def test_work_continues_from_the_lowest_number(identifiers: list[str], place: int) -> None:
    assert judged(named(*identifiers), function_response_types=PARTIAL).failed_from == place


@pytest.mark.rule("KIN-63", "DDB-31")
@pytest.mark.parametrize("answer", [None, "", [], {}, named(), {"batchItemFailures": None}], ids=json.dumps)
def test_an_answer_without_failures_is_a_complete_success(answer: object) -> None:
    assert judged(answer, function_response_types=PARTIAL).is_success


@pytest.mark.rule("KIN-64", "KIN-69", "DDB-32")
@pytest.mark.parametrize(
    "answer",
    [named(""), named(None), named("123"), named(9), {"batchItemFailures": [{"foo": 1}]}, {"batchItemFailures": ["9"]},
     {"batchItemFailures": "9"}, {"batchItemFailures": [{}]}],
    ids=json.dumps,
)  # fmt: skip
def test_an_invalid_response_fails_the_whole_batch(answer: object) -> None:
    outcome = judged(answer, function_response_types=PARTIAL)

    assert outcome.failed_from == 0
    assert outcome.reason


@pytest.mark.rule("KIN-83", "KIN-8E")
@pytest.mark.parametrize(
    ("answer", "is_success"),
    [({"state": {"n": [1]}}, True), ({"state": {}}, True), ({}, False), (None, False), ({"state": 7}, False)],
    ids=json.dumps,
)
def test_with_a_tumbling_window_an_answer_needs_a_state(answer: Any, is_success: bool) -> None:
    outcome = judged(answer, tumbling_window_in_seconds=60)

    assert outcome.is_success is is_success
    assert outcome.state == (answer["state"] if is_success else None)


@pytest.mark.rule("KIN-84", "DDB-40")
@pytest.mark.parametrize(("length", "is_too_large"), [(1_048_576 - 11, False), (1_048_576 - 10, True)], ids=["at", "over"])
def test_a_state_may_have_a_megabyte(length: int, is_too_large: bool) -> None:
    assert decisions.is_state_too_large({"text": "x" * length}) is is_too_large


FAILED, PROGRESS = Outcome(0), Outcome(2)


@pytest.mark.rule("KIN-43", "KIN-51", "KIN-53", "KIN-55", "KIN-56", "KIN-57", "KIN-61", "DDB-20", "DDB-21")
@pytest.mark.parametrize(
    ("outcome", "count", "attempts", "given", "expected"),
    [
        pytest.param(FAILED, 3, 1, {}, Retry(), id="for ever by default"),
        pytest.param(FAILED, 3, 99_999, {}, Retry(), id="and ever"),
        pytest.param(FAILED, 3, 1, {"maximum_retry_attempts": 0}, EXHAUSTED, id="no retry"),
        pytest.param(FAILED, 3, 1, {"maximum_retry_attempts": 1}, Retry(), id="one retry left"),
        pytest.param(FAILED, 3, 2, {"maximum_retry_attempts": 1}, EXHAUSTED, id="none left"),
        pytest.param(PROGRESS, 4, 9, {"maximum_retry_attempts": 0}, Split(2, is_first_done=True), id="progress comes first"),
        pytest.param(
            PROGRESS, 4, 1, {"bisect_batch_on_function_error": True}, Split(2, is_first_done=True), id="progress, no bisecting"
        ),
        pytest.param(
            FAILED,
            4,
            9,
            {"bisect_batch_on_function_error": True, "maximum_retry_attempts": 0},
            Split(2, is_first_done=False),
            id="halves",
        ),
        pytest.param(
            FAILED, 3, 1, {"bisect_batch_on_function_error": True}, Split(1, is_first_done=False), id="the smaller half first"
        ),
        pytest.param(
            FAILED,
            1,
            1,
            {"bisect_batch_on_function_error": True, "maximum_retry_attempts": 0},
            EXHAUSTED,
            id="a single record",
        ),
    ],
)
def test_what_follows_a_failure(outcome: Outcome, count: int, attempts: int, given: dict[str, Any], expected: object) -> None:
    assert decisions.after_failure(outcome, count, attempts, settings(**given)) == expected


@pytest.mark.rule("KIN-49", "DDB-26")
def test_the_pauses_double_up_to_a_minute() -> None:
    delays = [decisions.retry_delay(attempts, 0.2, 60) for attempts in range(1, 12)]

    assert delays == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 60, 60])


@pytest.mark.rule("KIN-44", "DDB-22")
@pytest.mark.parametrize(
    ("age", "maximum", "is_too_old"),
    [(59.999, 60, False), (60, 60, False), (60.001, 60, True), (1e9, -1, False)],
    ids=["younger", "just as old", "older", "no maximum"],
)
def test_a_record_is_too_old_when_it_has_passed_the_maximum(age: float, maximum: int, is_too_old: bool) -> None:
    assert decisions.is_too_old(age, settings(maximum_record_age_in_seconds=maximum)) is is_too_old


@pytest.mark.rule("KIN-32", "DDB-12")
def test_keys_are_spread_over_all_workers_and_each_stays_with_one() -> None:
    indexes = [decisions.worker_index(f"key {number}", 4) for number in range(100)]

    assert set(indexes) == {0, 1, 2, 3}
    assert indexes == [decisions.worker_index(f"key {number}", 4) for number in range(100)]


@pytest.mark.rule("KIN-81", "KIN-E3", "DDB-41")
@pytest.mark.parametrize(
    ("seconds", "start"),
    [
        (1_607_497_440, "2020-12-09T07:04:00Z"),
        (1_607_497_559.999, "2020-12-09T07:04:00Z"),
        (1_607_497_560, "2020-12-09T07:06:00Z"),
    ],
    ids=["at its start", "just before its end", "at its end"],
)
def test_windows_begin_at_multiples_of_their_length(seconds: float, start: str) -> None:
    assert decisions.window_of(seconds, 120).shown()["start"] == start


@pytest.mark.rule("KIN-80")
def test_a_window_ends_where_the_next_begins() -> None:
    assert decisions.window_of(1_607_497_440, 120) == Window(1_607_497_440, 1_607_497_560)
