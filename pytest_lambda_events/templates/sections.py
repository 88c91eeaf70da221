"""The sections of a template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .errors import TemplateError

SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")
"""The sections that have no null values."""


def transforms(body: Mapping[str, Any]) -> list[str]:
    """Returns the names of the transforms of a template, in order."""
    written = body.get("Transform") or []
    items = written if isinstance(written, list) else [written]
    return [str(item["Name"]) if isinstance(item, Mapping) and "Name" in item else str(item) for item in items]


def section(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Returns a section, or an empty map. Raises `TemplateError` if it is not a map."""
    found = body.get(name)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise TemplateError(f"Template format error: {name} is a {type(found).__name__}. It must be a map.")
    return found


def check_nulls(body: Mapping[str, Any]) -> None:
    """Raises `TemplateError` if a value is null (TPL-85). Metadata may have them."""
    for name in SECTIONS:
        for where in _nulls(body.get(name), f"/{name}"):
            raise TemplateError(f"[{where}] 'null' values are not allowed in templates")


def _nulls(value: Any, where: str) -> Iterator[str]:
    """Yields the places of null in a value, but not of the value itself."""
    entries: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Mapping):
        entries = value.items()
    elif isinstance(value, list):
        entries = enumerate(value)
    for key, one in entries:
        if one is None:
            yield f"{where}/{key}"
        elif key != "Metadata":
            yield from _nulls(one, f"{where}/{key}")


def without_metadata(body: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a template without what an update does not change by itself: metadata."""
    kept = {name: one for name, one in body.items() if name != "Metadata"}
    resources = section(body, "Resources")
    return {**kept, "Resources": {name: _without_metadata(one) for name, one in resources.items()}}


def _without_metadata(resource: Any) -> Any:
    return {name: one for name, one in resource.items() if name != "Metadata"} if isinstance(resource, Mapping) else resource
