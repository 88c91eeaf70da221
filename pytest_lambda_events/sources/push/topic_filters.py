"""Which messages match the filter policy of a subscription (PSH-40 to 4L). It uses only values, without AWS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from ..filtering.exact_json import is_number, object_or_array
from ..filtering.patterns import Pattern, PatternInvalid, compile

__all__ = ["PatternInvalid", "TopicFilter"]

Attributes = Mapping[str, Mapping[str, Any]]
"""Message attributes by name, each with its `Type` and `Value`."""


class TopicFilter:
    """One filter policy. Raises `PatternInvalid` for a policy that AWS refuses."""

    def __init__(self, policy: Mapping[str, Any], *, is_about_the_body: bool) -> None:
        self._policy = policy
        self._is_about_the_body = is_about_the_body
        self._pattern: Pattern = compile(json.dumps(policy))

    def passes(self, message: str, attributes: Attributes) -> bool:
        """Returns whether a message is delivered. `message` is the text for the subscription's protocol (PSH-44)."""
        document = object_or_array(message) if self._is_about_the_body else _document(attributes)
        return isinstance(document, dict) and self._pattern.matches(_typed(self._policy, document))


def _document(attributes: Attributes) -> dict[str, Any] | None:
    """Returns the attributes in the form for the policy; None if there are none, or if one is malformed (PSH-43, PSH-4J,
    PSH-47).
    """
    document: dict[str, Any] = {}
    try:
        for name, attribute in attributes.items():
            kind, value = str(attribute["Type"]), attribute["Value"]
            if kind == "Number":
                document[name] = Decimal(str(value))
            elif kind == "String.Array":
                document[name] = _scalars(str(value))
            elif not kind.startswith("Binary"):
                document[name] = str(value)
    except (ValueError, InvalidOperation):
        return None
    return document if attributes else None


def _scalars(text: str) -> list[Any]:
    elements = object_or_array(text)
    if not isinstance(elements, list) or any(isinstance(one, (list, dict, tuple)) for one in elements):
        raise ValueError("a String.Array is a JSON list of scalars")
    return elements


def _typed(policy: Mapping[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Returns the document without values that `anything-but` rejects by type: only values of the listed type match
    (PSH-4C).
    """
    typed = dict(document)
    for key, rules in policy.items():
        if isinstance(rules, Mapping) and isinstance(typed.get(key), dict):
            typed[key] = _typed(rules, typed[key])
        elif key in typed and _only_excludes(rules):
            wanted = {_is_text(rule["anything-but"]) for rule in rules}
            typed[key] = _of_type(typed[key], wanted)
    return typed


def _of_type(value: object, wanted: set[bool]) -> Any:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if (isinstance(one, str) and True in wanted) or (is_number(one) and False in wanted)]


def _only_excludes(rules: object) -> bool:
    return isinstance(rules, list) and all(isinstance(rule, Mapping) and "anything-but" in rule for rule in rules)


def _is_text(excluded: object) -> bool:
    """Returns whether `anything-but` excludes texts. Otherwise it excludes numbers."""
    first = excluded[0] if isinstance(excluded, list) and excluded else excluded
    return not is_number(first)
