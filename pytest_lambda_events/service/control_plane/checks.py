"""Checks that several operations share."""

from __future__ import annotations

from ..api_response import Parameters
from ..errors import ServiceError, conflict, invalid_parameter
from ..model import LATEST, Function

FUNCTIONS_ONLY = (
    "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please "
    "specify either a function name or an unqualified function ARN."
)


def check_unqualified(qualifier: str | None) -> None:
    """Raises 400 if the name has a qualifier, for settings of whole functions (CON-06)."""
    if qualifier is not None:
        raise invalid_parameter(FUNCTIONS_ONLY)


def check_latest(qualifier: str | None) -> None:
    """Raises 400 unless the call is about `$LATEST`."""
    if qualifier not in (None, LATEST):
        raise invalid_parameter(FUNCTIONS_ONLY)


def check_revision(parameters: Parameters, current: str) -> None:
    """Raises 412 if the call names a revision that is not the current one."""
    if parameters.get("RevisionId") not in (None, current):
        raise ServiceError(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to "
            "retrieve the latest Revision Id", 412,
        )  # fmt: skip


def check_ready(function: Function) -> None:
    """Raises 409 while the function is being created or updated."""
    if function.latest.state != "Active":
        raise conflict(
            "The operation cannot be performed at this time. The function is currently in the following state: "
            + function.latest.state
        )
    if function.latest.last_update_status == "InProgress":
        raise conflict(
            f"The operation cannot be performed at this time. An update is in progress for resource: {function.arn}"
        )
