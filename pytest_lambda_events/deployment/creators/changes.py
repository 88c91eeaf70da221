"""What changes of resources have in common: differences of properties, tags, and items of lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..created import Created, Made
from ..making import Making

Properties = Mapping[str, Any]


def differs(making: Making, before: Created, *names: str) -> bool:
    """Returns whether one of the properties has another value than before."""
    return any(making.get(name) != before.properties.get(name) for name in names)


def new_values(making: Making, before: Created, defaults: Properties) -> dict[str, Any]:
    """Returns the properties that differ. Those that the template no longer has get their default."""
    return {name: making.get(name, default) for name, default in defaults.items() if differs(making, before, name)}


def changed_by(service: str, operation: str, name: str, *apart: str) -> Callable[[Making, Created], Made]:
    """Returns the change of a type by one operation that takes the properties of the one that creates it.

    Args:
        service: The service in botocore.
        operation: The operation.
        name: The property with the physical name.
        apart: Properties that the operation does not take.
    """

    def change(making: Making, before: Created) -> Made:
        making.apply(service, operation, {**making.others("Tags", *apart), name: before.made.name})
        return before.made

    return change


def change_tags(making: Making, before: Created, service: str, key: Properties, *, tag: str = "", untag: str = "") -> None:
    """Sets the tags of a resource to those of the template.

    Args:
        making: The resource.
        before: What it was.
        service: The service in botocore.
        key: The parameters that name the resource.
        tag: The operation that adds tags, if it is not `TagResource`.
        untag: The operation that removes tags, if it is not `UntagResource`.
    """
    old, new = (_tags(properties) for properties in (before.properties, making.properties))
    # Parameters of some services begin with a small letter.
    names = ("tags", "tagKeys") if next(iter(key))[0].islower() else ("Tags", "TagKeys")
    # Not every service of moto replaces the value of a tag.
    gone = [name for name in old if name not in new or new[name] != old[name]]
    if gone:
        making.call(service, untag or "UntagResource", {**key, names[1]: gone})
    added = [{"Key": name, "Value": value} for name, value in new.items() if name not in old or name in gone]
    if added:
        making.call(service, tag or "TagResource", {**key, names[0]: added})


def _tags(properties: Properties) -> dict[str, Any]:
    written = properties.get("Tags") or {}
    return dict(written) if isinstance(written, Mapping) else {one["Key"]: one["Value"] for one in written}


def gone_and_new(old: Iterable[Any] | None, new: Iterable[Any] | None) -> tuple[list[Any], list[Any]]:
    """Returns the items of a list that the template no longer has, and those that it did not have."""
    before, after = list(old or ()), list(new or ())
    return [one for one in before if one not in after], [one for one in after if one not in before]
