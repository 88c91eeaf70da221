"""The simulation of one environment: its time, its tasks, its threads, and their waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import get_ident

from ..contexts import contextmanager
from ..errors import ends_the_run, hides_frames
from ..journal.attempts import Suspended
from ..journal.entry import Subject
from ..journal.journal import Journal
from .choices import Chooser
from .clock import VirtualClock, microseconds_of
from .identifiers import Identifiers
from .instants import checked
from .polling import Polling
from .pools import pools_watched
from .tasks import Task, TaskState, current_task
from .time_control import TimeControl
from .wait_signal import Signal
from .waits import First, HandlerThreadWaits, OwnerWaits, TaskWaits, ThreadWaits

__tracebackhide__ = hides_frames


class Simulation(TimeControl):
    """The time, tasks and threads of one simulated AWS.

    The thread that creates it owns it, and tasks run there. Time moves only when the owner calls `advance`, `run_until_idle`,
    `run` or `step`, sleeps, or blocks on a thread that itself waits for the simulation. `owner` is kept alive as long as calls
    reach the simulation.
    """

    def __init__(
        self,
        clock: VirtualClock,
        identifiers: Identifiers,
        chooser: Chooser,
        journal: Journal,
        *,
        instant_limit: int = 1_000_000,
        reads_limit: int = 0,
    ) -> None:
        super().__init__(clock, identifiers, chooser, journal, instant_limit=instant_limit)
        self.owner: object = None
        self.on_suspension: Callable[[Task], None] | None = None
        self._calling_thread: int | None = None
        self.task_waits = TaskWaits(self)
        """Suspends tasks without entries in the journal."""
        self._in_owner = OwnerWaits(self)
        self._in_threads = ThreadWaits(self, self._in_owner)
        self._in_handler_threads = HandlerThreadWaits(self)
        self.polling = Polling(self, self.task_waits, self._in_handler_threads, reads_limit)

    def sleep(self, seconds: float) -> None:
        """Lets `seconds` of virtual time pass for the caller.

        The test's own thread advances the clock. A handler is suspended. Another thread of the test waits until other code
        moves time. In a thread that a handler started it returns immediately, and the time is charged to the handler.
        """
        self.wait(None, seconds)

    def wait(self, signal: Signal | None, seconds: float | None, first: First | None = None) -> bool:
        """Waits for `signal` (True) or until `seconds` of virtual time have passed (False); `first` is run before.

        `first` may itself cause the signal. Other work that is due meanwhile runs.
        """
        self.raise_if_ended()
        if seconds == 0:
            self.polling.slept_for_zero()
        if seconds is not None:
            checked(self.clock, f"A wait of {seconds:g} s", self.clock.microseconds + microseconds_of(seconds))
        record = self.threads.here()
        if record is not None and record.task is not None:
            return self._in_handler_threads.wait(record, record.task, signal, seconds)
        if record is not None or not self.threads.is_owner:
            return self._in_threads.wait(record, signal, seconds, first)
        task = current_task()
        if task is not None:
            if self.on_suspension is not None:
                self.on_suspension(task)
            with self.lock.held():
                self.journal.write(Suspended(task.subject, seconds))
            return self.task_waits.wait(task, signal, seconds, first)
        return self._in_owner.wait(signal, seconds, first)

    def park(self, is_over: Callable[[], bool]) -> bool:
        """Lets time pass while the test's thread blocks on other threads, until `is_over`. Returns whether work ran."""
        return self._in_owner.park(is_over)

    def interrupt(self, task: Task, action: Callable[[], None]) -> None:
        """Runs `action` in a suspended task, which then continues to wait, as a signal interrupts a process."""
        self.task_waits.interrupt(task, action)

    def let_others_run(self, microseconds: int = 0) -> None:
        """Suspends the task that calls it until all other work of this instant, or of a later one, has run."""
        task = current_task()
        assert task is not None, "only a task can let others run"
        self.task_waits.wait_for_others(task, None, microseconds)

    def start_task(self, body: Callable[[], None], state: TaskState, subject: Subject, on_end: Callable[[], None]) -> Task:
        """Runs a new task to its end or its first suspension. `on_end` is called here, after its last switch back."""
        task = Task(body, state, subject, on_end)
        self.tasks.start(task)
        return task

    @property
    def is_called_by_aws(self) -> bool:
        """Whether a service of AWS makes the calls of this thread, and not the handler that runs."""
        return self._calling_thread == get_ident()

    @contextmanager
    def called_by_aws(self) -> Iterator[None]:
        """Marks calls of this thread as those of a service of AWS while the block runs."""
        before, self._calling_thread = self._calling_thread, get_ident()
        try:
            yield
        finally:
            self._calling_thread = before

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Watches threads and pools. At the end every task is ended before anything else is closed."""
        with self.threads.watched(self.park, self.surface), pools_watched(self.threads):
            try:
                yield
            finally:
                self.journal.close()
                for task in self.tasks.suspended:
                    self.tasks.end(task)
                self.tasks.thaw()
                self.is_open = False
                left = [error for error in self.drop_offences() if ends_the_run(error)]
                if left:
                    raise left[0]
