"""What `normalize` labels, what it counts from the start, what it opens, and what it leaves alone."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lambda_events import DeadLetter, LambdaEventsError, Message, normalize
from pytest_lambda_events.journal.entry import NOBODY, Instant, stamped
from pytest_lambda_events.journal.events import Warned
from pytest_lambda_events.records.normalizing import normalized

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
ID = "a5eb2945-aa3c-43de-978e-f47d09e7bf2d"
OTHER_ID = "66dd7794-03c5-4c71-bca0-55362169df82"
SEQUENCE_NUMBER = "49079267755522363867067103732009364266777875802335739906"
FRAME = '  File "/var/task/shop.py", line 27, in charge\n    raise CardExpired("card expired")\n'
RECORD = {"timestamp": "2026-01-01T00:03:00.000Z", "requestContext": {"requestId": ID}}
NOTIFICATION = {"Type": "Notification", "MessageId": OTHER_ID, "TopicArn": "arn:...", "Message": json.dumps(RECORD)}


def record_of_sqs(**parts: object) -> dict[str, object]:
    return {"messageId": OTHER_ID, **parts}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"requestId": ID}, {"requestId": "<request-id-1>"}, id="request id"),
        pytest.param({"RequestID": ID}, {"RequestID": "<request-id-1>"}, id="written as in a dead letter"),
        pytest.param({"request_id": ID}, {"request_id": "<request-id-1>"}, id="written as in Python"),
        pytest.param({"messageId": ID}, {"messageId": "<message-id-1>"}, id="message id"),
        pytest.param({"message_ids": [ID, OTHER_ID]}, {"message_ids": ["<message-id-1>", "<message-id-2>"]}, id="list"),
        pytest.param(
            {"RequestID": {"stringValue": ID, "dataType": "String"}},
            {"RequestID": {"stringValue": "<request-id-1>", "dataType": "String"}},
            id="attribute of a message",
        ),
        pytest.param({"sequenceNumber": SEQUENCE_NUMBER}, {"sequenceNumber": "<sequence-number-1>"}, id="sequence number"),
        pytest.param({"receiptHandle": "AQEB" * 9}, {"receiptHandle": "<receipt-handle-1>"}, id="receipt handle"),
        pytest.param({"eventID": "e0aa" * 8}, {"eventID": "<event-id-1>"}, id="event id of a table"),
        pytest.param({"detail-type": "x", "id": ID}, {"detail-type": "x", "id": "<event-id-1>"}, id="event id of a bus"),
        pytest.param(
            {"Id": ID, "Name": OTHER_ID, "ExecutionDetails": {}},
            {"Id": "<execution-id-1>", "Name": "<execution-name-1>", "ExecutionDetails": {}},
            id="durable execution",
        ),
        pytest.param({"Id": ID, "StepDetails": {}}, {"Id": ID, "StepDetails": {}}, id="id of a user's operation"),
        pytest.param(
            {"arn": f"arn:aws:lambda:us-east-1:123456789012:function:f:1/durable-execution/{OTHER_ID}/{ID}"},
            {
                "arn": "arn:aws:lambda:us-east-1:123456789012:function:f:1/durable-execution/"
                "<execution-name-1>/<execution-id-1>"
            },
            id="ARN of a durable execution",
        ),
        pytest.param(
            {"CheckpointToken": "MzA1YmM5NmQtYTI5Zi0zZj==", "CallbackId": "YXJuOmF3czpsYW1iZGE6"},
            {"CheckpointToken": "<checkpoint-token-1>", "CallbackId": "<callback-id-1>"},
            id="checkpoint",
        ),
        pytest.param({"md5OfBody": "e0aa" * 8}, {"md5OfBody": "<md5-1>"}, id="md5"),
        pytest.param(
            {"key": "a", "versionId": ID, "sequencer": "0069601A256BF73578"},
            {"key": "a", "versionId": "<version-id-1>", "sequencer": "<sequencer-1>"},
            id="object",
        ),
        pytest.param(
            {"s3SchemaVersion": "1.0", "configurationId": "MGQ5YTVhNTUtMjc0Ny00ZDA1LTk2N2ItZTNhNjQ2YTFhYzA2"},
            {"s3SchemaVersion": "1.0", "configurationId": "<configuration-id-1>"},
            id="configuration of a bucket",
        ),
        pytest.param(
            {"s3SchemaVersion": "1.0", "configurationId": "thumbnails"},
            {"s3SchemaVersion": "1.0", "configurationId": "thumbnails"},
            id="configuration with a chosen id",
        ),
        pytest.param(
            {
                "eventName": "x",
                "eventTime": "2026-01-01T00:00:01.000Z",
                "userIdentity": {"principalId": f"AWS:AROA{'7' * 17}:f"},
            },
            {"eventName": "x", "eventTime": "<T+1.000s>", "userIdentity": {"principalId": "<principal-id-1>"}},
            id="event of a handler",
        ),
        pytest.param(
            {"Time": "2026-01-01T00:00:01.000Z", "RequestId": "A09D52C60676BC95", "HostId": "e0aa" * 16},
            {"Time": "<T+1.000s>", "RequestId": "<request-id-1>", "HostId": "<host-id-1>"},
            id="test message of a bucket",
        ),
        pytest.param("shardId-00000001767225600000-1f1d96b3", "<shard-id-1>", id="shard of a table"),
        pytest.param(
            "Root=1-6955b900-42f8031ea86e0381305bc96d;Parent=79be3dcd9d941b66;Sampled=0",
            "Root=<trace-id-1>;Parent=<segment-id-1>;Sampled=0",
            id="trace header",
        ),
        pytest.param(
            f"RequestId: {ID} Error: Task timed out after 3.00 seconds",
            "RequestId: <request-id-1> Error: Task timed out after 3.00 seconds",
            id="message of a timeout",
        ),
        pytest.param(
            f"aws/lambda/async/charge/2026/01/01/2026-01-01T00.03.00-{ID}",
            "aws/lambda/async/charge/<date>/<T+180.000s>-<object-id-1>",
            id="key of an object",
        ),
        pytest.param(
            f"aws/lambda/{ID}/shardId-000000000000/2026/01/01/2026-01-01T00.03.00-{OTHER_ID}",
            "aws/lambda/<event-source-mapping-id-1>/shardId-000000000000/<date>/<T+180.000s>-<object-id-1>",
            id="key of a batch's object",
        ),
    ],
)
def test_an_id_becomes_a_label(value: object, expected: object) -> None:
    assert normalize(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"order": "1767225600000"}, id="order like epoch milliseconds"),
        pytest.param({"order": 1767225600.5}, id="number like epoch seconds"),
        pytest.param({"order": ID}, id="order that is a UUID"),
        pytest.param({"id": ID}, id="an id that is no event's"),
        pytest.param({"order": "490792677555223638670671037"}, id="order of many digits"),
        pytest.param({"requestId": "7"}, id="request id that is none of AWS's"),
        pytest.param({"sequenceNumber": "7"}, id="short sequence number"),
        pytest.param({"timestamp": "2026-01-01T00:03:00Z"}, id="timestamp of a payload"),
        pytest.param({"start": "2026-01-01T00:03:00Z", "end": "2026-01-01T00:04:00Z"}, id="span of a booking"),
        pytest.param({"SentTimestamp": "1767225600000"}, id="sent timestamp of a payload"),
        pytest.param({"approximateArrivalTimestamp": 1767225600.0}, id="arrival of a payload"),
        pytest.param({"note": '{"order": 7}'}, id="JSON in a payload's text"),
        pytest.param({"body": '{"order": 7}'}, id="body of no message"),
        pytest.param({"data": "eyJhIjogMX0="}, id="data of no record"),
        pytest.param({"awslogs": {"data": "H4sIAAAA"}}, id="broken data of a log group"),
        pytest.param({"id": "7", "timestamp": 1767225600000, "message": "x"}, id="no log event"),
        pytest.param(record_of_sqs(body="1767225600000")["body"], id="text of digits"),
        pytest.param('"a word"', id="a word as JSON"),
        pytest.param({"timestamp": "yesterday", "requestContext": {}}, id="timestamp that is no instant"),
        pytest.param({"timestamp": "2026-13-01T00:00:00Z", "requestContext": {}}, id="month 13"),
        pytest.param({"timestamp": "0001-01-01T00:00:00+01:00", "requestContext": {}}, id="before the year 1"),
        pytest.param({"failed": [ID, SEQUENCE_NUMBER]}, id="what a payload names as failed"),
        pytest.param([None, True, 1, 2.5, "x", {}], id="plain values"),
    ],
)
def test_text_that_only_looks_like_an_identifier_stays(value: object) -> None:
    assert normalize(value) == value


def test_the_events_of_a_log_group_are_opened() -> None:
    event = {"id": "39" + "0" * 54, "timestamp": 1767225601000, "message": "x"}
    data = base64.b64encode(gzip.compress(json.dumps({"logEvents": [event]}).encode())).decode()
    opened = {"logEvents": [{"id": "<log-event-id-1>", "timestamp": "<T+1.000s>", "message": "x"}]}

    assert normalize({"awslogs": {"data": data}}) == {"awslogs": {"data": opened}}
    assert normalize({"data": data, "sequenceNumber": "7"})["data"] == opened
    assert normalize({"eventId": event["id"], "message": "x"}) == {"eventId": "<log-event-id-1>", "message": "x"}


def test_one_id_has_one_label_wherever_it_stands() -> None:
    value = {"answer": f"done by {ID}", "requestContext": {"requestId": ID}, "by": {ID: [OTHER_ID, ID]}, "messageId": OTHER_ID}

    assert normalize(value) == {
        "answer": "done by <request-id-1>",
        "requestContext": {"requestId": "<request-id-1>"},
        "by": {"<request-id-1>": ["<message-id-1>", "<request-id-1>"]},
        "messageId": "<message-id-1>",
    }


def test_labels_are_numbered_by_first_appearance() -> None:
    value = [{"requestId": OTHER_ID}, {"requestId": ID}, {"requestId": OTHER_ID}]

    assert normalize(value) == [{"requestId": f"<request-id-{number}>"} for number in (1, 2, 1)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"timestamp": "2026-01-01T00:03:00.000Z", "requestContext": {}}, "<T+180.000s>", id="record"),
        pytest.param({"Timestamp": "2026-01-01T00:00:01.500Z", "TopicArn": "x"}, "<T+1.500s>", id="notification"),
        pytest.param({"time": "2026-01-01T01:00:00Z", "detail-type": "x"}, "<T+3600.000s>", id="bus, no fraction"),
        pytest.param(
            {"approximateArrivalOfFirstRecord": "2025-12-31T23:59:00Z", "streamArn": "x"}, "<T-60.000s>", id="before"
        ),
        pytest.param({"SentTimestamp": "1767225600250", "SenderId": "x"}, "<T+0.250s>", id="epoch milliseconds"),
        pytest.param({"approximateArrivalTimestamp": 1767225600.123, "partitionKey": "x"}, "<T+0.123s>", id="Kinesis"),
        pytest.param({"ApproximateCreationDateTime": 1767225660.0, "Keys": {}}, "<T+60.000s>", id="DynamoDB"),
        pytest.param({"paid_at": START + timedelta(microseconds=1500)}, "<T+0.001500s>", id="datetime, microseconds"),
        pytest.param({"paid_at": datetime(2026, 1, 1, 0, 1)}, "<T+60.000s>", id="datetime, naive"),
        pytest.param(
            {"x": "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000"},
            "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/<T+0.000s>",
            id="stream of a table",
        ),
        pytest.param(
            {"x": "arn:aws:kinesis:us-east-1:123456789012:stream/clicks/consumer/fast:1767225601"},
            "arn:aws:kinesis:us-east-1:123456789012:stream/clicks/consumer/fast:<T+1.000s>",
            id="consumer",
        ),
    ],
)
def test_an_instant_becomes_an_offset(value: dict[str, object], expected: str) -> None:
    assert next(iter(normalize(value).values())) == expected


def test_the_window_of_a_batch_is_normalized_to_offsets() -> None:
    value = {"window": {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:01:00Z"}}

    assert normalize(value) == {"window": {"start": "<T+0.000s>", "end": "<T+60.000s>"}}


@pytest.mark.parametrize(
    ("start", "offset"),
    [("2025-12-31T23:59:00Z", "<T+240.000s>"), (START + timedelta(seconds=180), "<T+0.000s>"), (None, "<T+180.000s>")],
    ids=["text", "datetime", "the default"],
)
def test_offsets_count_from_the_start_that_is_given(start: datetime | str | None, offset: str) -> None:
    assert normalize(RECORD, start=start)["timestamp"] == offset


def test_an_invalid_start_is_refused() -> None:
    with pytest.raises(LambdaEventsError, match="start_time='noon' is not an instant"):
        normalize(RECORD, start="noon")


def test_an_entry_tells_the_start_itself() -> None:
    entry = stamped(Warned(NOBODY, "look"), Instant(5_000_000, START + timedelta(days=90)))

    assert normalize([entry])[0]["at"] == "<T+5.000s>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(FRAME, "<shop.py in charge>", id="frame of a record"),
        pytest.param('  File "C:\\task\\shop.py", line 1, in <lambda>\n', "<shop.py in <lambda>>", id="Windows, lambda"),
        pytest.param('  File "shop.py", line 1, in charge\n    x()\n    ^^^\n', "<shop.py in charge>", id="with carets"),
        pytest.param(
            f"Traceback (most recent call last):\n{FRAME}{FRAME}CardExpired: card expired",
            "Traceback (most recent call last):\n<shop.py in charge>\n<shop.py in charge>\nCardExpired: card expired",
            id="traceback in a log",
        ),
        pytest.param('  File "shop.py", line 1', '  File "shop.py", line 1', id="syntax error, no frame"),
    ],
)
def test_a_frame_tells_file_and_function_only(text: str, expected: str) -> None:
    assert normalize({"stackTrace": [text]}) == {"stackTrace": [expected]}


OPENED = {"timestamp": "<T+180.000s>", "requestContext": {"requestId": "<request-id-1>"}}


@pytest.mark.parametrize(
    ("value", "path"),
    [
        pytest.param(json.dumps(RECORD), [], id="text"),
        pytest.param(json.dumps(RECORD).encode(), [], id="bytes"),
        pytest.param(record_of_sqs(body=json.dumps(RECORD)), ["body"], id="body of a message"),
        pytest.param(record_of_sqs(body=json.dumps(NOTIFICATION)), ["body", "Message"], id="envelope in a body"),
        pytest.param({"requestContext": {}, "payload": json.dumps(RECORD)}, ["payload"], id="payload of an object"),
        pytest.param({"Records": [{"Sns": NOTIFICATION}]}, ["Records", 0, "Sns", "Message"], id="event of a topic"),
        pytest.param(
            {"sequenceNumber": "1", "data": base64.b64encode(json.dumps(RECORD).encode()).decode()}, ["data"], id="base64"
        ),
    ],
)
def test_json_inside_of_text_is_opened(value: object, path: list[str | int]) -> None:
    found = normalize(value)
    for step in path:
        found = found[step]

    assert found == OPENED


@pytest.mark.parametrize(
    "text", ["7", "null", '"x"', "{broken", "[NaN]", "", "[" * 100_000], ids=lambda text: text[:8] or "empty"
)
def test_a_body_that_is_not_an_object_or_array_is_text(text: str) -> None:
    assert normalize(record_of_sqs(body=text))["body"] == text


def test_data_that_is_not_json_stays_in_base64() -> None:
    assert normalize({"sequenceNumber": "1", "data": "aGVsbG8="})["data"] == "aGVsbG8="


def test_the_order_of_keys_stays() -> None:
    assert list(normalize({"b": 1, "a": 2, "c": 3})) == ["b", "a", "c"]


def test_a_message_is_normalized_once() -> None:
    message = Message(ID, '{"order": 7}', sent_at=START, visible_at=START + timedelta(seconds=30))

    assert normalize(message) == {
        "message_id": "<message-id-1>",
        "body": {"order": 7},
        "sent_at": "<T+0.000s>",
        "visible_at": "<T+30.000s>",
        "approximate_receive_count": 0,
        "attributes": {},
        "message_attributes": {},
    }


def test_a_dead_letter_is_normalized_once() -> None:
    letter = DeadLetter('{"order": 7}', {"order": 7}, ID, 200, "card expired")

    assert normalize(letter) == {
        "body": {"order": 7},
        "request_id": "<request-id-1>",
        "error_code": 200,
        "error_message": "card expired",
    }


def test_values_of_python_become_json() -> None:
    value = {"a": (1, Decimal("2"), Decimal("2.5")), "b": {"y", "x"}, 3: timedelta(minutes=1), "c": b"\xff"}

    assert normalize(value) == {"a": [1, 2, 2.5], "b": ["x", "y"], "3": 60.0, "c": "/w=="}


def test_a_handle_is_refused() -> None:
    with pytest.raises(LambdaEventsError, match="normalize takes values, not <object object"):
        normalize({"queue": object()})


KEYS = st.sampled_from(
    ["requestId", "messageId", "body", "Message", "TopicArn", "data", "sequenceNumber", "timestamp", "requestContext", "order"]
)
TEXTS = st.one_of(
    st.text(max_size=8),
    st.sampled_from([ID, OTHER_ID, SEQUENCE_NUMBER, FRAME, json.dumps(RECORD), "2026-01-01T00:00:00Z", f"RequestId: {ID}"]),
    st.uuids().map(str),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(KEYS, inner, max_size=5),
        st.dictionaries(KEYS, inner, max_size=5).map(json.dumps),
        st.dictionaries(KEYS, inner, max_size=5).map(lambda value: base64.b64encode(json.dumps(value).encode()).decode()),
    ),
    max_leaves=12,
)


@given(VALUES)
def test_twice_is_the_same_as_once(value: Any) -> None:
    once = normalized(value, start=START)

    assert normalized(once, start=START) == once


@given(VALUES)
def test_what_is_normalized_is_json(value: Any) -> None:
    found = normalized(value, start=START)

    assert json.loads(json.dumps(found)) == found
