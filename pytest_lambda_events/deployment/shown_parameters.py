"""The values of parameters, whose secrets are not printed (TPL-0A)."""

from __future__ import annotations

from typing import Any

from ..templates.parameters import HIDDEN
from ..templates.template import Template


class ShownParameters(dict[str, Any]):
    """Values of parameters by name. The text of the map has `****` for those with `NoEcho`."""

    def __init__(self) -> None:
        super().__init__()
        self._hidden: set[str] = set()

    def add(self, template: Template) -> None:
        """Adds the values of a template."""
        self.update({name: template.value(name) for name in template.parameters})
        self._hidden |= template.hidden_parameters

    def add_all(self, others: ShownParameters) -> None:
        """Adds the values of another stack."""
        self.update(others)
        self._hidden |= others._hidden

    def __repr__(self) -> str:
        return repr({name: HIDDEN if name in self._hidden else value for name, value in self.items()})
