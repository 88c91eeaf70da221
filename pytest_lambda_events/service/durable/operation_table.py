"""The operations of one durable execution."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .operations import Operation


class Operations(Mapping[str, Operation]):
    """The current operations by their ids, in the order of their start."""

    def __init__(self) -> None:
        self._all: dict[str, Operation] = {}
        self._numbers: dict[str, int] = {}
        self._pending: set[str] = set()

    def put(self, operation: Operation) -> None:
        """Adds an operation, or replaces it by its next state."""
        self._numbers.setdefault(operation.id, len(self._numbers))
        self._all[operation.id] = operation
        if operation.is_pending:
            self._pending.add(operation.id)
        else:
            self._pending.discard(operation.id)

    @property
    def pending(self) -> Sequence[Operation]:
        """Returns the operations that the execution may wait for, in the order of their start (DUR-4C)."""
        return [self._all[one] for one in sorted(self._pending, key=self._numbers.__getitem__)]

    def __getitem__(self, operation_id: str) -> Operation:
        return self._all[operation_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)
