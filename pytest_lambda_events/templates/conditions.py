"""Evaluates the section Conditions (TPL-50)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import TemplateError
from .scope import Scope
from .texts import as_text
from .values import Where, resolved


class Conditions:
    """The conditions of a template. Each is evaluated once, when it is asked for."""

    def __init__(self, written: Mapping[str, Any]) -> None:
        self._written = written
        self._known: dict[str, bool] = {}
        self._evaluated: list[str] = []

    def __contains__(self, name: object) -> bool:
        return name in self._written

    def holds(self, name: str, scope: Scope) -> bool:
        """Returns whether a condition holds.

        Raises:
            TemplateError: It does not exist, refers to itself, or is not written correctly.
        """
        if name not in self._known:
            if name not in self._written:
                raise TemplateError(f"Template error: condition {name} is not defined in the section Conditions")
            if name in self._evaluated:
                circle = [*self._evaluated[self._evaluated.index(name) :], name]
                raise TemplateError(f"Circular dependency between conditions: {' -> '.join(circle)}")
            self._evaluated.append(name)
            try:
                self._known[name] = self._evaluate(self._written[name], scope, f"Conditions/{name}")
            finally:
                self._evaluated.pop()
        return self._known[name]

    def _evaluate(self, written: Any, scope: Scope, where: Where) -> bool:
        if not isinstance(written, Mapping) or len(written) != 1:
            raise TemplateError(
                f"{where}: {written!r} is not a condition. Write Fn::Equals, Fn::And, Fn::Or, Fn::Not or Condition."
            )
        [(name, argument)] = written.items()
        where = f"{where}/{name}"
        if name == "Condition":
            return self.holds(as_text(argument, where), scope)
        if name == "Fn::Equals" and isinstance(argument, list) and len(argument) == 2:
            left, right = (as_text(resolved(side, scope, where), where) for side in argument)
            return left == right
        if name == "Fn::Not" and isinstance(argument, list) and len(argument) == 1:
            return not self._evaluate(argument[0], scope, where)
        if name in ("Fn::And", "Fn::Or") and isinstance(argument, list) and 2 <= len(argument) <= 10:
            parts = [self._evaluate(part, scope, where) for part in argument]
            return all(parts) if name == "Fn::And" else any(parts)
        raise TemplateError(
            f"{where}: {argument!r} is not valid. Fn::Equals takes 2 values, Fn::Not 1 condition, Fn::And and Fn::Or 2 to 10."
        )
