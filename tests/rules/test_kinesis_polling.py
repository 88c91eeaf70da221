"""KIN-01 to 17: who reads a stream, from where on, and how often."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from stream_stories import HIGHEST, LOWEST, clicks_of, data, decoded, fed, put, raising, sleeping, starts, story, succeed

from pytest_lambda_events import Function, LambdaEvents, Stream

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
CLICKS = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
ALLOWED = {"Effect": "Allow", "Action": "kinesis:*", "Resource": "*"}
DENIED = {**ALLOWED, "Effect": "Deny", "Action": "kinesis:GetRecords"}
enforced = pytest.mark.lambda_events(enforce_permissions=True)


@pytest.fixture
def clicks(lambda_events: LambdaEvents) -> Stream:
    """A stream of one shard."""
    return clicks_of(lambda_events)


@pytest.fixture
def fn(lambda_events: LambdaEvents) -> Function:
    """A function that takes whatever it gets, in no time."""
    return lambda_events.function(succeed, name="fn")


# ---------------------------------------------------------------------- standard iterators


@pytest.mark.rule("KIN-10")
@pytest.mark.parametrize(("at", "read"), [(0.001, 1), (0.999, 1), (1, 1), (1.001, 2)])
def test_a_shard_is_read_once_a_second(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function, at: float, read: float
) -> None:
    fed(fn, clicks)

    lambda_events.advance(at)
    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert story(fn) == [(read, ["r1"])]


@pytest.mark.rule("KIN-10")
def test_seconds_count_from_when_polling_began(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    lambda_events.advance(0.3)
    fed(fn, clicks)

    lambda_events.advance(0.5)
    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert starts(fn) == [1.3]


@pytest.mark.rule("KIN-10")
def test_records_that_arrived_during_an_invocation_are_read_at_its_end(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(sleeping(0.7))
    fed(fn, clicks)

    put(clicks, "r1")
    lambda_events.advance(0.5)
    put(clicks, "r2")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["r1"]), (0.7, ["r2"])]


# ---------------------------------------------------------------------- consumers


@pytest.mark.rule("KIN-02", "KIN-11")
def test_a_consumer_gets_a_record_as_it_arrives(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    fed(fn, clicks.register_consumer("fast"))

    lambda_events.advance(0.4)
    put(clicks, "r1")
    lambda_events.advance(0.001)
    put(clicks, "r2")
    lambda_events.run_until_idle()

    assert story(fn) == [(0.4, ["r1"]), (0.401, ["r2"])]
    assert lambda_events.metrics.values("IteratorAge", fn) == [0, 0]


@pytest.mark.rule("KIN-07", "KIN-E1")
def test_a_consumers_records_name_the_consumer(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    consumer = clicks.register_consumer("fast")
    fed(fn, consumer)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    [record] = fn.batches[0].records
    assert consumer.arn.startswith(f"{CLICKS}/consumer/fast:")
    assert record["eventSourceARN"] == consumer.arn
    assert record["eventID"] == f"shardId-000000000000:{clicks.records[0].sequence_number}"


@pytest.mark.rule("KIN-07")
def test_a_consumers_failure_records_name_the_consumer(lambda_events: LambdaEvents, clicks: Stream) -> None:
    consumer, failures = clicks.register_consumer("fast"), lambda_events.queue("failures")
    fn = lambda_events.function(raising(), name="fn")
    fed(fn, consumer, maximum_retry_attempts=0, on_failure=failures)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    [record] = failures.invocation_records
    assert record.json["KinesisBatchInfo"]["streamArn"] == consumer.arn


@pytest.mark.rule("KIN-02", "KIN-11")
def test_a_consumer_does_not_affect_other_readers(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    other = lambda_events.function(succeed, name="other")
    fed(fn, clicks.register_consumer("fast"))
    fed(other, clicks)

    lambda_events.advance(0.4)
    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert (story(fn), story(other)) == ([(0.4, ["r1"])], [(1, ["r1"])])


@pytest.mark.rule("KIN-11", "KIN-29")
def test_a_consumer_retries_as_any_other(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(raising(times=2), name="fn")
    fed(fn, clicks.register_consumer("fast"))

    lambda_events.advance(0.3)
    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert starts(fn) == pytest.approx([0.3, 0.5, 0.9])


# ---------------------------------------------------------------------- several mappings


@pytest.mark.rule("KIN-01", "KIN-04")
def test_each_mapping_keeps_its_own_position(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    bad = lambda_events.function(raising("r1"), name="bad")
    mapping, blocked = fed(fn, clicks), fed(bad, clicks)

    put(clicks, "r1")
    lambda_events.advance(1)
    put(clicks, "r2")
    lambda_events.advance(1)

    assert data(fn) == [["r1"], ["r2"]]
    assert {texts for [texts] in data(bad)} == {"r1"}
    assert (mapping.checkpoints, blocked.checkpoints) == ({"shardId-000000000000": clicks.records[1].sequence_number}, {})


@pytest.mark.rule("KIN-04")
def test_no_batch_mixes_streams(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    views = lambda_events.stream("views")
    fed(fn, clicks)
    fed(fn, views)

    put(clicks, "c1", "c2")
    put(views, "v1", "v2")
    lambda_events.run_until_idle()

    assert sorted(data(fn)) == [["c1", "c2"], ["v1", "v2"]]


# ---------------------------------------------------------------------- starting positions


def put_into_both(clicks: Stream, text: str) -> None:
    """Put "a..." into the first and "b..." into the last shard."""
    clicks.put(f"a{text}", partition_key="k", explicit_hash_key=LOWEST)
    clicks.put(f"b{text}", partition_key="k", explicit_hash_key=HIGHEST)


@pytest.mark.rule("KIN-12", "KIN-14")
def test_all_kept_records_and_then_new_ones_are_read_from_the_trim_horizon(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function
) -> None:
    put(clicks, "r1")
    lambda_events.advance(timedelta(hours=23))
    put(clicks, "r2")
    lambda_events.advance(timedelta(hours=1))

    fed(fn, clicks)
    lambda_events.advance(1)
    put(clicks, "r3")
    lambda_events.run_until_idle()

    assert data(fn) == [["r2"], ["r3"]]


@pytest.mark.rule("KIN-12")
def test_only_new_records_are_read_from_the_latest_position(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    put(clicks, "r1")

    fn.add_event_source(clicks, starting_position="LATEST")
    put(clicks, "r2")
    lambda_events.run_until_idle()

    assert data(fn) == [["r2"]]


@pytest.mark.rule("KIN-12")
def test_from_a_timestamp_each_shard_is_read_from_there(lambda_events: LambdaEvents, fn: Function) -> None:
    clicks = clicks_of(lambda_events, shard_count=2)
    put_into_both(clicks, "0")
    lambda_events.advance(10)
    put_into_both(clicks, "1")
    lambda_events.advance(10)
    put_into_both(clicks, "2")

    fn.add_event_source(clicks, starting_position="AT_TIMESTAMP", starting_position_timestamp=START + timedelta(seconds=10))
    lambda_events.run_until_idle()

    assert sorted(data(fn)) == [["a1", "a2"], ["b1", "b2"]]


@pytest.mark.rule("KIN-13")
@pytest.mark.lambda_events(event_source_mapping_start_delay_seconds=60)
@pytest.mark.parametrize(("at", "texts"), [(59.999, []), (60, ["r1"]), (60.001, ["r1"])])
def test_with_latest_reading_begins_when_polling_does(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function, at: float, texts: list[str]
) -> None:
    fn.add_event_source(clicks, starting_position="LATEST")

    lambda_events.advance(at)
    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert [text for batch in data(fn) for text in batch] == texts


@pytest.mark.rule("KIN-13")
@pytest.mark.lambda_events(event_source_mapping_start_delay_seconds=60)
def test_from_the_trim_horizon_a_late_start_misses_nothing(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    fed(fn, clicks)

    lambda_events.advance(30)
    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert story(fn) == [(60, ["r1"])]


# ---------------------------------------------------------------------- disabled and enabled


@pytest.mark.rule("KIN-15")
def test_the_starting_position_is_not_applied_again(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    mapping = fn.add_event_source(clicks, starting_position="LATEST")
    put(clicks, "r1")
    lambda_events.advance(1)
    mapping.update(enabled=False)
    put(clicks, "r2")

    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert data(fn) == [["r1"], ["r2"]]


@pytest.mark.rule("KIN-15")
@pytest.mark.parametrize(("hours", "texts"), [(23, ["r2", "r3"]), (24, ["r3"])], ids=["before", "at"])
def test_records_that_expire_while_a_mapping_is_disabled_are_lost(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function, hours: int, texts: list[str]
) -> None:
    failures = lambda_events.queue("failures")
    mapping = fed(fn, clicks, on_failure=failures)
    put(clicks, "r1")
    lambda_events.advance(0)
    mapping.update(enabled=False)
    put(clicks, "r2")
    lambda_events.advance(timedelta(hours=hours))
    put(clicks, "r3")

    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert data(fn) == [["r1"], texts]
    assert failures.messages == []


@pytest.mark.rule("KIN-15", "KIN-16")
def test_a_function_that_runs_when_its_mapping_is_disabled_may_end(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(sleeping(10), timeout=20)
    mapping = fed(fn, clicks, batch_size=1)
    put(clicks, "r1", "r2")
    lambda_events.advance(5)
    mapping.update(enabled=False)
    lambda_events.advance(60)
    while_disabled = story(fn)

    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert while_disabled == [(0, ["r1"])]
    assert story(fn) == [(0, ["r1"]), (65, ["r2"])]


@pytest.mark.rule("KIN-15", "KIN-16")
def test_a_mapping_that_is_disabled_while_it_retries_attempts_again_when_it_is_enabled(
    lambda_events: LambdaEvents, clicks: Stream
) -> None:
    fn = lambda_events.function(raising(times=2), name="fn")
    mapping = fed(fn, clicks)
    put(clicks, "r1", "r2")
    lambda_events.advance(0.3)
    mapping.update(enabled=False)
    lambda_events.advance(9.7)

    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["r1", "r2"]), (0.2, ["r1", "r2"]), (10, ["r1", "r2"])]


@pytest.mark.rule("KIN-15", "KIN-27")
def test_a_mapping_that_is_enabled_before_its_function_ends_waits_for_it(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(sleeping(10), timeout=20)
    mapping = fed(fn, clicks, batch_size=1)
    put(clicks, "r1", "r2")
    lambda_events.advance(1)

    mapping.update(enabled=False)
    lambda_events.advance(1)
    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["r1"]), (10, ["r2"])]


@pytest.mark.rule("KIN-15", "KIN-95")
def test_a_filtered_record_behind_one_that_waits_is_read_again_when_settings_change(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function
) -> None:
    mapping = fed(fn, clicks, maximum_batching_window_in_seconds=4, filters=[{"partitionKey": ["kept"]}])
    clicks.put("r1", partition_key="kept")
    clicks.put("r2", partition_key="filtered")
    lambda_events.advance(2)
    before = lambda_events.balance_sheet()

    mapping.update(filters=[])
    lambda_events.run_until_idle()
    after = lambda_events.balance_sheet()

    assert data(fn) == [["r1", "r2"]]
    assert (before.filtered, before.processed, before.pending) == (1, 0, 1)
    assert (after.filtered, after.processed, after.pending) == (0, 2, 0)


@pytest.mark.rule("KIN-16")
def test_a_mapping_that_was_made_disabled_reads_nothing(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    mapping = fed(fn, clicks, enabled=False)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert fn.batches == []
    assert (mapping.state, mapping.last_processing_result) == ("Disabled", "No records processed")


@pytest.mark.rule("KIN-16")
def test_a_mapping_that_was_deleted_reads_nothing(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    mapping = fed(fn, clicks)
    put(clicks, "r1")
    lambda_events.advance(0)

    mapping.delete()
    put(clicks, "r2")
    lambda_events.run_until_idle()

    assert data(fn) == [["r1"]]


# ---------------------------------------------------------------------- updates


@pytest.mark.rule("KIN-17", "KIN-50")
def test_another_batch_size_keeps_the_position(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    mapping = fed(fn, clicks, batch_size=1)
    put(clicks, "r1", "r2")
    lambda_events.advance(0)

    mapping.update(batch_size=2)
    put(clicks, "r3", "r4", "r5")
    lambda_events.run_until_idle()

    assert data(fn) == [["r1"], ["r2"], ["r3", "r4"], ["r5"]]


@pytest.mark.rule("KIN-17")
def test_another_function_goes_on_where_the_first_one_was(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    other = lambda_events.function(succeed, name="other")
    mapping = fed(fn, clicks)
    put(clicks, "r1")
    lambda_events.advance(0)

    mapping.update(function=other)
    put(clicks, "r2")
    lambda_events.run_until_idle()

    assert (data(fn), data(other)) == ([["r1"]], [["r2"]])


@pytest.mark.rule("KIN-17", "KIN-42")
def test_a_batch_that_is_retried_goes_to_the_function_that_the_mapping_has_then(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function
) -> None:
    broken = lambda_events.function(raising(), name="broken")
    mapping = fed(broken, clicks)
    put(clicks, "r1")
    lambda_events.advance(0.1)

    mapping.update(function=fn)
    lambda_events.run_until_idle()

    assert (story(broken), story(fn)) == ([(0, ["r1"])], [(0.2, ["r1"])])


@pytest.mark.rule("KIN-17", "KIN-43")
def test_fewer_retries_free_a_shard_that_is_blocked(lambda_events: LambdaEvents, clicks: Stream) -> None:
    failures = lambda_events.queue("failures")
    fn = lambda_events.function(raising("r1"), name="fn")
    mapping = fed(fn, clicks, batch_size=1)
    put(clicks, "r1", "r2")
    lambda_events.advance(0.5)

    mapping.update(maximum_retry_attempts=0, on_failure=failures)
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["r1"]), (0.2, ["r1"]), (pytest.approx(0.6), ["r1"]), (pytest.approx(0.6), ["r2"])]
    assert [record.approximate_invoke_count for record in failures.invocation_records] == [3]


@pytest.mark.rule("KIN-17", "KIN-23")
def test_without_a_window_collected_records_are_invoked_immediately(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function
) -> None:
    mapping = fed(fn, clicks, maximum_batching_window_in_seconds=300)
    put(clicks, "r1")
    lambda_events.advance(10)

    mapping.update(maximum_batching_window_in_seconds=0)
    lambda_events.run_until_idle()

    assert story(fn) == [(10, ["r1"])]


@pytest.mark.rule("KIN-15", "KIN-24")
def test_a_window_restarts_with_polling(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    mapping = fed(fn, clicks, maximum_batching_window_in_seconds=10)
    put(clicks, "r1")
    lambda_events.advance(4)
    mapping.update(enabled=False)
    lambda_events.advance(2)

    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert story(fn) == [(16, ["r1"])]


@pytest.mark.rule("KIN-17", "KIN-95")
def test_new_filters_apply_to_gathered_records(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    mapping = fed(fn, clicks, maximum_batching_window_in_seconds=10)
    put(clicks, {"k": "a"}, {"k": "b"})
    lambda_events.advance(5)

    mapping.update(filters=[{"data": {"k": ["b"]}}])
    lambda_events.run_until_idle()

    assert data(fn) == [[{"k": "b"}]]


# ---------------------------------------------------------------------- functions and streams that come and go


@pytest.mark.rule("KIN-41")
def test_a_function_that_is_created_again_receives_the_waiting_messages(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function
) -> None:
    fed(fn, clicks, maximum_retry_attempts=0)
    fn.delete()
    put(clicks, "r1")
    lambda_events.advance(30)

    again = lambda_events.function(succeed, name="fn")
    lambda_events.run_until_idle()

    assert [batch.outcome for batch in again.batches] == ["not_found"] * 8 + ["success"]
    assert starts(again)[-1] == pytest.approx(51)
    assert again.batches[-1].records[0]["invokeIdentityArn"] == "arn:aws:iam::123456789012:role/lambda-events"


@pytest.mark.rule("KIN-01")
def test_a_stream_that_is_made_again_is_read_from_its_beginning(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function
) -> None:
    fed(fn, clicks)
    put(clicks, "r1")
    lambda_events.advance(1)
    clicks.delete()
    lambda_events.advance(1)

    again = lambda_events.stream("clicks")
    put(again, "r2")
    lambda_events.run_until_idle()

    assert data(fn) == [["r1"], ["r2"]]


@enforced
@pytest.mark.rule("KIN-06", "KIN-4C", "PRM-19")
@pytest.mark.parametrize("handler", [succeed, sleeping(5)], ids=["idle", "while the function runs"])
def test_a_role_with_a_restored_permission_reads_the_waiting_records(
    lambda_events: LambdaEvents, clicks: Stream, handler: Any
) -> None:
    fn = lambda_events.function(handler, name="fn", timeout=10, role_policy=[ALLOWED])
    mapping = fed(fn, clicks)
    put(clicks, "r1")
    lambda_events.advance(1)
    fn.update(role_policy=[ALLOWED, DENIED])
    put(clicks, "r2")
    lambda_events.advance(30)
    problem = mapping.last_processing_result

    fn.update(role_policy=[ALLOWED])
    lambda_events.run_until_idle()

    assert mapping.state == "Enabled"
    assert problem is not None
    assert problem.startswith("PROBLEM: User: arn:aws:sts::123456789012:assumed-role/")
    assert f"is not authorized to perform: kinesis:GetRecords on resource: {CLICKS}" in problem
    assert story(fn) == [(0, ["r1"]), (31, ["r2"])]
    assert mapping.last_processing_result == "OK"


@enforced
@pytest.mark.rule("KIN-06", "PRM-19")
def test_records_that_waited_for_a_running_function_are_read_without_new_records(
    lambda_events: LambdaEvents, clicks: Stream
) -> None:
    fn = lambda_events.function(sleeping(5), name="fn", timeout=10, role_policy=[ALLOWED])
    fed(fn, clicks, batch_size=1)
    put(clicks, "r1", "r2")
    lambda_events.advance(1)
    fn.update(role_policy=[ALLOWED, DENIED])
    lambda_events.advance(29)

    fn.update(role_policy=[ALLOWED])
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["r1"]), (30, ["r2"])]


@enforced
@pytest.mark.rule("KIN-06", "KIN-23", "PRM-19")
def test_gathered_records_are_gathered_again(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(succeed, name="fn", role_policy=[ALLOWED])
    fed(fn, clicks, maximum_batching_window_in_seconds=10)
    put(clicks, "r1")
    lambda_events.advance(5)
    fn.update(role_policy=[ALLOWED, DENIED])
    lambda_events.advance(25)

    fn.update(role_policy=[ALLOWED])
    lambda_events.run_until_idle()

    assert story(fn) == [(40, ["r1"])]


@pytest.mark.rule("KIN-01", "KIN-27")
def test_records_come_in_the_order_in_which_they_were_put(lambda_events: LambdaEvents, clicks: Stream) -> None:
    seen: list[Any] = []
    fn = lambda_events.function(lambda event, context: seen.extend(map(decoded, event["Records"])), name="fn")
    fed(fn, clicks, batch_size=3)

    put(clicks, *map(str, range(10)))
    put(clicks, *map(str, range(10, 20)), key="erin")
    lambda_events.run_until_idle()

    assert seen == [*map(str, range(20))]
