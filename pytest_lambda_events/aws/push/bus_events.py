"""`PutEvents` on moto: entries are checked as on AWS, and events go to `EventBuses`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.events.exceptions import ValidationException
from moto.events.models import EventsBackend
from moto.events.responses import EventsHandler
from moto.moto_api._internal import mock_random

from ...arns import parse
from ...contexts import contextmanager
from ...patching import attribute_patched
from ...service.caller_permissions import CallerPermissions
from ...simulation.clock import VirtualClock
from ...simulation.identifiers import uuid_of
from ...sources.push.bus_entries import EntryRefusal, detail_of_entry, refusal_of_request
from ...sources.push.event_rules import EventBuses, bus_event


@contextmanager
def bus_events_served(buses: EventBuses, clock: VirtualClock, permissions: CallerPermissions) -> Iterator[None]:
    """Lets `buses` receive the events of `PutEvents` while a simulated AWS is open."""
    respond = EventsHandler.put_events

    def put_events(response: EventsHandler) -> str:
        refusal = refusal_of_request(response._get_param("Entries") or [])
        if refusal is not None:
            raise ValidationException(refusal)
        _check_permissions(response, permissions)
        return respond(response)

    def put(backend: EventsBackend, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Accepts or refuses each entry, in order (EVB-12)."""
        return [_put_one(backend, entry, buses, clock) for entry in events]

    with attribute_patched(EventsHandler, "put_events", put_events), attribute_patched(EventsBackend, "put_events", put):
        yield


def _check_permissions(response: EventsHandler, permissions: CallerPermissions) -> None:
    """Refuses the whole request if the handler that calls may not put events on one of the buses (EVB-17)."""
    if permissions.allow_all:
        return
    backend = response.events_backend
    for name in dict.fromkeys(entry.get("EventBusName") or "default" for entry in response._get_param("Entries")):
        arn = name if name.startswith("arn:") else f"{_arns(backend)}/{name}"
        refusal = permissions.refusal_of("events:PutEvents", arn)
        if refusal is not None:
            raise JsonRESTError("AccessDeniedException", refusal)


def _put_one(backend: EventsBackend, entry: Mapping[str, Any], buses: EventBuses, clock: VirtualClock) -> dict[str, str]:
    """Puts one event on its bus, and returns the element of the answer. A bus that does not exist drops it (EVB-16)."""
    detail = detail_of_entry(entry)
    if isinstance(detail, EntryRefusal):
        return {"ErrorCode": detail.code, "ErrorMessage": detail.message}
    # As moto's `uuid4` draws it.
    event_id = uuid_of(mock_random.getrandbits(128))
    name = entry.get("EventBusName") or "default"
    arn = name if name.startswith("arn:") else f"{_arns(backend)}/{name}"
    is_here = parse(arn).region_name == backend.region_name
    if not is_here or not buses.put(arn, event_of(backend, entry, detail, event_id, clock)):
        name = backend._normalize_event_bus_arn(name) if is_here else arn
        where = "does not exist" if is_here else f"is not in the Region {backend.region_name} of the call"
        buses.warn(f"An event was put on the event bus {name!r}, which {where}: AWS drops it.")
    return {"EventId": event_id}


def _arns(backend: EventsBackend) -> str:
    """Returns the first part of the ARNs of the event buses of an account and a Region."""
    return f"arn:{backend.partition}:events:{backend.region_name}:{backend.account_id}:event-bus"


def event_of(
    backend: EventsBackend, entry: Mapping[str, Any], detail: Mapping[str, Any], event_id: str, clock: VirtualClock
) -> dict[str, Any]:
    """Returns the event of an entry of `put_events`, in the form for targets."""
    return bus_event(
        event_id, entry["DetailType"], entry["Source"], backend.account_id, backend.region_name,
        instant_of(entry.get("Time"), clock), detail, entry.get("Resources") or (),
    )  # fmt: skip


def instant_of(seconds: Any, clock: VirtualClock) -> datetime:
    """Returns the time of an event: that of the call if the event has none (EVB-1A)."""
    return clock.now if seconds is None else datetime.fromtimestamp(float(seconds), timezone.utc)
