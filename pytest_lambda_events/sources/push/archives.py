"""Archives of event buses, and the events of their replays (EVB-A0 to EVB-A3). It uses only values."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from ...values import dataclass
from .event_rules import Event

ARCHIVE_DELETED = "Archive resource not found."
"""The reason of AWS for a failed replay."""


@dataclass(frozen=True, slots=True)
class ArchivedEvent:
    """An event in an archive. Its own time can differ from `ingested_at`, the time at which the bus received it."""

    ingested_at: datetime
    event: Event

    @property
    def time(self) -> datetime:
        """Returns the time of the event, which is a whole second."""
        return datetime.fromisoformat(str(self.event["time"]).replace("Z", "+00:00"))


def pattern_of_rule(pattern: str) -> str:
    """Returns the pattern of the rule of an archive with a pattern. It excludes replayed events (EVB-A0)."""
    return json.dumps({**json.loads(pattern), "replay-name": [{"exists": False}]})


def kept(events: Iterable[ArchivedEvent], retention_days: int, now: datetime) -> list[ArchivedEvent]:
    """Returns the events that are still in an archive. An archive with 0 days keeps them for ever (EVB-A0)."""
    if not retention_days:
        return list(events)
    return [one for one in events if now < one.ingested_at + timedelta(days=retention_days)]


def selected(events: Iterable[ArchivedEvent], start: datetime, end: datetime) -> list[ArchivedEvent]:
    """Returns the events of a replay, in order of their own time. `end` is excluded (EVB-A1)."""
    return sorted((one for one in events if start <= one.time < end), key=lambda one: one.time)


def replayed(event: Event, event_id: str, replay_name: str) -> dict[str, Any]:
    """Returns an event as a replay delivers it: with a new id and the name of the replay (EVB-A2)."""
    members: dict[str, Any] = {}
    for name, value in event.items():
        if name == "resources":
            members["replay-name"] = replay_name
        members[name] = event_id if name == "id" else value
    return members
