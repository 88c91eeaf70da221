"""The bytes of HTTP between a client and an API."""

from __future__ import annotations

import pytest

from pytest_lambda_events.aws.api_gateway.wire import Wire
from pytest_lambda_events.http.messages import Request, Response

HOST = "a1.execute-api.us-east-1.amazonaws.com"


class Api:
    """Answers each request with its path."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.wire = Wire(HOST, self.answer)

    def answer(self, request: Request) -> Response:
        """Keeps a request."""
        self.requests.append(request)
        return Response(201, [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")], b"/path")


@pytest.fixture
def api() -> Api:
    """An API with a connection to it."""
    return Api()


def test_a_request_is_answered_when_it_is_complete(api: Api) -> None:
    api.wire.write(b"POST /orders?a=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
    before = api.wire.read()
    api.wire.write(b"cd")

    received = api.wire.read()

    assert before == b""
    assert received == (
        b"HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
        b"Content-Length: 5\r\n\r\n/path"
    )
    [request] = api.requests
    assert (request.method, request.host, request.path, request.query) == ("POST", HOST, "/orders", "a=1")
    assert (request.headers, request.body) == ([("Host", "x"), ("Content-Length", "4")], b"abcd")


def test_responses_are_read_in_pieces_of_any_size(api: Api) -> None:
    api.wire.write(b"GET / HTTP/1.1\r\n\r\n")

    pieces = [api.wire.read(3)]
    while pieces[-1]:
        pieces.append(api.wire.read(7))

    assert b"".join(pieces).endswith(b"\r\n\r\n/path")
    assert len(api.requests) == 1


def test_a_body_in_chunks_is_joined(api: Api) -> None:
    api.wire.write(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
    before = api.wire.read()
    api.wire.write(b"2;x=y\r\nde\r\n0\r\n\r\n")

    api.wire.read()

    assert before == b""
    assert api.requests[0].body == b"abcde"


def test_one_connection_sends_several_requests(api: Api) -> None:
    for path in (b"/1", b"/2"):
        api.wire.write(b"GET " + path + b" HTTP/1.1\r\n\r\n")
        api.wire.read()

    assert [request.path for request in api.requests] == ["/1", "/2"]


def test_the_response_to_head_has_no_body(api: Api) -> None:
    api.wire.write(b"HEAD / HTTP/1.1\r\n\r\n")

    received = api.wire.read()

    assert received.endswith(b"Content-Length: 5\r\n\r\n")
