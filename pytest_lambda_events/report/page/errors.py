"""The errors of a failed attempt: those that a library has grouped in one, and the lines of their stack traces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...journal.attempts import Ended
from ..lines import message_of
from .json_text import parsed

_TRACEBACK = re.compile(r"^.*Traceback \(most recent call last\):$", re.MULTILINE)
_GROUP_BORDER = re.compile(r"^ *(?:\| ?|\+-.*)", re.MULTILINE)
"""What `traceback` prints before the lines of an exception that is in a group."""
_FRAME = re.compile(r'\s*File "(?P<path>.+)", line (?P<line>\d+), in (?P<function>.+)')
_LIBRARIES = re.compile(r"[/\\](?:site-packages|dist-packages|lib[/\\]python3\.\d+|Lib)[/\\]|^<")


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of a stack trace, with the code that stands there."""

    path: str
    line: int
    function: str
    code: str = ""

    @property
    def is_library(self) -> bool:
        """Whether the line is in an installed package or in Python's own library."""
        return _LIBRARIES.search(self.path) is not None


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
    answer = parsed(ended.payload)
    trace = answer.get("stackTrace") if isinstance(answer, dict) else None
    frames = _frames_of("".join(map(str, trace)) if isinstance(trace, Sequence) else "")
    outer = RaisedError(f"{error_type}: {heading.strip()}" if heading.strip() else error_type, frames)
    return [*dict.fromkeys(inner), outer]


def _of_traceback(text: str) -> RaisedError:
    """Returns the error of what follows the heading of a traceback: frames, then its type and message."""
    plain = _GROUP_BORDER.sub("", text)
    lines = plain.strip("\n").split("\n")
    behind = next((number for number, line in enumerate(lines) if line and not line.startswith(" ")), len(lines))
    said = "\n".join(lines[behind:]).partition("\n\n")[0].strip()
    return RaisedError(said, _frames_of("\n".join(lines[:behind])), is_inner=True)


def _frames_of(text: str) -> tuple[Frame, ...]:
    return tuple(_read_frames(text.split("\n")))


def _read_frames(lines: Sequence[str]) -> Iterator[Frame]:
    found: re.Match[str] | None = None
    code = ""
    for line in [*lines, ""]:
        begins = _FRAME.match(line)
        if found is not None and (begins or not line.strip()):
            yield Frame(found["path"], int(found["line"]), found["function"], code)
            found, code = None, ""
        if begins:
            found = begins
        elif found is not None and not code and line.strip(" ^~"):
            code = line.strip()
    return
