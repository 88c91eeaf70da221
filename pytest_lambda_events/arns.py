"""The parts of an Amazon Resource Name (ARN)."""

from __future__ import annotations

from dataclasses import field
from functools import lru_cache

from .values import dataclass

_TYPE_BEFORE_A_COLON = frozenset({"lambda", "logs"})
"""The services whose ARNs have a colon between type and name: `function:charge`, `log-group:orders`."""


class ArnInvalid(ValueError):
    """A text that is not an ARN."""


@dataclass(frozen=True, slots=True)
class Arn:
    """An ARN of any service. `region_name` and `account_id` are empty where a service leaves them out, as S3 does.

    `resource` is all that follows the account, such as `function:charge:live`, `orders` or `stream/clicks`.
    `parse` and `parse_or_none` make it once for each text.
    """

    partition: str
    service: str
    region_name: str
    account_id: str
    resource: str
    name: str = field(init=False, repr=False, compare=False)
    """The name of the resource, without its type: of a function, queue, topic, stream, table, event bus, bucket or log
    group.

    Of parts of a resource, such as a table's stream, it is the name of the whole.
    """
    qualifier: str | None = field(init=False, repr=False, compare=False)
    """The version or alias in the ARN of a Lambda function; None if there is none."""

    def __post_init__(self) -> None:
        separator = ":" if self.service in _TYPE_BEFORE_A_COLON else "/"
        # At most a type, a name and the rest.
        parts = self.resource.split(separator, 2)
        is_qualified = self.service == "lambda" and len(parts) == 3
        if self.service == "kafka" and parts[0] == "topic":
            # The cluster comes before the topic.
            parts = [parts[0], parts[-1].rpartition("/")[2]]
        object.__setattr__(self, "name", parts[1] if len(parts) > 1 else parts[0])
        object.__setattr__(self, "qualifier", parts[2] if is_qualified else None)

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region_name}:{self.account_id}:{self.resource}"


@lru_cache(maxsize=1024)
def parse(text: str) -> Arn:
    """Returns the parts of an ARN. Raises `ArnInvalid` if the text is not an ARN."""
    found = parse_or_none(text)
    if found is None:
        raise ArnInvalid(
            f"{text!r} is not an ARN. An ARN has the form arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE, as in "
            "arn:aws:sqs:us-east-1:123456789012:orders."
        )
    return found


@lru_cache(maxsize=1024)
def parse_or_none(text: str) -> Arn | None:
    """Returns the parts of an ARN; None if the text is not an ARN."""
    scheme, *parts = text.split(":", 5)
    return Arn(*parts) if scheme == "arn" and len(parts) == 5 else None


def name_of_arn(text: str) -> str:
    """Returns the name of the resource of an ARN. Text that is not an ARN is returned unchanged."""
    found = parse_or_none(text)
    return text if found is None else found.name


@lru_cache(maxsize=1024)
def source_label(service: str, arn: str) -> str:
    """Returns a push source as the journal names it: the service and the resource, such as `sns orders`."""
    resource = parse(arn).resource
    for prefix in ("rule/", "log-group:", "schedule/"):
        resource = resource.removeprefix(prefix)
    return f"{service} {resource.removesuffix(':*')}"
