"""When AWS updates the runtime of a function. Nothing is updated here."""

from __future__ import annotations

from collections.abc import Mapping

from ..api_response import ApiResponse, Operation, Parameters
from ..errors import invalid_parameter
from ..model import LATEST
from .region import Region

_DEFAULT: Mapping[str, str] = {"UpdateRuntimeOn": "Auto"}


class RuntimeManagementConfigs:
    """The operations on the runtime management of the functions of one region. Each version has its own setting."""

    def __init__(self, region: Region) -> None:
        self._region = region

    @property
    def operations(self) -> Mapping[str, Operation]:
        """Returns the operations by their names in the API."""
        return {
            "PutRuntimeManagementConfig": self.put_runtime_management_config,
            "GetRuntimeManagementConfig": self.get_runtime_management_config,
        }

    def put_runtime_management_config(self, parameters: Parameters) -> ApiResponse:
        """Returns 200. The texts of the refusals are not AWS's."""
        mode, arn = parameters["UpdateRuntimeOn"], parameters.get("RuntimeVersionArn")
        if (mode == "Manual") != bool(arn):
            need = "is required" if mode == "Manual" else "is not supported"
            raise invalid_parameter(f"RuntimeVersionArn {need} when UpdateRuntimeOn is {mode}.")
        function, qualifier, found = self._region.configuration(parameters["FunctionName"], parameters.get("Qualifier"))
        if qualifier in function.aliases:
            raise invalid_parameter("Runtime management is configured for $LATEST and for versions, not for aliases.")
        config = {"UpdateRuntimeOn": mode, **({"RuntimeVersionArn": arn} if arn else {})}
        function.runtime_management[found.version] = config
        return ApiResponse(200, {**config, "FunctionArn": self._region.arn(function.name, qualifier or LATEST)})

    def get_runtime_management_config(self, parameters: Parameters) -> ApiResponse:
        """Returns 200. The default is `Auto`."""
        function, qualifier, found = self._region.configuration(parameters["FunctionName"], parameters.get("Qualifier"))
        config = function.runtime_management.get(found.version, _DEFAULT)
        return ApiResponse(200, {**config, "FunctionArn": self._region.arn(function.name, qualifier or LATEST)})
