"""The names by which a test finds a resource of a stack (TPL-08)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from ..templates.construct_paths import names_of_path, possible_ids
from ..templates.source import StackSource


class Named(Protocol):
    """A resource that was created."""

    @property
    def ref(self) -> Any:
        """The value of `Ref`."""

    @property
    def attributes(self) -> Mapping[str, Any]:
        """The values of `Fn::GetAtt`."""

    @property
    def name(self) -> str:
        """The physical name."""


class ResourceNames:
    """The names of the resources of one stack.

    Args:
        source: The template and its construct paths.
        original_ids: The logical id in the written template, for resources to which SAM gives another one (TPL-8A).
        made: Returns a resource that was created, or None.
    """

    def __init__(self, source: StackSource, original_ids: Mapping[str, str], made: Callable[[str], Named | None]) -> None:
        self._source = source
        self._original_ids = original_ids
        self._made = made
        self._paths = source.construct_paths

    def fitting(self, name: str, ids: Iterable[str]) -> list[str]:
        """Returns the logical ids, of those given, that a name fits best.

        The order is: logical id; logical id before the transform of SAM; construct path, or function key of the Serverless
        Framework; physical name; value of `Ref`, ARN or URL.
        """
        given = list(ids)
        for fits in (self._is_id, self._is_sam_id, self._is_path, self._is_physical, self._is_value):
            found = [one for one in given if fits(name, one)]
            if found:
                return found
        return []

    def shown(self, logical_id: str) -> str:
        """Returns the name for messages: the construct path inside the stack, the function key, or the logical id."""
        key = self._source.function_names.get(logical_id)
        path = self._paths.get(logical_id)
        if key is not None or path is None:
            return key or logical_id
        return min(names_of_path(path, self._source.construct_path), key=len)

    def before_creation(self, logical_id: str, physical: str) -> Callable[[str], bool]:
        """Returns whether a name fits a resource that is being created."""

        def fits(name: str) -> bool:
            by_id = any(one(name, logical_id) for one in (self._is_id, self._is_sam_id, self._is_path))
            return by_id or name == physical

        return fits

    def _is_id(self, name: str, logical_id: str) -> bool:
        return name == logical_id

    def _is_sam_id(self, name: str, logical_id: str) -> bool:
        return self._original_ids.get(logical_id) == name

    def _is_path(self, name: str, logical_id: str) -> bool:
        if self._source.function_names.get(logical_id) == name:
            return True
        path = self._paths.get(logical_id)
        if path is not None and name in names_of_path(path, self._source.construct_path):
            return True
        return bool(self._source.construct_path) and logical_id in possible_ids(name, self._source.construct_path)

    def _is_physical(self, name: str, logical_id: str) -> bool:
        made = self._made(logical_id)
        return made is not None and made.name == name

    def _is_value(self, name: str, logical_id: str) -> bool:
        made = self._made(logical_id)
        if made is None:
            return False
        return name == made.ref or any(name == value for key, value in made.attributes.items() if key.endswith(("Arn", "Url")))
