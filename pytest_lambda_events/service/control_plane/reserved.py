"""Reserved concurrency of functions (CON-04 to 07, FUN-30 to 32)."""

from __future__ import annotations

from collections.abc import Mapping

from ... import limits
from ..api_response import ApiResponse, Operation, Parameters
from ..concurrency import provisioned_total
from ..errors import invalid_parameter, over_limit
from ..model import LATEST, Function
from .checks import check_unqualified
from .dependencies import Dependencies
from .region import Region


def unreserved_minimum(account_limit: int) -> int:
    """Returns the concurrency that must stay unreserved. A small account keeps all of it (CON-02, the second part is
    inferred).
    """
    return min(limits.UNRESERVED_CONCURRENCY_MINIMUM, account_limit)


class ReservedConcurrency:
    """The operations on the reserved concurrency of the functions of one region."""

    def __init__(self, region: Region, dependencies: Dependencies) -> None:
        self._region = region
        self._dependencies = dependencies

    @property
    def operations(self) -> Mapping[str, Operation]:
        """Returns the operations by their names in the API."""
        return {
            "PutFunctionConcurrency": self.put_function_concurrency,
            "GetFunctionConcurrency": self.get_function_concurrency,
            "DeleteFunctionConcurrency": self.delete_function_concurrency,
        }

    def put_function_concurrency(self, parameters: Parameters) -> ApiResponse:
        """Returns 200. The value 0 is always accepted."""
        function = self._function(parameters)
        reserved = parameters["ReservedConcurrentExecutions"]
        if reserved:
            self._check_room(function, reserved)
        self._check_provisioned(function, reserved)
        self._reserve(function, reserved)
        return ApiResponse(200, {"ReservedConcurrentExecutions": reserved})

    def get_function_concurrency(self, parameters: Parameters) -> ApiResponse:
        """Returns 200, with an empty body if nothing is reserved."""
        reserved = self._function(parameters, shown=None).reserved_concurrent_executions
        return ApiResponse(200, {} if reserved is None else {"ReservedConcurrentExecutions": reserved})

    def delete_function_concurrency(self, parameters: Parameters) -> ApiResponse:
        """Returns 204."""
        self._reserve(self._function(parameters), None)
        return ApiResponse(204)

    def _reserve(self, function: Function, reserved: int | None) -> None:
        function.reserved_concurrent_executions = reserved
        self._region.units.update(function)

    def _function(self, parameters: Parameters, *, shown: str | None = LATEST) -> Function:
        """Returns the function. A refusal shows its ARN with the qualifier `shown`; calls that only read do not pass it."""
        reference = self._region.reference(parameters["FunctionName"])
        check_unqualified(reference.qualifier)
        return self._region.function(reference, shown)

    def _check_room(self, function: Function, reserved: int) -> None:
        account_limit = self._dependencies.account_limit
        left = self._region.units.unreserved(account_limit, but=function) - reserved
        minimum = unreserved_minimum(account_limit)
        if left < minimum:
            raise over_limit(
                "Specified ReservedConcurrentExecutions for function decreases account's "
                f"UnreservedConcurrentExecution below its minimum value of [{minimum}]."
            )

    def _check_provisioned(self, function: Function, reserved: int) -> None:
        provisioned = provisioned_total(function)
        if reserved < provisioned:
            raise invalid_parameter(
                f" ReservedConcurrentExecutions  {reserved} should not be lower than function's total provisioned "
                f"concurrency [{provisioned}]."
            )
