"""Samples from entries of the journal alone."""

from __future__ import annotations

from typing import Any

import pytest
from entries import accepted, delivered, delivery_failed, discarded, ended, started, succeeded
from mapping_journals import FUNCTION as SHIP
from mapping_journals import ORDERS, UUID, MappingStory

from pytest_lambda_events.journal.entry import Subject
from pytest_lambda_events.journal.events import Route
from pytest_lambda_events.journal.journal import Journal
from pytest_lambda_events.service.metrics import MappingSource, Sample, Samples, Source, samples_of
from pytest_lambda_events.simulation.clock import VirtualClock

ARN = "arn:aws:lambda:us-east-1:123456789012:function:charge"
EVENT = Subject("charge", "id")
ATTEMPT = Subject("charge", "id", 1)


def one_event(journal: Journal, *, arn: str = ARN, error: str | None = None) -> None:
    """An event with one attempt that takes no time."""
    journal.write(accepted(EVENT, arn=arn))
    journal.write(started(ATTEMPT, arn=arn))
    journal.write(ended(ATTEMPT, error, version="1"))


def values(journal: Journal, metric_name: str) -> list[float]:
    """The function's samples."""
    samples = samples_of(journal)
    return [sample.value for sample in samples if sample.metric_name == metric_name and sample.source == Source(ARN)]


@pytest.mark.rule("MET-04", "MET-15", "MET-16")
@pytest.mark.parametrize(
    ("route", "dead_letter_errors", "delivery_failures"),
    [("on_success", [], [1]), ("on_failure", [], [1]), ("dead_letter_queue", [1], [])],
)
def test_a_failed_delivery_counts_for_its_route(
    clock: VirtualClock, route: Route, dead_letter_errors: list[float], delivery_failures: list[float]
) -> None:
    journal = Journal(clock)
    one_event(journal)

    journal.write(delivery_failed(EVENT, route))

    assert values(journal, "DeadLetterErrors") == dead_letter_errors
    assert values(journal, "DestinationDeliveryFailures") == delivery_failures


@pytest.mark.rule("MET-04")
def test_a_delivery_that_succeeds_leaves_no_sample(clock: VirtualClock) -> None:
    journal = Journal(clock)
    one_event(journal)
    before = samples_of(journal)

    journal.write(delivered(EVENT, "on_success"))

    assert samples_of(journal) == before


@pytest.mark.rule("MET-34")
def test_a_failed_delivery_does_not_make_a_success_an_error(clock: VirtualClock) -> None:
    journal = Journal(clock)
    one_event(journal)

    journal.write(succeeded(EVENT))
    journal.write(delivery_failed(EVENT, "on_success", "denied"))

    assert values(journal, "Errors") == [0]
    assert values(journal, "AsyncEventsDropped") == [0]


@pytest.mark.rule("MET-33")
def test_events_in_a_dead_letter_queue_count_as_dropped(clock: VirtualClock) -> None:
    journal = Journal(clock)
    one_event(journal, error="no")

    journal.write(discarded(EVENT))
    journal.write(delivered(EVENT, "dead_letter_queue"))

    assert values(journal, "AsyncEventsDropped") == [1]


@pytest.mark.rule("MET-01")
@pytest.mark.parametrize(
    ("qualifier", "dimensions"),
    [
        ("", [{"FunctionName": "charge"}, {"FunctionName": "charge", "Resource": "charge"}]),
        (":$LATEST", [{"FunctionName": "charge"}, {"FunctionName": "charge", "Resource": "charge:$LATEST"}]),
        (":1", [{"FunctionName": "charge"}, {"FunctionName": "charge", "Resource": "charge:1"}]),
        (
            ":live",
            [
                {"FunctionName": "charge"},
                {"FunctionName": "charge", "Resource": "charge:live"},
                {"ExecutedVersion": "1", "FunctionName": "charge", "Resource": "charge:live"},
            ],
        ),
    ],
    ids=["the bare name", "$LATEST", "a version", "an alias"],
)
def test_an_invocation_is_published_for_each_set_of_its_dimensions(
    clock: VirtualClock, qualifier: str, dimensions: list[dict[str, str]]
) -> None:
    journal = Journal(clock)

    one_event(journal, arn=ARN + qualifier)

    samples = [sample for sample in samples_of(journal) if sample.metric_name == "Invocations"]
    assert [sample.source.dimensions for sample in samples] == dimensions


@pytest.mark.rule("MET-02", "MET-03", "MET-18")
def test_a_run_is_dated_at_its_start(clock: VirtualClock) -> None:
    journal = Journal(clock)
    begun = clock.now
    journal.write(started(ATTEMPT, arn=ARN))
    clock.move_to(90_000_001)
    journal.write(ended(ATTEMPT))

    found = {sample.metric_name: sample for sample in samples_of(journal) if sample.source == Source(ARN)}

    assert found["Invocations"] == Sample("Invocations", Source(ARN), begun, 1)
    assert found["Duration"] == Sample("Duration", Source(ARN), begun, 90_000.001)
    assert (found["Invocations"].unit, found["Duration"].unit) == ("Count", "Milliseconds")


def test_reading_entry_by_entry_gives_the_same_as_reading_all(clock: VirtualClock) -> None:
    journal = Journal(clock)
    one_event(journal)
    journal.write(succeeded(EVENT))
    reader = Samples()

    read: list[Any] = [sample for entry in journal for sample in reader.read(entry)]

    assert read == samples_of(journal)


# ---------------------------------------------------------------------- event source mappings

COLUMNS = ("PolledEventCount", "FilteredOutEventCount", "InvokedEventCount", "FailedInvokeEventCount", "DeletedEventCount")
MAPPING = MappingSource(UUID)


def counts(story: MappingStory) -> list[float | str]:
    """A line of the sheet's table of mapping metrics: the sum of each column, "-" where there is no sample."""
    found = [sample for sample in samples_of(story.journal) if sample.source == MAPPING]
    columns = [[sample.value for sample in found if sample.metric_name == name] for name in COLUMNS]
    return [sum(column) if column else "-" for column in columns]


def throttled_twice_in_one_lease(story: MappingStory) -> None:
    story.polled("a")
    story.throttled("a")
    story.throttled("a", attempt=2)
    story.succeeds("a", attempt=3)


def throttled_for_two_leases(story: MappingStory) -> None:
    story.polled("a")
    story.throttled("a")
    story.released("a")
    story.polled("a")
    story.throttled("a", attempt=2)
    story.released("a")
    story.polled("a")
    story.succeeds("a", attempt=3)


def raises_once(story: MappingStory) -> None:
    story.polled("a")
    story.fails("a")
    story.polled("a")
    story.succeeds("a", attempt=2)


def one_of_three_listed_once(story: MappingStory) -> None:
    story.polled("a", "b", "c")
    subject = story.started("a", "b", "c")
    story.ended(subject)
    story.result(subject, 3, ["b"])
    story.deleted(subject, "a", "c")
    story.polled("b")
    story.succeeds("b", attempt=2)


def one_of_three_matches(story: MappingStory) -> None:
    story.polled("a", "b", "c")
    story.filtered("b", "c")
    story.succeeds("a")


@pytest.mark.rule("MET-41", "MET-42", "MET-43", "SQS-95")
@pytest.mark.parametrize(
    ("tell", "expected"),
    [
        pytest.param(throttled_twice_in_one_lease, [1, "-", 3, 2, 1], id="M20"),
        pytest.param(throttled_for_two_leases, [3, "-", 3, 2, 1], id="M21"),
        pytest.param(raises_once, [2, "-", 2, 1, 1], id="M22"),
        pytest.param(one_of_three_listed_once, [4, "-", 4, 1, 3], id="M23"),
        pytest.param(one_of_three_matches, [3, 2, 1, "-", 3], id="M24"),
    ],
)
def test_a_mapping_counts_its_records(clock: VirtualClock, tell: Any, expected: list[float | str]) -> None:
    story = MappingStory(clock)

    tell(story)

    assert counts(story) == expected


@pytest.mark.rule("SQS-95")
def test_a_mapping_without_metrics_of_its_own_has_no_samples(clock: VirtualClock) -> None:
    story = MappingStory(clock, counts=False)

    raises_once(story)

    assert counts(story) == ["-"] * 5


@pytest.mark.rule("MET-40")
def test_the_only_dimension_of_a_mapping_is_its_uuid(clock: VirtualClock) -> None:
    story = MappingStory(clock)
    story.polled("a")

    [sample] = samples_of(story.journal)

    assert sample.source.dimensions == {"EventSourceMappingUUID": UUID}
    assert sample.source.place == ("123456789012", "us-east-1")
    assert sample.unit == "Count"


@pytest.mark.rule("MET-43", "SQS-48")
def test_a_message_with_a_stale_receipt_is_not_deleted(clock: VirtualClock) -> None:
    story = MappingStory(clock)
    subject = story.started("a", "b")

    story.deleted(subject, "a", "b", stale=["a"])
    story.deleted(subject, "a", stale=["a"])

    assert counts(story) == ["-", "-", 2, "-", 1]


@pytest.mark.rule("MET-03", "MET-42")
def test_an_attempt_s_counts_are_dated_at_its_start(clock: VirtualClock) -> None:
    story = MappingStory(clock)
    begun = clock.now
    subject = story.started("a")
    story.at(10)
    story.ended(subject, error_type="ValueError")
    story.result(subject, 1, ["a"])

    found = [sample for sample in samples_of(story.journal) if sample.source == MAPPING]

    assert found == [
        Sample("InvokedEventCount", MappingSource(UUID, ORDERS), begun, 1),
        Sample("FailedInvokeEventCount", MappingSource(UUID, ORDERS), begun, 1),
    ]


@pytest.mark.rule("MET-46", "SQS-63")
def test_the_function_s_metrics_of_polled_invocations_are_the_ordinary_ones(clock: VirtualClock) -> None:
    story = MappingStory(clock)
    story.not_found("a")
    story.throttled("a", attempt=2)
    story.fails("a", attempt=3)

    found = [(sample.metric_name, sample.value) for sample in samples_of(story.journal) if sample.source == Source(SHIP)]

    assert found == [
        ("Errors", 0),
        ("Throttles", 1),
        ("ConcurrentExecutions", 1),
        ("Invocations", 1),
        ("Errors", 1),
        ("Throttles", 0),
        ("Duration", 0),
    ]
