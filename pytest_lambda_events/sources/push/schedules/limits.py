"""The limits of schedules and of groups of schedules, as the API of EventBridge Scheduler has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..constraints import refusal_of_choice, refusal_of_name, refusal_of_size

INPUT_LENGTH = 262_144
"""The most characters of an `Input` (SCH-23)."""
_NAME = r"[0-9a-zA-Z-_.]+"


def refusal_of_schedule(name: str, members: Mapping[str, Any]) -> str | None:
    """Returns AWS's text if a member of a schedule is outside of its limits, else None (SCH-01, SCH-0A, SCH-27).

    `members` have the names of the API.
    """
    window, target = members.get("FlexibleTimeWindow") or {}, members.get("Target") or {}
    policy, group_id = target.get("RetryPolicy") or {}, (target.get("SqsParameters") or {}).get("MessageGroupId")
    return (
        refusal_of_group(name)
        or refusal_of_choice(members.get("State"), "state", ("ENABLED", "DISABLED"))
        or refusal_of_choice(members.get("ActionAfterCompletion"), "actionAfterCompletion", ("NONE", "DELETE"))
        or refusal_of_choice(window.get("Mode"), "flexibleTimeWindow.mode", ("OFF", "FLEXIBLE"))
        or refusal_of_size(window.get("MaximumWindowInMinutes"), "flexibleTimeWindow.maximumWindowInMinutes", 1, 1440)
        or refusal_of_size(policy.get("MaximumRetryAttempts"), "target.retryPolicy.maximumRetryAttempts", 0, 185)
        or refusal_of_size(
            policy.get("MaximumEventAgeInSeconds"), "target.retryPolicy.maximumEventAgeInSeconds", 60, 86_400
        )
        or refusal_of_size(target.get("Input"), "target.input", 0, INPUT_LENGTH)
        or refusal_of_size(group_id, "target.sqsParameters.messageGroupId", 1, 128)
        or refusal_of_size(members.get("Description"), "description", 0, 512)
    )  # fmt: skip


def refusal_of_group(name: str) -> str | None:
    """Returns AWS's text if the name of a schedule or a group is not valid, else None (SCH-01)."""
    return refusal_of_name(name, "name", _NAME, 64)
