"""Opens one environment before the first test of Hypothesis.

The first environment of a process loads moto and boto3, which takes about half a second. Hypothesis would count this time for
the first example, whose deadline is 200 ms by default, and call the test flaky.
"""

from __future__ import annotations

import sys
from contextlib import suppress

import pytest

from ..errors import LambdaEventsError

_IS_WARM = pytest.StashKey[bool]()


def warm_up(item: pytest.Item) -> None:
    """Does nothing if no test module has imported `LambdaEvents`, or if an earlier call has opened an environment."""
    if "pytest_lambda_events.environment" not in sys.modules:
        return
    if not item.session.stash.setdefault(_IS_WARM, False):
        item.session.stash[_IS_WARM] = True
        from ..environment import LambdaEvents

        # If another environment or another clock is active, the test itself reports it.
        with suppress(LambdaEventsError), LambdaEvents():
            pass
