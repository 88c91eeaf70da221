from __future__ import annotations

import time
from typing import Any

from pytest_lambda_events import LambdaEvents


def charge(event: Any, context: Any) -> str:
    time.sleep(2)
    answer = f"charged order {event['order']}"
    print(answer)
    return answer


def test_a_charge_takes_two_seconds(lambda_events: LambdaEvents) -> None:
    event = lambda_events.function(charge).invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert event.ended_after_seconds == 2
