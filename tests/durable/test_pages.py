"""The report page draws durable executions: a lane for each execution and context, and a bar for each operation."""

from __future__ import annotations

from typing import Any

import pytest
from durable_protocol import DONE, WAITING, Session, start, step, update, wait

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.report.page.chart import chart_of
from pytest_lambda_events.report.page.details import title_of
from pytest_lambda_events.report.page.document import TestResult, page_of
from pytest_lambda_events.report.page.durable_marks import EXECUTIONS
from pytest_lambda_events.report.page.layout import layout_of
from pytest_lambda_events.report.page.marks import Chart
from pytest_lambda_events.report.page.templates import Templates

RETRY = {"NextAttemptDelaySeconds": 10}
ERROR = {"ErrorType": "Timeout", "ErrorMessage": "no answer"}


def named(name: str, members: dict[str, Any]) -> dict[str, Any]:
    return {**members, "Name": name}


def drawn(lambda_events: LambdaEvents) -> Chart:
    return chart_of(lambda_events.journal, lambda_events.elapsed)


def marks_of(chart: Chart, lane_kind: str) -> list[tuple[str, str, float, float, str]]:
    """Returns the marks of the lanes of a kind: kind, label, begin, end and words."""
    keys = {lane.key for lane in chart.lanes if lane.kind == lane_kind}
    return [(mark.kind, mark.label, mark.begins, mark.ends, mark.words) for mark in chart.marks if mark.lane in keys]


def group(session: Session) -> Any:
    """A step and a context with a step and a wait of a minute."""
    if not session.operations:
        session.checkpoint(named("reserve", step("START", "1")), named("reserve", step("SUCCEED", "1", Payload="1")))
        session.checkpoint(named("pack", update("CONTEXT", "START", "2", SubType="RunInChildContext")))
        session.checkpoint(
            named("print", step("SUCCEED", "2-1", ParentId="2")), {**named("dry", wait(60, "2-2")), "ParentId": "2"}
        )
        return WAITING
    session.checkpoint(named("pack", update("CONTEXT", "SUCCEED", "2", SubType="RunInChildContext", Payload="1")))
    return DONE


def test_a_context_is_a_bar_of_its_parent_and_a_lane_with_its_own_operations(lambda_events: LambdaEvents) -> None:
    execution = start(lambda_events, group)
    lambda_events.run_until_idle()

    chart = drawn(lambda_events)

    assert [(lane.kind, lane.name, lane.depth) for lane in chart.lanes] == [
        ("asynchronous", "events", 0), ("function", "raw", 0), ("durable execution", execution.name, 1),
        ("RunInChildContext", "pack", 2),
    ]  # fmt: skip
    assert marks_of(chart, "durable execution") == [
        ("success", "", 0, 60, "1 min"), ("success", "", 0, 0, "reserve"), ("success", "", 0, 60, "pack: 1 min"),
    ]  # fmt: skip
    assert marks_of(chart, "RunInChildContext") == [
        ("success", "", 0, 0, "print"), ("waited", "", 0, 60, "dry: 1 min"),
    ]  # fmt: skip
    assert chart.attempts == 2


def test_operations_of_a_context_are_not_drawn_before_it(lambda_events: LambdaEvents) -> None:
    start(lambda_events, group)
    lambda_events.run_until_idle()

    placed = {one.mark.words.partition(":")[0]: one for one in layout_of(drawn(lambda_events)).marks}

    assert placed["reserve"].x < placed["pack"].x <= placed["print"].x < placed["dry"].x
    assert placed["dry"].right <= placed["pack"].right


def test_attempts_of_a_step_are_linked_by_their_retries(lambda_events: LambdaEvents) -> None:
    def flaky(session: Session) -> Any:
        session.checkpoint(named("charge", step("START", "1")))
        if not session.operations:
            session.checkpoint(named("charge", step("RETRY", "1", Error=ERROR, StepOptions=RETRY)))
            return WAITING
        session.checkpoint(named("charge", step("FAIL", "1", Error=ERROR)))
        return {"Status": "FAILED", "Error": ERROR}

    start(lambda_events, flaky)
    lambda_events.run_until_idle()

    chart = drawn(lambda_events)
    whole, first, second = (mark for mark in chart.marks if mark.is_operation)
    assert [(mark.kind, mark.label, mark.begins, mark.words) for mark in (whole, first, second)] == [
        ("operation_failed", "", 0, "Timeout, 10 s"),
        ("operation_failed", "#1", 0, "charge: Timeout, again in 10 s"),
        ("operation_failed", "#2", 10, "charge: Timeout"),
    ]
    assert [(link.cause, link.effect) for link in chart.links if link.kind == "retry"] == [(first, second)]
    lane = next(lane for lane in chart.lanes if lane.key == second.lane)
    assert title_of(second, lane).endswith(" charge attempt 2: operation failed")


@pytest.mark.parametrize(
    ("end", "kind", "words"),
    [("complete", "called_back", "approval: 30 s"), ("expire", "timed_out", "approval: Callback.Timeout, 1 min"),
     ("none", "pending", "approval")],
)  # fmt: skip
def test_a_callback_lasts_until_its_result_its_timeout_or_the_end_of_the_test(
    lambda_events: LambdaEvents, end: str, kind: str, words: str
) -> None:
    def asking(session: Session) -> Any:
        if not session.operations:
            session.checkpoint(named("approval", update("CALLBACK", "START", "1", CallbackOptions={"TimeoutSeconds": 60})))
            return WAITING
        return DONE

    execution = start(lambda_events, asking)
    lambda_events.advance(29)
    if end == "complete":
        execution.complete_callback("approval", "yes")
    if end != "none":
        lambda_events.run_until_idle()

    assert [(mark[0], mark[4]) for mark in marks_of(drawn(lambda_events), "durable execution")][1:] == [(kind, words)]


def test_many_executions_are_drawn_below_all_other_lanes(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(lambda event, context: DONE, name="raw", durable_execution_timeout=60)
    for _ in range(EXECUTIONS + 1):
        function.start_execution()
    failures = lambda_events.queue("failures")
    lambda_events.function(lambda event, context: None, name="other", on_success=failures).invoke_async()
    lambda_events.run_until_idle()

    kinds = [lane.kind for lane in drawn(lambda_events).lanes]

    assert kinds == ["asynchronous", "function", *["durable execution"] * EXECUTIONS, "function", "queue", "durable execution"]


def test_the_page_shows_the_lanes_and_the_legend(lambda_events: LambdaEvents) -> None:
    execution = start(lambda_events, group)
    lambda_events.run_until_idle()

    html = page_of(TestResult("test_orders.py::test_pack", "passed", list(lambda_events.journal)), Templates()).html

    assert f"<span>durable execution</span><strong>{execution.name}</strong>" in html
    assert 'padding-left:20px" title="' in html
    assert '<span class="sign waited">' in html
    assert html.count('class="mark waited bar"') == 1
