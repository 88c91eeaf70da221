"""ESM-01 to 03, 10, 11, 18, 40, 43, 60 and 61: which sources and functions can be mapped, and once only."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lambda_events import Function, LambdaEvents, NotSimulatedError, Queue

from ..conftest import Refused
from .conftest import Create, charge_cards

ARN = "arn:aws:lambda:us-east-1:123456789012:function:charge"
ORDERS = "arn:aws:sqs:us-east-1:123456789012:orders"
NO_FUNCTION = {"code": "InvalidParameterValueException", "status": 400, "message": "Function does not exist"}
NO_QUEUE = {
    "code": "InvalidParameterValueException",
    "status": 400,
    "message": "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
    "SQS Error Message: The specified queue does not exist.",
}


# ------------------------------------------------------------------ sources


@pytest.mark.rule("ESM-01")
def test_every_call_has_its_status(create: Create, aws_lambda: Any) -> None:
    created = create()
    named = {"UUID": created["UUID"]}
    answers = [
        created,
        aws_lambda.get_event_source_mapping(**named),
        aws_lambda.list_event_source_mappings(),
        aws_lambda.update_event_source_mapping(**named, BatchSize=5),
        aws_lambda.delete_event_source_mapping(**named),
    ]

    assert [answer["ResponseMetadata"]["HTTPStatusCode"] for answer in answers] == [202, 200, 200, 202, 202]


@pytest.mark.rule("ESM-10")
@pytest.mark.scenario("ESM V1")
@pytest.mark.parametrize(
    "source",
    [{}, {"EventSourceArn": "arn:aws:s3:::orders"}, {"EventSourceArn": "arn:aws:sns:us-east-1:123456789012:orders"}],
    ids=["none", "bucket", "topic"],
)
def test_an_arn_that_is_not_an_event_source_is_not_recognized(
    charge: Function, aws_lambda: Any, refused: Refused, source: dict[str, str]
) -> None:
    assert refused(aws_lambda.create_event_source_mapping, FunctionName="charge", **source) == {
        "code": "InvalidParameterValueException",
        "status": 400,
        "message": "Unrecognized event source.",
    }


@pytest.mark.rule("ESM-02", "ESM-20")
def test_a_source_must_be_an_arn(create: Create, refused: Refused) -> None:
    refusal = refused(create, EventSourceArn="orders")

    assert (refusal["code"], refusal["status"]) == ("ValidationException", 400)
    assert refusal["message"].startswith(
        "1 validation error detected: Value 'orders' at 'eventSourceArn' failed to satisfy constraint: Member must satisfy "
        "regular expression pattern: arn:"
    )


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:mq:us-east-1:123456789012:broker:orders:b-1", "Amazon MQ"),
        ("arn:aws:rds:us-east-1:123456789012:cluster:orders", "DocumentDB"),
    ],
)
def test_sources_of_other_kinds_are_refused_by_name(create: Create, arn: str, name: str) -> None:
    with pytest.raises(NotSimulatedError, match=f"^{name} as an event source is not simulated"):
        create(EventSourceArn=arn)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("Topics", ["orders"]),
        ("Queues", ["orders"]),
        ("SelfManagedEventSource", {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["kafka:1000"]}}),
        ("SourceAccessConfigurations", [{"Type": "BASIC_AUTH", "URI": "arn"}]),
        ("DocumentDBEventSourceConfig", {"DatabaseName": "orders"}),
    ],
)
def test_members_that_are_not_simulated_are_refused_by_name(create: Create, member: str, value: Any) -> None:
    with pytest.raises(NotSimulatedError, match=f"^{member} of CreateEventSourceMapping is not simulated"):
        create(**{member: value})


@pytest.mark.rule("ESM-18")
@pytest.mark.scenario("ESM V3")
@pytest.mark.parametrize("account_id", ["123456789012", "999999999999"])
def test_a_queue_that_does_not_exist_is_refused(create: Create, refused: Refused, account_id: str) -> None:
    assert refused(create, EventSourceArn=f"arn:aws:sqs:us-east-1:{account_id}:nothing") == NO_QUEUE


@pytest.mark.rule("SQS-04")
def test_a_queue_of_another_region_is_refused(lambda_events: LambdaEvents, create: Create, refused: Refused) -> None:
    lambda_events.client("sqs", region_name="eu-west-1").create_queue(QueueName="orders")

    refusal = refused(create, EventSourceArn=ORDERS.replace("us-east-1", "eu-west-1"))

    assert refusal["code"] == "InvalidParameterValueException"


@pytest.mark.rule("SQS-04")
def test_a_queue_of_another_account_can_be_mapped(
    lambda_events: LambdaEvents, create: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as there:
        there.setenv("MOTO_ACCOUNT_ID", "999999999999")
        lambda_events.client("sqs").create_queue(QueueName="orders")

    made = create(EventSourceArn=ORDERS.replace("123456789012", "999999999999"))

    assert made["EventSourceArn"] == "arn:aws:sqs:us-east-1:999999999999:orders"


@pytest.mark.rule("SQS-01")
def test_standard_and_fifo_queues_are_sources(create: Create, orders: Queue, orders_fifo: Queue) -> None:
    assert create()["EventSourceArn"] == orders.arn
    assert create(EventSourceArn=orders_fifo.arn)["EventSourceArn"] == orders_fifo.arn


# ------------------------------------------------------------------ functions


@pytest.mark.rule("ESM-11")
@pytest.mark.scenario("ESM V2")
@pytest.mark.parametrize("name", ["nobody", "charge:1", "charge:live", f"{ARN}:live"])
def test_a_function_that_does_not_exist_is_refused(create: Create, refused: Refused, name: str) -> None:
    assert refused(create, FunctionName=name) == NO_FUNCTION


@pytest.mark.rule("ESM-11", "ESM-2A")
def test_the_function_is_looked_for_before_the_queue(create: Create, refused: Refused) -> None:
    assert refused(create, FunctionName="nobody", EventSourceArn=f"{ORDERS}-nothing") == NO_FUNCTION


@pytest.mark.rule("ESM-10", "ESM-2A")
def test_the_source_is_recognized_before_the_function_is_looked_for(aws_lambda: Any, refused: Refused) -> None:
    refusal = refused(aws_lambda.create_event_source_mapping, FunctionName="nobody")

    assert refusal["message"] == "Unrecognized event source."


@pytest.mark.rule("ESM-60", "ESM-61", "SQS-05")
@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("charge", ""),
        ("charge:$LATEST", ":$LATEST"),
        ("charge:1", ":1"),
        ("charge:live", ":live"),
        ("123456789012:function:charge", ""),
        ("123456789012:function:charge:live", ":live"),
        (ARN, ""),
        (f"{ARN}:1", ":1"),
        (f"{ARN}:live", ":live"),
    ],
)
def test_the_answer_names_the_function_as_it_was_referred_to(charge: Function, create: Create, name: str, suffix: str) -> None:
    charge.create_alias("live", function_version=charge.publish_version().version)

    assert create(FunctionName=name)["FunctionArn"] == f"{ARN}{suffix}"


@pytest.mark.rule("ESM-61")
def test_a_function_name_has_at_most_256_characters(create: Create, refused: Refused) -> None:
    fits, is_too_long = f"charge:{'a' * 249}", f"charge:{'a' * 250}"

    assert refused(create, FunctionName=fits) == NO_FUNCTION
    assert refused(create, FunctionName=is_too_long) == {
        "code": "ValidationException",
        "status": 400,
        "message": f"1 validation error detected: Value '{is_too_long}' at 'functionName' failed to satisfy constraint: "
        "Member must have length less than or equal to 256",
    }


# ------------------------------------------------------------------ duplicates


@pytest.mark.rule("ESM-40", "ESM-02", "SQS-06")
@pytest.mark.scenario("ESM V9")
@pytest.mark.parametrize("name", ["charge", ARN])
def test_a_queue_feeds_a_function_once(create: Create, uuid: str, refused: Refused, name: str) -> None:
    assert refused(create, FunctionName=name) == {
        "code": "ResourceConflictException",
        "status": 409,
        "message": f'An event source mapping with SQS arn (" {ORDERS} ") and function (" charge ") already exists. Please '
        f"update or delete the existing mapping with UUID {uuid}",
    }


@pytest.mark.rule("ESM-43", "SQS-06")
@pytest.mark.scenario("ESM V28")
def test_a_function_its_version_and_its_alias_may_share_a_queue(
    charge: Function, create: Create, uuid: str, refused: Refused
) -> None:
    charge.create_alias("live", function_version=charge.publish_version().version)
    create(FunctionName="charge:1")

    live = create(FunctionName="charge:live")

    assert refused(create, FunctionName="charge:live")["message"].endswith(f"with UUID {live['UUID']}")


@pytest.mark.rule("ESM-40")
def test_several_functions_and_several_queues_may_be_mapped(
    lambda_events: LambdaEvents, create: Create, uuid: str, aws_lambda: Any
) -> None:
    lambda_events.function(charge_cards, name="ship")
    refunds = lambda_events.queue("refunds", visibility_timeout=30)

    create(FunctionName="ship")
    create(EventSourceArn=refunds.arn)

    assert len(aws_lambda.list_event_source_mappings()["EventSourceMappings"]) == 3


@pytest.mark.rule("ESM-40")
def test_the_source_of_a_deleted_mapping_can_be_mapped_again(create: Create, uuid: str, aws_lambda: Any) -> None:
    aws_lambda.delete_event_source_mapping(UUID=uuid)

    assert create()["UUID"] != uuid


@pytest.mark.rule("ESM-2D", "ESM-40")
def test_an_update_to_a_function_that_the_queue_feeds_already_is_refused(
    lambda_events: LambdaEvents, create: Create, uuid: str, aws_lambda: Any, refused: Refused
) -> None:
    lambda_events.function(charge_cards, name="ship")
    other = create(FunctionName="ship")["UUID"]

    refusal = refused(aws_lambda.update_event_source_mapping, UUID=other, FunctionName="charge", BatchSize=1)

    kept = aws_lambda.get_event_source_mapping(UUID=other)
    assert refusal["code"] == "ResourceConflictException"
    assert (kept["FunctionArn"], kept["BatchSize"]) == (ARN.replace("charge", "ship"), 10)


@pytest.mark.rule("ESM-2D")
def test_a_refused_creation_makes_nothing(create: Create, aws_lambda: Any, refused: Refused) -> None:
    refused(create, BatchSize=11)

    assert aws_lambda.list_event_source_mappings()["EventSourceMappings"] == []
