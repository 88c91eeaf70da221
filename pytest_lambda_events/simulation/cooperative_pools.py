"""Threads, pools and futures of simulated threads."""

from __future__ import annotations

import concurrent.futures
import threading
from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any

from ..errors import hides_frames
from .cooperation import Cooperation
from .cooperative_locks import Event
from .tasks import TaskEnded
from .wait_signal import Signal

__tracebackhide__ = hides_frames

WORKERS = 6
"""The number of threads of a pool that states none: what Python chooses on two processors."""


class Thread:
    """Works like `threading.Thread` with a target."""

    def __init__(
        self,
        cooperation: Cooperation,
        *,
        target: Callable[..., object],
        name: str = "",
        args: Collection[Any] = (),
        kwargs: dict[str, Any] | None = None,
        daemon: bool | None = None,
    ) -> None:
        self.name = name
        self.daemon = bool(daemon)
        self._cooperation = cooperation
        self._call = partial(target, *args, **(kwargs or {}))
        self._ended = Event(cooperation)
        self._is_started = False

    def start(self) -> None:
        """Starts it. It begins when its caller waits."""
        self._is_started = True
        self._cooperation.start(self._run)

    def _run(self) -> None:
        try:
            self._call()
            self._cooperation.settle()
        except Exception as error:
            threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, None)))
        finally:
            self._ended.set()

    def join(self, timeout: float | None = None) -> None:
        """Waits until it has ended."""
        self._ended.wait(timeout)

    def is_alive(self) -> bool:
        """Returns whether it was started and has not ended."""
        return self._is_started and not self._ended.is_set()


class CooperativeFuture(Future[Any]):
    """A future of a simulated thread."""

    def __init__(self, cooperation: Cooperation) -> None:
        super().__init__()
        self.ended = Event(cooperation)

    def result(self, timeout: float | None = None) -> Any:
        """Waits for the result, and returns it."""
        return super().result(None if self.ended.wait(timeout) else 0)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Waits for the end, and returns the error."""
        return super().exception(None if self.ended.wait(timeout) else 0)

    def set_result(self, result: Any) -> None:
        super().set_result(result)
        self.ended.set()

    def set_exception(self, exception: BaseException | None) -> None:
        super().set_exception(exception)
        self.ended.set()

    def cancel(self) -> bool:
        """Cancels work that has not begun."""
        is_cancelled = super().cancel()
        if is_cancelled:
            self.ended.set()
        return is_cancelled


class ThreadPoolExecutor(Executor):
    """Works like `concurrent.futures.ThreadPoolExecutor`. Each piece of work runs in a simulated thread of its own."""

    def __init__(self, cooperation: Cooperation, max_workers: int | None = None, thread_name_prefix: str = "") -> None:
        self._cooperation = cooperation
        self._most = max_workers or WORKERS
        self._work: deque[tuple[CooperativeFuture, Callable[[], Any]]] = deque()
        self._running = 0
        self._is_shut = False
        self._rests = Signal()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Runs work in a simulated thread. Returns its future."""
        if self._is_shut:
            raise RuntimeError("cannot schedule new futures after shutdown")
        future = CooperativeFuture(self._cooperation)
        self._work.append((future, partial(fn, *args, **kwargs)))
        self._begin_next()
        return future

    def _begin_next(self) -> None:
        while self._work and self._running < self._most:
            future, call = self._work.popleft()
            if future.set_running_or_notify_cancel():
                self._running += 1
                self._cooperation.start(partial(self._run, future, call))

    def _run(self, future: CooperativeFuture, call: Callable[[], Any]) -> None:
        try:
            self._run_to_the_end(future, call)
        finally:
            self._running -= 1
            self._begin_next()
            self._cooperation.notify(self._rests)

    def _run_to_the_end(self, future: CooperativeFuture, call: Callable[[], Any]) -> None:
        try:
            result = call()
            self._cooperation.settle()
        except TaskEnded:
            raise
        except BaseException as error:
            self._cooperation.settle()
            future.set_exception(error)
        else:
            future.set_result(result)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Accepts no more work. Waits for the work that runs, if `wait` is true."""
        self._is_shut = True
        if cancel_futures:
            while self._work:
                self._work.popleft()[0].cancel()
        while wait and (self._running or self._work):
            self._cooperation.wait(self._rests, None)


def wait(
    fs: Collection[Future[Any]], timeout: float | None = None, return_when: str = concurrent.futures.ALL_COMPLETED
) -> Any:
    """Works like `concurrent.futures.wait`."""
    if timeout is None and return_when == concurrent.futures.ALL_COMPLETED:
        for future in fs:
            if isinstance(future, CooperativeFuture):
                future.ended.wait()
    return concurrent.futures.wait(fs, timeout, return_when)
