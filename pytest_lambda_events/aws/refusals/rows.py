"""The rows of the tables of deliveries by other services."""

from __future__ import annotations

from ...values import dataclass
from .conditions import Condition, names_a_function


@dataclass(frozen=True, slots=True)
class Delivered:
    """A simulated delivery of a service, and the operations that cause it."""

    service: str
    operations: tuple[str, ...]
    what: str


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """A delivery of AWS that is not simulated.

    `when` decides from the parameters of a call of one of the `operations`, or from the properties of a resource of one of
    the types in `resources`.
    """

    service: str
    operations: tuple[str, ...]
    what: str
    instead: str
    when: Condition = names_a_function
    resources: tuple[str, ...] = ()
    effect: str = "On AWS it delivers something; here nothing would arrive."

    def message(self, asked: str) -> str:
        """Returns the error message: what is not simulated, which call or resource asked for it, and what to use instead."""
        return f"{self.what} is not simulated ({asked}). {self.effect} {self.instead}"


@dataclass(frozen=True, slots=True)
class Harmless:
    """Operations that take the ARN of a function, queue or topic and do not cause a delivery."""

    service: str
    operations: tuple[str, ...]
    reason: str
