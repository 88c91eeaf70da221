"""Aliases: names for versions, optionally with a weighted second version (FUN-20, 21)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..api_response import ApiResponse, Operation, Parameters, page
from ..errors import conflict, invalid_parameter, not_found
from ..model import LATEST, Alias, Function
from .checks import check_revision
from .dependencies import Dependencies
from .region import Region


class Aliases:
    """The operations on aliases of one region. `on_moved` is called with an alias that was changed to another version."""

    def __init__(self, region: Region, dependencies: Dependencies, on_moved: Callable[[Function, Alias], None]) -> None:
        self._region = region
        self._dependencies = dependencies
        self._on_moved = on_moved

    @property
    def operations(self) -> Mapping[str, Operation]:
        """Returns the operations by their names in the API."""
        return {
            "CreateAlias": self.create_alias,
            "GetAlias": self.get_alias,
            "ListAliases": self.list_aliases,
            "UpdateAlias": self.update_alias,
            "DeleteAlias": self.delete_alias,
        }

    def create_alias(self, parameters: Parameters) -> ApiResponse:
        """Returns 201."""
        function = self._function(parameters)
        name = parameters["Name"]
        version = self._version(function, parameters["FunctionVersion"])
        if name in function.aliases:
            raise conflict(f"Alias already exists: {self._region.arn(function.name, name)}")
        weights = self._weights(function, version, parameters.get("RoutingConfig"))
        description = parameters.get("Description") or ""
        alias = Alias(name, version, self._dependencies.identifiers.uuid(), description, weights)
        function.aliases[name] = alias
        return ApiResponse(201, self._shown(function, alias))

    def get_alias(self, parameters: Parameters) -> ApiResponse:
        """Returns 200, or raises 404 (FUN-21)."""
        function = self._function(parameters)
        return ApiResponse(200, self._shown(function, self._region.alias(function, parameters["Name"])))

    def list_aliases(self, parameters: Parameters) -> ApiResponse:
        """Returns all aliases by name, or those of one version."""
        function = self._function(parameters)
        version = parameters.get("FunctionVersion")
        chosen = [
            function.aliases[name]
            for name in sorted(function.aliases)
            if version in (None, function.aliases[name].function_version)
        ]
        return page(chosen, parameters, "Aliases", shown=lambda alias: self._shown(function, alias))

    def update_alias(self, parameters: Parameters) -> ApiResponse:
        """Returns 200. Settings that the call leaves out stay, also the weights, unless they are passed empty."""
        function = self._function(parameters)
        before = self._region.alias(function, parameters["Name"])
        check_revision(parameters, before.revision_id)
        version, weights = before.function_version, before.weights
        if parameters.get("FunctionVersion") is not None:
            version = self._version(function, parameters["FunctionVersion"])
        if parameters.get("RoutingConfig") is not None:
            weights = self._weights(function, version, parameters["RoutingConfig"])
        description = before.description if parameters.get("Description") is None else parameters["Description"]
        alias = replace(
            before, function_version=version, weights=weights, description=description,
            revision_id=self._dependencies.identifiers.uuid(),
        )  # fmt: skip
        function.aliases[alias.name] = alias
        if version != before.function_version:
            self._on_moved(function, alias)
        return ApiResponse(200, self._shown(function, alias))

    def delete_alias(self, parameters: Parameters) -> ApiResponse:
        """Returns 204, whether or not the alias exists. The settings of the alias are deleted too (FUN-45)."""
        function = self._function(parameters)
        name = parameters["Name"]
        if function.aliases.pop(name, None) is not None:
            for table in (function.event_invoke_configs, function.provisioned, function.policies, function.url_configs):
                table.pop(name, None)
            self._region.units.update(function)
        return ApiResponse(204)

    def _function(self, parameters: Parameters) -> Function:
        return self._region.function(self._region.reference(parameters["FunctionName"]))

    def _version(self, function: Function, version: str) -> str:
        if function.configuration(version) is None:
            raise not_found(f"Function not found: {self._region.arn(function.name, version)}")
        return version

    def _weights(self, function: Function, version: str, routing: Mapping[str, Any] | None) -> dict[str, float] | None:
        weights: dict[str, float] = dict((routing or {}).get("AdditionalVersionWeights") or {})
        if not weights:
            return None
        if len(weights) > 1:
            raise invalid_parameter("Number of items in AdditionalVersionWeights cannot be greater than 1")
        [(other, weight)] = weights.items()
        if not 0 <= weight <= 1:
            raise invalid_parameter(
                f"Value '{{{other}={weight}}}' at 'routingConfig.additionalVersionWeights' failed to satisfy "
                "constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, "
                "Member must have value greater than or equal to 0.0]"
            )
        if LATEST in (version, other):
            raise invalid_parameter("$LATEST is not supported for an alias pointing to more than 1 version")
        if other == version:
            raise invalid_parameter(
                f"Invalid function version {version}. Function version {version} is already included in routing configuration."
            )
        self._version(function, other)
        return weights

    def _shown(self, function: Function, alias: Alias) -> dict[str, Any]:
        body: dict[str, Any] = {
            "AliasArn": self._region.arn(function.name, alias.name),
            "Name": alias.name,
            "FunctionVersion": alias.function_version,
            "Description": alias.description,
            "RevisionId": alias.revision_id,
        }
        if alias.weights:
            body["RoutingConfig"] = {"AdditionalVersionWeights": dict(alias.weights)}
        return body
