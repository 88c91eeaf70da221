"""SQS, section 9, and filtering where a queue makes a difference: what does not match is deleted, and nobody sees it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from queue_stories import bodies, counts, fail, succeed

from pytest_lambda_events import EventSourceMapping, Function, LambdaEvents

JSON, PLAIN = '{"kind": "a"}', "hello"
EVENT_COUNTS = ("PolledEventCount", "FilteredOutEventCount", "InvokedEventCount", "DeletedEventCount")


def delivered(fn: Function) -> list[str]:
    """The bodies that the function got."""
    return [record["body"] for batch in fn.batches for record in batch.records]


def sums(lambda_events: LambdaEvents, mapping: EventSourceMapping) -> list[float]:
    return [lambda_events.metrics.sum(name, mapping) for name in EVENT_COUNTS]


@pytest.mark.parametrize(
    ("body", "pattern", "passes"),
    [
        pytest.param(PLAIN, {"body": ["hello"]}, True, id="plain text, pattern for it", marks=pytest.mark.rule("FIL-40")),
        pytest.param(PLAIN, {"body": ["other"]}, False, id="plain text, other text", marks=pytest.mark.rule("FIL-40")),
        pytest.param(PLAIN, {"eventSource": ["aws:sqs"]}, True, id="plain text, no pattern", marks=pytest.mark.rule("FIL-41")),
        pytest.param(PLAIN, {"eventSource": ["aws:sns"]}, False, id="plain text, other", marks=pytest.mark.rule("FIL-41")),
        pytest.param(PLAIN, {"body": {"kind": ["a"]}}, False, id="plain text, JSON", marks=pytest.mark.rule("FIL-42")),
        pytest.param(JSON, {"body": [JSON]}, False, id="JSON, pattern for text", marks=pytest.mark.rule("FIL-43")),
        pytest.param(JSON, {"eventSource": ["aws:sqs"]}, True, id="JSON, no pattern", marks=pytest.mark.rule("FIL-44")),
        pytest.param(JSON, {"eventSource": ["aws:sns"]}, False, id="JSON, other", marks=pytest.mark.rule("FIL-44")),
        pytest.param(JSON, {"body": {"kind": ["a"]}}, True, id="JSON, matching", marks=pytest.mark.rule("FIL-45")),
        pytest.param(JSON, {"body": {"kind": ["b"]}}, False, id="JSON, not matching", marks=pytest.mark.rule("FIL-45")),
        pytest.param("5", {"body": ["5"]}, True, id="a number is plain text", marks=pytest.mark.rule("FIL-46")),
        pytest.param("[1]", {"body": ["[1]"]}, False, id="an array is JSON", marks=pytest.mark.rule("FIL-46")),
    ],
)
@pytest.mark.rule("SQS-90", "FIL-07")
def test_a_filter_delivers_only_messages_that_match(
    lambda_events: LambdaEvents, body: str, pattern: Mapping[str, object], passes: bool
) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders, filters=[pattern])

    orders.send(body)
    lambda_events.run_until_idle()

    assert delivered(fn) == ([body] if passes else [])
    assert bodies(orders) == []


@pytest.mark.rule("FIL-47", "SQS-91")
@pytest.mark.scenario("FIL F4")
def test_attributes_decide_where_the_body_is_not_named(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders, filters=[{"messageAttributes": {"t": {"stringValue": ["x"]}}}])

    orders.send("plain x", message_attributes={"t": "x"})
    orders.send('{"json": "x"}', message_attributes={"t": "x"})
    orders.send("plain y", message_attributes={"t": "y"})
    orders.send("none")
    lambda_events.run_until_idle()

    assert delivered(fn) == ["plain x", '{"json": "x"}']
    assert bodies(orders) == []


@pytest.mark.rule("SQS-91", "FIL-20", "FIL-21")
@pytest.mark.parametrize(
    ("pattern", "passes"),
    [
        ({"body": {"kind": ["a"]}}, True),
        ({"data": {"kind": ["a"]}}, False),
        ({"attributes": {"ApproximateReceiveCount": ["1"]}}, True),
        ({"awsRegion": ["us-east-1"]}, True),
        ({"value": [{"exists": False}]}, True),
    ],
    ids=["body", "data", "attributes", "region", "absent"],
)
def test_keys_of_the_record_are_what_a_pattern_names(
    lambda_events: LambdaEvents, pattern: Mapping[str, object], passes: bool
) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders, filters=[pattern])

    orders.send(JSON)
    lambda_events.run_until_idle()

    assert delivered(fn) == ([JSON] if passes else [])


@pytest.mark.rule("FIL-21")
@pytest.mark.parametrize(("key", "warnings"), [("body", 0), ("data", 1), ("Body", 1)])
def test_a_key_that_no_record_has_is_warned_of(lambda_events: LambdaEvents, key: str, warnings: int) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)

    fn.add_event_source(orders, filters=[{key: {"kind": ["a"]}}, {key: {"kind": ["b"]}}])
    orders.send(JSON, JSON)
    lambda_events.run_until_idle()

    found = [entry.detail["message"] for entry in lambda_events.journal.warnings]
    assert [repr(key) in message for message in found] == [True] * warnings


@pytest.mark.rule("FIL-06", "FIL-08")
@pytest.mark.scenario("FIL F17")
def test_three_of_ten_messages_match_and_form_one_invocation(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    mapping = fn.add_event_source(orders, filters=[{"body": {"n": [{"numeric": ["<", 3]}]}}], metrics=["EventCount"])

    orders.send(*({"n": number} for number in range(10)))
    lambda_events.run_until_idle()

    [batch] = fn.batches
    assert batch.data == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert sums(lambda_events, mapping) == [10, 7, 3, 10]
    assert bodies(orders) == []


@pytest.mark.rule("FIL-06", "MET-43")
def test_where_all_messages_are_filtered_out_nothing_is_invoked(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    mapping = fn.add_event_source(orders, filters=[{"body": ["keep"]}], metrics=["EventCount"])

    orders.send("1", "2")
    lambda_events.run_until_idle()

    assert fn.batches == []
    assert sums(lambda_events, mapping) == [2, 2, 0, 2]
    assert lambda_events.metrics.values("InvokedEventCount", mapping) == []


@pytest.mark.rule("FIL-07", "FIL-08", "SQS-90")
def test_messages_that_do_not_match_are_never_retried_or_redriven(lambda_events: LambdaEvents) -> None:
    dead, failed = lambda_events.queue("dead"), lambda_events.queue("failed")
    orders = lambda_events.queue("orders", visibility_timeout=30, dead_letter_queue=dead, max_receive_count=2)
    fn = lambda_events.function(fail, dead_letter_queue=failed, on_failure=failed)
    mapping = fn.add_event_source(orders, filters=[{"body": ["keep"]}], metrics=["EventCount"])

    orders.send("drop", "keep")
    lambda_events.run_until_idle()

    assert [data for batch in fn.batches for data in batch.data] == ["keep", "keep"]
    assert (bodies(dead), bodies(failed)) == (["keep"], [])
    assert sums(lambda_events, mapping) == [3, 1, 2, 1]


@pytest.mark.rule("SQS-90", "SQS-06")
def test_messages_that_one_mapping_filters_are_deleted_for_the_other(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    functions = [lambda_events.function(succeed, name=name) for name in ("first", "second")]
    for fn, kind in zip(functions, "ab", strict=True):
        fn.add_event_source(orders, filters=[{"body": [kind]}])

    orders.send("a")
    orders.send("b")
    lambda_events.run_until_idle()

    assert [delivered(fn) for fn in functions] == [["a"], []]
    assert bodies(orders) == []


@pytest.mark.rule("SQS-92", "FIL-09")
@pytest.mark.parametrize("body", ['{"kind":  "a"}', '{"kind": "a", "n": 1.0, "kind": "a"}', '\n{"kind":"\\u0061"}'])
def test_a_body_is_delivered_as_it_was_written(lambda_events: LambdaEvents, body: str) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders, filters=[{"body": {"kind": ["a"]}}])

    orders.send(body)
    lambda_events.run_until_idle()

    assert delivered(fn) == [body]


@pytest.mark.rule("FIL-03", "SQS-90")
@pytest.mark.scenario("FIL F13")
def test_one_of_several_filters_is_enough(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders, filters=[{"body": {"kind": ["a"]}}, {"body": ["hello"]}])

    orders.send(JSON, PLAIN, "other", '{"kind": "b"}')
    lambda_events.run_until_idle()

    assert delivered(fn) == [JSON, PLAIN]


@pytest.mark.rule("FIL-05")
def test_filters_that_are_removed_let_everything_pass(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    mapping = fn.add_event_source(orders, filters=[{"body": ["keep"]}])
    orders.send("before")
    lambda_events.run_until_idle()

    mapping.update(filters=None)
    orders.send("after")
    lambda_events.run_until_idle()

    assert delivered(fn) == ["after"]


@pytest.mark.rule("FIL-48")
@pytest.mark.parametrize(("value", "passes"), [(99, False), (100, True), (199, True), (200, False), ("150", False)])
def test_numbers_of_a_body_are_compared_as_numbers(lambda_events: LambdaEvents, value: object, passes: bool) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders, filters=[{"body": {"a": [{"numeric": [">=", 100, "<", 200]}]}}])

    orders.send({"a": value})
    lambda_events.run_until_idle()

    assert delivered(fn) == ([json.dumps({"a": value})] if passes else [])


@pytest.mark.rule("SQS-90", "SQS-80")
def test_a_filter_takes_messages_out_of_the_middle_of_a_group(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders.fifo", content_based_deduplication=True)
    fn = lambda_events.function(succeed)
    fn.add_event_source(orders, filters=[{"body": [{"prefix": "keep"}]}], batch_size=2)

    orders.send("keep 1", "drop 1", "drop 2", "drop 3", "keep 2", message_group_id="A")
    lambda_events.run_until_idle()

    assert delivered(fn) == ["keep 1", "keep 2"]
    assert {count for batch in counts(fn) for count in batch} == {"1"}
    assert bodies(orders) == []


@pytest.mark.rule("SQS-90")
def test_a_filter_on_the_receive_count_uses_the_count_of_the_current_receive(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=30), lambda_events.function(fail)
    fn.add_event_source(orders, filters=[{"attributes": {"ApproximateReceiveCount": ["1"]}}])

    orders.send("m1")
    lambda_events.run_until_idle()

    assert [batch.started_after_seconds for batch in fn.batches] == [0]
    assert (bodies(orders), lambda_events.elapsed) == ([], 30)
