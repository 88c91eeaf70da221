"""What of the process belongs to an execution environment, and travels with the task that runs in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from .attributes import Attributes, EventLoopState, ProcessVariables, RootLogger, Streams, StreamSink, TimeZone
from .modules import FolderModules
from .paths import UNCHANGED, PathMap
from .powertools import PowertoolsState
from .settings import PROCESS_ATTRIBUTES, DecimalContext, Settings, Umask
from .snapshots import SnapshotHooks


class _Part(Protocol):
    def enter(self) -> None:
        """Put the task's state in place of the test's, which is kept."""

    def leave(self) -> None:
        """Keep the task's state as it is now, and put the test's back."""


class ProcessState:
    """The state of one execution environment's process, kept from one invocation to the next.

    Exchanged at every switch, the current value kept each time: environment variables, stdout and stderr, the root
    logger's handlers and level, the asyncio loop, the time zone, the working directory and the other settings of
    `settings`, `attributes` (pairs of an object and a name), what Powertools keeps in its modules, and for code in folders
    its modules, its SnapStart hooks and `sys.path`. Not exchanged: warning filters, the state of `random`, other loggers.
    """

    def __init__(
        self,
        variables: Mapping[str, str],
        *,
        code_folders: Sequence[Path] = (),
        code_package: str = "",
        paths: PathMap = UNCHANGED,
        attributes: Sequence[tuple[object, str]] = (),
    ) -> None:
        is_json = variables.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
        self.paths = paths
        self._log: StreamSink | None = None
        self._variables = ProcessVariables(variables)
        self._streams = Streams()
        self._logger = RootLogger(is_json=is_json, level=variables.get("AWS_LAMBDA_LOG_LEVEL"))
        # The zone comes first, and last when the task is switched out: it needs the test's own variables.
        zone = TimeZone(variables.get("TZ"))
        self._parts: list[_Part] = [zone, self._variables, self._logger, EventLoopState(), self._streams, Settings(), Umask()]
        self._parts.append(PowertoolsState(variables, inherits=not code_folders))
        self.modules = FolderModules(code_folders, code_package)
        if code_folders:
            # The folders may have a copy of the package of hooks, which is not the one whose hooks are exchanged.
            self._parts += [SnapshotHooks(), self.modules]
        # Last, and first when the task is switched out: the others need `sys.modules` and `sys.path` as they were.
        self._parts.append(Attributes((*PROCESS_ATTRIBUTES, *attributes)))
        self._decimal = DecimalContext()

    def begin(self, log: StreamSink, variables: Mapping[str, str]) -> None:
        """A new invocation: its log, and the variables that change with every invocation (RUN-71)."""
        self._log = log
        self._streams.begin(log)
        self._logger.begin(log)
        self._variables.begin(variables)

    def set(self, name: str, value: str) -> None:
        """Set an environment variable of the process."""
        self._variables.set(name, value)

    def missing_variables(self, error_message: str = "") -> tuple[str, ...]:
        """Returns the names of variables that its code has read so far, and that only the test process has."""
        return self._variables.missing(error_message)

    def begin_in_task(self) -> None:
        """What a task has to begin by itself."""
        self._decimal.begin()

    def enter(self) -> None:
        """Put the environment's state in place of the test's."""
        for part in self._parts:
            part.enter()

    def leave(self) -> None:
        """Keep the environment's state as it is now, and put the test's back."""
        for part in reversed(self._parts):
            part.leave()

    def end(self) -> None:
        """The invocation was ended early: what it still writes is dropped."""
        if self._log is not None:
            self._log.dead = True
