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
    "is not a failure. Pass an exception, or a name. Names: timeout, out_of_memory, exit, load_error, response, "
    "service_error, destination, dead_letter_queue, delete, checkpoint, duplicate, split."
)
GUESS = "Did you mean 'timeout'? Names:"
OF_ANOTHER = "needs the failure {0!r}. Pass {0!r}, or leave {1} out."
DOES_NOT_RUN = "the handler does not run. Leave after_handler out."
NUMBERS = "is not a list of attempt numbers. Pass attempts=[1, 2], for example."
COUNTED = "attempts are numbered 1, 2, 3 and so on. Pass such numbers."
OFTEN = "is not a number of attempts. Pass a whole number, 1 or more."
INSTANT = "is not an instant. Pass seconds or a timedelta since the start, or an aware datetime."
LATER = "after_handler=True needs an exception, 'timeout', 'out_of_memory' or 'exit': "
STATUS = "is not an exit status. Pass a whole number from 0 to 255."
SIZES = "is not a list of batch sizes. The failure 'split' needs one. Pass sizes=[1, 2], for example."
KEYWORDS = "Options: after_handler, payload, exit_status, sizes, attempts, times, until, when, optional."

WRONG: dict[str, tuple[Any, dict[str, Any], str]] = {
    "unknown failure": ("time-out", {}, f"work.fail(\"time-out\"): 'time-out' {KINDS.replace('Names:', GUESS)}"),
    "number": (3, {}, f"work.fail(3): 3 {KINDS}"),
    "nothing": (None, {}, f"work.fail(None): None {KINDS}"),
    "throttle": ("throttle", {}, f"work.fail(\"throttle\"): 'throttle' {KINDS}"),
    "class": (
        ValueError, {}, "work.fail(ValueError): ValueError is a class. Pass an exception, such as ValueError('reason').",
    ),
    "interrupt": (
        KeyboardInterrupt(), {},
        "A handler cannot fail with KeyboardInterrupt(). Use 'exit'.",
    ),
    "class of an exit": (
        SystemExit, {},
        "work.fail(SystemExit): A handler cannot fail with SystemExit. Use 'exit'.",
    ),
    "attempts: number": (BROKEN, {"attempts": 1}, f"attempts=1 {NUMBERS}"),
    "attempts: none": (BROKEN, {"attempts": []}, f"attempts=[] {NUMBERS}"),
    "attempts: text": (BROKEN, {"attempts": "1"}, f"attempts='1' {NUMBERS}"),
    "attempts: 0": (BROKEN, {"attempts": [0]}, f"attempts=[0]: {COUNTED}"),
    "attempts: True": (BROKEN, {"attempts": [1, True]}, f"attempts=[1, True]: {COUNTED}"),
    "attempts: fraction": (BROKEN, {"attempts": [1.5]}, f"attempts=[1.5]: {COUNTED}"),
    "times: 0": (BROKEN, {"times": 0}, f"times=0 {OFTEN}"),
    "times: True": (BROKEN, {"times": True}, f"times=True {OFTEN}"),
    "times: text": (BROKEN, {"times": "2"}, f"times='2' {OFTEN}"),
    "until: text": (BROKEN, {"until": "x"}, f"until='x' {INSTANT}"),
    "until: NaN": (BROKEN, {"until": float("nan")}, f"until=nan {INSTANT}"),
    "until: infinity": (BROKEN, {"until": float("inf")}, f"until=inf {INSTANT}"),
    "until: True": (BROKEN, {"until": True}, f"until=True {INSTANT}"),
    "until: past": (BROKEN, {"until": -1}, "until=-1 s is in the past: the clock is at 0 s. Pass a later time."),
    "until: naive": (
        BROKEN, {"until": datetime(2026, 1, 1)},
        "until=datetime.datetime(2026, 1, 1, 0, 0) has no offset. Pass an aware datetime.",
    ),
    "when": (BROKEN, {"when": 3}, "when=3 is not callable. Pass a function of the decoded event, such as lambda event: True."),
    "optional": (BROKEN, {"optional": "no"}, "optional='no' is not True or False. Pass one of them."),
    "payload": ("timeout", {"payload": 3}, f"payload=3 {OF_ANOTHER.format('response', 'payload')}"),
    "exit_status of another": ("timeout", {"exit_status": 2}, f"exit_status=2 {OF_ANOTHER.format('exit', 'exit_status')}"),
    "sizes of another": ("duplicate", {"sizes": [1]}, f"sizes=[1] {OF_ANOTHER.format('split', 'sizes')}"),
    "after_handler: text": (BROKEN, {"after_handler": "yes"}, "after_handler='yes' is not True or False. Pass one of them."),
    "after a response": ("response", {"after_handler": True}, f"{LATER}with 'response' {DOES_NOT_RUN}"),
    "after a load error": ("load_error", {"after_handler": True}, f"{LATER}with 'load_error' {DOES_NOT_RUN}"),
    "after a service error": (
        "service_error", {"after_handler": True},
        f"{LATER}'service_error' does not happen in the handler. Leave after_handler out.",
    ),
    "exit_status: 256": ("exit", {"exit_status": 256}, f"exit_status=256 {STATUS}"),
    "exit_status: -1": ("exit", {"exit_status": -1}, f"exit_status=-1 {STATUS}"),
    "exit_status: True": ("exit", {"exit_status": True}, f"exit_status=True {STATUS}"),
    "sizes: missing": ("split", {}, f"sizes=() {SIZES}"),
    "sizes: 0": ("split", {"sizes": [0]}, f"sizes=[0] {SIZES}"),
    "sizes: text": ("split", {"sizes": "12"}, f"sizes='12' {SIZES}"),
    "sizes: number": ("split", {"sizes": 2}, f"sizes=2 {SIZES}"),
    "reason": (BROKEN, {"reason": "busy"}, f"option 'reason' does not exist. {KEYWORDS}"),
    "keyword": (BROKEN, {"attemps": [1]}, f"option 'attemps' does not exist. Did you mean 'attempts'? {KEYWORDS}"),
    "no queue": ("delete", {}, "'work' has no SQS event source, so nothing is ever deleted for it."),
    "no stream": ("checkpoint", {}, "'work' has no stream as event source, so it has no checkpoints."),
    "no batches": ("split", {"sizes": [1]}, "'work' has no event source, so it receives no batches."),
    "no destination": (
        "destination", {}, "'work' has no on_success or on_failure, so nothing is sent to a destination.",
    ),
    "no dead-letter queue": (
        "dead_letter_queue", {}, "'work' has no dead_letter_queue, so nothing is sent to one.",
    ),
}  # fmt: skip
REASONS = (
    "ConcurrentInvocationLimitExceeded, FunctionInvocationRateLimitExceeded, "
    "ReservedFunctionConcurrentInvocationLimitExceeded, ReservedFunctionInvocationRateLimitExceeded, CallerRateLimitExceeded, "
    "ConcurrentSnapshotCreateLimitExceeded."
)
WRONG_THROTTLES: dict[str, tuple[dict[str, Any], str]] = {
    "reason": ({"reason": "busy"}, f"reason='busy' is not an AWS throttle reason. Reasons: {REASONS}"),
    "no reason": ({"reason": None}, f"reason=None is not an AWS throttle reason. Reasons: {REASONS}"),
    "payload": ({"payload": 3}, "option 'payload' does not exist. Options: reason, attempts, times, until, when, optional."),
    "attempts": ({"attempts": [0]}, f"attempts=[0]: {COUNTED}"),
    "times": ({"times": 0}, f"times=0 {OFTEN}"),
}


@pytest.fixture
def work(lambda_events: LambdaEvents) -> Function:
    """A function with no source and no target."""

    def work(event: Any, context: Any) -> str:
        return "done"

    return lambda_events.function(work)


@pytest.mark.parametrize(("failure", "options", "message"), WRONG.values(), ids=WRONG)
def test_invalid_failure_is_refused_and_nothing_is_planned(
    work: Function, failure: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(LambdaEventsError) as caught:
        work.fail(failure, **options)

    text = str(caught.value)
    assert text.endswith(message)
    assert text.startswith("work.fail(")
    assert (work.invoke().payload, len(text.splitlines())) == ("done", 1)


@pytest.mark.parametrize(("options", "message"), WRONG_THROTTLES.values(), ids=WRONG_THROTTLES)
def test_invalid_throttle_is_refused_and_nothing_is_planned(work: Function, options: dict[str, Any], message: str) -> None:
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
