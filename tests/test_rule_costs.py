"""What an event costs on a bus with many rules, counted in calls."""

from __future__ import annotations

import json

import pytest
from counting import calls_of

from pytest_lambda_events import LambdaEvents

RULES = 100
CALLS_OF_A_RULE = 70


def calls_of_an_event(lambda_events: LambdaEvents) -> int:
    events = lambda_events.client("events")
    entry = {"Source": "shop", "DetailType": "paid", "Detail": '{"total": 7, "tags": [{"name": "a"}, {"name": "b"}]}'}

    def put() -> None:
        events.put_events(Entries=[entry])

    put()
    return calls_of(put)


@pytest.mark.parametrize(
    "pattern",
    [{"source": ["bank"], "detail": {"total": [7]}}, {"detail-type": [{"prefix": "un"}]}, {"detail": {"total": [8]}}],
    ids=["another source", "another type", "another detail"],
)
def test_a_rule_that_does_not_match_costs_few_calls(lambda_events: LambdaEvents, pattern: dict[str, object]) -> None:
    alone = calls_of_an_event(lambda_events)
    for number in range(RULES):
        lambda_events.client("events").put_rule(Name=f"rule-{number}", EventPattern=json.dumps(pattern))

    assert calls_of_an_event(lambda_events) - alone < RULES * CALLS_OF_A_RULE
