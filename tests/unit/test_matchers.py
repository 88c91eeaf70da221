"""Partial matches of records and dead letters."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from dirty_equals import Contains, IsInt, IsPartialDict, IsStr, IsUUID

from pytest_lambda_events import DeadLetter, InvocationRecord, LambdaEventsError, Matcher, matches_dead_letter, matches_record
from pytest_lambda_events.records.invocation_record import Ending, read, written

ID = "a5eb2945-aa3c-43de-978e-f47d09e7bf2d"
ENDING = Ending(
    datetime(2026, 1, 1, tzinfo=timezone.utc), ID, "arn:aws:lambda:us-east-1:123456789012:function:charge:$LATEST",
    "RetriesExhausted", 3, b'{"order": 7, "card": "expired"}', 200, "$LATEST", "Unhandled", b'{"errorMessage": "no"}',
)  # fmt: skip


@pytest.fixture
def record() -> InvocationRecord:
    return read(written(ENDING).decode())


@pytest.fixture
def letter() -> DeadLetter:
    return DeadLetter('{"order": 7}', {"order": 7}, ID, 200, "card expired")


@pytest.mark.parametrize(
    "matcher",
    [
        pytest.param(matches_record(), id="nothing asked"),
        pytest.param(matches_record(condition="RetriesExhausted"), id="value"),
        pytest.param(matches_record(request_id=IsUUID, approximate_invoke_count=IsInt(gt=2)), id="dirty-equals"),
        pytest.param(matches_record(request_payload=IsPartialDict(order=7)), id="part of a payload"),
        pytest.param(matches_record(batch_info=None, status_code=200), id="None"),
        pytest.param(matches_record(function_arn=IsStr(regex=".*:charge:.*")), id="pattern"),
    ],
)
def test_a_record_that_is_as_expected_matches_on_either_side(matcher: Matcher, record: InvocationRecord) -> None:
    assert record == matcher
    assert matcher == record
    assert matcher.differences(record) == []


@pytest.mark.parametrize(
    "matcher",
    [
        pytest.param(matches_record(condition="Success"), id="value"),
        pytest.param(matches_record(condition="RetriesExhausted", request_id=IsInt), id="one of two"),
        pytest.param(matches_record(request_payload=IsPartialDict(order=8)), id="part of a payload"),
        pytest.param(matches_record(status_code=None), id="None"),
    ],
)
def test_a_record_that_is_not_as_expected_matches_on_neither_side(matcher: Matcher, record: InvocationRecord) -> None:
    assert record != matcher
    assert matcher != record


def test_matchers_stand_in_lists(record: InvocationRecord, letter: DeadLetter) -> None:
    assert [record, record] == [matches_record(status_code=200), matches_record(condition="RetriesExhausted")]
    assert [record] != [matches_record(status_code=200), matches_record()]
    assert [letter, record] == Contains(matches_record(status_code=200))


def test_a_matcher_stands_in_a_dictionary_of_another_library(record: InvocationRecord) -> None:
    assert {"record": record, "more": 1} == IsPartialDict(record=matches_record(status_code=200))


@pytest.mark.parametrize(
    "other", [None, 7, "text", json.loads(written(ENDING)), object()], ids=["None", "number", "text", "decoded", "object"]
)
def test_a_value_that_is_not_a_record_does_not_match(other: object) -> None:
    assert matches_record() != other
    assert other != matches_record()


def test_a_dead_letter_matches(record: InvocationRecord, letter: DeadLetter) -> None:
    assert matches_dead_letter(json=IsPartialDict(order=7), error_code=200, request_id=IsUUID) == letter
    assert matches_dead_letter(error_code=429) != letter
    assert matches_dead_letter() != record


def test_an_unknown_attribute_of_a_record_is_refused_immediately() -> None:
    with pytest.raises(LambdaEventsError) as caught:
        matches_record(conditon="Success")

    assert str(caught.value) == (
        "matches_record(conditon=...): this attribute does not exist. Did you mean 'condition'? "
        "Attributes of InvocationRecord: text, json, timestamp, request_id, "
        "function_arn, condition, approximate_invoke_count, request_payload, response_payload, status_code, "
        "executed_version, function_error, batch_info, kafka_batch_info."
    )


def test_an_unknown_attribute_of_a_dead_letter_is_refused_immediately() -> None:
    with pytest.raises(
        LambdaEventsError,
        match=r"^matches_dead_letter\(condition=\.\.\.\): this attribute does not exist. Attributes of ",
    ):
        matches_dead_letter(condition="Success")


def test_a_matcher_reads_as_it_was_written() -> None:
    matcher = matches_record(condition="Success", request_id=IsUUID, request_payload=IsPartialDict(order=7))

    assert repr(matcher) == "matches_record(condition='Success', request_id=IsUUID, request_payload=IsPartialDict(order=7))"


def test_differences_name_the_attribute_and_both_values(record: InvocationRecord) -> None:
    matcher = matches_record(condition="Success", status_code=200, request_id=IsInt)

    assert matcher.differences(record) == [
        "condition: 'RetriesExhausted' is not 'Success'",
        f"request_id: '{ID}' is not IsInt",
    ]


def test_the_difference_to_what_is_no_record_is_its_type() -> None:
    assert matches_record(condition="Success").differences(7) == ["7 is not of type InvocationRecord"]
