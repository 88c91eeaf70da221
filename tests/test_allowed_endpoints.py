"""The option `allow_endpoints`: requests to a server of one's own are really sent, all others are not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import boto3
import pytest

from pytest_lambda_events import LambdaEvents, LambdaEventsConfig, LambdaEventsError

KEYS: dict[str, Any] = {
    "aws_access_key_id": "AKIALOCALLOCALLOCAL0",
    "aws_secret_access_key": "local",
    "region_name": "us-east-1",
}


class Database(BaseHTTPRequestHandler):
    """Answers each call of DynamoDB in the same way, and keeps who called."""

    authorizations: list[str]

    def do_POST(self) -> None:
        """Answers with one table."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.authorizations.append(self.headers["Authorization"])
        body = b'{"TableNames": ["local"]}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[HTTPServer]:
    """A server that runs outside of any environment."""
    with HTTPServer(("127.0.0.1", 0), Database) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def authorizations() -> list[str]:
    """The header `Authorization` of each request that reached the server."""
    Database.authorizations = []
    return Database.authorizations


@pytest.fixture
def endpoint(server: HTTPServer) -> str:
    """The address of the server."""
    return f"http://127.0.0.1:{server.server_port}"


def tables(client: Any) -> list[str]:
    names: list[str] = client.list_tables()["TableNames"]
    return names


def test_requests_to_an_allowed_endpoint_are_sent_with_the_clients_own_credentials(
    endpoint: str, authorizations: list[str]
) -> None:
    early = boto3.client("dynamodb", endpoint_url=endpoint, **KEYS)

    with LambdaEvents(allow_endpoints=[endpoint]) as lambda_events:
        lambda_events.table("items", partition_key="id")
        made_inside = boto3.client("dynamodb", endpoint_url=endpoint, **KEYS)
        found = [tables(client) for client in (early, made_inside, lambda_events.client("dynamodb"))]

    assert found == [["local"], ["local"], ["items"]]
    assert ["Credential=AKIALOCALLOCALLOCAL0/" in header for header in authorizations] == [True, True]


def test_nothing_is_sent_unless_it_is_allowed(endpoint: str, authorizations: list[str]) -> None:
    client = boto3.client("dynamodb", endpoint_url=endpoint, **KEYS)

    with LambdaEvents():
        found = tables(client)

    assert found == []
    assert authorizations == []


@pytest.mark.parametrize("difference", ["scheme", "host", "port"])
def test_scheme_host_and_port_have_to_be_equal(difference: str, endpoint: str, authorizations: list[str]) -> None:
    client = boto3.client("dynamodb", endpoint_url=endpoint, **KEYS)
    other = {
        "scheme": endpoint.replace("http:", "https:"),
        "host": endpoint.replace("127.0.0.1", "localhost"),
        "port": endpoint[:-1] + str((int(endpoint[-1]) + 1) % 10),
    }[difference]

    with LambdaEvents(allow_endpoints=[other]):
        found = tables(client)

    assert found == []
    assert authorizations == []


def test_a_handler_sends_to_an_allowed_endpoint_and_its_call_is_in_the_journal(
    endpoint: str, authorizations: list[str]
) -> None:
    client = boto3.client("dynamodb", endpoint_url=endpoint, **KEYS)

    with LambdaEvents(allow_endpoints=[endpoint]) as lambda_events:
        function = lambda_events.function(lambda event, context: tables(client), name="read")
        answer = function.invoke({})
        [called] = [entry for entry in lambda_events.journal if entry.kind == "called"]

    assert answer.payload == ["local"]
    assert called.detail["operation"] == "ListTables"


def test_a_presigned_url_of_an_allowed_endpoint_has_the_clients_own_credentials(endpoint: str) -> None:
    client = boto3.client("s3", endpoint_url=endpoint, **KEYS)

    with LambdaEvents(allow_endpoints=[endpoint]):
        url = client.generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": "a"})

    assert "AKIALOCALLOCALLOCAL0" in url


def test_an_allowed_endpoint_may_come_from_a_variable(
    endpoint: str, authorizations: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", endpoint)

    with LambdaEvents(allow_endpoints=[endpoint]):
        found = tables(boto3.client("dynamodb"))

    assert found == ["local"]


def test_the_option_is_read_from_ini_file_flag_and_marker(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nlambda_events_allow_endpoints =\n    http://localhost:1\n    https://localhost")
    pytester.makepyfile(
        """
        import pytest

        def test_ini(lambda_events):
            print("ini", lambda_events.config.allow_endpoints)

        @pytest.mark.lambda_events(allow_endpoints=["http://localhost:2"])
        def test_marker(lambda_events):
            print("marker", lambda_events.config.allow_endpoints)
        """
    )

    read = pytester.runpytest("-s")
    overridden = pytester.runpytest("-s", "--lambda-events-allow-endpoints=http://localhost:3,http://localhost:4")

    read.stdout.fnmatch_lines_random(["*ini ('http://localhost:1', 'https://localhost')*", "*marker ('http://localhost:2',)*"])
    overridden.stdout.fnmatch_lines_random(
        ["*ini ('http://localhost:3', 'http://localhost:4')*", "*marker ('http://localhost:3', 'http://localhost:4')*"]
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("http://localhost:8000", "allow_endpoints='http://localhost:8000' is not a list. Pass a list of URLs, each a scheme"),
        (None, "allow_endpoints=None is not a list"),
        ({"http://localhost:8000": 1}, "allow_endpoints={'http://localhost:8000': 1} is not a list"),
        ([8000], "allow_endpoints contains 8000, which is not an endpoint. Pass a scheme, a host and a port, such as"),
        (["localhost:8000"], "allow_endpoints contains 'localhost:8000', which is not an endpoint"),
        (["ftp://localhost:8000"], "allow_endpoints contains 'ftp://localhost:8000'"),
        (["http://"], "allow_endpoints contains 'http://'"),
        (["http://:8000"], "allow_endpoints contains 'http://:8000'"),
        (["http://localhost:port"], "allow_endpoints contains 'http://localhost:port'"),
        (["http://localhost:99999"], "allow_endpoints contains 'http://localhost:99999'"),
        (["http://localhost:8000/path"], "allow_endpoints contains 'http://localhost:8000/path'"),
        (["http://localhost:8000?a=b"], r"allow_endpoints contains 'http://localhost:8000\?a=b'"),
        (["http://ann:secret@localhost:8000"], "which is not an endpoint"),
        ([" http://localhost:8000"], "which is not an endpoint"),
        (["http://*:8000"], "which is not an endpoint"),
        (["http://local host:8000"], "which is not an endpoint"),
        ([""], "allow_endpoints contains ''"),
    ],
)
def test_a_value_that_is_not_a_list_of_endpoints_is_refused(value: Any, message: str) -> None:
    with pytest.raises(LambdaEventsError, match=message):
        LambdaEventsConfig(allow_endpoints=value)


@pytest.mark.parametrize("value", ["http://localhost:8000/", "https://localhost", "http://[::1]:8000", "http://Localhost:80"])
def test_the_port_may_be_left_out_and_a_slash_may_end_an_endpoint(value: str) -> None:
    assert LambdaEventsConfig(allow_endpoints=[value]).allow_endpoints == (value,)
