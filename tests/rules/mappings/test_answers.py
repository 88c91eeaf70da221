"""ESM-43, 59, 80, 82 to 84: mappings as answers show them, alone and in lists."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import Any

import boto3
import pytest

from pytest_lambda_events import Function, LambdaEvents, Queue

from .conftest import Create, charge_cards

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ARN = "arn:aws:lambda:us-east-1:123456789012"


def ids(answer: dict[str, Any]) -> list[str]:
    return [mapping["UUID"] for mapping in answer["EventSourceMappings"]]


# ------------------------------------------------------------------ one mapping


@pytest.mark.rule("ESM-80", "ESM-82", "ESM-60")
def test_a_new_mapping_of_a_queue_is_answered_with_its_defaults(lambda_events: LambdaEvents, create: Create) -> None:
    lambda_events.advance(1.2345)

    made = create()

    del made["ResponseMetadata"]
    assert UUID.fullmatch(made["UUID"])
    assert made == {
        "BatchSize": 10,
        "EventSourceArn": "arn:aws:sqs:us-east-1:123456789012:orders",
        "EventSourceMappingArn": f"{ARN}:event-source-mapping:{made['UUID']}",
        "FunctionArn": f"{ARN}:function:charge",
        "FunctionResponseTypes": [],
        "LastModified": datetime(2026, 1, 1, 0, 0, 1, 234000, tzinfo=timezone.utc),
        "MaximumBatchingWindowInSeconds": 0,
        "State": "Creating",
        "StateTransitionReason": "USER_INITIATED",
        "UUID": made["UUID"],
    }


@pytest.mark.rule("ESM-80", "ESM-82")
def test_every_member_is_on_the_wire_in_alphabetical_order_and_what_a_queue_lacks_is_null(
    lambda_events: LambdaEvents, charge: Function, orders: Queue
) -> None:
    bodies: list[bytes] = []
    client = boto3.Session().client("lambda")
    client.meta.events.register("before-parse.lambda", lambda response_dict, **_: bodies.append(response_dict["body"]))

    client.create_event_source_mapping(FunctionName="charge", EventSourceArn=orders.arn)

    members = json.loads(bodies[0])
    model = client.meta.service_model.operation_model("CreateEventSourceMapping").output_shape.members
    assert list(members) == sorted(members)
    assert members.keys() >= model.keys()
    assert members["LastModified"] == datetime(2026, 1, 1, tzinfo=timezone.utc).timestamp()
    assert {name for name, value in members.items() if value is not None} == {
        "BatchSize", "EventSourceArn", "EventSourceMappingArn", "FunctionArn", "FunctionResponseTypes", "LastModified",
        "MaximumBatchingWindowInSeconds", "State", "StateTransitionReason", "UUID",
    }  # fmt: skip


@pytest.mark.rule("ESM-84")
def test_every_call_answers_the_same_configuration(create: Create, aws_lambda: Any) -> None:
    made = create(BatchSize=5, ScalingConfig={"MaximumConcurrency": 7})
    named = {"UUID": made["UUID"]}
    answers = [
        aws_lambda.get_event_source_mapping(**named),
        *aws_lambda.list_event_source_mappings()["EventSourceMappings"],
        aws_lambda.delete_event_source_mapping(**named),
    ]

    assert [answer["State"] for answer in answers] == ["Enabled", "Enabled", "Deleting"]
    assert [without_state(answer) for answer in answers] == [without_state(made)] * 3


def without_state(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in ("State", "ResponseMetadata")}


@pytest.mark.rule("ESM-82")
def test_an_update_has_the_time_of_the_call(lambda_events: LambdaEvents, uuid: str, aws_lambda: Any) -> None:
    lambda_events.advance(90)

    updated = aws_lambda.update_event_source_mapping(UUID=uuid, BatchSize=5)["LastModified"]
    lambda_events.advance(90)

    assert updated == datetime(2026, 1, 1, 0, 1, 30, tzinfo=timezone.utc)
    assert aws_lambda.get_event_source_mapping(UUID=uuid)["LastModified"] == updated


@pytest.mark.rule("ESM-83")
@pytest.mark.parametrize(
    "parameters",
    [
        {"MetricsConfig": {"Metrics": ["EventCount"]}},
        {"ProvisionedPollerConfig": {"MinimumPollers": 2, "MaximumPollers": 3}},
        {"ScalingConfig": {"MaximumConcurrency": 2}},
        {"FilterCriteria": {"Filters": [{"Pattern": '{"body":["a"]}'}]}},
    ],
    ids=lambda parameters: next(iter(parameters)),
)
def test_optional_settings_are_in_the_response_only_if_they_are_set(
    create: Create, aws_lambda: Any, parameters: dict[str, Any]
) -> None:
    plain = create()
    aws_lambda.delete_event_source_mapping(UUID=plain["UUID"])

    assert create(**parameters).keys() - plain.keys() == parameters.keys()


# ------------------------------------------------------------------ lists


@pytest.mark.rule("ESM-43", "ESM-59")
@pytest.mark.scenario("ESM V20")
def test_lists_are_of_exactly_the_function_reference_and_the_source_that_are_named(
    lambda_events: LambdaEvents, charge: Function, create: Create, aws_lambda: Any
) -> None:
    charge.create_alias("live", function_version=charge.publish_version().version)
    refunds = lambda_events.queue("refunds", visibility_timeout=30)
    plain, live, other = (
        create(**given)["UUID"] for given in ({}, {"FunctionName": "charge:live"}, {"EventSourceArn": refunds.arn})
    )

    def found(**given: str) -> list[str]:
        return ids(aws_lambda.list_event_source_mappings(**given))

    assert found() == [plain, live, other]
    assert found(FunctionName="charge") == found(FunctionName=charge.arn) == [plain, other]
    assert found(FunctionName="charge:live") == [live]
    assert found(FunctionName="charge:1") == []
    assert found(EventSourceArn=refunds.arn) == [other]
    assert found(EventSourceArn=refunds.arn, FunctionName="charge:live") == []
    assert found(FunctionName="nobody") == found(FunctionName=charge.arn.replace("us-east-1", "eu-west-1")) == []
    assert found(EventSourceArn="arn:aws:sqs:us-east-1:123456789012:nothing") == []


@pytest.mark.rule("ESM-59")
def test_a_mapping_that_changes_its_function_keeps_its_place_in_lists(
    lambda_events: LambdaEvents, charge: Function, create: Create, aws_lambda: Any
) -> None:
    lambda_events.function(charge_cards, name="ship")
    of_orders = create()["UUID"]
    of_refunds = create(EventSourceArn=lambda_events.queue("refunds", visibility_timeout=30).arn)["UUID"]

    aws_lambda.update_event_source_mapping(UUID=of_orders, FunctionName="ship")
    listed_for_ship = ids(aws_lambda.list_event_source_mappings(FunctionName="ship"))
    listed_for_charge = ids(aws_lambda.list_event_source_mappings(FunctionName="charge"))
    aws_lambda.update_event_source_mapping(UUID=of_orders, FunctionName="charge")

    assert (listed_for_ship, listed_for_charge) == ([of_orders], [of_refunds])
    assert ids(aws_lambda.list_event_source_mappings(FunctionName="charge")) == [of_orders, of_refunds]
    assert list(lambda_events.event_source_mappings) == [of_orders, of_refunds]


@pytest.mark.rule("ESM-40")
def test_a_source_can_be_mapped_again_to_a_function_that_its_mapping_has_left(
    lambda_events: LambdaEvents, create: Create, aws_lambda: Any
) -> None:
    lambda_events.function(charge_cards, name="ship")
    aws_lambda.update_event_source_mapping(UUID=create()["UUID"], FunctionName="ship")

    aws_lambda.delete_event_source_mapping(UUID=create()["UUID"])

    assert len(create()["UUID"]) == 36


@pytest.mark.rule("ESM-01")
def test_lists_come_in_pages(lambda_events: LambdaEvents, create: Create, aws_lambda: Any) -> None:
    lambda_events.function(charge_cards, name="ship")
    lambda_events.function(charge_cards, name="audit")
    all_three = [create(FunctionName=name)["UUID"] for name in ("charge", "ship", "audit")]

    first = aws_lambda.list_event_source_mappings(MaxItems=2)
    second = aws_lambda.list_event_source_mappings(MaxItems=2, Marker=first["NextMarker"])

    assert [ids(first), ids(second)] == [all_three[:2], all_three[2:]]
    assert "NextMarker" not in second


def test_mappings_of_another_region_are_not_listed(lambda_events: LambdaEvents, uuid: str) -> None:
    elsewhere = lambda_events.client("lambda", region_name="eu-west-1")

    assert elsewhere.list_event_source_mappings()["EventSourceMappings"] == []
