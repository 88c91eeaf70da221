"""The parts of the process state that are exchanged when the task of a handler is switched in or out."""

from __future__ import annotations

import asyncio.events as loop_state
import functools
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import repeat
from operator import is_
from typing import Any, Protocol
from weakref import finalize

from ...process_variables import RESERVED
from ...simulation.process_environment import ProcessEnvironment, python_environ
from .formats import RootLevel, RuntimeLogHandler, Sink
from .variable_reads import MissedVariables, Variables
from .variables import TRACE_VARIABLE


class StreamSink(Sink, Protocol):
    """Receives log records and printed text."""

    dead: bool

    def write_stream(self, name: str, text: str) -> None:
        """Writes text that was printed to the stream called `name`."""


class ProcessVariables:
    """`os.environ`, and the variables that child processes of the handler inherit (RUN-70, 71).

    The C environment always holds the variables of the test, because another task may run at any suspension. Changes by
    `os.putenv` and by assignments to `os.environ` are stored here and passed to child processes. A handler may rebind
    `os.environ`: it then has its own object until its execution environment ends.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.missed = MissedVariables(self._is_in_test)
        """The variables that the handler reads and does not have, although the test process has them."""
        self._own = ProcessEnvironment.of(Variables(self.missed))
        self._tests = ProcessEnvironment.current()
        self._of_children: dict[bytes, bytes] = {}
        self._start_child: Callable[..., None] = _nothing
        self._start_with_environment: Callable[..., None] = _nothing
        for name, value in variables.items():
            self.set(name, value)

    def set(self, name: str, value: str) -> None:
        """Sets one variable while the task is switched out."""
        key, text = _encoded_key(name), python_environ().encodevalue(value)
        self._own.variables[key] = text
        if isinstance(key, bytes):
            # Not on Windows.
            self._of_children[key] = text
        else:
            self._put(name, value)
        if self._own.is_rebound:
            with suppress(Exception):
                self._own.environ[name] = value

    def begin(self, variables: Mapping[str, str]) -> None:
        """Sets the variables that change with every invocation. Without a trace the trace variable is absent."""
        if TRACE_VARIABLE not in variables:
            self._remove(TRACE_VARIABLE)
        for name, value in variables.items():
            self.set(name, value)

    def _remove(self, name: str) -> None:
        self._own.variables.pop(_encoded_key(name), None)
        self._unset(name)
        if self._own.is_rebound:
            with suppress(Exception):
                self._own.environ.pop(name, None)

    def enter(self) -> None:
        if self._tests.is_changed:
            self._tests = ProcessEnvironment.current()
        self._own.put()
        self._set_c_variable, self._unset_c_variable = os.putenv, os.unsetenv
        start_child = subprocess.Popen.__init__
        if start_child is not self._start_child:
            self._start_child = start_child
            self._start_with_environment = _with_environment(start_child, self._of_children)
        os.putenv, os.unsetenv = self._put, self._unset
        subprocess.Popen.__init__ = self._start_with_environment  # type: ignore[method-assign]

    def leave(self) -> None:
        if self._own.is_changed:
            self._own = ProcessEnvironment.current()
        self._tests.put()
        os.putenv, os.unsetenv = self._set_c_variable, self._unset_c_variable
        subprocess.Popen.__init__ = self._start_child  # type: ignore[method-assign]

    def missing(self, error_message: str) -> tuple[str, ...]:
        """Returns the variables that code has read so far, and that only the test process has, while it is switched out."""
        return self.missed.names(error_message, self._only_in_test)

    def _only_in_test(self) -> list[str]:
        of_function = {os.fsdecode(name) for name in dict.keys(self._own.variables)}
        return [name for name in os.environ if name not in of_function]

    def _is_in_test(self, name: Any) -> bool:
        tests = self._tests
        text = os.fsdecode(name)
        return text not in RESERVED and (text in tests.environ if tests.is_rebound else name in tests.variables)

    def _put(self, name: Any, value: Any, /) -> None:
        """Replaces `os.putenv`."""
        self._of_children[os.fsencode(name)] = os.fsencode(value)

    def _unset(self, name: Any, /) -> None:
        """Replaces `os.unsetenv`."""
        self._of_children.pop(os.fsencode(name), None)


@functools.lru_cache(maxsize=1024)
def _encoded_key(name: str) -> Any:
    """Returns the name of a variable as the environment of the process has it. Each invocation sets the same variables."""
    return python_environ().encodekey(name)


def _nothing(*_: object) -> None:
    """Marks a value that is not known yet."""


_POSITION_OF_ENV = 10


def _with_environment(start: Callable[..., None], variables: Mapping[bytes, bytes]) -> Callable[..., None]:
    @functools.wraps(start)
    def start_with_environment(self: Any, *args: Any, **options: Any) -> None:
        if len(args) <= _POSITION_OF_ENV and options.get("env") is None:
            options["env"] = {os.fsdecode(name): os.fsdecode(value) for name, value in variables.items()}
        start(self, *args, **options)

    return start_with_environment


class TimeZone:
    """The zone of `time.localtime`, which the C library keeps for the whole process. It follows TZ when the task begins
    (RUN-70).
    """

    def __init__(self, zone: str | None) -> None:
        self._zone = zone
        self._is_exchanged = False

    def enter(self) -> None:
        is_same = self._zone in _UTC and not (time.timezone or time.daylight)
        self._is_exchanged = self._zone is not None and not is_same and hasattr(time, "tzset")
        if self._is_exchanged:
            _set_time_zone(self._zone)

    def leave(self) -> None:
        if self._is_exchanged:
            _set_time_zone(python_environ().get("TZ"))


_UTC = (":UTC", "UTC")


def _set_time_zone(zone: str | None) -> None:
    if zone is None:
        os.unsetenv("TZ")
    else:
        os.putenv("TZ", zone)
    time.tzset()


class HandlerStream:
    """`sys.stdout` or `sys.stderr` of an execution environment. Writes to the log and to the test's stream, which pytest
    captures.
    """

    def __init__(self, name: str) -> None:
        self.log_name = name
        self.sink: StreamSink | None = None
        self.outer: Any = None

    def write(self, text: str) -> int:
        """Writes to the log of the invocation and to the test's stream. Writes nothing after the invocation was ended."""
        if self.sink is not None:
            if self.sink.dead:
                return len(text)
            self.sink.write_stream(self.log_name, text)
        if self.outer is not None:
            self.outer.write(text)
        return len(text)

    def writelines(self, lines: Sequence[str]) -> None:
        """Writes every line."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flushes the test's stream."""
        if self.outer is not None:
            self.outer.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.outer, name)


class Streams:
    """`sys.stdout`, `sys.stderr`, and the log handlers that refer directly to the test's streams.

    The task's current streams are kept, so a `redirect_stdout` survives a suspension.
    """

    def __init__(self) -> None:
        self._outputs = HandlerStream("stdout"), HandlerStream("stderr")
        self._own: tuple[Any, Any] = self._outputs
        self._tests: tuple[Any, Any] = (None, None)
        self._redirected: list[tuple[logging.StreamHandler[Any], Any]] = []
        self._known_handlers: list[Any] = []
        self._selected_handlers: list[Any] = []

    def begin(self, sink: StreamSink) -> None:
        """Sends the output to `sink` from now on."""
        for output in self._outputs:
            output.sink = sink

    def enter(self) -> None:
        stdout, stderr = self._tests = sys.stdout, sys.stderr
        self._outputs[0].outer, self._outputs[1].outer = stdout, stderr
        sys.stdout, sys.stderr = self._own
        self._redirect_log_handlers()

    def leave(self) -> None:
        for handler, stream in self._redirected:
            if isinstance(handler.stream, HandlerStream):
                handler.stream = stream
        self._redirected.clear()
        self._own = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = self._tests

    def _redirect_log_handlers(self) -> None:
        """Redirects handlers that were created at import, as in most Lambda code: they refer to the stdout of that time."""
        ours, tests = self._outputs, self._tests
        for reference in self._stream_handlers():
            handler = reference()
            # The dictionary, because the last-resort handler has a property for its stream, and no other stream can be set.
            stream = None if handler is None else handler.__dict__.get("stream")
            if stream is None:
                continue
            if stream is tests[0] or stream is sys.__stdout__:
                output = ours[0]
            elif stream is tests[1] or stream is sys.__stderr__:
                output = ours[1]
            elif type(stream) is HandlerStream:
                # The stream of another environment. A logger that both environments share has kept it.
                output = ours[stream.log_name == "stderr"]
            elif type(stream).__module__ == "_pytest.capture":
                # The stream that pytest captured when the logger was created. Now the test's `capsys` may have replaced it.
                output = HandlerStream("stdout")
                output.sink, output.outer = ours[0].sink, stream
            else:
                continue
            if output is not stream:
                self._redirected.append((handler, stream))
                handler.stream = output

    def _stream_handlers(self) -> Sequence[Callable[[], Any]]:
        """Returns weak references to all handlers with streams. A process may have many, so they are selected only once."""
        known: list[Any] = logging._handlerList  # type: ignore[attr-defined]
        if known != self._known_handlers:
            self._known_handlers = known.copy()
            self._selected_handlers = [one for one in self._known_handlers if isinstance(one(), logging.StreamHandler)]
        return self._selected_handlers


class RootLogger:
    """The runtime's log handler, before those that the test has; and the level, after the handler has set it (RUN-85)."""

    def __init__(self, *, is_json: bool, level: str | None) -> None:
        self._runtime_handler = RuntimeLogHandler(is_json=is_json)
        self._own: list[logging.Handler] = [self._runtime_handler]
        self._tests: list[logging.Handler] = []
        self._root_level = RootLevel()
        number = logging.getLevelName({"TRACE": "DEBUG"}.get(level, level)) if level else None
        self._level: int | None = number if isinstance(number, int) else None

    def begin(self, sink: Sink) -> None:
        """Sends records to `sink` from now on."""
        self._runtime_handler.sink = sink

    def enter(self) -> None:
        root = logging.root
        self._tests = root.handlers
        root.handlers = [*self._own, *self._tests]
        self._take_over_suppressions()
        self._tests_level = self._level_before = root.level
        if self._level is not None and self._level != root.level:
            self._root_level.set(self._level)
            self._level_before = self._level

    def leave(self) -> None:
        root = logging.root
        self._own = [handler for handler in root.handlers if handler not in self._tests]
        root.handlers = self._tests
        if root.level != self._level_before:
            self._level = root.level
        if root.level != self._tests_level:
            self._root_level.set(self._tests_level)

    def _take_over_suppressions(self) -> None:
        """Powertools silences the root handlers that it finds at import. On AWS this is the runtime's handler, here those of
        the test.
        """
        for handler in self._tests:
            for rule in handler.filters:
                if type(rule).__module__.startswith("aws_lambda_powertools."):
                    self._runtime_handler.addFilter(rule)


_POLICY = "_event_loop_policy"


class EventLoopState:
    """The running loop, the policy with its current loop, and the hooks of asynchronous generators. Python keeps them per
    thread.
    """

    def __init__(self) -> None:
        self._running: Any = None
        self._hooks: tuple[Any, Any] = (None, None)
        self._policy: Any = None
        self._closed_later: Any = None

    def enter(self) -> None:
        self._exchange()

    def leave(self) -> None:
        self._exchange()
        if self._policy is not self._closed_later:
            # On AWS the process ends without a warning about a loop that is still open, such as that of Mangum.
            self._closed_later = self._policy
            finalize(self, _close_loop, self._policy).atexit = False

    def _exchange(self) -> None:
        running = loop_state._get_running_loop()
        if running is not self._running:
            loop_state._set_running_loop(self._running)
        self._running = running
        hooks = sys.get_asyncgen_hooks()
        if hooks != self._hooks:
            sys.set_asyncgen_hooks(*self._hooks)
        self._hooks = hooks
        # The policy holds the current loop of the thread. Without a policy, asyncio creates the default one when it needs one.
        policy = getattr(loop_state, _POLICY, None)
        setattr(loop_state, _POLICY, self._policy)
        self._policy = policy


def _close_loop(policy: Any) -> None:
    """Closes the current loop of a policy, if it has one."""
    loop = getattr(getattr(policy, "_local", None), "_loop", None)
    if loop is not None and not loop.is_running():
        loop.close()


class Attributes:
    """Any attributes of modules, such as `boto3.DEFAULT_SESSION`.

    A task sees the value of the test until it rebinds the attribute. From then on it has its own value.
    """

    def __init__(self, places: Sequence[tuple[object, str]]) -> None:
        self._owners, self._names = [owner for owner, _ in places], [name for _, name in places]
        self._own: dict[int, Any] = {}
        self._tests: list[Any] = []
        self._before: list[Any] = []

    def enter(self) -> None:
        self._tests = self._before = self._values()
        if self._own:
            self._before = [self._own.get(number, value) for number, value in enumerate(self._tests)]
            self._set(self._tests, self._before)

    def leave(self) -> None:
        now = self._values()
        if self._before is self._tests and all(map(is_, now, self._tests)):
            return
        self._own |= {number: value for number, value in enumerate(now) if value is not self._before[number]}
        self._set(now, self._tests)

    def _values(self) -> list[Any]:
        return [*map(getattr, self._owners, self._names, repeat(None))]

    def _set(self, current: list[Any], wanted: list[Any]) -> None:
        for owner, name, value, new in zip(self._owners, self._names, current, wanted, strict=True):
            if value is not new:
                setattr(owner, name, new)
