"""An exploration leaves the garbage collector as it was."""

from __future__ import annotations

import gc

from pytest_lambda_events.exploration.garbage import THRESHOLD, garbage_collected_rarely


def test_the_settings_of_the_collector_are_restored() -> None:
    before = gc.get_threshold(), gc.get_freeze_count()

    with garbage_collected_rarely():
        inside = gc.get_threshold()[0]

    assert inside >= THRESHOLD
    assert (gc.get_threshold(), gc.get_freeze_count() > 0) == (before[0], before[1] > 0)
