"""What a stack does not do although its template asks for it (TPL-0C)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..values import dataclass


@dataclass(frozen=True)
class StackWarning:
    """A mistake in a template that AWS does not report."""

    rule: str
    """The id of the rule, such as `"TPL-W0"`."""
    logical_id: str
    """The resource."""
    text: str
    """What is wrong, and what to do."""
    stack: str = ""
    """The name of the stack."""

    def __str__(self) -> str:
        return f"{self.logical_id}: {self.text} ({self.rule})"


class Findings:
    """What is not delivered, not applied, or cannot run. Each is found once."""

    def __init__(self) -> None:
        self.not_delivered: list[str] = []
        self.not_applied: dict[str, list[str]] = {}
        self.runtime: dict[str, str] = {}
        self.warnings: list[StackWarning] = []

    def does_not_deliver(self, texts: Iterable[str]) -> None:
        """Notes deliveries of AWS that do not happen here."""
        self.not_delivered += [text for text in texts if text not in self.not_delivered]

    def does_not_apply(self, logical_id: str, properties: Iterable[str]) -> None:
        """Notes properties of a resource that have no effect here."""
        known = self.not_applied.setdefault(logical_id, [])
        known += [name for name in properties if name not in known]
        if not known:
            del self.not_applied[logical_id]

    def cannot_run(self, logical_id: str, reason: str) -> None:
        """Notes why the code of a function does not run here, or not as it does on AWS."""
        self.runtime[logical_id] = reason

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        for title, lines in (
            ("Warnings:", list(map(str, self.warnings))),
            ("Not delivered:", self.not_delivered),
            ("Not applied:", [f"{name}: {', '.join(properties)}" for name, properties in self.not_applied.items()]),
            ("Code:", [f"{name}: {why}" for name, why in self.runtime.items()]),
        ):
            if lines:
                yield title
                yield from (f"  {line}" for line in lines)
