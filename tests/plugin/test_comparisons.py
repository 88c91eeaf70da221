"""What pytest says where our values are not equal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

import pytest

from pytest_lambda_events import Attempt, BalanceSheet, DeadLetter, InvocationRecord, Message
from pytest_lambda_events.plugin.comparisons import explained
from pytest_lambda_events.records import invocation_record

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def attempt(number: int = 1, **changes: Any) -> Attempt:
    made = Attempt(
        number=number, request_id="id", function_name="charge", executed_version="$LATEST", event={"order": 7}, response=None,
        started_at=START, started_after_seconds=0.0, ended_at=START, ended_after_seconds=0.0, outcome="function_error",
        error_type="ValueError", error_message="card expired", is_cold_start=True, logs=[],
    )  # fmt: skip
    return replace(made, **changes)


def message(body: str) -> Message:
    return Message("id", body, START, START)


def record(condition: str, order: int = 7) -> InvocationRecord:
    return invocation_record.read(
        '{"version": "1.0", "timestamp": "2026-01-01T00:00:00.000Z", "requestContext": {"requestId": "id", "functionArn": '
        f'"arn", "condition": "{condition}", "approximateInvokeCount": 3}}, "requestPayload": {{"order": {order}}}}}'
    )


@dataclass(frozen=True)
class Strange:
    """Not one of ours."""

    number: int


class Never:
    """A matcher, as anybody may write one."""

    def __eq__(self, other: object) -> bool:
        return False

    def __repr__(self) -> str:
        return "never"

    def differences(self, value: object) -> list[str]:
        return [f"{type(value).__name__} is never right"]


def test_only_the_fields_that_differ_are_shown() -> None:
    lines = explained(attempt(), attempt(2, outcome="success"))

    assert lines == [
        "Attempt 1 of charge == Attempt 2 of charge",
        "number: 1 != 2",
        "outcome: 'function_error' != 'success'",
    ]


def test_json_is_shown_as_a_diff_with_the_left_side_in_plus() -> None:
    lines = explained(message('{"id": 1, "address": null, "tags": [1]}'), message('{"id": 1, "address": "x", "tags": [1]}'))

    assert lines == [
        "Message id == Message id",
        "body:",
        "   {",
        '     "id": 1,',
        '  -  "address": "x",',
        '  +  "address": null,',
        '     "tags": [',
        "       1",
    ]


def test_json_that_is_only_written_otherwise_is_called_that() -> None:
    assert explained(message('{"id":1}'), message('{"id": 1}')) == [
        "Message id == Message id", "body:", "  equal JSON in different notation",
    ]  # fmt: skip


def test_text_that_is_not_json_is_shown_unchanged() -> None:
    assert explained(message("{one"), message("{two")) == ["Message id == Message id", "body: '{one' != '{two'"]


def test_a_record_is_not_shown_a_second_time_as_text_and_as_json() -> None:
    assert explained(record("Success"), record("RetriesExhausted")) == [
        "InvocationRecord Success == InvocationRecord RetriesExhausted",
        "condition: 'Success' != 'RetriesExhausted'",
    ]


def test_keys_that_only_the_json_of_a_record_has_are_shown() -> None:
    other = record("Success")
    other.json["version"] = "2.0"

    lines = explained(record("Success"), other)

    assert lines is not None
    assert lines[:2] == ["InvocationRecord Success == InvocationRecord Success", "json:"]
    assert '  +  "version": "1.0",' in lines


def test_balance_sheets_and_dead_letters_are_shown_by_field() -> None:
    letter = DeadLetter(body="7", json=7, request_id="id", error_code=200, error_message="card expired")

    assert explained(BalanceSheet(accepted=2, lost=2), BalanceSheet(accepted=2, processed=2)) == [
        "BalanceSheet == BalanceSheet", "processed: 0 != 2", "lost: 2 != 0",
    ]  # fmt: skip
    assert explained(letter, replace(letter, error_code=429)) == ["DeadLetter == DeadLetter", "error_code: 200 != 429"]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (message('{"id": 2}'), 'Message id with {"id": 2}'),
        (record("RetriesExhausted"), 'InvocationRecord RetriesExhausted of {"order": 7}'),
        (attempt(outcome="success", error_type=None), "Attempt 1 of charge, success"),
    ],
    ids=["a message", "a record", "an attempt"],
)
def test_missing_items_are_shown_with_their_content(value: Any, told: str) -> None:
    assert explained([value], []) == [
        f"list with 1 item of {type(value).__name__} == list with 0 items", f"[0] is missing on the right: {told}"
    ]  # fmt: skip


def test_differing_items_of_lists_are_shown_by_index() -> None:
    left, right = [attempt(1), attempt(2), attempt(3)], [attempt(1), attempt(2, outcome="success")]

    assert explained(left, right) == [
        "list with 3 items of Attempt == list with 2 items of Attempt",
        "[1] Attempt 2 of charge == Attempt 2 of charge",
        "  outcome: 'function_error' != 'success'",
        "[2] is missing on the right: Attempt 3 of charge, ValueError",
    ]


def test_the_rest_of_a_long_list_is_counted_unless_all_items_are_requested() -> None:
    left, right = [attempt(number) for number in range(1, 9)], [attempt(number + 10) for number in range(1, 9)]

    shown, whole = explained(left, right), explained(left, right, is_whole=True)

    assert shown is not None
    assert whole is not None
    assert shown[-1] == "... 5 more items differ, -vv shows them"
    assert whole[-1] == "  number: 8 != 18"


def test_long_values_are_cut_unless_all_is_asked_for() -> None:
    left, right = attempt(error_message="x" * 500), attempt(error_message="y")

    shown, whole = explained(left, right), explained(left, right, is_whole=True)

    assert shown is not None
    assert shown[1] == f"error_message: '{'x' * 96}... != 'y'"
    assert whole == [shown[0], f"error_message: '{'x' * 500}' != 'y'"]


@pytest.mark.parametrize("is_left", [True, False], ids=["left", "right"])
def test_a_matcher_tells_its_own_differences(is_left: bool) -> None:
    value, matcher = record("Success"), Never()

    assert explained(*((matcher, value) if is_left else (value, matcher))) == [
        "never == InvocationRecord Success" if is_left else "InvocationRecord Success == never",
        "InvocationRecord is never right",
    ]


def test_a_matcher_in_a_list_tells_its_own_differences() -> None:
    assert explained([record("Success")], [Never()]) == [
        "list with 1 item of InvocationRecord == list with 1 item of Never",
        "[0] InvocationRecord Success == never",
        "  InvocationRecord is never right",
    ]


def test_a_value_of_another_type_is_shown_as_such() -> None:
    assert explained([attempt()], ["success"]) == [
        "list with 1 item of Attempt == list with 1 item of str",
        "[0] Attempt 1 of charge != 'success'",
    ]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param([0, 60, 180], [0, 60], id="numbers"),
        pytest.param(["success"], ["throttled"], id="outcomes"),
        pytest.param({"order": 7}, {"order": 8}, id="payloads"),
        pytest.param(Strange(1), Strange(2), id="other dataclasses"),
        pytest.param([Strange(1)], [Never()], id="other lists"),
        pytest.param(Never(), 1, id="a matcher of other things"),
        pytest.param(None, attempt(), id="nothing"),
        pytest.param([], [], id="nothing in lists"),
    ],
)
def test_all_else_is_left_to_pytest(left: object, right: object) -> None:
    assert explained(left, right) is None


STORY = """
    def charge(event, context):
        raise ValueError("card expired")

    def attempts(lambda_events):
        event = lambda_events.function(charge).invoke_async({"order": 7})
        lambda_events.run_until_idle()
        return event.attempts
"""


def test_pytest_shows_the_difference(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        STORY
        + """
    def test_retry(lambda_events):
        first, second, third = attempts(lambda_events)
        assert first == second
    """
    )

    result = pytester.runpytest("-W", "ignore")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E * assert Attempt 1 of charge == Attempt 2 of charge", "E * number: 1 != 2", "E * started_at: datetime*"]
    )
    result.stdout.no_fnmatch_line("*request_id: *")


def test_pytest_shows_all_of_it_when_asked(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        STORY
        + """
    def test_retries(lambda_events):
        assert attempts(lambda_events) == []
    """
    )

    result = pytester.runpytest("-vv", "-W", "ignore")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E * list with 3 items of Attempt == list with 0 items", "E * error_message='card expired'*"])


@pytest.mark.parametrize("flags", [(), ("-vv",)], ids=["plain", "-vv"])
def test_pytest_s_own_differences_stay(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...]
) -> None:
    pytester.makepyfile("""
    def test_numbers():
        assert [0, 60, 180] == [0, 60]

    def test_order():
        assert 3 < 2
    """)

    with_us = pytester.runpytest("--lambda-events-seed=1", *flags)
    monkeypatch.delenv("PYTEST_ADDOPTS")
    without = pytester.runpytest(*flags)

    told = [[line for line in result.outlines if line.startswith("E ")] for result in (with_us, without)]
    assert len(told[0]) > 4
    assert told[0] == told[1]
