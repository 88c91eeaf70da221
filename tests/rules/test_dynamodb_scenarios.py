"""The scenarios of the DynamoDB Streams sheet, each a real handler that is fed from a table. Times are virtual seconds."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from table_stories import PARTIAL, ids, put, raising, reporting, starts, succeed, table

from pytest_lambda_events import LambdaEvents

# ---------------------------------------------------------------------- records


@pytest.mark.scenario("DDB D1")
@pytest.mark.rule("DDB-E3", "DDB-E4")
def test_a_new_item_is_an_insert(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed)
    fn.add_event_source(items, starting_position="TRIM_HORIZON", batch_size=1)

    put(items, "a")
    lambda_events.run_until_idle()

    [batch] = fn.batches
    [record] = batch.records
    assert (batch.started_after_seconds, record["eventName"]) == (0, "INSERT")
    assert record["dynamodb"]["NewImage"] == {"id": {"S": "a"}}
    assert "OldImage" not in record["dynamodb"]


@pytest.mark.scenario("DDB D2")
@pytest.mark.rule("DDB-09", "DDB-E4")
def test_the_changes_of_an_item_come_in_order(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed)
    fn.add_event_source(items, starting_position="TRIM_HORIZON")

    items.put_item({"id": "a"})
    items.put_item({"id": "a", "state": "paid"})
    items.delete_item({"id": "a"})
    lambda_events.run_until_idle()

    [batch] = fn.batches
    assert [record["eventName"] for record in batch.records] == ["INSERT", "MODIFY", "REMOVE"]
    assert [sorted(key for key in record["dynamodb"] if key.endswith("Image")) for record in batch.records] == [
        ["NewImage"], ["NewImage", "OldImage"], ["OldImage"],
    ]  # fmt: skip


@pytest.mark.scenario("DDB D3")
@pytest.mark.rule("DDB-E4")
def test_a_stream_of_keys_has_no_images(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events, stream_view_type="KEYS_ONLY"), lambda_events.function(succeed)
    fn.add_event_source(items, starting_position="TRIM_HORIZON")

    put(items, "a")
    lambda_events.run_until_idle()

    assert {"NewImage", "OldImage"} & fn.batches[0].records[0]["dynamodb"].keys() == set()


@pytest.mark.scenario("DDB D4")
@pytest.mark.rule("DDB-08")
def test_a_write_that_changes_nothing_creates_no_record(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed)
    fn.add_event_source(items, starting_position="TRIM_HORIZON", batch_size=1)

    put(items, "a", "a")
    lambda_events.run_until_idle()

    assert [ids(batch) for batch in fn.batches] == [["a"]]


@pytest.mark.scenario("DDB D16")
@pytest.mark.rule("DDB-E7", "DDB-E8")
def test_the_record_of_an_item_that_dynamodb_deletes_has_its_identity(lambda_events: LambdaEvents) -> None:
    items = table(lambda_events, time_to_live="ends")
    fn = lambda_events.function(succeed)
    fn.add_event_source(items, starting_position="TRIM_HORIZON", filters=[{"eventName": ["REMOVE"]}])

    items.put_item({"id": "a", "ends": int(time.time()) + 60})
    lambda_events.advance(61)

    [batch] = fn.batches
    assert batch.records[0]["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    assert items.items == []


# ---------------------------------------------------------------------- failures


@pytest.mark.scenario("DDB D5")
@pytest.mark.rule("DDB-20", "DDB-50", "DDB-51", "DDB-52", "DDB-53")
def test_a_record_that_fails_is_retried_then_given_up(lambda_events: LambdaEvents) -> None:
    items, failures = table(lambda_events), lambda_events.queue("failures")
    fn = lambda_events.function(raising(), name="fn")
    fn.add_event_source(items, starting_position="TRIM_HORIZON", batch_size=1, maximum_retry_attempts=1, on_failure=failures)

    put(items, "a")
    lambda_events.run_until_idle()

    assert starts(fn) == [0, 0.2]
    [record] = failures.invocation_records
    assert (record.approximate_invoke_count, record.function_error) == (2, "Unhandled")
    info = record.json["DDBStreamBatchInfo"]
    assert info["approximateArrivalOfFirstRecord"] == "2026-01-01T00:00:00Z"
    assert record.json["timestamp"] == "2026-01-01T00:00:00.200Z"
    assert info["shardId"].startswith("shardId-")


@pytest.mark.scenario("DDB D6")
@pytest.mark.rule("DDB-33")
def test_partial_progress_restarts_the_retries(lambda_events: LambdaEvents) -> None:
    items, failures = table(lambda_events), lambda_events.queue("failures")
    fn = lambda_events.function(reporting("6"), name="fn")
    fn.add_event_source(
        items, starting_position="TRIM_HORIZON", batch_size=3, maximum_retry_attempts=3, function_response_types=PARTIAL,
        on_failure=failures,
    )  # fmt: skip

    put(items, *"123456")
    lambda_events.run_until_idle()

    assert [ids(batch) for batch in fn.batches] == [["1", "2", "3"], ["4", "5", "6"], ["6"], ["6"], ["6"], ["6"]]
    [record] = failures.invocation_records
    assert (record.approximate_invoke_count, record.function_error) == (4, None)


@pytest.mark.scenario("DDB D7")
@pytest.mark.rule("DDB-32")
@pytest.mark.parametrize(
    "entry", [{"itemIdentifier": ""}, {"itemIdentifier": None}, {"foo": 123}, {"itemIdentifier": "123"}], ids=json.dumps
)
def test_an_invalid_entry_fails_the_batch(entry: Any, lambda_events: LambdaEvents) -> None:
    items, failures = table(lambda_events), lambda_events.queue("failures")
    fn = lambda_events.function(lambda event, context: {"batchItemFailures": [entry]}, name="fn")
    fn.add_event_source(
        items, starting_position="TRIM_HORIZON", maximum_retry_attempts=3, function_response_types=PARTIAL,
        on_failure=failures,
    )  # fmt: skip

    put(items, "a")
    lambda_events.run_until_idle()

    assert starts(fn) == pytest.approx([0, 0.2, 0.6, 1.4])
    assert [record.approximate_invoke_count for record in failures.invocation_records] == [4]


@pytest.mark.scenario("DDB D7")
@pytest.mark.rule("DDB-32")
def test_an_exception_fails_the_batch_with_its_error(lambda_events: LambdaEvents) -> None:
    items, failures = table(lambda_events), lambda_events.queue("failures")
    fn = lambda_events.function(raising(), name="fn")
    fn.add_event_source(
        items, starting_position="TRIM_HORIZON", maximum_retry_attempts=3, function_response_types=PARTIAL,
        on_failure=failures,
    )  # fmt: skip

    put(items, "a")
    lambda_events.run_until_idle()

    [record] = failures.invocation_records
    assert (record.approximate_invoke_count, record.function_error) == (4, "Unhandled")


@pytest.mark.scenario("DDB D8")
@pytest.mark.rule("DDB-24")
def test_bisecting_isolates_a_bad_record(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(raising("2"), name="fn")
    fn.add_event_source(
        items, starting_position="TRIM_HORIZON", batch_size=4, maximum_retry_attempts=0, bisect_batch_on_function_error=True
    )

    put(items, *"1234")
    lambda_events.run_until_idle()

    assert [ids(batch) for batch in fn.batches] == [["1", "2", "3", "4"], ["1", "2"], ["1"], ["2"], ["3", "4"]]


@pytest.mark.scenario("DDB D21")
@pytest.mark.rule("DDB-24")
def test_bisecting_and_partial_answers_together(lambda_events: LambdaEvents) -> None:
    items, failures = table(lambda_events), lambda_events.queue("failures")
    fn = lambda_events.function(reporting("2"), name="fn")
    fn.add_event_source(
        items, starting_position="TRIM_HORIZON", batch_size=4, maximum_retry_attempts=1, function_response_types=PARTIAL,
        bisect_batch_on_function_error=True, on_failure=failures,
    )  # fmt: skip

    put(items, *"1234")
    lambda_events.run_until_idle()

    assert [ids(batch) for batch in fn.batches] == [["1", "2", "3", "4"], ["2", "3", "4"], ["2"], ["2"], ["3", "4"]]
    [record] = failures.invocation_records
    assert (record.approximate_invoke_count, record.function_error) == (2, None)


@pytest.mark.rule("DDB-34", "KIN-66")
def test_a_batch_without_progress_is_discarded_as_a_whole(lambda_events: LambdaEvents) -> None:
    items, failures = table(lambda_events), lambda_events.queue("failures")
    fn = lambda_events.function(reporting("2"), name="fn")
    fn.add_event_source(
        items, starting_position="TRIM_HORIZON", batch_size=4, maximum_retry_attempts=1, function_response_types=PARTIAL,
        on_failure=failures,
    )  # fmt: skip

    put(items, *"1234")
    lambda_events.run_until_idle()

    assert [ids(batch) for batch in fn.batches] == [["1", "2", "3", "4"], ["2", "3", "4"], ["2", "3", "4"]]
    [record] = failures.invocation_records
    assert record.batch_info is not None
    assert (record.approximate_invoke_count, record.batch_info.batch_size) == (2, 3)


@pytest.mark.scenario("DDB D15")
@pytest.mark.rule("DDB-05", "DDB-23")
def test_a_bad_record_blocks_its_shard_until_it_is_trimmed(lambda_events: LambdaEvents) -> None:
    fail = raising("a")

    def handler(event: Any, context: Any) -> None:
        if lambda_events.elapsed < 23 * 3600:
            # Fewer attempts say the same until the last hour.
            time.sleep(840)
        fail(event, context)

    items, failures = table(lambda_events), lambda_events.queue("failures")
    fn = lambda_events.function(handler, name="fn", timeout=900)
    fn.add_event_source(items, starting_position="TRIM_HORIZON", on_failure=failures)

    put(items, "a")
    lambda_events.advance(3600)
    put(items, "b")
    lambda_events.run_until_idle()

    *failed, last = fn.batches
    assert {tuple(ids(batch)) for batch in failed} == {("a",)}
    assert failed[-1].started_after_seconds < 24 * 3600 <= last.started_after_seconds < 24 * 3600 + 61
    assert (ids(last), last.outcome) == (["b"], "success")
    assert failures.messages == []


@pytest.mark.scenario("DDB D17")
@pytest.mark.rule("DDB-55")
def test_a_record_that_aged_while_the_mapping_was_disabled_is_discarded(lambda_events: LambdaEvents) -> None:
    items, failures = table(lambda_events), lambda_events.queue("failures")
    fn = lambda_events.function(succeed)
    mapping = fn.add_event_source(
        items, starting_position="TRIM_HORIZON", enabled=False, maximum_record_age_in_seconds=60, on_failure=failures
    )

    put(items, "1")
    lambda_events.advance(70)
    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert fn.batches == []
    [record] = failures.invocation_records
    assert (record.condition, record.approximate_invoke_count) == ("RecordAgeExceeded", 1)
    assert "responseContext" not in record.json


@pytest.mark.scenario("DDB D19", "PRM P12")
@pytest.mark.rule("DDB-07", "PRM-19")
@pytest.mark.lambda_events(enforce_permissions=True)
def test_a_source_that_may_not_be_read_for_a_while_loses_nothing(lambda_events: LambdaEvents) -> None:
    items = table(lambda_events)
    reads = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]
    allow = [{"Effect": "Allow", "Action": reads, "Resource": "*"}]
    fn = lambda_events.function(succeed, role_policy=allow)
    mapping = fn.add_event_source(items, starting_position="TRIM_HORIZON", batch_size=1, maximum_retry_attempts=0)
    deny = [{"Effect": "Deny", "Action": "dynamodb:DescribeStream", "Resource": "*"}]

    fn.update(role_policy=[*allow, *deny])
    put(items, "1", "2")
    lambda_events.advance(60)
    meanwhile = (mapping.state, mapping.last_processing_result or "", len(fn.batches))
    fn.update(role_policy=allow)
    lambda_events.run_until_idle()

    assert meanwhile[0] == "Enabled"
    assert meanwhile[1].startswith("PROBLEM: ")
    assert "dynamodb:DescribeStream" in meanwhile[1]
    assert meanwhile[2] == 0
    assert [ids(batch) for batch in fn.batches] == [["1"], ["2"]]


# ---------------------------------------------------------------------- order, filters, windows


@pytest.mark.scenario("DDB D9")
@pytest.mark.rule("DDB-12")
def test_changes_of_one_item_never_overlap(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        time.sleep(5)

    items, fn = table(lambda_events), lambda_events.function(handler, name="fn", timeout=10)
    fn.add_event_source(items, starting_position="TRIM_HORIZON", batch_size=1, parallelization_factor=4)

    for number in range(3):
        items.put_item({"id": "x", "n": number})
        items.put_item({"id": "y", "n": number})
    lambda_events.run_until_idle()

    of_x = [batch for batch in fn.batches if ids(batch) == ["x"]]
    assert [record["dynamodb"]["NewImage"]["n"]["N"] for batch in of_x for record in batch.records] == ["0", "1", "2"]
    assert [batch.started_after_seconds for batch in of_x[1:]] == [batch.ended_after_seconds for batch in of_x[:-1]]


@pytest.mark.scenario("DDB D10")
@pytest.mark.rule("DDB-61")
def test_a_filter_may_name_the_kind_of_change(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed)
    fn.add_event_source(items, starting_position="TRIM_HORIZON", filters=[{"eventName": ["INSERT"]}])

    put(items, "a")
    items.delete_item({"id": "a"})
    lambda_events.run_until_idle()

    assert [[record["eventName"] for record in batch.records] for batch in fn.batches] == [["INSERT"]]


@pytest.mark.scenario("DDB D11")
@pytest.mark.rule("DDB-62")
def test_numbers_of_items_are_text_to_a_filter(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed)
    pattern = {"dynamodb": {"NewImage": {"n": {"N": [{"numeric": [">", 100]}]}}}}
    fn.add_event_source(items, starting_position="TRIM_HORIZON", filters=[pattern])

    items.put_item({"id": "a", "n": 101})
    lambda_events.run_until_idle()

    assert fn.batches == []


@pytest.mark.scenario("DDB D12")
@pytest.mark.rule("DDB-64")
def test_an_attribute_does_not_count_as_a_leaf_for_a_filter(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed)
    pattern = {"dynamodb": {"NewImage": {"k": [{"exists": False}]}}}
    fn.add_event_source(items, starting_position="TRIM_HORIZON", filters=[pattern])

    items.put_item({"id": "a", "k": "there"})
    items.put_item({"id": "b"})
    lambda_events.run_until_idle()

    assert [ids(batch) for batch in fn.batches] == [["a", "b"]]


@pytest.mark.scenario("DDB D13")
@pytest.mark.rule("DDB-40", "DDB-41")
@pytest.mark.lambda_events(start_time="2020-07-30T17:01:00Z")
def test_a_tumbling_window_goes_by_when_items_were_written(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> Any:
        return {"state": {"n": event["state"].get("n", 0) + len(event["Records"])}}

    items, fn = table(lambda_events), lambda_events.function(handler, name="fn")
    fn.add_event_source(items, starting_position="TRIM_HORIZON", tumbling_window_in_seconds=300)

    put(items, "a")
    lambda_events.advance(300)
    put(items, "b")
    lambda_events.advance(0)

    first, final, second = (batch.event for batch in fn.batches)
    assert list(first) == [
        "Records", "shardId", "eventSourceARN", "window", "state", "isFinalInvokeForWindow", "isWindowTerminatedEarly",
    ]  # fmt: skip
    assert first["window"] == {"start": "2020-07-30T17:00:00Z", "end": "2020-07-30T17:05:00Z"}
    assert (final["Records"], final["state"], final["isFinalInvokeForWindow"]) == ([], {"n": 1}, True)
    assert (second["window"]["start"], second["state"]) == ("2020-07-30T17:05:00Z", {})


@pytest.mark.scenario("DDB D20")
@pytest.mark.rule("DDB-40")
def test_a_state_too_large_ends_its_part_of_the_window(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> Any:
        return {"state": {"text": "x" * 1_048_640} if event["Records"] else {}}

    items, fn = table(lambda_events), lambda_events.function(handler, name="fn")
    fn.add_event_source(items, starting_position="TRIM_HORIZON", tumbling_window_in_seconds=10)

    put(items, "a")
    lambda_events.advance(1)
    lambda_events.advance(14)
    put(items, "b")
    lambda_events.advance(0)

    events = [batch.event for batch in fn.batches]
    flags = [(event["isFinalInvokeForWindow"], event["isWindowTerminatedEarly"]) for event in events]
    assert [len(event["Records"]) for event in events] == [1, 0, 1, 0]
    assert flags == [(False, False), (True, True)] * 2
    assert [event["state"] for event in events if event["Records"]] == [{}, {}]


@pytest.mark.scenario("DDB D18", "MET M25", "MET M26", "MET M27")
@pytest.mark.rule("DDB-25", "KIN-78", "KIN-99", "MET-44", "MET-45")
@pytest.mark.parametrize(
    ("kind", "delivered", "dropped", "failed"),
    [("allowed", [1, 1, 1], [], []), ("denied", [], [1, 1, 1], [1, 1, 1]), ("none", [], [1, 1, 1], [])],
)
@pytest.mark.lambda_events(enforce_permissions=True)
def test_discarded_records_are_counted_by_their_delivery(
    kind: str, delivered: list[float], dropped: list[float], failed: list[float], lambda_events: LambdaEvents
) -> None:
    items, failures = table(lambda_events), lambda_events.queue("failures")
    reads = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]
    allow = {"Effect": "Allow", "Action": reads, "Resource": "*"}
    send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": failures.arn}
    fn = lambda_events.function(raising(), name="fn", role_policy=[allow, send])
    mapping = fn.add_event_source(
        items, starting_position="TRIM_HORIZON", batch_size=1, maximum_retry_attempts=0, metrics=["EventCount"],
        on_failure=None if kind == "none" else failures,
    )  # fmt: skip
    fn.update(role_policy=[allow] if kind == "denied" else [allow, send])

    put(items, "1", "2", "3")
    lambda_events.run_until_idle()

    metrics = lambda_events.metrics
    assert metrics.values("OnFailureDestinationDeliveredEventCount", mapping) == delivered
    assert metrics.values("DroppedEventCount", mapping) == dropped
    assert metrics.values("DestinationDeliveryFailures", fn) == failed
    assert [metrics.sum(name, mapping) for name in ("PolledEventCount", "InvokedEventCount", "FailedInvokeEventCount")] == [
        3
    ] * 3
