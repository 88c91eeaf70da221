"""Headers of requests as fronts put them into events (HTP-07, HTP-08, HTP-11, HTP-31, HTP-32)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from .messages import Headers, Request

_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
_TITLES = {
    "content-length": "Content-Length", "host": "Host", "user-agent": "User-Agent", "x-amzn-trace-id": "X-Amzn-Trace-Id",
    "x-forwarded-for": "X-Forwarded-For", "x-forwarded-port": "X-Forwarded-Port", "x-forwarded-proto": "X-Forwarded-Proto",
}  # fmt: skip
"""The headers whose case a gateway owns."""
_ADDED = frozenset({"x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"})
TRACE = "x-amzn-trace-id"


def first_value(headers: Headers, name: str) -> str | None:
    """Returns the first value of a header, whose name is given in lower case; None if there is none."""
    for one, value in headers:
        if one.lower() == name:
            return value
    return None


def last_value(headers: Headers, name: str) -> str | None:
    """Returns the last value of a header, whose name is given in lower case; None if there is none."""
    return first_value(headers[::-1], name)


def received(request: Request, trace_root: str) -> list[tuple[str, str]]:
    """Returns the headers that a function receives: those of the client, and those that each front adds.

    `trace_root` is the id of a new trace. A client's own trace header stays, after `Self` (HTP-08).
    """
    kept, own = [], {}
    for name, value in request.headers:
        lower = name.lower()
        if lower in _ADDED:
            own[lower] = value
        elif lower not in _HOP_BY_HOP:
            kept.append((name, value))
    trace, forwarded = own.get(TRACE), own.get("x-forwarded-for")
    kept += [
        (TRACE, f"Root={trace_root}" if trace is None else f"Self={trace_root};{trace}"),
        ("x-forwarded-for", request.source_ip if forwarded is None else f"{forwarded}, {request.source_ip}"),
        ("x-forwarded-port", "443"),
        ("x-forwarded-proto", "https"),
    ]
    return kept


def title(name: str) -> str:
    """Returns the name of a header in events of REST APIs and in format 1.0 (HTP-11, HTP-36)."""
    return _TITLES.get(name.lower(), name)


def grouped(headers: Iterable[tuple[str, str]], name_of: Callable[[str], str]) -> dict[str, list[str]]:
    """Returns the values of each header, sorted by name. Names that differ only in case are one header."""
    names: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(names.setdefault(name.lower(), name_of(name)), []).append(value)
    return {name: found[name] for name in sorted(found)}


def with_content_length(headers: list[tuple[str, str]], body: bytes) -> list[tuple[str, str]]:
    """Returns the headers with `content-length`, which is `0` without a body (HTP-31, HTP-36)."""
    if first_value(headers, "content-length") is None:
        headers.append(("content-length", str(len(body))))
    return headers


def cookies(lines: Sequence[str]) -> list[str]:
    """Returns the cookies of the `cookie` headers (HTP-32)."""
    return [cookie for line in lines for part in line.split(";") if (cookie := part.strip())]
