"""Reads template files: JSON, or YAML 1.1 with the short tags of CloudFormation (TPL-10 to 13)."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Any

import yaml

from .errors import TemplateError
from .texts import as_text

KEPT = 64
"""The number of template files that a process keeps."""
_YAML = "tag:yaml.org,2002:"
_NOT_READ = (f"{_YAML}timestamp",)
"""YAML types that stay text. `Version: 2012-10-17` is a text in every policy."""
_UNKNOWN_TAGS = ("binary", "omap", "pairs", "set", "timestamp")
"""Types of YAML that CloudFormation does not know."""

Texts = Callable[[str], "str | None"]
"""Returns the text of a file that a template names, or None if it does not exist."""


def read_template(path: Path) -> dict[str, Any]:
    """Returns the content of a template file. It is shared while the file is the same, so do not change it.

    Raises:
        TemplateError: The file does not exist, is not valid YAML or JSON, has a key twice, or is not a map.
    """
    return _parsed_once(read_text(path), str(path))


def read_text(path: Path) -> str:
    """Returns the text of a file. Raises `TemplateError` if reading fails."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateError(f"Cannot read the template {str(path)!r}: {error}.") from error


def parsed_template(text: str, name: str) -> dict[str, Any]:
    """Returns the content of a template. `name` is what messages call it. Raises `TemplateError`."""
    content = parsed_value(text, name)
    if content is None:
        raise TemplateError(f"The template {name!r} is empty. A template is a map with the key Resources.")
    if not isinstance(content, dict):
        raise TemplateError(
            f"The template {name!r} is a {type(content).__name__}. A template is a map with the key Resources."
        )
    return content


@functools.lru_cache(maxsize=KEPT)
def _parsed_once(text: str, name: str) -> dict[str, Any]:
    return parsed_template(text, name)


def parsed_value(text: str, name: str) -> Any:
    """Returns the value that a text of JSON or YAML has, without anchors. Keys are texts. Raises `TemplateError`."""
    try:
        if text.lstrip().startswith("{"):
            try:
                return json.loads(text, object_pairs_hook=_json_map)
            except json.JSONDecodeError:
                # A map of YAML in braces.
                pass
        return _plain(yaml.load(text, Loader=_Loader), ())
    except yaml.YAMLError as error:
        raise TemplateError(f"The template {name!r} is not valid YAML or JSON: {error}") from None
    except _Invalid as error:
        raise TemplateError(f"The template {name!r} {error}") from None


class _Invalid(Exception):
    """The content of a file is refused. The text follows the name of the template."""


def _json_map(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _Invalid(f"has the key {twice!r} twice in one map. Remove one.")
    return content


def _plain(value: Any, parents: tuple[int, ...]) -> Any:
    """Returns a copy in which no map or list stands in two places, and the keys of maps are texts."""
    if not isinstance(value, (dict, list)):
        return value
    if id(value) in parents:
        raise _Invalid("has an alias of YAML that contains itself. Remove it.")
    parents = (*parents, id(value))
    if isinstance(value, list):
        return [_plain(one, parents) for one in value]
    return {key if type(key) is str else as_text(key, "A key"): _plain(one, parents) for key, one in value.items()}


_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]
    """Loads YAML as the tools of AWS do, with anchors and merges."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        self._check_keys(key for key, _ in node.value if key.tag != f"{_YAML}merge")
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping

    def _check_keys(self, key_nodes: Iterable[yaml.Node]) -> None:
        seen: set[Any] = set()
        for key_node in key_nodes:
            key, line = self.construct_object(key_node, deep=True), key_node.start_mark.line + 1
            if not isinstance(key, (str, int, float)):
                raise _Invalid(f"has the key {key!r} in line {line}. Write a text as the key.")
            if key in seen:
                raise _Invalid(f"has the key {key!r} twice in one map; the second is in line {line}. Remove one.")
            seen.add(key)


def _function(loader: Any, suffix: str, node: yaml.Node) -> dict[str, Any]:
    """Returns the long form of a function that is written as a tag."""
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


def _unknown(loader: Any, node: yaml.Node) -> Any:
    raise _Invalid(
        f"has the YAML type !!{node.tag.removeprefix(_YAML)} in line {node.start_mark.line + 1}. "
        "CloudFormation does not know it. Write a text, list or map."
    )


_Loader.add_multi_constructor("!", _function)
for _name in _UNKNOWN_TAGS:
    _Loader.add_constructor(f"{_YAML}{_name}", _unknown)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _NOT_READ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
