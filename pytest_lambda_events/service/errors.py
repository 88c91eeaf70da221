"""Refusals of AWS, as values that every endpoint can encode."""

from __future__ import annotations

from collections.abc import Mapping


class ServiceError(Exception):
    """An error response of the Lambda API: code, HTTP status and message, and members such as `Reason` (FUN-60).

    `has_type` is false for the few errors whose body has no `Type`.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        *,
        members: Mapping[str, str] | None = None,
        has_type: bool = True,
    ) -> None:
        super().__init__(message)
        self.has_type = has_type
        self.code = code
        self.message = message
        self.status = status
        self.members = dict(members or {})


def not_found(message: str) -> ServiceError:
    """Returns 404 `ResourceNotFoundException`."""
    return ServiceError("ResourceNotFoundException", message, 404)


def invalid_parameter(message: str) -> ServiceError:
    """Returns 400 `InvalidParameterValueException`."""
    return ServiceError("InvalidParameterValueException", message)


def over_limit(message: str) -> ServiceError:
    """Returns 400 `InvalidParameterValueException` for more concurrency than the account has. Its body has no `Type`."""
    return ServiceError("InvalidParameterValueException", message, has_type=False)


def conflict(message: str) -> ServiceError:
    """Returns 409 `ResourceConflictException`."""
    return ServiceError("ResourceConflictException", message, 409)


def validation(value: object, member: str, constraint: str) -> ServiceError:
    """Returns 400 `ValidationException` for one member of a request, with AWS's text (ASY-21)."""
    return ServiceError(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must {constraint}",
    )
