"""Handlers of botocore's events are called exactly as without fast calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import botocore.session
import pytest
from both_ways import both_ways
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from botocore.handlers import disable_signing
from botocore.stub import Stubber
from moto.core.botocore_stubber import MockRawResponse

from pytest_lambda_events import LambdaEvents

SKIPPED = (
    "request-created", "choose-signer", "before-sign", "before-send", "before-parse", "response-received", "needs-retry",
)  # fmt: skip
EMITTED = ("provide-client-params", "before-parameter-build", "before-call", "after-call", "after-call-error")


class Recorder:
    """Keeps the events that it gets: their names and the names of their arguments."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def __call__(self, event_name: str, **arguments: Any) -> None:
        self.seen.append((event_name, sorted(arguments)))

    @property
    def names(self) -> list[str]:
        """The events without service and operation."""
        return [name.split(".")[0] for name, _ in self.seen]


def call(client: Any) -> None:
    """Makes a call that succeeds and one that fails."""
    client.list_queues()
    with pytest.raises(client.exceptions.QueueDoesNotExist):
        client.get_queue_url(QueueName="none")


@pytest.mark.parametrize("pattern", ["{}", "{}.sqs", "{}.sqs.*", "{}.*.*"])
@pytest.mark.parametrize("event", [*SKIPPED, *EMITTED])
def test_a_handler_is_called_if_it_is_registered_before_the_first_call(event: str, pattern: str) -> None:
    def scenario(env: LambdaEvents) -> Any:
        client, recorder = boto3.client("sqs"), Recorder()
        client.meta.events.register(pattern.format(event), recorder)
        call(client)
        return recorder.seen

    seen, fast = both_ways(scenario)

    assert len(seen) == (0 if event == "after-call-error" else 2)
    assert (len(fast) == 0) == (event in SKIPPED)


@pytest.mark.parametrize("event", [*SKIPPED, *EMITTED])
def test_a_handler_is_called_as_long_as_it_is_registered(event: str) -> None:
    def scenario(env: LambdaEvents) -> Any:
        client, recorder = boto3.client("sqs"), Recorder()
        call(client)
        client.meta.events.register_first(event, recorder, unique_id="mine")
        call(client)
        client.meta.events.unregister(event, unique_id="mine")
        call(client)
        return recorder.seen

    seen, fast = both_ways(scenario)

    assert len(seen) == (0 if event == "after-call-error" else 2)
    assert len(fast) == (4 if event in SKIPPED else 6)


@pytest.mark.parametrize("event", SKIPPED)
def test_a_handler_of_another_operation_leaves_calls_fast(event: str) -> None:
    def scenario(env: LambdaEvents) -> Any:
        client, recorder = boto3.client("sqs"), Recorder()
        client.meta.events.register(f"{event}.sqs.ListQueues", recorder)
        call(client)
        return recorder.seen

    seen, fast = both_ways(scenario)

    assert [name for name, _ in seen] == [f"{event}.sqs.ListQueues"]
    assert fast == ["GetQueueUrl"]


def test_a_handler_of_a_session_is_called_for_its_clients() -> None:
    def scenario(env: LambdaEvents) -> Any:
        session: Any = botocore.session.get_session()
        recorder = Recorder()
        session.register("before-send.sqs", recorder)
        call(session.create_client("sqs", region_name="us-east-1"))
        return recorder.seen

    seen, fast = both_ways(scenario)

    assert len(seen) == 2
    assert fast == []


def test_a_handler_that_another_handler_registers_is_called_in_the_same_call() -> None:
    def scenario(env: LambdaEvents) -> Any:
        client, recorder = boto3.client("sqs"), Recorder()
        client.list_queues()
        register = client.meta.events.register
        register("before-call.sqs.ListQueues", lambda **arguments: register("before-send.sqs", recorder, unique_id="late"))
        client.list_queues()
        return recorder.seen

    seen, fast = both_ways(scenario)

    assert len(seen) == 1
    assert fast == ["ListQueues"]


def test_handlers_of_all_events_are_called_in_the_same_order() -> None:
    def scenario(env: LambdaEvents) -> Any:
        client, recorder = boto3.client("dynamodb"), Recorder()
        for event in (*SKIPPED, *EMITTED):
            client.meta.events.register(event, recorder)
        client.list_tables()
        with pytest.raises(ClientError):
            client.describe_table(TableName="none")
        return recorder.names

    names, _ = both_ways(scenario)

    of_first_call = ["before-call", *SKIPPED[:4], "before-parse", "response-received", "needs-retry", "after-call"]
    first = [name for name in names[: names.index("after-call") + 1] if name in of_first_call]
    assert sorted(first) == sorted(of_first_call)
    assert first.index("before-call") < first.index("request-created") < first.index("before-send") < first.index("after-call")


def change_body(params: dict[str, Any], **_: Any) -> None:
    params["body"] = params["body"].replace(b"orders", b"others")


def change_url(params: dict[str, Any], **_: Any) -> None:
    params["url"] = params["url"].replace("us-east-1", "eu-west-1")


def add_header(params: dict[str, Any], **_: Any) -> None:
    params["headers"]["X-Custom"] = "text"


@pytest.mark.parametrize("change", [change_body, change_url, add_header])
def test_what_a_handler_changes_before_a_call_is_sent(change: Callable[..., None]) -> None:
    def scenario(env: LambdaEvents) -> Any:
        client = boto3.client("sqs")
        client.meta.events.register("before-call.sqs", change)
        return client.create_queue(QueueName="orders"), client.list_queues()

    both_ways(scenario)


def test_a_handler_can_answer_before_a_call() -> None:
    class Response:
        status_code = 200

    def scenario(env: LambdaEvents) -> Any:
        client = boto3.client("sqs")
        client.meta.events.register("before-call.sqs.ListQueues", lambda **arguments: (Response(), {"QueueUrls": ["mine"]}))
        return client.list_queues()

    answer, fast = both_ways(scenario)

    assert answer == {"QueueUrls": ["mine"]}
    assert fast == []


def test_a_handler_can_answer_before_a_request_is_sent() -> None:
    def answer(request: Any, **arguments: Any) -> AWSResponse:
        raw: Any = MockRawResponse(b'{"QueueUrls": ["mine"]}')
        headers: Any = {}
        return AWSResponse(request.url, 200, headers, raw)

    def scenario(env: LambdaEvents) -> Any:
        client = boto3.client("sqs")
        client.create_queue(QueueName="orders")
        client.meta.events.register("before-send.sqs.ListQueues", answer)
        return client.list_queues()

    answered, fast = both_ways(scenario)

    assert answered["QueueUrls"] == ["mine"]
    assert fast == ["CreateQueue"]


def test_a_handler_sees_the_response_and_can_change_the_result() -> None:
    def scenario(env: LambdaEvents) -> Any:
        seen: list[Any] = []

        def after_call(http_response: Any, parsed: dict[str, Any], **arguments: Any) -> None:
            seen.append((http_response.status_code, http_response.url, dict(http_response.headers)))
            seen.append((http_response.raw.read(), http_response.content, http_response.text))
            parsed["Mine"] = True

        clients: list[Any] = [boto3.client("sqs"), boto3.client("sns"), boto3.client("lambda")]
        for client, operation in zip(clients, ("list_queues", "list_topics", "list_functions"), strict=True):
            client.meta.events.register("after-call", after_call)
            seen.append(getattr(client, operation)())
        return seen

    seen, fast = both_ways(scenario)

    assert all(seen[number]["Mine"] for number in (2, 5, 8))
    assert len(fast) == 3


def test_the_handler_of_botocore_that_disables_signing_is_called() -> None:
    def scenario(env: LambdaEvents) -> Any:
        client = boto3.client("dynamodb", region_name="eu-west-1")
        client.meta.events.register("choose-signer.dynamodb.*", disable_signing)
        created = client.create_table(
            TableName="items",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        kms = boto3.client("kms", region_name="eu-west-1")
        kms.meta.events.register("choose-signer.kms.*", disable_signing)
        return created, kms.create_key()

    _, fast = both_ways(scenario)

    assert fast == []


def test_a_stubbed_client_gets_the_answers_of_its_stubber() -> None:
    def scenario(env: LambdaEvents) -> Any:
        client = boto3.client("sqs")
        client.create_queue(QueueName="orders")
        with Stubber(client) as stubber:
            stubber.add_response("list_queues", {"QueueUrls": ["https://stubbed"]}, {})
            stubber.add_client_error("list_queues", "AccessDenied", "no", 403)
            answer = client.list_queues()
            with pytest.raises(ClientError, match="AccessDenied"):
                client.list_queues()
            stubber.assert_no_pending_responses()
        return answer, client.list_queues()

    (stubbed, real), fast = both_ways(scenario)

    assert stubbed["QueueUrls"] == ["https://stubbed"]
    assert real["QueueUrls"] == ["https://sqs.us-east-1.amazonaws.com/123456789012/orders"]
    assert fast == ["CreateQueue", "ListQueues"]
