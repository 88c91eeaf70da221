"""Libraries that replace methods of botocore see the same calls and requests as without fast calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import boto3
import pytest
from both_ways import both_ways
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.exceptions import ClientError
from moto.core.botocore_stubber import BotocoreStubber

from pytest_lambda_events import LambdaEvents

wrapt: Any = pytest.importorskip("wrapt")
METHODS = (
    (BaseClient, "_make_api_call"), (BaseClient, "_make_request"), (BaseClient, "_emit_api_params"),
    (Endpoint, "make_request"), (Endpoint, "create_request"), (Endpoint, "prepare_request"), (Endpoint, "_send_request"),
    (Endpoint, "_get_response"), (Endpoint, "_do_get_response"), (Endpoint, "_send"), (Endpoint, "_needs_retry"),
    (BotocoreStubber, "process_request"),
)  # fmt: skip


@contextmanager
def wrapped(owner: Any, name: str, wrapper: Callable[..., Any]) -> Iterator[None]:
    """Wraps a method as tracers do, with a proxy of wrapt, and restores it."""
    with mock.patch.object(owner, name, wrapt.FunctionWrapper(vars(owner)[name], wrapper)):
        yield


def counted(calls: list[str], name: str) -> Callable[..., Any]:
    """Returns a wrapper that keeps the name of each call."""

    def wrapper(function: Any, instance: Any, arguments: Any, keywords: Any) -> Any:
        calls.append(name)
        return function(*arguments, **keywords)

    return wrapper


def call(client: Any) -> None:
    """Makes a call that succeeds and one that fails."""
    client.list_queues()
    with pytest.raises(ClientError):
        client.get_queue_url(QueueName="none")


@pytest.mark.parametrize(("owner", "name"), METHODS, ids=[name for _, name in METHODS])
def test_a_wrapper_inside_an_environment_sees_each_call(owner: Any, name: str) -> None:
    def scenario(env: LambdaEvents) -> Any:
        client, calls = boto3.client("sqs"), list[str]()
        call(client)
        with wrapped(owner, name, counted(calls, name)):
            call(client)
        call(client)
        return calls

    calls, fast = both_ways(scenario)

    assert calls == [name, name]
    assert len(fast) == (6 if owner is BaseClient else 4)


@pytest.mark.parametrize(("owner", "name"), METHODS, ids=[name for _, name in METHODS])
def test_a_wrapper_that_is_older_than_an_environment_sees_each_call(owner: Any, name: str) -> None:
    calls: list[str] = []

    def scenario(env: LambdaEvents) -> Any:
        calls.clear()
        call(boto3.client("sqs"))
        return list(calls)

    with wrapped(owner, name, counted(calls, name)):
        seen, _ = both_ways(scenario)

    # Nothing is sent, so the method of botocore that sends is not called in any case.
    assert len(seen) == (0 if name == "_send" else 2)


def test_a_tracer_can_add_headers_to_requests() -> None:
    def scenario(env: LambdaEvents) -> Any:
        seen: list[Any] = []

        def prepare(function: Any, instance: Any, arguments: Any, keywords: Any) -> Any:
            (request,) = arguments
            request.headers["X-Trace"] = "1"
            prepared = function(*arguments, **keywords)
            seen.append((request.url, prepared.headers["X-Trace"], prepared.body))
            return prepared

        client = boto3.client("sqs")
        with wrapped(Endpoint, "prepare_request", prepare):
            call(client)
        return seen

    seen, _ = both_ways(scenario)

    assert [header for _, header, _ in seen] == [b"1", b"1"] or [header for _, header, _ in seen] == ["1", "1"]


def test_a_tracer_sees_the_metadata_of_responses_and_errors() -> None:
    def scenario(env: LambdaEvents) -> Any:
        spans: list[Any] = []

        def make_api_call(function: Any, instance: Any, arguments: Any, keywords: Any) -> Any:
            try:
                response = function(*arguments, **keywords)
            except ClientError as error:
                spans.append((arguments[0], error.response["ResponseMetadata"]))
                raise
            spans.append((arguments[0], response["ResponseMetadata"]))
            return response

        with wrapped(BaseClient, "_make_api_call", make_api_call):
            call(boto3.client("sqs"))
        return spans

    spans, fast = both_ways(scenario)

    assert [name for name, _ in spans] == ["ListQueues", "GetQueueUrl"]
    assert len(fast) == 2


def test_a_test_can_replace_calls_of_a_client() -> None:
    def scenario(env: LambdaEvents) -> Any:
        client = boto3.client("sqs")
        original: Any = BaseClient._make_api_call  # type: ignore[attr-defined]

        def replaced(made: Any, operation_name: str, parameters: Any) -> Any:
            if operation_name == "ListQueues":
                return {"QueueUrls": ["mine"]}
            return original(made, operation_name, parameters)

        with mock.patch("botocore.client.BaseClient._make_api_call", new=replaced):
            return client.list_queues(), client.create_queue(QueueName="orders")

    (listed, _), _ = both_ways(scenario)

    assert listed == {"QueueUrls": ["mine"]}
