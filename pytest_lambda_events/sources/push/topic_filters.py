"""Which messages match the filter policy of a subscription (PSH-42 to 4O). It uses only values, without AWS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from ..filtering.exact_json import object_or_array
from . import filter_policies
from .filter_policies import BODY

Cause = Literal["NoMessageAttributes", "InvalidAttributes", "InvalidMessageBody", "MessageAttributes", "MessageBody"]
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
        return self.rejected(message, attributes) is None

    def rejected(self, message: str, attributes: Attributes) -> Cause | None:
        """Returns why a message is not delivered, as the metrics of SNS name it (PSH-4O); None if it is delivered."""
        if self._pattern is None:
            return None
        if self._is_about_the_body:
            body = object_or_array(message)
            if not isinstance(body, (dict, tuple)):
                return "InvalidMessageBody"
            return None if self._pattern.matches(body) else "MessageBody"
        if not attributes:
            return "NoMessageAttributes"
        document = _document(attributes)
        if document is None:
            return "InvalidAttributes"
        return None if self._pattern.matches(document) else "MessageAttributes"


def _document(attributes: Attributes) -> dict[str, Any] | None:
    """Returns the attributes in the form for the policy; None if one is malformed (PSH-4J, PSH-47)."""
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
    return document


def _escaped(text: str) -> str:
    """Returns the text with which policies compare attributes: quotes and backslashes are escaped (PSH-49)."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
