"""Where in a test a call of a handle stands."""

from __future__ import annotations

import os
import sys

_OWN_FILES = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def caller_location() -> str:
    """File name and line of the innermost frame that is not this package's."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename.startswith(_OWN_FILES) and frame.f_back is not None:
        frame = frame.f_back
    return f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"
