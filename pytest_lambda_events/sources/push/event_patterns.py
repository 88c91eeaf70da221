"""Event patterns of EventBridge. The matcher is that of event source mappings, with the differences of EVB-36."""

from __future__ import annotations

from ..filtering import patterns
from ..filtering.exact_json import object_or_array
from ..filtering.operators import RULE_OPERATORS

MEMBERS_OF_AN_EVENT = ("id", "account", "source", "time", "region", "resources", "detail-type")
"""The members that `TestEventPattern` needs in an event (EVB-35)."""


def compiled(text: str) -> patterns.Pattern:
    """Returns the pattern of a rule. Raises `PatternInvalid`, whose `reason` is EventBridge's text (EVB-34)."""
    return patterns.compile(text, RULE_OPERATORS)


def is_match(pattern: str, event: str) -> bool:
    """Returns whether a pattern matches the JSON text of an event.

    Raises:
        PatternInvalid: EventBridge refuses the pattern.
        ValueError: The text is not that of an event.
    """
    matcher = compiled(pattern)
    document = object_or_array(event)
    if isinstance(document, list) or document is None:
        raise ValueError("an event is a JSON object")
    names = document.keys() if isinstance(document, dict) else [name for name, _ in document]
    if not set(MEMBERS_OF_AN_EVENT) <= set(names):
        raise ValueError("an event has all members of EventBridge")
    return matcher.matches(document)
