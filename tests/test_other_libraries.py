"""Other libraries than botocore do not reach AWS either."""

from __future__ import annotations

import asyncio
import json
import socket
import urllib.request
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import boto3
import botocore
import pytest
import requests

from pytest_lambda_events import LambdaEvents, NotSimulatedError
from pytest_lambda_events.aws.network.aws_hosts import DOMAINS


@pytest.fixture(autouse=True)
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Names that are looked up, which is refused."""
    names: list[Any] = []

    def refuse(host: Any, *arguments: Any, **keywords: Any) -> Any:
        names.append(host)
        raise OSError("this test reached for the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return names


async def open_connection(url: str) -> None:
    await asyncio.open_connection(url.split("/")[2], 443)


CALLS: dict[str, Callable[[str], object]] = {
    "urllib": lambda url: urllib.request.urlopen(url),
    "asyncio": lambda url: asyncio.run(open_connection(url)),
    "socket": lambda url: socket.getaddrinfo(url.split("/")[2].encode(), 443),
    "requests": lambda url: requests.get(url, timeout=1),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_host_of_aws_is_not_looked_up(call: Callable[[str], object], looked_up: list[Any]) -> None:
    with LambdaEvents(), pytest.raises(NotSimulatedError, match=r"^A connection to abc\.lambda-url\.us-east-1\.on\.aws "):
        call("https://abc.lambda-url.us-east-1.on.aws/")

    assert looked_up == []


def test_a_handler_that_swallows_the_refusal_fails_the_test(looked_up: list[Any]) -> None:
    def handler(event: Any, context: Any) -> None:
        try:
            urllib.request.urlopen("https://photos.s3.amazonaws.com/key")
        except Exception:
            return

    with LambdaEvents() as lambda_events, pytest.raises(NotSimulatedError, match=r"photos\.s3\.amazonaws\.com"):
        lambda_events.function(handler).invoke()

    assert looked_up == []


def test_other_hosts_and_allowed_ones_are_looked_up(looked_up: list[Any]) -> None:
    with LambdaEvents(allow_endpoints=["https://shop.execute-api.us-east-1.amazonaws.com"]):
        for host in ("example.com", "amazonaws.com.example.com", "shop.execute-api.us-east-1.amazonaws.com"):
            with pytest.raises(OSError, match="reached for the network"):
                urllib.request.urlopen(f"https://{host}/")
    with pytest.raises(OSError, match="reached for the network"):
        urllib.request.urlopen("https://sqs.us-east-1.amazonaws.com/")

    assert looked_up == [
        "example.com", "amazonaws.com.example.com", "shop.execute-api.us-east-1.amazonaws.com", "sqs.us-east-1.amazonaws.com",
    ]  # fmt: skip


def test_requests_reach_the_simulated_s3_with_a_presigned_url(looked_up: list[Any]) -> None:
    with LambdaEvents() as lambda_events:
        lambda_events.bucket("photos")
        client = boto3.client("s3")
        url = client.generate_presigned_url("put_object", {"Bucket": "photos", "Key": "small"})

        assert requests.put(url, data=b"x", timeout=1).status_code == 200
        assert client.get_object(Bucket="photos", Key="small")["Body"].read() == b"x"

    assert looked_up == []


def test_the_domains_of_all_partitions_are_known() -> None:
    partitions = json.loads(files(botocore).joinpath("data/partitions.json").read_text())["partitions"]

    suffixes = {partition["outputs"][name] for partition in partitions for name in ("dnsSuffix", "dualStackDnsSuffix")}

    assert suffixes <= set(DOMAINS)
