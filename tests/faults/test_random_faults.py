"""For any faults that are spent some time, and any story: nothing is lost, and nothing is done that was not sent."""

from __future__ import annotations

import base64
from collections import Counter
from typing import Any

import pytest
from example_counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_lambda_events import Function, LambdaEvents

ANYWHERE: list[tuple[Any, dict[str, Any]]] = [
    (ValueError("broken"), {}), (ValueError("broken"), {"after_handler": True}), ("timeout", {}),
    ("timeout", {"after_handler": True}), ("out_of_memory", {}), ("exit", {"exit_status": 0}),
    ("exit", {"exit_status": 9, "after_handler": True}), ("load_error", {}), ("response", {"payload": object()}),
    ("throttle", {}), ("service_error", {}), ("duplicate", {}),
]  # fmt: skip
OF_QUEUES = [*ANYWHERE, ("split", {"sizes": [1, 2]}), ("delete", {})]
OF_STREAMS = [*ANYWHERE, ("split", {"sizes": [1, 2]}), ("checkpoint", {})]


def faults(kinds: list[tuple[Any, dict[str, Any]]]) -> st.SearchStrategy[list[Any]]:
    """Some faults, each with how often it strikes and which attempts it asks for."""
    attempts = st.sampled_from([None, None, [1], [2], [1, 2, 3]])
    return st.lists(st.tuples(st.sampled_from(kinds), st.integers(1, 4), attempts), max_size=6)


def plan(fn: Function, chosen: list[Any]) -> None:
    """Plan them all; none has to be met."""
    for (failure, options), times, attempts in chosen:
        selection: dict[str, Any] = {"times": times, "attempts": attempts, "optional": True}
        if failure == "throttle":
            fn.throttle(**selection)
        else:
            fn.fail(failure, **options, **selection)


@pytest.mark.rule("SQS-03", "SQS-42", "SQS-61")
@given(
    chosen=faults(OF_QUEUES),
    sent=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    batch_size=st.sampled_from([1, 3, 10]),
    window=st.sampled_from([0, 0, 5]),
    maximum=st.sampled_from([None, 2]),
    seed=st.integers(0, 3),
)
@settings(max_examples=examples(60))
def test_every_message_is_processed_at_last(
    chosen: list[Any], sent: list[int], batch_size: int, window: int, maximum: int | None, seed: int
) -> None:
    done: Counter[str] = Counter()

    def work(event: Any, context: Any) -> None:
        done.update(record["body"] for record in event["Records"])

    with LambdaEvents(seed=seed, choices="seeded") as env:
        orders, fn = env.queue("orders", visibility_timeout=30), env.function(work)
        fn.add_event_source(
            orders, batch_size=batch_size, maximum_batching_window_in_seconds=window, maximum_concurrency=maximum
        )
        plan(fn, chosen)
        for number, count in enumerate(sent):
            orders.send(*(f"{number}.{index}" for index in range(count)))
            env.advance(7)
        env.run_until_idle()

        assert set(done) == {f"{number}.{index}" for number, count in enumerate(sent) for index in range(count)}
        assert orders.messages == []
        assert fn.records_processed == sum(sent)
        env.assert_no_data_lost()
        env.assert_idle()


@pytest.mark.rule("KIN-26", "KIN-27", "KIN-40")
@given(
    chosen=faults(OF_STREAMS),
    sent=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    batch_size=st.sampled_from([1, 3, 10]),
    lanes=st.sampled_from([1, 2]),
    bisects=st.booleans(),
    seed=st.integers(0, 3),
)
@settings(max_examples=examples(60))
def test_every_record_is_processed_at_last_and_first_in_order(
    chosen: list[Any], sent: list[int], batch_size: int, lanes: int, bisects: bool, seed: int
) -> None:
    seen: dict[str, list[str]] = {"alice": [], "erin": []}

    def work(event: Any, context: Any) -> None:
        for record in event["Records"]:
            text = base64.b64decode(record["kinesis"]["data"]).decode()
            if text not in seen[record["kinesis"]["partitionKey"]]:
                seen[record["kinesis"]["partitionKey"]].append(text)

    with LambdaEvents(seed=seed, choices="seeded") as env:
        clicks, fn = env.stream("clicks"), env.function(work)
        fn.add_event_source(
            clicks, starting_position="TRIM_HORIZON", batch_size=batch_size, parallelization_factor=lanes,
            bisect_batch_on_function_error=bisects,
        )  # fmt: skip
        plan(fn, chosen)
        for number, count in enumerate(sent):
            for key in seen:
                clicks.put(*(f"{number}.{index}" for index in range(count)), partition_key=key)
            env.advance(7)
        env.run_until_idle()

        expected = [f"{number}.{index}" for number, count in enumerate(sent) for index in range(count)]
        assert seen == {"alice": expected, "erin": expected}
        assert fn.records_processed == 2 * sum(sent)
        env.assert_no_data_lost()
        env.assert_idle()


@pytest.mark.rule("ASY-40", "ASY-60")
@given(
    chosen=faults([*ANYWHERE, ("destination", {}), ("dead_letter_queue", {})]),
    count=st.integers(1, 5),
    retries=st.sampled_from([None, 0, 1]),
    age=st.sampled_from([None, 60, 200]),
)
@settings(max_examples=examples(60))
def test_every_event_ends_once_and_is_reported_once(
    chosen: list[Any], count: int, retries: int | None, age: int | None
) -> None:
    with LambdaEvents() as env:
        told = {name: env.queue(name) for name in ("successes", "failures", "dead")}
        fn = env.function(
            lambda event, context: "done", name="work", on_success=told["successes"], on_failure=told["failures"],
            dead_letter_queue=told["dead"], maximum_retry_attempts=retries, maximum_event_age_in_seconds=age,
        )  # fmt: skip
        plan(fn, chosen)
        events = [fn.invoke_async({"order": number}) for number in range(count)]
        env.run_until_idle()

        endings = Counter(event.condition == "Success" for event in events)
        lost = Counter(entry.detail["route"] for entry in env.journal if entry.kind == "delivery_failed")
        assert None not in {event.condition for event in events}
        assert len(told["successes"].messages) == endings[True] - lost["on_success"]
        assert len(told["failures"].messages) == endings[False] - lost["on_failure"]
        assert len(told["dead"].messages) == endings[False] - lost["dead_letter_queue"]
