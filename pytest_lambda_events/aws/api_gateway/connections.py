"""Lets clients other than boto3 send requests to APIs and function URLs, without a network (HTP-B2), and fetch the
certificates of SNS.

A connection to a host of these ends before the socket: `http.client`, and so `urllib` and urllib3 and with it requests, get a
connection of `Wire`. So does httpcore, and with it httpx.
"""

from __future__ import annotations

import http.client
import io
import re
import socket
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import urllib3.connection
from moto.core import custom_responses_mock

from ...contexts import contextmanager
from ...errors import NotSimulatedError, hides_frames
from ...http.messages import Request, Response
from ...patching import Patch
from ...simulation.simulation import Simulation
from ..lasting import kept, lasting
from ..late_parts import when_loaded
from ..network.aws_hosts import refusal
from ..repairs import patched
from .wire import Wire

if TYPE_CHECKING:
    from .hosts import ApiHosts

__tracebackhide__ = hides_frames

HOST = r"[a-z0-9]+\.(?:execute-api\.[a-z0-9-]+\.amazonaws\.com|lambda-url\.[a-z0-9-]+\.on\.aws)"
"""The hosts of APIs and function URLs, in lower case."""
CERTIFICATE_HOST = r"sns\.[a-z0-9-]+\.amazonaws\.com"
"""The hosts of the certificates of SNS. moto answers requests of the library requests to them."""


@contextmanager
def api_hosts_answered(
    simulation: Simulation, apis: Callable[[], ApiHosts], allow_endpoints: Sequence[str] = ()
) -> Iterator[None]:
    """Answers requests to hosts of APIs and function URLs in threads of the environment.

    `apis` returns what has the hosts. Requests to one of `allow_endpoints` are really sent. Hosts of other APIs are refused,
    as other hosts of AWS are.
    """
    hosts = _Hosts(simulation, apis, {urlsplit(endpoint).hostname for endpoint in allow_endpoints})
    lasting_hosts = lasting(hosts)
    with (
        kept("connections to hosts", lasting_hosts.of_standard_library),
        when_loaded(
            "httpcore._backends.sync", lambda: kept("connections of httpcore", lasting_hosts.of_httpcore), also=["httpcore"]
        ),
    ):
        yield


class _Hosts:
    def __init__(self, simulation: Simulation, apis: Callable[[], ApiHosts], allowed: Container[str | None]) -> None:
        self._simulation = simulation
        self._apis = apis
        self._allowed = allowed

    def wire(self, host: str) -> Wire | None:
        """Returns a connection if the host is that of an API or a function URL, and this thread belongs to the environment."""
        name = host.rstrip(".").lower()
        is_certificate = re.fullmatch(CERTIFICATE_HOST, name) is not None
        if not (is_certificate or re.fullmatch(HOST, name)) or name in self._allowed:
            return None
        if not (self._simulation.is_open and self._simulation.in_simulation_thread()):
            return None
        if is_certificate:
            return Wire(name, self._certificate)
        apis = self._apis()
        if not apis.has(name):
            raise self._simulation.record_misuse(apis.refusal(name), NotSimulatedError)
        return Wire(name, apis.answer)

    def _certificate(self, request: Request) -> Response:
        """Returns the certificate of SNS. Refuses other requests to its host."""
        from ..push.topic_signatures import certificate_at

        found = certificate_at(request.path)
        if found is None:
            raise self._simulation.record_misuse(refusal(request.host), NotSimulatedError)
        return Response(200, [("Content-Type", "application/x-pem-file")], found)

    def of_standard_library(self) -> AbstractContextManager[None]:
        """Returns the patches of libraries that are loaded always."""
        return patched(self._patches())

    def _patches(self) -> Iterator[Patch]:
        for kind in (
            http.client.HTTPConnection, http.client.HTTPSConnection, urllib3.connection.HTTPConnection,
            urllib3.connection.HTTPSConnection,
        ):  # fmt: skip
            yield kind, "connect", self._connecting(kind.connect)
        # moto answers requests of the library requests to such hosts with 404.
        moto: Any = custom_responses_mock
        is_passed = moto.passthrough_url

        def passthrough_url(url: str) -> bool:
            return bool(re.match(HOST, url.partition("://")[2].lower())) or is_passed(url)

        yield moto, "passthrough_url", passthrough_url

    def _connecting(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        def connect(connection: Any) -> None:
            wire = None if getattr(connection, "_tunnel_host", None) else self.wire(connection.host)
            if wire is None:
                original(connection)
                return
            connection.sock = _Socket(wire)
            # urllib3 warns of connections that it did not verify.
            connection.is_verified = True

        return connect

    def of_httpcore(self) -> AbstractContextManager[None]:
        """Returns the patches of httpcore's connections."""
        blocking: Any = import_module("httpcore._backends.sync").SyncBackend
        asynchronous: Any = import_module("httpcore._backends.auto").AutoBackend
        connect, connect_later = blocking.connect_tcp, asynchronous.connect_tcp

        def connect_tcp(backend: Any, host: str, *positional: Any, **keywords: Any) -> Any:
            wire = self.wire(host)
            return connect(backend, host, *positional, **keywords) if wire is None else _Stream(wire)

        async def connect_tcp_later(backend: Any, host: str, *positional: Any, **keywords: Any) -> Any:
            wire = self.wire(host)
            return await connect_later(backend, host, *positional, **keywords) if wire is None else _AsyncStream(wire)

        return patched(((blocking, "connect_tcp", connect_tcp), (asynchronous, "connect_tcp", connect_tcp_later)))


class _Socket:
    """What `http.client` uses of a socket."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._pair: tuple[socket.socket, socket.socket] | None = None

    def sendall(self, data: Any) -> None:
        """Sends bytes."""
        self._wire.write(data)

    def makefile(self, *positional: object, **keywords: object) -> Any:
        """Returns a file from which responses are read."""
        return io.BufferedReader(_Reader(self._wire))

    def fileno(self) -> int:
        """Returns the number of a socket that is never readable, because no response comes without a request."""
        if self._pair is None:
            self._pair = socket.socketpair()
        return self._pair[0].fileno()

    def close(self) -> None:
        """Closes the connection."""
        for one in self._pair or ():
            one.close()

    def __getattr__(self, name: str) -> Callable[..., None]:
        # Settings of a socket, such as settimeout and setsockopt, change nothing.
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *positional, **keywords: None


class _Reader(io.RawIOBase):
    """The responses of a connection, as a file."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def readable(self) -> bool:
        """Returns True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads into a buffer. Returns the number of bytes, which is 0 at the end."""
        found = self._wire.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)


class _Stream:
    """What httpcore uses of a network stream."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Returns bytes of responses."""
        return self._wire.read(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Sends bytes of requests."""
        self._wire.write(buffer)

    def close(self) -> None:
        """Closes the connection."""

    def start_tls(self, *positional: object, **keywords: object) -> _Stream:
        """Returns this stream: nothing is encrypted."""
        return self

    def get_extra_info(self, info: str) -> object:
        """Returns whether the stream is readable, or None for other facts."""
        return False if info == "is_readable" else None


class _AsyncStream:
    """What httpcore uses of an asynchronous network stream."""

    def __init__(self, wire: Wire) -> None:
        self._stream = _Stream(wire)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Returns bytes of responses."""
        return self._stream.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Sends bytes of requests."""
        self._stream.write(buffer)

    async def aclose(self) -> None:
        """Closes the connection."""

    async def start_tls(self, *positional: object, **keywords: object) -> _AsyncStream:
        """Returns this stream: nothing is encrypted."""
        return self

    def get_extra_info(self, info: str) -> object:
        """Returns whether the stream is readable, or None for other facts."""
        return self._stream.get_extra_info(info)
