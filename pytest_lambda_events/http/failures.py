"""What can go wrong with a request, and how a front answers then (HTP-2A, HTP-3P, HTP-57, HTP-82)."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple


class Failure(Enum):
    """Why a front answers a request itself."""

    FUNCTION_ERROR = auto()
    MALFORMED = auto()
    NOT_PERMITTED = auto()
    NO_FUNCTION = auto()
    THROTTLED = auto()
    LAMBDA_FAILED = auto()
    TIMED_OUT = auto()
    NO_ROUTE = auto()
    NO_STAGE = auto()
    NOT_FOUND = auto()
    BAD_ESCAPE = auto()
    TOO_MANY_REQUESTS = auto()
    TOO_LARGE = auto()
    UNAUTHORIZED = auto()
    DENIED = auto()
    NOT_COVERED = auto()
    AUTHORIZER_FAILED = auto()

    @property
    def label(self) -> str:
        """Returns the failure as the timeline shows it."""
        return self.name.lower().replace("_", " ")


class Refused(Exception):
    """The front answers the request itself."""

    def __init__(self, failure: Failure, reason: str = "") -> None:
        super().__init__(f"{failure.label}: {reason}" if reason else failure.label)
        self.failure = failure
        self.reason = reason


class Answer(NamedTuple):
    """A response that the front makes. `error_type` and `response_type` are those of REST APIs (HTP-2A, HTP-2B)."""

    status_code: int
    body: str
    error_type: str = ""
    response_type: str = ""
    content_type: str = "application/json"
