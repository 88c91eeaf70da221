"""ESM-16, 17, 20 to 24, 26, 28, 29, 2A, 2B, 2D, 70, 71 and SQS-20, 21, 24, 30 to 32, 45: what can be set."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lambda_events import Function, LambdaEvents, NotSimulatedError, Queue

from ..conftest import Refused
from .conftest import Create, charge_cards

NEEDS_WINDOW = "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
NO_FIFO_WINDOW = "Batching window is not supported for FIFO queues"
NOT_BOTH = (
    "Provisioned mode for SQS ESM does not support maximum concurrency feature. Use MaximumPollers as the control mechanism "
    "and remove maximum concurrency."
)
POLLERS = (
    "MinimumPollers should be between [2, 200] and MaximumPollers should be between [MinimumPollers, 10000]"
)  # fmt: skip
REPORT = ["ReportBatchItemFailures"]


def invalid(message: str) -> dict[str, Any]:
    return {"code": "InvalidParameterValueException", "status": 400, "message": message}


def violation(value: object, member: str, constraint: str) -> dict[str, Any]:
    message = (
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must {constraint}"
    )
    return {"code": "ValidationException", "status": 400, "message": message}


# ------------------------------------------------------------------ ranges


@pytest.mark.rule("ESM-13", "ESM-20", "SQS-20", "SQS-30", "SQS-31")
@pytest.mark.parametrize(
    ("parameters", "value", "member", "constraint"),
    [
        ({"BatchSize": 10_001}, 10_001, "batchSize", "have value less than or equal to 10000"),
        ({"BatchSize": 0}, 0, "batchSize", "have value greater than or equal to 1"),
        (
            {"MaximumBatchingWindowInSeconds": 301},
            301, "maximumBatchingWindowInSeconds", "have value less than or equal to 300",
        ),
        ({"ParallelizationFactor": 11}, 11, "parallelizationFactor", "have value less than or equal to 10"),
        ({"TumblingWindowInSeconds": 901}, 901, "tumblingWindowInSeconds", "have value less than or equal to 900"),
        (
            {"ScalingConfig": {"MaximumConcurrency": 1001}},
            1001, "scalingConfig.maximumConcurrency", "have value less than or equal to 1000",
        ),
        (
            {"ScalingConfig": {"MaximumConcurrency": 1}},
            1, "scalingConfig.maximumConcurrency", "have value greater than or equal to 2",
        ),
        (
            {"ProvisionedPollerConfig": {"MinimumPollers": 201}},
            201, "provisionedPollerConfig.minimumPollers", "have value less than or equal to 200",
        ),
        (
            {"ProvisionedPollerConfig": {"MaximumPollers": 10_001}},
            10_001, "provisionedPollerConfig.maximumPollers", "have value less than or equal to 10000",
        ),
        (
            {"FunctionResponseTypes": ["Bad"]},
            "[Bad]", "functionResponseTypes",
            "satisfy constraint: [Member must satisfy enum value set: [ReportBatchItemFailures], Member must not be null]",
        ),
        (
            {"FunctionResponseTypes": REPORT * 2},
            "[ReportBatchItemFailures, ReportBatchItemFailures]", "functionResponseTypes",
            "have length less than or equal to 1",
        ),
        (
            {"StartingPosition": "invalid"},
            "invalid", "startingPosition", "satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
        ),
    ],
)  # fmt: skip
def test_values_out_of_range_are_refused(
    create: Create, refused: Refused, parameters: dict[str, Any], value: object, member: str, constraint: str
) -> None:
    assert refused(create, **parameters) == violation(value, member, constraint)


@pytest.mark.rule("ESM-20", "SQS-20", "SQS-30", "SQS-31", "SQS-32")
@pytest.mark.parametrize(
    "parameters",
    [
        {"BatchSize": 1},
        {"BatchSize": 10, "MaximumBatchingWindowInSeconds": 0},
        {"BatchSize": 11, "MaximumBatchingWindowInSeconds": 1},
        {"BatchSize": 10_000, "MaximumBatchingWindowInSeconds": 300},
        {"ScalingConfig": {"MaximumConcurrency": 2}},
        {"ScalingConfig": {"MaximumConcurrency": 1000}},
        {"FunctionResponseTypes": []},
        {"FunctionResponseTypes": REPORT},
        {"MetricsConfig": {"Metrics": ["EventCount"]}},
        {"ProvisionedPollerConfig": {"MaximumPollers": 10_000, "MinimumPollers": 200}},
        {"ProvisionedPollerConfig": {"MaximumPollers": 2, "MinimumPollers": 2}},
    ],
)
def test_values_in_range_are_accepted_and_shown(create: Create, parameters: dict[str, Any]) -> None:
    answer = create(**parameters)

    assert {name: answer[name] for name in parameters} == parameters


@pytest.mark.rule("ESM-20", "ESM-2A")
def test_ranges_are_judged_before_the_source_and_the_function(aws_lambda: Any, refused: Refused) -> None:
    refusal = refused(aws_lambda.create_event_source_mapping, FunctionName="nobody", BatchSize=10_001)

    assert refusal == violation(10_001, "batchSize", "have value less than or equal to 10000")


@pytest.mark.rule("KAF-65")
@pytest.mark.parametrize("metric", ["ErrorCount", "KafkaMetrics"])
def test_metrics_of_kafka_are_refused_for_a_queue(create: Create, refused: Refused, metric: str) -> None:
    refusal = refused(create, MetricsConfig={"Metrics": ["EventCount", metric]})

    assert refusal == invalid(f"{metric} of MetricsConfig is supported only for Kafka event sources.")


# ------------------------------------------------------------------ batches and windows


@pytest.mark.rule("ESM-21", "SQS-32")
@pytest.mark.scenario("ESM V4")
def test_a_batch_of_more_than_10_needs_a_window(create: Create, refused: Refused) -> None:
    assert refused(create, BatchSize=11) == invalid(NEEDS_WINDOW)
    assert create(BatchSize=11, MaximumBatchingWindowInSeconds=1)["ResponseMetadata"]["HTTPStatusCode"] == 202


@pytest.mark.rule("ESM-21", "ESM-2D")
@pytest.mark.scenario("ESM V5")
def test_a_refused_update_changes_nothing(create: Create, uuid: str, aws_lambda: Any, refused: Refused) -> None:
    before = aws_lambda.get_event_source_mapping(UUID=uuid)

    refusal = refused(aws_lambda.update_event_source_mapping, UUID=uuid, BatchSize=11, FunctionResponseTypes=REPORT)

    after = aws_lambda.get_event_source_mapping(UUID=uuid)
    assert refusal == invalid(NEEDS_WINDOW)
    assert {**after, "ResponseMetadata": None} == {**before, "ResponseMetadata": None}


@pytest.mark.rule("ESM-21")
def test_removing_the_window_of_batches_of_more_than_10_is_refused(create: Create, aws_lambda: Any, refused: Refused) -> None:
    uuid = create(BatchSize=11, MaximumBatchingWindowInSeconds=1)["UUID"]

    refusal = refused(aws_lambda.update_event_source_mapping, UUID=uuid, MaximumBatchingWindowInSeconds=0)

    assert refusal == invalid(NEEDS_WINDOW)


@pytest.mark.rule("ESM-21", "ESM-23", "ESM-24", "SQS-30", "SQS-31", "SQS-84")
@pytest.mark.scenario("ESM V21")
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"BatchSize": 11}, NEEDS_WINDOW),
        ({"MaximumBatchingWindowInSeconds": 1}, NO_FIFO_WINDOW),
        ({"BatchSize": 11, "MaximumBatchingWindowInSeconds": 1}, NO_FIFO_WINDOW),
    ],
)
def test_a_fifo_queue_has_no_window_and_no_batch_of_more_than_10(
    create: Create, orders_fifo: Queue, refused: Refused, parameters: dict[str, int], message: str
) -> None:
    assert refused(create, EventSourceArn=orders_fifo.arn, **parameters) == invalid(message)


@pytest.mark.rule("ESM-23", "SQS-84")
def test_a_fifo_queues_mapping_is_updated_by_the_same_rules(
    create: Create, orders_fifo: Queue, aws_lambda: Any, refused: Refused
) -> None:
    uuid = create(EventSourceArn=orders_fifo.arn, BatchSize=10, MaximumBatchingWindowInSeconds=0)["UUID"]

    refusal = refused(aws_lambda.update_event_source_mapping, UUID=uuid, MaximumBatchingWindowInSeconds=1)

    assert refusal == invalid(NO_FIFO_WINDOW)


# ------------------------------------------------------------------ visibility and timeout


@pytest.mark.rule("ESM-22", "SQS-45")
@pytest.mark.scenario("ESM V11", "SQS S19")
@pytest.mark.parametrize(("visibility", "timeout"), [(30, 31), (30, 60), (0, 1)])
def test_a_visibility_timeout_under_the_functions_timeout_is_refused(
    charge: Function, orders: Queue, create: Create, refused: Refused, visibility: int, timeout: int
) -> None:
    orders.update(visibility_timeout=visibility)
    charge.update(timeout=timeout)

    assert refused(create) == invalid(
        f"Queue visibility timeout: {visibility} seconds is less than Function timeout: {timeout} seconds"
    )


@pytest.mark.rule("ESM-22", "SQS-45")
@pytest.mark.scenario("ESM V11")
@pytest.mark.parametrize("visibility", [30, 31])
def test_a_visibility_timeout_as_long_as_the_functions_timeout_is_enough(
    orders: Queue, create: Create, visibility: int
) -> None:
    orders.update(visibility_timeout=visibility)

    assert create()["ResponseMetadata"]["HTTPStatusCode"] == 202


@pytest.mark.rule("ESM-22")
def test_the_timeout_that_counts_is_that_of_the_version_that_is_mapped(
    charge: Function, create: Create, refused: Refused
) -> None:
    charge.create_alias("live", function_version=charge.publish_version().version)
    charge.update(timeout=31)

    assert refused(create)["message"].endswith("Function timeout: 31 seconds")
    assert create(FunctionName="charge:live")["ResponseMetadata"]["HTTPStatusCode"] == 202


@pytest.mark.rule("ESM-22", "SQS-45")
@pytest.mark.scenario("SQS S24")
def test_an_update_compares_the_timeouts_only_if_it_names_the_function(
    charge: Function, uuid: str, aws_lambda: Any, refused: Refused
) -> None:
    charge.update(timeout=31)

    accepted = aws_lambda.update_event_source_mapping(UUID=uuid, BatchSize=5)
    refusal = refused(aws_lambda.update_event_source_mapping, UUID=uuid, FunctionName="charge")

    assert accepted["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert refusal == invalid("Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds")


# ------------------------------------------------------------------ what other sources have


@pytest.mark.rule("ESM-26", "ESM-29", "SQS-51")
@pytest.mark.scenario("ESM V10")
@pytest.mark.parametrize("name", ["charge", "nobody"])
@pytest.mark.parametrize("side", ["OnFailure", "OnSuccess"])
def test_a_destination_is_refused_before_the_function_is_looked_for(
    create: Create, refused: Refused, name: str, side: str
) -> None:
    config = {side: {"Destination": "arn:aws:sqs:us-east-1:123456789012:dead"}}

    assert refused(create, FunctionName=name, DestinationConfig=config) == invalid(
        "Unsupported DestinationConfig parameter for given event source mapping type."
    )


STREAMS_ONLY = {
    "MaximumRetryAttempts": 1, "MaximumRecordAgeInSeconds": 60, "BisectBatchOnFunctionError": True,
    "ParallelizationFactor": 1, "TumblingWindowInSeconds": 1,
}  # fmt: skip


@pytest.mark.rule("ESM-29", "SQS-51")
@pytest.mark.parametrize("member", STREAMS_ONLY)
def test_settings_of_streams_are_refused_at_the_creation_of_a_queue_mapping(
    create: Create, refused: Refused, member: str
) -> None:
    assert refused(create, **{member: STREAMS_ONLY[member]}) == invalid(
        f"Unsupported {member} parameter for given event source mapping type."
    )


@pytest.mark.rule("ESM-29", "ESM-2D", "SQS-51")
@pytest.mark.parametrize("member", STREAMS_ONLY)
def test_settings_of_streams_are_refused_in_an_update_of_a_queue_mapping(
    uuid: str, aws_lambda: Any, refused: Refused, member: str
) -> None:
    refusal = refused(aws_lambda.update_event_source_mapping, UUID=uuid, BatchSize=1, **{member: STREAMS_ONLY[member]})

    assert refusal == invalid(f"Unsupported {member} parameter for given event source mapping type.")
    assert aws_lambda.get_event_source_mapping(UUID=uuid)["BatchSize"] == 10


@pytest.mark.rule("ESM-17", "SQS-51")
def test_a_queue_has_no_starting_position(create: Create, refused: Refused) -> None:
    refusal = refused(create, StartingPosition="LATEST")

    assert refusal == invalid("StartingPosition is not valid for SQS event sources.")


@pytest.mark.rule("ESM-16")
def test_a_queue_has_no_starting_timestamp(create: Create, refused: Refused) -> None:
    refusal = refused(create, StartingPositionTimestamp=1767225600)

    assert refusal == invalid("Timestamp only valid with StartingPosition AT_TIMESTAMP")


# ------------------------------------------------------------------ concurrency and pollers


@pytest.mark.rule("ESM-28", "SQS-24")
def test_creating_provisioned_mode_with_a_maximum_concurrency_is_refused(create: Create, refused: Refused) -> None:
    refusal = refused(
        create, ScalingConfig={"MaximumConcurrency": 2}, ProvisionedPollerConfig={"MinimumPollers": 2}
    )  # fmt: skip

    assert refusal == invalid(NOT_BOTH)


@pytest.mark.rule("ESM-28", "ESM-2D", "SQS-24")
@pytest.mark.scenario("ESM V22")
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"ScalingConfig": {"MaximumConcurrency": 2}}, {"ProvisionedPollerConfig": {"MinimumPollers": 2}}),
        ({"ProvisionedPollerConfig": {"MinimumPollers": 2}}, {"ScalingConfig": {"MaximumConcurrency": 2}}),
    ],
    ids=["provisioned last", "concurrency last"],
)
def test_the_one_is_refused_while_the_other_is_set(
    create: Create, aws_lambda: Any, refused: Refused, first: dict[str, Any], second: dict[str, Any]
) -> None:
    uuid = create(**first)["UUID"]

    refusal = refused(aws_lambda.update_event_source_mapping, UUID=uuid, **second)

    assert refusal == invalid(NOT_BOTH)
    assert aws_lambda.get_event_source_mapping(UUID=uuid).keys().isdisjoint(second)


@pytest.mark.rule("ESM-28", "SQS-21", "SQS-24", "ESM-71")
def test_one_update_can_replace_one_setting_by_the_other(create: Create, aws_lambda: Any) -> None:
    uuid = create(ScalingConfig={"MaximumConcurrency": 2})["UUID"]

    answer = aws_lambda.update_event_source_mapping(
        UUID=uuid, ScalingConfig={}, ProvisionedPollerConfig={"MinimumPollers": 3}
    )  # fmt: skip

    assert answer["ProvisionedPollerConfig"] == {"MinimumPollers": 3, "MaximumPollers": 200}
    assert "ScalingConfig" not in answer


@pytest.mark.rule("ESM-2B", "SQS-24")
@pytest.mark.scenario("ESM V23")
@pytest.mark.parametrize(
    "pollers",
    [{"MinimumPollers": 1}, {"MinimumPollers": 2, "MaximumPollers": 1}, {"MinimumPollers": 11, "MaximumPollers": 10}],
)
def test_numbers_of_pollers_that_do_not_fit_are_refused(create: Create, refused: Refused, pollers: dict[str, int]) -> None:
    assert refused(create, ProvisionedPollerConfig=pollers) == invalid(POLLERS)


@pytest.mark.rule("SQS-24")
@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"MinimumPollers": 5}, {"MinimumPollers": 5, "MaximumPollers": 200}),
        ({"MaximumPollers": 5}, {"MinimumPollers": 2, "MaximumPollers": 5}),
    ],
)
def test_pollers_have_defaults(create: Create, given: dict[str, int], shown: dict[str, int]) -> None:
    assert create(ProvisionedPollerConfig=given)["ProvisionedPollerConfig"] == shown


def test_provisioned_mode_of_a_fifo_queue_is_refused_by_name(create: Create, orders_fifo: Queue) -> None:
    with pytest.raises(NotSimulatedError, match=r"^ProvisionedPollerConfig of a FIFO queue's mapping is not simulated"):
        create(EventSourceArn=orders_fifo.arn, ProvisionedPollerConfig={"MinimumPollers": 2})


@pytest.mark.rule("KAF-64", "KAF-65")
@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("ProvisionedPollerConfig", {"MinimumPollers": 2, "PollerGroupName": "group"}),
        ("LoggingConfig", {"SystemLogLevel": "DEBUG"}),
    ],
)
def test_settings_of_kafka_are_refused_for_a_queue(create: Create, refused: Refused, member: str, value: Any) -> None:
    name = "PollerGroupName" if "PollerGroupName" in value else member

    assert refused(create, **{member: value}) == invalid(f"Unsupported {name} parameter for given event source mapping type.")


# ------------------------------------------------------------------ updates


EVERYTHING: dict[str, Any] = {
    "BatchSize": 20, "MaximumBatchingWindowInSeconds": 5, "FunctionResponseTypes": REPORT,
    "ScalingConfig": {"MaximumConcurrency": 7}, "MetricsConfig": {"Metrics": ["EventCount"]},
    "FilterCriteria": {"Filters": [{"Pattern": '{"body":{"kind":["a"]}}'}]},
}  # fmt: skip


@pytest.mark.rule("ESM-70", "ESM-71", "ESM-72")
def test_an_update_is_visible_immediately_in_its_response_and_in_get(uuid: str, aws_lambda: Any) -> None:
    answer = aws_lambda.update_event_source_mapping(UUID=uuid, **EVERYTHING)

    got = aws_lambda.get_event_source_mapping(UUID=uuid)
    assert {name: answer[name] for name in EVERYTHING} == EVERYTHING
    assert {name: got[name] for name in EVERYTHING} == EVERYTHING


@pytest.mark.rule("ESM-71")
def test_an_update_keeps_settings_that_it_leaves_out(create: Create, aws_lambda: Any) -> None:
    uuid = create(**EVERYTHING)["UUID"]

    answer = aws_lambda.update_event_source_mapping(UUID=uuid, BatchSize=30)

    assert {name: answer[name] for name in EVERYTHING} == {**EVERYTHING, "BatchSize": 30}


@pytest.mark.rule("ESM-71", "SQS-21", "FIL-05")
@pytest.mark.parametrize("criteria", [{}, {"Filters": []}], ids=["empty", "no filters"])
def test_empty_values_remove_what_was_set(create: Create, aws_lambda: Any, criteria: dict[str, Any]) -> None:
    uuid = create(**EVERYTHING)["UUID"]

    answer = aws_lambda.update_event_source_mapping(
        UUID=uuid, FunctionResponseTypes=[], ScalingConfig={}, FilterCriteria=criteria, MetricsConfig={"Metrics": []}
    )

    assert answer["FunctionResponseTypes"] == []
    assert answer.keys().isdisjoint({"ScalingConfig", "FilterCriteria", "MetricsConfig"})


@pytest.mark.rule("ESM-71", "SQS-24")
def test_an_empty_poller_config_ends_provisioned_mode(create: Create, aws_lambda: Any) -> None:
    uuid = create(ProvisionedPollerConfig={"MinimumPollers": 2})["UUID"]

    assert "ProvisionedPollerConfig" not in aws_lambda.update_event_source_mapping(UUID=uuid, ProvisionedPollerConfig={})


@pytest.mark.rule("ESM-70", "SQS-05")
def test_an_update_can_point_at_another_function(lambda_events: LambdaEvents, uuid: str, aws_lambda: Any) -> None:
    ship = lambda_events.function(charge_cards, name="ship")

    aws_lambda.update_event_source_mapping(UUID=uuid, FunctionName="ship")

    assert aws_lambda.get_event_source_mapping(UUID=uuid)["FunctionArn"] == ship.arn
