"""The code signing configuration of a function. Signatures are not checked."""

from __future__ import annotations

from collections.abc import Mapping

from ..api_response import ApiResponse, Operation, Parameters
from ..model import Function
from .region import Region


class CodeSigningConfigs:
    """The operations on the code signing configurations of the functions of one region."""

    def __init__(self, region: Region) -> None:
        self._region = region

    @property
    def operations(self) -> Mapping[str, Operation]:
        """Returns the operations by their names in the API."""
        return {
            "PutFunctionCodeSigningConfig": self.put_function_code_signing_config,
            "GetFunctionCodeSigningConfig": self.get_function_code_signing_config,
            "DeleteFunctionCodeSigningConfig": self.delete_function_code_signing_config,
        }

    def put_function_code_signing_config(self, parameters: Parameters) -> ApiResponse:
        """Returns 200. The configuration need not exist."""
        function = self._function(parameters)
        function.code_signing_config_arn = parameters["CodeSigningConfigArn"]
        return ApiResponse(200, self._shown(function))

    def get_function_code_signing_config(self, parameters: Parameters) -> ApiResponse:
        """Returns 200, with an empty ARN if there is no configuration."""
        return ApiResponse(200, self._shown(self._function(parameters)))

    def delete_function_code_signing_config(self, parameters: Parameters) -> ApiResponse:
        """Returns 204, whether or not there is a configuration."""
        self._function(parameters).code_signing_config_arn = ""
        return ApiResponse(204)

    def _function(self, parameters: Parameters) -> Function:
        return self._region.function(self._region.reference(parameters["FunctionName"]))

    def _shown(self, function: Function) -> dict[str, str]:
        return {"CodeSigningConfigArn": function.code_signing_config_arn, "FunctionName": function.name}
