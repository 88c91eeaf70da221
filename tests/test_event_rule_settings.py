"""Buses, rules and targets through boto3: what EventBridge stores, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents

PATTERN = '{"source": ["shop"]}'
QUEUE = "arn:aws:sqs:us-east-1:123456789012:orders"


@pytest.fixture
def events(lambda_events: LambdaEvents) -> Any:
    return boto3.client("events")


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def put_event() -> None:
    boto3.client("events").put_events(Entries=[{"Source": "shop", "DetailType": "paid", "Detail": "{}"}])


@pytest.mark.rule("EVB-01", "EVB-02", "EVB-03")
def test_buses_are_created_and_deleted(events: Any) -> None:
    arn = events.create_event_bus(Name="orders")["EventBusArn"]
    events.put_rule(Name="paid", EventPattern=PATTERN, EventBusName=arn)

    assert arn == "arn:aws:events:us-east-1:123456789012:event-bus/orders"
    assert events.describe_rule(Name="paid", EventBusName=arn)["EventBusName"] == "orders"
    assert refusal(events.create_event_bus, Name="orders") == (
        "ResourceAlreadyExistsException", "Event bus orders already exists.",
    )  # fmt: skip
    assert refusal(events.delete_event_bus, Name="orders") == (
        "ValidationException", "EventBus can't be deleted since it has rules.",
    )  # fmt: skip
    events.delete_rule(Name="paid", EventBusName=arn)
    events.delete_event_bus(Name="orders")
    events.delete_event_bus(Name="orders")
    assert refusal(events.describe_event_bus, Name="orders") == (
        "ResourceNotFoundException", "Event bus orders does not exist.",
    )  # fmt: skip


@pytest.mark.rule("EVB-01")
@pytest.mark.parametrize("name", ["a/b", "a b", "x" * 257, "default"])
def test_a_bus_cannot_have_such_a_name(events: Any, name: str) -> None:
    with pytest.raises(ClientError):
        events.create_event_bus(Name=name)


@pytest.mark.rule("EVB-01")
def test_the_default_bus_exists_and_stays(events: Any) -> None:
    assert refusal(events.delete_event_bus, Name="default")[0] == "ValidationException"
    assert [bus["Name"] for bus in events.list_event_buses()["EventBuses"]] == ["default"]


@pytest.mark.rule("EVB-01", "EVB-02")
def test_a_bus_is_not_deleted_by_its_arn(events: Any) -> None:
    arn = events.create_event_bus(Name="orders")["EventBusArn"]

    assert refusal(events.delete_event_bus, Name=arn)[0] == "ValidationException"
    assert events.describe_event_bus(Name="orders")["Arn"] == arn


@pytest.mark.rule("EVB-40")
@pytest.mark.parametrize("settings", [{}, {"EventPattern": "", "ScheduleExpression": ""}], ids=["neither", "empty"])
def test_a_rule_needs_a_pattern_or_a_schedule(events: Any, settings: dict[str, str]) -> None:
    assert refusal(events.put_rule, Name="paid", **settings) == (
        "ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified.",
    )  # fmt: skip


@pytest.mark.rule("EVB-40")
def test_an_empty_pattern_beside_a_schedule_is_read_back(events: Any) -> None:
    events.put_rule(Name="often", EventPattern="", ScheduleExpression="rate(5 minutes)")

    assert events.describe_rule(Name="often")["EventPattern"] == ""


@pytest.mark.rule("EVB-41")
def test_put_rule_replaces_all_settings_but_tags_and_targets(events: Any) -> None:
    arn = events.put_rule(
        Name="paid", EventPattern=PATTERN, Description="old", State="DISABLED", Tags=[{"Key": "team", "Value": "a"}]
    )["RuleArn"]
    events.put_targets(Rule="paid", Targets=[{"Id": "1", "Arn": QUEUE}])

    events.put_rule(Name="paid", EventPattern='{"source": ["bank"]}', Tags=[{"Key": "team", "Value": "b"}])

    rule = events.describe_rule(Name="paid")
    assert (rule["State"], rule["EventPattern"], "Description" in rule) == ("ENABLED", '{"source": ["bank"]}', False)
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "team", "Value": "a"}]
    assert [target["Id"] for target in events.list_targets_by_rule(Rule="paid")["Targets"]] == ["1"]


@pytest.mark.rule("EVB-41")
def test_a_refused_put_rule_changes_nothing(events: Any) -> None:
    events.put_rule(Name="paid", EventPattern=PATTERN, Description="old")

    refusal(events.put_rule, Name="paid", EventPattern="{}")

    assert events.describe_rule(Name="paid")["Description"] == "old"


@pytest.mark.rule("EVB-42")
@pytest.mark.parametrize("expression", ["rate(5 minutes)", ""])
def test_only_the_default_bus_has_schedules(events: Any, expression: str) -> None:
    events.create_event_bus(Name="orders")

    assert refusal(
        events.put_rule, Name="often", EventBusName="orders", EventPattern=PATTERN, ScheduleExpression=expression
    ) == ("ValidationException", "ScheduleExpression is supported only on the default event bus.")


@pytest.mark.rule("EVB-43")
@pytest.mark.parametrize(
    ("settings", "is_accepted"),
    [
        ({"State": "enabled", "EventPattern": PATTERN}, False),
        ({"State": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", "EventPattern": PATTERN}, True),
        ({"State": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", "ScheduleExpression": "rate(5 minutes)"}, False),
    ],
)
def test_the_states_of_a_rule(events: Any, settings: dict[str, str], *, is_accepted: bool) -> None:
    if is_accepted:
        events.put_rule(Name="paid", **settings)
    else:
        assert refusal(events.put_rule, Name="paid", **settings)[0] == "ValidationException"


@pytest.mark.rule("EVB-43", "EVB-44")
def test_a_rule_misses_the_events_while_it_is_disabled(lambda_events: LambdaEvents, events: Any) -> None:
    queue = lambda_events.queue("orders")
    state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    events.put_rule(Name="paid", EventPattern=PATTERN, State=state)
    events.put_targets(Rule="paid", Targets=[{"Id": "1", "Arn": queue.arn}])
    put_event()

    events.disable_rule(Name="paid")
    put_event()
    events.enable_rule(Name="paid")

    assert (len(queue.messages), events.describe_rule(Name="paid")["State"]) == (1, "ENABLED")


@pytest.mark.rule("EVB-45")
def test_the_arn_of_a_rule_names_its_bus(events: Any) -> None:
    events.create_event_bus(Name="orders")

    arns = [events.put_rule(Name="paid", EventPattern=PATTERN, EventBusName=bus)["RuleArn"] for bus in ("default", "orders")]

    assert arns == [f"arn:aws:events:us-east-1:123456789012:rule/{name}" for name in ("paid", "orders/paid")]


@pytest.mark.rule("EVB-46")
@pytest.mark.parametrize(
    ("call", "parameters"),
    [
        ("describe_rule", {"Name": "gone"}),
        ("enable_rule", {"Name": "gone"}),
        ("disable_rule", {"Name": "gone"}),
        ("put_targets", {"Rule": "gone", "Targets": [{"Id": "1", "Arn": QUEUE}]}),
        ("list_targets_by_rule", {"Rule": "gone"}),
    ],
)
def test_a_rule_that_does_not_exist(events: Any, call: str, parameters: dict[str, Any]) -> None:
    assert refusal(getattr(events, call), **parameters) == (
        "ResourceNotFoundException", "Rule gone does not exist on EventBus default.",
    )  # fmt: skip


@pytest.mark.rule("EVB-46")
def test_rules_and_targets_are_removed(events: Any) -> None:
    events.put_rule(Name="paid", EventPattern=PATTERN)
    events.put_targets(Rule="paid", Targets=[{"Id": "1", "Arn": QUEUE}])

    assert refusal(events.delete_rule, Name="paid") == ("ValidationException", "Rule can't be deleted since it has targets.")
    events.remove_targets(Rule="paid", Ids=["1", "unknown"])
    events.delete_rule(Name="paid")
    events.delete_rule(Name="paid")
    assert events.list_rules()["Rules"] == []


@pytest.mark.rule("EVB-47")
def test_the_rule_of_an_archive_is_changed_only_by_force(lambda_events: LambdaEvents, events: Any) -> None:
    events.create_archive(ArchiveName="all", EventSourceArn=lambda_events.event_buses["default"].arn)
    name = "Events-Archive-all"

    assert refusal(events.disable_rule, Name=name)[0] == "ManagedRuleException"
    [target] = events.list_targets_by_rule(Rule=name)["Targets"]
    assert refusal(events.remove_targets, Rule=name, Ids=[target["Id"]])[0] == "ManagedRuleException"
    events.remove_targets(Rule=name, Ids=[target["Id"]], Force=True)
    assert events.list_targets_by_rule(Rule=name)["Targets"] == []


@pytest.mark.rule("EVB-48")
@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"Name": "x" * 65}, "name"),
        ({"Name": "a b"}, "name"),
        ({"EventPattern": json.dumps({"source": ["x" * 4096]})}, "eventPattern"),
        ({"ScheduleExpression": "x" * 257}, "scheduleExpression"),
        ({"Description": "x" * 513}, "description"),
    ],
    ids=["long name", "characters", "pattern", "schedule", "description"],
)
def test_the_limits_of_a_rule(events: Any, settings: dict[str, str], where: str) -> None:
    code, message = refusal(events.put_rule, **{"Name": "paid", "EventPattern": PATTERN, **settings})

    assert code == "ValidationException"
    assert f" at '{where}' failed to satisfy constraint: Member must " in message


@pytest.mark.rule("EVB-48")
def test_a_rule_at_the_limits_is_accepted(events: Any) -> None:
    pattern = json.dumps({"source": ["x" * (4096 - len('{"source": [""]}'))]})

    events.put_rule(Name="x" * 64, EventPattern=pattern, Description="x" * 512)

    assert len(pattern) == 4096


@pytest.mark.rule("EVB-48")
def test_a_rule_has_at_most_five_targets(events: Any) -> None:
    events.put_rule(Name="paid", EventPattern=PATTERN)
    targets = [{"Id": str(number), "Arn": QUEUE} for number in range(6)]
    events.put_targets(Rule="paid", Targets=targets[:5])
    events.put_targets(Rule="paid", Targets=targets[:5])

    assert refusal(events.put_targets, Rule="paid", Targets=targets[5:]) == (
        "LimitExceededException", "The requested resource exceeds the maximum number allowed.",
    )  # fmt: skip
    assert refusal(events.put_targets, Rule="paid", Targets=[{"Id": "a b", "Arn": QUEUE}])[0] == "ValidationException"


@pytest.mark.rule("EVB-71")
def test_put_targets_replaces_a_whole_target(events: Any) -> None:
    events.put_rule(Name="paid", EventPattern=PATTERN)
    events.put_targets(Rule="paid", Targets=[{"Id": "1", "Arn": QUEUE, "Input": "{}"}])

    answer = events.put_targets(Rule="paid", Targets=[{"Id": "1", "Arn": f"{QUEUE}-2"}])

    assert (answer["FailedEntryCount"], answer["FailedEntries"]) == (0, [])
    assert events.list_targets_by_rule(Rule="paid")["Targets"] == [{"Id": "1", "Arn": f"{QUEUE}-2"}]
    assert events.list_rule_names_by_target(TargetArn=QUEUE)["RuleNames"] == []
    assert events.list_rule_names_by_target(TargetArn=f"{QUEUE}-2")["RuleNames"] == ["paid"]


@pytest.mark.rule("EVB-71")
@pytest.mark.parametrize("arn", ["orders", "arn:aws:sqs"])
def test_the_arn_of_a_target_is_checked(events: Any, arn: str) -> None:
    events.put_rule(Name="paid", EventPattern=PATTERN)

    assert refusal(events.put_targets, Rule="paid", Targets=[{"Id": "1", "Arn": arn}]) == (
        "ValidationException", f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format.",
    )  # fmt: skip


@pytest.mark.rule("EVB-73")
def test_a_function_target_keeps_sqs_parameters_without_effect(lambda_events: LambdaEvents, events: Any) -> None:
    function = lambda_events.function(lambda event, context: None, name="take")
    parameters = {"MessageGroupId": "1"}
    events.put_rule(Name="paid", EventPattern=PATTERN)
    events.put_targets(Rule="paid", Targets=[{"Id": "1", "Arn": function.arn, "SqsParameters": parameters}])

    put_event()
    lambda_events.run_until_idle()

    assert events.list_targets_by_rule(Rule="paid")["Targets"][0]["SqsParameters"] == parameters
    assert len(function.events) == 1
