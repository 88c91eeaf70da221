"""What this library itself refuses, as against what AWS refuses (botocore's `ClientError`)."""

from __future__ import annotations

from typing import Any


class LambdaEventsError(Exception):
    """A mistake in the use of this library: a bad value, a wrong call, a wrong moment.

    The message names the value and says what would be right. Raised inside a handler it also fails the test, caught
    or not, since a handler's `except Exception` must not hide a mistake of the test.
    """


class NotSimulatedError(LambdaEventsError):
    """AWS has this and the simulation lacks it: ignoring it would let a test pass on what AWS does not do."""


def hides_frames(raised: Any) -> bool:
    """Whether pytest leaves a module's frames out of a traceback: those of a mistake or a refusal say nothing more.

    Modules assign it to `__tracebackhide__`. Everything else that is raised shows its frames: it may be a defect of ours.
    """
    return any(kind.__name__ in ("LambdaEventsError", "ClientError", "FaultNotMet") for kind in raised.type.__mro__)
