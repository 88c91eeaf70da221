"""Builds the parts of a world and connects them, so that none has to reach for another."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn
from unittest import mock

from .aws.freezer import Freezer
from .aws.lambda_api import LambdaDoor, client_error
from .aws.world import World, open_world
from .config import LambdaEventsConfig
from .errors import NotSimulatedError
from .handles.function import Handler
from .handles.views import InvokeResponse, decoded
from .report.journal import Journal
from .service.answers import Answer
from .service.async_queue import AsyncQueue, EndedEvent
from .service.concurrency import Concurrency
from .service.control_plane import ControlPlane, Region
from .service.environments import Environments
from .service.errors import ServiceError
from .service.invocations import Invocations
from .service.invoker import Invoker
from .service.model import Code
from .service.runtime.code import Loader
from .simulation.choices import Chooser, DocumentedChooser, SeededChooser
from .simulation.clock import VirtualClock
from .simulation.identifiers import Identifiers
from .simulation.simulation import Simulation
from .simulation.watchdog import Watchdog


class Wiring:
    """The parts of one open world, as the environment and its handles use them."""

    def __init__(self, config: LambdaEventsConfig, simulation: Simulation, world: World) -> None:
        self.config = config
        self.simulation = simulation
        self.world = world


@contextmanager
def wired(config: LambdaEventsConfig) -> Iterator[Wiring]:
    raise NotImplementedError
    yield
