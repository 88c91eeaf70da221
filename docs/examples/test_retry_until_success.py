from __future__ import annotations

from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, matches_record


def charge(event: Any, context: Any) -> dict[str, int]:
    return {"charged": event["order"]}


@pytest.mark.lambda_failure("charge", TimeoutError("the bank is closed"), attempts=[1, 2])
def test_event_succeeds_on_the_third_attempt(lambda_events: LambdaEvents) -> None:
    receipts = lambda_events.queue("receipts")
    function = lambda_events.function(charge, on_success=receipts)

    event = function.invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert [attempt.outcome for attempt in event.attempts] == ["function_error", "function_error", "success"]
    assert receipts.invocation_records == [matches_record(condition="Success", response_payload={"charged": 7})]
    lambda_events.assert_no_data_lost()
