"""The errors of a failed attempt: those that a library has grouped in one, and the lines of their stack traces."""

from __future__ import annotations

import re

from ...journal.attempts import Ended
from ...values import dataclass
from ..frames import Frame, frames_in, frames_of_error
from ..line_texts import message_of

_TRACEBACK = re.compile(r"^.*Traceback \(most recent call last\):$", re.MULTILINE)
_GROUP_BORDER = re.compile(r"^ *(?:\| ?|\+-.*)", re.MULTILINE)
"""What `traceback` prints before the lines of an exception that is in a group."""


@dataclass(frozen=True, slots=True)
class RaisedError:
    """An error with its type and message, and its stack trace. `is_inner` if another error groups it."""

    text: str
    frames: tuple[Frame, ...] = ()
    is_inner: bool = False


def raised_in(ended: Ended) -> list[RaisedError]:
    """Returns the errors of a failed attempt, those grouped in the outer error first, each once.

    Powertools writes the traceback of each failed record into the message of its `BatchProcessingError`. The journal has those
    of an exception group.
    """
    error_type = ended.error_type or "Error"
    heading, *tracebacks = _TRACEBACK.split("\n".join([message_of(ended), ended.grouped_errors or ""]))
    inner = [error for text in tracebacks if (error := _of_traceback(text)).text]
    outer = f"{error_type}: {heading.strip()}" if heading.strip() else error_type
    return [*dict.fromkeys(inner), RaisedError(outer, frames_of_error(ended.payload))]


def _of_traceback(text: str) -> RaisedError:
    """Returns the error of what follows the heading of a traceback: frames, then its type and message."""
    plain = _GROUP_BORDER.sub("", text)
    lines = plain.strip("\n").split("\n")
    behind = next((number for number, line in enumerate(lines) if line and not line.startswith(" ")), len(lines))
    said = "\n".join(lines[behind:]).partition("\n\n")[0].strip()
    return RaisedError(said, frames_in("\n".join(lines[:behind])), is_inner=True)
