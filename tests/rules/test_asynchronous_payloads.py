"""ASY-08 to 12: what an event may be, through boto3."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents

MEGABYTE = 1_048_576
OLD_LIMIT = 262_144
SYNCHRONOUS_LIMIT = 6_291_456


def give_back(event: Any, context: Any) -> Any:
    return event


def decline(event: Any, context: Any) -> None:
    raise ValueError("declined")


def json_text_of(length: int) -> bytes:
    return b'"' + b"x" * (length - 2) + b'"'


def send(lambda_events: LambdaEvents, name: str = "give_back", **parameters: Any) -> dict[str, Any]:
    client = lambda_events.client("lambda")
    response: dict[str, Any] = client.invoke(FunctionName=name, InvocationType="Event", **parameters)
    return response


def refusal_of(lambda_events: LambdaEvents, name: str = "give_back", **parameters: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as refused:
        send(lambda_events, name, **parameters)
    response: dict[str, Any] = dict(refused.value.response)
    return response


@pytest.mark.rule("ASY-08")
@pytest.mark.parametrize("length", [MEGABYTE - 1, MEGABYTE], ids=["just below", "at"])
def test_an_event_may_have_a_megabyte(lambda_events: LambdaEvents, length: int) -> None:
    function = lambda_events.function(give_back)

    send(lambda_events, Payload=json_text_of(length))

    assert len(function.events) == 1


@pytest.mark.rule("ASY-08", "ASY-09")
def test_an_event_over_a_megabyte_is_refused_with_413(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(give_back)

    response = refusal_of(lambda_events, Payload=json_text_of(MEGABYTE + 1))

    assert response["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert response["Error"] == {
        "Code": "RequestTooLargeException",
        "Message": "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
    }
    assert function.events == []


@pytest.mark.rule("ASY-08")
@pytest.mark.lambda_events(asynchronous_payload_limit=OLD_LIMIT)
def test_the_limit_of_events_can_be_set(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(give_back)

    send(lambda_events, Payload=json_text_of(OLD_LIMIT))
    response = refusal_of(lambda_events, Payload=json_text_of(OLD_LIMIT + 1))

    assert response["Error"]["Message"].endswith("(limit 262144 bytes)")
    assert len(function.events) == 1


@pytest.mark.rule("ASY-08", "ASY-09")
def test_a_synchronous_payload_may_have_six_megabytes(lambda_events: LambdaEvents) -> None:
    lambda_events.function(lambda event, context: len(event), name="measure")
    client = lambda_events.client("lambda")

    response = client.invoke(FunctionName="measure", Payload=json_text_of(SYNCHRONOUS_LIMIT))
    with pytest.raises(ClientError) as refused:
        client.invoke(FunctionName="measure", Payload=json_text_of(SYNCHRONOUS_LIMIT + 1))

    assert json.loads(response["Payload"].read()) == SYNCHRONOUS_LIMIT - 2
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert refused.value.response["Error"]["Message"] == (
        "6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)"
    )


@pytest.mark.rule("ASY-10")
@pytest.mark.parametrize(
    "payload",
    [b"not json", b'{"order": 7', b"{} {}", b"{'order': 7}", b"NaN", b'{"order": NaN}', b" ", b"\x81\x9b\xff"],
    ids=["text", "cut off", "two values", "single quotes", "NaN", "NaN inside", "blank", "no text"],
)
def test_a_payload_that_is_not_json_is_refused_and_not_queued(lambda_events: LambdaEvents, payload: bytes) -> None:
    function = lambda_events.function(give_back)

    response = refusal_of(lambda_events, Payload=payload)

    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert response["Error"]["Code"] == "InvalidRequestContentException"
    assert response["Error"]["Message"].startswith(
        "Could not parse request body into json: Could not parse payload into json:"
    )
    assert response["Type"] == "User"
    assert function.events == []


@pytest.mark.rule("ASY-11")
@pytest.mark.parametrize(
    ("payload", "event"),
    [
        (b'{"order": 7}', {"order": 7}),
        (b"[7, 8]", [7, 8]),
        (b'"seven"', "seven"),
        (b"7.5", 7.5),
        (b"true", True),
        (b"null", None),
        (b' \n\t{"order": 7}\r\n ', {"order": 7}),
        ('{"straße": "ß"}'.encode(), {"straße": "ß"}),
        (b"", {}),
    ],
    ids=["object", "array", "text", "number", "true", "null", "whitespace", "non-ASCII", "empty"],
)
def test_any_json_value_is_an_event(lambda_events: LambdaEvents, payload: bytes, event: object) -> None:
    seen: list[Any] = []
    lambda_events.function(lambda event, context: seen.append(event), name="record")

    send(lambda_events, "record", Payload=payload)
    lambda_events.run_until_idle()

    assert seen == [event]


@pytest.mark.rule("ASY-11")
def test_an_event_without_a_payload_is_an_empty_object(lambda_events: LambdaEvents) -> None:
    seen: list[Any] = []
    lambda_events.function(lambda event, context: seen.append(event), name="record")

    send(lambda_events, "record")
    lambda_events.run_until_idle()

    assert seen == [{}]


@pytest.mark.rule("ASY-12")
@pytest.mark.parametrize(
    "payload",
    [b' {"b":  1, "a": 1.50e1}\n', '{"ü": "\\u00fc", "a": [1 ,2]}'.encode(), b'{"a": 1, "a": 2}'],
    ids=["whitespace, order and numbers", "non-ASCII and escapes", "a key twice"],
)
def test_the_bytes_of_a_payload_are_kept(lambda_events: LambdaEvents, payload: bytes) -> None:
    function = lambda_events.function(decline)

    send(lambda_events, "decline", Payload=payload)
    lambda_events.run_until_idle()

    told = [entry.detail["payload"] for entry in function.events[0].history if entry.kind in ("accepted", "started")]
    assert told == [payload] * 4
