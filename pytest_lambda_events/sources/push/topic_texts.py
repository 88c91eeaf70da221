"""The text of a message for one protocol, with `MessageStructure="json"` (PSH-21, PSH-98, PSH-99)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from .topic_errors import TopicError, invalid


def texts_of(message: str) -> Mapping[str, Any]:
    """Returns the texts of a structured message by protocol. Raises `TopicError` if SNS refuses the message.

    The last of repeated keys counts. A `default` that is a number, a boolean or null is its JSON text (PSH-99).
    """
    try:
        texts = _DECODER.decode(message)
    except (ValueError, RecursionError):
        raise _not_json() from None
    if not isinstance(texts, dict):
        raise _not_json()
    if "default" not in texts or isinstance(texts["default"], (dict, list)):
        raise invalid("Message Structure - No default entry in JSON message body")
    default = texts["default"]
    if default is None or isinstance(default, bool):
        default = json.dumps(default)
    return {**texts, "default": str(default)}


def text_for(texts: Mapping[str, Any], protocol: str) -> str:
    """Returns the text for a protocol. Values of the protocol's key that are not strings are ignored (PSH-99)."""
    text = texts.get(protocol)
    return text if type(text) is str else str(texts["default"])


class _Number(str):
    """A JSON number as it was written."""

    __slots__ = ()


def _not_json() -> TopicError:
    return invalid("Message Structure - JSON message body failed to parse")


def _refused(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


_DECODER = json.JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=_refused)
