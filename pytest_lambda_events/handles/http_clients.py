"""Adapters for `httpx` and `requests` that send their requests to a simulated API."""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

from ..errors import LambdaEventsError, hides_frames
from ..http.messages import Request, Response
from ..sources.http.gateway import Answered

__tracebackhide__ = hides_frames

Answer = Callable[[Request], Answered]


def httpx_transport(answer: Answer, host: str, prefix: str) -> Any:
    """Returns a transport for clients of httpx, synchronous or asynchronous."""
    httpx = _imported("httpx", "api.transport()")

    def answered(request: Any) -> Any:
        raw_path = request.url.raw_path.decode("ascii")
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
        sent = _request(host, prefix, request.method, request.url.host, raw_path, headers, request.read())
        response = answer(sent).response
        return httpx.Response(response.status_code, headers=list(response.headers), content=response.body, request=request)

    return httpx.MockTransport(answered)


def requests_adapter(answer: Answer, host: str, prefix: str) -> Any:
    """Returns a transport adapter for sessions of requests."""
    return _RequestsAdapter(answer, host, prefix)


class _RequestsAdapter:
    """Has the methods that `requests.Session` calls."""

    def __init__(self, answer: Answer, host: str, prefix: str) -> None:
        self._answer = answer
        self._place = host, prefix
        self._adapters = _imported("requests.adapters", "api.adapter()")
        self._urllib3 = _imported("urllib3", "api.adapter()")

    def send(self, request: Any, **options: object) -> Any:
        """Sends a prepared request. Options such as `timeout` have no effect."""
        url = urlsplit(request.url)
        raw_path = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
        body = request.body or b""
        if not isinstance(body, (bytes, str)):
            body = b"".join(body) if not hasattr(body, "read") else body.read()
        if isinstance(body, str):
            body = body.encode()
        headers = [
            (name, value if isinstance(value, str) else value.decode("latin-1")) for name, value in request.headers.items()
        ]
        if "Host" not in request.headers:
            headers.insert(0, ("Host", url.hostname or ""))
        sent = _request(*self._place, request.method, url.hostname or "", raw_path, headers, body)
        response = self._answer(sent).response
        return self._adapters.HTTPAdapter().build_response(request, self._raw(response))

    def close(self) -> None:
        """Does nothing."""

    def _raw(self, response: Response) -> Any:
        message = Message()
        headers = self._urllib3.HTTPHeaderDict()
        for name, value in response.headers:
            headers.add(name, value)
            message[name] = value
        return self._urllib3.HTTPResponse(
            io.BytesIO(response.body), headers, response.status_code, preload_content=False,
            original_response=_OriginalResponse(message),
        )  # fmt: skip


class _OriginalResponse:
    """The part of `http.client.HTTPResponse` from which requests reads cookies."""

    def __init__(self, message: Message) -> None:
        self.msg = message

    def isclosed(self) -> bool:
        """Returns True: the body is not read from a connection."""
        return True

    def close(self) -> None:
        """Does nothing."""


def _request(
    host: str, prefix: str, method: str, sent_to: str, raw_path: str, headers: list[tuple[str, str]], body: bytes
) -> Request:
    """Returns a request. One to another host has its path below the URL of the API."""
    path, _, query = raw_path.partition("?")
    if sent_to != host:
        path = prefix + path
        headers = [(name, host if name.lower() == "host" else value) for name, value in headers]
    return Request(method.upper(), path, host, query, headers, body)


def _imported(module: str, call: str) -> Any:
    """Returns a module of a library that the project of the test may not have."""
    library = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        raise LambdaEventsError(
            f"{call} needs {library}, which is not installed. Install {library}, or use api.request(...)."
        ) from None
