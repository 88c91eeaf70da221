"""Services deliver once more if they get no response from a target or a destination."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pytest_lambda_events import Exploration, LambdaEvents, explore

ONLY_LOST: dict[str, Any] = {
    "max_faults": 1, "max_seconds": 600.0, "crash": False, "timeouts": False, "duplicates": False, "throttles": False,
    "errors": False, "order": False, "delays": False,
}  # fmt: skip


def explored(steps: Callable[[LambdaEvents], list[str]]) -> tuple[Exploration, list[list[str]]]:
    """An exploration, and what the steps return in each execution."""
    seen: list[list[str]] = []
    return explore(lambda env: seen.append(steps(env)), **ONLY_LOST), seen


@pytest.mark.rule("PSH-08")
def test_a_topic_delivers_a_message_twice_with_one_id() -> None:
    def steps(env: LambdaEvents) -> list[str]:
        topic, queue = env.topic("news"), env.queue("readers")
        topic.subscribe(queue)
        topic.publish("x")
        env.run_until_idle()
        assert len({message.message_id for message in queue.messages}) == len(queue.messages)
        return [json.loads(message.body)["MessageId"] for message in queue.messages]

    result, seen = explored(steps)

    assert [len(one) for one in seen] == [1, 1, 2]
    assert len(set(seen[2])) == 1
    assert result.coverage == {"lost": 1}


@pytest.mark.rule("PSH-08")
def test_a_bus_and_a_bucket_deliver_an_event_twice() -> None:
    def steps(env: LambdaEvents) -> list[str]:
        events, s3, queue, ids = env.client("events"), env.client("s3"), env.queue("uploads"), list[str]()
        s3.create_bucket(Bucket="photos")
        notified = {"QueueArn": queue.arn, "Events": ["s3:ObjectCreated:*"]}
        s3.put_bucket_notification_configuration(
            Bucket="photos", NotificationConfiguration={"QueueConfigurations": [notified]}, SkipDestinationValidation=True
        )
        function = env.function(lambda event, context: ids.append(event["id"]), name="f")
        env.client("lambda").add_permission(
            FunctionName="f", StatementId="1", Action="lambda:InvokeFunction", Principal="events.amazonaws.com"
        )
        events.put_rule(Name="orders", EventPattern='{"source": ["shop"]}')
        events.put_targets(Rule="orders", Targets=[{"Id": "1", "Arn": function.arn}])
        events.put_events(Entries=[{"Source": "shop", "DetailType": "order", "Detail": "{}"}])
        s3.put_object(Bucket="photos", Key="a", Body=b"x")
        env.run_until_idle()
        return [*ids, *(message.json["Records"][0]["s3"]["object"]["key"] for message in queue.messages)]

    _, seen = explored(steps)

    first, event, upload = seen[0], seen[2], seen[3]
    assert event == [first[0], *first]
    assert upload == [*first, first[-1]]


def test_a_destination_gets_a_record_twice() -> None:
    def steps(env: LambdaEvents) -> list[str]:
        done = env.queue("done")
        env.function(lambda event, context: 1, name="f", on_success=done).invoke_async({})
        env.run_until_idle()
        return [message.body for message in done.messages]

    result, seen = explored(steps)

    assert seen[2] == seen[0] * 2
    assert result.failures == []


def test_a_failure_queue_gets_a_record_of_a_stream_twice() -> None:
    def steps(env: LambdaEvents) -> list[str]:
        def handler(event: Any, context: Any) -> None:
            raise ValueError

        clicks, failed = env.stream("clicks"), env.queue("failed")
        function = env.function(handler, name="f")
        function.add_event_source(clicks, starting_position="TRIM_HORIZON", maximum_retry_attempts=0, on_failure=failed)
        clicks.put("x", partition_key="a")
        env.run_until_idle()
        return [message.body for message in failed.messages]

    result, seen = explored(steps)

    assert seen[-1] == seen[0] * 2
    assert result.failures == []


def test_a_schedule_that_does_not_try_again_delivers_once() -> None:
    def steps(env: LambdaEvents) -> list[str]:
        queue = env.queue("nightly")
        env.schedule("rate(1 hour)", queue, maximum_retry_attempts=0)
        env.advance(0)
        return [message.body for message in queue.messages]

    result, seen = explored(steps)

    assert len(seen) == 2
    assert result.coverage == {}
