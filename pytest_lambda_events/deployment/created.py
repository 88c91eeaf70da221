"""A resource of a template that exists, and what deletes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Protocol

from ..values import dataclass
from .findings import StackWarning

Undo = Callable[[], object]


class Caller(Protocol):
    """Calls operations of AWS."""

    def call(
        self, service_name: str, operation: str, parameters: Mapping[str, Any], *, region_name: str | None = None
    ) -> dict[str, Any]:
        """Calls an operation."""


@dataclass(frozen=True)
class Deletion:
    """The call that deletes a resource. Equal calls for one resource are made once."""

    caller: Caller = field(compare=False, hash=False)
    service_name: str
    operation: str
    parameters: Mapping[str, Any]
    region_name: str | None = None

    def __call__(self) -> None:
        """Makes the call."""
        self.caller.call(self.service_name, self.operation, self.parameters, region_name=self.region_name)


@dataclass(frozen=True)
class Made:
    """A resource that was created.

    `ref` is the value of `Ref`, `attributes` those of `Fn::GetAtt`. `name` is the physical name, by which the environment
    knows it. `notes` are for the report: what was not applied.
    """

    ref: Any
    attributes: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Created:
    """A resource of a stack with its properties. `replacement` counts the resources that it replaced."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    made: Made
    stack: str = ""
    replacement: int = 0

    @property
    def values(self) -> list[str]:
        """By what other resources name it."""
        made = self.made
        return [one for one in (made.ref, made.name, *made.attributes.values()) if isinstance(one, str) and one]

    def warning(self, rule: str, text: str) -> StackWarning:
        """Returns a warning about this resource."""
        return StackWarning(rule, self.logical_id, text, self.stack)
