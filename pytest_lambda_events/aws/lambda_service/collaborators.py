"""Gives the Lambda API of each account and region the collaborators that it needs."""

from __future__ import annotations

from ...config import LambdaEventsConfig
from ...journal.entry import Subject
from ...journal.events import Warned
from ...journal.journal import Journal
from ...service.authorization import Authorizer
from ...service.control_plane.dependencies import Dependencies, Environments
from ...service.control_plane.images import Handlers
from ...simulation.simulation import Simulation
from .endpoint import runtime_names
from .iam import Roles
from .layers import MotoLayers
from .objects import Objects


class Collaborators:
    """Builds the dependencies of control planes on moto's IAM, S3 and layers. `handlers` finds the callable of a name."""

    def __init__(
        self, config: LambdaEventsConfig, simulation: Simulation, journal: Journal, layers: MotoLayers, handlers: Handlers
    ) -> None:
        self._config = config
        self._simulation = simulation
        self._journal = journal
        self._layers = layers
        self._handlers = handlers
        self._notes: set[tuple[str, str]] = set()

    def at(self, account_id: str, region_name: str, environments: Environments, authorizer: Authorizer) -> Dependencies:
        """Returns the dependencies of the control plane of an account and region."""
        simulation, config = self._simulation, self._config
        return Dependencies(
            clock=simulation.clock, scheduler=simulation.scheduler, identifiers=simulation.identifiers,
            roles=Roles(region_name), objects=Objects(account_id, region_name), environments=environments,
            runtimes=runtime_names,
            account_limit=config.concurrent_executions, state_change_seconds=config.state_change_seconds,
            authority=authorizer, layers=self._layers, note=self._note, handlers=self._handlers,
        )  # fmt: skip

    def _note(self, function_name: str, note: str) -> None:
        """Writes a warning about a function, each text once."""
        if (function_name, note) not in self._notes:
            self._notes.add((function_name, note))
            self._journal.write(Warned(Subject(function_name), note))
