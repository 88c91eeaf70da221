"""Faults that cannot be are refused where they are planned, with one message, and nothing is planned then."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from fault_stories import story_of

from pytest_lambda_events import Function, LambdaEvents
from pytest_lambda_events.errors import LambdaEventsError

BROKEN = ValueError("broken")
KINDS = (
    "Give an exception, or one of: timeout, out_of_memory, exit, load_error, response, service_error, destination, "
    "dead_letter_queue, delete, checkpoint, duplicate, split."
)
NUMBERS = "give the numbers of tries, such as [1, 2]."
COUNTED = "tries are numbered 1, 2, 3, and so on."
OFTEN = "give how often it strikes, 1 or more."
INSTANT = "give an instant, which is seconds or a timedelta since the start, or an aware datetime."
LATER = "after_handler=True goes with an exception, 'timeout', 'out_of_memory' or 'exit': "
STATUS = "give a whole number from 0 to 255."
SIZES = "'split' needs the sizes of the batches, such as sizes=[1, 2]."
KEYWORDS = "It takes: after_handler, payload, exit_status, sizes, attempts, times, until, when, optional."

WRONG: dict[str, tuple[Any, dict[str, Any], str]] = {
    "unknown failure": ("time-out", {}, f'work.fail("time-out"): no such failure. {KINDS}'),
    "number": (3, {}, f"work.fail(3): no such failure. {KINDS}"),
    "nothing": (None, {}, f"work.fail(None): no such failure. {KINDS}"),
    "throttle": ("throttle", {}, f'work.fail("throttle"): no such failure. {KINDS}'),
    "class": (
        ValueError, {}, "work.fail(ValueError): ValueError is a class: give an exception, such as ValueError('why').",
    ),
    "interrupt": (
        KeyboardInterrupt(), {},
        "KeyboardInterrupt() is no error of a handler's but ends its process: give 'exit' instead.",
    ),
    "class of an exit": (
        SystemExit, {},
        "work.fail(SystemExit): SystemExit is no error of a handler's but ends its process: give 'exit' instead.",
    ),
    "attempts: number": (BROKEN, {"attempts": 1}, f"attempts=1: {NUMBERS}"),
    "attempts: none": (BROKEN, {"attempts": []}, f"attempts=[]: {NUMBERS}"),
    "attempts: text": (BROKEN, {"attempts": "1"}, f"attempts='1': {NUMBERS}"),
    "attempts: 0": (BROKEN, {"attempts": [0]}, f"attempts=[0]: {COUNTED}"),
    "attempts: True": (BROKEN, {"attempts": [1, True]}, f"attempts=[1, True]: {COUNTED}"),
    "attempts: fraction": (BROKEN, {"attempts": [1.5]}, f"attempts=[1.5]: {COUNTED}"),
    "times: 0": (BROKEN, {"times": 0}, f"times=0: {OFTEN}"),
    "times: True": (BROKEN, {"times": True}, f"times=True: {OFTEN}"),
    "times: text": (BROKEN, {"times": "2"}, f"times='2': {OFTEN}"),
    "until: text": (BROKEN, {"until": "x"}, f"until='x': {INSTANT}"),
    "until: NaN": (BROKEN, {"until": float("nan")}, f"until=nan: {INSTANT}"),
    "until: infinity": (BROKEN, {"until": float("inf")}, f"until=inf: {INSTANT}"),
    "until: True": (BROKEN, {"until": True}, f"until=True: {INSTANT}"),
    "until: past": (BROKEN, {"until": -1}, "until=-1 s is over, since the clock is at 0 s: it would strike nothing."),
    "until: naive": (
        BROKEN, {"until": datetime(2026, 1, 1)},
        "until=2026-01-01T00:00:00 has no offset: give an aware datetime, such as one of UTC.",
    ),
    "when": (BROKEN, {"when": 3}, "when=3: give a function of the decoded event, such as lambda event: ...."),
    "optional": (BROKEN, {"optional": "no"}, "optional='no': give True or False."),
    "payload": ("timeout", {"payload": 3}, "payload=3 goes with 'response' only."),
    "exit_status of another": ("timeout", {"exit_status": 2}, "exit_status=2 goes with 'exit' only."),
    "sizes of another": ("duplicate", {"sizes": [1]}, "sizes=[1] goes with 'split' only."),
    "after_handler: text": (BROKEN, {"after_handler": "yes"}, "after_handler='yes': give True or False."),
    "after a response": ("response", {"after_handler": True}, f"{LATER}with 'response' the handler does not run."),
    "after a load error": ("load_error", {"after_handler": True}, f"{LATER}with 'load_error' the handler does not run."),
    "after a service error": (
        "service_error", {"after_handler": True}, f"{LATER}'service_error' does not happen in the handler.",
    ),
    "exit_status: 256": ("exit", {"exit_status": 256}, f"exit_status=256: {STATUS}"),
    "exit_status: -1": ("exit", {"exit_status": -1}, f"exit_status=-1: {STATUS}"),
    "exit_status: True": ("exit", {"exit_status": True}, f"exit_status=True: {STATUS}"),
    "sizes: missing": ("split", {}, f"sizes=(): {SIZES}"),
    "sizes: 0": ("split", {"sizes": [0]}, f"sizes=[0]: {SIZES}"),
    "sizes: text": ("split", {"sizes": "12"}, f"sizes='12': {SIZES}"),
    "sizes: number": ("split", {"sizes": 2}, f"sizes=2: {SIZES}"),
    "reason": (BROKEN, {"reason": "busy"}, f"there is no 'reason'. {KEYWORDS}"),
    "keyword": (BROKEN, {"attemps": [1]}, f"there is no 'attemps'. {KEYWORDS}"),
    "no queue": ("delete", {}, "'work' has no SQS event source, so nothing is ever deleted for it."),
    "no stream": ("checkpoint", {}, "'work' has no stream as event source, so there is no checkpoint for it."),
    "no batches": ("split", {"sizes": [1]}, "'work' has no event source, so it gets no batches."),
    "no destination": (
        "destination", {}, "'work' has no on_success or on_failure, so nothing is sent to a destination for it.",
    ),
    "no dead-letter queue": (
        "dead_letter_queue", {}, "'work' has no dead_letter_queue, so nothing is left there for it.",
    ),
}  # fmt: skip
REASONS = (
    "ConcurrentInvocationLimitExceeded, FunctionInvocationRateLimitExceeded, "
    "ReservedFunctionConcurrentInvocationLimitExceeded, ReservedFunctionInvocationRateLimitExceeded, CallerRateLimitExceeded, "
    "ConcurrentSnapshotCreateLimitExceeded."
)
WRONG_THROTTLES: dict[str, tuple[dict[str, Any], str]] = {
    "reason": ({"reason": "busy"}, f"reason='busy' is no reason of AWS's for a throttle. Give one of: {REASONS}"),
    "no reason": ({"reason": None}, f"reason=None is no reason of AWS's for a throttle. Give one of: {REASONS}"),
    "payload": ({"payload": 3}, "there is no 'payload'. It takes: reason, attempts, times, until, when, optional."),
    "attempts": ({"attempts": [0]}, f"attempts=[0]: {COUNTED}"),
    "times": ({"times": 0}, f"times=0: {OFTEN}"),
}


@pytest.fixture
def work(lambda_events: LambdaEvents) -> Function:
    """A function with no source and no target."""

    def work(event: Any, context: Any) -> str:
        return "done"

    return lambda_events.function(work)


@pytest.mark.parametrize(("failure", "options", "message"), WRONG.values(), ids=WRONG)
def test_failure_that_cannot_be_is_refused_and_nothing_is_planned(
    work: Function, failure: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(LambdaEventsError) as caught:
        work.fail(failure, **options)

    text = str(caught.value)
    assert text.endswith(message)
    assert text.startswith("work.fail(")
    assert (work.invoke().payload, len(text.splitlines())) == ("done", 1)


@pytest.mark.parametrize(("options", "message"), WRONG_THROTTLES.values(), ids=WRONG_THROTTLES)
def test_throttle_that_cannot_be_is_refused_and_nothing_is_planned(
    work: Function, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(LambdaEventsError) as caught:
        work.throttle(**options)

    assert str(caught.value) == f"work.throttle(...): {message}"
    assert work.invoke().payload == "done"


@pytest.mark.parametrize(
    ("source", "failure"),
    [
        ("sqs", "checkpoint"),
        ("kinesis", "delete"),
        ("dynamodb", "delete"),
        ("sqs", "destination"),
        ("kinesis", "dead_letter_queue"),
    ],
)
def test_fault_of_another_kind_of_source_is_refused(lambda_events: LambdaEvents, source: str, failure: Any) -> None:
    story = story_of(lambda_events, source)

    with pytest.raises(LambdaEventsError, match=rf'work\.fail\("{failure}"\): \'work\' has no '):
        story.plan(failure)


@pytest.mark.parametrize(
    ("source", "failure", "options"),
    [
        ("async", "destination", {}), ("async", "dead_letter_queue", {}), ("sqs", "delete", {}),
        ("sqs", "split", {"sizes": [1]}),
        ("kinesis", "checkpoint", {}), ("kinesis", "destination", {}), ("dynamodb", "split", {"sizes": (1,)}),
        ("async", "exit", {"exit_status": 255}), ("async", "response", {"payload": None}),
        ("async", BROKEN, {"attempts": None, "times": None, "until": None, "when": None}),
    ],
    ids=str,
)  # fmt: skip
def test_fault_that_can_be_is_planned(lambda_events: LambdaEvents, source: str, failure: Any, options: dict[str, Any]) -> None:
    story = story_of(lambda_events, source)

    planned = story.plan(failure, optional=True, **options)

    assert planned.times_met == 0
