"""Checks whether a handler's own calls of the Lambda API are allowed by its function's role (PRM-01, 02, 14, 35)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .api_response import Parameters
from .authorization import Authorizer
from .control_plane import function_names
from .durable_operations import NAMES as DURABLE_OPERATIONS
from .errors import ServiceError
from .model import Configuration

ACTIONS: Mapping[str, str] = {
    "Invoke": "lambda:InvokeFunction",
    "InvokeAsync": "lambda:InvokeAsync",
    "PutFunctionEventInvokeConfig": "lambda:PutFunctionEventInvokeConfig",
    "UpdateFunctionEventInvokeConfig": "lambda:UpdateFunctionEventInvokeConfig",
    "GetFunctionEventInvokeConfig": "lambda:GetFunctionEventInvokeConfig",
    "ListFunctionEventInvokeConfigs": "lambda:ListFunctionEventInvokeConfigs",
    "DeleteFunctionEventInvokeConfig": "lambda:DeleteFunctionEventInvokeConfig",
    "PutFunctionConcurrency": "lambda:PutFunctionConcurrency",
    "UpdateFunctionConfiguration": "lambda:UpdateFunctionConfiguration",
    **{operation: f"lambda:{operation}" for operation in DURABLE_OPERATIONS},
}
"""The action that a role must allow for each operation."""


class CallerPermissions:
    """Checks calls that come through boto3. `caller` returns the configuration whose handler makes the call.

    `execution_of` returns the ARN of the durable execution of a callback, or None if no callback has this id. Calls outside of
    handlers come from the test, and a test may do everything.
    """

    def __init__(
        self,
        authority: Authorizer,
        caller: Callable[[], Configuration | None],
        execution_of: Callable[[str], str | None] = lambda callback_id: None,
    ) -> None:
        self._authority = authority
        self._caller = caller
        self._execution_of = execution_of

    @property
    def allow_all(self) -> bool:
        """Returns whether the caller may do everything, because it is the test."""
        return self._caller() is None

    def refusal_of(self, action: str, resource_arn: str) -> str | None:
        """Returns AWS's text if the role of the handler that calls may not do this, else None (EVB-17)."""
        caller = self._caller()
        reason = None if caller is None else self._authority.may_call(caller, action, resource_arn)
        return None if reason is None else f"User: {reason}"

    def check(self, operation: str, account_id: str, region_name: str, parameters: Parameters) -> None:
        """Raises 403 if the caller's role may not do this to the function, in the form in which it is addressed (PRM-01,
        02).
        """
        caller, action = self._caller(), ACTIONS.get(operation)
        if caller is None or action is None:
            return
        arn = self._resource_of(account_id, region_name, parameters)
        reason = None if arn is None else self._authority.may_call(caller, action, arn)
        if reason is not None:
            raise ServiceError("AccessDeniedException", f"User: {reason}", 403)

    def _resource_of(self, account_id: str, region_name: str, parameters: Parameters) -> str | None:
        """Returns the ARN of the durable execution or of the function of a call; None if it names neither (DUR-07)."""
        if "CallbackId" in parameters:
            return self._execution_of(parameters["CallbackId"])
        if "DurableExecutionArn" in parameters:
            return str(parameters["DurableExecutionArn"])
        name = parameters.get("FunctionName")
        if name is None:
            return None
        reference = function_names.parse(name, parameters.get("Qualifier"))
        return function_names.function_arn(
            reference.account_id or account_id, reference.region_name or region_name, reference.name, reference.qualifier
        )
