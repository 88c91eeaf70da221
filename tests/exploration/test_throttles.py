"""Attempts that are throttled until their source gives up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_lambda_events import Exploration, LambdaEvents, Stream, Table, explore, replay

ONLY_THROTTLES: dict[str, Any] = {
    "max_faults": 1, "max_seconds": 600.0, "crash": False, "timeouts": False, "duplicates": False, "errors": False,
    "lost_acknowledgements": False, "order": False, "delays": False,
}  # fmt: skip


def explored(scenario: Any) -> tuple[Exploration, list[str]]:
    """An exploration, and the choices of its failures."""
    result = explore(scenario, **ONLY_THROTTLES)
    return result, [str(choice) for failure in result.failures for choice in failure.plan]


@pytest.mark.parametrize(("has_place", "throttles"), [(True, 2), (False, 1)])
def test_an_event_is_throttled_until_it_is_too_old_if_a_destination_keeps_it(has_place: bool, throttles: int) -> None:
    ages: list[float] = []

    def scenario(env: LambdaEvents) -> None:
        failed = env.queue("failed")
        settings: dict[str, Any] = {"on_failure": failed} if has_place else {}
        env.function(lambda event, context: None, name="f", **settings).invoke_async({})
        env.run_until_idle()
        if failed.messages:
            ages.append(env.elapsed)
            raise AssertionError("asserts more than AWS promises")

    result, failures = explored(scenario)

    assert failures == []
    assert result.coverage == {"throttle": throttles}
    assert len(ages) == throttles - 1
    assert result.ignored == 0
    assert all(age > 5 * 3600 for age in ages)


@pytest.mark.parametrize(("has_place", "throttles"), [(True, 2), (False, 1)])
def test_a_message_is_throttled_until_it_was_received_too_often(has_place: bool, throttles: int) -> None:
    dead: list[int] = []

    def scenario(env: LambdaEvents) -> None:
        letters = env.queue("dead")
        settings: dict[str, Any] = {"dead_letter_queue": letters, "max_receive_count": 3} if has_place else {}
        queue = env.queue("orders", **settings)
        env.function(lambda event, context: None, name="f").add_event_source(queue)
        queue.send("x")
        env.run_until_idle()
        dead.append(len(letters.messages))
        assert not letters.messages

    result, failures = explored(scenario)

    assert failures == []
    assert result.coverage == {"throttle": throttles}
    assert sum(dead) == throttles - 1


SOURCES: dict[str, Callable[[LambdaEvents], Any]] = {
    "stream": lambda env: env.stream("orders"),
    "table": lambda env: env.table("orders", partition_key="id", stream_view_type="NEW_IMAGE"),
    "topic": lambda env: env.kafka_topic("orders"),
}
AGE: dict[str, Any] = {"maximum_record_age_in_seconds": 60}


def pollers_of(name: str) -> dict[str, Any]:
    """The settings with which a topic has limits for retries and ages."""
    return {"minimum_pollers": 1} if name == "topic" else {}


def put(source: Any, order: str) -> None:
    """Adds a record to a stream, a table or a topic."""
    if isinstance(source, Table):
        source.put_item({"id": order})
    elif isinstance(source, Stream):
        source.put(order, partition_key=order)
    else:
        source.send(order)


@pytest.mark.rule("KIN-41")
@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize(("settings", "throttles"), [({}, 1), (AGE, 2), ({"maximum_retry_attempts": 1}, 1)])
def test_records_are_throttled_until_they_are_too_old(name: str, settings: dict[str, Any], throttles: int) -> None:
    """Throttles use up no retries. Without a limit of age, records are throttled until their source discards them."""
    found: list[int] = []

    def scenario(env: LambdaEvents) -> None:
        source, failed = SOURCES[name](env), env.queue("failed")
        env.function(lambda event, context: None, name="f").add_event_source(
            source, starting_position="TRIM_HORIZON", on_failure=failed, **pollers_of(name), **settings
        )
        put(source, "7")
        env.run_until_idle()
        found.append(len(failed.messages))
        assert not failed.messages

    result, _ = explored(scenario)

    assert result.failures == []
    assert result.coverage == {"throttle": throttles}
    assert sum(found) == throttles - 1


@pytest.mark.parametrize("name", SOURCES)
def test_records_are_not_throttled_until_they_are_lost(name: str) -> None:
    def scenario(env: LambdaEvents) -> None:
        source = SOURCES[name](env)
        env.function(lambda event, context: None, name="f").add_event_source(
            source, starting_position="TRIM_HORIZON", **pollers_of(name), **AGE
        )
        put(source, "7")
        env.run_until_idle()

    result, _ = explored(scenario)

    assert result.failures == []
    assert result.coverage == {"throttle": 1}


def test_a_synchronous_call_is_not_throttled_always() -> None:
    """Nobody keeps its event."""

    def scenario(env: LambdaEvents) -> None:
        function = env.function(lambda event, context: None, name="f", on_failure=env.queue("failed"))
        function.invoke({})

    result, _ = explored(scenario)

    assert result.coverage == {"throttle": 1}


def test_other_messages_of_a_function_that_is_throttled_are_processed() -> None:
    seen: list[list[str]] = []

    def scenario(env: LambdaEvents) -> None:
        seen.append([])
        queue = env.queue("orders", dead_letter_queue=env.queue("dead"), max_receive_count=2)
        function = env.function(lambda event, context: seen[-1].append(event["Records"][0]["body"]), name="f")
        function.add_event_source(queue, batch_size=1)
        queue.send("a")
        queue.send("b")
        env.run_until_idle()

    explored(scenario)

    assert ["a"] in seen
    assert ["b"] in seen


def test_a_consumer_of_failures_that_fails_is_found() -> None:
    """Its own event is lost, because it has no destination."""

    def scenario(env: LambdaEvents) -> None:
        def repair(event: Any, context: Any) -> None:
            print(event["responsePayload"])

        ran: list[object] = []
        repairs = env.function(repair, name="repair")
        env.function(lambda event, context: ran.append(event), name="f", on_failure=repairs).invoke_async({})
        env.run_until_idle()
        assert ran == [{}]

    result, failures = explored(scenario)

    assert failures == ["the attempt of f and all later ones of its event or messages are throttled"]
    assert result.failures[0].is_loss
    with pytest.raises(AssertionError, match=r"lost"):
        replay(scenario, result.failures[0].replay)
