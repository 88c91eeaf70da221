"""The errors of this library. Errors of AWS are botocore's `ClientError`."""

from __future__ import annotations

import sys
from typing import Any


class LambdaEventsError(Exception):
    """Raised for incorrect use of this library: an invalid value, a wrong call, or a call at a wrong time.

    The message shows the value and what to pass instead. If a handler causes the error, the test fails even if the handler
    catches it: an `except Exception` in a handler does not hide mistakes of the test.
    """


class NotSimulatedError(LambdaEventsError):
    """Raised for a feature of AWS that is not simulated. Ignoring it could let a test pass that fails on AWS."""


class DoesNotExistError(LambdaEventsError, KeyError):
    """Raised if no resource has this name. It is also a `KeyError`, so that the methods of mappings handle it."""

    def __str__(self) -> str:
        return str(self.args[0])


def ends_the_run(error: BaseException) -> bool:
    """Returns whether `pytest.exit` raised the error. It ends the test run, and is not an error of the handler."""
    pytest = sys.modules.get("pytest")
    return pytest is not None and isinstance(error, pytest.exit.Exception)


def hides_frames(raised: Any) -> bool:
    """Returns whether pytest hides the frames of a module in a traceback. It hides them for incorrect use and refusals.

    Modules assign this function to `__tracebackhide__`. Other errors show their frames, because they may be bugs.
    """
    return any(kind.__name__ in ("LambdaEventsError", "ClientError", "FaultNotMet") for kind in raised.type.__mro__)
