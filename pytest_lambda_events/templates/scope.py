"""What the functions of a template can ask for."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Protocol

from .place import Place

MADE_UP_ITEMS = 8
"""The number of items of a list that is made up."""


class Nothing(Enum):
    """The value of `AWS::NoValue`: the entry or item that holds it is left out (TPL-31)."""

    VALUE = "no value"


class MadeUp(str):
    """A made-up value of a resource that is not created. Where a list is needed, it is a list of such values (TPL-F4)."""

    __slots__ = ()

    @property
    def items(self) -> list[MadeUp]:
        """The value as a list."""
        return [MadeUp(f"{self}-{index}") for index in range(MADE_UP_ITEMS)]


class Scope(Protocol):
    """Gives the values to which the functions of a template refer."""

    @property
    def place(self) -> Place:
        """The account, region and stack."""

    @property
    def mappings(self) -> Mapping[str, Any]:
        """The section `Mappings`."""

    @property
    def extends_language(self) -> bool:
        """Whether the template has the transform `AWS::LanguageExtensions`."""

    def ref(self, name: str) -> Any:
        """Returns the value of a parameter, pseudo parameter or resource. Raises `TemplateError`."""

    def attribute(self, logical_id: str, attribute: str) -> Any:
        """Returns an attribute of a resource. Raises `TemplateError`."""

    def condition(self, name: str) -> bool:
        """Returns whether a condition holds. Raises `TemplateError`."""

    def imported(self, name: str) -> Any:
        """Returns the value of an export of another stack. Raises `TemplateError`."""

    def output_of(self, stack_name: str, output_name: str) -> Any:
        """Returns an output of another stack. Raises `TemplateError`."""
