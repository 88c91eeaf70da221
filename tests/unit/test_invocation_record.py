"""The bytes of an invocation record (DST-15 to 27), and reading one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from pytest_lambda_events.records.invocation_record import (
    BatchInfo,
    Ending,
    NotARecord,
    is_json,
    iso_milliseconds,
    read,
    written,
)

ENDING = Ending(
    timestamp=datetime(2025, 11, 25, 22, 18, 25, 123999, tzinfo=timezone.utc),
    request_id="id",
    function_arn="arn:aws:lambda:us-east-1:123456789012:function:charge:$LATEST",
    condition="RetriesExhausted",
    approximate_invoke_count=3,
    request_payload=b'{"order": 7}',
)
BEGINNING = (
    b'{"version":"1.0","timestamp":"2025-11-25T22:18:25.123Z","requestContext":{"requestId":"id",'
    b'"functionArn":"arn:aws:lambda:us-east-1:123456789012:function:charge:$LATEST",'
    b'"condition":"RetriesExhausted","approximateInvokeCount":3},"requestPayload":{"order": 7}'
)


@pytest.mark.rule("DST-15", "DST-20", "DST-21")
@pytest.mark.parametrize(
    ("ending", "rest"),
    [
        (ENDING, b"}"),
        (replace(ENDING, status_code=429), b',"responseContext":{"statusCode":429}}'),
        (replace(ENDING, status_code=404), b',"responseContext":{"statusCode":404}}'),
        (
            replace(ENDING, status_code=200, executed_version="3", response_payload=b"null"),
            b',"responseContext":{"statusCode":200,"executedVersion":"3"},"responsePayload":null}',
        ),
        (
            replace(
                ENDING,
                status_code=200,
                executed_version="$LATEST",
                function_error="Unhandled",
                response_payload=b'{"errorMessage": "boom"}',
            ),
            (
                b',"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},'
                b'"responsePayload":{"errorMessage": "boom"}}'
            ),
        ),
    ],
    ids=["zero concurrency", "throttled", "gone", "success", "function error"],
)
def test_a_record_is_exactly_these_bytes(ending: Ending, rest: bytes) -> None:
    assert written(ending) == BEGINNING + rest


@pytest.mark.rule("DST-15", "DST-27")
@pytest.mark.parametrize(
    "payload",
    [b' {"a":  1}\n', '"λ😀"'.encode(), b'"\\u03bb"', b"1e400", b'{"a":1,"a":2}', b"[\t]", b"10000000000000000000000"],
    ids=["blanks", "UTF-8", "escaped", "large float", "twice the same key", "tab", "large integer"],
)
def test_payloads_are_embedded_as_they_are(payload: bytes) -> None:
    record = written(replace(ENDING, request_payload=payload, response_payload=payload, status_code=200, executed_version="1"))

    assert b'"requestPayload":' + payload + b',"responseContext"' in record
    assert record.endswith(b',"responsePayload":' + payload + b"}")


@pytest.mark.rule("DST-26")
@pytest.mark.parametrize(
    "answer",
    [b"NaN", b'{"a": Infinity}', b"-Infinity", b"\xff", b"text", b"{}{}", b'{"a":}', b" "],
    ids=["NaN", "infinity", "minus infinity", "no UTF-8", "no JSON", "two values", "no value", "blank"],
)
def test_a_response_that_is_not_json_is_replaced_by_an_error_at_the_end(answer: bytes) -> None:
    record = written(
        replace(ENDING, condition="Success", response_payload=answer, status_code=200, executed_version="1")
    )  # fmt: skip

    content = json.loads(record)
    assert list(content) == [
        "version", "timestamp", "requestContext", "requestPayload", "responseContext", "deliveryError",
    ]  # fmt: skip
    assert content["deliveryError"] == {"statusCode": 400, "errorCode": "InvalidRequestContentException"}
    assert content["requestContext"]["condition"] == "Success"


@pytest.mark.rule("DST-26")
def test_an_empty_answer_leaves_no_payload_and_no_error() -> None:
    record = written(replace(ENDING, response_payload=b"", status_code=200, executed_version="1"))

    assert record == BEGINNING + b',"responseContext":{"statusCode":200,"executedVersion":"1"}}'


@pytest.mark.rule("DST-26")
def test_an_answer_nested_too_deep_to_be_read_is_judged_no_json() -> None:
    assert not is_json(b"[" * 200_000 + b"]" * 200_000)


@pytest.mark.rule("DST-15")
@pytest.mark.parametrize(
    ("microsecond", "shown"), [(0, "000"), (999, "000"), (1000, "001"), (999_999, "999")], ids=str
)  # fmt: skip
def test_the_timestamp_has_three_digits_and_is_never_rounded_up(microsecond: int, shown: str) -> None:
    instant = datetime(2026, 1, 1, 0, 0, 0, microsecond, tzinfo=timezone.utc)

    assert iso_milliseconds(instant) == f"2026-01-01T00:00:00.{shown}Z"


@pytest.mark.rule("DST-15")
def test_the_timestamp_is_in_utc() -> None:
    instant = datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))

    assert iso_milliseconds(instant) == "2025-12-31T23:30:00.000Z"


def test_a_record_that_is_read_equals_the_one_that_was_written() -> None:
    text = written(
        replace(
            ENDING, status_code=200, executed_version="3", function_error="Unhandled", response_payload=b'{"errorType": "E"}'
        )
    ).decode()

    record = read(text)

    assert (record.text, record.json) == (text, json.loads(text))
    assert record.timestamp == datetime(2025, 11, 25, 22, 18, 25, 123000, tzinfo=timezone.utc)
    assert (record.request_id, record.function_arn) == (ENDING.request_id, ENDING.function_arn)
    assert (record.condition, record.approximate_invoke_count) == ("RetriesExhausted", 3)
    assert (record.request_payload, record.response_payload) == ({"order": 7}, {"errorType": "E"})
    assert (record.status_code, record.executed_version, record.function_error) == (200, "3", "Unhandled")


def test_missing_parts_of_a_record_are_none() -> None:
    record = read(written(ENDING).decode())

    assert record.response_payload is None
    assert (record.status_code, record.executed_version, record.function_error) == (None, None, None)


@pytest.mark.parametrize(
    "text",
    ["", "text", "null", "[]", "{}", '{"requestContext":{}}', '{"requestContext":null}', BEGINNING.decode()],
    ids=["nothing", "text", "null", "array", "object", "no ids", "no context", "cut off"],
)
def test_a_value_that_is_not_a_record_is_not_read(text: str) -> None:
    with pytest.raises(NotARecord) as caught:
        read(text)

    assert str(caught.value) == text


@pytest.mark.parametrize("timestamp", ["2025-11-25 22:18:25", 7, None])
def test_a_record_has_an_instant(timestamp: object) -> None:
    content = json.loads(written(ENDING)) | {"timestamp": timestamp}

    with pytest.raises(NotARecord):
        read(json.dumps(content))


# ---------------------------------------------------------------------- batches of streams

BATCH = {
    "requestContext": {
        "requestId": "316aa6d0-8154-xmpl-9af7-85d5f4a6bc81",
        "functionArn": "arn:aws:lambda:us-east-2:123456789012:function:myfunction",
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 1,
    },
    "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": None},
    "version": "1.0",
    "timestamp": "2019-11-14T00:13:49.717Z",
}
SHARD = {"shardId": "shardId-000000000001", "streamArn": "arn:aws:kinesis:us-east-2:123456789012:stream/clicks"}
RANGE = {"startSequenceNumber": "495", "endSequenceNumber": "496", "batchSize": 2}


@pytest.mark.rule("DDB-50", "KIN-72", "KIN-74")
@pytest.mark.parametrize("key", ["KinesisBatchInfo", "DDBStreamBatchInfo"])
def test_a_record_of_a_batch_names_its_stream_records(key: str) -> None:
    record = read(json.dumps({**BATCH, key: {**SHARD, **RANGE}}))

    assert record.batch_info == BatchInfo(SHARD["shardId"], SHARD["streamArn"], 2, "495", "496")
    assert (record.condition, record.approximate_invoke_count) == ("RetryAttemptsExhausted", 1)
    assert (record.status_code, record.executed_version, record.function_error) == (200, "$LATEST", None)
    assert (record.request_payload, record.response_payload) == (None, None)


@pytest.mark.rule("KIN-E7")
def test_the_record_of_a_final_call_names_the_shard_only() -> None:
    record = read(json.dumps({**BATCH, "KinesisBatchInfo": SHARD, "timeWindowInfo": {"isFinalInvokeForWindow": True}}))

    assert record.batch_info == BatchInfo(SHARD["shardId"], SHARD["streamArn"], None, None, None)
    assert record.json["timeWindowInfo"] == {"isFinalInvokeForWindow": True}


@pytest.mark.rule("KIN-72", "KIN-E6")
def test_the_record_in_a_bucket_has_the_batch_s_event_as_text() -> None:
    record = read(json.dumps({**BATCH, "payload": '{"Records":[{"eventID":"a"}]}', "KinesisBatchInfo": SHARD}))

    assert record.json["payload"] == '{"Records":[{"eventID":"a"}]}'
    assert record.request_payload == {"Records": [{"eventID": "a"}]}


def test_the_record_of_an_asynchronous_event_is_about_no_batch() -> None:
    assert read(written(ENDING).decode()).batch_info is None


@pytest.mark.parametrize(
    "content",
    [BATCH, {**BATCH, "KinesisBatchInfo": {}}, {**BATCH, "KinesisBatchInfo": SHARD, "payload": "{"}],
    ids=["no batch", "no shard", "a payload that is no JSON"],
)
def test_a_value_that_is_not_a_record_of_a_batch_is_not_read(content: dict[str, object]) -> None:
    with pytest.raises(NotARecord):
        read(json.dumps(content))
