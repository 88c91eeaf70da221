"""The parts of an Amazon Resource Name (ARN)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache


class ArnInvalid(ValueError):
    """A text that is not an ARN."""


@dataclass(frozen=True, slots=True)
class Arn:
    """An ARN of any service. `region_name` and `account_id` are empty where a service leaves them out, as S3 does.

    `resource` is all that follows the account, such as `function:charge:live`, `orders` or `stream/clicks`.
    """

    partition: str
    service: str
    region_name: str
    account_id: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region_name}:{self.account_id}:{self.resource}"

    @property
    def name(self) -> str:
        """The name of the resource, without its type: of a function, queue, topic, stream, table, event bus or bucket.

        Of parts of a resource, such as a table's stream, it is the name of the whole.
        """
        kind, separator, rest = self.resource.partition(":" if self.service == "lambda" else "/")
        return rest.split(":" if self.service == "lambda" else "/", 1)[0] if separator else kind

    @property
    def qualifier(self) -> str | None:
        """The version or alias in the ARN of a Lambda function; None if there is none."""
        return self.resource.split(":", 2)[2] if self.resource.count(":") > 1 else None


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
