"""Streams that are made and fed by other services are the same streams."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from bare_environments import BareAws
from stream_calls import FIRST, StreamCalls

from pytest_lambda_events.aws.kinesis.event_source import find_stream
from pytest_lambda_events.sources.ports import TRIM_HORIZON


def template(**properties: int) -> str:
    """A stack with one stream."""
    return json.dumps({"Resources": {"Clicks": {"Type": "AWS::Kinesis::Stream", "Properties": properties}}})


@pytest.fixture
def stack(bare: BareAws) -> Any:
    """CloudFormation with a stack of one stream, about which its template says nothing."""
    cloudformation = bare.client("cloudformation")
    cloudformation.create_stack(StackName="shop", TemplateBody=template(ShardCount=1))
    return cloudformation


@pytest.fixture
def of_stack(stack: Any, bare: BareAws) -> StreamCalls:
    """The calls of the stack's stream."""
    calls = StreamCalls.__new__(StreamCalls)
    calls.kinesis = bare.client("kinesis")
    (calls.name,) = calls.kinesis.list_streams()["StreamNames"]
    return calls


def test_a_stacks_stream_keeps_records_for_a_day(of_stack: StreamCalls, bare: BareAws) -> None:
    of_stack.put()

    bare.simulation.advance(86_400)

    assert of_stack.summary()["RetentionPeriodHours"] == 24
    assert of_stack.data() == []


def test_an_update_of_the_stack_is_one_of_the_stream(stack: Any, of_stack: StreamCalls) -> None:
    of_stack.put("before", hash_key=0)

    stack.update_stack(StackName="shop", TemplateBody=template(ShardCount=2, RetentionPeriodHours=48))
    _, shard_id = of_stack.put("after", hash_key=0)

    summary = of_stack.summary()
    assert (summary["RetentionPeriodHours"], summary["OpenShardCount"]) == (48, 2)
    assert (shard_id, of_stack.data()) == ("shardId-000000000001", ["before"])


def test_logs_that_are_sent_to_a_stream_are_records_of_it(bare: BareAws) -> None:
    stream, logs = StreamCalls(bare), bare.client("logs")
    logs.create_log_group(logGroupName="shop")
    logs.create_log_stream(logGroupName="shop", logStreamName="one")
    logs.put_subscription_filter(
        logGroupName="shop", filterName="all", filterPattern="", destinationArn=stream.arn,
        roleArn="arn:aws:iam::123456789012:role/logs",
    )  # fmt: skip

    event = {"timestamp": int(time.time() * 1000), "message": "hello"}
    logs.put_log_events(logGroupName="shop", logStreamName="one", logEvents=[event])

    assert len(stream.source.read(FIRST, TRIM_HORIZON, 10)) == 1


def test_a_stream_of_another_region_is_another_stream(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    elsewhere = bare.client("kinesis", region_name="eu-west-1")
    elsewhere.create_stream(StreamName="clicks", ShardCount=1)
    stream.put("here")

    found = find_stream(stream.arn.replace("us-east-1", "eu-west-1"))

    assert found is not None
    assert found.read(FIRST, TRIM_HORIZON, 10) == []
