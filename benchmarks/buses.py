"""What event buses and schedules cost: an event for many rules, and a firing with its attempt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
from measuring import Row, expect, paired, seconds_of, size

from pytest_lambda_events import Function, LambdaEvents

ENTRIES = size(1_000, 10_000)
RULES = 200
FIRINGS = size(2_000, 100_000)
ROUNDS = 3
MICROSECONDS = 1e6
LIMIT_OF_A_RULE = 10.0
LIMIT_OF_A_FIRING = 2.0
FIRINGS_OF_A_YEAR = 525_600


def measure() -> Iterator[Row]:
    """Yields the cost of a rule for an event, and of a firing against an asynchronous event."""
    yield from _rules("in `source` and `detail-type`", _by_type)
    yield from _rules("in `detail` only", _by_detail)
    for name, schedule in (("a rule", LambdaEvents.rule), ("a schedule of Scheduler", LambdaEvents.schedule)):
        _fired(schedule)
        pairs = paired(lambda schedule=schedule: _fired(schedule), _invoked, rounds=ROUNDS)
        yield pairs.ratio(f"a firing of {name}, with its attempt / an event by invoke_async", limit=LIMIT_OF_A_FIRING)
        yield Row(f"{FIRINGS_OF_A_YEAR:,} such firings, a year with one a minute", pairs.medians[0] * FIRINGS_OF_A_YEAR, "s")


def _rules(what: str, pattern: Any) -> Iterator[Row]:
    _put(pattern, 10)
    pairs = paired(lambda: _put(pattern, RULES), lambda: _put(pattern, 0), rounds=ROUNDS)
    yield pairs.difference(
        f"an event for {RULES} rules with a pattern {what} - for none, for each rule", "us", scale=MICROSECONDS / RULES,
        limit=LIMIT_OF_A_RULE,
    )  # fmt: skip


def _by_type(number: int) -> dict[str, Any]:
    return {"source": ["shop"], "detail-type": [f"type-{number}"], **_by_detail(number)}


def _by_detail(number: int) -> dict[str, Any]:
    return {"detail": {"total": [{"numeric": [">", 100]}], "state": [f"state-{number}", {"prefix": "paid"}]}}


def _put(pattern: Any, rules: int) -> float:
    """Returns the seconds of one entry of `PutEvents`."""
    with LambdaEvents() as environment:
        events = boto3.client("events")
        for number in range(rules):
            events.put_rule(Name=f"rule-{number}", EventPattern=json.dumps(pattern(number)))
        entries = [_entry(number) for number in range(ENTRIES)]

        def put_all() -> None:
            for start in range(0, ENTRIES, 10):
                events.put_events(Entries=entries[start : start + 10])

        spent = seconds_of(put_all)
        expect(len(environment.event_buses["default"].events) == ENTRIES)
    return spent / ENTRIES


def _entry(number: int) -> dict[str, str]:
    detail = {"total": number % 200, "state": f"state-{number % RULES}", "items": [{"sku": "a", "count": 1}, {"sku": "b"}]}
    return {"Source": "shop", "DetailType": f"type-{number % RULES}", "Detail": json.dumps(detail)}


def _nothing(event: Any, context: Any) -> None:
    """A handler that does nothing."""


def _fired(schedule: Any) -> float:
    """Returns the seconds of one firing and its attempt."""
    with LambdaEvents() as environment:
        function = environment.function(_nothing, name="nothing")
        schedule(environment, "rate(1 minute)", function, name="often")
        spent = seconds_of(lambda: environment.advance(timedelta(minutes=FIRINGS)))
        expect(_attempts(function) >= FIRINGS)
    return spent / FIRINGS


def _invoked() -> float:
    """Returns the seconds of one asynchronous event and its attempt."""
    with LambdaEvents() as environment:
        function = environment.function(_nothing, name="nothing")

        def invoke_all() -> None:
            for _ in range(FIRINGS):
                function.invoke_async({})
                environment.run_until_idle()

        spent = seconds_of(invoke_all)
        expect(_attempts(function) == FIRINGS)
    return spent / FIRINGS


def _attempts(function: Function) -> int:
    return len(function.attempts)
