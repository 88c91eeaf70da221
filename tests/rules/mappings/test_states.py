"""ESM-50 to 58, SQS-08 and SQS-26: the states of a mapping, when they change, and what becomes of it without its function."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lambda_events import Function, LambdaEvents

from ..conftest import Refused
from .conftest import Create, charge_cards

NOBODY = "00000000-0000-4000-8000-000000000000"
NO_FUNCTION = {"code": "InvalidParameterValueException", "status": 400, "message": "Function does not exist"}
GONE = {"code": "ResourceNotFoundException", "status": 404, "message": "The resource you requested does not exist."}
slow = pytest.mark.lambda_events(event_source_mapping_transition_seconds=10)


def in_use(verb: str) -> dict[str, Any]:
    message = f"Cannot {verb} the event source mapping because it is in use."
    return {"code": "ResourceInUseException", "status": 400, "message": message}


def state(aws_lambda: Any, uuid: str) -> str:
    return str(aws_lambda.get_event_source_mapping(UUID=uuid)["State"])


# ------------------------------------------------------------------ without a transition


@pytest.mark.rule("ESM-50", "ESM-51")
def test_a_new_mapping_is_creating_and_then_enabled(create: Create, aws_lambda: Any) -> None:
    made = create()

    assert made["State"] == "Creating"
    assert state(aws_lambda, made["UUID"]) == "Enabled"


@pytest.mark.rule("ESM-51")
@pytest.mark.scenario("ESM V13")
def test_a_mapping_created_disabled_is_disabled_immediately(create: Create, aws_lambda: Any) -> None:
    made = create(Enabled=False)

    assert made["State"] == "Disabled"
    assert state(aws_lambda, made["UUID"]) == "Disabled"


@pytest.mark.rule("ESM-50", "ESM-52")
@pytest.mark.scenario("ESM V14")
def test_a_mapping_is_disabled_and_enabled_again(uuid: str, aws_lambda: Any) -> None:
    disabling = aws_lambda.update_event_source_mapping(UUID=uuid, Enabled=False)["State"]
    disabled = state(aws_lambda, uuid)
    enabling = aws_lambda.update_event_source_mapping(UUID=uuid, Enabled=True)["State"]

    assert [disabling, disabled, enabling, state(aws_lambda, uuid)] == ["Disabling", "Disabled", "Enabling", "Enabled"]


@pytest.mark.rule("ESM-52")
@pytest.mark.parametrize("change", [{"BatchSize": 5}, {"FunctionName": "ship"}, {"Enabled": True}, {}])
def test_an_enabled_mapping_that_changes_is_updating(
    lambda_events: LambdaEvents, uuid: str, aws_lambda: Any, change: dict[str, Any]
) -> None:
    lambda_events.function(charge_cards, name="ship")

    updating = aws_lambda.update_event_source_mapping(UUID=uuid, **change)["State"]

    assert [updating, state(aws_lambda, uuid)] == ["Updating", "Enabled"]


@pytest.mark.rule("ESM-52")
def test_a_disabled_mapping_that_changes_stays_disabled(create: Create, aws_lambda: Any) -> None:
    uuid = create(Enabled=False)["UUID"]

    answer = aws_lambda.update_event_source_mapping(UUID=uuid, BatchSize=5)

    assert (answer["State"], answer["BatchSize"]) == ("Disabled", 5)


@pytest.mark.rule("ESM-50", "ESM-53")
@pytest.mark.scenario("ESM V15")
@pytest.mark.parametrize("enabled", [True, False])
def test_a_deleted_mapping_is_gone(create: Create, aws_lambda: Any, refused: Refused, enabled: bool) -> None:
    made = create(Enabled=enabled, BatchSize=5)

    deleted = aws_lambda.delete_event_source_mapping(UUID=made["UUID"])

    assert (deleted["State"], deleted["BatchSize"]) == ("Deleting", 5)
    assert refused(aws_lambda.get_event_source_mapping, UUID=made["UUID"]) == GONE


@pytest.mark.rule("ESM-54")
@pytest.mark.parametrize("operation", ["get", "update", "delete"])
def test_an_unknown_mapping_is_not_found(aws_lambda: Any, refused: Refused, operation: str) -> None:
    assert refused(getattr(aws_lambda, f"{operation}_event_source_mapping"), UUID=NOBODY) == GONE


@pytest.mark.rule("ESM-57")
def test_the_user_is_the_reason_of_every_state(create: Create, aws_lambda: Any) -> None:
    made = create()
    uuid = made["UUID"]
    answers = [
        made,
        aws_lambda.update_event_source_mapping(UUID=uuid, Enabled=False),
        aws_lambda.get_event_source_mapping(UUID=uuid),
        aws_lambda.delete_event_source_mapping(UUID=uuid),
    ]

    assert [answer["StateTransitionReason"] for answer in answers] == ["USER_INITIATED"] * 4


# ------------------------------------------------------------------ with a transition


@slow
@pytest.mark.rule("ESM-51")
@pytest.mark.parametrize(("seconds", "expected"), [(9.999, "Creating"), (10, "Enabled"), (10.001, "Enabled")])
def test_creation_takes_some_time(
    lambda_events: LambdaEvents, uuid: str, aws_lambda: Any, seconds: float, expected: str
) -> None:
    lambda_events.advance(seconds)

    assert state(aws_lambda, uuid) == expected


@slow
@pytest.mark.rule("ESM-51")
def test_a_mapping_made_disabled_takes_no_time(create: Create, aws_lambda: Any) -> None:
    assert state(aws_lambda, create(Enabled=False)["UUID"]) == "Disabled"


@slow
@pytest.mark.rule("ESM-52", "SQS-26")
@pytest.mark.parametrize(
    ("change", "on_the_way", "after"),
    [
        ({"BatchSize": 5}, "Updating", "Enabled"),
        ({"ProvisionedPollerConfig": {"MinimumPollers": 2}}, "Updating", "Enabled"),
        ({"Enabled": False}, "Disabling", "Disabled"),
    ],
)
@pytest.mark.parametrize(("seconds", "is_over"), [(9.999, False), (10, True), (10.001, True)])
def test_a_change_takes_some_time(
    lambda_events: LambdaEvents, uuid: str, aws_lambda: Any, change: dict[str, Any], on_the_way: str, after: str,
    seconds: float, is_over: bool,
) -> None:  # fmt: skip
    lambda_events.run_until_idle()
    aws_lambda.update_event_source_mapping(UUID=uuid, **change)

    lambda_events.advance(seconds)

    assert state(aws_lambda, uuid) == (after if is_over else on_the_way)


@slow
@pytest.mark.rule("ESM-52")
def test_enabling_takes_some_time(lambda_events: LambdaEvents, create: Create, aws_lambda: Any) -> None:
    uuid = create(Enabled=False)["UUID"]
    aws_lambda.update_event_source_mapping(UUID=uuid, Enabled=True)
    enabling = state(aws_lambda, uuid)

    lambda_events.advance(10)

    assert [enabling, state(aws_lambda, uuid)] == ["Enabling", "Enabled"]


@slow
@pytest.mark.rule("ESM-53")
def test_an_enabled_mapping_is_deleting_until_it_is_gone(
    lambda_events: LambdaEvents, uuid: str, aws_lambda: Any, refused: Refused
) -> None:
    lambda_events.run_until_idle()
    aws_lambda.delete_event_source_mapping(UUID=uuid)

    lambda_events.advance(9.999)
    before = state(aws_lambda, uuid)
    lambda_events.advance(0.001)

    assert before == "Deleting"
    assert refused(aws_lambda.get_event_source_mapping, UUID=uuid) == GONE


@slow
@pytest.mark.rule("ESM-53")
def test_a_disabled_mapping_is_deleted_without_delay(create: Create, aws_lambda: Any, refused: Refused) -> None:
    uuid = create(Enabled=False)["UUID"]

    aws_lambda.delete_event_source_mapping(UUID=uuid)

    assert refused(aws_lambda.get_event_source_mapping, UUID=uuid) == GONE


@slow
@pytest.mark.rule("ESM-55", "ESM-03")
def test_changing_a_mapping_in_transition_is_refused(
    lambda_events: LambdaEvents, uuid: str, aws_lambda: Any, refused: Refused
) -> None:
    lambda_events.advance(9.999)

    assert refused(aws_lambda.update_event_source_mapping, UUID=uuid, BatchSize=5) == in_use("update")
    assert refused(aws_lambda.delete_event_source_mapping, UUID=uuid) == in_use("delete")
    assert aws_lambda.get_event_source_mapping(UUID=uuid)["BatchSize"] == 10


@slow
@pytest.mark.rule("ESM-55")
def test_a_mapping_that_has_settled_can_be_changed(lambda_events: LambdaEvents, uuid: str, aws_lambda: Any) -> None:
    lambda_events.advance(10)

    assert aws_lambda.update_event_source_mapping(UUID=uuid, BatchSize=5)["State"] == "Updating"


@slow
@pytest.mark.rule("ESM-51")
def test_idle_is_after_the_transition(lambda_events: LambdaEvents, uuid: str, aws_lambda: Any) -> None:
    lambda_events.run_until_idle()

    assert (lambda_events.elapsed, state(aws_lambda, uuid)) == (10, "Enabled")


# ------------------------------------------------------------------ a function that goes


@pytest.mark.rule("ESM-56")
@pytest.mark.scenario("ESM V29")
def test_a_mapping_survives_its_alias_and_can_be_changed_when_there_is_one_again(
    charge: Function, create: Create, aws_lambda: Any, refused: Refused
) -> None:
    charge.create_alias("live", function_version=charge.publish_version().version)
    uuid = create(FunctionName="charge:live")["UUID"]
    aws_lambda.delete_alias(FunctionName="charge", Name="live")

    remaining, refusal = state(aws_lambda, uuid), refused(aws_lambda.update_event_source_mapping, UUID=uuid, BatchSize=5)
    charge.create_alias("live", function_version="1")

    assert (remaining, refusal) == ("Enabled", NO_FUNCTION)
    assert aws_lambda.update_event_source_mapping(UUID=uuid, BatchSize=5)["State"] == "Updating"


@pytest.mark.rule("ESM-56")
def test_a_mapping_survives_its_function(lambda_events: LambdaEvents, uuid: str, aws_lambda: Any, refused: Refused) -> None:
    aws_lambda.delete_function(FunctionName="charge")

    remaining, refusal = state(aws_lambda, uuid), refused(aws_lambda.update_event_source_mapping, UUID=uuid, BatchSize=5)
    lambda_events.function(charge_cards, name="charge")

    assert (remaining, refusal) == ("Enabled", NO_FUNCTION)
    assert aws_lambda.update_event_source_mapping(UUID=uuid, BatchSize=5)["State"] == "Updating"


@pytest.mark.rule("ESM-56")
def test_a_mapping_without_its_function_can_be_deleted(uuid: str, aws_lambda: Any, refused: Refused) -> None:
    aws_lambda.delete_function(FunctionName="charge")

    aws_lambda.delete_event_source_mapping(UUID=uuid)

    assert refused(aws_lambda.get_event_source_mapping, UUID=uuid) == GONE


# ------------------------------------------------------------------ tags


@pytest.mark.rule("ESM-58")
def test_a_mapping_has_tags(create: Create, aws_lambda: Any) -> None:
    arn = create(Tags={"team": "payments", "stage": "test"})["EventSourceMappingArn"]

    aws_lambda.tag_resource(Resource=arn, Tags={"team": "orders", "owner": "me"})
    aws_lambda.untag_resource(Resource=arn, TagKeys=["stage", "nothing"])

    assert aws_lambda.list_tags(Resource=arn)["Tags"] == {"team": "orders", "owner": "me"}


@pytest.mark.rule("ESM-58")
@pytest.mark.parametrize(
    ("operation", "given"),
    [("list_tags", {}), ("tag_resource", {"Tags": {"a": "b"}}), ("untag_resource", {"TagKeys": ["a"]})],
    ids=["list", "tag", "untag"],
)
def test_tags_of_an_unknown_mapping_are_not_found(
    create: Create, aws_lambda: Any, refused: Refused, operation: str, given: dict[str, Any]
) -> None:
    made = create()
    aws_lambda.delete_event_source_mapping(UUID=made["UUID"])

    assert refused(getattr(aws_lambda, operation), Resource=made["EventSourceMappingArn"], **given) == {
        "code": "ResourceNotFoundException",
        "status": 404,
        "message": f"Event source mapping not found: {made['EventSourceMappingArn']}",
    }


def test_a_mapping_has_at_most_50_tags(create: Create, aws_lambda: Any, refused: Refused) -> None:
    tags = {f"tag{number}": "" for number in range(51)}

    refusal = refused(create, Tags=tags)
    arn = create(Tags=dict(list(tags.items())[:50]))["EventSourceMappingArn"]

    assert refusal["message"] == "Number of tags exceeds resource tag limit."
    assert len(aws_lambda.list_tags(Resource=arn)["Tags"]) == 50
