"""`PutEvents` through boto3: answers, and the events that targets receive."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent
from aws_lambda_powertools.utilities.parser.models import EventBridgeModel
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents, LambdaEventsError, Queue


def entry(**members: Any) -> dict[str, Any]:
    given = {"Source": "shop", "DetailType": "paid", "Detail": "{}", **members}
    return {name: value for name, value in given.items() if value is not None}


def put(*entries: dict[str, Any]) -> Any:
    return boto3.client("events").put_events(Entries=list(entries))


@pytest.fixture
def seen(lambda_events: LambdaEvents) -> Queue:
    """A queue that receives all events of the default bus."""
    queue = lambda_events.queue("seen")
    events = boto3.client("events")
    events.put_rule(Name="all", EventPattern='{"version": ["0"]}')
    events.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": queue.arn}])
    return queue


@pytest.mark.rule("EVB-12", "EVB-13", "EVB-14", "EVB-15")
def test_each_entry_has_its_own_answer(seen: Queue) -> None:
    answer = put(
        entry(Detail='{"n":1}'), entry(Detail="not-json"), entry(Source="aws.s3"), entry(DetailType=None),
        entry(Detail='{"n":2}'),
    )  # fmt: skip

    assert answer["FailedEntryCount"] == 3
    assert [one.get("ErrorCode") for one in answer["Entries"]] == [
        None, "MalformedDetail", "NotAuthorizedForSourceException", "InvalidArgument", None,
    ]  # fmt: skip
    assert [message.json["detail"]["n"] for message in seen.messages] == [1, 2]
    accepted = [one["EventId"] for one in answer["Entries"] if "EventId" in one]
    assert [message.json["id"] for message in seen.messages] == accepted


@pytest.mark.rule("EVB-10")
def test_eleven_entries_are_refused_together(seen: Queue) -> None:
    with pytest.raises(ClientError) as caught:
        put(*[entry()] * 11)

    error = caught.value.response["Error"]
    assert (error["Code"], seen.messages) == ("ValidationException", [])
    assert error["Message"].endswith("failed to satisfy constraint: Member must have length less than or equal to 10")


@pytest.mark.rule("EVB-11")
def test_entries_that_are_too_large_are_refused_together(seen: Queue) -> None:
    large = entry(Detail=json.dumps({"text": "x" * 600_000}))

    with pytest.raises(ClientError) as caught:
        put(entry(), large, large)

    assert caught.value.response["Error"] == {
        "Code": "ValidationException", "Message": "Total size of the entries in the request is over the limit.",
    }  # fmt: skip
    assert seen.messages == []


@pytest.mark.rule("EVB-13")
def test_a_request_without_any_complete_entry_is_refused(seen: Queue) -> None:
    with pytest.raises(ClientError) as caught:
        put(entry(Detail=None), entry(Source=None))

    assert caught.value.response["Error"] == {
        "Code": "ValidationException", "Message": "Parameter Detail is not valid. Reason: Detail is a required argument.",
    }  # fmt: skip


@pytest.mark.rule("EVB-16")
@pytest.mark.usefixtures("seen")
def test_an_unknown_bus_drops_its_event_without_an_error(lambda_events: LambdaEvents) -> None:
    answer = put(entry(EventBusName="nowhere"))

    assert (answer["FailedEntryCount"], list(answer["Entries"][0])) == (0, ["EventId"])
    [warning] = [one.detail["message"] for one in lambda_events.journal if one.kind == "warning"]
    assert warning == "An event was put on the event bus 'nowhere', which does not exist: AWS drops it."


@pytest.mark.rule("EVB-03")
@pytest.mark.parametrize("by_arn", [False, True], ids=["name", "arn"])
def test_a_bus_is_named_or_given_by_its_arn(lambda_events: LambdaEvents, *, by_arn: bool) -> None:
    bus = lambda_events.event_bus("orders")

    put(entry(EventBusName=bus.arn if by_arn else bus.name))

    assert [event["source"] for event in bus.events] == ["shop"]


@pytest.mark.rule("EVB-20", "EVB-21", "EVB-22", "EVB-1A")
def test_the_text_of_an_event(seen: Queue) -> None:
    at = datetime(2020, 2, 3, 4, 5, 6, 999_000, tzinfo=timezone.utc)

    answer = put(entry(Detail='{ "z": null, "a": [1.50, 1e3, 10000000000000000001], "ü": "ß" }', Time=at, Resources=["arn:x"]))

    [message] = seen.messages
    assert message.body == (
        f'{{"version":"0","id":"{answer["Entries"][0]["EventId"]}","detail-type":"paid","source":"shop",'
        '"account":"123456789012","time":"2020-02-03T04:05:06Z","region":"us-east-1","resources":["arn:x"],'
        '"detail":{"z":null,"a":[1.50,1e3,10000000000000000001],"ü":"ß"}}'
    )


@pytest.mark.rule("EVB-1A", "EVB-21")
def test_an_event_without_time_has_that_of_the_call(lambda_events: LambdaEvents, seen: Queue) -> None:
    lambda_events.advance(90.75)

    put(entry())

    [message] = seen.messages
    assert (message.json["time"], message.json["resources"]) == (f"{lambda_events.now:%Y-%m-%dT%H:%M:%SZ}", [])


@pytest.mark.rule("EVB-19")
def test_the_id_of_an_event_has_the_form_of_a_uuid(seen: Queue) -> None:
    [answer] = put(entry())["Entries"]

    assert [len(part) for part in answer["EventId"].split("-")] == [8, 4, 4, 4, 12]
    assert answer["EventId"] == answer["EventId"].lower()
    assert [message.json["id"] for message in seen.messages] == [answer["EventId"]]


@pytest.mark.rule("EVB-20", "EVB-70")
def test_powertools_reads_a_delivered_event(lambda_events: LambdaEvents) -> None:
    read: list[Any] = []

    def handler(event: dict[str, Any], context: object) -> None:
        read.extend([EventBridgeModel.model_validate(event), EventBridgeEvent(event)])

    function = lambda_events.function(handler)
    lambda_events.event_buses["default"].add_rule({"source": ["shop"]}, function)
    put(entry(Detail='{"order": 7}'))

    lambda_events.run_until_idle()

    model, event = read
    assert (model.detail_type, model.detail, model.account) == ("paid", {"order": 7}, "123456789012")
    assert (event.detail_type, event.detail, event.source) == ("paid", {"order": 7}, "shop")


@pytest.mark.rule("EVB-03", "EVB-16")
@pytest.mark.usefixtures("seen")
@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("eu-west-1:123456789012", "'arn:.*:eu-west-1:.*', which is not in the Region us-east-1 of the call"),
        ("us-east-1:210987654321", "'gone', which does not exist"),
    ],
    ids=["another Region", "another account"],
)
def test_a_bus_elsewhere_is_not_taken_for_the_bus_of_this_name(lambda_events: LambdaEvents, place: str, text: str) -> None:
    lambda_events.event_bus("gone")

    put(entry(EventBusName=f"arn:aws:events:{place}:event-bus/gone"))

    assert lambda_events.event_buses["gone"].events == []
    [warning] = [one.detail["message"] for one in lambda_events.journal if one.kind == "warning"]
    assert re.search(text, warning)


@pytest.mark.rule("EVB-18")
def test_the_handle_of_the_default_bus_puts_events_of_aws_services(lambda_events: LambdaEvents) -> None:
    function, bus = lambda_events.function(lambda event, context: None, name="take"), lambda_events.event_buses["default"]
    bus.add_rule({"source": ["aws.ec2"], "resources": [{"prefix": "arn:aws:ec2"}], "detail": {"state": ["running"]}}, function)
    instance = "arn:aws:ec2:us-east-1:123456789012:instance/i-1"

    for state in ("pending", "running"):
        bus.put_event(source="aws.ec2", detail_type="Changed", detail={"state": state, "cpu": 1.50}, resources=[instance])
    lambda_events.run_until_idle()

    [event] = function.events
    assert {**event.payload, "id": ""} == {
        "version": "0", "id": "", "detail-type": "Changed", "source": "aws.ec2", "account": "123456789012",
        "time": "2026-01-01T00:00:00Z", "region": "us-east-1", "resources": [instance],
        "detail": {"state": "running", "cpu": 1.5},
    }  # fmt: skip
    assert event.source_service == "events default-rule-1"
    assert len(bus.events) == 2


@pytest.mark.rule("EVB-15")
def test_another_bus_refuses_events_of_aws_services(lambda_events: LambdaEvents) -> None:
    with pytest.raises(LambdaEventsError, match="NotAuthorizedForSourceException"):
        lambda_events.event_bus("shop").put_event(source="aws.ec2", detail_type="Changed", detail={})
