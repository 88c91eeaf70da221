"""CORS as HTTP APIs and function URLs answer it (HTP-3Q to 3T, HTP-59)."""

from __future__ import annotations

from .definitions import Cors
from .function_responses import without_headers
from .messages import Request, Response
from .request_headers import first_value

_PREFIX = "access-control-"
_ALLOW_ORIGIN, _ALLOW_CREDENTIALS = "access-control-allow-origin", "access-control-allow-credentials"
_EXPOSE = "access-control-expose-headers"


def is_preflight(request: Request) -> bool:
    """Returns whether a request is a preflight (HTP-3Q)."""
    if request.method != "OPTIONS":
        return False
    return all(first_value(request.headers, name) is not None for name in ("origin", "access-control-request-method"))


def preflight_headers(cors: Cors, request: Request) -> list[tuple[str, str]]:
    """Returns the grants of a preflight; none if the origin is not allowed (HTP-3R)."""
    grants = _grants(cors, request)
    if not grants:
        return []
    lists = (
        ("access-control-allow-methods", cors.allow_methods),
        ("access-control-allow-headers", cors.allow_headers),
    )
    grants += [(name, ",".join(values)) for name, values in lists if values]
    if cors.max_age is not None:
        grants.append(("access-control-max-age", str(cors.max_age)))
    return grants


def replaced(cors: Cors, request: Request, response: Response) -> Response:
    """Returns a response of an HTTP API: the configured CORS headers replace those of the function (HTP-3S)."""
    kept = [(name, value) for name, value in response.headers if not name.lower().startswith(_PREFIX)]
    return Response(response.status_code, [*kept, *_actual(cors, request)], response.body)


def added(cors: Cors, request: Request, response: Response) -> Response:
    """Returns a response of a function URL: the configured CORS headers come after those of the function (HTP-59)."""
    grants = _actual(cors, request)
    if not grants:
        return response
    exposed = [value for name, value in (*response.headers, *grants) if name.lower() == _EXPOSE]
    kept = without_headers([*response.headers, *grants], [_EXPOSE])
    merged = [(_EXPOSE, ",".join(exposed))] if exposed else []
    return Response(response.status_code, [*kept, *merged, ("Vary", "Origin")], response.body)


def _actual(cors: Cors, request: Request) -> list[tuple[str, str]]:
    grants = _grants(cors, request)
    if grants and cors.expose_headers:
        grants.append((_EXPOSE, ",".join(cors.expose_headers)))
    return grants


def _grants(cors: Cors, request: Request) -> list[tuple[str, str]]:
    """Returns the allowed origin and whether credentials are allowed; nothing if the origin is not allowed (HTP-3T)."""
    origin = first_value(request.headers, "origin")
    if origin is None or not _is_allowed(cors, origin):
        return []
    grants = [(_ALLOW_ORIGIN, "*" if "*" in cors.allow_origins else origin)]
    if cors.allow_credentials:
        grants.append((_ALLOW_CREDENTIALS, "true"))
    return grants


def _is_allowed(cors: Cors, origin: str) -> bool:
    scheme = origin.partition("://")[0]
    return any(allowed in ("*", origin, f"{scheme}://*") for allowed in cors.allow_origins)
