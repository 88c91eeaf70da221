"""Refusals of an attempt before the function runs. They cost no retry (ASY-60, SQS-60, KIN-41)."""

from __future__ import annotations

from typing import ClassVar, Literal

from ..values import dataclass
from .errors import ServiceError


@dataclass(frozen=True, slots=True)
class Throttled:
    """No unit is free. The reason is AWS's term (CON-21)."""

    reason: str
    kind: ClassVar[Literal["throttled"]] = "throttled"
    status_code: ClassVar[int] = 429
    message: ClassVar[str] = "Rate Exceeded."

    @property
    def error(self) -> ServiceError:
        """Returns the error for a synchronous caller (CON-20)."""
        return ServiceError("TooManyRequestsException", self.message, self.status_code, members={"Reason": self.reason})


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Lambda itself failed. Here this is always a planned fault."""

    reason: str = "ServiceException"
    kind: ClassVar[Literal["service_error"]] = "service_error"
    status_code: ClassVar[int] = 500
    message: ClassVar[str] = "An error occurred and the request cannot be processed."

    @property
    def error(self) -> ServiceError:
        """Returns the error for a synchronous caller."""
        return ServiceError("ServiceException", self.message, self.status_code)


Refusal = Throttled | Unavailable
