"""Batches of streams in views, metrics and the timeline, from journals that are written by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Literal

import pytest
from stream_journals import CLICKS, CONSUMER, FUNCTION, ORDERS, ORDERS_STREAM, SHARD, UUID, StreamStory, kinesis_record

from pytest_lambda_events import Function
from pytest_lambda_events.service.metrics import MappingSource, Source, samples_of
from pytest_lambda_events.simulation.clock import VirtualClock


def index(story: StreamStory, qualifier: str | None = None) -> Function:
    api: Any = SimpleNamespace(journal=story.journal)
    return Function(api, "index", FUNCTION, qualifier)


def sums(story: StreamStory, source: Source | MappingSource) -> dict[str, float]:
    """The sum of each metric of a source; a metric without a sample is not there."""
    totals: dict[str, float] = {}
    for sample in samples_of(story.journal):
        if sample.source == source:
            totals[sample.metric_name] = totals.get(sample.metric_name, 0) + sample.value
    return totals


# ---------------------------------------------------------------------- batches


@pytest.mark.parametrize(
    ("data", "decoded"),
    [
        (b'{"page": "a"}', {"page": "a"}),
        (b"[1]", [1]),
        (b"7", "7"),
        (b"hello", "hello"),
        (b"{broken", "{broken"),
        (b"\xff\x00", b"\xff\x00"),
        (b"", ""),
    ],
    ids=["object", "array", "number", "text", "broken object", "bytes", "nothing"],
)
def test_the_data_of_a_kinesis_record_is_what_it_carries(clock: VirtualClock, data: bytes, decoded: object) -> None:
    story = StreamStory(clock)
    story.started("1", records=[kinesis_record("1", data)])

    [batch] = index(story).batches

    assert batch.data == [decoded]


def test_the_data_of_a_table_s_record_is_its_change(clock: VirtualClock) -> None:
    story = StreamStory(clock, ORDERS_STREAM)
    change = {"Keys": {"id": {"S": "1"}}, "SequenceNumber": "1"}
    story.started("1", records=[{"eventName": "INSERT", "dynamodb": change}])

    [batch] = index(story).batches

    assert batch.data == [change]


def test_a_batch_has_its_shard_and_the_numbers_that_failed(clock: VirtualClock) -> None:
    story = StreamStory(clock)
    subject = story.started("1", "2", "3")
    story.ended(subject)
    story.result(subject, ("1", "2", "3"), ("2", "3"), reason="batchItemFailures names 2", age=0)

    [batch] = index(story).batches

    assert (batch.shard_id, batch.batch_item_failures, batch.event_source_mapping.uuid) == (SHARD, ["2", "3"], UUID)


@pytest.mark.rule("KIN-4D")
def test_the_attempts_of_a_batch_share_its_request_id(clock: VirtualClock) -> None:
    story = StreamStory(clock)
    story.throttled("1")
    story.fails("1", attempt=2)
    story.fails("1", attempt=3)

    batches = index(story).batches

    assert [(batch.request_id, batch.number, batch.outcome) for batch in batches] == [
        ("batch", 1, "throttled"),
        ("batch", 2, "function_error"),
        ("batch", 3, "function_error"),
    ]


def test_a_window_s_final_call_has_no_records(clock: VirtualClock) -> None:
    story = StreamStory(clock)
    story.succeeds()

    [batch] = index(story).batches

    assert (batch.records, batch.data) == ([], [])


# ---------------------------------------------------------------------- records that are done


def test_checkpointed_records_are_processed_and_discarded_records_are_not(clock: VirtualClock) -> None:
    story = StreamStory(clock)
    story.succeeds("1", "2")
    story.fails("3")
    story.given_up("3")
    story.filtered("4")
    story.expired("5")

    assert index(story).records_processed == 2


def test_a_record_that_is_checkpointed_again_counts_once(clock: VirtualClock) -> None:
    story = StreamStory(clock)
    story.succeeds("1", "2")
    story.succeeds("2", request="another")

    assert index(story).records_processed == 2


def test_records_of_two_shards_are_two_even_with_one_number(clock: VirtualClock) -> None:
    story = StreamStory(clock)
    story.succeeds("1")
    story.shard_id = "shardId-000000000001"
    story.succeeds("1", request="another")

    assert index(story).records_processed == 2


@pytest.mark.rule("KIN-34")
def test_records_that_share_the_number_of_their_aggregate_count_each(clock: VirtualClock) -> None:
    story = StreamStory(clock, CONSUMER)
    story.checkpointed("1", "1", places=(1, 2))
    story.checkpointed("1", "2", places=(3, 0))

    assert index(story).records_processed == 4


def test_an_alias_has_processed_what_its_own_batches_had(clock: VirtualClock) -> None:
    story = StreamStory(clock, invoked_arn=f"{FUNCTION}:live")
    story.succeeds("1")

    assert (index(story, "live").records_processed, index(story, "other").records_processed) == (1, 0)


# ---------------------------------------------------------------------- metrics


@pytest.mark.rule("KIN-99", "MET-44", "MET-45")
@pytest.mark.parametrize(
    ("counted_as", "metric"),
    [
        ("delivered", {"OnFailureDestinationDeliveredEventCount": 3}),
        ("dropped", {"DroppedEventCount": 3}),
        (None, {}),
    ],
    ids=["delivered", "dropped", "not counted"],
)
def test_discarded_records_count_in_one_metric(
    clock: VirtualClock, counted_as: Literal["delivered", "dropped"] | None, metric: dict[str, float]
) -> None:
    story = StreamStory(clock)
    story.polled("1", "2", "3")
    story.fails("1", "2", "3")
    story.given_up("1", "2", "3", counted_as=counted_as)

    tried = {"PolledEventCount": 3, "InvokedEventCount": 3, "FailedInvokeEventCount": 3}
    assert sums(story, MappingSource(UUID)) == tried | metric


@pytest.mark.rule("KIN-99", "MET-43")
def test_records_that_match_no_filter_are_counted(clock: VirtualClock) -> None:
    story = StreamStory(clock)
    story.polled("1", "2")
    story.filtered("2")

    assert sums(story, MappingSource(UUID)) == {"PolledEventCount": 2, "FilteredOutEventCount": 1}


@pytest.mark.rule("KIN-99")
def test_records_that_expire_are_not_dropped(clock: VirtualClock) -> None:
    story = StreamStory(clock)
    story.expired("1")

    assert sums(story, MappingSource(UUID)) == {}


@pytest.mark.rule("KIN-99")
def test_a_mapping_that_does_not_count_has_no_metrics(clock: VirtualClock) -> None:
    story = StreamStory(clock, counts=False)
    story.polled("1")
    story.fails("1")
    story.given_up("1")

    assert sums(story, MappingSource(UUID)) == {}


@pytest.mark.rule("KIN-29", "KIN-99")
def test_an_event_that_is_too_large_fails_an_attempt_but_does_not_count_as_an_invocation(clock: VirtualClock) -> None:
    story = StreamStory(clock)
    story.refused("1")
    story.refused("1", attempt=2)

    assert sums(story, MappingSource(UUID)) == {"InvokedEventCount": 2, "FailedInvokeEventCount": 2}
    assert sums(story, Source(FUNCTION)) == {}


@pytest.mark.rule("KIN-98", "MET-21")
def test_the_iterator_age_is_published_for_each_attempt_that_ran(clock: VirtualClock) -> None:
    story = StreamStory(clock, counts=False)
    story.throttled("1")
    story.fails("1", attempt=2, age=200)
    story.at(1)
    story.succeeds("1", request="another", age=600)

    ages = [sample for sample in samples_of(story.journal) if sample.metric_name == "IteratorAge"]

    assert [sample.value for sample in ages if sample.source == Source(FUNCTION)] == [200, 600]
    assert {(sample.unit, type(sample.source)) for sample in ages} == {("Milliseconds", Source)}


@pytest.mark.rule("KIN-78", "MET-44")
def test_a_record_that_is_not_delivered_counts_for_the_function_even_if_it_never_ran(clock: VirtualClock) -> None:
    story = StreamStory(clock)
    story.delivery("delivery_failed")
    story.given_up("1", condition="RecordAgeExceeded")

    assert sums(story, Source(FUNCTION)) == {"DestinationDeliveryFailures": 1}
    assert sums(story, MappingSource(UUID)) == {"DroppedEventCount": 1}


# ---------------------------------------------------------------------- the timeline


@pytest.mark.parametrize(
    ("source", "name"),
    [(CLICKS, "clicks"), (CONSUMER, "clicks"), (ORDERS_STREAM, "orders")],
    ids=["a stream", "a consumer", "a table's stream"],
)
def test_a_batch_is_from_the_stream_or_the_table_by_name(clock: VirtualClock, source: str, name: str) -> None:
    story = StreamStory(clock, source)

    story.succeeds("1", "2")

    assert story.journal.timeline() == f"0 s   index   attempt 1   2 from {name}, returned null"


def test_the_timeline_of_a_poison_record_is_readable(clock: VirtualClock) -> None:
    story = StreamStory(clock)

    story.filtered("1")
    story.fails("2")
    story.at(0.2)
    story.fails("2", attempt=2)
    story.delivery("delivered")
    story.given_up("2", count=2)
    story.expired("3")

    assert story.journal.timeline().splitlines() == [
        '  0 s   index   filtered     record-1 "click" from clicks',
        '  0 s   index   attempt 1    1 from clicks, ValueError: broken   record-2 "click" failed',
        "0.2 s   index   attempt 2    1 from clicks, ValueError: broken   record-2 failed, RetryAttemptsExhausted, count 2",
        "0.2 s   index   on_failure   to arn:aws:sqs:us-east-1:123456789012:failures",
        "0.2 s   index   expired      record-3 from clicks",
    ]


@pytest.mark.parametrize(
    ("record", "shown"),
    [
        (kinesis_record("1", b'{"page": "a"}'), ' {"page": "a"}'),
        (kinesis_record("1", b"click"), ' "click"'),
        (kinesis_record("1", b"\xff\x00"), r" b'\xff\x00'"),
        ({"eventName": "MODIFY", "dynamodb": {"SequenceNumber": "1", "Keys": {"id": {"S": "7"}}}}, ' MODIFY {"id": "7"}'),
        ({"eventName": "of another number", "dynamodb": {"SequenceNumber": "2", "Keys": {}}}, ""),
    ],
    ids=["JSON", "text", "binary", "a change of an item", "unknown"],
)
def test_a_record_is_shown_with_its_data_where_it_first_fails(clock: VirtualClock, record: Any, shown: str) -> None:
    story = StreamStory(clock)
    subject = story.started("1", records=[record])
    story.ended(subject, error_type="ValueError")

    story.result(subject, ["1"], ["1"])
    story.expired("1")

    attempt, expiry = story.journal.timeline().splitlines()
    assert attempt.endswith(f"   record-1{shown} failed")
    assert expiry.endswith("   record-1 from clicks")


@pytest.mark.parametrize(
    ("images", "shown"),
    [
        ({"OldImage": {"state": {"S": "new"}}, "NewImage": {"state": {"S": "paid"}}}, '{"state": {"S": "paid"}}'),
        ({"OldImage": {"state": {"S": "new"}}}, '{"state": {"S": "new"}}'),
        ({}, '{"id": {"S": "7"}}'),
        ({"NewImage": {"text": {"S": "x" * 500}}}, f'{{"text": {{"S": "{"x" * 74}...'),
    ],
    ids=["the new image", "the old image", "the keys", "cut"],
)
def test_an_item_that_matches_no_filter_is_shown_with_its_types(
    clock: VirtualClock, images: dict[str, Any], shown: str
) -> None:
    story = StreamStory(clock)

    story.filtered("1", records=[{"eventName": "MODIFY", "dynamodb": {"Keys": {"id": {"S": "7"}}, **images}}])

    assert story.journal.timeline() == f"0 s   index   filtered   record-1 MODIFY {shown} from clicks"


def test_many_records_that_match_no_filter_are_counted(clock: VirtualClock) -> None:
    story = StreamStory(clock)

    story.filtered("1", "2", "3", "4")

    assert story.journal.timeline() == "0 s   index   filtered   4 from clicks"


def test_a_record_that_was_too_old_to_be_tried_has_a_line(clock: VirtualClock) -> None:
    story = StreamStory(clock)

    story.given_up("1", condition="RecordAgeExceeded")

    assert story.journal.timeline() == "0 s   index   discarded   record-1 from clicks   RecordAgeExceeded, count 1"


@pytest.mark.rule("KIN-29")
def test_an_event_that_is_too_large_has_a_line_for_each_attempt(clock: VirtualClock) -> None:
    story = StreamStory(clock)

    story.refused("1")
    story.refused("1", attempt=2)
    story.given_up("1", count=2)

    refused = "1 from clicks, refused: the event has 7000000 bytes, and the limit is 6291456"
    assert story.journal.timeline().splitlines() == [
        f"0 s   index   attempt 1   {refused}",
        f"0 s   index   attempt 2   {refused}   RetryAttemptsExhausted, count 2",
    ]


@pytest.mark.parametrize(
    ("source", "arn"),
    [(CLICKS, CLICKS), (CONSUMER, CLICKS), (CONSUMER, CONSUMER), (ORDERS_STREAM, ORDERS)],
    ids=["a stream", "a stream by its consumer", "a consumer", "a table"],
)
def test_a_timeline_can_be_about_a_stream_or_a_table(clock: VirtualClock, source: str, arn: str) -> None:
    story = StreamStory(clock, source)
    story.fails("1")
    story.given_up("1")

    assert story.journal.timeline(SimpleNamespace(name="any", arn=arn)) == story.journal.timeline()


def test_a_timeline_about_another_stream_has_none_of_it(clock: VirtualClock) -> None:
    story = StreamStory(clock)
    story.fails("1")

    assert story.journal.timeline(SimpleNamespace(name="clicks", arn=f"{CLICKS}-of-others")) == ""
