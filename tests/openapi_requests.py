"""Generates requests to an API from its OpenAPI definition."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
_HEADER = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
_KINDS: Mapping[str, Any] = {
    "string": _TEXT, "integer": st.integers(-(10**6), 10**6), "number": st.floats(-1e6, 1e6), "boolean": st.booleans(),
}  # fmt: skip


def values(schema: Mapping[str, Any]) -> Any:
    """Returns the strategy of the values of a schema."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema["type"] == "array":
        return st.lists(values(schema["items"]), max_size=3)
    if schema["type"] == "object":
        properties = {name: values(one) for name, one in schema["properties"].items()}
        required = {name: properties.pop(name) for name in schema.get("required", ())}
        return st.fixed_dictionaries(required, optional=properties)
    return _KINDS[schema["type"]]


@st.composite
def requests_of(draw: Any, definition: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the arguments of `request` for an operation of a definition."""
    paths = definition["paths"]
    path, method = draw(st.sampled_from([(path, method) for path, item in paths.items() for method in item]))
    operation = paths[path][method]
    query: list[tuple[str, str]] = []
    headers: list[tuple[str, str]] = []
    cookies: dict[str, str] = {}
    for one in operation.get("parameters", ()):
        if not one.get("required") and draw(st.booleans()):
            continue
        place, name = one["in"], one["name"]
        if place == "path":
            # HTTP APIs read an escaped slash or question mark as one that is not escaped (HTP-0C).
            value = str(draw(values(one["schema"]))).replace("/", "-").replace("?", "-")
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        elif place == "query":
            found = draw(values(one["schema"]))
            query += [(name, str(value)) for value in (found if isinstance(found, list) else [found])]
        elif place == "header":
            headers += [(name, value) for value in draw(st.lists(_HEADER, min_size=1, max_size=2))]
        else:
            cookies[name] = quote(draw(_TEXT), safe="")
    if draw(st.booleans()):
        headers.append(("Accept", draw(st.sampled_from(["*/*", "application/json", "image/png, */*"]))))
    content, kind = draw(bodies(operation.get("requestBody", {}).get("content", {})))
    if kind is not None:
        headers.append(("Content-Type", kind))
    method = draw(st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"])) if method.startswith("x-") else method.upper()
    text = f"{path}?{urlencode(query)}" if query else path
    return {"method": method, "path": text, "headers": headers, "cookies": cookies, "content": content}


@st.composite
def bodies(draw: Any, content: Mapping[str, Any]) -> tuple[bytes | None, str | None]:
    """Returns the body of a request, and its content type."""
    if not content or draw(st.integers(0, 5)) == 0:
        return None, None
    kind = draw(st.sampled_from(sorted(content)))
    if kind.startswith("application/json"):
        return json.dumps(draw(values(content[kind]["schema"]))).encode(), kind
    if kind == "application/x-www-form-urlencoded":
        return urlencode({name: str(value) for name, value in draw(values(content[kind]["schema"])).items()}).encode(), kind
    if kind.startswith("text/"):
        return draw(_TEXT).encode(), kind
    return draw(st.binary(max_size=20)), kind if draw(st.booleans()) else None
