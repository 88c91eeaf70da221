"""Applies the transform `AWS::LanguageExtensions`: loops, and functions inside `Ref` and `Fn::GetAtt` (TPL-49)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .errors import TemplateError
from .place import Place
from .sections import section
from .static_scope import StaticScope
from .texts import as_text
from .values import EXTENSIONS, Where, attribute_of, function_of, resolved

LOOP = "Fn::ForEach::"
_BLOCK = f"what {EXTENSIONS} computes: collections of loops, and names in Ref and Fn::GetAtt"
_ATTRIBUTES = ("DeletionPolicy", "UpdateReplacePolicy")


def extended(body: Mapping[str, Any], parameters: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Returns the template with all loops written out, and with plain names in `Ref` and `Fn::GetAtt`.

    Raises:
        TemplateError: A loop is not written correctly, makes a key twice, or needs a value of a resource.
    """
    mappings = section(body, "Mappings")

    def scope_with(conditions: Mapping[str, Any]) -> StaticScope:
        return StaticScope(place, parameters, mappings, conditions, extends_language=True, block=_BLOCK)

    conditions = _Expansion(scope_with({})).expanded(dict(section(body, "Conditions")), "Conditions")
    expansion = _Expansion(scope_with(conditions))
    output = {**body, "Conditions": conditions}
    for name in ("Resources", "Outputs"):
        if name in body:
            output[name] = expansion.expanded(dict(section(body, name)), name)
    for resource in (one for one in output.get("Resources", {}).values() if isinstance(one, dict)):
        resource |= {key: expansion.value(resource[key], key) for key in _ATTRIBUTES if key in resource}
    return output


class _Expansion:
    """Writes out loops with the values that a scope has."""

    def __init__(self, scope: StaticScope) -> None:
        self._scope = scope

    def value(self, written: Any, where: Where) -> Any:
        """Returns a value that needs no resource."""
        return resolved(written, self._scope, where)

    def expanded(self, written: Any, where: Where) -> Any:
        """Returns a value in which all loops are written out."""
        if isinstance(written, list):
            return [self.expanded(one, f"{where}/{index}") for index, one in enumerate(written)]
        if not isinstance(written, Mapping):
            return written
        found = function_of(written)
        if found is not None and found[0] == "Ref" and not isinstance(found[1], str):
            return {"Ref": self.value(found[1], f"{where}/Ref")}
        if found is not None and found[0] == "Fn::GetAtt":
            return {"Fn::GetAtt": [self.value(one, where) for one in attribute_of(found[1], where)]}
        output: dict[str, Any] = {}
        for key, one in written.items():
            place = f"{where}/{key}"
            entries = self._loop(one, place) if key.startswith(LOOP) else {key: self.expanded(one, place)}
            twice = next((name for name in entries if name in output), None)
            if twice is not None:
                raise TemplateError(f"{where}/{key}: the key {twice!r} exists already. Rename one.")
            output |= entries
        return output

    def _loop(self, written: Any, where: Where) -> dict[str, Any]:
        if not isinstance(written, list) or len(written) != 3:
            raise TemplateError(f"{where}: {written!r} is not [identifier, collection, {{key: value}}].")
        identifier, collection, body = written
        if not isinstance(identifier, str) or not identifier.isalnum() or not isinstance(body, Mapping):
            raise TemplateError(f"{where}: a loop needs an identifier of letters and digits, and a map as its body.")
        items = self.value(collection, where)
        if not isinstance(items, list):
            raise TemplateError(f"{where}: the collection {items!r} is not a list.")
        output: dict[str, Any] = {}
        for item in items:
            entries = self.expanded(_substituted(body, identifier, as_text(item, where)), where)
            twice = next((name for name in entries if name in output), None)
            if twice is not None:
                raise TemplateError(f"{where}: the key {twice!r} is made twice. Use ${{{identifier}}} in it.")
            output |= entries
        return output


def _substituted(value: Any, identifier: str, item: str) -> Any:
    """Returns a value in which the item replaces `${Identifier}`, `&{Identifier}` and `Ref: Identifier`."""
    if isinstance(value, str):
        return value.replace(f"${{{identifier}}}", item).replace(f"&{{{identifier}}}", re.sub(r"[^A-Za-z0-9]", "", item))
    if isinstance(value, list):
        return [_substituted(one, identifier, item) for one in value]
    if isinstance(value, Mapping):
        if function_of(value) == ("Ref", identifier):
            return item
        return {_substituted(key, identifier, item): _substituted(one, identifier, item) for key, one in value.items()}
    return value
