from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest

from pytest_lambda_events.faults.plans import Faults
from pytest_lambda_events.service.async_queue import AsyncQueue, EndedEvent, LastResponse
from pytest_lambda_events.service.errors import not_found
from pytest_lambda_events.service.invoke_request import InvokeRequest, Result
from pytest_lambda_events.service.invoker import Invoker
from pytest_lambda_events.service.model import Code, Configuration, Function, Target
from pytest_lambda_events.service.refusals import Throttled
from pytest_lambda_events.service.runtime.error_payloads import ErrorPayload
from pytest_lambda_events.service.tracing import Trace
from pytest_lambda_events.simulation.simulation import Simulation

ARN = "arn:aws:lambda:us-east-1:123456789012:function:charge"
SUCCESS = Result(b'"done"', None, "$LATEST")
FAILURE = Result(b"{}", ErrorPayload("ValueError", "failed", b"{}"), "$LATEST")
BUSY = Throttled("ReservedFunctionConcurrentInvocationLimitExceeded")


class ScriptedInvoker:
    """Answers each attempt with the next of `answers`, at once; the last one again and again."""

    def __init__(self, simulation: Simulation, *answers: Result | Throttled) -> None:
        self.planned = Faults(simulation.clock, simulation.journal)
        self.answers = list(answers)
        self.requests: list[InvokeRequest] = []
        self.is_recursive = False

    def is_recursion_limit_reached(self, target: Target, trace: Trace) -> bool:
        return self.is_recursive

    def warn_of_recursion(self, target: Target) -> None:
        pass

    def start(self, target: Target, request: InvokeRequest, on_result: Callable[[Result], None]) -> Throttled | None:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Throttled):
            return answer
        on_result(answer)
        return None


class OneFunction:
    """A function that may be deleted."""

    def __init__(self) -> None:
        configuration = Configuration("charge", ARN, "python3.13", "", "app.handler", Code("", 0), "", "", "")
        self.function: Function | None = Function("charge", ARN, configuration)

    def find(self, function_arn: str) -> Function | None:
        return self.function

    def named(self, function_arn: str, qualifier: str | None) -> Target:
        return self.resolve(function_arn, qualifier)

    def resolve(self, function_arn: str, qualifier: str | None) -> Target:
        if self.function is None:
            raise not_found("gone")
        return Target(self.function, qualifier, self.function.latest)


class Story:
    """A queue over one function and a scripted invoker."""

    def __init__(self, simulation: Simulation, *answers: Result | Throttled) -> None:
        self.simulation = simulation
        self.functions = OneFunction()
        self.invoker = ScriptedInvoker(simulation, *answers)
        self.ended: list[EndedEvent] = []
        self.queue = AsyncQueue(simulation, cast(Invoker, self.invoker), self.functions, self.ended.append)

    def accept(self) -> None:
        target = self.functions.resolve(ARN, None)
        self.queue.accept(target, b"{}", Trace("1-0", ""), "request-1")

    def reserve(self, units: int) -> None:
        assert self.functions.function is not None
        self.functions.function.reserved_concurrent_executions = units

    @property
    def end(self) -> tuple[str, int, LastResponse]:
        """Condition, attempts counted and the last response of the one event."""
        [ended] = self.ended
        return ended.condition, ended.event.invoke_count, ended.event.last


def test_a_success_carries_its_result(simulation: Simulation) -> None:
    story = Story(simulation, SUCCESS)
    story.accept()

    simulation.advance(0)

    assert story.end == ("Success", 1, LastResponse(200, SUCCESS))


def test_exhausted_retries_carry_the_last_result(simulation: Simulation) -> None:
    story = Story(simulation, FAILURE)
    story.accept()

    simulation.advance(180)

    assert story.end == ("RetriesExhausted", 3, LastResponse(200, FAILURE))


@pytest.mark.scenario("ASY A13")
def test_the_record_of_a_throttled_event_that_expires_has_only_status_429(simulation: Simulation) -> None:
    story = Story(simulation, BUSY)
    story.accept()

    simulation.advance(21_600)

    assert story.end == ("EventAgeExceeded", 0, LastResponse(429, None))


def test_a_failure_then_throttles_until_the_event_ages_out_carries_429_and_counts_the_failure(
    simulation: Simulation,
) -> None:
    story = Story(simulation, FAILURE, BUSY)
    story.accept()

    simulation.advance(21_600)

    assert story.end == ("EventAgeExceeded", 1, LastResponse(429, None))


@pytest.mark.rule("ASY-80")
def test_the_record_of_an_event_with_a_missing_target_has_only_status_404(simulation: Simulation) -> None:
    story = Story(simulation, FAILURE)
    story.accept()
    simulation.advance(0)
    story.functions.function = None

    simulation.advance(180)

    assert story.end == ("RetriesExhausted", 3, LastResponse(404, None))


@pytest.mark.rule("CON-36")
def test_a_retry_that_meets_zero_concurrency_carries_no_response(simulation: Simulation) -> None:
    story = Story(simulation, FAILURE)
    story.accept()
    simulation.advance(0)
    story.reserve(0)

    simulation.advance(60)

    assert story.end == ("ZeroReservedConcurrency", 1, LastResponse(None, None))


def test_an_event_that_ends_without_an_attempt_has_its_target(simulation: Simulation) -> None:
    story = Story(simulation, SUCCESS)
    story.reserve(0)
    story.accept()

    simulation.advance(0)

    [ended] = story.ended
    assert ended.event.target == story.functions.named(ARN, None)
    assert story.invoker.requests == []


def test_every_attempt_has_the_events_request_id_and_its_own_number(simulation: Simulation) -> None:
    story = Story(simulation, BUSY, FAILURE, FAILURE, FAILURE)
    story.accept()

    simulation.advance(300)

    assert [(request.request_id, request.attempt) for request in story.invoker.requests] == [
        ("request-1", 1),
        ("request-1", 2),
        ("request-1", 3),
        ("request-1", 4),
    ]


@pytest.mark.rule("ASY-90")
def test_an_event_beyond_the_recursion_limit_is_not_tried(simulation: Simulation) -> None:
    story = Story(simulation, SUCCESS)
    story.invoker.is_recursive = True
    story.accept()

    simulation.advance(0)

    assert story.end == ("RecursiveInvocationTerminated", 0, LastResponse(None, None))
    assert story.invoker.requests == []
