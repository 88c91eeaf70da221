"""An environment without Lambda: time and moto alone, for the tests of `aws/`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pytest_lambda_events.aws.clock.clock_driver import ClockDriver, clock_driver_of
from pytest_lambda_events.aws.clock.freezer import Freezer
from pytest_lambda_events.aws.simulated_aws import SimulatedAws, open_simulated_aws
from pytest_lambda_events.config import LambdaEventsConfig
from pytest_lambda_events.journal.entry import NOBODY, Subject
from pytest_lambda_events.journal.journal import Journal
from pytest_lambda_events.journal.pending import Work
from pytest_lambda_events.simulation.choices import DocumentedChooser
from pytest_lambda_events.simulation.clock import VirtualClock
from pytest_lambda_events.simulation.identifiers import Identifiers
from pytest_lambda_events.simulation.simulation import Simulation


class NoState:
    """The process of a handler that has no state of its own."""

    def enter(self) -> None:
        """Nothing to install."""

    def leave(self) -> None:
        """Nothing to restore."""

    def end(self) -> None:
        """No output to drop."""


class NoEndpoint:
    """Leaves Lambda to moto."""

    def answer(self, operation_name: str, request: object) -> None:
        """Nothing of ours."""


@dataclass
class BareAws:
    """An open environment with what a test looks at."""

    config: LambdaEventsConfig
    simulation: Simulation
    environment: SimulatedAws
    calls: list[tuple[str, str, str | None]]

    @property
    def elapsed(self) -> float:
        """Virtual seconds since the start."""
        return self.simulation.clock.elapsed

    def client(self, service: str, **keywords: Any) -> Any:
        """A boto3 client in this environment."""
        return self.environment.client(service, **keywords)

    def queue(self, name: str = "orders", **attributes: str) -> str:
        """The URL of a new queue."""
        return str(self.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    def run_handler(self, body: Callable[[], object]) -> list[Any]:
        """Start `body` as a handler. The list gets what it returns."""
        results: list[Any] = []
        state = NoState()
        with self.simulation.locked():
            self.simulation.start_task(lambda: results.append(body()), state, Subject("handler", "request", 1), lambda: None)
        return results

    def at(self, seconds: float, action: Callable[[], object]) -> None:
        """Do something when the clock is `seconds` further."""
        self.simulation.scheduler.call_after(seconds, lambda: (action(), None)[1], Work(NOBODY))


def simulated(config: LambdaEventsConfig) -> tuple[Simulation, ClockDriver | Freezer]:
    """The parts that an environment needs."""
    freezer = clock_driver_of(config)
    clock = VirtualClock(config.start, freezer)
    journal = Journal(clock)
    return Simulation(clock, Identifiers(config.seed), DocumentedChooser(), journal), freezer


@contextmanager
def bare_environment(door: Any = None, **options: Any) -> Iterator[BareAws]:
    """Time and moto; Lambda is left to moto unless a `door` is given."""
    config = LambdaEventsConfig(**options)
    simulation, freezer = simulated(config)
    calls: list[tuple[str, str, str | None]] = []

    def on_call(*call: Any) -> Callable[[str, str, Any], None]:
        calls.append(call)
        return lambda code, message, client: None

    with (
        open_simulated_aws(config, simulation, freezer, door or NoEndpoint(), on_call) as environment,
        simulation.opened(),
    ):
        yield BareAws(config, simulation, environment, calls)
