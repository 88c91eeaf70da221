"""Golden files: syrupy's snapshots, written as the JSON that `normalize` makes of a value. The one room of syrupy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from syrupy.extensions.amber import AmberSnapshotExtension

from ..config import LambdaEventsConfig
from .normalizing import normalized
from .plain_values import told_start

Json = Any


class RecordSnapshotExtension(AmberSnapshotExtension):
    """One `.golden` file for each test module, with a readable value for each comparison, in AWS's order of keys.

    It lies beside the files of syrupy's own `snapshot`, in `__snapshots__`.
    """

    file_extension = "golden"
    _file_extension = "golden"  # its name before syrupy 5
    start: datetime = LambdaEventsConfig().start

    def serialize(self, data: Any, *, exclude: Any = None, include: Any = None, matcher: Any = None, **_: Any) -> str:
        """The value as text. `exclude`, `include` and `matcher` are syrupy's, and are asked of the normalized value."""
        content = normalized(data, start=told_start(data) or self.start)
        return written(_chosen(content, (), exclude, include, matcher))


def extension_of(start: datetime) -> type[RecordSnapshotExtension]:
    """Returns the extension for a clock that starts at `start`: one class for the default, since syrupy counts by class."""
    if start == RecordSnapshotExtension.start:
        return RecordSnapshotExtension
    return type("RecordSnapshotExtension", (RecordSnapshotExtension,), {"start": start})


def written(content: Json) -> str:
    """Text as it is, such as a timeline; all else as indented JSON."""
    return content if isinstance(content, str) else json.dumps(content, indent=2, ensure_ascii=False)


def _chosen(value: Json, path: tuple[Any, ...], exclude: Any, include: Any, matcher: Any) -> Json:
    if matcher is not None:
        value = matcher(data=value, path=path)
    if isinstance(value, Mapping):
        return {
            key: _chosen(item, (*path, (key, type(item))), exclude, include, matcher)
            for key, item in value.items()
            if not (exclude is not None and exclude(prop=key, path=path)) and (include is None or include(prop=key, path=path))
        }
    if isinstance(value, list):
        return [_chosen(item, (*path, (index, type(item))), exclude, include, matcher) for index, item in enumerate(value)]
    return value if value is None or isinstance(value, (str, int, float)) else repr(value)
