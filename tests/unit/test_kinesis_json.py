"""Compares the JSON of Kinesis records, which the package writes without a library, with that of the standard library."""

from __future__ import annotations

import base64
import json

import pytest
from counting import calls_of
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_lambda_events.aws.kinesis.records import KinesisRecord
from pytest_lambda_events.sources.streams.stream_batch import Item, StreamBatch

FIRST = "shardId-000000000000"


@pytest.mark.rule("KIN-E1", "KIN-E2")
@given(key=st.text(max_size=300), content=st.binary(max_size=300), milliseconds=st.integers(0, 10**13))
@example(key='"\\\n\x00\x7f\u2028\ud800é😀', content=b"", milliseconds=1_700_000_000_000)
@example(key="key", content=b"\xff\xfe", milliseconds=1)
def test_a_record_is_written_as_an_encoder_would_write_it(key: str, content: bytes, milliseconds: int) -> None:
    data = base64.b64encode(content).decode()
    expected = {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": key,
            "sequenceNumber": "495",
            "data": data,
            "approximateArrivalTimestamp": milliseconds / 1000,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{FIRST}:495",
        "eventName": "aws:kinesis:record",
    }

    record = KinesisRecord((495, 0), "495", 0, key, FIRST, data, repr(milliseconds / 1000))

    assert record.json() == json.dumps(expected, ensure_ascii=False, separators=(",", ":"))


@pytest.mark.rule("KIN-E1", "KIN-E2")
@given(key=st.text(max_size=300), milliseconds=st.integers(0, 10**13))
@example(key='"\\\n\x00\x7f\u2028\ud800é😀', milliseconds=1_700_000_000_000)
def test_the_value_of_a_record_is_its_decoded_text(key: str, milliseconds: int) -> None:
    record = KinesisRecord((495, 0), "495", 0, key, FIRST, "eA==", repr(milliseconds / 1000))
    added = {"awsRegion": "eu-west-1", "eventSourceARN": "arn"}

    [value] = record.values([record], added)

    decoded = json.loads(record.json(',"awsRegion":"eu-west-1","eventSourceARN":"arn"}'))
    assert (value, json.dumps(value)) == (decoded, json.dumps(decoded))


def test_each_value_of_a_record_is_a_new_object() -> None:
    record = KinesisRecord((495, 0), "495", 0, "key", FIRST, "eA==", "1.0")
    added = {"awsRegion": "eu-west-1"}
    [changed] = record.values([record], added)
    changed["kinesis"].clear()
    changed["awsRegion"] = "changed"

    assert record.values([record], added) == [json.loads(record.json(',"awsRegion":"eu-west-1"}'))]


def test_the_value_of_a_record_takes_two_calls() -> None:
    records = [KinesisRecord((number, 0), str(number), 0, "key", FIRST, "eA==", "1.0") for number in range(100)]

    calls = calls_of(lambda: records[0].values(records, {"awsRegion": "eu-west-1"}))

    assert calls <= 2 * len(records) + 5


def test_records_of_reads_with_other_members_are_decoded() -> None:
    record = KinesisRecord((495, 0), "495", 0, "key", FIRST, "eA==", "1.0")
    same, other = ({"awsRegion": region} for region in ("eu-west-1", "eu-west-2"))

    assert batch_of((record, same), (record, {**same})).event() == {"Records": record.values([record, record], same)}
    assert batch_of((record, same), (record, other)).event() is None


def batch_of(*records: tuple[KinesisRecord, dict[str, str]]) -> StreamBatch:
    """Returns a batch of records, each with the members that the mapping adds."""
    items = tuple(Item(record, b"", added) for record, added in records)
    return StreamBatch(items, (495, 0), None)  # type: ignore[arg-type]
