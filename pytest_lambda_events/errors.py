"""What this library itself refuses, as against what AWS refuses (botocore's `ClientError`)."""

from __future__ import annotations

import sys
from typing import Any


class LambdaEventsError(Exception):
    """A mistake in the use of this library: a bad value, a wrong call, a wrong moment.

    The message names the value and says what would be right. Raised inside a handler it also fails the test, caught
    or not, since a handler's `except Exception` must not hide a mistake of the test.
    """


class NotSimulatedError(LambdaEventsError):
    """AWS has this and the simulation lacks it: ignoring it would let a test pass on what AWS does not do."""


class DoesNotExistError(LambdaEventsError, KeyError):
    """Raised for a name that no resource has. It is a `KeyError` too, so that the methods of mappings understand it."""

    def __str__(self) -> str:
        return str(self.args[0])


def ends_the_run(error: BaseException) -> bool:
    """Whether `pytest.exit` raised it. It is an `Exception`, but no error of the handler: it ends the test run."""
    pytest = sys.modules.get("pytest")
    return pytest is not None and isinstance(error, pytest.exit.Exception)


def hides_frames(raised: Any) -> bool:
    """Whether pytest leaves a module's frames out of a traceback: those of a mistake or a refusal say nothing more.

    Modules assign it to `__tracebackhide__`. Everything else that is raised shows its frames: it may be a defect of ours.
    """
    return any(kind.__name__ in ("LambdaEventsError", "ClientError", "FaultNotMet") for kind in raised.type.__mro__)
