"""Filter policies of subscriptions: what SNS documents and what was recorded of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_lambda_events.sources.push.topic_filters import TopicFilter


def attributes(**values: tuple[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"Type": kind, "Value": value} for name, (kind, value) in values.items()}


BY_BODY: dict[str, tuple[dict[str, Any], Any, bool]] = {
    "a text": ({"kind": ["sold"]}, {"kind": "sold"}, True),
    "another case": ({"kind": ["sold"]}, {"kind": "Sold"}, False),
    "an element of a list": ({"tags": ["a"]}, {"tags": ["b", "a"]}, True),
    "a number by value": ({"size": [1]}, {"size": 1.0}, True),
    "a text that is no number": ({"size": [1]}, {"size": "1"}, False),
    "null": ({"coupon": [None]}, {"coupon": None}, True),
    "without regard to case": ({"city": [{"equals-ignore-case": "Bern"}]}, {"city": "BERN"}, True),
    "one of several keys": ({"$or": [{"kind": ["sold"]}, {"to": ["home"]}]}, {"to": "home"}, True),
    "an absent key": ({"kind": [{"exists": False}]}, {"size": 1}, True),
    "an empty list": ({"kind": [{"exists": True}]}, {"kind": []}, False),
    "a suffix that is excluded": ({"name": [{"anything-but": {"suffix": ".tmp"}}]}, {"name": "a.tmp"}, False),
    "all elements excluded": ({"tags": [{"anything-but": ["hidden"]}]}, {"tags": ["hidden"]}, False),
    "one element not excluded": ({"tags": [{"anything-but": ["hidden"]}]}, {"tags": ["hidden", "new"]}, True),
    "another type than excluded": ({"tags": [{"anything-but": ["hidden"]}]}, {"tags": 5}, False),
    "null is not excluded text": ({"tags": [{"anything-but": ["hidden"]}]}, {"tags": None}, False),
    "another type than excluded, nested": ({"a": {"b": [{"anything-but": [1]}]}}, {"a": {"b": "x"}}, False),
    "conditions met by one element": ({"a": {"b": [1], "c": [2]}}, {"a": [{"b": 1, "c": 2}, {"b": 0}]}, True),
    "conditions met by different elements": ({"a": {"b": [1], "c": [2]}}, {"a": [{"b": 1, "c": 0}, {"b": 0, "c": 2}]}, False),
    "no object": ({"kind": ["sold"]}, ["sold"], False),
}


@pytest.mark.parametrize("name", BY_BODY)
def test_a_body_passes_by_the_policy(name: str) -> None:
    policy, body, passes = BY_BODY[name]

    assert TopicFilter(json.dumps(policy), "MessageBody").passes(json.dumps(body), {}) is passes


def test_a_body_that_is_not_json_does_not_pass() -> None:
    assert not TopicFilter('{"kind": [{"exists": false}]}', "MessageBody").passes("sold", {})


BY_ATTRIBUTES: dict[str, tuple[dict[str, Any], dict[str, tuple[str, str]], bool]] = {
    "a text": ({"kind": ["sold"]}, {"kind": ("String", "sold")}, True),
    "a number": ({"size": [{"numeric": [">", 1]}]}, {"size": ("Number", "1.5")}, True),
    "a text for a number": ({"size": [5]}, {"size": ("String", "5")}, False),
    "a number for a text": ({"size": ["5"]}, {"size": ("Number", "5")}, False),
    "an element of an array": ({"tags": [True]}, {"tags": ("String.Array", '["a", true]')}, True),
    "all of an array excluded": (
        {"tags": [{"anything-but": ["hidden"]}]},
        {"tags": ("String.Array", '["hidden"]')},
        False,
    ),
    "an address": ({"from": [{"cidr": "10.1.0.0/24"}]}, {"from": ("String", "10.1.0.9")}, True),
    "no attributes": ({"kind": [{"exists": False}]}, {}, False),
    "an absent attribute": ({"kind": [{"exists": False}]}, {"size": ("Number", "1")}, True),
    "binary": ({"kind": [{"exists": True}]}, {"kind": ("Binary", "c29sZA==")}, False),
    "a malformed array that the policy does not name": (
        {"kind": ["sold"]},
        {"kind": ("String", "sold"), "tags": ("String.Array", "not-json")},
        False,
    ),
}


@pytest.mark.parametrize("name", BY_ATTRIBUTES)
def test_attributes_pass_by_the_policy(name: str) -> None:
    policy, given, passes = BY_ATTRIBUTES[name]

    assert TopicFilter(json.dumps(policy), "MessageAttributes").passes("m", attributes(**given)) is passes
