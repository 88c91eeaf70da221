"""Which messages match the filter policy of a subscription (PSH-42 to 4L). It uses only values, without AWS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ..filtering.exact_json import object_or_array
from . import filter_policies
from .filter_policies import BODY

Attributes = Mapping[str, Mapping[str, Any]]
"""Message attributes by name, each with its `Type` and `Value`."""

_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)


class TopicFilter:
    """One filter policy. Raises `PolicyInvalid` for a policy that SNS refuses."""

    def __init__(self, policy: str, scope: str) -> None:
        self._pattern = filter_policies.compiled(policy, scope)
        self._is_about_the_body = scope == BODY

    def passes(self, message: str, attributes: Attributes) -> bool:
        """Returns whether a message is delivered. `message` is the text for the subscription's protocol (PSH-44)."""
        if self._pattern is None:
            return True
        document = object_or_array(message) if self._is_about_the_body else _document(attributes)
        return isinstance(document, (dict, tuple)) and self._pattern.matches(document)


def _document(attributes: Attributes) -> dict[str, Any] | None:
    """Returns the attributes in the form for the policy; None if there are none, or if one is malformed (PSH-43, PSH-4J,
    PSH-47).
    """
    document: dict[str, Any] = {}
    for name, attribute in attributes.items():
        kind, value = str(attribute["Type"]), str(attribute["Value"])
        if kind == "Number":
            if not _JSON_NUMBER.fullmatch(value):
                return None
            document[name] = Decimal(value)
        elif kind == "String.Array":
            elements = object_or_array(value)
            if not isinstance(elements, list) or any(isinstance(one, (list, dict, tuple)) for one in elements):
                return None
            document[name] = [_escaped(one) if isinstance(one, str) else one for one in elements]
        elif not kind.startswith("Binary"):
            document[name] = _escaped(value)
    return document if attributes else None


def _escaped(text: str) -> str:
    """Returns the text with which policies compare attributes: quotes and backslashes are escaped (PSH-49)."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
