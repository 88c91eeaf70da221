"""The kinds of resources that receive invocation records and dead letters, one row for each service (DST-01)."""

from __future__ import annotations

from collections.abc import Mapping

from .. import limits
from ..values import dataclass

_KEY_ACTIONS_OF_MESSAGES = ("kms:GenerateDataKey", "kms:Decrypt")


@dataclass(frozen=True, slots=True)
class DestinationKind:
    """What Lambda needs to know about a kind of destination.

    Args:
        action: The action that the function's role must allow at each delivery (PRM-20 to 26).
        largest: The most bytes of a record; None for any size (DST-51).
        to_configure: The actions that the role must allow when the destination is configured, each with the suffix of the
            ARN. The default is `action`.
        key_actions: The actions that it must also allow if a customer-managed key encrypts the target (DST-55, DLQ-33,
            PRM-27).
        takes_successes: Whether it can be an `OnSuccess` destination (DST-11).
        takes_batches: Whether it can be the `OnFailure` destination of an event source mapping (KIN-70).
    """

    action: str
    largest: int | None
    to_configure: tuple[tuple[str, str], ...] = ()
    key_actions: tuple[str, ...] = _KEY_ACTIONS_OF_MESSAGES
    takes_successes: bool = True
    takes_batches: bool = False


DESTINATION_KINDS: Mapping[str, DestinationKind] = {
    "sqs": DestinationKind("sqs:SendMessage", limits.SQS_MESSAGE_BYTES, takes_batches=True),
    "sns": DestinationKind("sns:Publish", limits.SNS_MESSAGE_BYTES, takes_batches=True),
    "lambda": DestinationKind("lambda:InvokeFunction", limits.SQS_MESSAGE_BYTES),
    "events": DestinationKind("events:PutEvents", limits.EVENTBRIDGE_ENTRY_BYTES),
    "s3": DestinationKind(
        "s3:PutObject", None, to_configure=(("s3:PutObject", "/*"), ("s3:ListBucket", "")),
        key_actions=("kms:GenerateDataKey",), takes_successes=False, takes_batches=True,
    ),
}  # fmt: skip
"""The kinds by the service in the ARN. `aws/lambda_service/deliveries.py` delivers to each of them."""


def actions_to_configure(service: str) -> tuple[tuple[str, str], ...]:
    """Returns the actions to configure a destination, each with the suffix of the ARN; none for an unknown service."""
    kind = DESTINATION_KINDS.get(service)
    return () if kind is None else kind.to_configure or ((kind.action, ""),)
