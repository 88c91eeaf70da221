"""Replaces moto's Lambda for moto's other services: their deliveries become asynchronous invocations of our functions."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

# `responses` is imported before `get_backend` is replaced: it answers what is left to moto.
from moto.awslambda import responses, utils

from ...contexts import contextmanager
from ...errors import NotSimulatedError
from ...patching import attribute_patched
from ...service.control_plane.planes import ControlPlanes
from ...service.control_plane.validation import not_simulated
from ...simulation.simulation import Simulation
from ...sources.push.deliveries import FunctionDeliveries


class LambdaBackends:
    """Lambda in all accounts and regions, for services of moto."""

    def __init__(self, planes: ControlPlanes, simulation: Simulation, deliveries: FunctionDeliveries) -> None:
        self.simulation = simulation
        self._planes = planes
        self._deliveries = deliveries
        self._known: dict[tuple[str, str], LambdaBackend] = {}

    def at(self, account_id: str, region_name: str) -> LambdaBackend:
        """Returns Lambda in one account and region."""
        key = (account_id, region_name)
        return self._known.setdefault(key, LambdaBackend(self._planes, self.simulation, self._deliveries, *key))


@contextmanager
def functions_reached(backends: LambdaBackends) -> Iterator[None]:
    """Connects services of moto to our functions while a simulated AWS is open."""
    motos_own = utils.get_backend

    def get_backend(account_id: str, region: str) -> Any:
        if not backends.simulation.is_open or sys._getframe(1).f_globals.get("__name__") == responses.__name__:
            # A module that was imported during the simulated AWS may have kept this function. That of moto's answers, which
            # has what is left to moto, may be such a module.
            return motos_own(account_id, region)
        return backends.at(account_id, region)

    with attribute_patched(utils, "get_backend", get_backend):
        yield


class DeliveredTo:
    """A function in the form for moto's services, which call `invoke`."""

    def __init__(self, name: str, arn: str, invoked_arn: str, deliveries: FunctionDeliveries) -> None:
        self.function_name = name
        self.function_arn = arn
        self._invoked_arn = invoked_arn
        self._deliveries = deliveries

    def invoke(self, body: str | bytes, request_headers: object = None, response_headers: object = None) -> bytes:
        """Adds an event to its queue. The response is that of `InvocationType=Event`, empty."""
        self._deliveries.deliver(self._invoked_arn, body.encode() if isinstance(body, str) else body)
        return b""


class LambdaBackend:
    """Lambda in one account and region, as far as moto's other services use it. All else is refused by name."""

    def __init__(
        self,
        planes: ControlPlanes,
        simulation: Simulation,
        deliveries: FunctionDeliveries,
        account_id: str,
        region_name: str,
    ) -> None:
        self._simulation = simulation
        self._deliveries = deliveries
        self._plane = planes.at(account_id, region_name)
        self.account_id = account_id
        self.region_name = region_name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise self._simulation.record_misuse(
            str(not_simulated(f"The call {name} of another service to Lambda")), NotSimulatedError
        )

    def get_function(self, function_name_or_arn: str, qualifier: str | None = None) -> DeliveredTo:
        """Returns a function by name or ARN. Raises `ServiceError` if it does not exist."""
        target = self._plane.resolve(function_name_or_arn, qualifier)
        return DeliveredTo(target.function.name, target.function.arn, target.invoked_arn, self._deliveries)

    def invoke(
        self, function_name: str, qualifier: str | None, body: str | bytes, headers: object, response_headers: object
    ) -> bytes:
        """Invokes asynchronously, for EventBridge and similar services."""
        payload = body.encode() if isinstance(body, str) else body
        if b'"ClientRequestToken"' in payload:
            raise self._simulation.record_misuse(
                str(not_simulated("The rotation of a secret by a function")), NotSimulatedError
            )
        self._deliveries.deliver(self._arn(function_name, qualifier), payload)
        return b""

    def _arn(self, function_name: str, qualifier: str | None) -> str:
        reference = self._plane.region.reference(function_name, qualifier)
        return self._plane.region.arn(reference.name, reference.qualifier)
