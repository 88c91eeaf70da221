"""Connects stacks at the first call of CloudFormation, because moto's CloudFormation is slow to load."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import moto.backends

from ...handles.resources import FunctionApi
from ...patching import attribute_patched
from ...service.control_plane.planes import ControlPlanes
from ...simulation.simulation import Simulation


@contextmanager
def stacks_routed(
    planes: ControlPlanes, simulation: Simulation, api: FunctionApi, client: Callable[..., Any]
) -> Iterator[None]:
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

                patches.enter_context(stacks_connected(planes, simulation, api, client))
            return get_backend(service)

        with attribute_patched(moto.backends, "get_backend", found):
            yield
