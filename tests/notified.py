"""What topics sent to a function."""

from __future__ import annotations

from typing import Any

from pytest_lambda_events import Function, LambdaEvents


def notified(lambda_events: LambdaEvents, function: Function) -> list[dict[str, Any]]:
    """Runs the function, and returns the messages that it received, in their form in events."""
    lambda_events.run_until_idle()
    return [record["Sns"] for attempt in function.attempts for record in attempt.event["Records"]]
