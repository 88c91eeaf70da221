"""The events of a pipe: records of its source, what paths and templates read of them, and the texts for a target."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ...values import dataclass
from ..filtering.exact_json import value_with_spelling
from ..push.rule_inputs import MISSING, BadPath, compact, filled, value_at
from .pipe import Pipe

_PLACEHOLDER = re.compile(r"<(\$[^<>]*|aws\.pipes\.[a-z.-]+)>")
_ENCODED = ("body", "data")
"""The members of records whose content is decoded for paths (PIP-06)."""


@dataclass(frozen=True, slots=True)
class Item:
    """One event of a pipe: its JSON text, and its decoded value, which keeps the spelling of numbers."""

    text: str
    value: Any

    @property
    def decoded(self) -> Any:
        """Returns the value as paths read it: a `body` or `data` that holds JSON is decoded."""
        if not isinstance(self.value, Mapping):
            return self.value
        found = {name: content for name in _ENCODED if (content := _content(name, self.value.get(name))) is not None}
        return {**self.value, **found}


def _content(name: str, text: object) -> Any:
    """Returns the JSON object or list in a member, else None. The data of Kinesis is in base64."""
    if not isinstance(text, str):
        return None
    try:
        decoded = base64.b64decode(text, validate=True).decode() if name == "data" else text
        return value_with_spelling(decoded) if decoded.lstrip()[:1] in ("{", "[") else None
    except ValueError:
        return None


def item_of(text: str) -> Item:
    """Returns the item of a JSON text. Raises `ValueError` if it is not JSON."""
    return Item(text, value_with_spelling(text))


def records_of(encoded: Iterable[bytes], source_service: str) -> list[Item]:
    """Returns the records of an event source mapping as a pipe has them (PIP-04)."""
    items = [item_of(record.decode()) for record in encoded]
    return [_flat(item.value) for item in items] if source_service == "kinesis" else items


def _flat(record: Mapping[str, Any]) -> Item:
    """Returns a record of Kinesis, whose members are not in an object `kinesis`."""
    others = {name: member for name, member in record.items() if name != "kinesis"}
    value = {**record["kinesis"], **others}
    return Item(compact(value), value)


def rendered(template: str | None, items: Iterable[Item], pipe: Pipe, received_at: datetime) -> list[str]:
    """Returns the text of each item for an enrichment or a target: the item itself, or the filled template (PIP-06)."""
    if template is None:
        return [item.text for item in items]
    return [filled(template, _Values(item, pipe, received_at).of, _PLACEHOLDER) for item in items]


class _Values:
    """The values of the placeholders of a template."""

    def __init__(self, item: Item, pipe: Pipe, received_at: datetime) -> None:
        self._item = item
        self._decoded = item.decoded
        self._reserved = {
            "aws.pipes.pipe-arn": pipe.arn,
            "aws.pipes.pipe-name": pipe.name,
            "aws.pipes.source-arn": pipe.source_arn,
            "aws.pipes.enrichment-arn": pipe.enrichment_arn or "",
            "aws.pipes.target-arn": pipe.target_arn,
            "aws.pipes.event.ingestion-time": f"{received_at:%Y-%m-%dT%H:%M:%S}.{received_at.microsecond // 1000:03d}Z",
            "aws.pipes.event": item.value,
            "aws.pipes.event.json": self._decoded,
        }

    def of(self, name: str) -> Any:
        """Returns the value of a placeholder. A path without a value is empty text."""
        if not name.startswith("$"):
            return self._reserved.get(name, MISSING)
        try:
            return value_at(self._decoded, name)
        except BadPath:
            return MISSING


def parameter(given: str, item: Item) -> str:
    """Returns the value of a target's parameter: the text itself, or what its path selects in an event."""
    if not given.startswith("$"):
        return given
    try:
        found = value_at(item.decoded, given)
    except BadPath:
        return given
    return "" if found is None else found if isinstance(found, str) else compact(found)
