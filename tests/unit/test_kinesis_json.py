"""The text of a record of Kinesis, which is put together by hand, against the standard library's encoder."""

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
