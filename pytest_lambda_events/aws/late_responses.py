"""Starts moto without its 1,300 entries for `requests`. Those of an HTTP method are created when one is needed.

moto creates them for every mock, which takes longer than all other steps of opening an environment. boto3 does not need them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from types import SimpleNamespace
from typing import Any

from moto import backend_index
from moto.core import models

from ..contexts import ExitStack, contextmanager
from ..patching import attribute_patched
from .process import process

Template = tuple[Any, Any, Any]
"""What creates an entry: its class, its URL and its callback."""


@contextmanager
def late_responses(mocked: AbstractContextManager[Any]) -> Iterator[None]:
    """Starts and stops `mocked`, moto's outermost mock. Its entries and their order are the same as without this.

    The first mock of the process creates a few entries of each HTTP method, which show how moto creates all others.
    """
    mocked_responses: Any = models.responses_mock
    registry = getattr(mocked_responses, "_registry", None)
    if not hasattr(registry, "_registered") or getattr(models, "backend_index", None) is not backend_index:
        with mocked:
            yield
        return
    known = process()
    patch = (
        # Only the module that creates the entries sees one pattern instead of all, or no method.
        attribute_patched(
            models, "backend_index", SimpleNamespace(backend_url_patterns=backend_index.backend_url_patterns[:1])
        )
        if known.moto_entries is None
        else attribute_patched(models, "RESPONSES_METHODS", [])
    )
    with ExitStack() as stack:
        with patch:
            stack.enter_context(mocked)
        registry = mocked_responses._registry
        if known.moto_entries is None:
            patterns = [pattern for _, pattern in backend_index.backend_url_patterns]
            known.moto_entries = {method: _templates(begun, patterns) for method, begun in registry._registered.items()}
        registry._registered = _Entries(known.moto_entries)
        yield


def _templates(begun: Sequence[Any], patterns: Sequence[Any]) -> Sequence[Template]:
    """Returns what creates all entries of a method. `begun` has those of the first pattern, and those after all patterns."""
    first, *last = begun
    return [
        *((type(first), pattern, first.callback) for pattern in patterns),
        *((type(entry), entry.url, entry.callback) for entry in last),
    ]


class _Entries(defaultdict[str, list[Any]]):
    """Entries by HTTP method. Those of a method are created when they are needed."""

    def __init__(self, templates: Mapping[str, Sequence[Template]]) -> None:
        super().__init__(list, {method: [] for method in templates})
        self._templates = dict(templates)

    def __getitem__(self, method: str) -> list[Any]:
        entries = super().__getitem__(method)
        if method in self._templates:
            templates = self._templates.pop(method)
            entries[:0] = [kind(method=method, url=url, callback=callback) for kind, url, callback in templates]
        return entries

    def values(self) -> Any:
        for method in list(self._templates):
            self[method]
        return super().values()

    def clear(self) -> None:
        self._templates.clear()
        super().clear()
