"""Provisioned concurrency: execution environments that are initialized ahead of invocations (FUN-40 to 46)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ... import limits
from ...journal.entry import Subject
from ...journal.pending import Initialization
from ..api_response import ApiResponse, Operation, Parameters, page
from ..concurrency import provisioned_total
from ..errors import ServiceError, conflict, invalid_parameter, not_found, over_limit
from ..model import LATEST, Alias, Configuration, Function, ProvisionedConcurrency
from .dependencies import Dependencies
from .region import Region
from .reserved import unreserved_minimum
from .snap_start import check_provisionable

IN_PROGRESS, READY, FAILED = "IN_PROGRESS", "READY", "FAILED"


class ProvisionedConcurrencyConfigs:
    """The operations on the provisioned concurrency of one region."""

    def __init__(self, region: Region, dependencies: Dependencies) -> None:
        self._region = region
        self._dependencies = dependencies

    @property
    def operations(self) -> Mapping[str, Operation]:
        """Returns the operations by their names in the API."""
        return {
            "PutProvisionedConcurrencyConfig": self.put_provisioned_concurrency_config,
            "GetProvisionedConcurrencyConfig": self.get_provisioned_concurrency_config,
            "ListProvisionedConcurrencyConfigs": self.list_provisioned_concurrency_configs,
            "DeleteProvisionedConcurrencyConfig": self.delete_provisioned_concurrency_config,
        }

    def put_provisioned_concurrency_config(self, parameters: Parameters) -> ApiResponse:
        """Returns 202. The execution environments are initialized in the background."""
        if (self._region.reference(parameters["FunctionName"], parameters.get("Qualifier")).qualifier or LATEST) == LATEST:
            raise invalid_parameter("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
        function, qualifier = self._provisionable(parameters)
        alias = function.aliases.get(qualifier)
        check_provisionable(function.configuration(qualifier if alias is None else alias.function_version) or function.latest)
        requested = parameters["ProvisionedConcurrentExecutions"]
        self._check_overlap(function, qualifier)
        self._check_room(function, qualifier, requested)
        config = self._begin(function, qualifier, requested)
        return ApiResponse(202, _shown(config))

    def get_provisioned_concurrency_config(self, parameters: Parameters) -> ApiResponse:
        """Returns 200 with the number of execution environments that are ready."""
        function, qualifier = self._readable(parameters)
        config = function.provisioned.get(qualifier)
        if config is None:
            raise ServiceError(
                "ProvisionedConcurrencyConfigNotFoundException",
                "No Provisioned Concurrency Config found for this function", 404,
            )  # fmt: skip
        return ApiResponse(200, _shown(config))

    def list_provisioned_concurrency_configs(self, parameters: Parameters) -> ApiResponse:
        """Returns the configurations of all qualifiers of a function."""
        function = self._region.function(self._region.reference(parameters["FunctionName"]))

        def shown(qualifier: str) -> dict[str, Any]:
            return {"FunctionArn": self._region.arn(function.name, qualifier), **_shown(function.provisioned[qualifier])}

        return page(sorted(function.provisioned), parameters, "ProvisionedConcurrencyConfigs", shown=shown)

    def delete_provisioned_concurrency_config(self, parameters: Parameters) -> ApiResponse:
        """Returns 204, whether or not there is a configuration."""
        function, qualifier = self._readable(parameters)
        function.provisioned.pop(qualifier, None)
        self._region.units.update(function)
        return ApiResponse(204)

    def alias_moved(self, function: Function, alias: Alias) -> None:
        """Initializes the new version of an alias, and no longer the old one."""
        config = function.provisioned.get(alias.name)
        if config is not None:
            self._begin(function, alias.name, config.requested)

    def _readable(self, parameters: Parameters) -> tuple[Function, str]:
        reference = self._region.reference(parameters["FunctionName"], parameters.get("Qualifier"))
        if (reference.qualifier or LATEST) == LATEST:
            raise invalid_parameter("The function resource provided must be an alias or a published version.")
        return self._provisionable(parameters)

    def _provisionable(self, parameters: Parameters) -> tuple[Function, str]:
        reference = self._region.reference(parameters["FunctionName"], parameters.get("Qualifier"))
        qualifier = reference.qualifier or LATEST
        if reference.name not in self._region.functions and not qualifier.isdigit():
            # An alias of a function that does not exist gives the same error as a missing alias (FUN-21).
            raise not_found(f"Cannot find alias arn: {self._region.arn(reference.name, qualifier)}")
        function = self._region.function(reference, qualifier)
        if not qualifier.isdigit():
            self._region.alias(function, qualifier)
        elif qualifier not in function.versions:
            raise not_found(f"Function not found: {self._region.arn(function.name, qualifier)}")
        return function, qualifier

    def _check_overlap(self, function: Function, qualifier: str) -> None:
        """Raises an error if a version has provisioned concurrency itself and also through an alias (FUN-45)."""
        alias = function.aliases.get(qualifier)
        if alias is not None and alias.function_version in function.provisioned:
            raise conflict("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version")
        pointing = (name for name, other in function.aliases.items() if other.function_version == qualifier)
        if alias is None and any(name in function.provisioned for name in pointing):
            raise conflict("Version is pointed by a Provisioned Concurrency alias")

    def _check_room(self, function: Function, qualifier: str, requested: int) -> None:
        others = provisioned_total(function, but=qualifier)
        reserved = function.reserved_concurrent_executions
        if reserved is not None:
            if others + requested > reserved:
                raise invalid_parameter(
                    "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"
                )
            return
        limit = self._dependencies.account_limit
        room = self._region.units.unreserved(limit, but=function) - others
        if requested > room:
            raise over_limit(
                f"Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [{room}]."
            )
        if room - requested < unreserved_minimum(limit):
            raise over_limit(
                "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
                f"below its minimum value of [{unreserved_minimum(limit)}]."
            )

    def _begin(self, function: Function, qualifier: str, requested: int) -> ProvisionedConcurrency:
        config = ProvisionedConcurrency(requested, self._dependencies.last_modified)
        function.provisioned[qualifier] = config
        self._region.units.update(function)
        self._initialize_later(function, qualifier, config, attempt=1)
        return config

    def _initialize_later(self, function: Function, qualifier: str, config: ProvisionedConcurrency, attempt: int) -> None:
        def initialize() -> None:
            configuration = self._in_force(function, qualifier, config)
            if configuration is not None:
                self._dependencies.environments.initialize(configuration, config.requested, done)

        def done(is_loaded: bool) -> None:
            if self._in_force(function, qualifier, config) is None:
                return
            if is_loaded:
                requested = config.requested
                function.provisioned[qualifier] = replace(config, status=READY, allocated=requested, available=requested)
            elif attempt < limits.INITIALIZATION_ATTEMPTS:
                self._initialize_later(function, qualifier, config, attempt + 1)
            else:
                function.provisioned[qualifier] = replace(config, status=FAILED, status_reason="FUNCTION_ERROR_INIT_FAILURE")

        self._dependencies.scheduler.call_after(
            self._dependencies.state_change_seconds, initialize, Initialization(Subject(function.name)), background=True
        )

    def _in_force(self, function: Function, qualifier: str, config: ProvisionedConcurrency) -> Configuration | None:
        """Returns the target to initialize, unless the configuration was replaced or removed, or its function was deleted."""
        is_current = function.provisioned.get(qualifier) is config
        if not is_current or self._region.functions.get(function.name) is not function:
            return None
        alias = function.aliases.get(qualifier)
        return function.configuration(qualifier if alias is None else alias.function_version)


def _shown(config: ProvisionedConcurrency) -> dict[str, Any]:
    body: dict[str, Any] = {
        "RequestedProvisionedConcurrentExecutions": config.requested,
        "AvailableProvisionedConcurrentExecutions": config.available,
        "AllocatedProvisionedConcurrentExecutions": config.allocated,
        "Status": config.status,
        "LastModified": config.last_modified,
    }
    if config.status_reason is not None:
        body["StatusReason"] = config.status_reason
    return body
