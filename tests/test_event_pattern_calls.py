"""`TestEventPattern`, and patterns that `PutRule` refuses, through boto3."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents

EVENT: dict[str, Any] = {
    "id": "1", "account": "123456789012", "source": "shop", "time": "2026-01-01T00:00:00Z", "region": "us-east-1",
    "resources": [], "detail-type": "paid", "detail": {"total": 7, "tags": [{"name": "a"}]},
}  # fmt: skip


def answer(pattern: str, event: str) -> Any:
    return boto3.client("events").test_event_pattern(EventPattern=pattern, Event=event)


@pytest.fixture(autouse=True)
def _simulated(lambda_events: LambdaEvents) -> None:
    """All tests need the simulated AWS."""


@pytest.mark.rule("EVB-35")
@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"source": ["shop"]}, True),
        ({"source": ["bank"]}, False),
        ({"detail": {"total": [{"numeric": [">", 6]}]}}, True),
        ({"detail": {"tags": {"name": ["a"]}}}, True),
        ({"detail": {"missing": [{"exists": False}]}}, True),
    ],
)
def test_a_pattern_is_tried_with_an_event(pattern: dict[str, Any], *, expected: bool) -> None:
    assert answer(json.dumps(pattern), json.dumps(EVENT))["Result"] is expected


@pytest.mark.rule("EVB-35")
@pytest.mark.scenario("EVB E28")
@pytest.mark.parametrize(
    "event",
    [
        "{",
        "[]",
        "7",
        *(json.dumps({key: value for key, value in EVENT.items() if key != name}) for name in EVENT if name != "detail"),
    ],
)
def test_an_event_must_be_complete(event: str) -> None:
    with pytest.raises(ClientError) as caught:
        answer('{"source": ["shop"]}', event)

    assert caught.value.response["Error"] == {"Code": "ValidationException", "Message": "Parameter Event is not valid."}


@pytest.mark.rule("EVB-35")
def test_an_event_needs_no_detail() -> None:
    event = {key: value for key, value in EVENT.items() if key != "detail"}

    assert answer('{"source": ["shop"]}', json.dumps(event))["Result"] is True


@pytest.mark.rule("EVB-34", "EVB-35")
@pytest.mark.parametrize(
    ("pattern", "reason"),
    [('{"source": "shop"}', '"source" must be an object or an array'), ('{"source": []}', "Empty arrays are not allowed")],
)
def test_both_calls_refuse_the_same_patterns(pattern: str, reason: str) -> None:
    with pytest.raises(ClientError) as by_test:
        answer(pattern, json.dumps(EVENT))
    with pytest.raises(ClientError) as by_rule:
        boto3.client("events").put_rule(Name="paid", EventPattern=pattern)

    expected = {"Code": "InvalidEventPatternException", "Message": f"Event pattern is not valid. Reason: {reason}"}
    assert by_test.value.response["Error"] == by_rule.value.response["Error"] == expected
    assert boto3.client("events").list_rules()["Rules"] == []
