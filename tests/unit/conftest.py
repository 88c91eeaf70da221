from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

import pytest
from event_journals import EventJournal

from pytest_lambda_events.report.journal import Journal
from pytest_lambda_events.simulation.choices import DocumentedChooser
from pytest_lambda_events.simulation.clock import NoDriver, VirtualClock
from pytest_lambda_events.simulation.identifiers import Identifiers
from pytest_lambda_events.simulation.simulation import Simulation


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(datetime(2026, 1, 1, tzinfo=timezone.utc), NoDriver())


@pytest.fixture
def events(clock: VirtualClock) -> EventJournal:
    return EventJournal(clock)


@pytest.fixture
def simulation(clock: VirtualClock) -> Iterator[Simulation]:
    simulation = Simulation(clock, Identifiers(0), DocumentedChooser(), Journal(clock))
    with simulation.opened():
        yield simulation
