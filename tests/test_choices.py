"""What AWS leaves open is asked in one place, with alternatives that a recorder can list."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.journal.entry import Entry
from pytest_lambda_events.service.control_plane.region import AliasVersion
from pytest_lambda_events.service.environments import WarmEnvironment
from pytest_lambda_events.simulation.choices import DocumentedChooser, Question
from pytest_lambda_events.simulation.scheduler import NextWork


def work(event: Any, context: Any) -> str:
    time.sleep(1)
    return str(context.log_stream_name)


class Recorder(DocumentedChooser):
    asked: list[tuple[Question, list[object]]]

    def __init__(self) -> None:
        super().__init__()
        Recorder.asked = []

    def choose(self, question: Question, alternatives: Sequence[object]) -> int:
        self.asked.append((question, list(alternatives)))
        return super().choose(question, alternatives)


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> type[Recorder]:
    monkeypatch.setattr("pytest_lambda_events.opening.DocumentedChooser", Recorder)
    return Recorder


def test_events_that_are_due_at_the_same_time_are_the_alternatives(
    recorded: type[Recorder], lambda_events: LambdaEvents
) -> None:
    function = lambda_events.function(work)

    events = [function.invoke_async() for _ in range(3)]
    lambda_events.run_until_idle()

    asked = [
        [one.request_id for one in alternatives if isinstance(one, Entry)]
        for question, alternatives in recorded.asked
        if question == NextWork()
    ]
    first, second, third = (event.request_id for event in events)
    assert asked == [[first, second, third], [second, third]]


def test_pollers_that_are_due_at_the_same_time_are_named_by_their_function(
    recorded: type[Recorder], lambda_events: LambdaEvents
) -> None:
    orders = lambda_events.queue("orders")
    for name in ("first", "second"):
        lambda_events.function(work, name=name).add_event_source(orders)

    orders.send("a")
    lambda_events.run_until_idle()

    question, alternatives = recorded.asked[0]
    assert question == NextWork()
    assert [(one.kind, one.function_name) for one in alternatives if isinstance(one, Entry)] == [
        ("poll", "first"),
        ("poll", "second"),
    ]


def test_warm_environments_are_the_alternatives_for_an_invocation(
    recorded: type[Recorder], lambda_events: LambdaEvents
) -> None:
    function = lambda_events.function(work, timeout=10)
    warm = [function.invoke_async() for _ in range(2)]
    lambda_events.run_until_idle()
    streams = [attempt.response for event in warm for attempt in event.attempts]

    function.invoke()

    question, alternatives = recorded.asked[-1]
    assert question == WarmEnvironment(function.arn, "")
    assert alternatives == streams[::-1]


def test_versions_of_an_alias_are_the_alternatives_with_their_weights(
    recorded: type[Recorder], lambda_events: LambdaEvents
) -> None:
    function = lambda_events.function(work)
    first = function.publish_version().version
    function.update(timeout=4)
    second = function.publish_version().version
    live = function.create_alias("live", function_version=first, routing_config={second: 0.25})

    live.invoke()

    [(question, alternatives)] = recorded.asked
    assert isinstance(question, AliasVersion)
    assert (question.alias_arn, question.weights) == (live.arn, (0.75, 0.25))
    assert alternatives == [first, second]


@pytest.mark.parametrize("seed", range(3))
def test_step_returns_the_work_that_was_chosen(seed: int) -> None:
    with LambdaEvents(seed=seed, choices="seeded") as lambda_events:
        function = lambda_events.function(work)
        for _ in range(5):
            function.invoke_async()

        returned = [lambda_events.step() for _ in range(5)]
        started = [entry.request_id for entry in lambda_events.journal if entry.kind == "started"]

    assert [entry.request_id for entry in returned if entry is not None] == started


def test_seeds_start_events_of_one_time_in_different_orders() -> None:
    def order(seed: int) -> tuple[int, ...]:
        with LambdaEvents(seed=seed, choices="seeded") as lambda_events:
            function = lambda_events.function(work)
            ids = [function.invoke_async().request_id for _ in range(5)]
            lambda_events.run_until_idle()
            started = [entry.request_id for entry in lambda_events.journal if entry.kind == "started"]
            return tuple(ids.index(request_id or "") for request_id in started)

    orders = {order(seed) for seed in range(4)}

    assert len(orders) > 1
    assert {tuple(sorted(one)) for one in orders} == {(0, 1, 2, 3, 4)}
