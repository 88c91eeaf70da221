"""The setting for recursive loops of a function (ASY-90, 93)."""

from __future__ import annotations

from collections.abc import Mapping

from ..api_response import ApiResponse, Operation, Parameters
from ..model import Function
from .checks import check_unqualified
from .region import Region


class RecursionConfigs:
    """The operations on the recursion settings of the functions of one region."""

    def __init__(self, region: Region) -> None:
        self._region = region

    @property
    def operations(self) -> Mapping[str, Operation]:
        """Returns the operations by their names in the API."""
        return {
            "PutFunctionRecursionConfig": self.put_function_recursion_config,
            "GetFunctionRecursionConfig": self.get_function_recursion_config,
        }

    def put_function_recursion_config(self, parameters: Parameters) -> ApiResponse:
        """Returns 200."""
        function = self._function(parameters)
        function.recursive_loop = parameters["RecursiveLoop"]
        return ApiResponse(200, {"RecursiveLoop": function.recursive_loop})

    def get_function_recursion_config(self, parameters: Parameters) -> ApiResponse:
        """Returns 200. The default is `Terminate`."""
        return ApiResponse(200, {"RecursiveLoop": self._function(parameters).recursive_loop})

    def _function(self, parameters: Parameters) -> Function:
        reference = self._region.reference(parameters["FunctionName"])
        check_unqualified(reference.qualifier)
        return self._region.function(reference)
