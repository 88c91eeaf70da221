"""AWS's texts for values outside of the constraints of its API models."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sized


def refusal(value: object, where: str, constraint: str) -> str:
    """Returns the text for one value. AWS writes a mapping as `{name=value, name=value}`."""
    if isinstance(value, Mapping):
        value = f"{{{', '.join(f'{name}={one}' for name, one in value.items())}}}"
    return f"1 validation error detected: Value '{value}' at '{where}' failed to satisfy constraint: Member must {constraint}"


def refusal_of_name(name: str, where: str, form: str, length: int) -> str | None:
    """Returns the text for a name that is empty, too long or has other characters, else None."""
    found = refusal_of_size(name, where, 1, length)
    if found is None and not re.fullmatch(form, name, re.ASCII):
        return refusal(name, where, f"satisfy regular expression pattern: {form}")
    return found


def refusal_of_size(value: int | Sized | None, where: str, low: int, high: int) -> str | None:
    """Returns the text for a number, or for the length of a text or a mapping, outside of its limits, else None."""
    if value is None:
        return None
    what, number = ("value", value) if isinstance(value, int) else ("length", len(value))
    if number > high:
        return refusal(value, where, f"have {what} less than or equal to {high}")
    return refusal(value, where, f"have {what} greater than or equal to {low}") if number < low else None


def refusal_of_choice(value: str | None, where: str, choices: tuple[str, ...]) -> str | None:
    """Returns the text for a value that is not one of the choices, else None."""
    if value is None or value in choices:
        return None
    return refusal(value, where, f"satisfy enum value set: [{', '.join(choices)}]")
