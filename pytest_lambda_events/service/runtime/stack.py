"""Stack traces as AWS's runtime client prints them."""

from __future__ import annotations

import os
import traceback
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
    frames = [] if client is None else [client]
    frames += [
        (frame.filename, frame.lineno, frame.name, frame.line)
        for frame in traceback.extract_tb(trace)
        if not frame.filename.startswith(_OWN_FILES)
    ]
    first = next((index for index, frame in enumerate(frames) if _CLIENT_FILE not in frame[0]), 0)
    return traceback.StackSummary.from_list(frames[first:]).format()  # type: ignore[arg-type]
