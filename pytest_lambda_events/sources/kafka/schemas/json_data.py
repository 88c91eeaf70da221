"""Data of JSON Schema, which the package jsonschema validates."""

from __future__ import annotations

import json
from typing import Any

from .libraries import loaded
from .schema import DataInvalid, SchemaInvalid


class JsonData:
    """Encodes and decodes data of one schema."""

    def __init__(self, definition: str) -> None:
        jsonschema = loaded("Data of JSON Schema", "jsonschema")
        try:
            schema = json.loads(definition)
            validator = jsonschema.validators.validator_for(schema)
            validator.check_schema(schema)
        except ValueError as error:
            raise SchemaInvalid(f"it is not JSON: {error}") from None
        except jsonschema.SchemaError as error:
            raise SchemaInvalid(error.message) from None
        self._validator: Any = validator(schema)

    def decoded(self, data: bytes) -> object:
        """Returns the decoded data."""
        try:
            value = json.loads(data)
        except ValueError as error:
            raise DataInvalid(f"it is not JSON: {error}") from None
        self._check(value)
        return value

    def encoded(self, value: Any) -> bytes:
        """Returns a value as JSON text."""
        self._check(value)
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()

    def _check(self, value: object) -> None:
        for error in self._validator.iter_errors(value):
            raise DataInvalid(f"it is not of the schema: {error.message}")
