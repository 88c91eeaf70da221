"""One stack of CloudFormation's API: what `deploy` does, but nothing that is not simulated is left out."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from ...deployment.decisions import Decision, Treatment
from ...deployment.deployment import Deployment, NestedStacks
from ...deployment.errors import DeployError
from ...deployment.making import Making
from ...deployment.options import Options
from ...deployment.updating import Update
from ...handles.resources import FunctionApi
from ...service.control_plane.planes import ControlPlanes
from ...service.control_plane.validation import not_simulated
from ...simulation.simulation import Simulation
from ...templates.errors import TemplateError
from ...templates.parameters import parameter_values
from ...templates.place import Place
from ...templates.prepared import Prepared, prepared_once
from ...templates.sections import section
from ...templates.source import StackSource
from ...templates.template import Declared
from ...values import dataclass
from ..refusals.checks import Refusals
from .failures import is_missing
from .immediate_lambda import ImmediateLambda
from .stack_types import StackTypes

_NO_FILE = Path(os.devnull, "template")
"""The path of a template that is passed as text: it cannot name local files."""


@dataclass(frozen=True)
class StackServices:
    """What stacks need of the environment."""

    simulation: Simulation
    planes: ControlPlanes
    api: FunctionApi
    client: Callable[..., Any]
    types: StackTypes
    refusals: Refusals


class StackDeployment(Deployment):
    """One stack of CloudFormation's API."""

    is_strict = True

    def __init__(
        self,
        services: StackServices,
        place: Place,
        body: Mapping[str, Any],
        given: Mapping[str, str],
        exports: Mapping[str, Any],
    ) -> None:
        if place.account_id != services.planes.home.region.account_id:
            raise not_simulated(f"A stack in the account {place.account_id}, which is not that of the environment,")
        self._services = services
        self._exports = exports
        super().__init__(
            StackSource(_NO_FILE, body), place, given, Options(), services.api, services.client, self._export,
            cast(NestedStacks, None),  # moto creates nested stacks.
        )  # fmt: skip

    def update(self, body: Mapping[str, Any], given: Mapping[str, str]) -> None:
        """Changes the stack to another template. If that fails, the stack is as before."""
        Update(self).run(StackSource(_NO_FILE, body), given)

    def values_of_parameters(self) -> dict[str, Any]:
        """Returns the value of each parameter: a text, or a list of texts."""
        return {name: self.template.value(name) for name in self.template.parameters}

    def client(self, service_name: str, region_name: str | None = None) -> Any:
        place, services = self.place, self._services
        region = region_name or place.region
        client = services.client(service_name, region_name=region)
        return client if service_name != "lambda" else ImmediateLambda(client, services.planes.at(place.account_id, region))

    def making(self, declared: Declared, replacement: int = 0) -> Making:
        making = super().making(declared, replacement)
        self._services.refusals.check_resource(making.type, making.properties)
        return making

    def _prepare(self) -> Prepared:
        body = self.source.body
        for one in section(body, "Resources").values():
            self._services.types.check_transformed(one)
        declared = section(body, "Parameters")
        missing = [name for name, one in declared.items() if name not in self.parameters and "Default" not in one]
        if missing:
            raise TemplateError(f"Parameters: [{', '.join(missing)}] must have values")
        values = parameter_values(declared, self.parameters, self._stored)
        return prepared_once(self.source, values, self.place, self._object)

    def _decisions(self) -> dict[str, Decision]:
        types = self._services.types
        return {one.logical_id: Decision(Treatment.SIMULATED, creator=types.of(one.type)) for one in self.template.made}

    def conclude(self) -> None:
        super().conclude()
        if not all(isinstance(value, str) for value in self.outputs.values()):
            raise TemplateError("Template format error: The Value field of every Outputs member must evaluate to a String.")

    def _export(self, name: str) -> Any:
        if name not in self._exports:
            raise TemplateError(f"No export named {name} found.")
        return self._exports[name].value

    def _is_deleted(self, error: DeployError) -> bool:
        return is_missing(error)
