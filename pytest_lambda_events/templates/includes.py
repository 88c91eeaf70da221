"""Replaces `AWS::Include` by the content of files (TPL-7A)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import NotSimulatedError
from .errors import TemplateError
from .files import Texts, parsed_value, read_text
from .sections import transforms
from .static_scope import StaticScope
from .values import Where, resolved

INCLUDE = "AWS::Include"
_API_TYPES = ("AWS::Serverless::Api", "AWS::Serverless::HttpApi", "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api")
_DEEPEST = 10

Stored = Callable[[str, str], "str | None"]
"""Returns the text of an object in a bucket, or None if it does not exist."""


def has_includes(body: Mapping[str, Any]) -> bool:
    """Returns whether a template may include files: it names the macro, or another one."""
    return INCLUDE in transforms(body) or _has_macros(body)


def _has_macros(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "Fn::Transform" in value or any(map(_has_macros, value.values()))
    return isinstance(value, list) and any(map(_has_macros, value))


def texts_of(folder: Path, stored: Stored) -> Texts:
    """Returns what reads included files: those of `folder`, and objects of the simulated S3."""

    def text(location: str) -> str | None:
        if location.startswith("s3://"):
            bucket, _, key = location.removeprefix("s3://").partition("/")
            return stored(bucket, key)
        path = folder / location
        return read_text(path) if path.is_file() else None

    return text


class Includes:
    """Replaces the includes of one template. `notes` are what was left out, by logical id."""

    def __init__(self, scope: StaticScope, read: Texts) -> None:
        self._scope = scope
        self._read = read
        self.notes: dict[str, str] = {}

    def replaced(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the template with the content of the files.

        Raises:
            TemplateError: A file does not exist. In the body of an API it is left out.
            NotSimulatedError: `Fn::Transform` names another macro.
        """
        output = self._at_top(dict(body))
        for section in ("Mappings", "Conditions", "Outputs"):
            if section in output:
                output[section] = self._value(output[section], section)
        resources = self._value_of_map(output.get("Resources"), "Resources")
        output["Resources"] = {name: self._resource(name, one) for name, one in resources.items()}
        return output

    def _at_top(self, body: dict[str, Any]) -> dict[str, Any]:
        """Includes what the section `Transform` names."""
        written = body.get("Transform") or []
        items = written if isinstance(written, list) else [written]
        others = [one for one in items if not _is_include(one)]
        for one in (item for item in items if _is_include(item)):
            content = self._content(one, "Transform", 0)
            body = {**body, **{key: _joined(body.get(key), value) for key, value in content.items()}}
        return {**body, "Transform": others}

    def _value_of_map(self, written: Any, where: Where) -> dict[str, Any]:
        """Returns a section whose own entries may be an include, but without the includes inside them."""
        if not isinstance(written, Mapping) or "Fn::Transform" not in written:
            return dict(written or {})
        others = {key: one for key, one in written.items() if key != "Fn::Transform"}
        return {**self._content(written["Fn::Transform"], where, 0), **others}

    def _resource(self, name: str, written: Any) -> Any:
        where = f"Resources/{name}"
        if not isinstance(written, Mapping) or written.get("Type") not in _API_TYPES:
            return self._value(written, where)
        try:
            return self._value(written, where)
        except _Missing as error:
            # Nothing of the API is created, so the rest of it is enough.
            self.notes[name] = str(error)
            return {**written, "Properties": _without_body(written.get("Properties"))}

    def _value(self, written: Any, where: Where, depth: int = 0) -> Any:
        if isinstance(written, list):
            return [self._value(one, f"{where}/{index}", depth) for index, one in enumerate(written)]
        if not isinstance(written, Mapping):
            return written
        others = {key: self._value(one, f"{where}/{key}", depth) for key, one in written.items() if key != "Fn::Transform"}
        if "Fn::Transform" not in written:
            return others
        content = self._value(self._content(written["Fn::Transform"], where, depth), where, depth + 1)
        if not others:
            return content
        if not isinstance(content, Mapping):
            raise TemplateError(f"{where}: the included file is a {type(content).__name__}, and stands beside other keys.")
        return {**content, **others}

    def _content(self, written: Any, where: Where, depth: int) -> Any:
        name = written.get("Name") if isinstance(written, Mapping) else written
        if name != INCLUDE:
            raise NotSimulatedError(f"{where}: the macro {name!r} is not simulated. Only {INCLUDE} is.")
        location = resolved((written.get("Parameters") or {}).get("Location"), self._scope, where)
        if not isinstance(location, str):
            raise TemplateError(f"{where}: {INCLUDE} needs the parameter Location, a text.")
        if depth > _DEEPEST:
            raise TemplateError(f"{where}: {location!r} includes itself.")
        return parsed_value(self._text(location, where), location)

    def _text(self, location: str, where: Where) -> str:
        text = self._read(location)
        if text is None:
            hint = "Put the object first, or write a local path." if location.startswith("s3://") else "Add the file."
            raise _Missing(f"{where}: the included file {location!r} does not exist. {hint}")
        return text


def _is_include(written: Any) -> bool:
    return INCLUDE in transforms({"Transform": written})


def _without_body(properties: Any) -> Any:
    if not isinstance(properties, Mapping):
        return properties
    body = {"swagger": "2.0", "info": {"title": "body", "version": "1.0"}, "paths": {}}
    return {key: body if key in ("DefinitionBody", "Body") else one for key, one in properties.items()}


class _Missing(TemplateError):
    """An included file does not exist."""


def _joined(section: Any, more: Any) -> Any:
    """Returns the entries of a section and of an included one."""
    return {**more, **section} if isinstance(section, Mapping) and isinstance(more, Mapping) else more
