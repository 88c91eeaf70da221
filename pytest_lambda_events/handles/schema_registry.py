"""The handles of a schema registry of Kafka and of its schemas."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..arguments import Kind, check_all, is_text, shown, text_kind
from ..errors import LambdaEventsError, hides_frames
from ..sources.kafka.schemas.codecs import codec
from ..sources.kafka.schemas.registries import is_glue
from ..sources.kafka.schemas.schema import AVRO, DATA_FORMATS, PROTOBUF, DataInvalid, Schema, SchemaInvalid
from ..sources.kafka.schemas.wire_format import prefixed
from .misuse import reports_misuse

__tracebackhide__ = hides_frames


class SchemaRegistries(Protocol):
    """What a handle needs of the simulated schema registries."""

    def names(self) -> list[str]:
        """Returns the names of the registries of Glue, and the URLs of those of Confluent."""

    def create(self, name: str) -> None:
        """Creates a registry."""

    def delete(self, name: str) -> None:
        """Deletes a registry with its schemas."""

    def uri(self, name: str) -> str:
        """Returns the `SchemaRegistryURI` of a registry."""

    def schemas(self, name: str) -> Sequence[Schema]:
        """Returns all versions of all schemas of a registry."""

    def register(self, name: str, schema_name: str, data_format: str, definition: str) -> Schema:
        """Registers a version of a schema."""


@reports_misuse
class RegisteredSchema:
    """One version of a schema in a registry."""

    def __init__(self, schema: Schema, *, is_of_glue: bool) -> None:
        self._schema = schema
        self._is_of_glue = is_of_glue
        self.name = schema.name
        """The name of the schema in Glue, or the subject in a registry of Confluent."""
        self.schema_id = schema.schema_id
        """The UUID of the version in Glue, or the number of the schema in a registry of Confluent, as text."""
        self.data_format = schema.data_format
        """`AVRO`, `JSON` or `PROTOBUF`."""
        self.definition = schema.definition
        """The definition as text."""

    def encode(self, value: object) -> bytes:
        """Returns a value as a serializer with this registry encodes it: with the id of the schema before the data.

        Args:
            value: A value of the schema. For Protobuf a message, or a mapping for the first message of the definition.

        Raises:
            LambdaEventsError: The value is not of the schema.
        """
        try:
            data = codec(self._schema, is_glue=self._is_of_glue).encoded(value)
        except DataInvalid as error:
            raise LambdaEventsError(f"{shown(value)} does not fit schema {self.name!r}: {error}.") from None
        return prefixed(self.schema_id, data, is_glue=self._is_of_glue)

    def __repr__(self) -> str:
        return f"<RegisteredSchema {self.name} {self.schema_id}>"


@reports_misuse
class SchemaRegistry:
    """A schema registry of Kafka, of AWS Glue or of Confluent."""

    def __init__(self, registries: SchemaRegistries, name: str) -> None:
        self._registries = registries
        self.name = name
        """The name of a registry of Glue, or the URL of a registry of Confluent."""
        self.uri = registries.uri(name)
        """The `SchemaRegistryURI` of event source mappings: the ARN of a registry of Glue, or the URL."""

    @property
    def schemas(self) -> list[RegisteredSchema]:
        """All versions of all schemas, in order of registration."""
        return [self._handle(schema) for schema in self._registries.schemas(self.name)]

    def register(self, name: str, definition: object, data_format: str | None = None) -> RegisteredSchema:
        """Registers a schema. The same definition again is the same version, another one is a new version.

        Args:
            name: The name of the schema in Glue, or the subject in a registry of Confluent.
            definition: Text, or a value for JSON. For Protobuf it is the text of a `.proto` file, or in a registry of
                Confluent also a class of a message.
            data_format: `"AVRO"`, `"JSON"` or `"PROTOBUF"`. The default is `"PROTOBUF"` for the class of a message, otherwise
                `"AVRO"`.

        Raises:
            LambdaEventsError: The definition is invalid. Nothing is registered.
            NotSimulatedError: A library that the data format needs is not installed. Nothing is registered.
        """
        descriptor = getattr(definition, "DESCRIPTOR", None)
        if data_format is None:
            data_format = AVRO if descriptor is None else PROTOBUF
        check_all(_REGISTER_KINDS, {"name": name, "data_format": data_format})
        text = self._text_of(definition, descriptor)
        try:
            codec(Schema(name, "", data_format, text), is_glue=is_glue(self.uri))
        except SchemaInvalid as error:
            raise LambdaEventsError(f"The definition of schema {name!r} is not valid for {data_format}: {error}.") from None
        return self._handle(self._registries.register(self.name, name, data_format, text))

    def delete(self) -> None:
        """Deletes the registry with its schemas."""
        self._registries.delete(self.name)

    def _text_of(self, definition: object, descriptor: Any) -> str:
        if descriptor is None:
            return str(definition) if is_text(definition) else json.dumps(definition)
        if is_glue(self.uri):
            raise LambdaEventsError(
                f"A registry of Glue keeps definitions of Protobuf as text. Pass the text of the .proto file instead of "
                f"{shown(definition)}."
            )
        from ..sources.kafka.schemas.protobuf_data import serialized

        return serialized(descriptor.file)

    def _handle(self, schema: Schema) -> RegisteredSchema:
        return RegisteredSchema(schema, is_of_glue=is_glue(self.uri))

    def __repr__(self) -> str:
        return f"<SchemaRegistry {self.name}>"


_REGISTER_KINDS: Mapping[str, Kind] = {
    "name": text_kind("orders-value"),
    "data_format": Kind("a data format", lambda value: value in DATA_FORMATS, repr(AVRO), " or ".join(DATA_FORMATS)),
}
