"""Stack traces as AWS's runtime client prints them."""

from __future__ import annotations

import linecache
import os
import sys
import traceback
from collections.abc import Sequence
from functools import lru_cache
from types import TracebackType

Frame = tuple[str, int | None, str, str | None]
"""File, line, function and source line."""

_OWN_FILES = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep
_CLIENT_FILE = "/bootstrap.py"


def call_frame(runtime: str) -> Frame:
    """Returns the runtime client's own frame. It is the only frame if the handler could not be called (RUN-20)."""
    return (
        f"/var/lang/lib/{runtime}/site-packages/awslambdaric/bootstrap.py",
        178,
        "handle_event_request",
        "response = request_handler(event, lambda_context)",
    )


def format_stack(trace: TracebackType | None, client: Frame | None = None) -> list[str]:
    """Returns one text for each frame, outermost first, starting after the frames of the client (RUN-42).

    Frames of this package are left out. `client` replaces the frames in which the client calls the handler.
    """
    return list(_formatted(_frames(trace), client))


def _frames(trace: TracebackType | None) -> tuple[Frame, ...]:
    """Returns the frames of a traceback, as many as `sys.tracebacklimit` allows, with the lines of the current files."""
    frames: list[Frame] = []
    checked: set[str] = set()
    limit = vars(sys).get("tracebacklimit")
    left = sys.maxsize if limit is None else limit
    while trace is not None and left > 0:
        code, line = trace.tb_frame.f_code, trace.tb_lineno
        file = code.co_filename
        if not file.startswith(_OWN_FILES):
            if file not in checked:
                checked.add(file)
                linecache.lazycache(file, trace.tb_frame.f_globals)
                linecache.checkcache(file)
            frames.append((file, line, code.co_name, _source_line(file, line)))
        trace, left = trace.tb_next, left - 1
    return tuple(frames)


def _source_line(file: str, line: int | None) -> str | None:
    # Instructions that Python adds may have no line.
    return None if line is None else linecache.getline(file, line).strip()


@lru_cache(maxsize=64)
def _formatted(found: tuple[Frame, ...], client: Frame | None) -> Sequence[str]:
    """Returns the texts of frames. Most failures of a handler have the same frames."""
    frames = [*found] if client is None else [client, *found]
    first = next((index for index, frame in enumerate(frames) if _CLIENT_FILE not in frame[0]), 0)
    return traceback.StackSummary.from_list(frames[first:]).format()  # type: ignore[arg-type]
