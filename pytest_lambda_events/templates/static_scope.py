"""What is known of a template before a resource exists: parameters, pseudo parameters, mappings and conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .conditions import Conditions
from .errors import TemplateError
from .place import Place
from .scope import Nothing, Scope


class StaticScope(Scope):
    """Gives values that need no resource. Conditions may refer to nothing else (TPL-50)."""

    def __init__(
        self,
        place: Place,
        parameters: Mapping[str, Any],
        mappings: Mapping[str, Any],
        conditions: Mapping[str, Any],
        *,
        extends_language: bool,
        block: str = "the Conditions block of the template",
    ) -> None:
        self._place = place
        self._values = {**place.pseudo_parameters(), **parameters}
        self._mappings = mappings
        self._conditions = Conditions(conditions)
        self._extends_language = extends_language
        self._block = block

    @property
    def place(self) -> Place:
        return self._place

    @property
    def mappings(self) -> Mapping[str, Any]:
        return self._mappings

    @property
    def extends_language(self) -> bool:
        return self._extends_language

    @property
    def conditions(self) -> Conditions:
        """The conditions of the template."""
        return self._conditions

    def is_value(self, name: str) -> bool:
        """Returns whether a name is a parameter or pseudo parameter."""
        return name in self._values or name == "AWS::NoValue"

    def value(self, name: str) -> Any:
        """Returns the value of a parameter or pseudo parameter."""
        if name == "AWS::NoValue":
            return Nothing.VALUE
        value = self._values[name]
        # What receives the list may change it.
        return list(value) if isinstance(value, list) else value

    def ref(self, name: str) -> Any:
        if self.is_value(name):
            return self.value(name)
        raise TemplateError(
            f"Template format error: Unresolved dependencies [{name}]. Cannot reference resources in {self._block}"
        )

    def attribute(self, logical_id: str, attribute: str) -> Any:
        return self.ref(logical_id)

    def condition(self, name: str) -> bool:
        return self._conditions.holds(name, self)

    def imported(self, name: str) -> Any:
        raise TemplateError("Template error: Cannot use Fn::ImportValue in Conditions.")

    def output_of(self, stack_name: str, output_name: str) -> Any:
        raise TemplateError("Template error: Cannot use Fn::GetStackOutput in Conditions.")
