"""Refuses the clocks of freezegun and time-machine that a test starts itself: only one clock can set the time."""

from __future__ import annotations

import datetime as datetime_module
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone
from types import ModuleType
from typing import Any, Protocol

from ...arguments import shown
from ...contexts import ExitStack, contextmanager
from ...errors import LambdaEventsError, hides_frames
from ...patching import attribute_patched
from ...simulation.simulation import Simulation
from ..lasting import kept, lasting
from .late_imports import modules_prepared

__tracebackhide__ = hides_frames

STOPPED_TOO_OFTEN = (
    "freeze_time was stopped more often than it was started inside lambda_events, and this stopped the virtual clock. "
    "Stop it once for each start, or remove freeze_time and set the start of the virtual clock: "
    '@pytest.mark.lambda_events(start_time="...").'
)


class Driver(Protocol):
    """Shows the virtual clock to the process."""

    def refusal(self) -> str | None:
        """Returns the message about another clock that hides the virtual one, or None."""


@contextmanager
def other_clocks_refused(simulation: Simulation, driver: Driver) -> Iterator[None]:
    """Refuses another clock that is active now, and checks for one before every use of the virtual clock.

    time-machine is refused when it starts, because it cannot start while freezegun is active. A `freeze_time` may be
    active while nothing uses the virtual clock.
    """
    active = active_clock()
    if active is not None:
        raise LambdaEventsError(_refusal(*active, "around"))
    _check_classes()

    def check() -> None:
        refusal = driver.refusal()
        if refusal is not None:
            raise simulation.record_misuse(refusal)

    before, simulation.check_clock = simulation.check_clock, check
    try:
        with kept("time-machine", _time_machine_refused, lasting(simulation)):
            yield
    finally:
        simulation.check_clock = before


def _check_classes() -> None:
    """Raises `LambdaEventsError` if a class of `datetime` was replaced by a value that is not a class."""
    for name in ("datetime", "date"):
        value = getattr(datetime_module, name)
        if not isinstance(value, type):
            raise LambdaEventsError(
                f"datetime.{name} is replaced by {shown(value)}, which is not a class, so no virtual clock can start. Replace "
                f'the name in your own module, such as mock.patch("shop.charge.{name}"), or set the start of the virtual '
                'clock: @pytest.mark.lambda_events(start_time="...").'
            )


def active_clock() -> tuple[str, datetime] | None:
    """Returns the call and the time of an active `freeze_time` or `time_machine.travel`, or None."""
    if freezing():
        return "freeze_time", _frozen_at()
    time_machine = sys.modules.get("time_machine")
    if time_machine is not None and time_machine.escape_hatch.is_travelling():
        return "time_machine.travel", datetime.now(timezone.utc).replace(microsecond=0, tzinfo=None)
    return None


def freezing() -> Sequence[Any]:
    """Returns what the active calls of `freeze_time` use. freezegun is slow to load, so this does not load it."""
    api: Any = sys.modules.get("freezegun.api")
    return () if api is None else api.freeze_factories


def frozen_inside() -> str:
    """Returns the message about a `freeze_time` that was started inside and is active."""
    return _refusal("freeze_time", _frozen_at(), "inside")


def _frozen_at() -> datetime:
    instant: datetime = freezing()[-1].time_to_freeze
    return instant


@contextmanager
def _time_machine_refused(simulation: Simulation) -> Iterator[None]:
    with ExitStack() as stack:

        def prepare(time_machine: ModuleType) -> None:
            travel = time_machine.travel
            stack.enter_context(attribute_patched(travel, "start", _refusing(simulation, travel.start)))

        stack.enter_context(modules_prepared(("time_machine",), prepare))
        yield


def _refusing(simulation: Simulation, start: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def refuse(travel: Any) -> Any:
        if not simulation.is_open:
            return start(travel)
        instant = datetime.fromtimestamp(travel.destination_timestamp_ns // 10**9, timezone.utc).replace(tzinfo=None)
        raise simulation.record_misuse(_refusal("time_machine.travel", instant, "inside"))

    return refuse


def _refusal(call: str, instant: datetime, where: str) -> str:
    midnight = instant.time() == datetime.min.time()
    text = instant.date().isoformat() if midnight else instant.isoformat(sep=" ")
    start = f'start_time="{instant.isoformat()}Z"'
    return (
        f'{call}("{text}") is active {where} lambda_events, but only one clock can set the time. '
        f"Remove it and set the start of the virtual clock instead:\n@pytest.mark.lambda_events({start}), or "
        f"LambdaEvents({start}).\nThen move the clock with lambda_events.advance(seconds)."
    )
