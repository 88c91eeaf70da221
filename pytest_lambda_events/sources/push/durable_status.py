"""The event that Lambda sends to the default event bus when the status of a durable execution changes (DUR-C2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ...arns import parse
from ...service.durable.execution import Execution
from .event_rules import bus_event

DETAIL_TYPE = "Durable Execution Status Change"


def status_event(execution: Execution, event_id: str, at: Callable[[int], datetime]) -> dict[str, Any]:
    """Returns the event of the current status. `at` returns the time of an instant. The event has no input and no result."""
    detail = {
        "durableExecutionArn": execution.arn, "durableExecutionName": execution.name,
        "functionArn": execution.qualified_function_arn, "status": execution.status,
        "startTimestamp": _text(at(execution.started_at)),
    }  # fmt: skip
    changed_at = execution.started_at
    if execution.ended_at is not None:
        detail["endTimestamp"], changed_at = _text(at(execution.ended_at)), execution.ended_at
    arn = parse(execution.arn)
    return bus_event(event_id, DETAIL_TYPE, "aws.lambda", arn.account_id, arn.region_name, at(changed_at), detail)


def _text(at: datetime) -> str:
    """Returns an instant in milliseconds."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
