"""Reads template files: JSON, or YAML 1.1 with the short tags of CloudFormation (TPL-10 to 13)."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from .errors import TemplateError

_NOT_READ = ("tag:yaml.org,2002:timestamp",)
"""YAML types that stay text. `Version: 2012-10-17` is a text in every policy."""


def read_template(path: Path) -> dict[str, Any]:
    """Returns the content of a template file.

    Raises:
        TemplateError: The file does not exist, is not valid YAML or JSON, has a key twice, or is not a map.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateError(f"Cannot read the template {str(path)!r}: {error}.") from error
    return parsed_template(text, str(path))


def parsed_template(text: str, name: str) -> dict[str, Any]:
    """Returns the content of a template. `name` is what messages call it. Raises `TemplateError`."""
    try:
        content = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise TemplateError(f"The template {name!r} is not valid YAML or JSON: {error}") from None
    if not isinstance(content, dict):
        raise TemplateError(
            f"The template {name!r} is a {type(content).__name__}. A template is a map with the key Resources."
        )
    return content


_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]
    """Loads YAML as the tools of AWS do, with anchors and merges."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        own = [key for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        seen: set[Any] = set()
        for key_node in own:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                mark = key_node.start_mark
                raise TemplateError(
                    f"The template has the key {key!r} twice in one map; the second is in line {mark.line + 1}. Remove one."
                )
            seen.add(key)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


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


_Loader.add_multi_constructor("!", _function)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _NOT_READ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
