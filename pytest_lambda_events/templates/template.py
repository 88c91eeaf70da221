"""One template with the values of its parameters: which resources it has, and in which order they are created."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any

from ..values import dataclass
from .errors import TemplateError
from .parameters import hidden_parameters
from .place import Place
from .references import Reference, ordered, references
from .sections import section
from .static_scope import StaticScope
from .values import condition_name, resolved


@dataclass(frozen=True)
class Declared:
    """A resource as the template declares it."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    condition: str | None
    depends_on: tuple[str, ...]
    deletion_policy: Any
    replace_policy: Any
    metadata: Mapping[str, Any]


class Template:
    """A template whose parameters have values. All `resources` are declared; `left_out` have a condition that is false.

    Deployments share it, so its maps must not be changed.
    """

    def __init__(
        self, body: Mapping[str, Any], parameters: Mapping[str, Any], place: Place, *, extends_language: bool = False
    ) -> None:
        self.place = place
        self.parameters = parameters
        self.hidden_parameters = hidden_parameters(body)
        self.mappings: Mapping[str, Any] = section(body, "Mappings")
        self.outputs: Mapping[str, Any] = section(body, "Outputs")
        self.rules = tuple(section(body, "Rules"))
        self.extends_language = extends_language
        conditions = section(body, "Conditions")
        self._static = StaticScope(place, parameters, self.mappings, conditions, extends_language=extends_language)
        for name in conditions:
            self.holds(name)
        declared = section(body, "Resources")
        if not declared:
            raise TemplateError("Template format error: At least one Resources member must be defined.")
        self.resources = {name: _declared(name, one) for name, one in declared.items()}
        self.left_out = [name for name, one in self.resources.items() if one.condition and not self.holds(one.condition)]
        self.active_outputs = {name: one for name, one in self.outputs.items() if self._is_active(name, one)}

    def holds(self, condition: str) -> bool:
        """Returns whether a condition holds."""
        return self._static.condition(condition)

    @functools.cached_property
    def made(self) -> list[Declared]:
        """The resources that are created, in template order."""
        left_out = set(self.left_out)
        return [one for name, one in self.resources.items() if name not in left_out]

    def value(self, name: str) -> Any:
        """Returns the value of a parameter or pseudo parameter. Raises `KeyError` for other names."""
        return self._static.value(name)

    def static_value(self, written: Any, where: str) -> Any:
        """Returns a value that needs no resource. Raises `TemplateError` for others."""
        return resolved(written, self._static, where)

    def is_value(self, name: str) -> bool:
        """Returns whether a name is a parameter or pseudo parameter."""
        return self._static.is_value(name)

    @functools.cached_property
    def creation_order(self) -> list[Declared]:
        """The resources that are created, in the order of their creation.

        Raises:
            TemplateError: A name does not exist, or resources need each other.
        """
        made = {one.logical_id: one for one in self.made}
        found = self.references
        depends_on = (name for one in made.values() for name in one.depends_on if name not in self.resources)
        self._check_names("Resources", found.values(), depends_on)
        outputs = [list(references(one, self.holds, f"Outputs/{name}")) for name, one in self.active_outputs.items()]
        self._check_names("Outputs", outputs)
        needs = {
            name: [needed for needed in (*(one.name for one in found[name]), *declared.depends_on) if needed in made]
            for name, declared in made.items()
        }
        early = [name for name, one in made.items() if one.type == "AWS::Lambda::Permission"]
        return [made[name] for name in ordered(needs, early)]

    @functools.cached_property
    def references(self) -> Mapping[str, list[Reference]]:
        """What the properties of each created resource refer to, by logical id."""
        return {
            one.logical_id: list(references(one.properties, self.holds, f"Resources/{one.logical_id}")) for one in self.made
        }

    def _is_active(self, name: str, output: Any) -> bool:
        if not isinstance(output, Mapping) or "Value" not in output:
            raise TemplateError(f"Template format error: Output {name} must be a map with the key Value.")
        if "Export" in output and not (isinstance(output["Export"], Mapping) and "Name" in output["Export"]):
            raise TemplateError(f"Template format error: Export of Output {name} must be a map with the key Name.")
        return "Condition" not in output or self.holds(condition_name(output["Condition"], f"/Outputs/{name}"))

    def _check_names(self, block: str, found: Iterable[Iterable[Reference]], others: Iterable[str] = ()) -> None:
        """Raises `TemplateError` with all names that are neither values nor created resources (TPL-19)."""
        known = self.resources.keys() - set(self.left_out)
        names = dict.fromkeys([one.name for several in found for one in several])
        unknown = [name for name in dict.fromkeys([*names, *others]) if name not in known and not self.is_value(name)]
        if unknown:
            raise TemplateError(unresolved_text(unknown, block))


def unresolved_text(names: Iterable[str], block: str) -> str:
    """Returns the message for names that do not exist."""
    shown = ", ".join(names)
    return f"Template format error: Unresolved resource dependencies [{shown}] in the {block} block of the template"


def _declared(name: str, written: Any) -> Declared:
    if not isinstance(written, Mapping) or not isinstance(written.get("Type"), str):
        hint = " It needs the transform AWS::LanguageExtensions." if name.startswith("Fn::ForEach") else ""
        raise TemplateError(f"Template format error: [/Resources/{name}] must be a map with the key Type.{hint}")
    properties, condition = written.get("Properties") or {}, written.get("Condition")
    if not isinstance(properties, Mapping):
        raise TemplateError(f"Template format error: [/Resources/{name}/Properties] must be a map.")
    condition = None if condition is None else condition_name(condition, f"/Resources/{name}/Condition")
    depends_on = written.get("DependsOn") or []
    names = tuple(depends_on if isinstance(depends_on, list) else [depends_on])
    if not all(isinstance(one, str) for one in names):
        raise TemplateError(f"Template format error: [/Resources/{name}/DependsOn] must be a logical id or a list of them.")
    return Declared(
        name, written["Type"], properties, condition, names, written.get("DeletionPolicy"), written.get("UpdateReplacePolicy"),
        written.get("Metadata") or {},
    )  # fmt: skip
