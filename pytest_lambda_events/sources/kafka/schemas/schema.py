"""A schema of a registry, and the errors of encoding and decoding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ....values import dataclass

AVRO, PROTOBUF, JSON = "AVRO", "PROTOBUF", "JSON"
DATA_FORMATS = (AVRO, PROTOBUF, JSON)
"""The data formats of Glue. Confluent's registry has the same."""


class SchemaInvalid(Exception):
    """A definition that is not valid for its data format."""


class DataInvalid(Exception):
    """Data that a schema does not describe, or that no schema of the registry describes."""


@dataclass(frozen=True, slots=True)
class Schema:
    """One version of a schema.

    Args:
        name: The name of the schema in Glue, the subject in a registry of Confluent.
        schema_id: The UUID of the version in Glue, the number of the schema in a registry of Confluent.
        definition: JSON text for Avro and JSON Schema. For Protobuf the text of a `.proto` file, or a serialized
            `FileDescriptorProto` in base64, as Confluent's registry also accepts.
    """

    name: str
    schema_id: str
    data_format: str
    definition: str


class SchemaRegistry(Protocol):
    """A schema registry as event source mappings use it."""

    @property
    def is_glue(self) -> bool:
        """Whether it is a registry of AWS Glue. Otherwise it is one of Confluent."""

    def schema(self, schema_id: str) -> Schema | None:
        """Returns a schema. None if the registry does not have it."""

    def schemas(self) -> Sequence[Schema]:
        """Returns all versions of all schemas, in order of registration."""
