"""ESM-20, 21, 25, 26, 29, 2A, 2C, 70, 71, 79 and KIN-12, 17, 21, 43, 44, 70, 79, 8C, 8F: what a stream's mapping is set to."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from pytest_lambda_events import LambdaEvents

from ..conftest import Refused
from .conftest import Create, charge_cards

DEAD = "arn:aws:sqs:us-east-1:123456789012:dead"
AGE = "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)"
ONE_LANE = "Parallelization factor must be equal to 1 when tumbling window period is configured"
NO_FILTERS = "Filter criteria must be empty when tumbling window period is configured"
IS_INVALID = "The provided destination config DestinationConfig"
PATTERN = '{"eventName":["INSERT"]}'
REPORT = ["ReportBatchItemFailures"]


def invalid(message: str) -> dict[str, Any]:
    return {"code": "InvalidParameterValueException", "status": 400, "message": message}


def criteria(*patterns: str) -> dict[str, Any]:
    return {"Filters": [{"Pattern": pattern} for pattern in patterns]}


def on_failure(destination: str) -> dict[str, Any]:
    return {"OnFailure": {"Destination": destination}}


@pytest.fixture
def uuid(create_of: Create, stream: str) -> str:
    """The UUID of a mapping of a stream of each kind to `charge`."""
    return str(create_of(stream)["UUID"])


# ------------------------------------------------------------------ ranges


@pytest.mark.rule("ESM-20", "KIN-21", "KIN-43", "KIN-44", "DDB-10", "DDB-20", "DDB-21")
@pytest.mark.scenario("ESM V25")
@pytest.mark.parametrize(
    ("member", "value", "constraint"),
    [
        ("BatchSize", 10_001, "have value less than or equal to 10000"),
        ("BatchSize", 0, "have value greater than or equal to 1"),
        ("ParallelizationFactor", 11, "have value less than or equal to 10"),
        ("ParallelizationFactor", 0, "have value greater than or equal to 1"),
        ("MaximumBatchingWindowInSeconds", 301, "have value less than or equal to 300"),
        ("TumblingWindowInSeconds", 901, "have value less than or equal to 900"),
        ("TumblingWindowInSeconds", -1, "have value greater than or equal to 0"),
        ("MaximumRetryAttempts", 10_001, "have value less than or equal to 10000"),
        ("MaximumRetryAttempts", -2, "have value greater than or equal to -1"),
        ("MaximumRecordAgeInSeconds", 604_801, "have value less than or equal to 604800"),
        ("MaximumRecordAgeInSeconds", -2, "have value greater than or equal to -1"),
    ],
)
def test_a_number_out_of_range_is_refused(
    create_of: Create, changes: str, refused: Refused, member: str, value: int, constraint: str
) -> None:
    spelled = member[0].lower() + member[1:]

    assert refused(create_of, arn=changes, **{member: value}) == {
        "code": "ValidationException",
        "status": 400,
        "message": f"1 validation error detected: Value '{value}' at '{spelled}' failed to satisfy constraint: Member must "
        f"{constraint}",
    }


@pytest.mark.rule("ESM-20")
@pytest.mark.scenario("ESM V25")
def test_a_response_type_that_there_is_not_is_refused(create_of: Create, changes: str, refused: Refused) -> None:
    assert refused(create_of, arn=changes, FunctionResponseTypes=["Bad"]) == {
        "code": "ValidationException",
        "status": 400,
        "message": "1 validation error detected: Value '[Bad]' at 'functionResponseTypes' failed to satisfy constraint: "
        "Member must satisfy constraint: [Member must satisfy enum value set: [ReportBatchItemFailures], Member must not be "
        "null]",
    }


@pytest.mark.rule("ESM-20", "ESM-25", "ESM-70", "KIN-21", "KIN-43", "KIN-44", "DDB-10", "DDB-20", "DDB-22")
@pytest.mark.parametrize(
    "parameters",
    [
        {"BatchSize": 1},
        {"BatchSize": 10_000, "MaximumBatchingWindowInSeconds": 300},
        {"ParallelizationFactor": 10},
        {"TumblingWindowInSeconds": 900},
        {"TumblingWindowInSeconds": 0, "ParallelizationFactor": 2},
        {"MaximumRetryAttempts": 0},
        {"MaximumRetryAttempts": 10_000},
        {"MaximumRecordAgeInSeconds": 60},
        {"MaximumRecordAgeInSeconds": 604_800},
        {"MaximumRetryAttempts": -1, "MaximumRecordAgeInSeconds": -1},
        {"BisectBatchOnFunctionError": True},
        {"FunctionResponseTypes": REPORT},
        {"MetricsConfig": {"Metrics": ["EventCount"]}},
        {"DestinationConfig": on_failure(DEAD)},
        {"FilterCriteria": criteria(PATTERN)},
    ],
)
def test_values_in_range_are_accepted_and_shown(
    create_of: Create, changes: str, aws_lambda: Any, parameters: dict[str, Any]
) -> None:
    made = create_of(changes, **parameters)
    other = create_of(changes, FunctionName="charge:$LATEST")

    updated = aws_lambda.update_event_source_mapping(UUID=other["UUID"], **parameters)

    assert {name: made[name] for name in parameters} == parameters
    assert {name: updated[name] for name in parameters} == parameters


@pytest.mark.rule("ESM-21", "DDB-10")
@pytest.mark.parametrize("size", [10, 11, 100, 101])
def test_a_large_batch_of_a_stream_needs_no_window(create_of: Create, stream: str, size: int) -> None:
    made = create_of(stream, BatchSize=size, MaximumBatchingWindowInSeconds=0)

    assert (made["BatchSize"], made["MaximumBatchingWindowInSeconds"]) == (size, 0)


@pytest.mark.rule("ESM-25", "KIN-44", "DDB-22")
@pytest.mark.scenario("ESM V17")
@pytest.mark.parametrize("age", [0, 1, 59])
def test_a_record_age_is_at_least_a_minute_or_endless(create_of: Create, stream: str, refused: Refused, age: int) -> None:
    assert refused(create_of, arn=stream, MaximumRecordAgeInSeconds=age) == invalid(AGE)


@pytest.mark.rule("ESM-25", "ESM-2D")
def test_an_update_to_a_record_age_out_of_range_changes_nothing(uuid: str, aws_lambda: Any, refused: Refused) -> None:
    refusal = refused(aws_lambda.update_event_source_mapping, UUID=uuid, MaximumRecordAgeInSeconds=59, BatchSize=1)

    after = aws_lambda.get_event_source_mapping(UUID=uuid)
    assert refusal == invalid(AGE)
    assert (after["MaximumRecordAgeInSeconds"], after["BatchSize"]) == (-1, 100)


# ------------------------------------------------------------------ updates


@pytest.mark.rule("ESM-71", "KIN-17")
def test_an_update_keeps_settings_that_it_leaves_out(create_of: Create, stream: str, aws_lambda: Any) -> None:
    settings = {
        "BatchSize": 7, "MaximumBatchingWindowInSeconds": 3, "ParallelizationFactor": 2, "MaximumRetryAttempts": 4,
        "MaximumRecordAgeInSeconds": 90, "BisectBatchOnFunctionError": True, "FunctionResponseTypes": REPORT,
        "DestinationConfig": on_failure(DEAD), "StartingPosition": "LATEST",
    }  # fmt: skip
    uuid = create_of(stream, **settings)["UUID"]

    answer = aws_lambda.update_event_source_mapping(UUID=uuid, BatchSize=8, DestinationConfig={}, MaximumRetryAttempts=None)

    assert {name: answer[name] for name in settings} == {**settings, "BatchSize": 8}


@pytest.mark.rule("ESM-70", "ESM-71")
def test_a_streams_mapping_can_be_pointed_at_another_function(lambda_events: LambdaEvents, uuid: str, aws_lambda: Any) -> None:
    lambda_events.function(charge_cards, name="ship")

    answer = aws_lambda.update_event_source_mapping(UUID=uuid, FunctionName="ship")

    assert answer["FunctionArn"].endswith(":function:ship")
    assert answer["StartingPosition"] == "TRIM_HORIZON"


@pytest.mark.rule("KIN-17", "ESM-70")
@pytest.mark.parametrize(
    "given", [{"StartingPosition": "LATEST"}, {"StartingPositionTimestamp": 0}], ids=lambda given: next(iter(given))
)
def test_changing_a_starting_position_is_refused(lambda_events: LambdaEvents, uuid: str, given: dict[str, Any]) -> None:
    with pytest.raises(ParamValidationError):
        lambda_events.client("lambda").update_event_source_mapping(UUID=uuid, **given)


# ------------------------------------------------------------------ tumbling windows


@pytest.mark.rule("ESM-2C", "KIN-8C")
@pytest.mark.scenario("ESM V24")
def test_a_tumbling_window_has_one_lane(create_of: Create, stream: str, refused: Refused) -> None:
    refusal = refused(create_of, arn=stream, TumblingWindowInSeconds=1, ParallelizationFactor=2)

    assert refusal == invalid(ONE_LANE)
    assert create_of(stream, TumblingWindowInSeconds=1, ParallelizationFactor=1)["TumblingWindowInSeconds"] == 1


@pytest.mark.rule("ESM-2C", "KIN-8C", "ESM-2D")
@pytest.mark.scenario("ESM V24")
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"ParallelizationFactor": 10}, {"TumblingWindowInSeconds": 1}),
        ({"TumblingWindowInSeconds": 1}, {"ParallelizationFactor": 10}),
    ],
    ids=["window last", "lanes last"],
)
def test_neither_is_added_to_the_other(
    create_of: Create, changes: str, aws_lambda: Any, refused: Refused, first: dict[str, int], second: dict[str, int]
) -> None:
    made = create_of(changes, **first)

    refusal = refused(aws_lambda.update_event_source_mapping, UUID=made["UUID"], **second)

    after = aws_lambda.get_event_source_mapping(UUID=made["UUID"])
    assert refusal == invalid(ONE_LANE)
    assert {name: after[name] for name in (*first, *second)} == {name: made[name] for name in (*first, *second)}


@pytest.mark.rule("ESM-2C", "KIN-8F", "FIL-0D")
@pytest.mark.scenario("FIL F19")
def test_a_tumbling_window_has_no_filters(create_of: Create, stream: str, refused: Refused) -> None:
    refusal = refused(create_of, arn=stream, TumblingWindowInSeconds=10, FilterCriteria=criteria(PATTERN))

    made = create_of(stream, TumblingWindowInSeconds=10, FilterCriteria={"Filters": []})

    assert refusal == invalid(NO_FILTERS)
    assert "FilterCriteria" not in made


@pytest.mark.rule("KIN-8F", "FIL-0D", "FIL-05")
def test_filters_can_be_exchanged_for_a_window(create_of: Create, changes: str, aws_lambda: Any, refused: Refused) -> None:
    uuid = create_of(changes, FilterCriteria=criteria(PATTERN))["UUID"]

    refusal = refused(aws_lambda.update_event_source_mapping, UUID=uuid, TumblingWindowInSeconds=10)
    answer = aws_lambda.update_event_source_mapping(UUID=uuid, TumblingWindowInSeconds=10, FilterCriteria={})

    assert refusal == invalid(NO_FILTERS)
    assert answer["TumblingWindowInSeconds"] == 10


# ------------------------------------------------------------------ filters


not_for_json = pytest.mark.parametrize("pattern", ['{"data":["x"],"dynamodb":["x"]}', "INSERT", "{", '{"eventName":"INSERT"}'])


@not_for_json
@pytest.mark.rule("FIL-15", "FIL-52", "FIL-55", "FIL-10", "ESM-27")
def test_a_pattern_for_data_that_is_not_json_is_refused_at_creation(
    create_of: Create, stream: str, refused: Refused, pattern: str
) -> None:
    refusal = refused(create_of, arn=stream, FilterCriteria=criteria(PATTERN, pattern))

    assert refusal == invalid("Invalid filter pattern definition.")


@not_for_json
@pytest.mark.rule("FIL-15", "FIL-52", "FIL-55", "FIL-10", "ESM-27", "ESM-2D")
def test_a_pattern_for_data_that_is_not_json_is_refused_in_an_update(
    create_of: Create, stream: str, aws_lambda: Any, refused: Refused, pattern: str
) -> None:
    uuid = create_of(stream, FilterCriteria=criteria(PATTERN))["UUID"]

    refusal = refused(aws_lambda.update_event_source_mapping, UUID=uuid, FilterCriteria=criteria(pattern))

    assert refusal == invalid("Invalid filter pattern definition.")
    assert aws_lambda.get_event_source_mapping(UUID=uuid)["FilterCriteria"] == criteria(PATTERN)


@pytest.mark.rule("FIL-15", "FIL-20")
def test_text_may_be_matched_where_another_service_has_its_data(create_of: Create, clicks: str, changes: str) -> None:
    of_clicks, of_changes = criteria('{"dynamodb":["x"]}'), criteria('{"data":["x"]}')

    assert create_of(clicks, FilterCriteria=of_clicks)["FilterCriteria"] == of_clicks
    assert create_of(changes, FilterCriteria=of_changes)["FilterCriteria"] == of_changes


# ------------------------------------------------------------------ what queues have


@pytest.mark.rule("ESM-29", "ESM-2A")
@pytest.mark.scenario("ESM V27")
@pytest.mark.parametrize("name", ["charge", "nobody"])
@pytest.mark.parametrize(
    "parameters",
    [{"ScalingConfig": {"MaximumConcurrency": 2}}, {"ProvisionedPollerConfig": {"MinimumPollers": 2}}],
    ids=lambda parameters: next(iter(parameters)),
)
def test_settings_of_queues_are_refused_before_the_function_is_checked(
    create_of: Create, stream: str, refused: Refused, parameters: dict[str, Any], name: str
) -> None:
    member = next(iter(parameters))

    assert refused(create_of, arn=stream, FunctionName=name, **parameters) == invalid(
        f"Unsupported {member} parameter for given event source mapping type."
    )


@pytest.mark.rule("ESM-29", "ESM-2D")
def test_settings_of_queues_are_refused_in_an_update_of_a_stream_mapping(uuid: str, aws_lambda: Any, refused: Refused) -> None:
    refusal = refused(
        aws_lambda.update_event_source_mapping, UUID=uuid, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2}
    )  # fmt: skip

    assert refusal == invalid("Unsupported ScalingConfig parameter for given event source mapping type.")
    assert aws_lambda.get_event_source_mapping(UUID=uuid)["BatchSize"] == 100


# ------------------------------------------------------------------ destinations


@pytest.mark.rule("KIN-70", "ESM-81")
@pytest.mark.parametrize(
    "destination",
    [DEAD, "arn:aws:sns:us-east-1:123456789012:alarms", "arn:aws:s3:::archive"],
    ids=["queue", "topic", "bucket"],
)
def test_discarded_records_go_to_a_queue_a_topic_or_a_bucket(
    create_of: Create, stream: str, aws_lambda: Any, destination: str
) -> None:
    made = create_of(stream, DestinationConfig=on_failure(destination))

    assert made["DestinationConfig"] == on_failure(destination)
    assert aws_lambda.get_event_source_mapping(UUID=made["UUID"])["DestinationConfig"] == on_failure(destination)


no_destinations = pytest.mark.parametrize(
    ("destination", "message"),
    [
        (f"{DEAD}.fifo", f"The destination ARN {DEAD}.fifo is invalid."),
        (
            "arn:aws:sns:us-east-1:123456789012:alarms.fifo",
            "FIFO-type Amazon SNS topics aren't supported as a destination.",
        ),
        *(
            (arn, f"{IS_INVALID}(onSuccess=null, onFailure=OnFailure(destination={arn})) is invalid.")
            for arn in (
                "arn:aws:lambda:us-east-1:123456789012:function:charge",
                "arn:aws:events:us-east-1:123456789012:event-bus/default",
                "kafka://failures",
            )
        ),
    ],
    ids=["FIFO queue", "FIFO topic", "function", "bus", "Kafka topic"],
)


@no_destinations
@pytest.mark.rule("KIN-70")
def test_other_destinations_are_refused_at_creation(
    create_of: Create, stream: str, refused: Refused, destination: str, message: str
) -> None:
    assert refused(create_of, arn=stream, DestinationConfig=on_failure(destination)) == invalid(message)


@no_destinations
@pytest.mark.rule("KIN-70", "ESM-2D")
def test_other_destinations_are_refused_in_an_update(
    create_of: Create, stream: str, aws_lambda: Any, refused: Refused, destination: str, message: str
) -> None:
    uuid = create_of(stream, DestinationConfig=on_failure(DEAD))["UUID"]

    refusal = refused(aws_lambda.update_event_source_mapping, UUID=uuid, DestinationConfig=on_failure(destination))

    assert refusal == invalid(message)
    assert aws_lambda.get_event_source_mapping(UUID=uuid)["DestinationConfig"] == on_failure(DEAD)


@pytest.mark.rule("KIN-70")
def test_a_value_that_is_not_a_destination_is_refused(create_of: Create, changes: str, refused: Refused) -> None:
    refusal = refused(create_of, arn=changes, DestinationConfig=on_failure("dead"))

    assert (refusal["code"], refusal["status"]) == ("ValidationException", 400)
    assert "at 'destinationConfig.onFailure.destination'" in refusal["message"]


@pytest.mark.rule("ESM-26", "ESM-2A", "KIN-70")
@pytest.mark.scenario("ESM V27")
@pytest.mark.parametrize("name", ["charge", "nobody"])
def test_a_stream_has_no_destination_for_success(create_of: Create, stream: str, refused: Refused, name: str) -> None:
    config = {"OnSuccess": {"Destination": DEAD}}

    assert refused(create_of, arn=stream, FunctionName=name, DestinationConfig=config) == invalid(
        "OnSuccess configuration is not supported for event source mappings."
    )


@pytest.mark.rule("ESM-71", "KIN-79", "ESM-81")
def test_an_empty_destination_clears_it(create_of: Create, stream: str, aws_lambda: Any) -> None:
    uuid = create_of(stream, DestinationConfig=on_failure(DEAD))["UUID"]

    answer = aws_lambda.update_event_source_mapping(UUID=uuid, DestinationConfig=on_failure(""))

    assert answer["DestinationConfig"] == {"OnFailure": {}}


@pytest.mark.rule("ESM-71")
@pytest.mark.parametrize("config", [{}, {"OnFailure": {}}], ids=["nothing", "nothing about it"])
def test_a_destination_that_is_left_out_stays(create_of: Create, clicks: str, aws_lambda: Any, config: dict[str, Any]) -> None:
    uuid = create_of(clicks, DestinationConfig=on_failure(DEAD))["UUID"]

    answer = aws_lambda.update_event_source_mapping(UUID=uuid, DestinationConfig=config)

    assert answer["DestinationConfig"] == on_failure(DEAD)
