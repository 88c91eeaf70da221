"""Protobuf. Data begins with the place of its message in the definition.

Confluent: a list of numbers, the places in the file and then in each enclosing message, as zigzag varints; the byte 0 for the
first message. AWS Glue: one varint, the place among all messages of the file in alphabetical order of their full names.
"""

from __future__ import annotations

import base64
import binascii
import importlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ....errors import NotSimulatedError
from .libraries import loaded
from .schema import DataInvalid, SchemaInvalid

_FILE = "schema.proto"
_VARINT_BYTES = 10
"""The most bytes of a number."""


class ProtobufData:
    """Encodes and decodes data of one schema."""

    def __init__(self, definition: str, *, is_glue: bool) -> None:
        loaded("Data of Protobuf", "google.protobuf")
        self._is_glue = is_glue
        self._file = _file_of(definition)

    def decoded(self, data: bytes) -> object:
        """Returns the decoded data as a value for JSON. Fields keep the names of the definition."""
        from google.protobuf import json_format, message, message_factory

        descriptor, content = self._message_of(data)
        found = message_factory.GetMessageClass(descriptor)()
        try:
            found.ParseFromString(content)
        except message.DecodeError as error:
            raise DataInvalid(f"it is not of the schema: {error}") from None
        return json_format.MessageToDict(found, preserving_proto_field_name=True)

    def encoded(self, value: Any) -> bytes:
        """Returns a message, or a mapping for the first message of the definition, as data."""
        from google.protobuf import json_format, message, message_factory

        if isinstance(value, message.Message):
            descriptor = next((one for _, one in self._places() if one.full_name == value.DESCRIPTOR.full_name), None)
            if descriptor is None:
                raise DataInvalid(f"the schema has no message {value.DESCRIPTOR.full_name}")
            found = value
        else:
            _, descriptor = next(self._places())
            try:
                found = json_format.ParseDict(value, message_factory.GetMessageClass(descriptor)())
            except (json_format.ParseError, AttributeError, TypeError) as error:
                raise DataInvalid(f"it is not of the schema: {error}") from None
        return self._place_of(descriptor) + bytes(found.SerializeToString())

    def _places(self) -> Iterator[tuple[tuple[int, ...], Any]]:
        """Yields all messages with their places in the definition."""

        def within(messages: Any, place: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Any]]:
            for number, one in enumerate(messages):
                yield (*place, number), one
                yield from within(one.nested_types, (*place, number))

        return within(self._file.message_types_by_name.values(), ())

    def _ordered(self) -> list[Any]:
        return sorted((one for _, one in self._places()), key=lambda one: one.full_name)

    def _place_of(self, descriptor: Any) -> bytes:
        if self._is_glue:
            return _varint(self._ordered().index(descriptor))
        place = next(place for place, one in self._places() if one is descriptor)
        return b"\0" if place == (0,) else b"".join(_varint(number << 1) for number in (len(place), *place))

    def _message_of(self, data: bytes) -> tuple[Any, bytes]:
        """Returns the descriptor that the data names, and the data of the message."""
        first, data = _read_varint(data)
        if self._is_glue:
            ordered = self._ordered()
            if first >= len(ordered):
                raise DataInvalid(f"the schema has no message {first}")
            return ordered[first], data
        place = [0]
        if first:
            place = []
            for _ in range(first >> 1):
                number, data = _read_varint(data)
                place.append(number >> 1)
        found = next((one for where, one in self._places() if where == tuple(place)), None)
        if found is None:
            raise DataInvalid(f"the schema has no message {place}")
        return found, data


def serialized(descriptor: Any) -> str:
    """Returns the definition of a file of Protobuf from its descriptor, in base64."""
    from google.protobuf import descriptor_pb2

    found = descriptor_pb2.FileDescriptorProto()
    descriptor.CopyToProto(found)
    return base64.b64encode(found.SerializeToString()).decode()


def _file_of(definition: str) -> Any:
    """Returns the descriptor of the file of a definition."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message

    try:
        found = descriptor_pb2.FileDescriptorProto.FromString(base64.b64decode(definition, validate=True))
    except (binascii.Error, ValueError, message.DecodeError):
        found = descriptor_pb2.FileDescriptorProto.FromString(_compiled(definition))
    pool = descriptor_pool.DescriptorPool()
    try:
        for name in found.dependency:
            _add_imported(pool, name)
        pool.Add(found)
        file = pool.FindFileByName(found.name)
    except (KeyError, TypeError) as error:
        raise SchemaInvalid(str(error)) from None
    if not file.message_types_by_name:
        raise SchemaInvalid("it has no message")
    return file


def _add_imported(pool: Any, name: str) -> None:
    """Adds a file of Protobuf's own types, with what it imports. Other files are not available."""
    from google.protobuf import descriptor_pb2

    if not name.startswith("google/protobuf/"):
        raise SchemaInvalid(f"it imports {name}. Only files of google/protobuf can be imported")
    module = importlib.import_module(name.removesuffix(".proto").replace("/", ".") + "_pb2")
    found = descriptor_pb2.FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb)
    for other in found.dependency:
        _add_imported(pool, other)
    pool.Add(found)


@lru_cache(maxsize=64)
def _compiled(definition: str) -> bytes:
    """Returns the serialized descriptor of the text of a `.proto` file. The compiler runs in a process of its own."""
    from google.protobuf import descriptor_pb2

    if find_spec("grpc_tools") is None:
        raise NotSimulatedError(
            "The text of a .proto file needs the package grpcio-tools, which is not installed. Install it for the tests. "
            "A registry of Confluent also accepts the class of a message."
        )
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, _FILE), Path(folder, "descriptors")
        source.write_text(definition)
        command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{folder}", f"--descriptor_set_out={target}", str(source)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode:
            lines = [line.removeprefix(f"{source}:") for line in ended.stderr.splitlines() if line.startswith(str(source))]
            raise SchemaInvalid("; ".join(lines).rstrip("."))
        [found] = descriptor_pb2.FileDescriptorSet.FromString(target.read_bytes()).file
    return bytes(found.SerializeToString())


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _read_varint(data: bytes) -> tuple[int, bytes]:
    """Returns a number at the start of data, and the data after it."""
    number = 0
    for index, byte in enumerate(data[:_VARINT_BYTES]):
        number |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            return number, data[index + 1 :]
    raise DataInvalid("it does not begin with the place of its message in the schema")
