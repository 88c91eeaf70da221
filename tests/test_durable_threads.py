"""The threads of AWS's SDK for durable functions run on the virtual clock, in the same order in every run."""

from __future__ import annotations

import contextvars
import importlib.metadata
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from counting import calls_of
from durable_service import DurableService

from pytest_lambda_events import LambdaEvents, LambdaEventsError, NotSimulatedError, explore
from pytest_lambda_events.aws.process import process

sdk: Any = pytest.importorskip("aws_durable_execution_sdk_python")
config: Any = pytest.importorskip("aws_durable_execution_sdk_python.config")
Body = Callable[[Any, Any], object]
KINDS = ("crash", "timeouts", "duplicates", "throttles", "lost_acknowledgements", "errors", "order")
ONLY_CRASHES: dict[str, Any] = {kind: kind == "crash" for kind in KINDS}


def durable(lambda_events: LambdaEvents, body: Body, *, timeout: int = 60, **options: Any) -> DurableService:
    """Creates a durable function. Returns the service of one execution."""
    service = DurableService()
    handler = sdk.durable_execution(body, boto3_client=service, **options)
    service.function = lambda_events.function(handler, name="saga", timeout=timeout)
    return service


def sleeping(name: str, seconds: float) -> Callable[[Any], object]:
    """Returns a branch with one step, which sleeps."""

    def branch(context: Any) -> object:
        return context.step(lambda step: slept(seconds), name=name)

    return branch


def slept(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def waiting(name: str, seconds: int) -> Callable[[Any], object]:
    """Returns a branch that waits, and then does a step."""

    def branch(context: Any) -> object:
        context.wait(config.Duration.from_seconds(seconds), name=name)
        return context.step(lambda step: name, name=f"after {name}")

    return branch


def in_parallel(*branches: Callable[[Any], object]) -> Body:
    def body(event: Any, context: Any) -> object:
        return context.parallel(branches, name="all").get_results()

    return body


def times(service: DurableService, action: str = "SUCCEED") -> dict[str, float]:
    """Returns when each operation ended, in seconds after the start."""
    return {name: seconds for seconds, name, made in service.history if made == action}


def sequence(event: Any, context: Any) -> object:
    first = context.step(lambda step: 1, name="first")
    context.wait(config.Duration.from_days(30), name="month")
    return first + context.step(lambda step: 2, name="second")


@pytest.mark.rule("DUR-D0")
def test_an_invocation_without_waits_takes_no_virtual_time(lambda_events: LambdaEvents) -> None:
    service = durable(lambda_events, sequence)

    answer = service.run(lambda_events)

    attempts = lambda_events.functions["saga"].attempts
    assert (answer["Status"], answer["Result"], lambda_events.elapsed) == ("SUCCEEDED", "3", 30 * 86_400)
    assert [attempt.ended_after_seconds for attempt in attempts] == [0, 30 * 86_400]


def test_all_threads_are_the_thread_of_the_test(lambda_events: LambdaEvents) -> None:
    threads: list[int] = []
    started: list[int] = []

    def note(step: Any) -> None:
        threads.append(threading.get_ident())
        started.append(threading.active_count())

    before = threading.active_count()
    durable(lambda_events, in_parallel(*[lambda context: context.step(note, name="note")] * 3)).run(lambda_events)

    assert set(threads) == {threading.get_ident()}
    # The watchdog has a thread too.
    assert max(started) <= before + 1


def test_sleeps_of_branches_overlap(lambda_events: LambdaEvents) -> None:
    service = durable(lambda_events, in_parallel(sleeping("a", 3), sleeping("b", 1), sleeping("c", 2)))

    answer = service.run(lambda_events)

    assert (answer["Result"], service.invocations, lambda_events.elapsed) == ("[3, 1, 2]", 1, 3)
    assert [times(service)[name] for name in ("b", "c", "a", "all")] == [1, 2, 3, 3]


def test_a_map_runs_two_items_at_a_time(lambda_events: LambdaEvents) -> None:
    def body(event: Any, context: Any) -> object:
        def item(context: Any, value: int, index: int, items: Sequence[int]) -> object:
            return context.step(lambda step: slept(value), name=f"item {index}")

        return context.map([5, 1, 1], item, name="items", config=config.MapConfig(max_concurrency=2)).get_results()

    service = durable(lambda_events, body)
    answer = service.run(lambda_events)

    assert answer["Result"] == "[5, 1, 1]"
    assert [times(service)[f"item {index}"] for index in range(3)] == [5, 1, 2]


@pytest.mark.rule("DUR-8H")
def test_a_wait_ends_in_the_same_invocation_while_another_branch_works(lambda_events: LambdaEvents) -> None:
    service = durable(lambda_events, in_parallel(waiting("wait", 1), sleeping("work", 1.6)))

    service.run(lambda_events)

    assert (service.invocations, lambda_events.elapsed) == (1, 1.6)
    assert (times(service)["after wait"], times(service)["work"]) == (1, 1.6)


def test_the_invocation_ends_while_all_branches_wait(lambda_events: LambdaEvents) -> None:
    service = durable(lambda_events, in_parallel(waiting("minute", 60), waiting("hour", 3600)))

    service.run(lambda_events)

    assert [attempt.ended_after_seconds for attempt in lambda_events.functions["saga"].attempts] == [0, 60, 3600]
    assert (times(service)["after minute"], times(service)["after hour"]) == (60, 3600)


def test_the_start_of_a_step_is_sent_before_the_step_sleeps(lambda_events: LambdaEvents) -> None:
    service = durable(lambda_events, lambda event, context: context.step(lambda step: slept(20), name="slow"))

    service.run(lambda_events)

    assert service.history == [(0, "slow", "START"), (20, "slow", "SUCCEED")]


@pytest.mark.rule("DUR-56")
def test_updates_of_one_instant_are_sent_in_one_call(lambda_events: LambdaEvents) -> None:
    service = durable(lambda_events, in_parallel(*[sleeping(f"step {number}", 0) for number in range(20)]))

    service.run(lambda_events)

    assert len(service.history) == 82
    # The starts and steps, the ends of the branches, and the end of the parallel operation.
    assert service.calls == 3


def test_a_long_step_costs_no_more_than_a_short_one(lambda_events: LambdaEvents) -> None:
    def calls(seconds: float) -> int:
        body = in_parallel(sleeping("work", seconds), waiting("wait", 100))
        service = durable(lambda_events, body, timeout=900)
        counted = calls_of(lambda: service.run(lambda_events))
        service.function.delete()
        return counted

    calls(200)

    assert calls(800) < calls(200) * 1.1


def test_a_process_ends_in_a_step_that_runs_at_most_once(lambda_events: LambdaEvents) -> None:
    once = config.StepConfig(step_semantics=config.StepSemantics.AT_MOST_ONCE_PER_RETRY, retry_strategy=retry_never)

    def body(event: Any, context: Any) -> object:
        return context.step(lambda step: os._exit(3), name="pay", config=once)

    service = durable(lambda_events, body)
    first = service.invoke()
    second = service.invoke()

    assert first["errorMessage"].endswith("exit status 3")
    assert second["Status"] == "FAILED"
    assert second["Error"]["ErrorMessage"].endswith("was previously interrupted")


def retry_never(error: Exception, attempt: int) -> Any:
    retries = pytest.importorskip("aws_durable_execution_sdk_python.retries")
    return retries.RetryDecision.no_retry()


def test_an_exit_in_one_branch_ends_all_branches(lambda_events: LambdaEvents) -> None:
    done: list[str] = []

    def ending(context: Any) -> None:
        time.sleep(2)
        os._exit(3)

    def working(context: Any) -> None:
        try:
            time.sleep(30)
            done.append("slept")
        finally:
            time.sleep(1)
            done.append("cleaned up")

    service = durable(lambda_events, in_parallel(working, ending, working))
    answer = service.invoke()
    lambda_events.run_until_idle()

    assert answer["errorMessage"].endswith("exit status 3")
    assert (done, lambda_events.elapsed) == ([], 2)


def test_a_timeout_ends_all_branches(lambda_events: LambdaEvents) -> None:
    done: list[str] = []

    def working(context: Any) -> None:
        context.step(lambda step: done.append("before"), name="before")
        time.sleep(30)
        done.append("after")

    service = durable(lambda_events, in_parallel(working, working, sleeping("quick", 1)), timeout=10)
    answer = service.invoke()
    lambda_events.advance(100)

    assert answer["errorType"] == "Sandbox.Timedout"
    assert done == ["before", "before"]
    assert (times(service)["quick"], max(seconds for seconds, *_ in service.history)) == (1, 1)


def test_the_next_invocation_runs_after_a_timeout_in_a_branch(lambda_events: LambdaEvents) -> None:
    seconds = [30.0, 1.0]
    service = durable(lambda_events, in_parallel(lambda context: time.sleep(seconds.pop(0)), sleeping("b", 2)), timeout=10)

    assert service.invoke()["errorType"] == "Sandbox.Timedout"
    assert service.invoke()["Status"] == "SUCCEEDED"
    assert lambda_events.elapsed == 11


def test_steps_and_branches_invoke_other_functions(lambda_events: LambdaEvents) -> None:
    lambda_events.function(lambda event, context: slept(event), name="other", timeout=60)

    def invoking(seconds: int) -> Callable[[Any], object]:
        def call(step: Any) -> object:
            answer = boto3.client("lambda").invoke(FunctionName="other", Payload=str(seconds))
            return int(float(answer["Payload"].read()))

        return lambda context: context.step(call, name=f"call {seconds}")

    service = durable(lambda_events, in_parallel(invoking(4), invoking(2)))
    answer = service.run(lambda_events)

    assert answer["Result"] == "[4, 2]"
    assert (times(service)["call 2"], times(service)["call 4"]) == (2, 4)


def test_a_branch_waits_for_a_message(lambda_events: LambdaEvents) -> None:
    url = lambda_events.queue("approvals").url

    def receiving(step: Any) -> object:
        answer = boto3.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20)
        return [message["Body"] for message in answer["Messages"]]

    def sending(context: Any) -> str:
        time.sleep(7)
        boto3.client("sqs").send_message(QueueUrl=url, MessageBody="yes")
        return "sent"

    service = durable(lambda_events, in_parallel(lambda context: context.step(receiving, name="receive"), sending))
    answer = service.run(lambda_events)

    assert (answer["Result"], times(service)["receive"]) == ('[["yes"], "sent"]', 7)


def test_branches_pass_items_through_a_queue_of_python(lambda_events: LambdaEvents) -> None:
    items: queue.Queue[str] = queue.Queue()

    def putting(context: Any) -> str:
        time.sleep(3)
        items.put("item")
        return "put"

    service = durable(lambda_events, in_parallel(lambda context: items.get(timeout=10), putting))

    assert service.run(lambda_events)["Result"] == '["item", "put"]'
    assert lambda_events.elapsed == 3


def test_threads_of_a_step_take_virtual_time(lambda_events: LambdaEvents) -> None:
    def threaded(step: Any) -> float:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(slept, 5).result()

    body = in_parallel(lambda context: context.step(threaded, name="threaded"), sleeping("other", 4))
    service = durable(lambda_events, body)
    service.run(lambda_events)

    assert (times(service)["other"], times(service)["threaded"], lambda_events.elapsed) == (4, 5, 5)


def test_a_thread_of_a_handler_that_uses_the_context_is_refused(lambda_events: LambdaEvents) -> None:
    def body(event: Any, context: Any) -> object:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(context.step, lambda step: 1).result()

    service = durable(lambda_events, body)

    with pytest.raises(NotSimulatedError, match=r"context\.parallel or context\.map"):
        service.invoke()


def holding(lock: Any) -> Callable[[Any], object]:
    def branch(context: Any) -> None:
        with lock:
            time.sleep(3)

    return branch


def test_branches_wait_for_a_semaphore(lambda_events: LambdaEvents) -> None:
    branch = holding(threading.Semaphore(1))

    durable(lambda_events, in_parallel(branch, branch, branch)).run(lambda_events)

    assert lambda_events.elapsed == 9


@pytest.mark.lambda_events(lock_watchdog_seconds=0.2)
def test_a_branch_that_waits_for_the_lock_of_a_sleeping_branch_is_refused(lambda_events: LambdaEvents) -> None:
    branch = holding(threading.Lock())
    service = durable(lambda_events, in_parallel(branch, branch))

    with pytest.raises(LambdaEventsError, match=r"one branch of a durable execution holds it.*threading\.Semaphore\(1\)"):
        service.invoke()


def test_a_durable_handler_runs_in_no_main_thread(lambda_events: LambdaEvents) -> None:
    service = durable(lambda_events, lambda event, context: str(signal.signal(signal.SIGALRM, signal.SIG_IGN)))

    assert service.invoke()["Error"]["ErrorMessage"] == "signal only works in main thread of the main interpreter"


def test_a_copy_of_the_sdk_in_the_folder_of_a_function_is_not_used(lambda_events: LambdaEvents, tmp_path: Path) -> None:
    copy = tmp_path / sdk.__name__
    copy.mkdir()
    (copy / "__init__.py").write_text("raise ImportError('a second copy')")
    (tmp_path / "app.py").write_text(f"import {sdk.__name__} as sdk\ndef handler(event, context): return sdk.__file__")

    function = lambda_events.function("app.handler", code_uri=tmp_path)

    assert function.invoke().payload == sdk.__file__


def test_each_branch_has_its_own_context_variables(lambda_events: LambdaEvents) -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="none")
    variable.set("test")

    def setting(value: str) -> Callable[[Any], object]:
        def branch(context: Any) -> object:
            before = variable.get()
            variable.set(value)
            time.sleep(1)
            return [before, variable.get()]

        return branch

    service = durable(lambda_events, in_parallel(setting("a"), setting("b")))

    assert service.run(lambda_events)["Result"] == '[["none", "a"], ["none", "b"]]'


def test_plugins_receive_changes_before_the_invocation_ends(lambda_events: LambdaEvents) -> None:
    plugins = pytest.importorskip("aws_durable_execution_sdk_python.plugin")
    if not hasattr(plugins, "DurableInstrumentationPluginFactory"):
        pytest.skip("plugins have factories since version 3.0 of the SDK")
    changes: list[int] = []

    class Plugin(plugins.DurableInstrumentationPlugin):  # type: ignore[name-defined, misc]
        def on_operation_change(self, info: Any) -> None:
            changes.append(len(info.updated_operations))

    class Factory(plugins.DurableInstrumentationPluginFactory):  # type: ignore[name-defined, misc]
        plugin_type = Plugin

        def create_plugin(self, info: Any) -> Any:
            return Plugin()

    def body(event: Any, context: Any) -> object:
        context.step(lambda step: slept(1), name="a")
        return context.step(lambda step: slept(1), name="b")

    service = durable(lambda_events, body, plugins=[Factory()])
    service.run(lambda_events)

    assert changes == [1] * 4
    assert lambda_events.elapsed == 2


def test_an_exploration_ends_the_process_at_a_call_in_a_branch() -> None:
    ended: list[tuple[Any, ...]] = []

    def scenario(env: LambdaEvents) -> None:
        url, cleaned = env.queue("orders").url, []

        def sending(context: Any) -> object:
            def send(step: Any) -> None:
                boto3.client("sqs").send_message(QueueUrl=url, MessageBody="order")

            return context.step(send, name="send")

        def working(context: Any) -> None:
            try:
                time.sleep(50)
            finally:
                cleaned.append("up")

        service = durable(env, in_parallel(working, sending))
        answer = service.invoke()
        if "errorType" in answer:
            ended.append((env.elapsed, *cleaned))
            env.run_until_idle()
            assert env.elapsed == ended[-1][0]
            answer = service.invoke()
        assert answer["Status"] == "SUCCEEDED"

    result = explore(scenario, max_faults=1, **ONLY_CRASHES)

    assert result.failures == []
    # Before the handler, around the call, while the other branch sleeps, and after the handler.
    assert sorted(ended) == [(0,)] * 4 + [(50, "up")]


SCENARIO = """
import sys, time
sys.path.insert(0, {tests!r})
from test_durable_threads import durable, in_parallel, sleeping, waiting
from pytest_lambda_events import LambdaEvents

with LambdaEvents() as env:
    service = durable(env, in_parallel(*[sleeping(f"s{{n}}", n % 3) for n in range(9)], waiting("w", 1), waiting("v", 90)))
    print(service.run(env), service.calls, service.history)
    for entry in env.journal:
        print(repr(entry))
"""


def test_every_process_has_the_same_journal() -> None:
    code = SCENARIO.format(tests=str(Path(__file__).parent))

    journals = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(journals) == 1
    assert "SUCCEEDED" in journals.pop()


def test_the_sdk_is_as_before_when_the_environment_is_closed() -> None:
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith(sdk.__name__)]
    before = [dict(vars(module)) for module in modules]

    with LambdaEvents() as env:
        inside = [dict(vars(module)) for module in modules]
        durable(env, sequence).run(env)

    assert [dict(vars(module)) for module in modules] == before
    assert inside != before


def test_the_sdk_has_real_threads_outside_of_handlers(lambda_events: LambdaEvents) -> None:
    service = DurableService()
    handler = sdk.durable_execution(sequence, boto3_client=service)
    service.function = type(
        "Called", (), {"invoke": lambda self, event: type("Answer", (), {"payload": handler(event, None)})}
    )()

    assert service.invoke()["Status"] == "PENDING"
    assert service.names[-1] == ("month", "START")


@pytest.mark.rule("DUR-D2")
def test_functions_of_two_regions_have_two_clients_which_all_environments_use() -> None:
    clients = pytest.importorskip("aws_durable_execution_sdk_python.lambda_service").LambdaClient
    used: list[Any] = []

    def handler(event: Any, context: Any) -> None:
        os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = event
        used.append(clients.initialize_client().client)

    for _ in range(2):
        with LambdaEvents() as env:
            function = env.function(handler)
            for region in ("us-east-1", "eu-west-1", "us-east-1"):
                function.invoke(region)

    assert [client.meta.region_name for client in used[:3]] == ["us-east-1", "eu-west-1", "us-east-1"]
    assert used[0] is used[2]
    assert [client is other for client, other in zip(used[:3], used[3:], strict=True)] == [True] * 3
    assert clients._cached_boto_client is None


def test_an_old_sdk_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process(), "versions", {})
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "1.7.0")

    with LambdaEvents() as env, pytest.raises(NotSimulatedError, match=r"sdk-python 1\.7\.0 is installed.*2\.0 or newer"):
        durable(env, sequence).invoke()


def ten_steps(event: Any, context: Any) -> int:
    total = 0
    for number in range(10):
        total += context.step(lambda step, number=number: number, name=f"step {number}")
        if number in (2, 5, 8):
            context.wait(config.Duration.from_days(1), name=f"wait {number}")
    return total


@pytest.mark.lambda_events(fast_calls=True)
def test_the_threads_of_ten_steps_and_three_waits_cost_few_calls(lambda_events: LambdaEvents) -> None:
    def execution() -> DurableService:
        service = durable(lambda_events, ten_steps)
        assert service.run(lambda_events)["Result"] == "45"
        service.function.delete()
        return service

    execution()

    assert calls_of(execution) < 50_000
