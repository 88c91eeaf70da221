"""moto's requests, built from the parts of a request of botocore that is neither signed nor sent."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from botocore.httpchecksum import AwsChunkedWrapper
from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    EnvironHeaders,
    Request,
    environ_key_for_header,
    should_preserve_original_header_name,
)
from werkzeug.datastructures import EnvironHeaders as WerkzeugHeaders

_PORTS = {"http": "80", "https": "443"}
_HOSTS_KEPT = 1000
_NAMES_KEPT = 1000
_AS_IT_STANDS = re.compile(r"/[A-Za-z0-9._/-]*")
"""A path in which nothing is quoted."""


_ONLY_WITH_VALUE = ("CONTENT_TYPE", "CONTENT_LENGTH")
_key_of = functools.lru_cache(maxsize=_NAMES_KEPT)(environ_key_for_header)


@functools.lru_cache(maxsize=_NAMES_KEPT)
def _header_name(key: str) -> str | None:
    """Returns the name of a header as werkzeug writes it, or None for a key of another kind."""
    return next((name for name, _ in WerkzeugHeaders({key: "value"})), None)


class _QuickHeaders(EnvironHeaders):
    """The headers of a request that nobody changes. moto goes through them several times."""

    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__(environ)
        self._names: dict[str, str] = {}

    def _known(self) -> dict[str, str]:
        if not self._names:
            preserved = self.environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY]
            for key, value in self.environ.items():
                name = _header_name(key)
                if name is not None and (value or key not in _ONLY_WITH_VALUE):
                    self._names[preserved.get(key, name)] = value
        return self._names

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._known().items())

    def __getitem__(self, key: Any) -> Any:
        found = self._names.get(key) if type(key) is str else None
        return super().__getitem__(key) if found is None else found

    def items(self, lower: bool = False) -> Any:
        return super().items(lower) if lower else iter(self._known().items())

    def keys(self, lower: bool = False) -> Any:
        return super().keys(lower) if lower else iter(self._known())


class _QuickRequest(Request):
    """A request whose URL is known."""

    @property
    def raw_path(self) -> str:
        """The path as it arrived."""
        found: str = self.environ["RAW_URI"]
        return found if found.startswith("/") and "?" not in found else super().raw_path


def request_of(method: str, url: str, headers: Mapping[str, Any], body: Any) -> Request:
    """Returns the same request as moto's `Request.from_primitives`, in a fifth of its time."""
    content = body.read() if isinstance(body, AwsChunkedWrapper) else body
    if isinstance(content, str):
        content = content.encode()
    parts = urlsplit(url)
    path = parts.path
    environ = _environ_of(method, parts)
    environ["CONTENT_LENGTH"] = str(len(content or b""))
    environ["wsgi.input"] = BytesIO(content or b"")
    preserved: dict[str, str] = {}
    for name, value in headers.items():
        text = value.decode() if isinstance(value, bytes) else value
        key = _key_of(name)
        if key not in ("HTTP_TRANSFER_ENCODING", "CONTENT_LENGTH"):
            environ[key] = text
            if should_preserve_original_header_name(name):
                preserved[key] = name
    environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = preserved
    request = _QuickRequest(environ)
    request.headers = _QuickHeaders(environ)
    if environ["HTTP_HOST"] == parts.netloc:
        root = _root_url(parts.scheme, parts.netloc)
        known = vars(request)
        known["root_url"] = known["url_root"] = root
        if not parts.query and _AS_IT_STANDS.fullmatch(path):
            known["url"] = root + path.lstrip("/")
    return request


def _environ_of(method: str, parts: Any) -> dict[str, Any]:
    path = parts.path
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin1"),
        "QUERY_STRING": parts.query,
        "REQUEST_URI": path,
        "RAW_URI": path,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(parts.port or _PORTS[parts.scheme]),
        "HTTP_HOST": parts.netloc,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": "0",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": None,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


@functools.lru_cache(maxsize=_HOSTS_KEPT)
def _root_url(scheme: str, netloc: str) -> str:
    """Returns the URL of a host as werkzeug writes it."""
    return Request(_environ_of("GET", urlsplit(f"{scheme}://{netloc}/"))).root_url
