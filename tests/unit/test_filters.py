"""What the filters of a mapping let pass, over plain records of queues and streams."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lambda_events.sources.filtering import filters
from pytest_lambda_events.sources.filtering.filters import PatternInvalid

WITH_K = '{"body":{"k":["a"]}}'
PLAIN = '{"body":["hello",{"prefix":"bye"}]}'
BY_ATTRIBUTE = '{"messageAttributes":{"t":{"stringValue":["x"]}}}'


def record(body: str, attribute: str = "x") -> dict[str, Any]:
    """A record as SQS gives it, with one attribute of the sender's."""
    return {
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183"},
        "messageAttributes": {"t": {"stringValue": attribute, "dataType": "String"}},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:orders",
        "awsRegion": "us-east-1",
    }


def passes(body: str, *patterns: str, attribute: str = "x") -> bool:
    return filters.compile(patterns).match_sqs(record(body, attribute))


@pytest.mark.rule("FIL-40", "FIL-42", "FIL-43", "FIL-45", "FIL-46")
@pytest.mark.parametrize(
    ("body", "pattern", "expected"),
    [
        pytest.param("hello", PLAIN, True, id="plain, plain"),
        pytest.param("bye now", PLAIN, True, id="plain, plain by an operator"),
        pytest.param("ciao", PLAIN, False, id="plain, plain without a match"),
        pytest.param("hello", WITH_K, False, id="plain, JSON"),
        pytest.param("{k: a}", WITH_K, False, id="almost JSON, JSON"),
        pytest.param('{"k":"a"}', PLAIN, False, id="JSON, plain"),
        pytest.param('["hello"]', PLAIN, False, id="a JSON list, plain"),
        pytest.param('{"k":"a"}', WITH_K, True, id="JSON, JSON"),
        pytest.param(' \n{"k":"a"}\t', WITH_K, True, id="JSON with blanks, JSON"),
        pytest.param('{"k":"b"}', WITH_K, False, id="JSON, JSON without a match"),
        pytest.param('[{"k":"b"},{"k":"a"}]', WITH_K, True, id="a JSON list, JSON"),
        pytest.param("5", '{"body":["5"]}', True, id="a bare number is plain"),
        pytest.param('"a"', '{"body":["\\"a\\""]}', True, id="a bare string is plain, with its quotes"),
        pytest.param("true", '{"body":[true]}', False, id="a bare boolean is text"),
        pytest.param("null", '{"body":[null]}', False, id="a bare null is text"),
    ],
)
def test_the_form_of_a_body_must_be_that_of_the_pattern(body: str, pattern: str, expected: bool) -> None:
    assert passes(body, pattern) is expected


@pytest.mark.rule("FIL-42", "FIL-43")
@pytest.mark.parametrize(
    ("body", "pattern"),
    [
        pytest.param("hello", '{"body":{"k":[{"exists":false}]}}', id="plain, absent from JSON"),
        pytest.param('{"k":"a"}', '{"body":[{"exists":false}]}', id="JSON, absent as plain"),
        pytest.param("hello", '{"body":["hello"],"body.k":[{"exists":false}]}', id="plain, both forms"),
    ],
)
def test_the_wrong_form_is_dropped_where_absence_would_pass(body: str, pattern: str) -> None:
    assert not passes(body, pattern)


@pytest.mark.rule("FIL-42", "FIL-45")
@pytest.mark.scenario("FIL F1", "FIL F2")
@pytest.mark.parametrize(
    ("body", "expected"), [('{"k":"a"}', True), ('{"k":"b"}', False), ("hello", False)], ids=["match", "no match", "plain"]
)
def test_a_pattern_for_json_lets_matching_json_pass(body: str, expected: bool) -> None:
    assert passes(body, WITH_K) is expected


@pytest.mark.rule("FIL-40", "FIL-43", "FIL-46")
@pytest.mark.scenario("FIL F3")
@pytest.mark.parametrize(("body", "expected"), [("hello", True), ('{"k":"a"}', False)], ids=["plain", "JSON"])
def test_a_list_at_the_body_lets_plain_text_pass(body: str, expected: bool) -> None:
    assert passes(body, '{"body":["hello"]}') is expected


@pytest.mark.rule("FIL-41", "FIL-44", "FIL-47")
@pytest.mark.scenario("FIL F4")
@pytest.mark.parametrize("body", ["hello", '{"k":"a"}', '{"k":'], ids=["plain", "JSON", "broken JSON"])
@pytest.mark.parametrize(("attribute", "expected"), [("x", True), ("y", False)], ids=["match", "no match"])
def test_without_the_body_only_the_other_keys_decide(body: str, attribute: str, expected: bool) -> None:
    assert passes(body, BY_ATTRIBUTE, attribute=attribute) is expected


@pytest.mark.rule("FIL-21", "FIL-04")
@pytest.mark.parametrize(("attribute", "expected"), [("x", True), ("y", False)], ids=["both", "the body only"])
def test_the_body_and_other_keys_must_both_match(attribute: str, expected: bool) -> None:
    assert passes('{"k":"a"}', json.dumps(json.loads(WITH_K) | json.loads(BY_ATTRIBUTE)), attribute=attribute) is expected


@pytest.mark.rule("FIL-40", "FIL-45", "FIL-3A")
@pytest.mark.parametrize(
    ("body", "expected"),
    [("hello", True), ('{"k":"a"}', True), ('{"k":"b"}', False)],
    ids=["the plain member", "the JSON member", "neither"],
)
def test_each_member_of_or_has_a_form_of_its_own(body: str, expected: bool) -> None:
    assert passes(body, '{"$or":[{"body":["hello"]},{"body":{"k":["a"]}}]}') is expected


@pytest.mark.rule("FIL-48")
@pytest.mark.parametrize(
    ("bounds", "number", "expected"),
    [
        ('[">",100]', "100", False),
        ('[">",100]', "100.01", True),
        ('["<",100]', "100", False),
        ('["<",100]', "99", True),
        ('[">=",100,"<",200]', "99", False),
        ('[">=",100,"<",200]', "100", True),
        ('[">=",100,"<",200]', "199", True),
        ('[">=",100,"<",200]', "200", False),
        ('[">",100]', '"101"', False),
    ],
)
def test_numbers_of_a_json_body_are_compared(bounds: str, number: str, expected: bool) -> None:
    assert passes(f'{{"a":{number}}}', f'{{"body":{{"a":[{{"numeric":{bounds}}}]}}}}') is expected


@pytest.mark.rule("FIL-0A")
def test_a_key_that_comes_twice_in_a_body_offers_both_values() -> None:
    assert passes('{"k":"b","k":"a"}', WITH_K)
    assert passes('{"k":"a","k":"b"}', WITH_K)


@pytest.mark.rule("FIL-03")
@pytest.mark.scenario("FIL F13")
@pytest.mark.parametrize(
    ("body", "expected"),
    [('{"k":"a"}', True), ('{"k":"z"}', True), ('{"k":"b"}', False)],
    ids=["the first", "the second only", "neither"],
)
def test_a_record_passes_by_any_filter(body: str, expected: bool) -> None:
    assert passes(body, WITH_K, '{"body":{"k":["z"]}}') is expected


@pytest.mark.rule("FIL-05")
@pytest.mark.parametrize("body", ["hello", '{"k":"a"}', ""], ids=["plain", "JSON", "empty"])
def test_without_filters_every_record_passes(body: str) -> None:
    assert passes(body)


@pytest.mark.rule("FIL-09")
def test_a_record_stays_as_it_was_when_it_is_judged() -> None:
    judged = record('{"k": "a", "n": 1.0}')
    before = copy.deepcopy(judged)

    filters.compile([WITH_K]).match_sqs(judged)

    assert judged == before


@pytest.mark.parametrize(
    "body", ["[" * 100_000, '{"k":' * 100_000, '{"a":' + "9" * 5_000 + "}"], ids=["lists", "objects", "digits"]
)
def test_a_body_that_is_hard_to_read_is_dropped_by_a_pattern_for_json(body: str) -> None:
    assert not passes(body, WITH_K)


@pytest.mark.rule("FIL-10")
@pytest.mark.scenario("FIL F15")
def test_one_bad_pattern_among_good_ones_is_refused() -> None:
    with pytest.raises(PatternInvalid):
        filters.compile([WITH_K, '{"body":"a"}'])


def test_good_patterns_are_not_refused() -> None:
    filters.compile([WITH_K, PLAIN, BY_ATTRIBUTE])


@pytest.mark.rule("FIL-21")
@pytest.mark.parametrize(
    ("patterns", "unknown"),
    [
        pytest.param([WITH_K, PLAIN, BY_ATTRIBUTE], [], id="keys of a record"),
        pytest.param(['{"body.k":["a"]}'], [], id="a dotted key"),
        pytest.param(['{"Body":["a"]}'], ["Body"], id="another case"),
        pytest.param(['{"data":{"k":[1]},"k":[1]}', '{"k":[2]}'], ["data", "k"], id="several"),
        pytest.param(['{"$or":[{"body":["a"]},{"dynamodb":["b"]}]}'], ["dynamodb"], id="inside or"),
    ],
)
def test_keys_that_no_record_of_a_queue_has_are_named(patterns: list[str], unknown: list[str]) -> None:
    assert filters.unknown_keys(patterns) == unknown


@pytest.mark.rule("FIL-03")
@given(body=st.text() | st.sampled_from(['{"k":"a"}', '{"k":"z"}', "hello", "[]", "{}"]))
def test_another_filter_never_drops_what_passed(body: str) -> None:
    few, more = [WITH_K, PLAIN], [WITH_K, PLAIN, BY_ATTRIBUTE]

    assert passes(body, *few, attribute="y") <= passes(body, *more, attribute="y")


# ------------------------------------------------------------------ Kinesis


def click(data: bytes, partition_key: str = "1") -> dict[str, Any]:
    """A record as Kinesis gives it."""
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": partition_key,
            "sequenceNumber": "49590338271490256608559692538361571095921575989136588898",
            "data": base64.b64encode(data).decode(),
            "approximateArrivalTimestamp": 1545084650.987,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": "shardId-000000000006:49590338271490256608559692538361571095921575989136588898",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::123456789012:role/clicks",
        "awsRegion": "us-east-1",
        "eventSourceARN": "arn:aws:kinesis:us-east-1:123456789012:stream/clicks",
    }


def click_passes(data: bytes, *patterns: str) -> bool:
    return filters.compile(patterns, "kinesis").match_kinesis(click(data))


DATA_WITH_K = '{"data":{"k":["a"]}}'


@pytest.mark.rule("FIL-50", "FIL-53", "FIL-56", "FIL-20")
@pytest.mark.scenario("FIL F5")
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b'{"k":"a"}', True, id="JSON"),
        pytest.param(b'{"k":"b"}', False, id="JSON without a match"),
        pytest.param(b'[{"k":"b"},{"k":"a"}]', True, id="a JSON list"),
        pytest.param(b"xyz", False, id="text"),
        pytest.param(b'"a"', False, id="a bare JSON string"),
        pytest.param(b"\xff\xfe", False, id="no UTF-8"),
        pytest.param('{"k":"a"}'.encode("utf-16"), False, id="JSON in another encoding"),
        pytest.param(b"", False, id="nothing"),
        pytest.param(b"eyJrIjoiYSJ9", False, id="JSON encoded twice"),
    ],
)
def test_the_data_of_a_kinesis_record_is_decoded_and_must_be_json(data: bytes, expected: bool) -> None:
    assert click_passes(data, DATA_WITH_K) is expected


@pytest.mark.rule("FIL-53")
@pytest.mark.parametrize("data", [b"xyz", b"\xff\xfe"], ids=["text", "bytes"])
def test_data_that_is_not_json_is_dropped_where_absence_would_pass(data: bytes) -> None:
    assert not click_passes(data, '{"data":{"k":[{"exists":false}]}}')


@pytest.mark.rule("FIL-21", "FIL-51", "FIL-54")
@pytest.mark.scenario("FIL F6")
@pytest.mark.parametrize("data", [b'{"k":"a"}', b"xyz", b"\xff\xfe"], ids=["JSON", "text", "bytes"])
@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{"partitionKey":["1"]}', True),
        ('{"partitionKey":["2"]}', False),
        ('{"sequenceNumber":[{"prefix":"4959"}]}', True),
        ('{"approximateArrivalTimestamp":[{"numeric":[">",1545084650.987]}]}', False),
        ('{"approximateArrivalTimestamp":[{"numeric":[">=",1545084650.987]}]}', True),
        ('{"eventName":["aws:kinesis:record"]}', True),
        ('{"kinesis":{"partitionKey":["1"]}}', True),
        ('{"awsRegion":["eu-west-1"]}', False),
    ],
)
def test_without_the_data_the_other_keys_of_a_kinesis_record_decide(data: bytes, pattern: str, expected: bool) -> None:
    assert click_passes(data, pattern) is expected


@pytest.mark.rule("FIL-21", "FIL-04")
@pytest.mark.parametrize(("partition_key", "expected"), [("1", True), ("2", False)], ids=["both", "the data only"])
def test_the_data_and_other_keys_must_both_match(partition_key: str, expected: bool) -> None:
    record = click(b'{"k":"a"}', partition_key)

    assert filters.compile(['{"data":{"k":["a"]},"partitionKey":["1"]}'], "kinesis").match_kinesis(record) is expected


@pytest.mark.rule("FIL-03", "FIL-05")
@pytest.mark.parametrize(
    ("patterns", "expected"),
    [([], True), ([DATA_WITH_K, '{"partitionKey":["1"]}'], True), ([DATA_WITH_K, '{"partitionKey":["2"]}'], False)],
    ids=["no filter", "the second matches", "none matches"],
)
def test_a_kinesis_record_passes_by_any_filter_and_without_any(patterns: list[str], expected: bool) -> None:
    assert click_passes(b"xyz", *patterns) is expected


@pytest.mark.rule("FIL-09")
def test_a_kinesis_record_stays_as_it_was_when_it_is_judged() -> None:
    judged = click(b'{"k": "a"}')
    before = copy.deepcopy(judged)

    filters.compile([DATA_WITH_K], "kinesis").match_kinesis(judged)

    assert judged == before


@pytest.mark.rule("FIL-45", "FIL-50")
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["a", "b", ""]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["k", "n", "z"]), inner, max_size=3),
    ).filter(lambda value: isinstance(value, (dict, list))),
    inner=st.sampled_from(
        ['{"k":["a"]}', '{"k":{"n":[1]}}', '{"k":[{"exists":false}]}', '{"k":[{"anything-but":["b"]}],"n":[1,null]}']
    ),
)
def test_json_of_a_click_is_judged_like_that_of_a_message(value: Any, inner: str) -> None:
    text = json.dumps(value)

    assert click_passes(text.encode(), f'{{"data":{inner}}}') is passes(text, f'{{"body":{inner}}}')


# ------------------------------------------------------------------ DynamoDB


def change(number: str = "101", event_name: str = "INSERT") -> dict[str, Any]:
    """A record as DynamoDB gives it."""
    return {
        "eventID": "07784002f7b4b7b1a1a6ed1bc5c9ba6b",
        "eventName": event_name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1479499740.0,
            "Keys": {"id": {"S": "1"}},
            "NewImage": {"id": {"S": "1"}, "n": {"N": number}, "tags": {"SS": ["a", "b"]}, "gone": {"NULL": True}},
            "SequenceNumber": "111",
            "SizeBytes": 26,
            "StreamViewType": "NEW_IMAGE",
        },
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:123456789012:table/items/stream/2026-01-01T00:00:00.000",
    }


def change_passes(record: dict[str, Any], *patterns: str) -> bool:
    return filters.compile(patterns, "dynamodb").match_dynamodb(record)


@pytest.mark.rule("FIL-50", "FIL-57", "FIL-20")
@pytest.mark.scenario("FIL F7")
@pytest.mark.parametrize(("number", "expected"), [("101", True), ("102", False)])
def test_values_of_items_are_compared_as_text(number: str, expected: bool) -> None:
    assert change_passes(change(number), '{"dynamodb":{"NewImage":{"n":{"N":["101"]}}}}') is expected


@pytest.mark.rule("FIL-57")
@pytest.mark.scenario("FIL F8")
@pytest.mark.parametrize("number", ["99", "101"])
def test_numbers_of_items_are_text_for_a_numeric_filter(number: str) -> None:
    assert not change_passes(change(number), '{"dynamodb":{"NewImage":{"n":{"N":[{"numeric":[">",100]}]}}}}')


@pytest.mark.rule("FIL-57", "FIL-3F")
@pytest.mark.parametrize(("number", "expected"), [("101", False), ("102", True)])
def test_numbers_of_items_may_be_anything_but_a_text(number: str, expected: bool) -> None:
    assert change_passes(change(number), '{"dynamodb":{"NewImage":{"n":{"N":[{"anything-but":["101"]}]}}}}') is expected


@pytest.mark.rule("FIL-21", "FIL-51", "FIL-3J")
@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{"eventName":["INSERT"]}', True),
        ('{"eventName":["MODIFY","REMOVE"]}', False),
        ('{"userIdentity":{"principalId":[{"exists":false}]}}', True),
        ('{"userIdentity":{"principalId":["dynamodb.amazonaws.com"]}}', False),
        ('{"dynamodb":{"NewImage":{"tags":{"SS":["b"]}}}}', True),
        ('{"dynamodb":{"NewImage":{"gone":{"NULL":[true]}}}}', True),
        ('{"dynamodb":{"SizeBytes":[{"numeric":["=",26]}]}}', True),
        ('{"dynamodb":{"ApproximateCreationDateTime":[1479499740]}}', True),
        ('{"dynamodb":{"OldImage":{"id":{"S":[{"exists":false}]}}}}', True),
        ('{"dynamodb":{"NewImage":[{"exists":true}]}}', False),
        ('{"eventName":["INSERT"],"dynamodb":{"Keys":{"id":{"S":["2"]}}}}', False),
    ],
)
def test_all_keys_of_a_dynamodb_record_can_be_named(pattern: str, expected: bool) -> None:
    assert change_passes(change(), pattern) is expected


# ------------------------------------------------------------------ definitions for streams


@pytest.mark.rule("FIL-15", "FIL-52", "FIL-55")
@pytest.mark.parametrize(
    ("service", "pattern"),
    [
        ("kinesis", '{"data":["hello"]}'),
        ("kinesis", '{"data":[{"prefix":"a"}]}'),
        ("kinesis", '{"$or":[{"data":["hello"]},{"partitionKey":["1"]}]}'),
        ("kinesis", "{"),
        ("dynamodb", '{"dynamodb":["hello"]}'),
        ("dynamodb", '{"dynamodb":[{"exists":true}],"eventName":["INSERT"]}'),
        ("dynamodb", "INSERT"),
    ],
)
def test_a_pattern_for_data_of_a_stream_that_is_not_json_is_refused(service: str, pattern: str) -> None:
    with pytest.raises(PatternInvalid):
        filters.compile([pattern], service)


@pytest.mark.rule("FIL-15")
@pytest.mark.parametrize(
    ("service", "pattern"),
    [
        ("kinesis", '{"data.k":["a"]}'),
        ("kinesis", '{"dynamodb":["hello"]}'),
        ("dynamodb", '{"dynamodb":{"NewImage":{"id":{"S":["1"]}}}}'),
        ("dynamodb", '{"data":["hello"]}'),
        ("sqs", '{"body":["hello"]}'),
    ],
)
def test_other_patterns_are_not(service: str, pattern: str) -> None:
    filters.compile([pattern], service)


@pytest.mark.rule("FIL-21")
@pytest.mark.parametrize(
    ("service", "pattern", "unknown"),
    [
        ("kinesis", '{"data":{"k":["a"]},"partitionKey":["1"],"eventName":["a"]}', []),
        ("kinesis", '{"body":{"k":["a"]},"Data":{"k":["a"]}}', ["Data", "body"]),
        ("dynamodb", '{"dynamodb":{"NewImage":{"n":{"N":["1"]}}},"eventName":["a"],"userIdentity":{"type":["a"]}}', []),
        ("dynamodb", '{"NewImage":{"n":{"N":["1"]}}}', ["NewImage"]),
    ],
)
def test_keys_that_no_record_of_a_stream_has_are_named(service: str, pattern: str, unknown: list[str]) -> None:
    assert filters.unknown_keys([pattern], service) == unknown


@pytest.mark.rule("FIL-60", "FIL-61", "FIL-62", "KAF-40", "KAF-41")
@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ('{"value":[{"anything-but":["error"]}]}', b"error", False),
        ('{"value":[{"anything-but":["error"]}]}', b"fine", True),
        ('{"value":["a"]}', b'{"k":"a"}', True),
        ('{"value":{"k":["a"]}}', b'{"k":"a"}', True),
        ('{"value":{"k":["a"]}}', b'{"k":"b"}', False),
        ('{"value":{"k":["a"]}}', b"plain", True),
        ('{"value":{"k":["a"]}}', b"\xff", True),
        ('{"value":{"k":["a"]}}', None, True),
        ('{"value":{"k":["a"]},"partition":[1]}', b"plain", False),
        ('{"value":{"k":["a"]},"partition":[0]}', b"plain", True),
        ('{"partition":[1]}', b'{"k":"a"}', False),
        ('{"key":["seven"]}', b"plain", True),
        ('{"key":["eight"]}', b"plain", False),
    ],
)
def test_value_of_kafka_decides_only_in_the_form_of_the_pattern(pattern: str, value: bytes | None, expected: bool) -> None:
    record: dict[str, Any] = {"topic": "orders", "partition": 0, "offset": 0, "key": base64.b64encode(b"seven").decode()}
    if value is not None:
        record["value"] = base64.b64encode(value).decode()

    assert filters.compile([pattern], "kafka").match_kafka(record) is expected
