"""The maps of headers and query parameters in events of REST APIs and in payload format 1.0 (HTP-11, HTP-14, HTP-15)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import query
from .request_headers import grouped, title


def maps(headers: Iterable[tuple[str, str]], query_text: str) -> dict[str, Any]:
    """Returns the four maps, in the order of the event. Without a query its maps are null."""
    multi, values = grouped(headers, title), query.decoded(query_text)
    return {
        "headers": query.last_values(multi),
        "multiValueHeaders": multi,
        "queryStringParameters": query.last_values(values) or None,
        "multiValueQueryStringParameters": values or None,
    }
