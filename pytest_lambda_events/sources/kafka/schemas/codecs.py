"""Encodes and decodes data by its schema."""

from __future__ import annotations

from typing import Any, Protocol

from .avro_data import AvroData
from .json_data import JsonData
from .protobuf_data import ProtobufData
from .schema import AVRO, JSON, Schema


class Codec(Protocol):
    """Encodes and decodes data of one schema, without the prefix."""

    def decoded(self, data: bytes) -> object:
        """Returns the decoded data as a value for JSON. Raises `DataInvalid` if the data is not of the schema."""

    def encoded(self, value: Any) -> bytes:
        """Returns a value as data of the schema. Raises `DataInvalid` if the value is not of the schema."""


def codec(schema: Schema, *, is_glue: bool) -> Codec:
    """Returns the codec of a schema.

    Raises:
        SchemaInvalid: The definition is not valid.
        NotSimulatedError: A library that the data format needs is not installed.
    """
    if schema.data_format == AVRO:
        return AvroData(schema.definition)
    return JsonData(schema.definition) if schema.data_format == JSON else ProtobufData(schema.definition, is_glue=is_glue)
