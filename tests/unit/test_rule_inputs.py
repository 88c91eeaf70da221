"""What a target of a rule receives, over values."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest

from pytest_lambda_events.sources.push.rule_inputs import (
    Facts,
    InvalidContent,
    content,
    partition_key,
    refusal_of_input,
    transformed,
)

EVENT: dict[str, Any] = {
    "version": "0", "id": "id-1", "detail-type": "paid", "source": "shop", "account": "123456789012",
    "time": "2026-09-13T12:17:30Z", "region": "us-east-1", "resources": ["arn:one", "arn:two"],
    "detail": {"text": "hello", "number": 42, "none": None, "quoted": 'say "x"', "list": [{"a": 1}, {"a": 2}, {}],
               "object": {"first": "one", "second": 2}},
}  # fmt: skip
FACTS = Facts(
    "paid", "arn:aws:events:us-east-1:123456789012:rule/paid", datetime(2026, 9, 13, 12, 17, 30, 408_900, timezone.utc)
)


def template(text: str, **paths: str) -> str:
    return transformed({"InputTemplate": text, "InputPathsMap": paths}, EVENT, FACTS)


@pytest.mark.rule("EVB-81", "EVB-83")
@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({}, json.dumps(EVENT, separators=(",", ":"))),
        ({"Input": '{ "a" : 1 }'}, '{ "a" : 1 }'),
        ({"InputPath": "$.detail.text"}, '"hello"'),
        ({"InputPath": "$.detail.number"}, "42"),
        ({"InputPath": "$.detail.list[1].a"}, "2"),
        ({"InputPath": "$.detail.list[*].a"}, "[1,2]"),
        ({"InputPath": "$.detail-type"}, '"paid"'),
        ({"InputPath": "$.detail.none"}, "{}"),
        ({"InputPath": "$.detail.missing"}, "{}"),
        ({"InputPath": "$.detail.list[3]"}, "{}"),
    ],
)
def test_content_without_a_transformer(target: dict[str, Any], expected: str) -> None:
    assert content(target, EVENT, FACTS) == expected


@pytest.mark.rule("EVB-84")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"v":<x>}', '{"v":"hello"}'),
        ('{"v": <n> }', '{"v": 42 }'),
        ('{"v":<missing>}', '{"v":""}'),
        ('{"v":"it is <x>!"}', '{"v":"it is hello!"}'),
        ('{"v":"<q>"}', '{"v":"say \\"x\\""}'),
        ('{"v":<o>}', '{"v":{"first":"one","second":2}}'),
        ('{"v":"<missing>"}', '{"v":""}'),
        ('{"v":<unknown>}', '{"v":<unknown>}'),
    ],
)
def test_object_template(text: str, expected: str) -> None:
    paths = {"x": "$.detail.text", "n": "$.detail.number", "q": "$.detail.quoted", "o": "$.detail.object", "missing": "$.no"}

    assert template(text, **paths) == expected


@pytest.mark.rule("EVB-85")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"<x> is <n>"', '"hello is 42"'),
        ("<x>", "hello"),
        ('"<o>"', '"{first:one,second:2}"'),
        ('"[<missing>]"', '"[]"'),
        ("[<n>, <n>]", "[42, 42]"),
    ],
)
def test_text_template(text: str, expected: str) -> None:
    assert template(text, x="$.detail.text", n="$.detail.number", o="$.detail.object", missing="$.no") == expected


@pytest.mark.rule("EVB-86")
@pytest.mark.scenario("PSH S13")
def test_a_rendered_text_that_is_not_json_is_refused() -> None:
    target = {"InputTransformer": {"InputTemplate": "<x>", "InputPathsMap": {"x": "$.detail.text"}}}

    with pytest.raises(InvalidContent) as caught:
        content(target, EVENT, FACTS)

    assert (caught.value.text, caught.value.code, caught.value.message) == (
        "hello",
        "INVALID_JSON",
        "Invalid input for target.",
    )
    assert not caught.value.is_retried


@pytest.mark.rule("EVB-87")
def test_reserved_placeholders() -> None:
    found = json.loads(
        template(
            '{"name":<aws.events.rule-name>,"arn":<aws.events.rule-arn>,"at":<aws.events.event.ingestion-time>,'
            '"event":<aws.events.event>,"whole":<aws.events.event.json>}'
        )
    )

    assert (found["name"], found["arn"], found["at"]) == ("paid", FACTS.rule_arn, "2026-09-13T12:17:30.408Z")
    assert found["whole"] == EVENT
    assert found["event"] == {
        "id": "id-1", "account": "123456789012", "detailType": "paid", "time": 1_789_301_850_000, "source": "shop",
        "region": "us-east-1", "resources": ["arn:one", "arn:two"], "version": "0",
    }  # fmt: skip


@pytest.mark.rule("EVB-80", "EVB-82", "EVB-88")
@pytest.mark.parametrize(
    ("target", "refusal"),
    [
        (
            {"Input": "{}", "InputPath": "$"},
            "Only one of Input, InputPath, or InputTransformer must be provided for target 1.",
        ),
        ({"InputPath": "$"}, None),
        ({"InputPath": "$.a-b_c/d[0][*].e"}, None),
        ({"InputPath": "detail"}, "InputPath for target 1 is invalid."),
        ({"InputPath": ""}, "InputPath for target 1 is invalid."),
        ({"InputPath": "$..a"}, "InputPath for target 1 is invalid."),
        ({"InputPath": "$.*"}, "InputPath for target 1 is invalid."),
        ({"InputPath": "$['a']"}, "InputPath for target 1 is invalid."),
        ({"InputPath": "$.a[-1]"}, "InputPath for target 1 is invalid."),
        ({"InputPath": "$.a[0:1]"}, "InputPath for target 1 is invalid."),
        ({"InputTransformer": {"InputTemplate": '{"a":<x>}', "InputPathsMap": {"x": "$.id"}}}, None),
        (
            {"InputTransformer": {"InputTemplate": '"<aws.events.event.json>"'}},
            "InputTemplate for target 1 contains placeholder aws.events.event.json valid only for JSON template.",
        ),
    ],
)
def test_which_inputs_are_refused(target: dict[str, Any], refusal: str | None) -> None:
    assert refusal_of_input({"Id": "1", **target}) == refusal


def test_a_key_of_the_paths_that_is_not_a_word_is_refused() -> None:
    refusal = refusal_of_input({"Id": "1", "InputTransformer": {"InputTemplate": "1", "InputPathsMap": {"<k>": "$.id"}}})

    assert refusal is not None
    assert refusal.startswith(
        "1 validation error detected: Value '{<k>=$.id}' at 'targets.1.member.inputTransformer.inputPathsMap' failed"
    )


@pytest.mark.rule("EVB-75")
@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("$.source", '"shop"'), ("$.detail.number", "42"), ("$.detail.none", "{}"), ("$.no", "{}"),
        ("$.detail.object", '{"first":"one","second":2}'), (None, "id-1_uuid"),
    ],
)  # fmt: skip
def test_partition_key_of_a_record(path: str | None, key: str) -> None:
    assert partition_key(path, EVENT, "id-1_uuid") == key
