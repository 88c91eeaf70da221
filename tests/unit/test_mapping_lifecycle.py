"""When pollers learn what: ESM-51 to 53, SQS-08 and SQS-09."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_lambda_events.journal.entry import NOBODY
from pytest_lambda_events.journal.pending import Work
from pytest_lambda_events.simulation.clock import VirtualClock
from pytest_lambda_events.simulation.simulation import Simulation
from pytest_lambda_events.sources.mapping import EventSourceMapping, Settings
from pytest_lambda_events.sources.mappings.lifecycle import Lifecycle, MappingRecord
from pytest_lambda_events.sources.registry import PollerRegistry

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:charge"
ORDERS = "arn:aws:sqs:us-east-1:123456789012:orders"
News = tuple[float, str, bool, int]


class Listener(PollerRegistry):
    """A registry that notes its calls: when, which, and whether and with which batch size the mapping is polled then."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__({})
        self._clock = clock
        self.news: list[News] = []

    def begin(self, mapping: EventSourceMapping) -> None:
        self._note("begin", mapping)

    def changed(self, mapping: EventSourceMapping) -> None:
        self._note("changed", mapping)

    def end(self, mapping: EventSourceMapping) -> None:
        self._note("end", mapping)

    def _note(self, what: str, mapping: EventSourceMapping) -> None:
        self.news.append((self._clock.elapsed, what, mapping.is_polled, mapping.in_force.batch_size))


class Story:
    """A mapping of its own, whose calls are made and whose due work is run."""

    def __init__(self, simulation: Simulation, *, transition: float = 0.0, delay: float = 0.0, enabled: bool = True) -> None:
        self._scheduler = simulation.scheduler
        self.listener = Listener(simulation.clock)
        self.lifecycle = Lifecycle(simulation.scheduler, self.listener, transition, delay)
        settings = Settings(FUNCTION, enabled=enabled)
        self.kept = MappingRecord(EventSourceMapping("uuid", "arn", ORDERS, settings, in_force=settings), 0.0)
        self.is_gone = False

    def create(self) -> None:
        self.lifecycle.create(self.kept)

    def update(self, **settings: object) -> None:
        self.lifecycle.update(self.kept, replace(self.kept.mapping.settings, **settings))  # type: ignore[arg-type]

    def delete(self) -> None:
        self.lifecycle.delete(self.kept, self._gone)

    def _gone(self) -> None:
        self.is_gone = True

    def settle(self) -> list[News]:
        """Run all that is due; what was told since the last time."""
        while self._scheduler.run_next() is not None:
            pass
        news = list(self.listener.news)
        self.listener.news.clear()
        return news


@pytest.mark.rule("ESM-51", "SQS-08")
@pytest.mark.parametrize("transition", [0, 10])
def test_polling_begins_when_the_mapping_is_enabled(simulation: Simulation, transition: float) -> None:
    story = Story(simulation, transition=transition)

    story.create()

    assert story.settle() == [(transition, "begin", True, 10)]


@pytest.mark.rule("ESM-51", "SQS-08")
def test_a_disabled_mapping_is_not_polled(simulation: Simulation) -> None:
    story = Story(simulation, transition=10, enabled=False)

    story.create()

    assert story.settle() == [(0, "begin", False, 10)]


@pytest.mark.rule("ESM-52", "SQS-09", "ESM-72")
@pytest.mark.parametrize("delay", [0, 7])
def test_settings_come_into_force_after_the_delay(simulation: Simulation, delay: float) -> None:
    story = Story(simulation, delay=delay)
    story.create()
    story.settle()

    story.update(batch_size=5)

    assert story.kept.mapping.settings.batch_size == 5
    assert story.settle() == [(delay, "changed", True, 5)]


@pytest.mark.rule("SQS-09")
def test_settings_in_force_are_those_of_the_last_update_in_the_end(simulation: Simulation) -> None:
    story = Story(simulation, delay=7)
    story.create()
    story.settle()

    story.update(batch_size=5)
    simulation.scheduler.call_after(3, lambda: story.update(batch_size=6), Work(NOBODY))

    assert story.settle() == [(7, "changed", True, 5), (10, "changed", True, 6)]


@pytest.mark.rule("ESM-52", "SQS-08")
@pytest.mark.parametrize("transition", [0, 10])
def test_polling_stops_when_the_mapping_is_disabled_and_continues_when_it_is_enabled(
    simulation: Simulation, transition: float
) -> None:
    story = Story(simulation, transition=transition)
    story.create()
    story.settle()

    story.update(enabled=False)
    disabled = story.settle()[-1]
    story.update(enabled=True)
    enabled = story.settle()[-1]

    assert disabled == (2 * transition, "changed", False, 10)
    assert enabled == (3 * transition, "changed", True, 10)


@pytest.mark.rule("ESM-52")
def test_an_update_that_changes_nothing_is_no_news(simulation: Simulation) -> None:
    story = Story(simulation)
    story.create()
    story.settle()

    story.update()

    assert story.settle() == []


@pytest.mark.rule("ESM-53")
@pytest.mark.parametrize("transition", [0, 10])
def test_polling_ends_when_the_mapping_is_gone(simulation: Simulation, transition: float) -> None:
    story = Story(simulation, transition=transition)
    story.create()
    story.settle()

    story.delete()
    is_gone_at_once = story.is_gone

    assert story.settle() == [(2 * transition, "end", False, 10)]
    assert (is_gone_at_once, story.is_gone) == (transition == 0, True)


@pytest.mark.rule("ESM-53")
def test_a_disabled_mapping_is_deleted_immediately(simulation: Simulation) -> None:
    story = Story(simulation, transition=10, enabled=False)
    story.create()

    story.delete()

    assert story.is_gone
    assert [news[1] for news in story.settle()] == ["begin", "end"]


@pytest.mark.rule("ESM-53", "SQS-09")
def test_settings_that_are_on_their_way_go_with_the_mapping(simulation: Simulation) -> None:
    story = Story(simulation, delay=7)
    story.create()
    story.update(batch_size=5)

    story.delete()

    assert story.settle() == [(0, "begin", True, 10), (0, "end", False, 10)]
    assert simulation.scheduler.is_idle
