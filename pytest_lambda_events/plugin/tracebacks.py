"""Tracebacks of refusals, without the frames of the libraries that passed the call on."""

from __future__ import annotations

from types import TracebackType

import pytest

from ..errors import LambdaEventsError

_LIBRARIES = frozenset({"boto3", "botocore", "moto", "s3transfer", "pytest_lambda_events"})


def shorten_traceback(call: pytest.CallInfo[None]) -> None:
    """Removes the frames of botocore, moto and this package from the traceback of a `LambdaEventsError`.

    The call in the test or in the handler is then the last one. Other errors keep all frames.
    """
    error = None if call.excinfo is None else call.excinfo.value
    if not isinstance(error, LambdaEventsError):
        return
    traceback = _without_libraries(error.__traceback__)
    if traceback is not None:
        error.__traceback__ = traceback
        call.excinfo = pytest.ExceptionInfo.from_exception(error)


def _without_libraries(traceback: TracebackType | None) -> TracebackType | None:
    """Returns a copy of a traceback with the frames of user code and of other libraries. None if no frame is left."""
    kept: list[TracebackType] = []
    while traceback is not None:
        package = str(traceback.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        if package not in _LIBRARIES:
            kept.append(traceback)
        traceback = traceback.tb_next
    copy: TracebackType | None = None
    for one in reversed(kept):
        copy = TracebackType(copy, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return copy
