"""Connects services of moto at their first call, because they are slow to load."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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


@contextmanager
def first_calls_connected(parts: Mapping[str, Part]) -> Iterator[None]:
    """Opens a part when moto looks up the service of its name for the first time."""
    get_backend: Any = moto.backends.get_backend
    waiting = dict(parts)
    with ExitStack() as stack:

        def found(service: str) -> Any:
            part = waiting.pop(service, None)
            if part is not None:
                stack.enter_context(part())
            return get_backend(service)

        with attribute_patched(moto.backends, "get_backend", found):
            yield


def stacks_connected(
    planes: ControlPlanes, simulation: Simulation, api: FunctionApi, client: Callable[..., Any]
) -> AbstractContextManager[None]:
    """Connects stacks of CloudFormation. `client` returns a boto3 client."""
    from .stacks import cloudformation

    return cloudformation.stacks_connected(planes, simulation, api, client)


def metrics_written(journal: Sequence[Entry], counts: PushCounts) -> AbstractContextManager[None]:
    """Connects moto's CloudWatch."""
    from .lambda_service import cloudwatch

    return cloudwatch.metrics_written(cloudwatch.Writer(journal, counts))
