"""The bytes of HTTP/1.1 between a client and an API, without a network (HTP-B2)."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from http import HTTPStatus

from ...http.messages import Request, Response

Answer = Callable[[Request], Response]
"""Answers a request."""

_END = b"\r\n"
_WITHOUT_BODY = (204, 304)


class Wire:
    """One connection. `write` takes what the client sends, and `read` returns what it receives.

    A request is answered when the client reads, as soon as it is complete.
    """

    def __init__(self, host: str, answer: Answer) -> None:
        self._host = host
        self._answer = answer
        self._sent = bytearray()
        self._received = io.BytesIO()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Adds bytes of requests."""
        self._sent += data

    def read(self, size: int = -1) -> bytes:
        """Returns bytes of responses. They are empty if the client has sent no complete request."""
        found = self._received.read(size)
        if found:
            return found
        request = self._request()
        if request is None:
            return b""
        self._received = io.BytesIO(written(request, self._answer(request)))
        return self._received.read(size)

    def _request(self) -> Request | None:
        """Takes a complete request from what the client has sent."""
        head, end, rest = bytes(self._sent).partition(_END * 2)
        if not end:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        known = {name.lower(): value for name, value in headers}
        if known.get("transfer-encoding", "").lower() == "chunked":
            chunks = _chunks(rest)
            if chunks is None:
                return None
            body, length = chunks
        else:
            length = int(known.get("content-length") or 0)
            if len(rest) < length:
                return None
            body = rest[:length]
        del self._sent[: len(head) + len(end) + length]
        method, target, protocol = first.split(" ", 2)
        path, _, query = target.partition("?")
        return Request(method, path, self._host, query, headers, body, protocol=protocol)


def _chunks(data: bytes) -> tuple[bytes, int] | None:
    """Returns a body in chunks, and its length on the wire; None if it is not complete."""
    body, position = b"", 0
    while True:
        end = data.find(_END, position)
        if end < 0:
            return None
        size = int(data[position:end].partition(b";")[0], 16)
        start = end + len(_END)
        if len(data) < start + size + len(_END):
            return None
        body += data[start : start + size]
        position = start + size + len(_END)
        if not size:
            return body, position


def written(request: Request, response: Response) -> bytes:
    """Returns the bytes of a response."""
    lines = [f"HTTP/1.1 {response.status_code} {_reason(response.status_code)}", *_header_lines(response)]
    head = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
    has_body = request.method != "HEAD" and response.status_code not in _WITHOUT_BODY
    return head + response.body if has_body else head


def _header_lines(response: Response) -> Iterator[str]:
    names = {name.lower() for name, _ in response.headers}
    yield from (f"{name}: {value}" for name, value in response.headers)
    if "content-length" not in names:
        yield f"Content-Length: {len(response.body)}"


def _reason(code: int) -> str:
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return ""
