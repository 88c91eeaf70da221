"""The frames of stack traces, as text has them."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

from ..values import dataclass
from .json_text import parsed

_FRAME = re.compile(
    r'^\s*File "(?P<path>.+)", line (?P<line>\d+), in (?P<function>.+)(?:\n(?! *File ") +(?P<code>\S.*))?', re.MULTILINE
)
_LIBRARIES = re.compile(r"[/\\](?:site-packages|dist-packages|lib[/\\]python3\.\d+|Lib)[/\\]|^<")


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: a line of a file, and the code of that line."""

    path: str
    line: int
    function: str
    code: str = ""

    @property
    def is_library(self) -> bool:
        """Whether the line is in an installed package or in Python's own library."""
        return _LIBRARIES.search(self.path) is not None

    def place(self, root: Path | None = None) -> str:
        """Returns the file and the line. A path is shown from `root`, or else by its last two parts."""
        if root is not None and Path(self.path).is_relative_to(root):
            return f"{Path(self.path).relative_to(root)}:{self.line}"
        return f"{PurePath(*PurePath(self.path).parts[-2:])}:{self.line}"


def frames_in(text: str) -> tuple[Frame, ...]:
    """Returns the frames in a text, in its order."""
    return tuple(
        Frame(found["path"], int(found["line"]), found["function"], (found["code"] or "").strip())
        for found in _FRAME.finditer(text)
    )


def frames_of_error(payload: bytes) -> tuple[Frame, ...]:
    """Returns the frames of the stack trace in an error payload, the innermost last."""
    answer = parsed(payload)
    trace = answer.get("stackTrace") if isinstance(answer, dict) else None
    return frames_in("\n".join(map(str, trace))) if isinstance(trace, list) else ()
