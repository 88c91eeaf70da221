"""Archives and replays of EventBridge, through boto3."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents, Queue

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
BUS = "arn:aws:events:us-east-1:123456789012:event-bus/default"
ARCHIVE = "arn:aws:events:us-east-1:123456789012:archive/all"
REPLAYED = {"replay-name": [{"exists": True}]}

pytestmark = pytest.mark.lambda_events(start_time=START)


def put_rule(name: str, queue: Queue, pattern: Any) -> str:
    events = boto3.client("events")
    arn: str = events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": queue.arn}])
    return arn


def put(number: int = 7, after: float = 0, **members: Any) -> str:
    """Puts an event whose time is `after` seconds after the start, and returns its id."""
    detail, time = json.dumps({"order": number}), START.timestamp() + after
    entry = {"Source": "shop", "DetailType": "paid", "Detail": detail, "Time": time}
    event_id: str = boto3.client("events").put_events(Entries=[{**entry, **members}])["Entries"][0]["EventId"]
    return event_id


def replay(start: float = 0, end: float = 3600, name: str = "again", filter_arns: Sequence[str] = ()) -> Any:
    """Replays the events between two times, in seconds after the start."""
    return boto3.client("events").start_replay(
        ReplayName=name, EventSourceArn=ARCHIVE, EventStartTime=START + timedelta(seconds=start),
        EventEndTime=START + timedelta(seconds=end), Destination={"Arn": BUS, "FilterArns": list(filter_arns)},
    )  # fmt: skip


def orders(queue: Queue) -> list[int]:
    return [message.json["detail"]["order"] for message in queue.messages]


@pytest.fixture
def seen(lambda_events: LambdaEvents) -> Queue:
    """A queue that receives replayed events, and an archive of all events."""
    queue = lambda_events.queue("seen")
    put_rule("replayed", queue, REPLAYED)
    boto3.client("events").create_archive(ArchiveName="all", EventSourceArn=BUS)
    return queue


@pytest.mark.rule("EVB-A1", "EVB-A2", "EVB-A3")
@pytest.mark.scenario("EVB E17")
def test_a_replay_delivers_an_event_with_a_new_id_and_its_name(lambda_events: LambdaEvents, seen: Queue) -> None:
    event_id = put(Resources=["arn:x"])
    lambda_events.advance(1800)

    answer = replay()
    before = len(seen.messages)
    lambda_events.run_until_idle()

    [message] = seen.messages
    event = message.json
    assert (answer["State"], before) == ("STARTING", 0)
    assert message.body == (
        f'{{"version":"0","id":"{event["id"]}","detail-type":"paid","source":"shop","account":"123456789012",'
        '"time":"2026-01-01T00:00:00Z","region":"us-east-1","replay-name":"again","resources":["arn:x"],'
        '"detail":{"order":7}}'
    )
    assert event["id"] != event_id
    assert boto3.client("events").describe_replay(ReplayName="again")["State"] == "COMPLETED"


@pytest.mark.rule("EVB-A1")
def test_a_replay_selects_by_the_time_of_events_and_excludes_its_end(lambda_events: LambdaEvents, seen: Queue) -> None:
    for number, after in enumerate((9, 10, 19, 20, 15)):
        put(number, after)

    replay(10, 20)
    lambda_events.run_until_idle()

    assert orders(seen) == [1, 4, 2]
    last = boto3.client("events").describe_replay(ReplayName="again")["EventLastReplayedTime"]
    assert last == START


@pytest.mark.rule("EVB-A1", "EVB-A2")
def test_a_replay_reaches_the_rules_that_match_now(lambda_events: LambdaEvents, seen: Queue) -> None:
    late, excluding, filtered = (lambda_events.queue(name) for name in ("late", "excluding", "filtered"))
    put()
    put_rule("late", late, {"source": ["shop"]})
    put_rule("excluding", excluding, {"source": ["shop"], "replay-name": [{"exists": False}]})

    replay()
    lambda_events.run_until_idle()
    replay(name="once-more", filter_arns=[put_rule("filtered", filtered, {"source": ["shop"]})])
    lambda_events.run_until_idle()

    assert [len(queue.messages) for queue in (seen, late, excluding, filtered)] == [1, 1, 0, 1]
    assert late.messages[0].json["id"] == seen.messages[0].json["id"]


@pytest.mark.rule("EVB-A0")
@pytest.mark.parametrize(
    ("name", "constraint"),
    [("x" * 49, "have length less than or equal to 48"), ("a b", r"satisfy regular expression pattern: [\.\-_A-Za-z0-9]+")],
)
def test_the_name_of_an_archive_has_48_characters_or_fewer(lambda_events: LambdaEvents, name: str, constraint: str) -> None:
    with pytest.raises(ClientError) as refused:
        boto3.client("events").create_archive(ArchiveName=name, EventSourceArn=BUS)

    assert refused.value.response["Error"]["Message"] == (
        f"1 validation error detected: Value '{name}' at 'archiveName' failed to satisfy constraint: Member must {constraint}"
    )


@pytest.mark.rule("EVB-A0", "EVB-A2")
def test_replayed_events_are_not_archived_again(lambda_events: LambdaEvents, seen: Queue) -> None:
    put()
    replay()
    lambda_events.run_until_idle()

    assert len(seen.messages) == 1
    assert boto3.client("events").describe_archive(ArchiveName="all")["EventCount"] == 1


@pytest.mark.rule("EVB-A0")
@pytest.mark.usefixtures("lambda_events")
@pytest.mark.parametrize("pattern", [{"source": ["shop"]}, {"detail": {"order": [7]}}])
def test_an_archive_keeps_matching_events(pattern: Any) -> None:
    events = boto3.client("events")
    events.create_archive(ArchiveName="all", EventSourceArn=BUS, EventPattern=json.dumps(pattern))
    put()
    put(8, Source="bank")

    [rule] = events.list_rules(NamePrefix="Events-Archive-")["Rules"]

    assert (rule["Name"], rule["ManagedBy"]) == ("Events-Archive-all", "prod.vhs.events.aws.internal")
    assert json.loads(rule["EventPattern"]) == {**pattern, "replay-name": [{"exists": False}]}
    assert events.describe_archive(ArchiveName="all")["EventCount"] == 1


@pytest.mark.rule("EVB-A0")
def test_a_changed_pattern_of_an_archive_counts_for_later_events(seen: Queue) -> None:
    events = boto3.client("events")
    put()
    events.update_archive(ArchiveName="all", EventPattern='{"source": ["bank"]}')
    put()
    put(Source="bank")

    assert (events.describe_archive(ArchiveName="all")["EventCount"], seen.messages) == (2, [])


@pytest.mark.rule("EVB-A0")
@pytest.mark.parametrize(("days", "count"), [(0, 1), (1, 0), (2, 1)], ids=["for ever", "one day", "two days"])
def test_an_archive_keeps_events_for_its_retention_after_they_arrived(
    lambda_events: LambdaEvents, days: int, count: int
) -> None:
    events = boto3.client("events")
    events.create_archive(ArchiveName="all", EventSourceArn=BUS, RetentionDays=days)
    put(after=-10 * 86_400)

    lambda_events.advance(timedelta(days=1) - timedelta(seconds=1))
    before = events.describe_archive(ArchiveName="all")["EventCount"]
    lambda_events.advance(1)

    assert (before, events.describe_archive(ArchiveName="all")["EventCount"]) == (1, count)


@pytest.mark.rule("EVB-A0")
@pytest.mark.usefixtures("lambda_events")
def test_the_name_of_an_archive_has_at_most_48_characters() -> None:
    events = boto3.client("events")
    events.create_archive(ArchiveName="x" * 48, EventSourceArn=BUS)

    with pytest.raises(ClientError, match="less than or equal to 48"):
        events.create_archive(ArchiveName="x" * 49, EventSourceArn=BUS)


@pytest.mark.rule("EVB-A3")
@pytest.mark.parametrize(
    ("operation", "parameters", "state"),
    [
        ("cancel_replay", {"ReplayName": "again"}, ("CANCELLED", None)),
        ("delete_archive", {"ArchiveName": "all"}, ("FAILED", "Archive resource not found.")),
    ],
)
def test_a_replay_that_does_not_complete(
    lambda_events: LambdaEvents, seen: Queue, operation: str, parameters: dict[str, str], state: tuple[str, str | None]
) -> None:
    events = boto3.client("events")
    put()
    replay()

    getattr(events, operation)(**parameters)
    lambda_events.run_until_idle()

    answer = events.describe_replay(ReplayName="again")
    assert (answer["State"], answer.get("StateReason"), seen.messages) == (*state, [])


@pytest.mark.rule("EVB-A3")
def test_a_completed_replay_is_not_cancelled(lambda_events: LambdaEvents, seen: Queue) -> None:
    replay()
    lambda_events.run_until_idle()

    with pytest.raises(ClientError) as caught:
        boto3.client("events").cancel_replay(ReplayName="again")

    assert (caught.value.response["Error"]["Code"], seen.messages) == ("IllegalStatusException", [])


@pytest.mark.rule("EVB-A1")
def test_a_replay_goes_only_to_the_bus_of_the_archive(lambda_events: LambdaEvents, seen: Queue) -> None:
    other = lambda_events.event_bus("other")

    with pytest.raises(ClientError, match="Cross event bus replay is not permitted") as caught:
        boto3.client("events").start_replay(
            ReplayName="again", EventSourceArn=ARCHIVE, EventStartTime=START, EventEndTime=START + timedelta(hours=1),
            Destination={"Arn": other.arn},
        )  # fmt: skip

    assert (caught.value.response["Error"]["Code"], seen.messages) == ("ValidationException", [])


def test_a_pending_replay_is_listed(lambda_events: LambdaEvents, seen: Queue) -> None:
    replay()

    [pending] = lambda_events.pending

    assert (pending.kind, dict(pending.detail), seen.messages) == ("push", {"pushed_by": "replay again", "target": BUS}, [])


@pytest.mark.rule("EVB-34", "EVB-A0")
@pytest.mark.usefixtures("lambda_events")
@pytest.mark.parametrize("operation", ["create_archive", "update_archive"])
def test_the_pattern_of_an_archive_is_checked_as_that_of_a_rule(operation: str) -> None:
    events, is_new = boto3.client("events"), operation == "create_archive"
    events.create_archive(ArchiveName="all", EventSourceArn=BUS)
    source = {"ArchiveName": "other", "EventSourceArn": BUS} if is_new else {"ArchiveName": "all"}

    with pytest.raises(ClientError) as caught:
        getattr(events, operation)(EventPattern='{"a": [{"near": "x"}]}', **source)
    put()

    assert caught.value.response["Error"] == {
        "Code": "InvalidEventPatternException",
        "Message": "Event pattern is not valid. Reason: Unrecognized match type near",
    }
    assert [(one["ArchiveName"], one["EventCount"]) for one in events.list_archives()["Archives"]] == [("all", 1)]
