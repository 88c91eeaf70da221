"""Which calls may start a durable execution (DUR-10 to 25, 31, 32)."""

from __future__ import annotations

from ... import limits
from ..errors import ServiceError, invalid_parameter
from ..model import Target

_UNQUALIFIED = "You cannot invoke a durable function using an unqualified ARN."
_NOT_DURABLE = "DurableExecutionName is only supported for durable functions."
"""The text is not AWS's."""
_TOO_LONG = "You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes."


def check_call(target: Target, execution_name: str | None = None, *, is_synchronous: bool) -> None:
    """Raises `ServiceError` for a durable function that is called without a qualifier, or that runs too long for a caller that
    waits.
    """
    config = target.configuration.durable
    if config is None:
        if execution_name is not None:
            raise invalid_parameter(_NOT_DURABLE)
        return
    if target.qualifier is None:
        raise invalid_parameter(_UNQUALIFIED)
    if is_synchronous and config.execution_timeout > limits.DURABLE_SYNCHRONOUS_SECONDS:
        raise invalid_parameter(_TOO_LONG)


def mapping_refusal(target: Target) -> ServiceError | None:
    """Returns why an event source mapping cannot start an execution of the target; None if it can (DUR-32)."""
    try:
        check_call(target, is_synchronous=True)
    except ServiceError as error:
        return error
    return None


def mapping_advice(refused: ServiceError) -> str:
    """Returns what to do if event source mappings cannot start executions."""
    if refused.message == _UNQUALIFIED:
        return "Add the event source to a version or an alias, such as function.publish_version()."
    return "Set durable_execution_timeout to 15 minutes or less."


def already_started(arn: str) -> ServiceError:
    """Returns the error for a name that belongs to an execution with another payload (DUR-21, 25)."""
    return ServiceError("DurableExecutionAlreadyStartedException", f"Execution already started: {arn}", 409)
