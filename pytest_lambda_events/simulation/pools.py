"""Work that is given to a pool of threads belongs to its sender, however old the threads of the pool are."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.thread import ThreadPoolExecutor, _WorkItem
from functools import partial
from typing import Any

from ..contexts import contextmanager
from ..errors import LambdaEventsError
from ..patching import attributes_patched
from .tasks import Task, TaskEnded, current_task
from .threads import SimulationThread, SimulationThreads

_METHODS_OF_THREAD_POOLS = ("apply_async", "_map_async", "imap", "imap_unordered")
"""The methods of `multiprocessing.pool` that take a function and put it on the queue of the pool."""


@contextmanager
def pools_watched(threads: SimulationThreads) -> Iterator[None]:
    """Lets threads of pools belong to the environment of `threads` while they do its work.

    A pool in a global of a module keeps its threads from test to test. They were started in another environment or in none.
    """
    patches: list[tuple[Any, str, Any]] = [
        (ThreadPoolExecutor, "submit", _submitting(threads)),
        (_WorkItem, "run", _running_to_the_end(_WorkItem.run)),
    ]
    pools = sys.modules.get("multiprocessing.pool")
    if pools is not None:
        patches += [
            (pools.Pool, name, _giving(threads, getattr(pools.Pool, name), pools.ThreadPool))
            for name in _METHODS_OF_THREAD_POOLS
        ]
    with attributes_patched(*patches):
        yield


def _submitting(threads: SimulationThreads) -> Callable[..., Future[Any]]:
    submit = ThreadPoolExecutor.submit

    def submit_for_caller(
        pool: ThreadPoolExecutor, function: Callable[..., Any], /, *args: Any, **keywords: Any
    ) -> Future[Any]:
        work = _Work.of_caller(threads)
        if work is None:
            return submit(pool, function, *args, **keywords)
        future = submit(pool, partial(work.do, function), *args, **keywords)
        for thread in tuple(pool._threads):
            work.adopt(thread)
        return future

    return submit_for_caller


def _running_to_the_end(run: Callable[[Any], None]) -> Callable[[Any], None]:
    """Ends work only when the code that waits for its result knows the result. Otherwise time could move before that."""

    def run_to_the_end(item: Any) -> None:
        work = getattr(getattr(item.fn, "func", None), "__self__", None)
        try:
            run(item)
        finally:
            if isinstance(work, _Work):
                work.end()

    return run_to_the_end


def _giving(threads: SimulationThreads, give: Callable[..., Any], thread_pool: type) -> Callable[..., Any]:
    def give_for_caller(pool: Any, function: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
        work = _Work.of_caller(threads) if isinstance(pool, thread_pool) else None
        if work is None:
            return give(pool, function, *args, **keywords)
        given = give(pool, partial(work.do_or_fail, function), *args, **keywords)
        for thread in tuple(pool._pool):
            work.adopt(thread)
        return given

    return give_for_caller


class _Work:
    """A piece of work for a pool, and the handler to which it belongs. It belongs to the test if `task` is None."""

    def __init__(self, threads: SimulationThreads, task: Task | None, charged: float) -> None:
        self._threads = threads
        self._task = task
        self._charged = charged
        self._is_taken = False
        self._record: SimulationThread | None = None
        threads.given += 1

    @classmethod
    def of_caller(cls, threads: SimulationThreads) -> _Work | None:
        """Returns work that the caller sends; None if the caller does not belong to the environment."""
        record = threads.here()
        if record is not None:
            return cls(threads, record.task, record.charged)
        if not threads.is_owner:
            return None
        task = current_task()
        return cls(threads, task, 0.0 if task is None else task.charged)

    def adopt(self, thread: threading.Thread) -> None:
        """Waits for this thread before time moves, because it may be about to take the work."""
        self._threads.known.setdefault(thread, SimulationThread(thread, self._task, self._charged, works=False))

    def do(self, function: Callable[..., Any], /, *args: Any, **keywords: Any) -> Any:
        """Calls `function` in a thread of the pool, which belongs to the environment during the call."""
        if self._threads.is_over:
            raise TaskEnded
        try:
            return self._done(function, *args, **keywords)
        finally:
            self._take()

    def end(self) -> None:
        """Is called in the thread of the pool when the result is known, or when the work was cancelled before its start."""
        self._take()
        if self._record is not None:
            self._record.works = False

    def _take(self) -> None:
        if not self._is_taken:
            self._is_taken = True
            self._threads.given -= 1

    def _done(self, function: Callable[..., Any], /, *args: Any, **keywords: Any) -> Any:
        thread = threading.current_thread()
        known = self._threads.known
        before = known.get(thread)
        # The actions of one thread for one handler happen one after the other.
        own = before.charged if before is not None and before.task is self._task else 0.0
        known[thread] = self._record = SimulationThread(thread, self._task, max(self._charged, own))
        self._take()
        try:
            return function(*args, **keywords)
        finally:
            self._threads.on_end(thread)

    def do_or_fail(self, function: Callable[..., Any], /, *args: Any, **keywords: Any) -> Any:
        """Works like `do` for a pool that passes on only an `Exception`, and otherwise lets its caller wait forever."""
        try:
            return self.do(function, *args, **keywords)
        except TaskEnded as error:
            raise LambdaEventsError("The invocation to which this work belongs has ended.") from error
        finally:
            self.end()
