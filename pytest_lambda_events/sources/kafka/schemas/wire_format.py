"""The prefix of data that a serializer with a schema registry writes.

Confluent: the byte 0 and the number of the schema in four bytes. AWS Glue: the byte 3, a byte for the compression (0 for
none, 5 for zlib), and the UUID of the version of the schema in 16 bytes.

Data of Protobuf begins with the place of its message in the definition. That is no part of the prefix: a mapping with the
format SOURCE does not remove it, and Powertools expects it.
"""

from __future__ import annotations

import zlib
from uuid import UUID

from .schema import DataInvalid

_CONFLUENT, _CONFLUENT_BYTES = 0, 5
_GLUE, _GLUE_BYTES = 3, 18
_UNCOMPRESSED, _ZLIB = 0, 5


def divided(data: bytes, *, is_glue: bool) -> tuple[str, bytes]:
    """Returns the id of the schema, and the data after the prefix. Raises `DataInvalid` for data without a prefix."""
    return _divided_of_glue(data) if is_glue else _divided_of_confluent(data)


def prefixed(schema_id: str, data: bytes, *, is_glue: bool) -> bytes:
    """Returns data with the prefix of its schema, without compression."""
    if is_glue:
        return bytes((_GLUE, _UNCOMPRESSED)) + UUID(schema_id).bytes + data
    return bytes((_CONFLUENT,)) + int(schema_id).to_bytes(4, "big") + data


def _divided_of_confluent(data: bytes) -> tuple[str, bytes]:
    if len(data) < _CONFLUENT_BYTES or data[0] != _CONFLUENT:
        raise DataInvalid("it does not begin with the byte 0 and the number of a schema")
    return str(int.from_bytes(data[1:_CONFLUENT_BYTES], "big")), data[_CONFLUENT_BYTES:]


def _divided_of_glue(data: bytes) -> tuple[str, bytes]:
    if len(data) < _GLUE_BYTES or data[0] != _GLUE or data[1] not in (_UNCOMPRESSED, _ZLIB):
        raise DataInvalid("it does not begin with the byte 3, a byte for the compression, and the UUID of a schema version")
    content = data[_GLUE_BYTES:]
    if data[1] == _ZLIB:
        try:
            content = zlib.decompress(content)
        except zlib.error as error:
            raise DataInvalid(f"its compression is invalid: {error}") from None
    return str(UUID(bytes=data[2:_GLUE_BYTES])), content
