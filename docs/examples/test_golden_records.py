from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsPartialDict, IsUUID

from pytest_lambda_events import LambdaEvents, Queue, matches_dead_letter, matches_record, normalize

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion


def charge(event: Any, context: Any) -> None:
    raise TimeoutError("bank is closed")


@pytest.fixture
def failures(lambda_events: LambdaEvents) -> Queue:
    failures = lambda_events.queue("failures")
    function = lambda_events.function(charge, on_failure=failures, dead_letter_queue=failures)
    function.invoke_async({"order": 7})
    lambda_events.run_until_idle()
    return failures


def test_invocation_records_equal_the_golden_file(failures: Queue, record_snapshot: SnapshotAssertion) -> None:
    assert failures.invocation_records == record_snapshot


def test_timeline_equals_the_golden_file(
    lambda_events: LambdaEvents, failures: Queue, record_snapshot: SnapshotAssertion
) -> None:
    assert lambda_events.journal.timeline() == record_snapshot


def test_some_fields_of_the_record_are_as_expected(failures: Queue) -> None:
    assert failures.invocation_records == [
        matches_record(
            condition="RetriesExhausted", request_id=IsUUID, response_payload=IsPartialDict(errorType="TimeoutError")
        )
    ]
    assert failures.dead_letters == [matches_dead_letter(json={"order": 7}, error_message="bank is closed")]


def test_normalized_record_without_a_golden_file(failures: Queue) -> None:
    [record] = failures.invocation_records

    assert normalize(record)["requestContext"] == {
        "requestId": "<request-id-1>",
        "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:charge:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
