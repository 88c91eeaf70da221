"""The output of a handler in an attempt, and the place where it failed, in a few lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from ..journal.attempts import Ended
from .frames import frames_of_error
from .json_text import parsed
from .line import Line
from .missing_variables import hint_of_attempt
from .timeline import plain

SHOWN = 6
"""How many lines of one attempt are shown."""
WIDTH = 110

_LOGGED = re.compile(r"\[(\w+)\]\t[\d:.TZ-]+\t[\w-]*\t(.*)")
_OF_THE_PLATFORM = frozenset(
    {
        "timestamp", "level", "message", "logger", "requestId", "location", "service", "sampling_rate", "cold_start",
        "function_name", "function_memory_size", "function_arn", "function_request_id", "xray_trace_id", "stack_trace",
        "stackTrace", "tenant_id", "tenantId",
    }
)  # fmt: skip
"""Members that Lambda or Powertools adds to each JSON log record. Only members of the code under test are shown."""


def notes_of(line: Line, root: Path | None = None) -> tuple[str, ...]:
    """Returns the output of an attempt that ran, and the innermost line of the user's own code for an error.

    It is empty for other lines. It also names missing environment variables that an attempt read. The line of a failed attempt
    already shows them.

    The time and request id that the runtime adds to a log record are left out, because the line of the attempt has them. Paths
    are relative to `root`.
    """
    if line.ended is None:
        return ()
    written = [f"| {text}" for text in _shown([_read(text) for text in line.ended.logs])]
    missing = "" if line.hint or line.is_planned else hint_of_attempt(line.ended)
    return (*written, *([missing] if missing else ()), *(() if line.is_planned else _where(line.ended, root)))


def _shown(lines: Sequence[str]) -> list[str]:
    texts = [plain(line).rstrip() for line in lines if line.strip()]
    cut = [text if len(text) <= WIDTH else f"{text[: WIDTH - 3]}..." for text in _counted(texts)]
    if len(cut) <= SHOWN:
        return cut
    half = SHOWN // 2
    return [*cut[:half], f"... {len(cut) - 2 * half + 1:,} more lines", *cut[-half + 1 :]]


def _counted(texts: Sequence[str]) -> Iterator[str]:
    """Combines equal lines that follow each other."""
    for text, same in groupby(texts):
        count = sum(1 for _ in same)
        yield text if count == 1 else f"{text}  ({count:,} times)"


def _read(text: str) -> str:
    """Returns one line of a log without the parts that the platform added."""
    if found := _LOGGED.fullmatch(text):
        return f"[{found[1]}] {found[2]}"
    if text.startswith("{"):
        record = parsed(text)
        if isinstance(record, dict) and {"level", "message"} <= record.keys():
            message = record["message"]
            more = {name: value for name, value in record.items() if name not in _OF_THE_PLATFORM}
            text = message if isinstance(message, str) else json.dumps(message)
            return f"[{record['level']}] {text}{f' {json.dumps(more)}' if more else ''}"
    return text


def _where(ended: Ended, root: Path | None) -> Iterator[str]:
    own = [] if ended.is_success else [frame for frame in frames_of_error(ended.payload) if not frame.is_library]
    if not own:
        return
    frame = own[-1]
    code = " ".join(frame.code.split())
    text = f"at {frame.place(root)} in {frame.function}{f': {code}' if code else ''}"
    yield text if len(text) <= WIDTH else f"{text[: WIDTH - 3]}..."
