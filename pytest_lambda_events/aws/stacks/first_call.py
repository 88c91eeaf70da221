"""Connects stacks at the first call of CloudFormation, because moto's CloudFormation is slow to load."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import moto.backends

from ...patching import attribute_patched
from ...service.control_plane.planes import ControlPlanes
from ...simulation.simulation import Simulation
from ..lambda_service.layers import MotoLayers
from ..refusals.checks import resources_checked


@contextmanager
def stacks_routed(planes: ControlPlanes, simulation: Simulation, layers: MotoLayers) -> Iterator[None]:
    """Connects stacks while a simulated AWS is open. moto's CloudFormation is slow to load, so this waits for its first
    call.
    """
    get_backend: Any = moto.backends.get_backend
    with ExitStack() as patches:
        is_routed = False

        def found(service: str) -> Any:
            nonlocal is_routed
            if service == "cloudformation" and not is_routed:
                is_routed = True
                from .cloudformation import stacks_connected

                patches.enter_context(stacks_connected(planes, simulation, layers))
                patches.enter_context(resources_checked(simulation))
            return get_backend(service)

        with attribute_patched(moto.backends, "get_backend", found):
            yield
