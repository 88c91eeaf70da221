"""The states of mappings, and when changes take effect (ESM-50 to 53, SQS-08, SQS-09)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from ...journal.entry import Subject
from ...journal.pending import MappingChange
from ...service.control_plane.function_names import parse
from ...simulation.scheduler import Scheduler, Timer
from ...values import dataclass
from ..mapping import EventSourceMapping, Settings
from ..registry import PollerRegistry


@dataclass(eq=False, slots=True)
class MappingRecord:
    """A mapping with its data in the API: `last_modified` in seconds since the epoch, and the current transition."""

    mapping: EventSourceMapping
    last_modified: float
    transition: str | None = None
    delayed: list[Timer] = field(default_factory=list)

    @property
    def state(self) -> str:
        """Returns the current state."""
        return self.transition or ("Enabled" if self.mapping.settings.enabled else "Disabled")


class Lifecycle:
    """Changes the states of mappings and informs the pollers. Each method returns the state for the response.

    A transition takes `transition_seconds`; with 0 it is over when the call returns. Settings take effect
    `update_delay_seconds` after the update.
    """

    def __init__(
        self, scheduler: Scheduler, pollers: PollerRegistry, transition_seconds: float, update_delay_seconds: float
    ) -> None:
        self._scheduler = scheduler
        self._pollers = pollers
        self._transition_seconds = transition_seconds
        self._update_delay_seconds = update_delay_seconds

    def create(self, record: MappingRecord) -> str:
        """Creating, then Enabled. A disabled mapping of a queue is Disabled immediately, and one of a stream is Creating
        (ESM-51).
        """

        def begin() -> None:
            record.mapping.is_polled = record.mapping.settings.enabled
            self._pollers.begin(record.mapping)

        if not record.mapping.settings.enabled:
            begin()
            return "Creating" if record.mapping.is_of_a_stream else record.state
        return self._in_transition(record, "Creating", begin)

    def update(self, record: MappingRecord, settings: Settings) -> str:
        """Enabling, Disabling or Updating. A mapping of a queue that stays disabled needs no time (ESM-52)."""
        mapping = record.mapping
        was_enabled, mapping.settings = mapping.settings.enabled, settings
        self._come_into_force(record, settings)
        if not was_enabled and not settings.enabled:
            return "Updating" if mapping.is_of_a_stream else record.state
        state = "Updating" if was_enabled == settings.enabled else "Enabling" if settings.enabled else "Disabling"
        return self._in_transition(record, state, lambda: self._poll(mapping, settings.enabled))

    def delete(self, record: MappingRecord, gone: Callable[[], None]) -> str:
        """Deleting, then removed. A disabled mapping and one of a stream are removed immediately (ESM-53)."""

        def end() -> None:
            for timer in record.delayed:
                timer.cancel()
            gone()
            record.mapping.is_polled = False
            self._pollers.end(record.mapping)

        if record.mapping.is_of_a_stream or not record.mapping.settings.enabled:
            end()
            return "Deleting"
        return self._in_transition(record, "Deleting", end)

    def _in_transition(self, record: MappingRecord, state: str, settle: Callable[[], None]) -> str:
        def settled() -> None:
            record.transition = None
            settle()

        record.transition = state
        if self._transition_seconds:
            self._later(record, self._transition_seconds, settled, state)
        else:
            settled()
        return state

    def _come_into_force(self, record: MappingRecord, settings: Settings) -> None:
        def apply() -> None:
            record.mapping.in_force = settings
            self._pollers.changed(record.mapping)

        if settings == record.mapping.in_force and not self._update_delay_seconds:
            return
        if self._update_delay_seconds:
            timer = self._later(record, self._update_delay_seconds, apply, "in force")
            record.delayed = [*(earlier for earlier in record.delayed if earlier.is_due), timer]
        else:
            apply()

    def _poll(self, mapping: EventSourceMapping, is_polled: bool) -> None:
        if mapping.is_polled != is_polled:
            mapping.is_polled = is_polled
            self._pollers.changed(mapping)

    def _later(self, record: MappingRecord, seconds: float, action: Callable[[], None], state: str) -> Timer:
        mapping = record.mapping
        name = parse(mapping.settings.function_arn).name
        return self._scheduler.call_after(
            seconds, action, MappingChange(Subject(name), mapping.uuid, mapping.event_source_arn, state)
        )
