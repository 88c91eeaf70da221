"""Receives what the functions of custom resources send to their `ResponseURL`, without a network (TPL-H4)."""

from __future__ import annotations

import http.client
import io
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from ..patching import attribute_patched

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_END_OF_HEAD = b"\r\n\r\n"


@contextmanager
def responses_received(host: str) -> Iterator[list[dict[str, Any]]]:
    """Collects the bodies that are sent to a host with PUT while the block runs.

    All clients that are based on `http.client` are answered: urllib, urllib3, requests.
    """
    import urllib3.connection

    received: list[dict[str, Any]] = []
    kinds: list[Any] = [http.client.HTTPConnection, http.client.HTTPSConnection]
    kinds += [urllib3.connection.HTTPConnection, urllib3.connection.HTTPSConnection]
    with ExitStack() as stack:
        for kind in kinds:
            stack.enter_context(attribute_patched(kind, "connect", _connecting(kind.connect, host, received)))
        yield received


def _connecting(connect: Any, host: str, received: list[dict[str, Any]]) -> Any:
    def connecting(connection: Any, *positional: Any, **keywords: Any) -> Any:
        if connection.host != host:
            return connect(connection, *positional, **keywords)
        connection.sock = _Answering(received)
        # urllib3 warns about connections whose certificate was not checked.
        connection.is_verified = True
        return None

    return connecting


class _Answering:
    """The socket of a connection to the host. It answers each request with 200."""

    def __init__(self, received: list[dict[str, Any]]) -> None:
        self._received = received
        self._sent = bytearray()

    def sendall(self, data: bytes) -> None:
        self._sent += data

    def makefile(self, *positional: Any, **keywords: Any) -> io.BytesIO:
        head, _, body = bytes(self._sent).partition(_END_OF_HEAD)
        if head.startswith(b"PUT "):
            if b"transfer-encoding: chunked" in head.lower():
                body = _joined(body)
            self._received.append(_read(body))
        self._sent.clear()
        return io.BytesIO(_ANSWER)

    def settimeout(self, seconds: float | None) -> None:
        """Does nothing."""

    def setsockopt(self, *arguments: Any) -> None:
        """Does nothing."""

    def shutdown(self, how: int) -> None:
        """Does nothing."""

    def close(self) -> None:
        """Does nothing."""


def _joined(chunks: bytes) -> bytes:
    """Returns the body of a request with `Transfer-Encoding: chunked`."""
    body = b""
    while chunks:
        size, _, rest = chunks.partition(b"\r\n")
        length = int(size.split(b";")[0] or b"0", 16)
        if not length:
            break
        body, chunks = body + rest[:length], rest[length + 2 :]
    return body


def _read(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    if isinstance(content, dict):
        return content
    return {"Status": "FAILED", "Reason": f"the response is not a JSON map: {body!r}"}
