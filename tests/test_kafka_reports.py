"""Topics of Kafka in the timeline, on the page, in the balance sheet, and with planned faults and markers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from pytest_lambda_events import Function, KafkaTopic, LambdaEvents, LambdaEventsError
from pytest_lambda_events.report.page.document import TestResult, page_of
from pytest_lambda_events.report.page.templates import Templates

PARTIAL = ["ReportBatchItemFailures"]


def records_of(event: Any) -> list[Mapping[str, Any]]:
    return [record for records in event["records"].values() for record in records]


def refuse_offset_1(event: Any, context: Any) -> None:
    if any(record["offset"] == 1 for record in records_of(event)):
        raise ValueError("no such order")


def report_offset_1(event: Any, context: Any) -> Any:
    failed = [
        {"itemIdentifier": {"partition": f"{record['topic']}-{record['partition']}", "offset": record["offset"]}}
        for record in records_of(event)
        if record["offset"] == 1
    ]
    return {"batchItemFailures": failed}


@pytest.fixture
def topic(lambda_events: LambdaEvents) -> KafkaTopic:
    return lambda_events.kafka_topic("orders", partitions=2)


def offsets(function: Function) -> list[list[int]]:
    return [[record["offset"] for record in batch.records] for batch in function.batches]


def columns(text: str) -> list[str]:
    """The lines with one space between the columns."""
    return [re.sub(r"  +", " ", line.strip()) for line in text.splitlines()]


def test_timeline_shows_values_retries_and_the_discard(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    failures = lambda_events.queue("failures")
    lambda_events.function(refuse_offset_1, name="ship").add_event_source(
        topic, minimum_pollers=1, maximum_retry_attempts=1, bisect_batch_on_function_error=True, on_failure=failures
    )

    topic.send("first", partition=0)
    topic.send("second", partition=0)
    lambda_events.run_until_idle()

    assert columns(lambda_events.journal.timeline()) == [
        '0.5 s ship attempt 1 2 from orders, ValueError: no such order record-1 "first", record-2 "second" failed',
        "0.5 s ship attempt 1 1 from orders, returned null",
        '0.5 s ship attempt 1 1 from orders, ValueError: no such order record-2 "second" failed',
        "0.7 s ship attempt 2 1 from orders, ValueError: no such order record-2 failed, RetryAttemptsExhausted, count 2",
        f"0.7 s ship on_failure to {failures.arn}",
    ]


def test_records_of_two_topics_have_their_own_labels(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    other = lambda_events.kafka_topic("refunds")
    for name, source in (("ship", topic), ("refund", other)):
        lambda_events.function(report_offset_1, name=name).add_event_source(
            source, minimum_pollers=1, maximum_retry_attempts=0, function_response_types=PARTIAL
        )

    for source in (topic, other):
        source.send("kept", partition=0)
        source.send(f"bad {source.name}", partition=0)
    lambda_events.run_until_idle()

    shown = "\n".join(columns(lambda_events.journal.timeline()))
    assert 'record-2 "bad orders" failed' in shown
    assert 'record-4 "bad refunds" failed' in shown
    with pytest.raises(AssertionError) as caught:
        lambda_events.assert_no_data_lost()
    assert ("bad orders" in str(caught.value), "bad refunds" in str(caught.value)) == (True, True)


def test_balance_sheet_counts_each_fate(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    failures = lambda_events.queue("failures")
    mapping = lambda_events.function(refuse_offset_1, name="ship").add_event_source(
        topic, minimum_pollers=1, maximum_retry_attempts=0, bisect_batch_on_function_error=True, on_failure=failures,
        filters=[{"value": [{"anything-but": ["skip"]}]}],
    )  # fmt: skip

    topic.send("first", partition=0)
    topic.send("second", partition=0)
    topic.send("skip", partition=1)
    lambda_events.run_until_idle()
    mapping.update(enabled=False)
    topic.send("later", partition=0)

    sheet = lambda_events.balance_sheet()
    assert (sheet.processed, sheet.at_destination, sheet.filtered, sheet.pending) == (1, 1, 1, 1)


def test_failure_that_the_mapping_ignores_is_a_loss(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    lambda_events.function(report_offset_1, name="ship").add_event_source(topic)

    topic.send("first", partition=0)
    topic.send("second", partition=0)
    lambda_events.run_until_idle()

    assert ["KIN-60" in str(entry.detail["message"]) for entry in lambda_events.journal.warnings] == [True]
    with pytest.raises(AssertionError, match="although 'ship' reported it in batchItemFailures") as caught:
        lambda_events.assert_no_data_lost()
    assert "- topic orders: record" in str(caught.value)


def test_page_shows_the_records_of_all_partitions(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    lambda_events.function(refuse_offset_1, name="ship").add_event_source(
        topic, minimum_pollers=1, maximum_retry_attempts=0, bisect_batch_on_function_error=True
    )

    topic.send({"order": "red-bicycle"}, partition=0)
    topic.send({"order": "blue-bicycle"}, partition=0)
    topic.send({"order": "green-bicycle"}, partition=1)
    topic.send(None, key="a", partition=1)
    lambda_events.run_until_idle()

    page = page_of(TestResult("test", "failed", lambda_events.journal), Templates()).html
    assert [f"{color}-bicycle" in page for color in ("red", "blue", "green")] == [True, True, True]
    assert "orders-0:1" in page
    assert "topic orders" in page
    assert "shard orders" not in page


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("duplicate", [[0, 1], [0, 1]]),
        ("checkpoint", [[0, 1], [0, 1]]),
        ("timeout", [[0, 1], [0, 1]]),
        (TimeoutError("late"), [[0, 1], [0, 1]]),
    ],
    ids=["duplicate", "checkpoint", "timeout", "error"],
)
def test_planned_fault_delivers_the_batch_again(
    lambda_events: LambdaEvents, topic: KafkaTopic, fault: Any, expected: list[list[int]]
) -> None:
    function = lambda_events.function(lambda event, context: None, name="ship")
    function.add_event_source(topic)
    planned = function.fail(fault, times=1)

    topic.send("first", partition=0)
    topic.send("second", partition=0)
    lambda_events.run_until_idle()

    assert (offsets(function), planned.times_met) == (expected, 1)
    lambda_events.assert_no_data_lost()


def test_planned_split_makes_two_batches(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    function = lambda_events.function(lambda event, context: None, name="ship")
    function.add_event_source(topic)
    function.fail("split", sizes=[1])

    for value in ("first", "second", "third"):
        topic.send(value, partition=0)
    lambda_events.run_until_idle()

    assert offsets(function) == [[0], [1, 2]]


def test_planned_throttle_is_retried(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    function = lambda_events.function(lambda event, context: None, name="ship")
    function.add_event_source(topic)
    function.throttle(times=2)

    topic.send("first")
    lambda_events.run_until_idle()

    assert [attempt.outcome for attempt in function.attempts] == ["throttled", "throttled", "success"]
    lambda_events.assert_no_data_lost()


def test_planned_failure_of_the_destination_loses_the_record(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    failures = lambda_events.queue("failures")
    function = lambda_events.function(refuse_offset_1, name="ship")
    function.add_event_source(
        topic, minimum_pollers=1, maximum_retry_attempts=0, bisect_batch_on_function_error=True, on_failure=failures
    )
    function.fail("destination")

    topic.send("first", partition=0)
    topic.send("second", partition=0)
    lambda_events.run_until_idle()

    assert failures.messages == []
    with pytest.raises(AssertionError, match="second"):
        lambda_events.assert_no_data_lost()


def test_markers_plan_failures_of_batches(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        def ship(event, context):
            pass

        @pytest.mark.lambda_failure("ship", "checkpoint", times=1)
        @pytest.mark.lambda_throttle("ship", attempts=[3])
        def test_it(lambda_events):
            topic, function = lambda_events.kafka_topic("orders"), lambda_events.function(ship)
            function.add_event_source(topic)
            topic.send("a")
            lambda_events.run_until_idle()
            assert [batch.outcome for batch in function.batches] == ["success", "success"]

        @pytest.mark.lambda_failure("ship", "delete")
        def test_there_is_nothing_to_delete(lambda_events):
            lambda_events.function(ship).add_event_source(lambda_events.kafka_topic("orders"))
    """)

    result = pytester.runpytest("-p", "no:randomly")

    assert "has no SQS event source, so nothing is ever deleted for it" in "".join(result.outlines)


def test_tombstone_is_shown_as_null(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    function = lambda_events.function(refuse_offset_1, name="ship")
    function.add_event_source(topic, minimum_pollers=1, maximum_retry_attempts=0)

    topic.send("null", partition=0)
    topic.send(None, partition=0)
    lambda_events.run_until_idle()

    [line, *_] = columns(lambda_events.journal.timeline())
    assert line.endswith('record-1 "null", record-2 null failed, RetryAttemptsExhausted, count 1')
    with pytest.raises(AssertionError, match="- topic orders: record null, RetryAttemptsExhausted"):
        lambda_events.assert_no_data_lost()


def test_loss_names_the_rules_of_kafka(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    function = lambda_events.function(refuse_offset_1, name="ship")
    function.add_event_source(topic, minimum_pollers=1, maximum_retry_attempts=0)

    topic.send("first", partition=0)
    topic.send("second", partition=0)
    lambda_events.run_until_idle()

    with pytest.raises(AssertionError, match=r"Add one to keep such records \(KAF-30\)"):
        lambda_events.assert_no_data_lost()


def test_expired_record_of_a_topic_needs_provisioned_mode(lambda_events: LambdaEvents) -> None:
    topic = lambda_events.kafka_topic("orders", retention_hours=0.01)
    function = lambda_events.function(refuse_offset_1, name="ship")
    function.add_event_source(topic, batch_size=1)

    topic.send("first")
    topic.send("second")
    lambda_events.run_until_idle()

    with pytest.raises(AssertionError, match=r"minimum_pollers, maximum_retry_attempts or .* on_failure \(KAF-20, KAF-21\)"):
        lambda_events.assert_no_data_lost()


def test_destination_is_shown_as_mappings_name_it(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    function = lambda_events.function(refuse_offset_1, name="ship")
    function.add_event_source(topic, minimum_pollers=1, maximum_retry_attempts=0, on_failure="kafka://missing", batch_size=1)

    topic.send("first", partition=0)
    topic.send("second", partition=0)
    lambda_events.run_until_idle()

    assert columns(lambda_events.journal.timeline())[-1] == (
        "0 s ship on_failure not delivered to kafka://missing topic missing does not exist"
    )
    with pytest.raises(AssertionError, match="to kafka://missing failed: topic missing does not exist"):
        lambda_events.assert_no_data_lost()


def test_batch_that_fails_forever_is_explained(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    function = lambda_events.function(refuse_offset_1, name="ship")
    function.add_event_source(topic, batch_size=1)
    topic.send("first", partition=0)
    topic.send("second", partition=0)

    with pytest.raises(LambdaEventsError, match=r"of topic orders, due at .*\n.*Give its event source minimum_pollers, and"):
        lambda_events.run_until_idle(limit_seconds=60)
