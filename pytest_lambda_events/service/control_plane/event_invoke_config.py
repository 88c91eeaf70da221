"""The settings of asynchronous invocation, for each qualifier (ASY-20 to 29, DST-06 to 12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..api_response import ApiResponse, Operation, Parameters, page
from ..destination_kinds import DESTINATION_KINDS
from ..errors import ServiceError, invalid_parameter, not_found
from ..model import LATEST, EventInvokeConfig, Function
from . import function_names
from .dependencies import Dependencies
from .function_names import Reference
from .outcome_targets import check_delivery, check_target, invalid_target
from .region import Region

_SETTINGS = {
    "MaximumRetryAttempts": "maximum_retry_attempts",
    "MaximumEventAgeInSeconds": "maximum_event_age_in_seconds",
}
_SIDES = {"OnSuccess": "on_success", "OnFailure": "on_failure"}


class EventInvokeConfigs:
    """The operations on event-invoke configurations of one region."""

    def __init__(self, region: Region, dependencies: Dependencies) -> None:
        self._region = region
        self._dependencies = dependencies

    @property
    def operations(self) -> Mapping[str, Operation]:
        """Returns the operations by their names in the API."""
        return {
            "PutFunctionEventInvokeConfig": self.put_function_event_invoke_config,
            "UpdateFunctionEventInvokeConfig": self.update_function_event_invoke_config,
            "GetFunctionEventInvokeConfig": self.get_function_event_invoke_config,
            "ListFunctionEventInvokeConfigs": self.list_function_event_invoke_configs,
            "DeleteFunctionEventInvokeConfig": self.delete_function_event_invoke_config,
        }

    def put_function_event_invoke_config(self, parameters: Parameters) -> ApiResponse:
        """Replaces the whole configuration: settings that the call leaves out are removed (ASY-24)."""
        settings = self._settings(parameters)
        function, qualifier = self._configurable(parameters)
        return self._stored(function, qualifier, EventInvokeConfig(), settings)

    def update_function_event_invoke_config(self, parameters: Parameters) -> ApiResponse:
        """Changes the settings that the call has. The configuration must exist (ASY-24, 27)."""
        settings = self._settings(parameters)
        function, qualifier = self._configurable(parameters)
        return self._stored(function, qualifier, self._existing(parameters), settings)

    def get_function_event_invoke_config(self, parameters: Parameters) -> ApiResponse:
        """Returns the configuration of one qualifier, without inheritance (ASY-23)."""
        reference = self._reference(parameters)
        return ApiResponse(200, self._shown(reference.name, reference.qualifier or LATEST, self._existing(parameters)))

    def list_function_event_invoke_configs(self, parameters: Parameters) -> ApiResponse:
        """Returns the configurations of all qualifiers of a function (ASY-29)."""
        function = self._region.functions.get(self._reference(parameters).name)
        if function is None:
            raise not_found("The function doesn't exist.")
        name, configs = function.name, function.event_invoke_configs
        return page(
            sorted(configs), parameters, "FunctionEventInvokeConfigs",
            shown=lambda qualifier: self._shown(name, qualifier, configs[qualifier]),
        )  # fmt: skip

    def delete_function_event_invoke_config(self, parameters: Parameters) -> ApiResponse:
        """Returns 204. The configurations of other qualifiers stay (ASY-29)."""
        self._existing(parameters)
        reference = self._reference(parameters)
        del self._region.functions[reference.name].event_invoke_configs[reference.qualifier or LATEST]
        return ApiResponse(204)

    def _reference(self, parameters: Parameters) -> Reference:
        return self._region.reference(parameters["FunctionName"], parameters.get("Qualifier"))

    def _configurable(self, parameters: Parameters) -> tuple[Function, str]:
        reference = self._reference(parameters)
        function = self._region.functions.get(reference.name)
        if function is None or not function.has(reference.qualifier):
            raise not_found("The function doesn't exist.")
        self._check_targets(function, parameters)
        self._check_permissions(function, reference.qualifier, parameters)
        return function, reference.qualifier or LATEST

    def _existing(self, parameters: Parameters) -> EventInvokeConfig:
        reference = self._reference(parameters)
        qualifier = reference.qualifier or LATEST
        function = self._region.functions.get(reference.name)
        config = None if function is None else function.event_invoke_configs.get(qualifier)
        if config is None:
            arn = self._region.arn(reference.name, qualifier)
            raise not_found(f"The function {arn} doesn't have an EventInvokeConfig")
        return config

    def _stored(
        self, function: Function, qualifier: str, before: EventInvokeConfig, settings: Mapping[str, Any]
    ) -> ApiResponse:
        last_modified = round(self._dependencies.clock.now.timestamp(), 3)
        config = replace(before, **settings, last_modified=last_modified)
        function.event_invoke_configs[qualifier] = config
        self._note_durable(function, qualifier, config)
        return ApiResponse(200, self._shown(function.name, qualifier, config))

    def _note_durable(self, function: Function, qualifier: str, config: EventInvokeConfig) -> None:
        """Tells the test that Lambda sends nothing to destinations of a durable function (DUR-37, 3A)."""
        if function.latest.durable is None:
            return
        for side, field in _SIDES.items():
            destination = getattr(config, field)
            if destination is not None:
                self._dependencies.note(
                    function.name,
                    f"The {side} destination {destination} of {function.name}:{qualifier} receives nothing: Lambda does not "
                    "support destinations for durable functions. Use a dead-letter queue, or a rule for the event "
                    "'Durable Execution Status Change'.",
                )

    def _settings(self, parameters: Parameters) -> dict[str, Any]:
        """Returns the fields that the call sets. An empty destination removes it (DST-12). Raises 400 if it sets none
        (ASY-26).
        """
        settings = {_SETTINGS[member]: parameters[member] for member in _SETTINGS if parameters.get(member) is not None}
        for side, destination in _destinations(parameters).items():
            settings[_SIDES[side]] = destination or None
        if not settings:
            raise invalid_parameter("You must specify at least one of error handling or destination setting.")
        return settings

    def _check_targets(self, function: Function, parameters: Parameters) -> None:
        for side, destination in _destinations(parameters).items():
            if destination:
                self._check_target(function, side, destination)

    def _check_target(self, function: Function, side: str, destination: str) -> None:
        if check_target(side, destination, DESTINATION_KINDS) == "lambda":
            self._check_function(function, destination)

    def _check_permissions(self, function: Function, qualifier: str | None, parameters: Parameters) -> None:
        """Raises 400 if the execution role may not deliver to a destination (PRM-20 to 24)."""
        for destination in _destinations(parameters).values():
            if destination:
                role = self._region.named(function.arn, qualifier).configuration.role
                check_delivery(self._dependencies.authority, function.name, role, destination)

    def _check_function(self, function: Function, destination: str) -> None:
        invalid = invalid_target(destination)
        try:
            reference = self._region.reference(destination)
        except ServiceError:
            raise invalid from None
        target = self._region.functions.get(reference.name)
        if target is function:
            raise invalid_parameter("You can't specify the function as a destination for itself.")
        if target is None or not target.has(reference.qualifier):
            raise invalid

    def _shown(self, name: str, qualifier: str, config: EventInvokeConfig) -> dict[str, Any]:
        body: dict[str, Any] = {
            "LastModified": config.last_modified,
            "FunctionArn": function_names.function_arn(self._region.account_id, self._region.name, name, qualifier),
        }
        for member, field in _SETTINGS.items():
            if getattr(config, field) is not None:
                body[member] = getattr(config, field)
        body["DestinationConfig"] = {
            side: {"Destination": getattr(config, field)} if getattr(config, field) else {} for side, field in _SIDES.items()
        }
        return body


def _destinations(parameters: Parameters) -> dict[str, str]:
    """Returns the destinations of a call, by side. A side that is left out or `{}` is not changed."""
    given = parameters.get("DestinationConfig") or {}
    return {side: given[side]["Destination"] for side in _SIDES if "Destination" in (given.get(side) or {})}
