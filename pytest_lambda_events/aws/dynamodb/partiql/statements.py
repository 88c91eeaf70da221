"""The meaning of PartiQL statements, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....values import dataclass

Path = tuple[str | int, ...]
"""The name of an attribute, followed by names and positions inside it."""


@dataclass(frozen=True, slots=True)
class Value:
    """A literal or a parameter, in the form of the API: `{"S": "text"}`."""

    typed: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Size:
    """`size(path)`."""

    path: Path


Operand = Path | Value | Size


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`; the operator is one of = <> < <= > >=."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Between:
    """`operand BETWEEN low AND high`."""

    operand: Operand
    low: Operand
    high: Operand


@dataclass(frozen=True, slots=True)
class In:
    """`operand IN [options]`."""

    operand: Operand
    options: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """`begins_with`, `contains` or `attribute_type` of a path."""

    function: str
    path: Path
    argument: Value


@dataclass(frozen=True, slots=True)
class IsMissing:
    """`path IS MISSING`."""

    path: Path


@dataclass(frozen=True, slots=True)
class Not:
    """`NOT condition`."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class All:
    """`condition AND condition`. No condition at all is true."""

    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """`condition OR condition`."""

    conditions: tuple[Condition, ...]


Condition = Comparison | Between | In | Call | IsMissing | Not | All | AnyOf


@dataclass(frozen=True, slots=True)
class Select:
    """`columns` are the names of attributes, None for all. `order_by` is an attribute and whether the order is descending."""

    table: str
    index: str | None
    columns: tuple[str, ...] | None
    where: All
    order_by: tuple[str, bool] | None = None


@dataclass(frozen=True, slots=True)
class Insert:
    """`item` has the values in the form of the API."""

    table: str
    item: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Assignment:
    """`SET path = left [+|- right]`, or `function` of both: `list_append`, `set_add`, `set_delete`."""

    path: Path
    left: Operand
    function: str | None = None
    right: Operand | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """`returning` is the `ReturnValues` of `UpdateItem`."""

    table: str
    assignments: tuple[Assignment, ...]
    removed: tuple[Path, ...]
    where: All
    returning: str


@dataclass(frozen=True, slots=True)
class Delete:
    """`returning` is the `ReturnValues` of `DeleteItem`."""

    table: str
    where: All
    returning: str


@dataclass(frozen=True, slots=True)
class Exists:
    """`EXISTS(SELECT ...)`: a condition of a transaction."""

    select: Select

    @property
    def table(self) -> str:
        """Returns the table of the condition."""
        return self.select.table

    @property
    def where(self) -> All:
        """Returns the condition on its item."""
        return self.select.where


Statement = Select | Insert | Update | Delete | Exists
