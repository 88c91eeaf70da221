"""A planned fault beside the real thing: two environments whose journals and records differ in nothing but the plan.

What may differ is the entry of the fault, and of an error the lines of its stack trace and of its log.
"""

from __future__ import annotations

import io
import json
import re
import sys
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from fault_stories import MAPPED, SOURCES

from pytest_lambda_events import Function, LambdaEvents

Entry = tuple[Any, ...]
STACK_TRACE = re.compile(r'"stackTrace": \[.*?\](?=[,}])')
REAL: dict[str, Callable[[], object]] = {
    "exception": lambda: _raise(ValueError("broken")),
    "timeout": lambda: time.sleep(4),
    "exit": lambda: sys.exit(3),
    "exit without a reason": lambda: sys.exit(0),
}
PLANNED: dict[str, tuple[Any, dict[str, Any]]] = {
    "exception": (ValueError("broken"), {}),
    "timeout": ("timeout", {}),
    "exit": ("exit", {"exit_status": 3}),
    "exit without a reason": ("exit", {"exit_status": 0}),
}


def _raise(exception: Exception) -> None:
    raise exception


def seen(environment: LambdaEvents, *left_out: str) -> list[Entry]:
    """The journal without the plan, and all that was left in queues."""
    entries = [
        (entry.kind, entry.after_seconds, entry.function_name, entry.request_id, entry.attempt, _plain(entry.detail, left_out))
        for entry in environment.journal
        if entry.kind != "planned_fault"
    ]
    messages = [
        (name, message.message_id, STACK_TRACE.sub("", message.body), message.attributes, message.message_attributes)
        for name, queue in environment.queues.items()
        for message in queue.messages
    ]
    return [*entries, *messages]


def _plain(detail: Any, left_out: tuple[str, ...]) -> dict[str, Any]:
    return {
        key: STACK_TRACE.sub("", value.decode()) if isinstance(value, bytes) else value
        for key, value in detail.items()
        if key not in left_out
    }


def fed(environment: LambdaEvents, fn: Function, source: str) -> Callable[[], Any]:
    """Feeds it from a source whose failures go to a queue. Returns what puts three records there, or an event."""
    failures, dead = environment.queue("failures"), environment.queue("dead")
    if source == "async":
        fn.update(on_failure=failures, dead_letter_queue=dead, maximum_retry_attempts=1)
        return lambda: fn.invoke_async({"order": 7})
    if source == "sqs":
        orders = environment.queue("orders", visibility_timeout=120, dead_letter_queue=dead, max_receive_count=2)
        fn.add_event_source(orders)
        return lambda: orders.send("a", "b", "c")
    made: Any = environment.stream("clicks")
    begin: Callable[[], Any] = lambda: made.put("a", "b", "c", partition_key="alice")  # noqa: E731
    if source == "dynamodb":
        made = environment.table("orders", partition_key="id", stream_view_type="KEYS_ONLY")
        begin = lambda: [made.put_item({"id": letter}) for letter in "abc"]  # noqa: E731
    fn.add_event_source(made, starting_position="TRIM_HORIZON", on_failure=failures, maximum_retry_attempts=1)
    return begin


@pytest.mark.rule("RUN-40", "RUN-50", "RUN-54")
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("kind", PLANNED)
def test_a_fault_in_the_handler_has_the_effects_of_the_real_failure(kind: str, source: str) -> None:
    def environment(*, is_planned: bool) -> list[Entry]:
        def work(event: Any, context: Any) -> None:
            if not is_planned:
                REAL[kind]()

        with LambdaEvents() as env:
            fn = env.function(work)
            begin = fed(env, fn, source)
            if is_planned:
                failure, options = PLANNED[kind]
                fn.fail(failure, **options)
            begin()
            env.run_until_idle()
            return seen(env, "logs")

    real, planned = environment(is_planned=False), environment(is_planned=True)

    assert [entry[0] for entry in real].count("started") == 2
    assert planned == real


CODE = """
import time
if time.time() < {works_from} and {is_real}:
    import planned_load_error

def work(event, context):
    return "loaded"
"""


@pytest.mark.rule("RUN-04")
@pytest.mark.parametrize("source", SOURCES)
def test_a_load_error_has_the_effects_of_a_missing_package(source: str) -> None:
    def environment(*, is_planned: bool) -> list[Entry]:
        with LambdaEvents() as env:
            archive = io.BytesIO()
            with zipfile.ZipFile(archive, "w") as file:
                file.writestr("app.py", CODE.format(works_from=env.now.timestamp() + 10.1, is_real=not is_planned))
            trust = json.dumps({"Version": "2012-10-17", "Statement": []})
            role = env.client("iam").create_role(RoleName="work", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
            env.client("lambda").create_function(
                FunctionName="work", Runtime="python3.13", Handler="app.work", Role=role,
                Code={"ZipFile": archive.getvalue()},
            )  # fmt: skip
            env.client("lambda").get_waiter("function_active_v2").wait(FunctionName="work")
            fn = env.functions["work"]
            begin = fed(env, fn, source)
            env.run(until=10)
            if is_planned:
                fn.fail("load_error", attempts=[1])
            begin()
            env.run_until_idle()
            return seen(env, "logs")

    real, planned = environment(is_planned=False), environment(is_planned=True)

    assert [entry[5]["outcome"] for entry in real if entry[0] == "ended"] == ["function_error", "success"]
    assert planned == real


HELD = {"async": 2, "sqs": 8, "kinesis": 0.5, "dynamodb": 0.5}
"""How long another call holds the only unit: for two attempts."""


@pytest.mark.rule("ASY-60", "SQS-60", "KIN-41")
@pytest.mark.parametrize("source", SOURCES)
def test_a_throttle_has_the_effects_of_a_reservation_that_is_used_up(source: str) -> None:
    def is_another(event: Any) -> bool:
        return "seconds" not in event

    def work(event: Any, context: Any) -> None:
        time.sleep(event.get("seconds", 0))

    def environment(*, is_planned: bool) -> list[Entry]:
        with LambdaEvents() as env:
            fn = env.function(work, timeout=10, reserved_concurrent_executions=None if is_planned else 1)
            begin = fed(env, fn, source)
            if is_planned:
                fn.throttle(times=2, when=is_another)
            fn.invoke_async({"seconds": HELD[source]})
            env.advance(0)
            begin()
            env.run_until_idle()
            return seen(env)

    real, planned = environment(is_planned=False), environment(is_planned=True)

    assert [entry[0] for entry in real].count("throttled") == 2
    # Without a reservation the batch takes a second environment.
    assert without_environments(planned) == without_environments(real)


def without_environments(entries: list[Entry]) -> list[Entry]:
    """Entries of attempts without what tells one environment from another."""
    names = ("log_stream", "is_cold_start")
    return [
        (*entry[:5], {key: value for key, value in entry[5].items() if key not in names}) if entry[0] == "started" else entry
        for entry in entries
    ]


@pytest.mark.rule("SQS-61", "SQS-62")
def test_a_throttle_without_end_has_the_effects_of_a_reservation_of_zero() -> None:
    def environment(*, is_planned: bool) -> list[Entry]:
        with LambdaEvents() as env:
            fn = env.function(lambda event, context: None, name="work")
            begin = fed(env, fn, "sqs")
            if is_planned:
                fn.throttle()
            else:
                fn.update(reserved_concurrent_executions=0)
            begin()
            env.run_until_idle()
            return seen(env)

    real, planned = environment(is_planned=False), environment(is_planned=True)

    assert [entry[0] for entry in real].count("redriven") == 3
    assert planned == real


@pytest.mark.rule("DST-50", "DLQ-30", "KIN-78")
@pytest.mark.parametrize(
    ("source", "failure", "name"),
    [
        ("async", "destination", "failures"),
        ("async", "dead_letter_queue", "dead"),
        ("kinesis", "destination", "failures"),
        ("dynamodb", "destination", "failures"),
    ],
)
def test_a_failed_delivery_has_the_effects_of_a_missing_target(source: str, failure: Any, name: str) -> None:
    def work(event: Any, context: Any) -> None:
        raise ValueError("broken")

    def environment(*, is_planned: bool) -> tuple[list[Entry], list[float]]:
        with LambdaEvents() as env:
            fn = env.function(work)
            begin = fed(env, fn, source)
            if is_planned:
                fn.fail(failure)
            env.queues[name].update() if is_planned else env.queues[name].delete()
            begin()
            env.run_until_idle()
            if is_planned:
                env.queues[name].delete()
            lost = [env.metrics.sum(metric, fn) for metric in ("DestinationDeliveryFailures", "DeadLetterErrors", "Errors")]
            return [(*entry[:5], without_reason(entry)) for entry in seen(env)], lost

    real, planned = environment(is_planned=False), environment(is_planned=True)

    assert [entry[0] for entry in real[0]].count("delivery_failed") == 1
    assert planned == real


def without_reason(entry: Entry) -> Any:
    """The details of an entry, of a delivery that failed without the reason."""
    return {key: value for key, value in entry[5].items() if key != "reason"} if entry[0] == "delivery_failed" else entry[5:]


@pytest.mark.rule("SQS-48", "PRM-19")
def test_a_failed_deletion_has_the_effects_of_a_lost_permission() -> None:
    reading = ["sqs:ReceiveMessage", "sqs:GetQueueAttributes"]

    def environment(*, is_planned: bool) -> list[Entry]:
        def allowed(*actions: str) -> list[dict[str, Any]]:
            return [{"Effect": "Allow", "Action": [*reading, *actions], "Resource": "*"}]

        with LambdaEvents(enforce_permissions=True) as env:
            fn = env.function(lambda event, context: None, name="work", role_policy=allowed("sqs:DeleteMessage"))
            begin = fed(env, fn, "sqs")
            fn.update(role_policy=allowed(*(["sqs:DeleteMessage"] if is_planned else [])))
            if is_planned:
                fn.fail("delete")
            begin()
            env.run_until_idle()
            return seen(env, "denied", "failed")

    real, planned = environment(is_planned=False), environment(is_planned=True)

    assert [entry[0] for entry in real].count("redriven") == 3
    assert planned == real


@pytest.mark.parametrize("source", MAPPED)
def test_environment_with_a_plan_that_is_never_met_is_the_environment_without(source: str) -> None:
    def environment(*, is_planned: bool) -> list[Entry]:
        with LambdaEvents() as env:
            fn = env.function(lambda event, context: None, name="work")
            begin = fed(env, fn, source)
            if is_planned:
                fn.fail("timeout", when=lambda event: False, optional=True)
                fn.fail("split", sizes=[1], when=lambda event: False, optional=True)
                fn.fail("duplicate", attempts=[7], optional=True)
            begin()
            env.run_until_idle()
            return seen(env)

    assert environment(is_planned=True) == environment(is_planned=False)
