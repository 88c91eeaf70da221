"""The runtime's own log handler, with its text format and its JSON format."""

from __future__ import annotations

import json
import logging
import time
import traceback
import weakref
from collections.abc import Mapping
from typing import Any, Protocol

_INSTANT = "%Y-%m-%dT%H:%M:%S"
_NOT_EXTRA = frozenset(
    {
        "args", "aws_request_id", "created", "exc_info", "exc_text", "filename", "funcName", "_frame_type", "levelname",
        "levelno", "lineno", "module", "msecs", "msg", "name", "pathname", "process", "processName", "relativeCreated",
        "stack_info", "tenant_id", "thread", "threadName",
    }
)  # fmt: skip
"""Attributes of a log record that are not written as members of their own."""


class Sink(Protocol):
    """Receives log events."""

    request_id: str
    tenant_id: str

    def write(self, text: str) -> None:
        """Writes one log event."""


class _TextFormatter(logging.Formatter):
    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n", _INSTANT)


class _JsonFormatter(logging.Formatter):
    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__(datefmt=_INSTANT + "Z")

    def format(self, record: logging.LogRecord) -> str:
        members = {
            "timestamp": self.formatTime(record, self.datefmt),
            "level": logging.getLevelName(_whole_level(record.levelno)),
            "message": record.msg if isinstance(record.msg, dict) and not record.args else record.getMessage(),
            "logger": record.name,
            **_exception(record),
            "requestId": getattr(record, "aws_request_id", None),
            "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if record.exc_info else None,
            "tenantId": getattr(record, "tenant_id", None),
        }
        extra = {name: value for name, value in vars(record).items() if name not in _NOT_EXTRA and name not in members}
        present = {name: value for name, value in {**members, **extra}.items() if value is not None}
        return json.dumps(present, ensure_ascii=False, default=str) + "\n"


def _whole_level(level: int) -> int:
    """Returns the next lower standard level for a level between two standard levels."""
    return min(50, max(0, level)) // 10 * 10


def _exception(record: logging.LogRecord) -> Mapping[str, Any]:
    if not record.exc_info:
        return {"stackTrace": None, "errorType": None, "errorMessage": None}
    kind, value, trace = record.exc_info
    return {
        "stackTrace": traceback.format_tb(trace),
        "errorType": None if kind is None else kind.__name__,
        "errorMessage": str(value),
    }


_TEXT = _TextFormatter()
_JSON = _JsonFormatter()


class RuntimeLogHandler(logging.Handler):
    """The handler that the runtime adds to the root logger. It writes to the log that is its `sink` (RUN-85, 86)."""

    def __init__(self, *, is_json: bool = False) -> None:
        super().__init__()
        # It has nothing to close at the end of the process, and each start and wait of a handler reads this list.
        logging._handlerList.remove(weakref.ref(self))  # type: ignore[attr-defined]
        self.sink: Sink | None = None
        self.setFormatter(_JSON if is_json else _TEXT)

    def emit(self, record: logging.LogRecord) -> None:
        """Writes one record as one log event."""
        if self.sink is None:
            return
        record.aws_request_id = self.sink.request_id
        record.tenant_id = self.sink.tenant_id or None
        # The milliseconds of the record itself were cut from a binary fraction, so they may be one too low.
        record.msecs = float(round(record.created * 1_000_000) // 1000 % 1000)
        try:
            text = self.format(record)
        except Exception:
            self.handleError(record)
            return
        self.sink.write(text)

    @staticmethod
    def formatted(record: logging.LogRecord, request_id: str, *, is_json: bool) -> str:
        """Returns the text of `record` in one of the two formats."""
        record.aws_request_id = request_id
        return (_JSON if is_json else _TEXT).format(record)


class RootLevel:
    """Sets the level of the root logger like `logging.root.setLevel`, in less time."""

    def __init__(self) -> None:
        self._loggers: list[object] = []
        self._caches: list[dict[int, bool]] = []

    def set(self, level: int) -> None:
        """Sets the level. All loggers forget which levels are enabled."""
        logging.root.level = level
        loggers: list[object] = [logging.root, *logging.root.manager.loggerDict.copy().values()]
        if loggers != self._loggers:
            self._loggers = loggers
            self._caches = [one.__dict__["_cache"] for one in loggers if "_cache" in one.__dict__]
        for cache in filter(None, self._caches):
            cache.clear()
