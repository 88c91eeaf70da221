"""Batches and event sources as a test looks at them, from journals that are written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from entries import ended, started
from mapping_journals import FUNCTION, ORDERS, UUID, MappingStory

from pytest_lambda_events import Batch, EventSourceMapping, Function, LambdaEventsError
from pytest_lambda_events.handles.event_source_mapping import mapping_parameters
from pytest_lambda_events.journal.entry import Subject
from pytest_lambda_events.journal.journal import Journal
from pytest_lambda_events.simulation.clock import VirtualClock

MAPPING_ARN = f"arn:aws:lambda:us-east-1:123456789012:event-source-mapping:{UUID}"


class RecordedApi:
    """Answers calls with what it was given, in that order, and keeps them."""

    def __init__(self, journal: Journal, *answers: dict[str, Any]) -> None:
        self.journal = journal
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._answers = list(answers)

    def call(self, operation: str, /, **parameters: Any) -> dict[str, Any]:
        self.calls.append((operation, parameters))
        return self._answers.pop(0) if self._answers else {}

    def checkpoints(self, uuid: str) -> dict[str, str]:
        return {"shardId-000000000000": "7"} if uuid == UUID else {}


def ship(story: MappingStory, qualifier: str | None = None) -> Function:
    return Function(RecordedApi(story.journal), "ship", FUNCTION, qualifier)  # type: ignore[arg-type]


def mapping(clock: VirtualClock, *answers: dict[str, Any]) -> tuple[EventSourceMapping, RecordedApi]:
    api = RecordedApi(Journal(clock), *answers)
    return EventSourceMapping(api, UUID, MAPPING_ARN), api  # type: ignore[arg-type]


# ---------------------------------------------------------------------- batches


def test_a_batch_that_runs_has_no_end_and_no_failures_yet(clock: VirtualClock) -> None:
    story = MappingStory(clock)
    story.started("a", "b")

    [batch] = ship(story).batches

    assert (batch.outcome, batch.ended_after_seconds, batch.batch_item_failures) == (None, None, [])
    assert [record["messageId"] for record in batch.records] == ["a", "b"]


def test_a_batch_names_its_event_source_mapping_also_when_that_is_gone(clock: VirtualClock) -> None:
    story = MappingStory(clock)
    story.succeeds("a")

    [batch] = ship(story).batches

    assert (batch.event_source_mapping.uuid, batch.event_source_mapping.arn) == (UUID, MAPPING_ARN)
    assert batch.shard_id is None


@pytest.mark.parametrize(
    ("body", "data"),
    [
        ('{"id": 1}', {"id": 1}),
        (' [1, {"id": 2}]', [1, {"id": 2}]),
        ("hello", "hello"),
        ("7", "7"),
        ('"quoted"', '"quoted"'),
        ("null", "null"),
        ("{broken", "{broken"),
        ("[" * 100_000, "[" * 100_000),
        ("", ""),
    ],
    ids=["object", "array", "text", "number", "JSON text", "null", "broken object", "too deep", "empty"],
)
def test_data_is_decoded_only_where_it_is_an_object_or_an_array(clock: VirtualClock, body: str, data: object) -> None:
    story = MappingStory(clock)
    story.succeeds("a", bodies=[body])

    [batch] = ship(story).batches

    assert batch.data == [data]


def test_the_failures_of_a_batch_are_those_that_were_judged(clock: VirtualClock) -> None:
    story = MappingStory(clock)
    subject = story.started("a", "b")
    story.ended(subject, payload=b'{"batchItemFailures":[{"itemIdentifier":"b"}]}')
    story.result(subject, 2, ["b"])

    [batch] = ship(story).batches

    assert (batch.outcome, batch.batch_item_failures) == ("success", ["b"])


@pytest.mark.rule("SQS-63")
def test_attempts_that_did_not_run_are_batches_too(clock: VirtualClock) -> None:
    story = MappingStory(clock)
    story.throttled("a")
    story.not_found("a", attempt=2)
    story.fails("a", attempt=3)

    batches = ship(story).batches

    assert [(batch.outcome, batch.number) for batch in batches] == [("throttled", 1), ("not_found", 2), ("function_error", 3)]
    assert [batch.batch_item_failures for batch in batches] == [["a"], ["a"], ["a"]]


def test_attempts_list_batches_among_all_other_attempts(clock: VirtualClock) -> None:
    story = MappingStory(clock)
    story.succeeds("a")
    call = Subject("ship", "call", 1)
    story.journal.write(started(call, arn=FUNCTION))
    story.journal.write(ended(call))
    story.succeeds("b")
    function = ship(story)

    attempts = function.attempts

    assert [isinstance(attempt, Batch) for attempt in attempts] == [True, False, True]
    assert function.batches == [attempts[0], attempts[2]]


@pytest.mark.rule("SQS-05")
@pytest.mark.parametrize(
    ("qualifier", "numbers"),
    [(None, [1, 2, 3, 4, 5]), ("live", [2, 4, 5]), ("1", [3]), ("$LATEST", [])],
    ids=["the function", "an alias", "a version", "a qualifier without batches"],
)
def test_batches_go_by_the_qualifier_that_the_mapping_names(
    clock: VirtualClock, qualifier: str | None, numbers: list[int]
) -> None:
    story = MappingStory(clock)
    story.succeeds("a", attempt=1)
    story.invoked_arn, story.origin = f"{FUNCTION}:live", replace(story.origin, event_source_mapping="of-the-alias")
    story.fails("b", attempt=2)
    story.invoked_arn, story.origin = f"{FUNCTION}:1", replace(story.origin, event_source_mapping="of-the-version")
    story.succeeds("c", attempt=3)
    story.invoked_arn, story.origin = f"{FUNCTION}:live", replace(story.origin, event_source_mapping="of-the-alias")
    story.not_found("b", attempt=4)
    story.succeeds("b", attempt=5)

    function = ship(story, qualifier)

    assert [batch.number for batch in function.batches] == numbers
    assert [attempt.number for attempt in function.attempts] == numbers


@pytest.mark.rule("SQS-03", "SQS-41", "SQS-48")
@pytest.mark.parametrize(
    ("deletions", "count"),
    [
        ([], 0),
        ([(["a", "b"], [])], 2),
        ([(["a"], []), (["a"], [])], 1),
        ([(["a"], ["a"])], 0),
        ([(["a", "b"], ["a"]), (["a"], [])], 2),
    ],
    ids=["none", "a batch", "a message that came twice", "a stale receipt", "a stale receipt, then a good one"],
)
def test_a_record_counts_as_processed_once_and_when_it_is_deleted(
    clock: VirtualClock, deletions: Sequence[tuple[Sequence[str], Sequence[str]]], count: int
) -> None:
    story = MappingStory(clock)
    story.deletions(story.started("a", "b"), deletions)

    assert ship(story).records_processed == count


@pytest.mark.rule("SQS-90")
def test_messages_that_a_filter_deletes_do_not_count_as_processed(clock: VirtualClock) -> None:
    story = MappingStory(clock)
    story.filtered("a", "b")

    assert ship(story).records_processed == 0


# ---------------------------------------------------------------------- event sources


def test_an_event_source_is_made_with_aws_s_parameters_and_the_function_s_qualifier(clock: VirtualClock) -> None:
    api = RecordedApi(Journal(clock), {"UUID": UUID})
    live = Function(api, "ship", FUNCTION, "live")  # type: ignore[arg-type]

    made = live.add_event_source(
        ORDERS, enabled=False, batch_size=5, function_response_types=["ReportBatchItemFailures"], metrics=["EventCount"],
        maximum_batching_window_in_seconds=3, maximum_concurrency=2, filters=[{"body": {"kind": ["a"]}}, '{"body": ["x"]}'],
    )  # fmt: skip

    assert (made.uuid, made.name, made.arn) == (UUID, UUID, MAPPING_ARN)
    assert api.calls == [
        (
            "CreateEventSourceMapping",
            {
                "FunctionName": f"{FUNCTION}:live",
                "EventSourceArn": ORDERS,
                "Enabled": False,
                "BatchSize": 5,
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
                "MetricsConfig": {"Metrics": ["EventCount"]},
                "MaximumBatchingWindowInSeconds": 3,
                "ScalingConfig": {"MaximumConcurrency": 2},
                "FilterCriteria": {"Filters": [{"Pattern": '{"body": {"kind": ["a"]}}'}, {"Pattern": '{"body": ["x"]}'}]},
            },
        )
    ]


def test_settings_that_are_none_at_creation_are_not_sent(clock: VirtualClock) -> None:
    api = RecordedApi(Journal(clock), {"UUID": UUID})
    function = Function(api, "ship", FUNCTION)  # type: ignore[arg-type]

    function.add_event_source(ORDERS, maximum_concurrency=None, filters=None, minimum_pollers=None)

    assert api.calls == [("CreateEventSourceMapping", {"FunctionName": FUNCTION, "EventSourceArn": ORDERS})]


@pytest.mark.rule("ESM-71")
@pytest.mark.parametrize(
    ("setting", "parameter"),
    [
        ({"maximum_concurrency": None}, {"ScalingConfig": {}}),
        ({"filters": None}, {"FilterCriteria": {"Filters": []}}),
        ({"function_response_types": None}, {"FunctionResponseTypes": []}),
        ({"metrics": None}, {"MetricsConfig": {"Metrics": []}}),
        ({"minimum_pollers": None, "maximum_pollers": None}, {"ProvisionedPollerConfig": {}}),
        ({"on_failure": None}, {"DestinationConfig": {"OnFailure": {"Destination": ""}}}),
    ],
    ids=lambda value: "-".join(value),
)
def test_none_removes_what_can_be_removed(setting: dict[str, Any], parameter: dict[str, Any]) -> None:
    assert mapping_parameters(setting) == parameter


@pytest.mark.parametrize("setting", ["enabled", "batch_size", "maximum_batching_window_in_seconds"])
def test_removing_a_setting_that_always_has_a_value_is_refused(setting: str) -> None:
    with pytest.raises(LambdaEventsError, match=f"{setting}=None: an event source always has {setting}. Pass "):
        mapping_parameters({setting: None})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"filters": {"body": ["a"]}},
            "filters={'body': ['a']} is not a list of patterns. Pass a list of patterns or None, such as filters=",
        ),
        (
            {"metrics": "EventCount"},
            "metrics='EventCount' is not a list of text. Pass a list of text or None, such as metrics=[\"EventCount\"].",
        ),
        ({"filters": [{"body": {1, 2}}]}, "Cannot encode the filter {'body': {1, 2}} as JSON: "),
    ],
    ids=["one filter", "one text", "no JSON"],
)
def test_a_setting_of_the_wrong_kind_is_refused_with_the_right_one(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(LambdaEventsError) as raised:
        mapping_parameters(settings)

    assert str(raised.value).startswith(message)


def test_stream_settings_reach_aws_by_their_names() -> None:
    parameters = mapping_parameters(
        {
            "parallelization_factor": 2,
            "maximum_retry_attempts": 3,
            "maximum_record_age_in_seconds": 60,
            "bisect_batch_on_function_error": True,
            "tumbling_window_in_seconds": 30,
            "on_failure": ORDERS,
        }
    )

    assert parameters == {
        "ParallelizationFactor": 2,
        "MaximumRetryAttempts": 3,
        "MaximumRecordAgeInSeconds": 60,
        "BisectBatchOnFunctionError": True,
        "TumblingWindowInSeconds": 30,
        "DestinationConfig": {"OnFailure": {"Destination": ORDERS}},
    }


def test_a_setting_that_does_not_exist_is_refused_with_those_that_do(clock: VirtualClock) -> None:
    api = RecordedApi(Journal(clock))
    function = Function(api, "ship", FUNCTION)  # type: ignore[arg-type]

    with pytest.raises(LambdaEventsError) as raised:
        function.add_event_source(ORDERS, filter_criteria=[])  # type: ignore[call-arg]

    assert str(raised.value).startswith(
        "An event source has no setting 'filter_criteria'. Settings: enabled, batch_size, function_response_types, "
    )
    assert api.calls == []


def test_a_misspelt_starting_position_is_refused_with_its_right_name(clock: VirtualClock) -> None:
    function = Function(RecordedApi(Journal(clock)), "ship", FUNCTION)  # type: ignore[arg-type]

    with pytest.raises(LambdaEventsError) as raised:
        function.add_event_source(ORDERS, start_position="LATEST")  # type: ignore[call-arg]

    assert str(raised.value).endswith(", starting_position, starting_position_timestamp.")


def test_a_source_without_an_arn_is_refused(clock: VirtualClock) -> None:
    api = RecordedApi(Journal(clock))

    with pytest.raises(
        LambdaEventsError,
        match=r"source=42 is not a queue, stream, stream consumer, table or topic of Kafka\. Pass a handle or an ARN",
    ):
        Function(api, "ship", FUNCTION).add_event_source(42)  # type: ignore[arg-type]

    assert api.calls == []


def test_an_update_points_the_mapping_at_another_function(clock: VirtualClock) -> None:
    handle, api = mapping(clock)

    handle.update(function=Function(api, "ship", FUNCTION, "live"), batch_size=1)  # type: ignore[arg-type]

    assert api.calls == [("UpdateEventSourceMapping", {"UUID": UUID, "FunctionName": f"{FUNCTION}:live", "BatchSize": 1})]


@pytest.mark.rule("SQS-24")
def test_an_update_of_one_number_of_pollers_keeps_the_other(clock: VirtualClock) -> None:
    handle, api = mapping(clock, {"ProvisionedPollerConfig": {"MinimumPollers": 2, "MaximumPollers": 9}})

    handle.update(maximum_pollers=20)

    assert api.calls[1] == (
        "UpdateEventSourceMapping",
        {"UUID": UUID, "ProvisionedPollerConfig": {"MinimumPollers": 2, "MaximumPollers": 20}},
    )


@pytest.mark.rule("ESM-80")
def test_a_mapping_shows_its_current_state(clock: VirtualClock) -> None:
    handle, _ = mapping(clock, {"State": "Enabled"}, {"State": "Disabled"}, {"State": "Disabled"})

    states = [handle.state, handle.state]

    assert states == ["Enabled", "Disabled"]
    assert (handle.last_processing_result, handle.checkpoints) == (None, {"shardId-000000000000": "7"})


def test_a_mapping_is_deleted_by_its_uuid(clock: VirtualClock) -> None:
    handle, api = mapping(clock)

    handle.delete()

    assert api.calls == [("DeleteEventSourceMapping", {"UUID": UUID})]


def test_two_handles_of_one_mapping_are_equal(clock: VirtualClock) -> None:
    one, _ = mapping(clock)
    same, api = mapping(clock)
    other = EventSourceMapping(api, "other", f"{MAPPING_ARN}2")  # type: ignore[arg-type]

    assert one == same
    assert one != other
    assert len({one, same, other}) == 2
