"""EventBridge Scheduler through boto3: creation, firings, targets and failures."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError
from uploads import create_function

from pytest_lambda_events import LambdaEvents, NotSimulatedError
from pytest_lambda_events.journal.events import Warned

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
ROLE = "arn:aws:iam::123456789012:role/schedules"
ACCOUNT = "arn:aws:scheduler:us-east-1:123456789012"
OFF = {"Mode": "OFF"}
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:take"
BUS = "arn:aws:events:us-east-1:123456789012:event-bus/default"
STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
FIFO = "arn:aws:sqs:us-east-1:123456789012:jobs.fifo"


def take(event: Any, context: object) -> None:
    """Takes an event."""


def create(lambda_events: LambdaEvents, expression: str, arn: str = FUNCTION, name: str = "nightly", **options: Any) -> Any:
    target = {"Arn": arn, "RoleArn": ROLE, **options.pop("Target", {})}
    return lambda_events.client("scheduler").create_schedule(
        **{"Name": name, "ScheduleExpression": expression, "FlexibleTimeWindow": OFF, "Target": target, **options}
    )


def refusal(call: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as refused:
        call()
    error = refused.value.response
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"], error["Error"]["Message"]


def fired(lambda_events: LambdaEvents, function: Any) -> list[float]:
    return [event.accepted_after_seconds for event in function.events]


def warnings(lambda_events: LambdaEvents) -> list[str]:
    return [entry.message for entry in lambda_events.journal if isinstance(entry, Warned)]


@pytest.mark.rule("SCH-01", "SCH-02")
def test_get_schedule_shows_the_defaults(lambda_events: LambdaEvents) -> None:
    made = create(lambda_events, "rate(1 hour)")

    found = lambda_events.client("scheduler").get_schedule(Name="nightly")

    assert made["ScheduleArn"] == found["Arn"] == f"{ACCOUNT}:schedule/default/nightly"
    assert (found["GroupName"], found["State"], found["ScheduleExpressionTimezone"], found["ActionAfterCompletion"]) == (
        "default", "ENABLED", "UTC", "NONE",
    )  # fmt: skip
    assert found["Target"] == {
        "Arn": FUNCTION, "RoleArn": ROLE, "RetryPolicy": {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185},
    }  # fmt: skip


@pytest.mark.rule("SCH-02")
def test_a_retry_policy_gets_the_other_default(lambda_events: LambdaEvents) -> None:
    create(lambda_events, "rate(1 hour)", Target={"RetryPolicy": {"MaximumRetryAttempts": 3}})

    assert lambda_events.client("scheduler").get_schedule(Name="nightly")["Target"]["RetryPolicy"] == {
        "MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 3,
    }  # fmt: skip


@pytest.mark.rule("SCH-03", "SCH-04", "SCH-09", "SCH-23", "SCH-25", "SCH-26")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"expression": "cron(* * * * * *)"}, "Invalid Schedule Expression cron(* * * * * *)."),
        ({"expression": "rate(0 minutes)"}, "Invalid Schedule Expression rate(0 minutes)."),
        ({"ScheduleExpressionTimezone": "Europe/Atlantis"}, "Invalid timezone Europe/Atlantis."),
        ({"ScheduleExpressionTimezone": "../secrets"}, "Invalid timezone ../secrets."),
        (
            {"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}},
            "MaximumWindowInMinutes must be provided when FlexibleTimeWindowMode is set to FLEXIBLE.",
        ),
        (
            {"StartDate": START + timedelta(days=1), "EndDate": START + timedelta(days=1)},
            "The StartDate you specify must come before the EndDate.",
        ),
        (
            {"StartDate": START - timedelta(seconds=301)},
            "The StartDate you specify cannot be earlier than 5 minutes ago.",
        ),
        ({"Target": {"Arn": "take"}}, "Provided Arn is not in correct format."),
        ({"Target": {"Input": "{no"}}, "The Input of the target is not valid JSON."),
        (
            {"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:receiveMessage", "Input": "{}"}},
            "receiveMessage is not a supported API action for sqs.",
        ),
        (
            {"Target": {"EventBridgeParameters": {"DetailType": "x", "Source": "aws.shop"}}},
            "The Source of EventBridgeParameters must not start with aws.",
        ),
        ({"Target": {"Arn": BUS}}, f"EventBridgeParameters must be specified for the target {BUS}."),
        ({"Target": {"Arn": STREAM}}, f"KinesisParameters must be specified for the target {STREAM}."),
        ({"Target": {"Arn": FIFO}}, f"SqsParameters must be specified for the target {FIFO}."),
    ],
)  # fmt: skip
def test_an_invalid_schedule_is_refused(lambda_events: LambdaEvents, options: dict[str, Any], message: str) -> None:
    found = refusal(lambda: create(lambda_events, **{"expression": "rate(1 hour)", **options}))

    assert found == (400, "ValidationException", message)
    assert lambda_events.client("scheduler").list_schedules()["Schedules"] == []


@pytest.mark.rule("SCH-01", "SCH-0A", "SCH-23", "SCH-27")
@pytest.mark.parametrize(
    ("options", "where", "constraint"),
    [
        ({"name": "a b"}, "name", "satisfy regular expression pattern: [0-9a-zA-Z-_.]+"),
        ({"name": "x" * 65}, "name", "have length less than or equal to 64"),
        ({"State": "on"}, "state", "satisfy enum value set: [ENABLED, DISABLED]"),
        ({"ActionAfterCompletion": "STAY"}, "actionAfterCompletion", "satisfy enum value set: [NONE, DELETE]"),
        ({"FlexibleTimeWindow": {"Mode": "MAYBE"}}, "flexibleTimeWindow.mode", "satisfy enum value set: [OFF, FLEXIBLE]"),
        (
            {"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1441}},
            "flexibleTimeWindow.maximumWindowInMinutes", "have value less than or equal to 1440",
        ),
        (
            {"Target": {"RetryPolicy": {"MaximumRetryAttempts": 186}}},
            "target.retryPolicy.maximumRetryAttempts", "have value less than or equal to 185",
        ),
        (
            {"Target": {"RetryPolicy": {"MaximumEventAgeInSeconds": 86_401}}},
            "target.retryPolicy.maximumEventAgeInSeconds", "have value less than or equal to 86400",
        ),
        ({"Target": {"Input": f'"{"x" * 262_143}"'}}, "target.input", "have length less than or equal to 262144"),
    ],
    ids=["characters", "name", "state", "action", "mode", "window", "retries", "age", "input"],
)  # fmt: skip
def test_a_schedule_outside_of_the_limits_is_refused(
    lambda_events: LambdaEvents, options: dict[str, Any], where: str, constraint: str
) -> None:
    status, code, message = refusal(lambda: create(lambda_events, **{"expression": "rate(1 hour)", **options}))

    assert (status, code) == (400, "ValidationException")
    assert message.endswith(f" at '{where}' failed to satisfy constraint: Member must {constraint}")


@pytest.mark.rule("SCH-01", "SCH-0A", "SCH-23", "SCH-27")
@pytest.mark.parametrize(
    "options",
    [
        {"name": "x" * 64},
        {"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1440}},
        {"Target": {"RetryPolicy": {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86_400}}},
        {"Target": {"RetryPolicy": {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}}},
        {"Target": {"Input": f'"{"x" * 262_142}"'}},
    ],
    ids=["name", "window", "most retries", "fewest retries", "input"],
)
def test_a_schedule_at_the_limits_is_accepted(lambda_events: LambdaEvents, options: dict[str, Any]) -> None:
    create(lambda_events, **{"expression": "rate(1 hour)", **options})

    assert len(lambda_events.client("scheduler").list_schedules()["Schedules"]) == 1


@pytest.mark.rule("SCH-03")
def test_an_empty_input_is_refused() -> None:
    with LambdaEvents(start_time=START) as lambda_events:
        from botocore.config import Config

        client = lambda_events.client("scheduler", config=Config(parameter_validation=False))

        found = refusal(
            lambda: client.create_schedule(
                Name="x", ScheduleExpression="rate(1 hour)", FlexibleTimeWindow=OFF,
                Target={"Arn": FUNCTION, "RoleArn": ROLE, "Input": ""},
            )
        )  # fmt: skip

        message = (
            "1 validation error detected: Value '' at 'target.input' failed to satisfy constraint: Member must have length "
            "greater than or equal to 1"
        )
        assert found == (400, "ValidationException", message)


@pytest.mark.rule("SCH-09")
def test_a_start_5_minutes_ago_is_accepted(lambda_events: LambdaEvents) -> None:
    lambda_events.function(take)

    create(lambda_events, "rate(1 hour)", StartDate=START - timedelta(seconds=300))

    lambda_events.advance(timedelta(minutes=55))
    assert fired(lambda_events, lambda_events.functions["take"]) == [3_300]


@pytest.mark.rule("SCH-03")
def test_conflicts_and_missing_schedules_have_the_texts_of_aws(lambda_events: LambdaEvents) -> None:
    client = lambda_events.client("scheduler")
    create(lambda_events, "rate(1 hour)")
    client.create_schedule_group(Name="shop")

    assert refusal(lambda: create(lambda_events, "rate(1 hour)")) == (
        409, "ConflictException", "Schedule nightly already exists.",
    )  # fmt: skip
    assert refusal(lambda: client.create_schedule_group(Name="shop")) == (
        409, "ConflictException", "Schedule group shop already exists.",
    )  # fmt: skip
    assert refusal(lambda: create(lambda_events, "rate(1 hour)", GroupName="none")) == (
        404, "ResourceNotFoundException", "Schedule group none does not exist.",
    )  # fmt: skip
    assert refusal(lambda: client.get_schedule(Name="none")) == (
        404, "ResourceNotFoundException", "Schedule none does not exist.",
    )  # fmt: skip


@pytest.mark.rule("SCH-08", "SCH-21")
@pytest.mark.scenario("EVB E21")
def test_a_rate_fires_immediately_and_then_every_period(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    lambda_events.advance(0.5)

    create(lambda_events, "rate(1 hour)")
    lambda_events.advance(timedelta(hours=1))

    assert fired(lambda_events, function) == [0.5, 3_600]


@pytest.mark.rule("SCH-05")
def test_scheduler_accepts_a_plural_of_one(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)

    create(lambda_events, "rate(1 minutes)")
    lambda_events.advance(60)

    assert len(function.events) == 2


@pytest.mark.rule("SCH-22")
@pytest.mark.scenario("EVB E22")
def test_a_target_without_input_receives_the_scheduled_event(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)

    create(lambda_events, "at(2026-01-01T00:10:33)")
    lambda_events.advance(timedelta(hours=1))

    [payload] = [event.payload for event in function.events]
    assert list(payload.items()) == [
        ("version", "0"), ("id", payload["id"]), ("detail-type", "Scheduled Event"), ("source", "aws.scheduler"),
        ("account", "123456789012"), ("time", "2026-01-01T00:10:33Z"), ("region", "us-east-1"),
        ("resources", [f"{ACCOUNT}:schedule/default/nightly"]), ("detail", "{}"),
    ]  # fmt: skip
    assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", payload["id"])


@pytest.mark.rule("SCH-23", "SCH-24")
@pytest.mark.scenario("EVB E23")
def test_keywords_of_the_input_are_replaced(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("ticks")
    text = (
        '{ "t":"<aws.scheduler.scheduled-time>","n":<aws.scheduler.attempt-number>,"a":"<aws.scheduler.schedule-arn>",'
        '"e":"<aws.scheduler.execution-id>","other":"<aws.scheduler.none>"}'
    )

    create(lambda_events, "at(2026-01-01T00:10:33)", queue.arn, Target={"Input": text})
    lambda_events.advance(timedelta(hours=1))

    [body] = [message.body for message in queue.messages]
    execution_id = json.loads(body)["e"]
    assert body == (
        f'{{ "t":"2026-01-01T00:10:33Z","n":1,"a":"{ACCOUNT}:schedule/default/nightly","e":"{execution_id}",'
        '"other":"<aws.scheduler.none>"}'
    )
    assert len(execution_id) == 36


@pytest.mark.rule("SCH-06", "SCH-0B")
@pytest.mark.parametrize(("at", "expected"), [("2026-01-01T00:10:33", 633), ("2025-12-31T00:00:00", 0)], ids=["later", "past"])
def test_at_fires_once_at_its_second_or_immediately(lambda_events: LambdaEvents, at: str, expected: float) -> None:
    function = lambda_events.function(take)

    create(lambda_events, f"at({at})")
    lambda_events.advance(timedelta(days=2))

    assert fired(lambda_events, function) == [expected]
    assert function.events[0].payload["time"] == f"{at}Z"


@pytest.mark.rule("SCH-06")
def test_at_in_a_gap_of_the_time_zone_is_accepted_with_a_warning(lambda_events: LambdaEvents) -> None:
    create(lambda_events, "at(2027-03-14T02:30:00)", ScheduleExpressionTimezone="America/New_York")

    assert warnings(lambda_events) == ["Schedule 'nightly' has at(2027-03-14T02:30:00) in America/New_York: It never fires."]
    assert lambda_events.pending == []


@pytest.mark.rule("SCH-07")
def test_a_cron_uses_the_wall_clock_of_its_time_zone() -> None:
    with LambdaEvents(start_time=datetime(2026, 3, 27, 12, tzinfo=timezone.utc)) as lambda_events:
        function = lambda_events.function(take)

        create(lambda_events, "cron(0 8 ? * MON-FRI *)", ScheduleExpressionTimezone="Europe/Berlin")
        create(
            lambda_events,
            "cron(30 2 * * ? *)",
            name="in the gap".replace(" ", "-"),
            ScheduleExpressionTimezone="Europe/Berlin",
        )
        lambda_events.advance(timedelta(days=3))

        # The clock changes on 29 March 2026: 8:00 is 6:00 UTC from then on, and 2:30 does not exist on that day.
        assert [event.payload["time"] for event in function.events] == [
            "2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z", "2026-03-30T06:00:00Z",
        ]  # fmt: skip


@pytest.mark.rule("SCH-09")
def test_a_schedule_fires_between_its_dates(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)

    create(
        lambda_events, "rate(1 hour)", StartDate=START + timedelta(hours=2), EndDate=START + timedelta(hours=4),
    )  # fmt: skip
    lambda_events.advance(timedelta(days=1))

    assert fired(lambda_events, function) == [7_200, 10_800]


@pytest.mark.rule("SCH-09")
def test_dates_have_no_effect_on_at(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)

    create(
        lambda_events, "at(2026-01-01T01:00:00)", StartDate=START - timedelta(days=1), EndDate=START + timedelta(minutes=1),
    )  # fmt: skip
    lambda_events.advance(timedelta(days=1))

    assert fired(lambda_events, function) == [3_600]


@pytest.mark.rule("SCH-0A")
def test_a_flexible_schedule_fires_at_its_nominal_instant(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)

    create(lambda_events, "at(2026-01-01T01:00:00)", FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15})
    lambda_events.advance(timedelta(days=1))

    assert fired(lambda_events, function) == [3_600]


@pytest.mark.rule("SCH-0A")
@pytest.mark.parametrize("choices", ["documented", "seeded"])
def test_an_option_lets_a_flexible_schedule_fire_at_the_end_of_its_window(choices: Any) -> None:
    with LambdaEvents(start_time=START, flexible_window="end", choices=choices) as lambda_events:
        function = lambda_events.function(take)
        create(lambda_events, "at(2026-01-01T01:00:00)", FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15})
        create(lambda_events, "at(2026-01-01T02:00:00)", name="exact")
        lambda_events.advance(timedelta(days=1))

        assert fired(lambda_events, function) == [4_500, 7_200]
        assert [event.payload["time"] for event in function.events] == ["2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z"]


@pytest.mark.rule("SCH-0A")
def test_seeded_choices_fire_anywhere_in_the_window() -> None:
    instants = set()
    for seed in range(10):
        with LambdaEvents(start_time=START, choices="seeded", seed=seed) as lambda_events:
            function = lambda_events.function(take)
            window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
            create(lambda_events, "at(2026-01-01T01:00:00)", FlexibleTimeWindow=window)
            lambda_events.advance(timedelta(days=1))
            [event] = function.events
            assert event.payload["time"] == "2026-01-01T01:00:00Z"
            instants.update(fired(lambda_events, function))

    assert len(instants) > 3
    assert min(instants) >= 3_600
    assert max(instants) <= 4_500


@pytest.mark.rule("SCH-0C")
def test_a_disabled_schedule_does_not_fire_and_missed_firings_are_lost(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    scheduler = lambda_events.client("scheduler")
    target = {"Arn": function.arn, "RoleArn": ROLE}
    create(lambda_events, "cron(0 * * * ? *)", State="DISABLED", Description="hourly", ActionAfterCompletion="DELETE")
    lambda_events.advance(timedelta(hours=3, minutes=30))

    scheduler.update_schedule(Name="nightly", ScheduleExpression="cron(0 * * * ? *)", FlexibleTimeWindow=OFF, Target=target)
    lambda_events.advance(timedelta(hours=1))

    assert fired(lambda_events, function) == [14_400]
    found = scheduler.get_schedule(Name="nightly")
    assert (found["State"], found["ActionAfterCompletion"], "Description" in found) == ("ENABLED", "NONE", False)


@pytest.mark.rule("SCH-0C")
def test_an_update_of_the_target_keeps_the_next_firing(lambda_events: LambdaEvents) -> None:
    first, second = lambda_events.queue("first"), lambda_events.queue("second")
    create(lambda_events, "rate(1 hour)", first.arn)
    lambda_events.advance(timedelta(minutes=30))

    lambda_events.client("scheduler").update_schedule(
        Name="nightly", ScheduleExpression="rate(1 hour)", FlexibleTimeWindow=OFF,
        Target={"Arn": second.arn, "RoleArn": ROLE},
    )  # fmt: skip
    lambda_events.advance(timedelta(minutes=30))

    assert (len(first.messages), len(second.messages)) == (1, 1)


@pytest.mark.rule("SCH-03")
def test_a_refused_update_changes_nothing(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    create(lambda_events, "cron(0 1 * * ? *)")

    found = refusal(
        lambda: lambda_events.client("scheduler").update_schedule(
            Name="nightly", ScheduleExpression="never", FlexibleTimeWindow=OFF,
            Target={"Arn": FUNCTION, "RoleArn": ROLE},
        )
    )  # fmt: skip
    lambda_events.advance(timedelta(hours=1))

    assert found == (400, "ValidationException", "Invalid Schedule Expression never.")
    assert fired(lambda_events, function) == [3_600]


@pytest.mark.rule("SCH-0D")
@pytest.mark.scenario("EVB E25")
@pytest.mark.parametrize(
    ("expression", "dates"),
    [("at(2026-01-01T01:00:00)", {}), ("rate(1 hour)", {"EndDate": START + timedelta(hours=1, seconds=1)})],
    ids=["at", "a rate that ends"],
)
def test_a_completed_schedule_is_deleted(lambda_events: LambdaEvents, expression: str, dates: dict[str, Any]) -> None:
    function = lambda_events.function(take)
    create(lambda_events, expression, ActionAfterCompletion="DELETE", **dates)
    lambda_events.advance(timedelta(minutes=59))
    before = len(lambda_events.client("scheduler").list_schedules()["Schedules"])

    lambda_events.advance(timedelta(minutes=1))

    assert before == 1
    assert fired(lambda_events, function)[-1] == 3_600
    assert refusal(lambda: lambda_events.client("scheduler").get_schedule(Name="nightly"))[1] == "ResourceNotFoundException"


@pytest.mark.rule("SCH-0D")
def test_a_completed_schedule_stays_without_the_action(lambda_events: LambdaEvents) -> None:
    lambda_events.function(take)
    create(lambda_events, "at(2026-01-01T01:00:00)")

    lambda_events.advance(timedelta(hours=2))

    assert lambda_events.client("scheduler").get_schedule(Name="nightly")["State"] == "ENABLED"


@pytest.mark.rule("SCH-0E")
def test_a_deleted_group_deletes_its_schedules(lambda_events: LambdaEvents) -> None:
    scheduler = lambda_events.client("scheduler")
    scheduler.create_schedule_group(Name="shop")
    made = create(lambda_events, "rate(1 hour)", GroupName="shop")
    create(lambda_events, "rate(1 hour)", name="other")

    scheduler.delete_schedule_group(Name="shop")

    assert made["ScheduleArn"] == f"{ACCOUNT}:schedule/shop/nightly"
    assert [dict(work.detail)["schedule"] for work in lambda_events.pending] == ["schedule/default/other"]
    assert refusal(lambda: scheduler.delete_schedule_group(Name="shop"))[:2] == (404, "ResourceNotFoundException")
    assert refusal(lambda: scheduler.delete_schedule_group(Name="default"))[:2] == (400, "ValidationException")


def test_a_deleted_schedule_has_nothing_pending(lambda_events: LambdaEvents) -> None:
    create(lambda_events, "rate(1 hour)")

    lambda_events.client("scheduler").delete_schedule(Name="nightly")

    assert lambda_events.pending == []


def test_schedules_do_not_keep_run_until_idle_busy(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    create(lambda_events, "rate(1 minute)")

    lambda_events.run_until_idle()

    [pending] = lambda_events.pending
    assert (pending.kind, pending.after_seconds, dict(pending.detail)) == (
        "schedule", 0, {"schedule": "schedule/default/nightly", "schedule_expression": "rate(1 minute)"},
    )  # fmt: skip
    assert (lambda_events.now, list(function.events)) == (START, [])


@pytest.mark.rule("SCH-26")
def test_templated_targets_receive_the_input(lambda_events: LambdaEvents) -> None:
    queue, fifo = lambda_events.queue("plain"), lambda_events.queue("ordered.fifo", content_based_deduplication=True)
    topic, bus = lambda_events.topic("news"), lambda_events.event_bus("shop")
    stream = lambda_events.stream("clicks")
    at, text = "at(2026-01-01T01:00:00)", '{"job": "sweep"}'
    parameters: dict[str, tuple[str, dict[str, Any]]] = {
        "queue": (queue.arn, {}),
        "fifo": (fifo.arn, {"SqsParameters": {"MessageGroupId": "g"}}),
        "topic": (topic.arn, {}),
        "bus": (bus.arn, {"EventBridgeParameters": {"DetailType": "Swept", "Source": "shop"}}),
        "stream": (stream.arn, {"KinesisParameters": {"PartitionKey": "k"}}),
    }
    for name, (arn, more) in parameters.items():
        create(lambda_events, at, arn, name, Target={"Input": text, **more})

    lambda_events.advance(timedelta(hours=1))

    assert [message.body for message in (*queue.messages, *fifo.messages, *topic.messages)] == [text] * 3
    assert [(event["source"], event["detail-type"], event["detail"]) for event in bus.events] == [
        ("shop", "Swept", {"job": "sweep"})
    ]
    assert [(record.partition_key, record.data) for record in stream.records] == [("k", text.encode())]
    assert warnings(lambda_events) == []


@pytest.mark.rule("SCH-25")
def test_universal_targets_call_the_api(lambda_events: LambdaEvents) -> None:
    function, queue, topic = lambda_events.function(take), lambda_events.queue("ticks"), lambda_events.topic("news")
    bus = lambda_events.event_bus("shop")
    inputs = {
        "lambda:invoke": {"FunctionName": "take", "InvocationType": "Event", "Payload": '{"n": 1}'},
        "sqs:sendMessage": {"QueueUrl": queue.url, "MessageBody": "now <aws.scheduler.scheduled-time>"},
        "sns:publish": {"TopicArn": topic.arn, "Message": "hello", "Subject": "s"},
        "eventbridge:putEvents": {"Entries": [{"Source": "shop", "DetailType": "d", "Detail": "{}", "EventBusName": "shop"}]},
    }
    for action, parameters in inputs.items():
        arn = f"arn:aws:scheduler:::aws-sdk:{action}"
        target = {"Input": json.dumps(parameters)}
        create(lambda_events, "at(2026-01-01T01:00:00)", arn, action.replace(":", "-"), Target=target)

    lambda_events.advance(timedelta(hours=1))

    assert [event.payload for event in function.events] == [{"n": 1}]
    assert [message.body for message in queue.messages] == ["now 2026-01-01T01:00:00Z"]
    assert [message.body for message in topic.messages] == ["hello"]
    assert [event["source"] for event in bus.events] == ["shop"]
    assert warnings(lambda_events) == []


@pytest.mark.rule("SCH-25")
def test_a_universal_invocation_is_synchronous_by_default_and_not_retried(lambda_events: LambdaEvents) -> None:
    def fail(event: Any, context: object) -> None:
        raise ValueError("no")

    function, lost = lambda_events.function(fail), lambda_events.queue("lost")
    target = {"Input": json.dumps({"FunctionName": "fail", "Payload": '{"n": 1}'}), "DeadLetterConfig": {"Arn": lost.arn}}
    create(lambda_events, "at(2026-01-01T01:00:00)", "arn:aws:scheduler:::aws-sdk:lambda:invoke", Target=target)

    lambda_events.advance(timedelta(days=1))

    assert [attempt.outcome for attempt in function.attempts] == ["function_error"]
    assert (list(function.events), lost.messages) == ([], [])


@pytest.mark.rule("SCH-25", "SCH-26")
@pytest.mark.parametrize(
    ("arn", "told"),
    [
        ("arn:aws:scheduler:::aws-sdk:ecs:runTask", "universal target ecs:runTask"),
        ("arn:aws:ecs:us-east-1:123456789012:cluster/shop", "target of the service 'ecs'"),
    ],
)
def test_other_targets_are_refused_by_name_when_they_fire(lambda_events: LambdaEvents, arn: str, told: str) -> None:
    create(lambda_events, "at(2026-01-01T01:00:00)", arn, Target={"Input": "{}"})

    with pytest.raises(NotSimulatedError, match=told):
        lambda_events.advance(timedelta(hours=1))


@pytest.mark.rule("SCH-28", "SCH-27", "SCH-20")
@pytest.mark.scenario("EVB E24")
def test_a_role_without_permission_sends_ten_attributes_to_the_dead_letter_queue() -> None:
    with LambdaEvents(start_time=START, enforce_permissions=True) as lambda_events:
        function, lost = lambda_events.function(take), lambda_events.queue("lost")
        role = _role(lambda_events, {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": lost.arn})
        target = {"RoleArn": role, "DeadLetterConfig": {"Arn": lost.arn}, "Input": '{"job": "sweep"}'}
        create(lambda_events, "at(2026-01-01T01:00:00)", function.arn, Target=target)

        lambda_events.advance(timedelta(hours=1))

        [message] = lost.messages
        attributes = dict(message.message_attributes)
        assert message.body == '{"job": "sweep"}'
        assert sorted(attributes) == [
            "CONTAINS_INVALID_PAYLOAD", "ERROR_CODE", "ERROR_MESSAGE", "EXECUTION_ID", "EXHAUSTED_RETRY_CONDITION",
            "IS_PAYLOAD_TRUNCATED", "RETRY_ATTEMPTS", "SCHEDULED_TIME", "SCHEDULE_ARN", "TARGET_ARN",
        ]  # fmt: skip
        assert "lambda:InvokeFunction" in attributes.pop("ERROR_MESSAGE")
        assert len(attributes.pop("EXECUTION_ID")) == 36
        assert attributes == {
            "CONTAINS_INVALID_PAYLOAD": "false", "ERROR_CODE": "AccessDeniedException",
            "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts", "IS_PAYLOAD_TRUNCATED": "false", "RETRY_ATTEMPTS": "0",
            "SCHEDULED_TIME": "2026-01-01T01:00:00Z", "SCHEDULE_ARN": f"{ACCOUNT}:schedule/default/nightly",
            "TARGET_ARN": function.arn,
        }  # fmt: skip
        assert list(function.events) == []


@pytest.mark.rule("SCH-20")
def test_the_role_is_enough_without_a_policy_of_the_function() -> None:
    with LambdaEvents(start_time=START, enforce_permissions=True) as lambda_events:
        function = lambda_events.function(take)
        role = _role(lambda_events, {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": function.arn})
        create(lambda_events, "at(2026-01-01T01:00:00)", function.arn, Target={"RoleArn": role})

        lambda_events.advance(timedelta(hours=1))

        assert len(function.events) == 1


@pytest.mark.rule("SCH-27")
@pytest.mark.parametrize(
    "arn", [FUNCTION, "arn:aws:sqs:us-east-1:123456789012:none", "arn:aws:sns:us-east-1:123456789012:none"]
)
def test_a_missing_target_is_reported(lambda_events: LambdaEvents, arn: str) -> None:
    lost = lambda_events.queue("lost")
    create(lambda_events, "at(2026-01-01T01:00:00)", arn, Target={"DeadLetterConfig": {"Arn": lost.arn}})
    create(lambda_events, "at(2026-01-01T01:00:00)", arn, "without")

    lambda_events.advance(timedelta(hours=1))

    [message] = lost.messages
    assert message.message_attributes["RETRY_ATTEMPTS"] == "0"
    [warning] = warnings(lambda_events)
    assert f"Schedule 'without' could not deliver to {arn}" in warning
    assert "The target has no DeadLetterConfig" in warning


@pytest.mark.rule("SCH-24", "SCH-27")
def test_a_function_that_is_not_active_yet_is_tried_again_after_1_2_and_4_seconds() -> None:
    with LambdaEvents(start_time=START, state_change_seconds=5) as lambda_events:
        create_function("take", "def handler(event, context): return None")
        text = '{"n": <aws.scheduler.attempt-number>, "e": "<aws.scheduler.execution-id>"}'
        create(lambda_events, "at(2026-01-01T00:00:00)", Target={"Input": text})

        lambda_events.advance(60)

        function = lambda_events.functions["take"]
        assert fired(lambda_events, function) == [7]
        assert function.events[0].payload["n"] == 4


@pytest.mark.rule("SCH-27", "SCH-28")
@pytest.mark.parametrize(
    ("policy", "condition", "retries"),
    [
        ({"MaximumRetryAttempts": 2}, "MaximumRetryAttempts", "2"),
        ({"MaximumEventAgeInSeconds": 60}, "MaximumEventAgeInSeconds", "5"),
    ],
)
def test_retries_end_with_the_policy(policy: dict[str, int], condition: str, retries: str) -> None:
    with LambdaEvents(start_time=START, state_change_seconds=500) as lambda_events:
        create_function("take", "def handler(event, context): return None")
        lost = lambda_events.queue("lost")
        target = {"RetryPolicy": policy, "DeadLetterConfig": {"Arn": lost.arn}}
        create(lambda_events, "at(2026-01-01T00:00:00)", Target=target)

        lambda_events.advance(100)

        attributes = lost.messages[0].message_attributes
        assert attributes["ERROR_CODE"] == "ResourceConflictException"
        assert (attributes["EXHAUSTED_RETRY_CONDITION"], attributes["RETRY_ATTEMPTS"]) == (condition, retries)


def test_a_stack_has_schedules_and_groups(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    cloudformation = lambda_events.client("cloudformation")

    def body(expression: str, **properties: Any) -> str:
        schedule = {
            "GroupName": {"Ref": "Group"}, "ScheduleExpression": expression, "ScheduleExpressionTimezone": "Europe/Berlin",
            "FlexibleTimeWindow": {"Mode": "OFF"}, "StartDate": "2026-01-02T00:00:00Z",
            "Target": {
                "Arn": function.arn, "RoleArn": ROLE, "Input": '{"n": 1}', "RetryPolicy": {"MaximumRetryAttempts": "2"},
            },
            **properties,
        }  # fmt: skip
        resources = {
            "Group": {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Name": "shop"}},
            "Nightly": {"Type": "AWS::Scheduler::Schedule", "Properties": schedule},
        }
        return json.dumps({"Resources": resources, "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Nightly", "Arn"]}}}})

    cloudformation.create_stack(StackName="shop", TemplateBody=body("cron(0 8 * * ? *)", Name="nightly"))
    lambda_events.advance(timedelta(days=2))
    cloudformation.update_stack(StackName="shop", TemplateBody=body("cron(0 9 * * ? *)", Name="nightly"))
    lambda_events.advance(timedelta(days=1))
    [output] = cloudformation.describe_stacks(StackName="shop")["Stacks"][0]["Outputs"]
    cloudformation.delete_stack(StackName="shop")

    assert output["OutputValue"] == f"{ACCOUNT}:schedule/shop/nightly"
    assert fired(lambda_events, function) == [86_400 + 7 * 3_600, 2 * 86_400 + 8 * 3_600]
    assert lambda_events.pending == []
    assert [group["Name"] for group in lambda_events.client("scheduler").list_schedule_groups()["ScheduleGroups"]] == [
        "default"
    ]


def test_a_refused_schedule_fails_its_stack(lambda_events: LambdaEvents) -> None:
    schedule = {
        "ScheduleExpression": "daily", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": {"Arn": FUNCTION, "RoleArn": ROLE},
    }  # fmt: skip
    body = json.dumps({"Resources": {"Nightly": {"Type": "AWS::Scheduler::Schedule", "Properties": schedule}}})

    found = refusal(lambda: lambda_events.client("cloudformation").create_stack(StackName="shop", TemplateBody=body))

    assert "Invalid Schedule Expression daily." in found[2]


def _role(lambda_events: LambdaEvents, statement: dict[str, str]) -> str:
    iam = lambda_events.client("iam")
    trust = {
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "scheduler.amazonaws.com"}}]
    }
    arn: str = iam.create_role(RoleName="schedules", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="schedules", PolicyName="p", PolicyDocument=policy)
    return arn
