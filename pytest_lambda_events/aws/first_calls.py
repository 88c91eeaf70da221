"""Connects services of moto at their first call, because they are slow to load."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import moto.backends

from ..contexts import ExitStack, contextmanager
from ..journal.entry import Entry
from ..patching import attribute_patched
from ..simulation.simulation import Simulation
from .late_parts import Part

if TYPE_CHECKING:
    from ..handles.resources import FunctionApi
    from ..service.control_plane.planes import ControlPlanes
    from ..sources.push.push_counts import PushCounts


def stacks_routed(
    planes: Callable[[], ControlPlanes],
    simulation: Simulation,
    api: Callable[[], FunctionApi],
    client: Callable[..., Any],
) -> AbstractContextManager[None]:
    """Connects stacks of CloudFormation while a simulated AWS is open. `client` returns a boto3 client."""

    def connected() -> AbstractContextManager[None]:
        from .stacks.cloudformation import stacks_connected

        return stacks_connected(planes(), simulation, api(), client)

    return _at_first_call("cloudformation", connected)


def metrics_routed(journal: Sequence[Entry], counts: Callable[[], PushCounts]) -> AbstractContextManager[None]:
    """Connects moto's CloudWatch while a simulated AWS is open."""

    def connected() -> AbstractContextManager[None]:
        from .lambda_service.cloudwatch import Writer, metrics_written

        return metrics_written(Writer(journal, counts()))

    return _at_first_call("cloudwatch", connected)


@contextmanager
def _at_first_call(name: str, part: Part) -> Iterator[None]:
    """Opens `part` when moto looks up the service of this name for the first time."""
    get_backend: Any = moto.backends.get_backend
    with ExitStack() as stack:
        is_open = False

        def found(service: str) -> Any:
            nonlocal is_open
            if service == name and not is_open:
                is_open = True
                stack.enter_context(part())
            return get_backend(service)

        with attribute_patched(moto.backends, "get_backend", found):
            yield
