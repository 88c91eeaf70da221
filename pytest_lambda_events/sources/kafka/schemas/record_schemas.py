"""What a mapping with a schema registry delivers of a record (KAF-66).

AWS's API model describes the two formats. It does not state what happens to a record that is not of its schema: the condition,
and that a mapping without a destination drops the record, are choices.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from ....values import dataclass
from ...mapping import SchemaSettings
from ..topics import KafkaRecord, member
from .schema import JSON, DataInvalid, Schema, SchemaInvalid, SchemaRegistry
from .wire_format import divided

if TYPE_CHECKING:
    from .codecs import Codec

KEY, VALUE = "KEY", "VALUE"


class Delivered(NamedTuple):
    """A key or a value as the mapping delivers it.

    Args:
        data: What the event has in base64.
        decoded: The JSON text that filters match.
        metadata: The data format and the schema, as the event has them.
    """

    data: bytes
    decoded: bytes
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """The parts of a record with a schema. A part that the mapping does not validate, or that is missing, is not here.

    Args:
        problem: Why the record is not of its schema. Then it is delivered to no function.
    """

    record: KafkaRecord
    parts: Mapping[str, Delivered]
    problem: str | None = None

    def json(self) -> str:
        """Returns the record as the event has it. A record with a problem is unchanged."""
        return self.record.json_with(
            self._member("key", KEY, self.record.key), self._member("value", VALUE, self.record.value)
        )

    def filtered(self) -> Mapping[str, str]:
        """Returns the decoded parts as members of a record that filters match."""
        members = {KEY: "key", VALUE: "value"}
        return {members[name]: base64.b64encode(part.decoded).decode() for name, part in self.parts.items()}

    def _member(self, name: str, attribute: str, content: bytes | None) -> str:
        part = self.parts.get(attribute)
        if part is None:
            return member(name, content)
        return f'{member(name, part.data)}"{name}SchemaMetadata":{json.dumps(part.metadata, separators=(",", ":"))},'


class RecordSchemas:
    """Reads records with the schema registry of one mapping."""

    def __init__(self, settings: SchemaSettings, find: Callable[[str], SchemaRegistry | None]) -> None:
        self.settings = settings
        self._find = find
        self._codecs: dict[str, tuple[Schema, Codec]] = {}

    def read(self, record: KafkaRecord) -> ReadRecord:
        """Returns what the mapping delivers of a record. A missing key and a tombstone have no schema."""
        parts: dict[str, Delivered] = {}
        for attribute, data in ((KEY, record.key), (VALUE, record.value)):
            if data is None or attribute not in self.settings.attributes:
                continue
            try:
                parts[attribute] = self._delivered(data)
            except DataInvalid as error:
                return ReadRecord(record, {}, f"the {attribute.lower()} is invalid: {error}")
        return ReadRecord(record, parts)

    def _delivered(self, data: bytes) -> Delivered:
        registry = self._find(self.settings.uri)
        if registry is None:
            raise DataInvalid(f"the schema registry {self.settings.uri} does not exist any more")
        schema_id, content = divided(data, is_glue=registry.is_glue)
        schema, found = self._codec(registry, schema_id)
        decoded = json.dumps(found.decoded(content), separators=(",", ":"), ensure_ascii=False).encode()
        is_json = self.settings.event_record_format == JSON
        metadata = {"dataFormat": JSON if is_json else schema.data_format, "schemaId": schema.schema_id}
        return Delivered(decoded if is_json else content, decoded, metadata)

    def _codec(self, registry: SchemaRegistry, schema_id: str) -> tuple[Schema, Codec]:
        schema = registry.schema(schema_id)
        if schema is None:
            raise DataInvalid(f"the registry has no schema {schema_id}")
        known = self._codecs.get(schema_id)
        if known is None or known[0] != schema:
            from .codecs import codec

            try:
                known = self._codecs[schema_id] = (schema, codec(schema, is_glue=registry.is_glue))
            except SchemaInvalid as error:
                raise DataInvalid(f"the schema {schema_id} is invalid: {error}") from None
        return known
