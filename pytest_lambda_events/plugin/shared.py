"""What the hooks of the plugin share about a test: its environment, and whether it has passed.

Each test run with the plugin loads this module, so it imports nothing large.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ..environment import LambdaEvents

ENVIRONMENT: pytest.StashKey[LambdaEvents] = pytest.StashKey()
"""In the stash of a test, or of the class, module or session whose fixture opened the environment."""
BEGAN: pytest.StashKey[int] = pytest.StashKey()
"""In the stash of a test: the length of the journal of a shared environment when the test began."""
PAGES: pytest.StashKey[Any] = pytest.StashKey()
"""In the stash of the configuration: what writes report pages, if the flag is given."""
PASSED: pytest.StashKey[bool] = pytest.StashKey()
FAULT_MARKERS = ("lambda_failure", "lambda_throttle")


def environment_of(item: pytest.Item) -> tuple[Any, LambdaEvents | None]:
    """Returns the environment that a test uses, and the test, class, module or session that it belongs to."""
    for node in reversed(item.listchain()):
        environment = node.stash.get(ENVIRONMENT, None)
        if environment is not None:
            return node, environment
    return None, None


def has_passed(item: pytest.Item) -> bool:
    """Returns whether the test function itself has passed so far."""
    return item.stash.get(PASSED, False)
