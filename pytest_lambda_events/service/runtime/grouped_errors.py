"""The errors in an exception group: AWS's error payload leaves them out, a report shows them."""

from __future__ import annotations

import builtins
import traceback
from collections.abc import Iterator

from .stack import format_stack

MOST = 20
"""How many errors of a group are kept."""
_GROUP: type | None = getattr(builtins, "BaseExceptionGroup", None)
"""The base of all groups. Python 3.10 has groups from a package only."""


def grouped_errors(exception: BaseException) -> str:
    """Returns the tracebacks of the errors in an exception group and in the groups in it; empty for other errors."""
    if not _is_group(exception):
        return ""
    return "\n".join(_printed(error) for error, _ in zip(_errors_of(exception), range(MOST), strict=False))


def _errors_of(exception: BaseException) -> Iterator[BaseException]:
    waiting = [exception]
    while waiting:
        found = waiting.pop()
        if _is_group(found):
            waiting += reversed(getattr(found, "exceptions", ()))
        else:
            yield found


def _is_group(exception: BaseException) -> bool:
    if _GROUP is not None:
        return isinstance(exception, _GROUP)
    of_type = type(exception)
    return hasattr(of_type, "exceptions") and any(base.__name__ == "BaseExceptionGroup" for base in of_type.__mro__)


def _printed(error: BaseException) -> str:
    lines = ["Traceback (most recent call last):\n", *format_stack(error.__traceback__)]
    return "".join([*lines, *traceback.format_exception_only(type(error), error)])
