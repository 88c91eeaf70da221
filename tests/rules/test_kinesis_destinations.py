"""KIN-70 to 7A and KIN-E4 to E7: what becomes of batches that are given up."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError
from stream_stories import PARTIAL, clicks_of, data, fed, put, raising, reporting, sleeping, succeed

from pytest_lambda_events import LambdaEvents, Queue, Stream

FN = "arn:aws:lambda:us-east-1:123456789012:function:fn"
CLICKS = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
ALLOWED = {"Effect": "Allow", "Action": ["kinesis:*", "s3:*", "sns:*", "sqs:*"], "Resource": "*"}
enforced = pytest.mark.lambda_events(enforce_permissions=True)


@pytest.fixture
def clicks(lambda_events: LambdaEvents) -> Stream:
    """A stream of one shard."""
    return clicks_of(lambda_events)


@pytest.fixture
def failures(lambda_events: LambdaEvents) -> Queue:
    """A queue for what is given up."""
    return lambda_events.queue("failures")


# ---------------------------------------------------------------------- byte for byte


def expected(request_id: str, numbers: list[str], **changes: Any) -> str:
    """The record of three records, put at 0, 1.25 and 2.5 s and given up at 3.75 s."""
    content = {
        "requestContext": {
            "requestId": request_id,
            "functionArn": FN,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 1,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        **changes,
        "timestamp": "2026-01-01T00:00:03.750Z",
        "KinesisBatchInfo": {
            "shardId": "shardId-000000000000",
            "startSequenceNumber": numbers[0],
            "endSequenceNumber": numbers[2],
            "approximateArrivalOfFirstRecord": "2026-01-01T00:00:00.000Z",
            "approximateArrivalOfLastRecord": "2026-01-01T00:00:02.500Z",
            "batchSize": 3,
            "streamArn": CLICKS,
        },
    }
    return json.dumps(content, separators=(",", ":"))


def given_up(lambda_events: LambdaEvents, clicks: Stream, destination: Any) -> tuple[str, list[str]]:
    """Three records are given up; the request id of their batch, and their sequence numbers."""
    fn = lambda_events.function(raising(), name="fn")
    for text in ("r1", "r2", "r3"):
        put(clicks, text)
        lambda_events.advance(1.25)
    fed(fn, clicks, maximum_retry_attempts=0, on_failure=destination)
    lambda_events.run_until_idle()
    return fn.batches[0].request_id, [record.sequence_number for record in clicks.records]


@pytest.mark.rule("KIN-70", "KIN-72", "KIN-E4")
def test_a_queue_gets_the_record_without_the_data(lambda_events: LambdaEvents, clicks: Stream, failures: Queue) -> None:
    request_id, numbers = given_up(lambda_events, clicks, failures)

    [message] = failures.messages
    assert message.body == expected(request_id, numbers)


@pytest.mark.rule("KIN-70", "KIN-72", "KIN-E5")
def test_a_topic_gets_the_record_as_the_message_of_a_notification(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue
) -> None:
    topic = lambda_events.topic("alerts")
    topic.subscribe(failures)

    request_id, numbers = given_up(lambda_events, clicks, topic)

    [message] = failures.messages
    assert set(message.json) == {
        "Type", "MessageId", "TopicArn", "Message", "Timestamp", "SignatureVersion", "Signature", "SigningCertURL",
        "UnsubscribeURL",
    }  # fmt: skip
    assert (message.json["Type"], message.json["TopicArn"]) == ("Notification", topic.arn)
    assert message.json["Message"] == expected(request_id, numbers)


@pytest.mark.rule("KIN-70", "KIN-72", "KIN-7A", "KIN-E6")
def test_a_bucket_gets_the_whole_event_as_text_too(lambda_events: LambdaEvents, clicks: Stream) -> None:
    bucket = lambda_events.bucket("failures")

    request_id, numbers = given_up(lambda_events, clicks, bucket)

    [key] = bucket.keys
    [mapping] = lambda_events.event_source_mappings.values()
    [entry] = [entry for entry in lambda_events.journal if entry.kind == "started"]
    assert re.fullmatch(rf"aws/lambda/{mapping.uuid}/shardId-000000000000/2026/01/01/2026-01-01T00\.00\.03-{UUID}", key)
    assert bucket.get_object(key).decode() == expected(request_id, numbers, payload=entry.detail["payload"].decode())


@pytest.mark.rule("KIN-72")
def test_with_a_record_the_data_can_be_read_from_the_stream(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue
) -> None:
    given_up(lambda_events, clicks, failures)
    info = failures.invocation_records[0].json["KinesisBatchInfo"]
    kinesis = lambda_events.client("kinesis")

    iterator = kinesis.get_shard_iterator(
        StreamName="clicks", ShardId=info["shardId"], ShardIteratorType="AT_SEQUENCE_NUMBER",
        StartingSequenceNumber=info["startSequenceNumber"],
    )["ShardIterator"]  # fmt: skip
    found = kinesis.get_records(ShardIterator=iterator, Limit=info["batchSize"])["Records"]

    assert [record["Data"] for record in found] == [b"r1", b"r2", b"r3"]


# ---------------------------------------------------------------------- contents


@pytest.mark.rule("KIN-73", "KIN-75", "KIN-76")
def test_a_record_that_aged_out_after_attempts_has_no_response(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue
) -> None:
    fn = lambda_events.function(raising(), name="fn")
    fed(fn, clicks, maximum_record_age_in_seconds=60, on_failure=failures)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    [record] = failures.invocation_records
    number = clicks.records[0].sequence_number
    assert record.json == {
        "requestContext": {
            "requestId": fn.batches[0].request_id,
            "functionArn": FN,
            "condition": "RecordAgeExceeded",
            "approximateInvokeCount": 10,
        },
        "version": "1.0",
        "timestamp": "2026-01-01T00:01:42.200Z",
        "KinesisBatchInfo": {
            "shardId": "shardId-000000000000",
            "startSequenceNumber": number,
            "endSequenceNumber": number,
            "approximateArrivalOfFirstRecord": "2026-01-01T00:00:00.000Z",
            "approximateArrivalOfLastRecord": "2026-01-01T00:00:00.000Z",
            "batchSize": 1,
            "streamArn": CLICKS,
        },
    }


@pytest.mark.rule("KIN-73", "KIN-75", "KIN-76")
def test_a_record_without_an_attempt_has_a_request_id(lambda_events: LambdaEvents, clicks: Stream, failures: Queue) -> None:
    fn = lambda_events.function(succeed, name="fn")
    put(clicks, "r1")
    lambda_events.advance(61)

    fed(fn, clicks, maximum_record_age_in_seconds=60, on_failure=failures)
    lambda_events.run_until_idle()

    [record] = failures.invocation_records
    assert list(record.json) == ["requestContext", "version", "timestamp", "KinesisBatchInfo"]
    assert re.fullmatch(UUID, record.request_id)
    assert record.approximate_invoke_count == 1


@pytest.mark.rule("KIN-74")
@pytest.mark.parametrize(
    ("handler", "error"), [(raising(), '"Unhandled"'), (reporting("r1"), "null")], ids=["exception", "reported failure"]
)
def test_a_failure_record_shows_whether_the_function_raised(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue, handler: Any, error: str
) -> None:
    fn = lambda_events.function(handler, name="fn")
    fed(fn, clicks, maximum_retry_attempts=0, function_response_types=PARTIAL, on_failure=failures)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    [message] = failures.messages
    assert f'"responseContext":{{"statusCode":200,"executedVersion":"$LATEST","functionError":{error}}}' in message.body


@pytest.mark.rule("KIN-77")
def test_a_record_names_the_alias_and_the_version_that_ran(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue
) -> None:
    fn = lambda_events.function(raising(), name="fn")
    alias = fn.create_alias("live", function_version=fn.publish_version().version)
    fed(alias, clicks, maximum_retry_attempts=0, on_failure=failures)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    [record] = failures.invocation_records
    assert record.json["requestContext"]["functionArn"] == f"{FN}:live"
    assert record.json["responseContext"]["executedVersion"] == "1"


# ---------------------------------------------------------------------- what is not told


@pytest.mark.rule("KIN-70", "KIN-71")
def test_success_is_not_sent_to_a_destination(lambda_events: LambdaEvents, clicks: Stream, failures: Queue) -> None:
    fn = lambda_events.function(raising(times=2), name="fn")
    fed(fn, clicks, maximum_retry_attempts=2, on_failure=failures)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert failures.messages == []


@pytest.mark.rule("KIN-71")
def test_the_functions_own_destinations_are_not_for_streams(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue
) -> None:
    fn = lambda_events.function(
        raising(), name="fn", on_failure=failures, on_success=failures, dead_letter_queue=failures
    )  # fmt: skip
    fed(fn, clicks, maximum_retry_attempts=0)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert len(fn.batches) == 1
    assert failures.messages == []


@pytest.mark.rule("KIN-70")
@pytest.mark.parametrize("kind", ["queue", "topic"])
def test_a_first_in_first_out_destination_gets_nothing(lambda_events: LambdaEvents, clicks: Stream, kind: str) -> None:
    lambda_events.client("sqs").create_queue(QueueName="failures.fifo", Attributes={"FifoQueue": "true"})
    lambda_events.client("sns").create_topic(Name="failures.fifo", Attributes={"FifoTopic": "true"})
    service = {"queue": "sqs", "topic": "sns"}[kind]
    fn = lambda_events.function(raising(), name="fn")

    refused = refusal(
        lambda: fed(fn, clicks, on_failure=f"arn:aws:{service}:us-east-1:123456789012:failures.fifo")
    )  # fmt: skip

    assert refused == "InvalidParameterValueException"


def refusal(call: Any) -> str:
    """The code of an error that a call must give."""
    with pytest.raises(ClientError) as caught:
        call()
    return str(caught.value.response["Error"]["Code"])


@pytest.mark.rule("KIN-79")
def test_a_destination_that_is_removed_gets_nothing_more(lambda_events: LambdaEvents, clicks: Stream, failures: Queue) -> None:
    fn = lambda_events.function(raising(), name="fn")
    mapping = fed(fn, clicks, maximum_retry_attempts=0, on_failure=failures)
    put(clicks, "r1")
    lambda_events.advance(0)

    mapping.update(on_failure=None)
    put(clicks, "r2")
    lambda_events.run_until_idle()

    assert data(fn) == [["r1"], ["r2"]]
    assert len(failures.messages) == 1
    shown = lambda_events.client("lambda").get_event_source_mapping(UUID=mapping.uuid)
    assert shown["DestinationConfig"] == {"OnFailure": {}}


# ---------------------------------------------------------------------- deliveries that fail


@enforced
@pytest.mark.rule("KIN-06", "KIN-78", "KIN-99", "MET-44")
@pytest.mark.parametrize(
    ("kind", "action"), [("queue", "sqs:SendMessage"), ("topic", "sns:Publish"), ("bucket", "s3:PutObject")]
)
def test_a_delivery_that_is_denied_brings_nothing_back(
    lambda_events: LambdaEvents, clicks: Stream, kind: str, action: str
) -> None:
    destination = getattr(lambda_events, kind)("failures")
    fn = lambda_events.function(raising(), name="fn", role_policy=[ALLOWED])
    mapping = fed(fn, clicks, maximum_retry_attempts=0, on_failure=destination, metrics=["EventCount"])
    fn.update(role_policy=[ALLOWED, {"Effect": "Deny", "Action": action, "Resource": "*"}])
    put(clicks, "r1", "r2", "r3")
    lambda_events.advance(1)

    fn.update(role_policy=[ALLOWED])
    lambda_events.advance(980)

    assert destination.invocation_records == []
    assert lambda_events.metrics.values("DestinationDeliveryFailures", fn) == [1]
    assert lambda_events.metrics.values("DroppedEventCount", mapping) == [3]
    assert lambda_events.metrics.values("OnFailureDestinationDeliveredEventCount", mapping) == []
    assert list(mapping.checkpoints.values()) == [clicks.records[2].sequence_number]


@pytest.mark.rule("KIN-78")
def test_a_destination_that_is_gone_holds_nothing_up(lambda_events: LambdaEvents, clicks: Stream, failures: Queue) -> None:
    fn = lambda_events.function(raising("r1"), name="fn")
    fed(fn, clicks, batch_size=1, maximum_retry_attempts=0, on_failure=failures)
    failures.delete()

    put(clicks, "r1", "r2")
    lambda_events.run_until_idle()

    assert data(fn) == [["r1"], ["r2"]]
    assert lambda_events.metrics.values("DestinationDeliveryFailures", fn) == [1]


# ---------------------------------------------------------------------- metrics


@pytest.mark.rule("KIN-99", "MET-44", "MET-45")
@pytest.mark.parametrize(
    ("has_destination", "delivered", "dropped"), [(True, [3], []), (False, [], [3])], ids=["delivered", "no destination"]
)
def test_events_are_counted_by_records(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue, has_destination: bool, delivered: Any, dropped: Any
) -> None:
    fn = lambda_events.function(raising(), name="fn")
    mapping = fed(
        fn, clicks, maximum_retry_attempts=0, metrics=["EventCount"], on_failure=failures if has_destination else None
    )  # fmt: skip

    put(clicks, "r1", "r2", "r3")
    lambda_events.run_until_idle()

    names = [
        "PolledEventCount", "InvokedEventCount", "FailedInvokeEventCount", "OnFailureDestinationDeliveredEventCount",
        "DroppedEventCount", "FilteredOutEventCount",
    ]  # fmt: skip
    assert [lambda_events.metrics.values(name, mapping) for name in names] == [[3], [3], [3], delivered, dropped, []]


@pytest.mark.rule("KIN-99", "MET-45")
@pytest.mark.lambda_events(stream_counts_discards_without_destination=False)
def test_discards_without_a_destination_can_be_left_uncounted(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(raising(), name="fn")
    mapping = fed(fn, clicks, maximum_retry_attempts=0, metrics=["EventCount"])

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert lambda_events.metrics.values("DroppedEventCount", mapping) == []


@pytest.mark.rule("KIN-99", "KIN-95")
def test_filtered_records_are_counted_and_expired_ones_are_not(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(succeed, reserved_concurrent_executions=0)
    mapping = fed(fn, clicks, filters=[{"data": {"k": ["a"]}}], metrics=["EventCount"])

    put(clicks, {"k": "a"}, {"k": "b"}, "plain")
    lambda_events.run_until_idle()

    values = lambda_events.metrics.values
    assert (values("PolledEventCount", mapping), values("FilteredOutEventCount", mapping)) == ([3], [2])
    assert values("DroppedEventCount", mapping) == []


@pytest.mark.rule("KIN-98", "MET-21")
@pytest.mark.parametrize(("seconds", "ages"), [(0, [2500]), (4, [6500])], ids=["at once", "slowly"])
def test_the_iterators_age_is_that_of_the_last_record_when_the_function_ends(
    lambda_events: LambdaEvents, clicks: Stream, seconds: float, ages: list[float]
) -> None:
    fn = lambda_events.function(sleeping(seconds), name="fn", timeout=10)
    put(clicks, "r1")
    lambda_events.advance(10)
    put(clicks, "r2")
    lambda_events.advance(2.5)

    fed(fn, clicks)
    lambda_events.run_until_idle()

    assert lambda_events.metrics.values("IteratorAge", fn) == ages


@pytest.mark.rule("KIN-98", "MET-21")
def test_each_attempt_that_ran_has_an_iterator_age(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(raising(times=2), name="fn", reserved_concurrent_executions=0)
    fed(fn, clicks)
    put(clicks, "r1")
    lambda_events.advance(0.1)

    fn.update(reserved_concurrent_executions=1)
    lambda_events.run_until_idle()

    assert lambda_events.metrics.values("IteratorAge", fn) == pytest.approx([200, 600, 1400])


# ---------------------------------------------------------------------- settings that change on the way


@pytest.mark.rule("KIN-71", "KIN-17")
def test_discarded_records_go_to_the_current_destination_of_the_mapping(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue
) -> None:
    other = lambda_events.queue("other")
    fn = lambda_events.function(raising(), name="fn")
    mapping = fed(fn, clicks, maximum_retry_attempts=1, on_failure=failures)
    put(clicks, "r1")
    lambda_events.advance(0.1)

    mapping.update(on_failure=other)
    lambda_events.run_until_idle()

    assert (len(failures.messages), len(other.messages)) == (0, 1)
