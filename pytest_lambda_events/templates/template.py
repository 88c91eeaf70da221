"""One template with the values of its parameters: which resources it has, and in which order they are created."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..values import dataclass
from .conditions import Conditions
from .errors import TemplateError
from .place import Place
from .references import Reference, ordered, references
from .scope import Scope
from .values import Where

EXTENSIONS = "AWS::LanguageExtensions"


@dataclass(frozen=True)
class Declared:
    """A resource as the template declares it."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    condition: str | None
    depends_on: tuple[str, ...]
    deletion_policy: Any
    metadata: Mapping[str, Any]


class Template:
    """A template whose parameters have values. All `resources` are declared; `left_out` have a condition that is false."""

    def __init__(self, body: Mapping[str, Any], parameters: Mapping[str, Any], place: Place) -> None:
        self.place = place
        self.parameters = parameters
        self.mappings: Mapping[str, Any] = _section(body, "Mappings")
        self.outputs: Mapping[str, Any] = _section(body, "Outputs")
        self.rules = tuple(_section(body, "Rules"))
        self.extends_language = EXTENSIONS in transforms(body)
        self._pseudo = place.pseudo_parameters()
        self._conditions = Conditions(_section(body, "Conditions"))
        declared = _section(body, "Resources")
        if not declared:
            raise TemplateError("Template format error: At least one Resources member must be defined.")
        self.resources = {name: _declared(name, one) for name, one in declared.items()}
        self.left_out = [name for name, one in self.resources.items() if one.condition and not self.holds(one.condition)]

    def holds(self, condition: str) -> bool:
        """Returns whether a condition holds."""
        return self._conditions.holds(condition, _Static(self))

    @property
    def made(self) -> list[Declared]:
        """The resources that are created, in template order."""
        return [one for name, one in self.resources.items() if name not in self.left_out]

    def value(self, name: str) -> Any:
        """Returns the value of a parameter or pseudo parameter. Raises `KeyError` for other names."""
        return self.parameters[name] if name in self.parameters else self._pseudo[name]

    def is_value(self, name: str) -> bool:
        """Returns whether a name is a parameter or pseudo parameter."""
        return name in self.parameters or name in self._pseudo or name == "AWS::NoValue"

    def creation_order(self) -> list[Declared]:
        """Returns the resources that are created, in the order of their creation.

        Raises:
            TemplateError: A name does not exist, or resources need each other.
        """
        made = {one.logical_id: one for one in self.made}
        needs = {name: self._needed(one, made) for name, one in made.items()}
        self._check_names("Outputs", self.active_outputs().values())
        early = [name for name, one in made.items() if one.type == "AWS::Lambda::Permission"]
        return [made[name] for name in ordered(needs, early)]

    def active_outputs(self) -> dict[str, Any]:
        """Returns the outputs whose condition holds."""
        outputs = self.outputs.items()
        return {name: one for name, one in outputs if "Condition" not in one or self.holds(one["Condition"])}

    def _needed(self, declared: Declared, made: Mapping[str, Declared]) -> list[str]:
        found = [one.name for one in self._check_names("Resources", [declared.properties])]
        unknown = [name for name in declared.depends_on if name not in self.resources]
        if unknown:
            raise TemplateError(_unresolved(unknown, "Resources"))
        return [name for name in (*found, *declared.depends_on) if name in made and name != declared.logical_id]

    def _check_names(self, section: str, values: Iterable[Any]) -> list[Reference]:
        found = [one for value in values for one in references(value, self.holds, section)]
        known = self.resources.keys() - set(self.left_out)
        unknown = dict.fromkeys(one.name for one in found if one.name not in known and not self.is_value(one.name))
        if unknown:
            raise TemplateError(_unresolved(unknown, section))
        return found


def _unresolved(names: Iterable[str], section: str) -> str:
    shown = ", ".join(names)
    return f"Template format error: Unresolved resource dependencies [{shown}] in the {section} block of the template"


def transforms(body: Mapping[str, Any]) -> list[str]:
    """Returns the names of the transforms of a template, in order."""
    written = body.get("Transform") or []
    items = written if isinstance(written, list) else [written]
    return [str(item["Name"]) if isinstance(item, Mapping) and "Name" in item else str(item) for item in items]


def _section(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = body.get(name)
    if section is None:
        return {}
    if not isinstance(section, Mapping):
        raise TemplateError(f"Template format error: {name} is a {type(section).__name__}. It must be a map.")
    return section


def _declared(name: str, written: Any) -> Declared:
    if not isinstance(written, Mapping) or not isinstance(written.get("Type"), str):
        raise TemplateError(f"Template format error: [/Resources/{name}] must be a map with the key Type.")
    for where, _ in nulls(written.get("Properties"), f"/Resources/{name}/Properties"):
        raise TemplateError(f"[{where}] 'null' values are not allowed in templates")
    depends_on = written.get("DependsOn") or []
    names = tuple(depends_on if isinstance(depends_on, list) else [depends_on])
    return Declared(
        name, written["Type"], written.get("Properties") or {}, written.get("Condition"), names,
        written.get("DeletionPolicy"), written.get("Metadata") or {},
    )  # fmt: skip


def nulls(value: Any, where: Where) -> Iterator[tuple[Where, None]]:
    """Yields the places of null in a value, but not of the value itself."""
    entries: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Mapping):
        entries = value.items()
    elif isinstance(value, list):
        entries = enumerate(value)
    for key, one in entries:
        if one is None:
            yield f"{where}/{key}", None
        else:
            yield from nulls(one, f"{where}/{key}")


class _Static(Scope):
    """What conditions may refer to: no resources."""

    def __init__(self, template: Template) -> None:
        self._template = template

    @property
    def place(self) -> Place:
        return self._template.place

    @property
    def mappings(self) -> Mapping[str, Any]:
        return self._template.mappings

    @property
    def extends_language(self) -> bool:
        return self._template.extends_language

    def ref(self, name: str) -> Any:
        if self._template.is_value(name):
            return self._template.value(name)
        raise TemplateError(
            f"Template error: Unresolved dependencies [{name}]. "
            "Cannot reference resources in the Conditions block of the template"
        )

    def attribute(self, logical_id: str, attribute: str) -> Any:
        return self.ref(f"{logical_id}")

    def condition(self, name: str) -> bool:
        return self._template.holds(name)

    def imported(self, name: str) -> Any:
        raise TemplateError("Template error: Fn::ImportValue is not valid in Conditions.")

    def output_of(self, stack_name: str, output_name: str) -> Any:
        raise TemplateError("Template error: Fn::GetStackOutput is not valid in Conditions.")
