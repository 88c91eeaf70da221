"""Avro, with fastavro or with Apache's avro.

Values of logical types stay what they are encoded as: numbers and bytes. AWS does not document how they become JSON.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

from .libraries import loaded
from .schema import DataInvalid, SchemaInvalid


class AvroData:
    """Encodes and decodes data of one schema."""

    def __init__(self, definition: str) -> None:
        try:
            schema = _without_logical_types(json.loads(definition))
        except ValueError as error:
            raise SchemaInvalid(f"it is not JSON: {error}") from None
        library = loaded("Data of Avro", "fastavro", "avro.io")
        functions = _of_fastavro if library.__name__ == "fastavro" else _of_avro
        self._read, self._write = functions(schema)

    def decoded(self, data: bytes) -> object:
        """Returns the decoded data as a value for JSON. Bytes are text with one character for each byte."""
        stream = io.BytesIO(data)
        try:
            value = self._read(stream)
        # The libraries raise many classes of errors for invalid data.
        except Exception as error:
            raise DataInvalid(f"it is not of the schema: {type(error).__name__}: {error}") from None
        if stream.read(1):
            raise DataInvalid("it is longer than the data of the schema")
        return _for_json(value)

    def encoded(self, value: Any) -> bytes:
        """Returns a value as data of the schema."""
        stream = io.BytesIO()
        try:
            self._write(stream, value)
        except Exception as error:
            raise DataInvalid(f"it is not of the schema: {type(error).__name__}: {error}") from None
        return stream.getvalue()


_Functions = tuple[Callable[[io.BytesIO], object], Callable[[io.BytesIO, Any], None]]


def _of_fastavro(definition: Any) -> _Functions:
    import fastavro

    try:
        schema = fastavro.parse_schema(definition)
    except Exception as error:
        raise SchemaInvalid(f"{type(error).__name__}: {error}") from None
    return (
        lambda stream: fastavro.schemaless_reader(stream, schema, None),
        lambda stream, value: fastavro.schemaless_writer(stream, schema, value),
    )


def _of_avro(definition: Any) -> _Functions:
    import avro.io
    import avro.schema

    try:
        schema = avro.schema.parse(json.dumps(definition))
    except Exception as error:
        raise SchemaInvalid(f"{type(error).__name__}: {error}") from None
    return (
        lambda stream: avro.io.DatumReader(schema).read(avro.io.BinaryDecoder(stream)),
        lambda stream, value: avro.io.DatumWriter(schema).write(value, avro.io.BinaryEncoder(stream)),
    )


def _without_logical_types(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {name: _without_logical_types(value) for name, value in schema.items() if name != "logicalType"}
    return [_without_logical_types(one) for one in schema] if isinstance(schema, list) else schema


def _for_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, dict):
        return {name: _for_json(one) for name, one in value.items()}
    return [_for_json(one) for one in value] if isinstance(value, list) else value
