"""What a target of a rule receives: the event, a constant, a part of it, or a text that is built from it (EVB-80 to 88)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from json.encoder import encode_basestring
from typing import Any

from ...values import dataclass
from ..filtering.exact_json import SpelledNumber
from .deliveries import NotDelivered

_STEP = re.compile(r"\.(?P<key>[A-Za-z0-9_/-]+)|\[(?P<index>\d+|\*)\]")
_PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.\-]+)>")
_RESERVED = "aws.events."
WHOLE_EVENT = "aws.events.event.json"
MISSING = object()
"""The value of a placeholder that a template does not know. It stays in the text as it is."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the reserved placeholders of a template show, in addition to the event."""

    rule_name: str
    rule_arn: str
    ingested_at: datetime


class BadPath(ValueError):
    """A path that EventBridge refuses (EVB-82)."""


def steps_of(path: str) -> tuple[str | int | None, ...]:
    """Returns the steps of a path: keys, indices, and None for `[*]`. Raises `BadPath`."""
    if not path.startswith("$"):
        raise BadPath(path)
    steps: list[str | int | None] = []
    position = 1
    while position < len(path):
        found = _STEP.match(path, position)
        if found is None:
            raise BadPath(path)
        index = found["index"]
        steps.append(found["key"] if index is None else None if index == "*" else int(index))
        position = found.end()
    return tuple(steps)


def value_at(document: Any, path: str) -> Any:
    """Returns the value at a path, or None if there is none. `[*]` gives a list (EVB-83)."""
    found = _at(document, steps_of(path))
    return None if found is MISSING else found


def _at(value: Any, steps: tuple[str | int | None, ...]) -> Any:
    for number, step in enumerate(steps):
        if step is None:
            if not isinstance(value, list):
                return MISSING
            found = [_at(item, steps[number + 1 :]) for item in value]
            return [one for one in found if one is not MISSING]
        has_it = step in value if isinstance(value, dict) else isinstance(value, list) and _is_in(step, value)
        if not has_it:
            return MISSING
        value = value[step]
    return value


def _is_in(step: str | int, items: list[Any]) -> bool:
    return isinstance(step, int) and step < len(items)


def compact(value: Any) -> str:
    """Returns a value as EventBridge writes JSON. Numbers keep their spelling (EVB-20, EVB-22)."""
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, SpelledNumber):
        return value.text
    if isinstance(value, Mapping):
        return "{" + ",".join([f"{_quoted(key)}:{compact(item)}" for key, item in value.items()]) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(compact, value)) + "]"
    return json.dumps(value)


def _quoted(key: Any) -> str:
    return encode_basestring(key) if isinstance(key, str) else compact(key)


def content(target: Mapping[str, Any], event: Mapping[str, Any], facts: Facts) -> str:
    """Returns the text for a target. Raises `NotDelivered` for a text that is not JSON (EVB-86)."""
    if target.get("Input"):
        return str(target["Input"])
    if target.get("InputTransformer"):
        return _checked(transformed(target["InputTransformer"], event, facts))
    if target.get("InputPath"):
        found = value_at(event, target["InputPath"])
        return compact({} if found is None else found)
    return compact(event)


class InvalidContent(NotDelivered):
    """A rendered text that is not JSON. The dead-letter queue receives this text."""

    def __init__(self, text: str) -> None:
        super().__init__("INVALID_JSON", "Invalid input for target.")
        self.text = text


def _checked(text: str) -> str:
    try:
        json.loads(text)
    except ValueError:
        raise InvalidContent(text) from None
    return text


def log_event(text: str, event: Mapping[str, Any], *, is_transformed: bool) -> tuple[int, str]:
    """Returns the timestamp in milliseconds and the message of a log event (EVB-72).

    A transformed text is a JSON object with `timestamp` and `message`. Raises `NotDelivered` for another text.
    """
    if not is_transformed:
        return _milliseconds(event["time"]), text
    try:
        members = json.loads(text)
        at, message = members["timestamp"], members["message"]
        return at if isinstance(at, int) else _milliseconds(at), message if isinstance(message, str) else compact(message)
    except (ValueError, KeyError, TypeError):
        raise NotDelivered("INVALID_PARAMETER", "The log event needs a timestamp and a message.") from None


def _milliseconds(time: Any) -> int:
    return int(datetime.fromisoformat(str(time).replace("Z", "+00:00")).timestamp() * 1000)


def transformed(transformer: Mapping[str, Any], event: Mapping[str, Any], facts: Facts) -> str:
    """Returns a template with the values of its placeholders (EVB-84, EVB-85, EVB-87)."""
    template = str(transformer["InputTemplate"])
    paths: Mapping[str, str] = transformer.get("InputPathsMap") or {}
    values = {name: value_at(event, path) for name, path in paths.items()}
    is_object = template.lstrip().startswith("{")

    def value_of(name: str) -> Any:
        if name in values:
            return values[name]
        return _reserved(name, event, facts) if name.startswith(_RESERVED) else MISSING

    return filled(template, value_of) if is_object else _of_text(template, value_of)


def filled(template: str, value_of: Callable[[str], Any], placeholder: re.Pattern[str] = _PLACEHOLDER) -> str:
    """Returns a JSON template with its values. They are JSON, or escaped text inside of quotes.

    The first group of `placeholder` is what `value_of` receives.
    """
    parts: list[str] = []
    position, in_text = 0, False
    for found in placeholder.finditer(template):
        before = template[position : found.start()]
        in_text ^= _quotes(before) % 2 == 1
        value = value_of(found[1])
        parts.append(before)
        position = found.end()
        if value is MISSING:
            parts.append(found[0])
        elif in_text:
            parts.append(_inside(value))
        else:
            parts.append('""' if value is None else compact(value))
    return "".join([*parts, template[position:]])


def _quotes(text: str) -> int:
    return len(re.findall(r'(?<!\\)"', text))


def _inside(value: Any) -> str:
    if value is None:
        return ""
    return compact(value)[1:-1] if isinstance(value, str) else compact(value)


def _of_text(template: str, value_of: Any) -> str:
    """Returns a text or list template. Values are not escaped, and have no quotes."""

    def replaced(found: re.Match[str]) -> str:
        value = value_of(found[1])
        return found[0] if value is MISSING else _bare(value)

    return _PLACEHOLDER.sub(replaced, template)


def _bare(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return "{" + ",".join(f"{name}:{_bare(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_bare(item) for item in value) + "]"
    return value if isinstance(value, str) else compact(value)


def _reserved(name: str, event: Mapping[str, Any], facts: Facts) -> Any:
    if name == "aws.events.rule-name":
        return facts.rule_name
    if name == "aws.events.rule-arn":
        return facts.rule_arn
    if name == "aws.events.event.ingestion-time":
        return f"{facts.ingested_at:%Y-%m-%dT%H:%M:%S}.{facts.ingested_at.microsecond // 1000:03d}Z"
    if name == WHOLE_EVENT:
        return dict(event)
    if name == "aws.events.event":
        return {
            "id": event["id"], "account": event["account"], "detailType": event["detail-type"],
            "time": _milliseconds(event["time"]), "source": event["source"], "region": event["region"],
            "resources": event["resources"], "version": "0",
        }  # fmt: skip
    return MISSING


_FORMS = ("Input", "InputPath", "InputTransformer")
_KEY = re.compile(r"[A-Za-z0-9_\-]{1,256}")


def refusal_of_input(target: Mapping[str, Any]) -> str | None:
    """Returns AWS's text if `PutTargets` refuses the input of a target, else None (EVB-80 to 88)."""
    name = target.get("Id")
    if sum(target.get(form) is not None for form in _FORMS) > 1:
        return f"Only one of Input, InputPath, or InputTransformer must be provided for target {name}."
    path = target.get("InputPath")
    if path is not None and not _is_path(path):
        return f"InputPath for target {name} is invalid."
    transformer = target.get("InputTransformer")
    if transformer is None:
        return None
    paths: Mapping[str, str] = transformer.get("InputPathsMap") or {}
    bad = next((key for key in paths if not _KEY.fullmatch(key)), None)
    if bad is not None:
        return (
            f"1 validation error detected: Value '{{{bad}={paths[bad]}}}' at "
            "'targets.1.member.inputTransformer.inputPathsMap' failed to satisfy constraint: Map keys must satisfy "
            "constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to "
            "1, Member must satisfy regular expression pattern: [A-Za-z0-9\\_\\-]+]"
        )
    if not all(_is_path(one) for one in paths.values()):
        return f"InputPath for target {name} is invalid."
    template = str(transformer.get("InputTemplate", ""))
    if not template.lstrip().startswith("{") and f"<{WHOLE_EVENT}>" in template:
        return f"InputTemplate for target {name} contains placeholder {WHOLE_EVENT} valid only for JSON template."
    if re.search(r"<[A-Za-z0-9_.\-]+>\"?\s*:", template) and template.lstrip().startswith("{"):
        return f"Invalid InputTemplate for target {name}."
    return None


def _is_path(path: str) -> bool:
    try:
        steps_of(path)
    except BadPath:
        return False
    return True


def partition_key(path: str | None, event: Mapping[str, Any], fallback: str) -> str:
    """Returns the partition key of a record for a stream: JSON text of a value of the original event (EVB-75)."""
    if path is None:
        return fallback
    found = value_at(event, path)
    return compact({} if found is None else found)
