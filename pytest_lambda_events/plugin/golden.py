"""The snapshot of the fixture `record_snapshot`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ..config import LambdaEventsConfig
from . import options

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

_MISSING = (
    'record_snapshot needs syrupy: pip install "pytest-lambda-events[golden]". normalize(record) == {...} works without it.'
)
_TURNED_OFF = "record_snapshot needs syrupy's plugin, which is turned off here (-p no:syrupy)."


def snapshot_of(request: pytest.FixtureRequest, config: LambdaEventsConfig) -> SnapshotAssertion:
    """Returns syrupy's snapshot for the records of a test. Fails the test if syrupy is missing."""
    try:
        from ..records.snapshots import extension_of
    except ImportError:
        raise pytest.fail.Exception(_MISSING, pytrace=False) from None
    if not request.config.pluginmanager.has_plugin("syrupy"):
        pytest.fail(_TURNED_OFF, pytrace=False)
    start = LambdaEventsConfig(**options.options_of(request.node, config)).start
    snapshot: SnapshotAssertion = request.getfixturevalue("snapshot")
    return snapshot.use_extension(extension_of(start))
