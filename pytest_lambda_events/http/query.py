"""Query parameters as fronts put them into events (HTP-09, HTP-0A)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl


def decoded(query: str) -> dict[str, list[str]]:
    """Returns the values of each name, decoded once. `+` is a blank. A name without `=` has the value ""."""
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return found


def as_sent(query: str) -> dict[str, list[str]]:
    """Returns the values of each name without decoding, as a target group does."""
    found: dict[str, list[str]] = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if pair:
            found.setdefault(name, []).append(value)
    return found


def last_values(values: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Returns the last value of each name (HTP-14, HTP-37)."""
    return {name: found[-1] for name, found in values.items()}


def joined_values(values: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Returns the values of each name, joined with commas (HTP-31, HTP-33)."""
    return {name: ",".join(found) for name, found in values.items()}
