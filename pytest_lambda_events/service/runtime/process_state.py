"""The process state that belongs to an execution environment and follows its task."""

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
        """Stores the test's state, and installs the task's state."""

    def leave(self) -> None:
        """Stores the task's current state, and restores the test's state."""


class ProcessState:
    """The state of one execution environment's process, kept from one invocation to the next.

    Exchanged at every switch, and stored each time: environment variables, stdout and stderr, the root logger's handlers and
    level, the asyncio loop, the time zone, the working directory and the other settings of `settings`, `attributes` (pairs of
    an object and a name), the state of Powertools, and for code in folders its modules, its SnapStart hooks and `sys.path`.
    Not exchanged: warning filters, the state of `random`, other loggers.
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
        # The zone comes first, and last when the task is switched out, because it needs the test's own variables.
        zone = TimeZone(variables.get("TZ"))
        self._parts: list[_Part] = [zone, self._variables, self._logger, EventLoopState(), self._streams, Settings(), Umask()]
        self._parts.append(PowertoolsState(variables, inherits=not code_folders))
        self.modules = FolderModules(code_folders, code_package)
        if code_folders:
            # The folders may contain a copy of the package of hooks. Its hooks are not exchanged.
            self._parts += [SnapshotHooks(), self.modules]
        # Last, and first when the task is switched out, because the others need the original `sys.modules` and `sys.path`.
        self._parts.append(Attributes((*PROCESS_ATTRIBUTES, *attributes)))
        self._decimal = DecimalContext()

    def begin(self, log: StreamSink, variables: Mapping[str, str]) -> None:
        """Begins a new invocation with its log and the variables that change with every invocation (RUN-71)."""
        self._log = log
        self._streams.begin(log)
        self._logger.begin(log)
        self._variables.begin(variables)

    def set(self, name: str, value: str) -> None:
        """Sets an environment variable of the process."""
        self._variables.set(name, value)

    def missing_variables(self, error_message: str = "") -> tuple[str, ...]:
        """Returns the names of variables that its code has read so far, and that only the test process has."""
        return self._variables.missing(error_message)

    def begin_in_task(self) -> None:
        """Begins what must begin in the task itself."""
        self._decimal.begin()

    def enter(self) -> None:
        """Stores the test's state, and installs that of the execution environment."""
        for part in self._parts:
            part.enter()

    def leave(self) -> None:
        """Stores the current state of the execution environment, and restores that of the test."""
        for part in reversed(self._parts):
            part.leave()

    def end(self) -> None:
        """Drops further output, because the invocation was ended early."""
        if self._log is not None:
            self._log.dead = True
