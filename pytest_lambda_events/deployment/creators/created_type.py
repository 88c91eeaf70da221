"""How resources of one type are created: one operation, the values of its answer, and what else a property needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any

from ...service.control_plane.validation import not_simulated
from ...values import dataclass
from ..created import Created, Made
from ..errors import DeployError
from ..making import Making

Values = dict[str, Any]
"""What the texts of a `CreatedType` may name: `name`, `answer`, `given`, `account`, `region`, `partition`."""
_NONE: Mapping[str, str] = MappingProxyType({})


def arn(service: str, resource: str) -> str:
    """Returns the text for an ARN in the account and region of the stack."""
    return "arn:{partition}:" + service + ":{region}:{account}:" + resource


@dataclass(frozen=True)
class CreatedType:
    """How resources of one type are created.

    Each property goes to the member of the operation with the same name, unless it is in `renamed` or `elsewhere`. Texts are
    formats of `Values`, such as `"{answer[Role][Arn]}"`.

    Args:
        service: The service in botocore.
        operation: The operation that creates the resource.
        ref: The value of `Ref`.
        attributes: The values of `Fn::GetAtt`. An attribute whose value is not in the answer does not exist.
        name: The property with the physical name. Without it, the resource has no name that AWS generates.
        limit: The length of a generated name.
        renamed: Members of the operation whose names differ, by property.
        elsewhere: Properties for which `before` or `after` cares.
        not_applied: Properties that have no effect here.
        no_attribute: Attributes of AWS that are not available here.
        refused: Properties that would deliver events in a way that is not simulated, with their reasons.
        only_elsewhere: Properties that only resources have which are not simulated at all, with their reasons.
        referring: Properties that must refer to resources of these types. Resources of other types are refused there.
        undo: The operation that deletes the resource, and its parameters.
        before: Returns parameters of the operation that are computed from the properties.
        after: Makes further calls. Returns further values for `ref` and `attributes`.
        create: Creates the resource instead of the operation.
        change: Changes a resource in place to other properties. Returns its values, which may have changed, or None if that
            is not possible. Without it, another resource takes its place.
        is_put: Whether the operation changes a resource that exists.
        fixed: Properties that cannot change: with another value, another resource takes its place.
        ending: Returns the end of a generated name.
        lower_case: Whether a generated name has no capital letters.
        reads: The properties of a placeholder that are computed. None: all.
        or_placeholder: Whether the resource becomes a placeholder if AWS refuses it.
        placeholder_if: Returns why a resource with some properties becomes a placeholder, or None.
        belongs_to: The property with the resource to which this one belongs. It is treated like that one if that one is not
            created.
    """

    service: str
    operation: str
    ref: str = "{name}"
    attributes: Mapping[str, str] = field(default_factory=lambda: _NONE)
    name: str = ""
    limit: int = 64
    renamed: Mapping[str, str] = field(default_factory=lambda: _NONE)
    elsewhere: tuple[str, ...] = ()
    not_applied: tuple[str, ...] = ()
    no_attribute: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=lambda: _NONE)
    only_elsewhere: Mapping[str, str] = field(default_factory=lambda: _NONE)
    referring: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    undo: tuple[str, Mapping[str, str]] | None = None
    before: Callable[[Making], Mapping[str, Any]] | None = None
    after: Callable[[Making, Values], Mapping[str, Any] | None] | None = None
    create: Callable[[Making], Made] | None = None
    change: Callable[[Making, Created], Made | None] | None = None
    is_put: bool = False
    fixed: tuple[str, ...] = ()
    ending: Callable[[Making], str] | None = None
    lower_case: bool = False
    reads: tuple[str, ...] | None = None
    or_placeholder: bool = False
    placeholder_if: Callable[[Mapping[str, Any]], str | None] | None = None
    belongs_to: str = ""

    def __call__(self, making: Making) -> Made:
        """Creates a resource."""
        making.has_no_effect(name for name in making.properties if name in self.not_applied)
        if making.stack.is_strict:
            self._refuse(making)
        if self.create is not None:
            return self.create(making)
        values = self._values(making)
        values["answer"] = making.apply(self.service, self.operation, self._parameters(making, values))
        if self.undo is not None:
            operation, key = self.undo
            making.undo(self.service, operation, {name: _filled(text, values) for name, text in key.items()})
        if self.after is not None:
            values |= self.after(making, values) or {}
        attributes = {name: _filled(text, values) for name, text in self.attributes.items()}
        found = {name: value for name, value in attributes.items() if value is not None}
        name = values["name"] if self.name or values["name"] != making.logical_id else ""
        return Made(_filled(self.ref, values), found, name)

    def changed(self, making: Making, before: Created) -> Made | None:
        """Changes a resource to other properties. Returns None if another one has to take its place.

        Raises:
            DeployError: AWS refuses the change.
        """
        if self.change is None and not self.is_put:
            return None
        if any(self._differs(name, making, before) for name in (self.name, *self.fixed)):
            return None
        if making.stack.is_strict:
            self._refuse(making)
        return self(making) if self.change is None else self.change(making, before)

    def check_replaced(self, making: Making, before: Created) -> None:
        """Raises an error if the name in the template prevents that another resource takes its place."""
        if not self.name or making.get(self.name) is None or self._differs(self.name, making, before):
            return
        if self.change is None and not self.is_put:
            raise not_simulated(f"A change of {making.type}", "Give the resource another name.")
        raise DeployError(
            "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
            f"Rename {making.get(self.name)} and update the stack again."
        )

    def _differs(self, name: str, making: Making, before: Created) -> bool:
        old, new = before.properties.get(name), making.get(name)
        return bool(old != new) and making.fitted(self.service, self.operation, name, old) != making.fitted(
            self.service, self.operation, name, new
        )

    def _refuse(self, making: Making) -> None:
        """Raises `NotSimulatedError` for properties that would deliver events, if the operation does not do that itself."""
        reason = None if self.placeholder_if is None else self.placeholder_if(making.properties)
        if reason is not None:
            raise not_simulated(f"{making.type} ({reason})")
        for name in self.refused:
            if name in making.properties and not making.has_member(self.service, self.operation, name):
                raise not_simulated(f"{name} of {making.type}")

    def _values(self, making: Making) -> Values:
        place = making.stack.place
        ending = self.ending(making) if self.ending is not None else ""
        name = making.name(self.name, self.limit, ending=ending) if self.name else making.logical_id
        if self.lower_case and making.get(self.name) is None:
            name = name.lower()
        return {
            "name": name, "given": making.properties, "account": place.account_id, "region": place.region,
            "partition": place.partition,
        }  # fmt: skip

    def _parameters(self, making: Making, values: Values) -> dict[str, Any]:
        apart = set(self.elsewhere)
        apart |= {name for name in self.not_applied if not self._passes_on(making, name)}
        given = {self.renamed.get(key, key): value for key, value in making.properties.items() if key not in apart}
        if self.name:
            given[self.renamed.get(self.name, self.name)] = values["name"]
        return {**given, **(self.before(making) if self.before is not None else {})}

    def _passes_on(self, making: Making, name: str) -> bool:
        """Returns whether a property without an effect is passed to the operation, which refuses it if necessary."""
        return making.stack.is_strict and making.has_member(self.service, self.operation, name)


def _filled(text: str, values: Values) -> Any:
    """Returns a text with its values. None if one is missing."""
    try:
        return text.format_map(values)
    except KeyError:
        return None
