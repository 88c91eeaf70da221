"""Handlers of durable functions, and what the runner of AWS and the simulation do with them.

Each function here returns a new handler with the SDK of AWS. The handlers are those of the sheet's differential test (O1 to
O21): `docs/rules/durable-functions.md`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aws_durable_execution_sdk_python.config import (
    CallbackConfig,
    ChildConfig,
    Duration,
    JitterStrategy,
    MapConfig,
    StepConfig,
    WaitForCallbackConfig,
)
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy
from aws_durable_execution_sdk_python.waits import WaitForConditionConfig, WaitStrategyConfig, create_wait_strategy

Handler = Callable[[Any, Any], Any]

DAY, HOUR = 86_400, 3_600


def retries(attempts: int, delay: int = 5, rate: float = 2.0) -> StepConfig:
    """Returns the configuration of a step with retries without jitter. `delay` is in seconds."""
    jitter: Any = JitterStrategy.NONE
    strategy = RetryStrategyConfig(
        max_attempts=attempts, initial_delay=Duration(delay), max_delay=Duration(DAY), backoff_rate=rate,
        jitter_strategy=jitter,
    )  # fmt: skip
    return StepConfig(retry_strategy=create_retry_strategy(strategy))


def failing(times: int, error: type[Exception] = ValueError) -> Callable[[Any], str]:
    """Returns the body of a step that fails this many times and then returns how often it ran."""
    runs: list[None] = []

    def body(step: Any) -> str:
        runs.append(None)
        if len(runs) <= times:
            raise error(f"failure {len(runs)}")
        return f"run {len(runs)}"

    return body


def one_step() -> Handler:
    return lambda event, context: context.step(lambda step: {"given": event}, name="only")


def long_wait() -> Handler:
    def handler(event: Any, context: Any) -> Any:
        first = context.step(lambda step: 1, name="first")
        context.wait(Duration.from_days(30), name="rest")
        return [first, context.step(lambda step: 2, name="second")]

    return handler


def retried_step() -> Handler:
    body = failing(2)
    return lambda event, context: context.step(body, name="flaky", config=retries(3, 2, 3.0))


def exhausted_step() -> Handler:
    body = failing(99, KeyError)
    return lambda event, context: context.step(body, name="broken", config=retries(3))


def caught_failure() -> Handler:
    body = failing(99)

    def handler(event: Any, context: Any) -> Any:
        try:
            context.step(body, name="broken", config=retries(1))
        except Exception as error:
            caught = [type(error).__name__, str(error)]
        context.wait(Duration(60), name="rest")
        return caught

    return handler


def callback(timeout: int = 0, heartbeat: int = 0) -> Handler:
    config = CallbackConfig(timeout=Duration(timeout), heartbeat_timeout=Duration(heartbeat))
    return lambda event, context: context.create_callback(name="approval", config=config).result()


def chained(function_name: str) -> Handler:
    return lambda event, context: context.invoke(function_name, {"order": 7}, name="call")


def child_context() -> Handler:
    def inner(child: Any) -> Any:
        done = child.step(lambda step: "done", name="inside")
        child.wait(Duration(60), name="pause")
        return done

    return lambda event, context: context.run_in_child_context(inner, name="group")


def sequential_map() -> Handler:
    def each(child: Any, item: Any, index: int, items: Any) -> Any:
        return child.step(lambda step: item * 10, name=f"item {index}")

    config: Any = MapConfig(max_concurrency=1)
    return lambda event, context: context.map([1, 2, 3], each, name="all", config=config).get_results()


def two_waits() -> Handler:
    def branch(seconds: int) -> Callable[[Any], None]:
        return lambda child: child.wait(Duration(seconds), name=f"{seconds} s")

    return lambda event, context: context.parallel([branch(60), branch(HOUR)], name="both").get_results()


def polled_condition() -> Handler:
    jitter: Any = JitterStrategy.NONE
    strategy: Any = create_wait_strategy(WaitStrategyConfig(
        should_continue_polling=lambda state: state < 3, initial_delay=Duration(HOUR), max_delay=Duration(HOUR),
        backoff_rate=1.0, jitter_strategy=jitter,
    ))  # fmt: skip
    config = WaitForConditionConfig(strategy, 0)
    return lambda event, context: context.wait_for_condition(lambda state, step: state + 1, config, name="poll")


def waited_callback() -> Handler:
    config = WaitForCallbackConfig()
    return lambda event, context: context.wait_for_callback(lambda callback_id, step: None, name="wfc", config=config)


def broken_handler() -> Handler:
    def handler(event: Any, context: Any) -> Any:
        raise RuntimeError("no step")

    return handler


def large_child_result() -> Handler:
    def handler(event: Any, context: Any) -> Any:
        text = context.run_in_child_context(
            lambda child: child.step(lambda step: "x" * 1000, name="part") * 300, name="large", config=ChildConfig()
        )
        context.wait(Duration(60), name="rest")
        return len(text)

    return handler


def large_result(length: int) -> Handler:
    return lambda event, context: "x" * length


def retry_beside_work(work: Callable[[], None]) -> Handler:
    body = failing(1)

    def slow(child: Any) -> Any:
        return child.step(lambda step: work(), name="slow")

    def flaky(child: Any) -> Any:
        return child.step(body, name="flaky", config=retries(2, HOUR))

    return lambda event, context: context.parallel([flaky, slow], name="both").get_results()


def wait_beside_work(work: Callable[[], None]) -> Handler:
    def slow(child: Any) -> Any:
        return child.step(lambda step: work(), name="slow")

    def waiting(child: Any) -> Any:
        child.wait(Duration(1), name="second")
        return "waited"

    return lambda event, context: context.parallel([waiting, slow], name="both").get_results()
