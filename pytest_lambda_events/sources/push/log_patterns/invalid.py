"""The refusal of a filter pattern."""

from __future__ import annotations


class PatternInvalid(ValueError):
    """CloudWatch Logs refuses a filter pattern. `message` is the text of its `InvalidParameterException` (LOG-31)."""

    def __init__(self, message: str = "Invalid filter pattern") -> None:
        super().__init__(message)
        self.message = message
