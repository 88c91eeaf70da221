"""What the filters of a queue's mapping let pass, over plain records."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lambda_events.sources import filters
from pytest_lambda_events.sources.filters import PatternInvalid

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
    return filters.compile(patterns).verdict_sqs(record(body, attribute))


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

    filters.compile([WITH_K]).verdict_sqs(judged)

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
