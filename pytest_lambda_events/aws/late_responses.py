"""Starts moto without its 1,300 entries for `requests`. Those of an HTTP method are created when one is needed.

moto creates them for every mock, which takes longer than all other steps of opening an environment. boto3 does not need them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any

from moto import backend_index
from moto.core import models

from ..patching import attribute_patched


@contextmanager
def late_responses(mocked: AbstractContextManager[Any]) -> Iterator[None]:
    """Starts and stops `mocked`, moto's outermost mock. Its entries and their order are the same as without this."""
    mocked_responses: Any = models.responses_mock
    registry = getattr(mocked_responses, "_registry", None)
    if not hasattr(registry, "_registered") or getattr(models, "backend_index", None) is not backend_index:
        with mocked:
            yield
        return
    (_, first), *others = backend_index.backend_url_patterns
    with ExitStack() as stack:
        # Only the module that creates the entries sees one pattern instead of all.
        with attribute_patched(models, "backend_index", SimpleNamespace(backend_url_patterns=[("", first)])):
            stack.enter_context(mocked)
        registry = mocked_responses._registry
        registry._registered = _Entries(registry._registered, [pattern for _, pattern in others])
        yield


class _Entries(defaultdict[str, list[Any]]):
    """Entries by HTTP method. At the beginning only the first one and those after all patterns exist."""

    def __init__(self, begun: Mapping[str, list[Any]], patterns: Sequence[Any]) -> None:
        super().__init__(list, begun)
        self._patterns = patterns
        self._begun = list(begun)

    def __getitem__(self, method: str) -> list[Any]:
        entries = super().__getitem__(method)
        if method in self._begun:
            self._begun.remove(method)
            first = entries[0]
            entries[1:1] = [type(first)(method=method, url=url, callback=first.callback) for url in self._patterns]
        return entries

    def values(self) -> Any:
        for method in list(self._begun):
            self[method]
        return super().values()

    def clear(self) -> None:
        self._begun.clear()
        super().clear()
