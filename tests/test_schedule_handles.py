"""`lambda_events.rule` and `lambda_events.schedule`."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents, LambdaEventsError, Rule, Schedule
from pytest_lambda_events.handles.schedules import _SETTINGS, ScheduleSettings

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def sweep(event: Any, context: object) -> None:
    """Takes an event."""


def test_a_schedule_and_a_rule_of_one_function(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(sweep)

    schedule = lambda_events.schedule("cron(0 8 ? * MON-FRI *)", function, timezone="Europe/Berlin", payload={"job": "sweep"})
    rule = lambda_events.rule("rate(5 minutes)", function)
    lambda_events.advance(timedelta(days=3))

    # 1 January 2026 is a Thursday: the schedule fires on Thursday and Friday.
    assert len(function.events) == 2 + 3 * 24 * 12
    assert [event.accepted_at for event in function.events if event.payload == {"job": "sweep"}] == [
        START + timedelta(hours=7), START + timedelta(days=1, hours=7),
    ]  # fmt: skip
    assert isinstance(schedule, Schedule)
    assert isinstance(rule, Rule)
    assert (schedule.name, rule.name) == ("schedule-1", "rule-1")
    assert schedule.arn.endswith(":schedule/default/schedule-1")
    assert rule.arn.endswith(":rule/rule-1")
    assert (repr(schedule), repr(rule)) == ("<Schedule schedule-1>", "<Rule rule-1>")


def test_names_are_counted_or_given(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("ticks")

    rules = [lambda_events.rule("rate(1 hour)", queue, name=name).name for name in (None, "nightly", None)]
    schedules = [lambda_events.schedule("rate(1 hour)", queue, name=name).name for name in (None, "nightly", None)]

    assert rules == ["rule-1", "nightly", "rule-2"]
    assert schedules == ["schedule-1", "nightly", "schedule-2"]


def test_a_rule_is_disabled_enabled_and_deleted(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("ticks")
    rule = lambda_events.rule("rate(1 hour)", queue, payload="tick")

    rule.disable()
    lambda_events.advance(timedelta(hours=2))
    rule.enable()
    lambda_events.advance(timedelta(hours=1))
    rule.delete()
    lambda_events.advance(timedelta(hours=2))

    assert [message.body for message in queue.messages] == ['"tick"']
    assert lambda_events.client("events").list_rules()["Rules"] == []


def test_a_schedule_is_disabled_enabled_and_deleted(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("ticks")
    end = START + timedelta(days=1)
    schedule = lambda_events.schedule("cron(0 * * * ? *)", queue, payload={"n": 1}, end_date=end, timezone="Asia/Tokyo")

    schedule.disable()
    lambda_events.advance(timedelta(hours=2))
    schedule.enable()
    lambda_events.advance(timedelta(hours=1))
    found = lambda_events.client("scheduler").get_schedule(Name=schedule.name)
    schedule.delete()
    lambda_events.advance(timedelta(hours=2))

    assert [json.loads(message.body) for message in queue.messages] == [{"n": 1}]
    assert (found["EndDate"], found["ScheduleExpressionTimezone"], found["State"]) == (end, "Asia/Tokyo", "ENABLED")
    assert lambda_events.client("scheduler").list_schedules()["Schedules"] == []


def test_all_settings_reach_aws(lambda_events: LambdaEvents) -> None:
    queue, lost = lambda_events.queue("ticks.fifo", content_based_deduplication=True), lambda_events.queue("lost")
    start, end = START + timedelta(days=1), START + timedelta(days=2)

    schedule = lambda_events.schedule(
        "rate(1 hour)", queue, start_date=start, end_date=end, maximum_window_in_minutes=15, action_after_completion="DELETE",
        maximum_retry_attempts=3, maximum_event_age_in_seconds=600, dead_letter_queue=lost, message_group_id="g",
        role="arn:aws:iam::123456789012:role/schedules",
    )  # fmt: skip

    found = lambda_events.client("scheduler").get_schedule(Name=schedule.name)
    assert (found["StartDate"], found["EndDate"], found["ActionAfterCompletion"]) == (start, end, "DELETE")
    assert found["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    assert found["Target"] == {
        "Arn": queue.arn, "RoleArn": "arn:aws:iam::123456789012:role/schedules", "SqsParameters": {"MessageGroupId": "g"},
        "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 600}, "DeadLetterConfig": {"Arn": lost.arn},
    }  # fmt: skip


def test_each_setting_is_checked() -> None:
    assert _SETTINGS.keys() == ScheduleSettings.__annotations__.keys()


def test_a_queue_receives_the_text_of_a_schedule_unchanged(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("ticks")

    lambda_events.schedule("at(2026-01-01T00:30:00)", queue, payload="tick")
    lambda_events.advance(timedelta(hours=1))

    assert [message.body for message in queue.messages] == ["tick"]


@pytest.mark.parametrize("payload", [{"job": "sweep"}, "text", None, [1]])
def test_a_payload_of_a_function_is_any_json(lambda_events: LambdaEvents, payload: object) -> None:
    function = lambda_events.function(sweep)

    lambda_events.rule("rate(1 hour)", function, payload=payload)
    lambda_events.schedule("at(2026-01-01T00:30:00)", function, payload=payload)
    lambda_events.advance(timedelta(hours=1))

    assert [event.payload for event in function.events] == [payload, payload]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no expression": ({"schedule_expression": 5}, "schedule_expression=5 is not a name. Pass"),
    "a name as target": ({"target": "sweep"}, "target='sweep' is not the handle of a function, queue or topic"),
    "no target": ({"target": None}, "target=None is not the handle of a function, queue or topic"),
    "a long name": ({"name": "n" * 65}, "is not the name of a .*Pass 1 to 64 ASCII letters"),
    "a payload that is no JSON": ({"payload": {1, 2}}, r"Cannot encode the payload \{1, 2\} as JSON"),
}
WRONG_SETTINGS: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown setting": ({"start": START}, "A schedule has no setting 'start'. Settings: start_date, end_date"),
    "a time zone": ({"timezone": 5}, "timezone=5 is not a name"),
    "a naive date": ({"start_date": datetime(2026, 1, 1)}, "start_date=.* is not an aware datetime. Pass"),
    "a date as text": ({"end_date": "2026-01-01"}, "end_date='2026-01-01' is not an aware datetime"),
    "no window": ({"maximum_window_in_minutes": 0}, "maximum_window_in_minutes=0 is not a whole number from 1 to 1,440"),
    "an action": ({"action_after_completion": "STOP"}, "action_after_completion='STOP' is not 'NONE' or 'DELETE'"),
    "many retries": ({"maximum_retry_attempts": 186}, "maximum_retry_attempts=186 is not a whole number from 0 to 185"),
    "an age": ({"maximum_event_age_in_seconds": 59}, "maximum_event_age_in_seconds=59 is not a whole number from 60"),
    "a queue's name": ({"dead_letter_queue": "lost"}, "dead_letter_queue='lost' is not a queue"),
    "a group": ({"message_group_id": ""}, "message_group_id='' is not a name"),
    "a role": ({"role": 5}, "role=5 is not the ARN of a role"),
}


@pytest.mark.parametrize("method", ["rule", "schedule"])
@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_argument_is_refused_by_name(lambda_events: LambdaEvents, method: str, case: str) -> None:
    given, message = WRONG[case]
    arguments = {"schedule_expression": "rate(1 hour)", "target": lambda_events.function(sweep), **given}

    with pytest.raises(LambdaEventsError, match=message):
        getattr(lambda_events, method)(**arguments)

    assert lambda_events.pending == []


@pytest.mark.parametrize("case", WRONG_SETTINGS)
def test_a_wrong_setting_is_refused_by_name(lambda_events: LambdaEvents, case: str) -> None:
    given, message = WRONG_SETTINGS[case]

    with pytest.raises(LambdaEventsError, match=message):
        lambda_events.schedule("rate(1 hour)", lambda_events.function(sweep), **given)

    assert lambda_events.pending == []


@pytest.mark.parametrize("method", ["rule", "schedule"])
def test_a_taken_name_is_refused(lambda_events: LambdaEvents, method: str) -> None:
    queue = lambda_events.queue("ticks")
    getattr(lambda_events, method)("rate(1 hour)", queue, name="nightly")

    with pytest.raises(LambdaEventsError, match=f"{method.capitalize()} 'nightly' already exists. Choose another name"):
        getattr(lambda_events, method)("rate(1 hour)", queue, name="nightly")


@pytest.mark.parametrize("method", ["rule", "schedule"])
def test_a_refused_expression_creates_nothing(lambda_events: LambdaEvents, method: str) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        getattr(lambda_events, method)("every day", lambda_events.queue("ticks"))

    assert lambda_events.client("events").list_rules()["Rules"] == []
    assert lambda_events.client("scheduler").list_schedules()["Schedules"] == []


def test_run_until_idle_returns_the_next_firing_of_each_schedule(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(lambda event, context: None, name="sweep")
    lambda_events.rule("rate(1 day)", function, name="nightly")
    lambda_events.schedule("rate(1 hour)", function, name="hourly")
    stopped = lambda_events.rule("rate(1 minute)", function, name="often")
    stopped.disable()
    lambda_events.advance(0)

    still = lambda_events.run_until_idle()

    assert [(work.kind, work.detail["schedule"], work.after_seconds) for work in still] == [
        ("schedule", "schedule/default/hourly", 3_600),
        ("schedule", "rule/nightly", 86_400),
    ]
    assert still == lambda_events.pending
    assert len(function.attempts) == 1


def test_run_until_idle_returns_nothing_if_nothing_is_scheduled(lambda_events: LambdaEvents) -> None:
    lambda_events.function(lambda event, context: None, name="sweep").invoke_async({})

    assert lambda_events.run_until_idle() == []
