"""Checks the members of a pipe by the model of the API in botocore: lengths, ranges, patterns and choices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from botocore.loaders import create_loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

Members = Mapping[str, Any]


@lru_cache(maxsize=1)
def _create_pipe() -> Shape:
    """Returns the model of the members of `CreatePipe`."""
    model = ServiceModel(create_loader().load_service_model("pipes", "service-2"), "pipes")
    return model.shape_for("CreatePipeRequest")


def refusal_of_members(members: Members) -> str | None:
    """Returns AWS's text if members of a pipe are outside of their limits, else None."""
    found = list(_violations(_create_pipe(), members, ""))
    if not found:
        return None
    return f"{len(found)} validation error{'' if len(found) == 1 else 's'} detected: {'; '.join(found)}"


def _violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if value is None:
        return
    yield from (_text(shape, value, path, constraint) for constraint in _broken(shape, value))
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        for name, member in value.items():
            if name in shape.members:
                own = name[0].lower() + name[1:]
                yield from _violations(shape.members[name], member, f"{path}.{own}" if path else own)
    elif isinstance(shape, ListShape) and isinstance(value, (list, tuple)):
        for number, member in enumerate(value, 1):
            yield from _violations(shape.member, member, f"{path}.{number}.member")


def _broken(shape: Shape, value: Any) -> Iterator[str]:
    """Yields the constraints that a value does not satisfy."""
    limits = shape.metadata
    is_sized = isinstance(value, (str, list, tuple)) or (isinstance(shape, MapShape) and isinstance(value, Mapping))
    size, kind = (len(value), "length") if is_sized else (value, "value")
    if isinstance(size, (int, float)) and not isinstance(size, bool):
        if "min" in limits and size < limits["min"]:
            yield f"Member must have {kind} greater than or equal to {limits['min']}"
        if "max" in limits and size > limits["max"]:
            yield f"Member must have {kind} less than or equal to {limits['max']}"
    if isinstance(value, str):
        if "pattern" in limits and not re.fullmatch(limits["pattern"], value):
            yield f"Member must satisfy regular expression pattern: {limits['pattern']}"
        if limits.get("enum") and value not in limits["enum"]:
            yield f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]"


def _text(shape: Shape, value: Any, path: str, constraint: str) -> str:
    shown = "" if shape.metadata.get("sensitive") else f" '{value}'"
    return f"Value{shown} at '{path}' failed to satisfy constraint: {constraint}"
