"""The update expression of a PartiQL UPDATE."""

from __future__ import annotations

from typing import Any

from .statements import Assignment, Operand, Path, Size, Update, Value
from .tokens import Unsupported


def update_parameters(update: Update) -> dict[str, Any]:
    """Returns the parameters of `UpdateItem` for the changes. Raises `Unsupported`."""
    expression = _Expression()
    clauses: dict[str, list[str]] = {"SET": [], "REMOVE": [], "ADD": [], "DELETE": []}
    for assignment in update.assignments:
        clause, text = expression.assignment(assignment)
        clauses[clause].append(text)
    clauses["REMOVE"] = [expression.path(path) for path in update.removed]
    written = " ".join(f"{clause} {', '.join(parts)}" for clause, parts in clauses.items() if parts)
    parameters: dict[str, Any] = {"UpdateExpression": written, "ExpressionAttributeNames": expression.names}
    return {**parameters, "ExpressionAttributeValues": expression.values} if expression.values else parameters


class _Expression:
    """Builds an expression with a placeholder for each name and each value."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def assignment(self, assignment: Assignment) -> tuple[str, str]:
        """Returns the clause of an assignment, and its text in the clause."""
        path, left, right = assignment.path, assignment.left, assignment.right
        target = self.path(path)
        if right is None:
            return "SET", f"{target} = {self._operand(left)}"
        if assignment.function in ("set_add", "set_delete"):
            if left != path or not isinstance(right, Value):
                raise Unsupported(f"{assignment.function} of anything but the attribute itself and a set")
            return ("ADD" if assignment.function == "set_add" else "DELETE"), f"{target} {self._operand(right)}"
        if assignment.function == "list_append":
            return "SET", f"{target} = list_append({self._operand(left)}, {self._operand(right)})"
        return "SET", f"{target} = {self._operand(left)} {assignment.function} {self._operand(right)}"

    def path(self, path: Path) -> str:
        """Returns a path with placeholders for its names."""
        written = ""
        for step in path:
            if isinstance(step, int):
                written += f"[{step}]"
                continue
            placeholder = next((known for known, name in self.names.items() if name == step), f"#n{len(self.names)}")
            self.names[placeholder] = step
            written += f".{placeholder}" if written else placeholder
        return written

    def _operand(self, operand: Operand) -> str:
        if isinstance(operand, Size):
            raise Unsupported("size() in SET")
        if not isinstance(operand, Value):
            return self.path(operand)
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = operand.typed
        return placeholder
