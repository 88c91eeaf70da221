"""What an event costs on a bus with many rules, and what a firing costs, counted in calls."""

from __future__ import annotations

import json

import pytest
from counting import calls_of

from pytest_lambda_events import LambdaEvents

RULES = 100
CALLS_OF_A_RULE = 70
FIRINGS = 60


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


@pytest.mark.parametrize("kind", ["rule", "schedule"])
def test_a_firing_costs_few_more_calls_than_an_asynchronous_event(lambda_events: LambdaEvents, kind: str) -> None:
    function = lambda_events.function(lambda event, context: None, name="sweep")
    create = lambda_events.rule if kind == "rule" else lambda_events.schedule
    schedule = create("rate(1 minute)", function, name="often")

    def fire() -> None:
        lambda_events.advance(60 * FIRINGS)

    def invoke() -> None:
        for _ in range(FIRINGS):
            function.invoke_async({})
            lambda_events.run_until_idle()

    fire()
    firings = calls_of(fire)
    schedule.delete()
    invoke()

    # It was 1.1 times as many calls.
    assert firings <= 1.6 * calls_of(invoke)
