"""What the tests of this folder share: a network that nobody may reach."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
import urllib3
from botocore.awsrequest import AWSHTTPConnectionPool


@pytest.fixture(autouse=True)
def attempts() -> Iterator[list[str]]:
    """What tried to reach the network, in order: nothing gets there, and a test that leaves an attempt fails."""
    attempts: list[str] = []

    def refuse(name: str) -> Any:
        def refused(*arguments: Any, **keywords: Any) -> Any:
            attempts.append(f"{name}{arguments}")
            raise OSError("this test reached for the network")

        return refused

    with (
        mock.patch.object(socket.socket, "connect", refuse("connect")),
        mock.patch.object(socket, "create_connection", refuse("create_connection")),
        mock.patch.object(socket, "getaddrinfo", refuse("getaddrinfo")),
        mock.patch.object(urllib3.HTTPConnectionPool, "urlopen", refuse("urlopen")),
        mock.patch.object(AWSHTTPConnectionPool, "urlopen", refuse("urlopen")),
    ):
        yield attempts
    assert attempts == []
