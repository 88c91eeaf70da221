"""Lets several processes run one exploration together. Each finds the result that a single process finds.

Each process runs the same search, and writes the outcomes of its executions into a common folder. Before an execution it looks
there. If another process is running the same execution, it runs one of the next. Executions are repeatable, so it makes no
difference which process runs one.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from ..simulation.threads import real_monotonic, real_sleep
from .outcomes import Job, Outcome

_REAL_SECONDS_BETWEEN_LOOKS = 0.002
_REAL_SECONDS_UNTIL_GIVEN_UP = 60.0
"""How long a process waits for an execution of another process, which may have crashed."""


class SharingEnded(Exception):
    """The process that needs the result has it. The others need not go on."""


class SharedOutcomes:
    """The outcomes of one exploration in a folder. `helps` is True in the processes that do not need the result."""

    def __init__(self, folder: Path, *, helps: bool = False, seconds: float = _REAL_SECONDS_UNTIL_GIVEN_UP) -> None:
        self._folder = folder
        self._helps = helps
        self._seconds = seconds
        self._end = folder / "end"
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def has_ended(self) -> bool:
        """Returns whether the process that needs the result has it."""
        return self._end.exists()

    def end(self) -> None:
        """Tells the other processes that the result is known."""
        self._end.touch()

    def outcome(self, job: Job, run: Callable[[Job], Outcome], next_jobs: Callable[[Job], Iterator[Job]]) -> Outcome:
        """Returns the outcome of a job. Runs it if no other process does. Raises `SharingEnded` if it is not needed."""
        since = real_monotonic()
        while True:
            if self._helps and self.has_ended:
                raise SharingEnded
            known = self._read(job)
            if known is not None:
                return known
            if self._claim(job) or real_monotonic() - since > self._seconds:
                return self._write(job, run(job))
            other = next((one for one in next_jobs(job) if self._claim(one)), None)
            if other is None:
                real_sleep(_REAL_SECONDS_BETWEEN_LOOKS)
            else:
                self._write(other, run(other))

    def _claim(self, job: Job) -> bool:
        """Returns whether no process has claimed a job yet."""
        try:
            os.close(os.open(self._path(job, "claimed"), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True

    def _read(self, job: Job) -> Outcome | None:
        try:
            content = self._path(job, "outcome").read_bytes()
        except FileNotFoundError:
            return None
        outcome: Outcome
        outcome, error = pickle.loads(content)
        return outcome if error is None else replace(outcome, error=_copied(*error))

    def _write(self, job: Job, outcome: Outcome) -> Outcome:
        error = None if outcome.error is None else (type(outcome.error).__name__, str(outcome.error))
        partial = self._path(job, f"partial-{os.getpid()}")
        partial.write_bytes(pickle.dumps((replace(outcome, error=None), error)))
        partial.replace(self._path(job, "outcome"))
        return outcome

    def _path(self, job: Job, kind: str) -> Path:
        return self._folder / f"{sha256(job.key.encode()).hexdigest()[:32]}.{kind}"


def _copied(name: str, message: str) -> BaseException:
    """Returns an error of another process. Its class may not exist here, so only name and message are the same."""
    made: type[Exception] = type(name, (Exception,), {})
    return made(message)
