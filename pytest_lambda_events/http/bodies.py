"""Bodies of requests as fronts put them into events (HTP-0F to 0K, HTP-2E)."""

from __future__ import annotations

import base64
from collections.abc import Sequence

_TEXT_TYPES = frozenset({"application/json", "application/xml", "application/javascript"})


def media_type(content_type: str | None) -> str:
    """Returns a content type without its parameters; empty if there is none."""
    return (content_type or "").partition(";")[0].strip().lower()


def is_text(content_type: str | None) -> bool:
    """Returns whether HTTP APIs, function URLs and target groups pass such a body as text (HTP-0F, HTP-0J)."""
    kind = media_type(content_type)
    return kind in _TEXT_TYPES or kind.startswith("text/")


def is_binary(content_type: str | None, binary_media_types: Sequence[str]) -> bool:
    """Returns whether the binary media types of a REST API contain a content type (HTP-2E)."""
    return "*/*" in binary_media_types or media_type(content_type) in map(str.lower, binary_media_types)


def as_text(body: bytes) -> str:
    """Returns a body as text. Bytes that are not UTF-8 become U+FFFD (HTP-0I, HTP-0K)."""
    return body.decode(errors="replace")


def as_base64(body: bytes) -> str:
    """Returns a body in base64."""
    return base64.b64encode(body).decode()
