"""Archives and replays of EventBridge on moto: archives keep events for their retention, and replays are scheduled work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

from moto.events.exceptions import IllegalStatusException, ValidationException
from moto.events.models import Archive, EventPattern, EventsBackend, Replay, ReplayState, events_backends
from moto.moto_api._internal import mock_random

from ...contexts import contextmanager
from ...journal.entry import NOBODY
from ...journal.pending import PushAttempt
from ...patching import attributes_patched
from ...simulation.simulation import Simulation
from ...sources.push import archives
from ...sources.push.constraints import refusal_of_name
from ...sources.push.event_rules import EventBuses
from .event_rules import check_pattern

_RUNNING = (ReplayState.STARTING, ReplayState.RUNNING)


@contextmanager
def replays_served(simulation: Simulation, buses: EventBuses) -> Iterator[None]:
    """Lets archives expire events, and replays deliver them, while a simulated AWS is open."""
    create, cancel, update = EventsBackend.create_archive, EventsBackend.cancel_replay, Archive.update
    describe_archive, describe_replay = Archive.describe_short, Replay.describe

    def replay_events(replay: Replay, archive: Archive) -> None:
        """Schedules the deliveries: `StartReplay` returns the state STARTING (EVB-A3)."""
        work = PushAttempt(NOBODY, f"replay {replay.name}", replay.destination["Arn"])
        simulation.scheduler.call_after(0, lambda: _replay(replay, archive, buses, simulation), work)

    def replay_cancelled(backend: EventsBackend, name: str) -> dict[str, str]:
        if backend._get_replay(name).state not in _RUNNING:
            raise IllegalStatusException(f"Replay {name} is not in a valid state for this operation.")
        return cancel(backend, name)

    def replay_described(replay: Replay) -> dict[str, Any]:
        return {**describe_replay(replay), **getattr(replay, "ending", {})}

    def archive_created(
        backend: EventsBackend, name: str, source_arn: str, description: str, event_pattern: str, retention: str
    ) -> Archive:
        refusal = refusal_of_name(name, "archiveName", r"[\.\-_A-Za-z0-9]+", 48)
        if refusal is not None:
            raise ValidationException(refusal)
        check_pattern(event_pattern)
        return create(backend, name, source_arn, description, event_pattern, retention)

    def archive_updated(archive: Archive, description: str | None, event_pattern: str | None, retention: str | None) -> None:
        """Updates the managed rule too, which moto does not."""
        check_pattern(event_pattern)
        update(archive, description, event_pattern, retention)
        if event_pattern and archive.rule is not None:
            archive.rule.event_pattern = EventPattern.load(archives.pattern_of_rule(event_pattern))

    def archive_described(archive: Archive) -> dict[str, Any]:
        _expire(archive, simulation)
        return describe_archive(archive)

    with attributes_patched(
        (EventsBackend, "create_archive", archive_created),
        (EventsBackend, "cancel_replay", replay_cancelled),
        (Replay, "replay_events", replay_events),
        (Replay, "describe", replay_described),
        (Archive, "update", archive_updated),
        (Archive, "describe_short", archive_described),
    ):
        yield


def _replay(replay: Any, archive: Any, buses: EventBuses, simulation: Simulation) -> None:
    """Delivers the events of a replay to the rules that match now, unless it was cancelled (EVB-A1)."""
    if replay.state not in _RUNNING:
        return
    replay.end_time = simulation.clock.now.timestamp()
    present: Any = events_backends[replay.account_id][replay.region].archives
    if archive.name not in present or present[archive.name] is not archive:
        replay.state = ReplayState.FAILED
        replay.ending = {"StateReason": archives.ARCHIVE_DELETED}
        return
    _expire(archive, simulation)
    start, end = (datetime.fromtimestamp(float(at), timezone.utc) for at in (replay.event_start_time, replay.event_end_time))
    rules = replay.destination.get("FilterArns") or None
    found = archives.selected(archive.events, start, end)
    for one in found:
        event = archives.replayed(one.event, str(mock_random.uuid4()), replay.name)
        buses.put(replay.destination["Arn"], event, only=rules)
    replay.state = ReplayState.COMPLETED
    if found:
        replay.ending = {"EventLastReplayedTime": found[-1].time.replace(second=0).timestamp()}


def _expire(archive: Any, simulation: Simulation) -> None:
    """Removes the events whose retention is over (EVB-A0)."""
    archive.events[:] = archives.kept(archive.events, int(archive.retention), simulation.clock.now)
