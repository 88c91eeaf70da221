"""The entries of push sources in the journal: matched, filtered, delivered, retried, not delivered. Their timelines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from uploads import create_function

from pytest_lambda_events import Function, LambdaEvents

Put = Callable[[str], object]
"""Lets a source have an event with this word. Filters match the word `paid`."""


def topic(environment: LambdaEvents, target: Function) -> tuple[Any, Put]:
    found = environment.topic("orders")
    found.subscribe(target, filter_policy={"kind": ["paid"]})
    return found, lambda word: found.publish("m", message_attributes={"kind": word})


def bucket(environment: LambdaEvents, target: Function) -> tuple[Any, Put]:
    found = environment.bucket("orders")
    found.add_notification(target, events=["s3:ObjectCreated:*"], prefix="paid")
    return found, lambda word: found.put_object(word, b"")


def event_bus(environment: LambdaEvents, target: Function) -> tuple[Any, Put]:
    found = environment.event_bus("orders")
    found.add_rule({"source": ["paid"]}, target)
    return found, lambda word: found.put_event(source=word, detail_type="order", detail={})


def log_group(environment: LambdaEvents, target: Function) -> tuple[Any, Put]:
    found = environment.log_group("/orders")
    found.subscribe(target, filter_pattern="paid")
    return found, found.put


def rule(environment: LambdaEvents, target: Function) -> tuple[Any, Put]:
    found = environment.rule("rate(1 hour)", target, name="hourly")
    return found, lambda word: environment.advance(3600)


def schedule(environment: LambdaEvents, target: Function) -> tuple[Any, Put]:
    found = environment.schedule("rate(1 hour)", target, name="hourly")
    return found, lambda word: environment.advance(1)


SOURCES: Mapping[str, tuple[Callable[[LambdaEvents, Function], tuple[Any, Put]], str]] = {
    "topic": (topic, "sns orders"), "bucket": (bucket, "s3 orders"), "event bus": (event_bus, "events orders/orders-rule-1"),
    "log group": (log_group, "logs /orders"), "rule": (rule, "events hourly"),
    "schedule": (schedule, "scheduler default/hourly"),
}  # fmt: skip
FILTERING = [name for name in SOURCES if name not in ("rule", "schedule")]


def put_rule(environment: LambdaEvents, name: str, *target_arns: str) -> None:
    """Puts a rule of the default event bus that matches the source `shop`."""
    events = environment.client("events")
    events.put_rule(Name=name, EventPattern='{"source": ["shop"]}')
    if target_arns:
        events.put_targets(Rule=name, Targets=[{"Id": str(number), "Arn": arn} for number, arn in enumerate(target_arns)])


def entries_of(environment: LambdaEvents) -> list[tuple[str, object]]:
    """The entries of push sources, each with its source."""
    return [(entry.kind, entry.detail["pushed_by"]) for entry in environment.journal if entry.kind.startswith("push")]


@pytest.mark.parametrize("name", SOURCES)
def test_a_delivery_has_an_entry_for_the_match_and_one_for_the_target(lambda_events: LambdaEvents, name: str) -> None:
    connect, label = SOURCES[name]
    target = lambda_events.function(lambda event, context: None, name="take")
    _, put = connect(lambda_events, target)

    put("paid")

    assert entries_of(lambda_events) == [("push_matched", label), ("pushed", label)]
    matched, pushed = (entry for entry in lambda_events.journal if entry.kind.startswith("push"))
    assert (matched.detail["targets"], pushed.detail["target"]) == ((target.arn,), target.arn)


@pytest.mark.parametrize("name", FILTERING)
def test_an_event_that_a_filter_rejects_has_one_entry(lambda_events: LambdaEvents, name: str) -> None:
    connect, label = SOURCES[name]
    target = lambda_events.function(lambda event, context: None, name="take")
    _, put = connect(lambda_events, target)

    put("open")

    assert entries_of(lambda_events) == [("push_filtered", "events event-bus/orders" if name == "event bus" else label)]


@pytest.mark.lambda_events(state_change_seconds=2)
@pytest.mark.parametrize("name", SOURCES)
def test_a_retry_has_an_entry(lambda_events: LambdaEvents, name: str) -> None:
    connect, label = SOURCES[name]
    # Lambda refuses events with status 409 while a new function is pending.
    target = lambda_events.function(lambda event, context: None, name="early")
    _, put = connect(lambda_events, target)
    target.delete()
    if name == "rule":
        lambda_events.advance(3599)
    create_function("early", "def handler(event, context): ...")

    put("paid")
    lambda_events.run_until_idle()

    found = entries_of(lambda_events)
    assert found[:2] == [("push_matched", label), ("push_retried", label)]
    assert found[-1] == ("pushed", label)
    assert found.count(("push_matched", label)) == 1


@pytest.mark.parametrize("name", SOURCES)
def test_an_event_for_a_deleted_function_has_an_entry_and_is_lost(lambda_events: LambdaEvents, name: str) -> None:
    connect, label = SOURCES[name]
    target = lambda_events.function(lambda event, context: None, name="take")
    _, put = connect(lambda_events, target)
    target.delete()

    put("paid")

    assert entries_of(lambda_events) == [("push_matched", label), ("push_dropped", label)]
    assert lambda_events.balance_sheet().lost == 1
    with pytest.raises(AssertionError, match=label):
        lambda_events.assert_no_data_lost()


@pytest.mark.parametrize("name", SOURCES)
def test_the_timeline_of_a_source_shows_its_events_and_that_of_all_does_not(lambda_events: LambdaEvents, name: str) -> None:
    connect, label = SOURCES[name]
    target = lambda_events.function(lambda event, context: None, name="take")
    source, put = connect(lambda_events, target)
    other = lambda_events.topic("other")
    other.subscribe(lambda_events.queue("inbox"))

    put("paid")
    other.publish("m")
    lambda_events.run_until_idle()

    lines = [line.split("   ") for line in lambda_events.journal.timeline(source).splitlines()]
    shown = [[part.strip() for part in line if part] for line in lines]
    assert [line[1:] for line in shown] == [[label, "matched", "for take"], [label, "pushed", "to take"]]
    assert "matched" not in lambda_events.journal.timeline()
    assert f"from {label}" in lambda_events.journal.timeline()


def test_the_timeline_of_an_event_bus_shows_its_rules_and_what_no_rule_matches(lambda_events: LambdaEvents) -> None:
    target, dead = lambda_events.function(lambda event, context: None, name="take"), lambda_events.queue("dead")
    bus = lambda_events.event_bus("shop")
    bus.add_rule({"source": ["shop"]}, target)
    bus.add_rule({"source": ["shop"]}, lambda_events.queue("gone"), dead_letter_queue=dead)
    put_rule(lambda_events, "shop", target.arn)
    lambda_events.queues["gone"].delete()

    bus.put_event(source="shop", detail_type="paid", detail={})
    bus.put_event(source="bank", detail_type="paid", detail={})
    lambda_events.event_buses["default"].put_event(source="shop", detail_type="paid", detail={})

    assert [" ".join(line.split()) for line in lambda_events.journal.timeline(bus).splitlines()] == [
        "0 s events shop/shop-rule-1 matched for take",
        "0 s events shop/shop-rule-1 pushed to take",
        "0 s events shop/shop-rule-2 matched for gone",
        "0 s events shop/shop-rule-2 not pushed to gone, moved to dead queue gone does not exist",
        "0 s events event-bus/shop filtered no rule matched",
    ]
    assert [line.split()[2] for line in lambda_events.journal.timeline(lambda_events.event_buses["default"]).splitlines()] == [
        "events", "events"
    ]  # fmt: skip
    assert len(lambda_events.journal.timeline(bus, limit=2).splitlines()) == 2


def test_a_rule_that_matches_has_one_entry_for_all_its_targets(lambda_events: LambdaEvents) -> None:
    one, other = lambda_events.queue("one"), lambda_events.queue("other")
    put_rule(lambda_events, "both", one.arn, other.arn)
    put_rule(lambda_events, "none")

    lambda_events.event_buses["default"].put_event(source="shop", detail_type="paid", detail={})

    matched = [entry for entry in lambda_events.journal if entry.kind == "push_matched"]
    assert [(entry.detail["pushed_by"], entry.detail["targets"]) for entry in matched] == [
        ("events both", (one.arn, other.arn)), ("events none", ())
    ]  # fmt: skip
    assert lambda_events.journal.timeline(lambda_events.event_buses["default"]).splitlines()[-1].endswith("for no target")


def test_an_object_on_the_default_bus_has_entries_of_the_bucket_and_of_the_bus(lambda_events: LambdaEvents) -> None:
    found = lambda_events.bucket("uploads")
    lambda_events.client("s3").put_bucket_notification_configuration(
        Bucket="uploads", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )

    found.put_object("a", b"")

    assert entries_of(lambda_events) == [
        ("push_matched", "s3 uploads"), ("push_filtered", "events event-bus/default"), ("pushed", "s3 uploads")
    ]  # fmt: skip


def test_an_event_for_a_bus_with_many_rules_adds_no_entries_for_rules_that_do_not_match(lambda_events: LambdaEvents) -> None:
    bus, inbox = lambda_events.event_bus("shop"), lambda_events.queue("inbox")
    for number in range(20):
        bus.add_rule({"source": [f"shop-{number}"]}, inbox)

    bus.put_event(source="shop-7", detail_type="paid", detail={})

    assert entries_of(lambda_events) == [("push_matched", "events shop/shop-rule-8"), ("pushed", "events shop/shop-rule-8")]
