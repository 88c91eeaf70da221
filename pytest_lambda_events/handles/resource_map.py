"""The resources of an environment, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from ..arguments import alternatives, shown
from ..config import LambdaEventsConfig
from ..errors import DoesNotExistError, LambdaEventsError
from .names import NAMES

T = TypeVar("T")


class Found(Mapping[str, T]):
    """The current resources of one kind. The error for a missing name lists the existing names.

    `find` returns the handle of a name, or None if the resource does not exist.
    """

    def __init__(
        self, config: LambdaEventsConfig, kind: str, names: Callable[[], Iterable[str]], find: Callable[[str], T | None]
    ) -> None:
        self._config = config
        self._kind = kind
        self._names = names
        self._find = find

    def __getitem__(self, name: str) -> T:
        found = self._found(name)
        if found is None:
            place = f"{self._config.region_name}, account {self._config.account_id}"
            names = alternatives(name, self, label=plural(self._kind))
            raise DoesNotExistError(f"{_capitalized(self._kind)} {shown(name)} does not exist in {place}. {names}")
        return found

    def __contains__(self, name: object) -> bool:
        return self._found(name) is not None

    def _found(self, name: object) -> T | None:
        return self._find(name) if isinstance(name, str) else None

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(list(self._names()))

    def __repr__(self) -> str:
        return repr(dict(self))


def plural(kind: str) -> str:
    """Returns the plural of a kind of resource, such as "Event buses" for "event bus"."""
    return _capitalized(kind) + ("es" if kind.endswith("s") else "s")


def _capitalized(kind: str) -> str:
    return kind[0].upper() + kind[1:]


def check_free(kind: str, name: str, existing: Mapping[str, object]) -> None:
    """Raises `LambdaEventsError` for an invalid name, and for a name that another resource of the kind has."""
    NAMES[kind].check("name", name)
    if name in existing:
        mapping = "lambda_events." + plural(kind).lower().replace(" ", "_")
        raise LambdaEventsError(
            f"{kind.capitalize()} {name!r} already exists. Choose another name, or use {mapping}[{name!r}]."
        )
