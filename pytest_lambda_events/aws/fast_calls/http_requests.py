"""moto's requests, built from the parts of a request of botocore that is neither signed nor sent."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from botocore.httpchecksum import AwsChunkedWrapper
from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    Request,
    environ_key_for_header,
    should_preserve_original_header_name,
)

_PORTS = {"http": "80", "https": "443"}


def request_of(method: str, url: str, headers: Mapping[str, Any], body: Any) -> Request:
    """Returns the same request as moto's `Request.from_primitives`, in a fifth of its time."""
    content = body.read() if isinstance(body, AwsChunkedWrapper) else body
    if isinstance(content, str):
        content = content.encode()
    parts = urlsplit(url)
    path = parts.path
    environ: dict[str, Any] = {
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
        "CONTENT_LENGTH": str(len(content or b"")),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": BytesIO(content or b""),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    preserved: dict[str, str] = {}
    for name, value in headers.items():
        text = value.decode() if isinstance(value, bytes) else value
        key = environ_key_for_header(name)
        if key not in ("HTTP_TRANSFER_ENCODING", "CONTENT_LENGTH"):
            environ[key] = text
            if should_preserve_original_header_name(name):
                preserved[key] = name
    environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = preserved
    return Request(environ)
