"""While the virtual time moves, Python looks rarely for garbage among old objects."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.simulation.garbage import FULL_COLLECTIONS


@pytest.fixture(autouse=True)
def threshold() -> Iterator[tuple[int, int, int]]:
    before = gc.get_threshold()
    gc.set_threshold(600, 9, 8)
    yield (600, 9, 8)
    gc.set_threshold(*before)


def test_the_threshold_for_full_collections_is_raised_while_time_moves(
    lambda_events: LambdaEvents, threshold: tuple[int, int, int]
) -> None:
    seen: list[tuple[int, int, int]] = []
    function = lambda_events.function(lambda event, context: seen.append(gc.get_threshold()), name="look")

    function.invoke_async({})
    lambda_events.run_until_idle()

    assert (seen, gc.get_threshold()) == ([(600, 9, FULL_COLLECTIONS)], threshold)


def test_a_higher_threshold_of_the_test_stays(lambda_events: LambdaEvents) -> None:
    gc.set_threshold(600, 9, FULL_COLLECTIONS + 1)
    seen: list[tuple[int, int, int]] = []
    function = lambda_events.function(lambda event, context: seen.append(gc.get_threshold()), name="look")

    function.invoke_async({})
    lambda_events.run_until_idle()

    assert seen == [(600, 9, FULL_COLLECTIONS + 1)]


def test_a_threshold_that_a_handler_sets_stays(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(lambda event, context: gc.set_threshold(5_000), name="set")

    function.invoke_async({})
    lambda_events.run_until_idle()

    assert gc.get_threshold()[0] == 5_000


def test_the_threshold_is_restored_after_an_error(lambda_events: LambdaEvents, threshold: tuple[int, int, int]) -> None:
    def stop() -> bool:
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        lambda_events.run(until=stop)

    assert gc.get_threshold() == threshold
