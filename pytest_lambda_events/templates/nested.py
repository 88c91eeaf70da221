"""Finds the template of a nested stack (TPL-7B, 7C)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from .construct_paths import nested_stack_path
from .source import StackSource


def nested_source(
    parent: StackSource, logical_id: str, url: str, read: Callable[[Path], Mapping[str, Any]]
) -> StackSource | None:
    """Returns the source of a nested stack, or None if its template is not a local file.

    Args:
        parent: The stack that has it.
        logical_id: The logical id of the nested stack.
        url: The path of the template, or the URL of an asset of CDK.
        read: Returns the content of a template file.
    """
    asset = parent.assets.get(url.rpartition("/")[2])
    path = asset or (parent.folder / url).resolve()
    if (asset is None and "://" in url) or not path.is_file():
        return None
    construct_path = nested_stack_path(parent.construct_paths.get(logical_id, "")) or _by_file(parent, path)
    body = read(path)
    return replace(parent, path=path, body=body, name=None, parameters={}, construct_path=construct_path)


def _by_file(parent: StackSource, path: Path) -> str:
    """Returns a construct path for a nested stack of CDK whose metadata is missing, so that its constructs are found."""
    return f"{parent.construct_path}/{path.name.partition('.')[0]}" if parent.construct_path else ""
