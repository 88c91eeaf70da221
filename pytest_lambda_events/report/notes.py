"""What a handler printed and logged in an attempt, and where it failed, in a few lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from ..journal.attempts import Ended
from .frames import frames_of_error
from .json_text import parsed
from .lines import Line
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
"""Members of a JSON log record that Lambda or Powertools puts into each: what the code under test adds is shown."""


def notes_of(line: Line, root: Path | None = None) -> tuple[str, ...]:
    """What an attempt that ran wrote, and of an error the innermost line of the user's own code; empty for other lines.

    Also names missing environment variables that an attempt read. The line of a failed attempt already shows them.

    What the runtime adds to a log record, its instant and request id, is left out: the attempt's line has them. Paths
    below `root` are shown from there.
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
    """Lines that follow each other and are the same, as one."""
    for text, same in groupby(texts):
        count = sum(1 for _ in same)
        yield text if count == 1 else f"{text}  ({count:,} times)"


def _read(text: str) -> str:
    """One line of a log, without what the platform put around it."""
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
