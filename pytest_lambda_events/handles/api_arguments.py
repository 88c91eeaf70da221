"""Checks of the arguments with which a test creates an API."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ..arguments import Kind, is_list, is_mapping, is_text, list_kind, mapping_kind, whole_number_kind
from ..errors import LambdaEventsError, hides_frames
from ..http.definitions import DEFAULT_ROUTE, DEFAULT_STAGE

__tracebackhide__ = hides_frames

_METHODS = "ANY|GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS"
_ROUTE = re.compile(rf"(?:{_METHODS}) /\S*")
_PART = re.compile(r"[^{}]+|\{([^{}+]+)(\+?)\}")
_LONGEST_TTL = 3600


def check_route_paths(keys: Iterable[str], *, ignores_last_slash: bool) -> None:
    """Raises `LambdaEventsError` for a path that no request can match, and for two routes that match the same requests."""
    known: dict[str, str] = {}
    for key in keys:
        parts = [] if key == DEFAULT_ROUTE else key.rstrip("/" if ignores_last_slash else "").split("/")[1:]
        _check_path(key, parts)
        shape = "/".join([key.partition(" ")[0], *(re.sub(r"[^{}+]+(?=\+?\})", "", part) for part in parts)])
        if shape in known:
            raise LambdaEventsError(f"The routes {known[shape]!r} and {key!r} match the same requests. Remove one of them.")
        known[shape] = key


def _check_path(key: str, parts: list[str]) -> None:
    names = []
    for place, part in enumerate(parts):
        matched = _PART.fullmatch(part)
        if part and (matched is None or (matched[2] and place < len(parts) - 1)):
            raise LambdaEventsError(
                f"The route {key!r} has the invalid part {part!r}. A path variable is a whole part, such as '{{id}}', and one "
                "with '+' is the last part, such as 'ANY /files/{path+}'."
            )
        if matched is not None and matched[1]:
            names.append(matched[1])
    if len(set(names)) < len(names):
        raise LambdaEventsError(f"The route {key!r} has a path variable twice. Give each variable its own name.")


def _is_pattern(value: object) -> bool:
    if not is_text(value):
        return False
    try:
        re.compile(value)
    except re.error:
        return False
    return True


def _sources_kind(pattern: str, example: str) -> Kind:
    is_source = re.compile(pattern).fullmatch
    return list_kind(
        f"[{example!r}]", "a list of identity sources", lambda value: is_text(value) and is_source(value) is not None
    ).optional()


def _is_route(key: object) -> bool:
    return isinstance(key, str) and _ROUTE.fullmatch(key) is not None


def _is_stage(value: object) -> bool:
    return is_text(value) and re.fullmatch(r"[\w-]{1,128}", value, re.ASCII) is not None


def _is_variables(value: object) -> bool:
    return is_mapping(value) and all(map(is_text, value.values()))


_EXAMPLE = '{"GET /orders/{id}": show_order}'
REST_ROUTES = Kind(
    "a mapping of routes such as 'GET /orders/{id}' to functions",
    lambda value: is_mapping(value) and bool(value) and all(map(_is_route, value)), _EXAMPLE,
)  # fmt: skip
HTTP_ROUTES = Kind(
    "a mapping of routes such as 'GET /orders/{id}' or '$default' to functions",
    lambda value: is_mapping(value) and all(_is_route(key) or key == DEFAULT_ROUTE for key in value), _EXAMPLE,
)  # fmt: skip
API_NAME = Kind("the name of an API", lambda value: is_text(value) and 1 <= len(value) <= 128, repr("shop"))
_STAGE = "letters, digits, '-' and '_'"
_COMMON: Mapping[str, Kind] = {
    "authorizer": Kind("an authorizer", lambda value: value is not None and not is_list(value), "check_token"),
    "stage_variables": Kind("a mapping of names to text", _is_variables, '{"table": "orders"}'),
}
HTTP_SETTINGS: Mapping[str, Kind] = {
    "stage": Kind(
        "the name of a stage",
        lambda value: value == DEFAULT_STAGE or _is_stage(value),
        repr("dev"),
        f"'$default', or {_STAGE}",
    ),
    **_COMMON,
    "payload": Kind("a payload format version", lambda value: value in ("1.0", "2.0"), repr("2.0"), "'1.0' or '2.0'"),
    "cors": mapping_kind('{"allow_origins": ["https://shop.example"]}'),
    "timeout_in_millis": whole_number_kind(10_000, "milliseconds"),
}
REST_SETTINGS: Mapping[str, Kind] = {
    "stage": Kind("the name of a stage", _is_stage, repr("dev"), _STAGE),
    **_COMMON,
    "binary_media_types": list_kind('["image/png"]', "a list of media types", is_text),
    "timeout_in_millis": whole_number_kind(10_000, "milliseconds"),
}
_TTL = whole_number_kind(300, "seconds", least=0, most=_LONGEST_TTL).optional()
HTTP_AUTHORIZER: Mapping[str, Kind] = {
    "identity_sources": _sources_kind(
        r"\$(?:request\.(?:header|querystring)|context|stageVariables)\.\S+", "$request.header.Authorization"
    ),
    "ttl_seconds": _TTL,
}
REST_AUTHORIZER: Mapping[str, Kind] = {
    "identity_sources": _sources_kind(
        r"(?:method\.request\.(?:header|querystring)|context|stageVariables)\.\S+", "method.request.header.Authorization"
    ),
    "ttl_seconds": _TTL,
    "type": Kind("a type of authorizers", lambda value: value in ("TOKEN", "REQUEST"), repr("TOKEN"), "'TOKEN' or 'REQUEST'"),
    "validation_expression": Kind("a regular expression", _is_pattern, repr("[a-z0-9]+")).optional(),
}
