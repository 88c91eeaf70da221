"""Compares the JSON of Kinesis records, which the package writes without a library, with that of the standard library."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_lambda_events.aws.kinesis.records import KinesisRecord

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

    value = record.value(added)

    decoded = json.loads(record.json(',"awsRegion":"eu-west-1","eventSourceARN":"arn"}'))
    assert (value, json.dumps(value)) == (decoded, json.dumps(decoded))


def test_each_value_of_a_record_is_a_new_object() -> None:
    record = KinesisRecord((495, 0), "495", 0, "key", FIRST, "eA==", "1.0")
    added = {"awsRegion": "eu-west-1"}
    changed = record.value(added)
    changed["kinesis"].clear()
    changed["awsRegion"] = "changed"

    assert record.value(added) == json.loads(record.json(',"awsRegion":"eu-west-1"}'))
