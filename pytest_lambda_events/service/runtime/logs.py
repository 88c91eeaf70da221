"""The log of an invocation: events for CloudWatch Logs, and the tail that a caller can request."""

from __future__ import annotations

import logging
import math
from datetime import datetime, timezone
from functools import lru_cache
from hashlib import sha256
from typing import Protocol

from ... import limits
from .encoding import encode_json
from .error_payloads import TIMED_OUT, ErrorPayload
from .formats import RuntimeLogHandler

__all__ = ["LOAD_WARNING", "InvocationLog", "RuntimeLogHandler"]

MEMORY_USED_MB = 36
"""The memory in every REPORT line. Memory is not measured, so that logs are reproducible."""
INIT_MILLISECONDS = 110.10
"""The init duration in the REPORT line of a cold start."""

LOAD_WARNING = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. However, in "
    "rare cases, a Lambda runtime update can cause unexpected function behavior. For functions using managed "
    "runtimes, runtime updates can be triggered by a function change, or can be applied automatically. To "
    "determine if the runtime has been updated, check the runtime version in the INIT_START log entry. If this "
    "error correlates with a change in the runtime version, you may be able to mitigate this error by "
    "temporarily rolling back to the previous runtime version. For more information, see "
    "https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html\r"
)
"""The runtime client logs this before a load error (RUN-84)."""
_OF_THE_ENVIRONMENT = ("INIT_START ", "RESTORE_START ")


class Clock(Protocol):
    """Reads the virtual time."""

    @property
    def now(self) -> datetime:
        """Returns the virtual time, an aware datetime in UTC."""


class InvocationLog:
    """Collects the log of one invocation.

    `events` are pairs of milliseconds since the epoch and text, in order. `lines` are the lines that the handler itself
    printed and logged. After `dead` is set, text of the handler is dropped, but lines of the service are not.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        request_id: str,
        version: str,
        memory_size: int,
        runtime: str = "python3.13",
        region: str = "us-east-1",
        log_format: str = "Text",
        tenant_id: str = "",
    ) -> None:
        self.request_id = request_id
        self.tenant_id = tenant_id
        self.events: list[tuple[int, str]] = []
        self.lines: list[str] = []
        self.dead = False
        self._clock = clock
        self._version = version
        self._memory_size = memory_size
        self._runtime = runtime
        self._region = region
        self._is_json = log_format.upper() == "JSON"
        self._began = self._last_instant = clock.now
        self._last_milliseconds = round(self._began.timestamp() * 1000)
        self._is_cold = False
        self._is_restored = False
        self._is_initialized_ahead = False
        # The parts of the last line of each stream.
        self._unfinished: dict[str, list[str]] = {}

    def start(self, *, cold: bool, restored: bool = False) -> None:
        """Writes INIT_START on a cold start, or RESTORE_START if a snapshot is restored, and START (RUN-80, 81)."""
        self._is_cold = cold
        self._is_restored = restored
        if cold:
            self._begin_initialization()
        self._add(f"START RequestId: {self.request_id} Version: {self._version}\n")

    def initialized(self) -> None:
        """Writes INIT_START before the log of code that was loaded ahead of any invocation."""
        self._finish_lines()
        written, self.events = self.events, []
        self._begin_initialization()
        self.events += written

    def write(self, text: str) -> None:
        """Writes one event of the handler: a log record, or the text of `context.log` (RUN-85)."""
        if text and not self.dead:
            self._take(text)

    def write_stream(self, name: str, text: str) -> None:
        """Writes text that was printed to the stream called `name`. Each complete line is an event."""
        if self.dead:
            return
        unfinished = self._unfinished.setdefault(name, [])
        complete, newline, rest = text.rpartition("\n")
        if newline:
            lines = "".join([*unfinished, complete]).split("\n")
            unfinished.clear()
            for line in lines:
                self._take(line + "\n")
        if rest:
            unfinished.append(rest)

    def error(self, error: ErrorPayload) -> None:
        """Writes the runtime client's report of an error. If the code could not be loaded, a warning precedes it (RUN-83,
        84).
        """
        if error.stack_trace is None:
            return
        if not error.request_id:
            self._add(self._load_warning())
        if self._is_json:
            header = {"timestamp": f"{self._clock.now:%Y-%m-%dT%H:%M:%SZ}", "level": "ERROR"}
            self._add(encode_json({**header, **error.members}, self._runtime))
        else:
            self._add(error.log_text)

    def end(self, error: ErrorPayload | None = None, *, timed_out: bool | None = None) -> None:
        """Writes the report of the error if there is one, END and REPORT (RUN-80, 88)."""
        self._finish_lines()
        if error is not None:
            self.error(error)
        if timed_out is None:
            timed_out = error is not None and error.error_type == TIMED_OUT
        if timed_out and error is not None:
            what = error.error_message.partition(" Error: ")[2]
            self._add(f"{_iso(self._clock.now)} {self.request_id} {what}\n\n")
        self._add(f"END RequestId: {self.request_id}\n", self._report(error, timed_out))

    def tail(self) -> bytes:
        """Returns the last 4,096 bytes, for `LogResult`. INIT_START is never part of it (RUN-81, 87)."""
        text = "".join(message for _, message in self.events if not message.startswith(_OF_THE_ENVIRONMENT))
        return text.encode("utf-8", "replace")[-limits.LOG_TAIL_BYTES :]

    def _begin_initialization(self) -> None:
        digest = sha256(self._runtime.encode()).hexdigest()
        version = self._runtime.removeprefix("python")
        arn = f"arn:aws:lambda:{self._region}::runtime:{digest}"
        what = "RESTORE_START" if self._is_restored else "INIT_START"
        self._add(f"{what} Runtime Version: python:{version}.v1\tRuntime Version ARN: {arn}\n", at=self._began)

    def _load_warning(self) -> str:
        record = logging.LogRecord("root", logging.WARNING, "", 0, LOAD_WARNING, None, None)
        now = self._clock.now
        record.created, record.msecs = now.timestamp(), now.microsecond // 1000
        return RuntimeLogHandler.formatted(record, "", is_json=self._is_json)

    def _report(self, error: ErrorPayload | None, timed_out: bool) -> str:
        now = self._clock.now
        milliseconds = 0.0 if now is self._began else (now - self._began).total_seconds() * 1000
        parts = [f"REPORT RequestId: {self.request_id}", _usage(milliseconds, self._memory_size)]
        if self._is_cold and self._is_restored:
            parts += [f"Restore Duration: {INIT_MILLISECONDS:.2f} ms", "Billed Restore Duration: 1 ms"]
        elif self._is_cold:
            parts.append(f"Init Duration: {INIT_MILLISECONDS:.2f} ms")
        if timed_out:
            parts.append("Status: timeout")
        elif error is not None and error.stack_trace is None:
            parts.append(f"Status: error\tError Type: {error.error_type}")
        return "\t".join(parts) + "\t\n"

    def _finish_lines(self) -> None:
        if not self._unfinished:
            return
        unfinished, self._unfinished = self._unfinished, {}
        for text in filter(None, map("".join, unfinished.values())):
            self._take(text)

    def _take(self, text: str) -> None:
        """Adds text of the handler, unless it is an empty line: CloudWatch Logs has no events without text."""
        if not text.strip("\r\n"):
            return
        self._add(text)
        self.lines += text.removesuffix("\n").split("\n")

    def _add(self, *texts: str, at: datetime | None = None) -> None:
        now = self._clock.now if at is None else at
        if now is not self._last_instant:
            self._last_instant, self._last_milliseconds = now, round(now.timestamp() * 1000)
        for text in texts:
            self.events.append((self._last_milliseconds, text))


@lru_cache(maxsize=256)
def _usage(milliseconds: float, memory_size: int) -> str:
    """Returns the part of a REPORT line about time and memory. Many attempts have the same."""
    return (
        f"Duration: {milliseconds:.2f} ms\tBilled Duration: {math.ceil(milliseconds) or 1} ms\t"
        f"Memory Size: {memory_size} MB\tMax Memory Used: {min(MEMORY_USED_MB, memory_size)} MB"
    )


def _iso(instant: datetime) -> str:
    return instant.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"
