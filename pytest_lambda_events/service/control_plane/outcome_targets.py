"""The ARNs that may be destinations, and the permissions that a role needs for them (DST-09 to 11, PRM-20 to 24)."""

from __future__ import annotations

from collections.abc import Mapping

from ...arns import parse_or_none
from ..authorization import Authorizer
from ..destination_kinds import DestinationKind
from ..errors import ServiceError, invalid_parameter

SIDES = ("OnSuccess", "OnFailure")


def check_target(side: str, destination: str, kinds: Mapping[str, DestinationKind]) -> str:
    """Returns the service of a destination. Raises 400 unless it is one of `kinds`, and for FIFO targets (DST-09 to 11)."""
    parsed = parse_or_none(destination)
    if parsed is None or parsed.service not in kinds:
        shown = dict.fromkeys(SIDES, "null") | {side: f"{side}(destination={destination})"}
        raise invalid_parameter(
            f"The provided destination config DestinationConfig(onSuccess={shown['OnSuccess']}, "
            f"onFailure={shown['OnFailure']}) is invalid."
        )
    service = parsed.service
    if service == "sns" and destination.endswith(".fifo"):
        raise invalid_parameter("FIFO-type Amazon SNS topics aren't supported as a destination.")
    if (service == "sqs" and destination.endswith(".fifo")) or (side == "OnSuccess" and not kinds[service].takes_successes):
        raise invalid_target(destination)
    return service


def check_delivery(authority: Authorizer, function_name: str, role_arn: str, destination: str) -> None:
    """Raises 400 if the role may not deliver to a destination (PRM-20 to 24)."""
    action = authority.may_configure(function_name, role_arn, destination)
    if action is not None:
        raise invalid_parameter(
            f"The function execution role does not have permissions to call {action.partition(':')[2]} on {destination}"
        )


def invalid_target(destination: str) -> ServiceError:
    """Returns the error for an invalid destination."""
    return invalid_parameter(f"The destination ARN {destination} is invalid.")
