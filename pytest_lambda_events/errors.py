"""What this library itself refuses, as against what AWS refuses (botocore's `ClientError`)."""

from __future__ import annotations


class LambdaEventsError(Exception):
    """A mistake in the use of this library: a bad value, a wrong call, a wrong moment.

    The message names the value and says what would be right. Raised inside a handler it also fails the test, caught
    or not, since a handler's `except Exception` must not hide a mistake of the test.
    """


class NotSimulatedError(LambdaEventsError):
    """AWS has this and the simulation lacks it: ignoring it would let a test pass on what AWS does not do."""
