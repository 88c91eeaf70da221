"""Aggregates against the library that makes them, and what is none."""

from __future__ import annotations

import hashlib

import pytest
from aws_kinesis_agg.aggregator import RecordAggregator
from hypothesis import given
from hypothesis import strategies as st

from pytest_lambda_events.aws.kinesis.aggregates import MAGIC, UserRecord, user_records

KEYS = st.text(min_size=1, max_size=8)
HASH_KEYS = st.none() | st.integers(0, 2**128 - 1).map(str)
RECORDS = st.lists(st.builds(UserRecord, KEYS, HASH_KEYS, st.binary(max_size=300)), min_size=1, max_size=20)


def packed(message: bytes) -> bytes:
    """A message with its magic number and its digest."""
    return MAGIC + message + hashlib.md5(message, usedforsecurity=False).digest()


@given(RECORDS)
def test_an_aggregate_has_the_records_that_the_library_put_in(records: list[UserRecord]) -> None:
    aggregator = RecordAggregator()
    for record in records:
        aggregator.add_user_record(record.partition_key, record.data, record.explicit_hash_key)

    found = user_records(aggregator.clear_and_get().get_contents()[2])

    assert found == records


@given(st.binary(max_size=60))
def test_any_message_is_an_aggregate_or_none(message: bytes) -> None:
    found = user_records(packed(message))

    assert found is None or all(record.hash_key < 2**128 for record in found)


@pytest.mark.rule("KIN-34")
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        MAGIC,
        MAGIC + b"x" * 15,
        packed(b"\x0a\x01k")[:-1] + b"?",
        b"?" + packed(b"\x0a\x01k")[1:],
        packed(b"\x0a\x05k"),
        packed(b"\x0a"),
        packed(b"\x0b"),
        packed(b"\x08\x01"),
        packed(b"\x0a\x01\xff"),
        packed(b"\x1a\x05\x08\x00\x1a\x01x"),
        packed(b"\x0a\x01k\x1a\x02\x08\x00"),
        packed(b"\x0a\x01k\x1a\x03\x1a\x01x"),
        packed(b"\x0a\x01k\x1a\x07\x08\x00\x10\x00\x1a\x01x"),
        packed(b"\x0a\x01k\x12\x01?\x1a\x07\x08\x00\x10\x00\x1a\x01x"),
        packed(b"\x08" + b"\xff" * 9),
        packed(b"\x20" + b"\xff" * 10 + b"\x01"),
    ],
    ids=[
        "empty",
        "other data",
        "magic alone",
        "no room for a digest",
        "wrong digest",
        "wrong magic",
        "a field that is too long",
        "a field without a length",
        "a kind that is none",
        "a number for a key",
        "a key that is no text",
        "a key that is not in the table",
        "no data",
        "no key",
        "a hash key that is not in the table",
        "a hash key that is none",
        "a number that does not end",
        "a number of more than 64 bits",
    ],
)
def test_data_that_is_not_an_aggregate_stays_one_record(data: bytes) -> None:
    assert user_records(data) is None


def test_fields_that_are_not_known_are_passed_over() -> None:
    unknown = b"\x20\x01" + b"\x29" + b"8" * 8 + b"\x35" + b"4" * 4 + b"\x3a\x01z"

    found = user_records(packed(b"\x0a\x01k" + unknown + b"\x1a\x05\x08\x00\x1a\x01x"))

    assert found == [UserRecord("k", None, b"x")]


def test_an_aggregate_may_be_empty() -> None:
    assert user_records(packed(b"")) == []
