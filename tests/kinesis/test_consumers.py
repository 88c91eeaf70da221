"""Consumers of a stream, as boto3 makes and finds them."""

from __future__ import annotations

import pytest
from bare_environments import BareAws
from stream_calls import StreamCalls

from pytest_lambda_events.aws.kinesis.event_source import find_stream
from pytest_lambda_events.errors import NotSimulatedError


@pytest.mark.rule("KIN-02")
def test_the_arn_of_a_consumer_ends_with_its_creation_time(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    bare.simulation.advance(90)

    arn = stream.register("reader")["ConsumerARN"]

    assert arn == f"{stream.arn}/consumer/reader:{int(bare.simulation.clock.now.timestamp())}"


@pytest.mark.rule("KIN-03")
def test_a_consumer_is_creating_in_the_answer_that_makes_it_and_then_active(bare: BareAws) -> None:
    stream = StreamCalls(bare)

    made = stream.register("reader")
    described = stream.kinesis.describe_stream_consumer(ConsumerARN=made["ConsumerARN"])["ConsumerDescription"]
    listed = stream.kinesis.list_stream_consumers(StreamARN=stream.arn)["Consumers"]

    assert made["ConsumerStatus"] == "CREATING"
    assert described["ConsumerStatus"] == "ACTIVE"
    assert [consumer["ConsumerStatus"] for consumer in listed] == ["ACTIVE"]


def test_a_consumer_of_the_same_name_is_refused(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.register("reader")

    with pytest.raises(stream.kinesis.exceptions.ResourceInUseException):
        stream.register("reader")


def test_a_consumer_of_no_stream_is_refused(bare: BareAws) -> None:
    kinesis = bare.client("kinesis")
    arn = "arn:aws:kinesis:us-east-1:123456789012:stream/nobody"

    with pytest.raises(kinesis.exceptions.ResourceNotFoundException):
        kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="reader")
    with pytest.raises(kinesis.exceptions.ResourceNotFoundException):
        kinesis.describe_stream_consumer(StreamARN=arn, ConsumerName="reader")


@pytest.mark.parametrize("by_name", [True, False], ids=["by name", "by ARN"])
def test_a_consumer_is_removed_and_no_other(by_name: bool, bare: BareAws) -> None:
    stream = StreamCalls(bare)
    arn = stream.register("reader")["ConsumerARN"]
    stream.register("other")

    stream.kinesis.deregister_stream_consumer(
        **({"StreamARN": stream.arn, "ConsumerName": "reader"} if by_name else {"ConsumerARN": arn})
    )

    listed = stream.kinesis.list_stream_consumers(StreamARN=stream.arn)["Consumers"]
    assert [consumer["ConsumerName"] for consumer in listed] == ["other"]
    assert find_stream(arn) is None


def test_deregistering_a_missing_consumer_is_refused(bare: BareAws) -> None:
    stream = StreamCalls(bare)

    with pytest.raises(stream.kinesis.exceptions.ResourceNotFoundException):
        stream.kinesis.deregister_stream_consumer(StreamARN=stream.arn, ConsumerName="reader")


def test_subscribing_to_a_shard_is_refused_by_name(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    arn = stream.register()["ConsumerARN"]

    with pytest.raises(NotSimulatedError, match="SubscribeToShard of Kinesis is not simulated"):
        stream.kinesis.subscribe_to_shard(ConsumerARN=arn, ShardId="shardId-000000000000", StartingPosition={"Type": "LATEST"})
