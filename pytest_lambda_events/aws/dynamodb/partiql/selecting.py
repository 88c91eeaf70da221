"""The items of a PartiQL SELECT, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.dynamodb.exceptions import MockValidationException

from ....values import dataclass
from ..images import Image, image_of, key_text, plain, size_of
from .conditions import attributes_of, is_of_key, is_true, key_values, operands_of, ordered
from .statements import All, Select, Value
from .tokens import Unsupported

PAGE_BYTES = 1_048_576
"""The maximum size of the items that one response examines."""
ORDER_WITHOUT_WHERE = "Must have WHERE clause in the statement when using ORDER BY clause."


@dataclass(frozen=True, slots=True)
class Page:
    """The `items` that were found. If there are more, also the keys of all items `seen` so far."""

    items: Sequence[Image]
    seen: frozenset[str] | None
    last_key: Image | None


def keys_of(table: Any, image: Image) -> Image:
    """Returns the primary key in an image."""
    return {name: image[name] for name in table.table_key_attrs if name in image}


def page_of(
    table: Any, select: Select, *, limit: int | None = None, seen: frozenset[str] = frozenset(), is_consistent: bool = False
) -> Page:
    """Returns the next items that a statement selects, after those that were seen. `limit` is the number of items to
    examine.
    """
    index = _index(table, select, is_consistent=is_consistent)
    schema = table.schema if index is None else index.schema
    names = [key["AttributeName"] for key in sorted(schema, key=lambda key: key["KeyType"])]
    of_key = All(tuple(part for part in select.where.conditions if is_of_key(part, names)))
    is_query = bool(key_values(select.where, names[0]))
    if is_query:
        _check_types(table, of_key)
    candidates: Sequence[Image] = _in_order(table, select, index, names, is_query)
    if is_query:
        candidates = [image for image in candidates if is_true(of_key, image)]
    return _page(table, select, [image for image in candidates if key_text(keys_of(table, image)) not in seen], limit, seen)


def _page(table: Any, select: Select, candidates: Sequence[Image], limit: int | None, seen: frozenset[str]) -> Page:
    looked_at: list[Image] = []
    length = 0
    for image in candidates:
        if len(looked_at) == limit or (looked_at and length + size_of(image) > PAGE_BYTES):
            break
        looked_at.append(image)
        length += size_of(image)
    found = [_shown(select, image) for image in looked_at if is_true(select.where, image)]
    if len(looked_at) == len(candidates):
        return Page(found, None, None)
    keys = [keys_of(table, image) for image in looked_at]
    return Page(found, seen | {key_text(key) for key in keys}, keys[-1])


def _index(table: Any, select: Select, *, is_consistent: bool) -> Any:
    if select.index is None:
        return None
    found = [index for index in table.all_indexes() if index.name == select.index]
    if not found:
        raise MockValidationException("The table does not have the specified index")
    index = found[0]
    if is_consistent and index in table.global_indexes:
        raise MockValidationException("Consistent reads are not supported on global secondary indexes")
    if index.projection.get("ProjectionType", "ALL") != "ALL":
        projected = {*table.table_key_attrs, *index.schema_key_attrs, *index.projection.get("NonKeyAttributes", ())}
        beyond = {*(select.columns or ()), *attributes_of(select.where)} - projected
        if beyond:
            raise Unsupported(f"the index {index.name} does not hold {', '.join(sorted(beyond))}")
    if len(index.schema) > 2:
        raise Unsupported(f"the index {index.name} has more than two keys")
    return index


def _in_order(table: Any, select: Select, index: Any, names: Sequence[str], is_query: bool) -> list[Image]:
    """Returns all items of a table or an index: partition by partition, in the order of the sort key."""
    items = [item for item in table.all_items() if index is None or all(name in item.attrs for name in names)]
    images: list[Image] = [image_of(item if index is None else index.project(item)) for item in items]
    partition = {id(image): key_text({names[0]: image[names[0]]}) for image in images}
    wanted = [key_text({names[0]: plain(value)}) for value in key_values(select.where, names[0])]
    places = {text: place for place, text in enumerate(dict.fromkeys([*wanted, *partition.values()]))}
    descends = _descends(select, names, is_query)
    if len(names) > 1:
        images.sort(key=lambda image: ordered(image[names[1]]), reverse=descends)
    images.sort(key=lambda image: places[partition[id(image)]])
    return images


def _descends(select: Select, names: Sequence[str], is_query: bool) -> bool:
    if select.order_by is None:
        return False
    if not select.where.conditions:
        raise MockValidationException(ORDER_WITHOUT_WHERE)
    name, descends = select.order_by
    if not is_query or len(key_values(select.where, names[0])) > 1 or name not in names:
        raise Unsupported(f"ORDER BY {name}, which is not a key of one partition")
    return descends and name == names[-1]


def _check_types(table: Any, of_key: All) -> None:
    types = {attribute["AttributeName"]: attribute["AttributeType"] for attribute in table.attr}
    for part in of_key.conditions:
        (name,) = attributes_of(part)
        if any(isinstance(operand, Value) and types[name] not in operand.typed for operand in operands_of(part)):
            raise MockValidationException(
                "One or more parameter values were invalid: Condition parameter type does not match schema type"
            )


def _shown(select: Select, image: Image) -> Mapping[str, Any]:
    if select.columns is None:
        return image
    return {name: image[name] for name in select.columns if name in image}
