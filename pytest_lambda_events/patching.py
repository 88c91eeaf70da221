"""Replaces an attribute for a time, like `mock.patch.object`, but many times faster."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Final

_MISSING: Final = object()


def replaced(owner: Any, name: str, value: Any) -> Any:
    """Sets an attribute. Returns what `put_back` needs to restore it."""
    # An inherited attribute is not the owner's own, so it is deleted at the end and not restored.
    before = vars(owner).get(name, _MISSING)
    setattr(owner, name, value)
    return before


def put_back(owner: Any, name: str, before: Any) -> None:
    """Restores an attribute that `replaced` has set."""
    if before is not _MISSING:
        setattr(owner, name, before)
    elif name in vars(owner):
        delattr(owner, name)


class attributes_patched:  # noqa: N801
    """A context manager that replaces several attributes, and restores them at the end in reverse order.

    Each patch is an owner, the name of an attribute and its new value. This is faster than an `attribute_patched` for each.
    """

    __slots__ = ("_before", "_patches")

    def __init__(self, *patches: tuple[Any, str, Any]) -> None:
        self._patches = patches
        self._before: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> None:
        before = self._before
        try:
            for owner, name, value in self._patches:
                if not hasattr(owner, name):
                    raise AttributeError(f"{owner!r} has no attribute {name!r}")
                before.append((owner, name, replaced(owner, name, value)))
        except BaseException:
            self._restore()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._restore()

    def _restore(self) -> None:
        while self._before:
            put_back(*self._before.pop())


class attribute_patched:  # noqa: N801
    """A context manager that replaces an attribute of a module, class or object, and restores it at the end."""

    __slots__ = ("_before", "_name", "_owner", "_value")

    def __init__(self, owner: Any, name: str, value: Any) -> None:
        self._owner = owner
        self._name = name
        self._value = value
        self._before: Any = _MISSING

    def __enter__(self) -> None:
        owner, name = self._owner, self._name
        if not hasattr(owner, name):
            raise AttributeError(f"{owner!r} has no attribute {name!r}")
        self._before = replaced(owner, name, self._value)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        put_back(self._owner, self._name, self._before)
        self._before = _MISSING
