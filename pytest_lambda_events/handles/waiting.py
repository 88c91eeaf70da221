"""Lets time pass until a condition is true, and builds the error if it stays false."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from ..arguments import is_number, is_whole, shown
from ..config import LambdaEventsConfig
from ..errors import LambdaEventsError, hides_frames
from ..journal.attempts import AttemptBegun, Ended
from ..journal.batches import GivenUp
from ..journal.events import EventEnded
from ..journal.pending import DurableWork
from ..report.journal import Journal
from ..report.line import instant
from ..report.open_callbacks import open_callbacks
from ..report.timeline_of_journal import last_lines
from ..simulation.clock import microseconds_of
from ..simulation.instants import Instant, microseconds_since_start
from ..simulation.scheduler import Timer
from ..simulation.simulation import Simulation
from .long_runs import LongRuns
from .pending import REPEATS, SHOWN, pending_text
from .queue import Queues

__tracebackhide__ = hides_frames

LAST_LINES = 10
"""Of the timeline, where work is left."""
OF_A_REPORT = 3
"""The most work items in a report, which also contains the timeline."""
NOTHING_RAN = (
    "Nothing ran: no time passed for this work. Call lambda_events.run_until_idle() or lambda_events.advance(seconds) before "
    "the assertion."
)


class Waiting:
    """Moves one environment's time ahead."""

    def __init__(
        self, simulation: Simulation, journal: Journal, config: LambdaEventsConfig, queues: Queues, long_runs: LongRuns
    ) -> None:
        self._simulation = simulation
        self._journal = journal
        self._config = config
        self._queues = queues
        self._long_runs = long_runs

    def ahead(self, time: float | timedelta) -> None:
        """Move the clock ahead by `time`."""
        with self._long_runs.call(f"advance({shown(time)})", "when the clock is there"):
            self._simulation.advance(time)

    def until_idle(self, limit_seconds: float | None, limit_events: int | None) -> None:
        """Runs until no foreground work is left. The default limits are those of the configuration."""
        if limit_seconds is not None and not (is_number(limit_seconds) and limit_seconds >= 0):
            raise LambdaEventsError(
                f"run_until_idle(limit_seconds={shown(limit_seconds)}): the limit is not a finite number of virtual seconds, "
                "0 or more. Pass such a number, or None for idle_limit_seconds."
            )
        if limit_events is not None and not (is_whole(limit_events) and limit_events >= 0):
            raise LambdaEventsError(
                f"run_until_idle(limit_events={shown(limit_events)}): the limit is not a whole number of events, 0 or more. "
                "Pass such a number, or None for idle_limit_events."
            )
        simulation = self._simulation
        seconds = self._config.idle_limit_seconds if limit_seconds is None else limit_seconds
        events = self._config.idle_limit_events if limit_events is None else limit_events
        deadline = simulation.clock.microseconds + microseconds_of(seconds)
        ran = 0

        def wanted(following: Timer | None) -> bool:
            nonlocal ran, deadline
            if simulation.scheduler.is_idle or following is None:
                return False
            if limit_seconds is None and _ends_a_wait(following):
                deadline = max(deadline, following.due + microseconds_of(seconds))
            if following.due > deadline:
                raise self._never_idle(f"{seconds:.15g} virtual seconds")
            if ran >= events:
                raise self._never_idle(f"{events} events")
            ran += 1
            return True

        limits = f"limit_seconds={seconds:.15g} of virtual time or limit_events={events:,}"
        with self._long_runs.call("run_until_idle()", f"when no work is left, or at {limits}"):
            simulation.run_while(wanted, bound=deadline)

    def until(self, until: Instant | Callable[[], object]) -> None:
        """Run up to and including an instant, or until a condition is true."""
        if callable(until):
            self._until_true(until)
            return
        clock = self._simulation.clock
        due = microseconds_since_start(clock, "until", until)
        if due < clock.microseconds:
            raise LambdaEventsError(
                f"run(until={shown(until)}): this instant is past. The clock is at {clock.elapsed:.15g} s. Pass a later one."
            )
        with self._long_runs.call(f"run(until={until!r})", "when the clock is there"):
            self._simulation.run_until(due)

    def left(self) -> str:
        """The foreground work that is left, and how the timeline ended; empty if none is."""
        if self._simulation.scheduler.is_idle:
            return ""
        lines = last_lines(self._journal, LAST_LINES)
        last = ["The timeline's last lines:", *(f"  {line}" for line in lines)] if lines else []
        return "\n".join([self._not_idle, self._pending_text()[0], *last])

    def left_in_report(self) -> str:
        """The same for a report that has the timeline: a few pieces of work, and what will become of them. Without work it is
        about the callbacks for which durable executions wait.
        """
        if self._simulation.scheduler.is_idle:
            return "\n".join(open_callbacks(self._journal))
        lines, advice = self._pending_text(OF_A_REPORT)
        if not any(isinstance(entry, AttemptBegun) for entry in self._journal):
            advice = NOTHING_RAN
        return "\n".join([self._not_idle, lines, *([] if advice == REPEATS else [advice])])

    @property
    def _not_idle(self) -> str:
        return f"Not idle at {instant(self._simulation.clock.elapsed)}. Pending:"

    def _until_true(self, condition: Callable[[], object]) -> None:
        events = self._config.idle_limit_events
        ran = 0

        def wanted(following: Timer | None) -> bool:
            nonlocal ran
            if condition():
                return False
            if following is None:
                raise LambdaEventsError(
                    f"run(until={_text_of(condition)}) ran out of events at {self._simulation.clock.elapsed:.15g} s and was "
                    f"never true.{self._last_event()}"
                )
            if ran >= events:
                raise self._never_idle(f"{events} events")
            ran += 1
            return True

        limits = f"idle_limit_events={events:,}"
        with self._long_runs.call(f"run(until={_text_of(condition)})", f"when the condition is true, or at {limits}"):
            self._simulation.run_while(wanted)

    def _last_event(self) -> str:
        last = next((entry for entry in reversed(self._journal) if entry.function_name), None)
        if last is None:
            return " Nothing had happened."
        condition = last.kind
        if isinstance(last, (EventEnded, GivenUp)):
            condition = last.condition
        elif isinstance(last, Ended):
            condition = last.outcome
        return f" The last event: {last.function_name} {last.kind}, {condition}."

    def _never_idle(self, limit: str) -> LambdaEventsError:
        lines, advice = self._pending_text()
        return LambdaEventsError(f"Still not idle after {limit}, the limit of run_until_idle. Pending:\n{lines}\n{advice}")

    def _pending_text(self, most: int = SHOWN) -> tuple[str, str]:
        """What is left to do, and what a test can do about it."""
        pending = [timer.pending for timer in self._simulation.scheduler.pending()]
        return pending_text(pending, self._queues, self._simulation.clock.at(0), self._journal, most)


def _ends_a_wait(following: Timer) -> bool:
    """Returns whether the wait of a durable execution ends. It may last a year, and the execution timeout limits it."""
    return isinstance(following.pending, DurableWork) and following.pending.purpose == "timer"


def _text_of(condition: object) -> str:
    return str(getattr(condition, "__name__", repr(condition)))
