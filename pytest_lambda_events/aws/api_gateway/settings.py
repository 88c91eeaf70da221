"""Settings of APIs and function URLs: CORS and the limits of requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...http.definitions import Cors, Throttle


def cors_of(written: Mapping[str, Any] | None) -> Cors | None:
    """Returns a CORS configuration that is written as in the API, with the names in any case."""
    if not written:
        return None
    values = {name[:1].lower() + name[1:]: value for name, value in written.items()}
    return Cors(
        tuple(values.get("allowOrigins") or ()), tuple(values.get("allowMethods") or ()),
        tuple(values.get("allowHeaders") or ()), tuple(values.get("exposeHeaders") or ()),
        allow_credentials=bool(values.get("allowCredentials")), max_age=values.get("maxAge"),
    )  # fmt: skip


def throttle_of(settings: Mapping[str, Any]) -> Throttle | None:
    """Returns the limit of requests in the settings of a route or a method, or None."""
    rate, burst = settings.get("throttlingRateLimit"), settings.get("throttlingBurstLimit")
    return None if rate is None or burst is None else Throttle(float(rate), int(burst))
