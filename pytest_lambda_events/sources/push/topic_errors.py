"""Refusals of SNS, as values."""

from __future__ import annotations


class TopicError(Exception):
    """An error response of SNS, with AWS's code and message."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid(reason: str) -> TopicError:
    """Returns `InvalidParameter` with AWS's prefix."""
    return TopicError("InvalidParameter", f"Invalid parameter: {reason}")


def invalid_value(message: str) -> TopicError:
    """Returns `ParameterValueInvalid`, which SNS answers for message attributes (PSH-94)."""
    return TopicError("ParameterValueInvalid", message)
