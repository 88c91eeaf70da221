"""HTTP requests and responses as values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ..values import dataclass

Headers: TypeAlias = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the client sends it.

    `path` begins with `/` and keeps its percent escapes. `query` is the text after `?`, also as sent. `headers` keep their
    order, their case and repeated names. `host` is the host name, without a port.
    """

    method: str
    path: str
    host: str
    query: str = ""
    headers: Headers = ()
    body: bytes = b""
    source_ip: str = "127.0.0.1"
    protocol: str = "HTTP/1.1"


@dataclass(frozen=True, slots=True)
class Response:
    """A response as the client receives it. `headers` keep their order, their case and repeated names."""

    status_code: int
    headers: Headers = ()
    body: bytes = b""
