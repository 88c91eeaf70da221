"""Samples from entries of the journal alone."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lambda_events.service.metrics import Sample, Samples, Source, samples_of
from pytest_lambda_events.simulation.clock import VirtualClock
from pytest_lambda_events.simulation.journal import Journal, Subject

ARN = "arn:aws:lambda:us-east-1:123456789012:function:charge"
EVENT = Subject("charge", "id")
ATTEMPT = Subject("charge", "id", 1)


def one_event(journal: Journal, *, arn: str = ARN, outcome: str = "success") -> None:
    """An event with one attempt that takes no time."""
    journal.write("accepted", EVENT, invoked_arn=arn)
    journal.write("started", ATTEMPT, invoked_arn=arn)
    journal.write("ended", ATTEMPT, outcome=outcome, executed_version="1")


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
    clock: VirtualClock, route: str, dead_letter_errors: list[float], delivery_failures: list[float]
) -> None:
    journal = Journal(clock)
    one_event(journal)

    journal.write("delivery_failed", EVENT, route=route, target="arn", reason="gone")

    assert values(journal, "DeadLetterErrors") == dead_letter_errors
    assert values(journal, "DestinationDeliveryFailures") == delivery_failures


@pytest.mark.rule("MET-04")
def test_a_delivery_that_succeeds_leaves_no_sample(clock: VirtualClock) -> None:
    journal = Journal(clock)
    one_event(journal)
    before = samples_of(journal)

    journal.write("delivered", EVENT, route="on_success", target="arn")

    assert samples_of(journal) == before


@pytest.mark.rule("MET-34")
def test_a_failed_delivery_does_not_make_a_success_an_error(clock: VirtualClock) -> None:
    journal = Journal(clock)
    one_event(journal)

    journal.write("succeeded", EVENT, condition="Success", attempts=1)
    journal.write("delivery_failed", EVENT, route="on_success", target="arn", reason="denied")

    assert values(journal, "Errors") == [0]
    assert values(journal, "AsyncEventsDropped") == [0]


@pytest.mark.rule("MET-33")
def test_what_a_dead_letter_queue_took_is_dropped_all_the_same(clock: VirtualClock) -> None:
    journal = Journal(clock)
    one_event(journal, outcome="function_error")

    journal.write("discarded", EVENT, condition="RetriesExhausted", attempts=1)
    journal.write("delivered", EVENT, route="dead_letter_queue", target="arn")

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
    journal.write("started", ATTEMPT, invoked_arn=ARN)
    clock.move_to(90_000_001)
    journal.write("ended", ATTEMPT, outcome="success", executed_version="$LATEST")

    found = {sample.metric_name: sample for sample in samples_of(journal) if sample.source == Source(ARN)}

    assert found["Invocations"] == Sample("Invocations", Source(ARN), begun, 1)
    assert found["Duration"] == Sample("Duration", Source(ARN), begun, 90_000.001)
    assert (found["Invocations"].unit, found["Duration"].unit) == ("Count", "Milliseconds")


def test_reading_entry_by_entry_gives_the_same_as_reading_all(clock: VirtualClock) -> None:
    journal = Journal(clock)
    one_event(journal)
    journal.write("succeeded", EVENT, condition="Success", attempts=1)
    reader = Samples()

    read: list[Any] = [sample for entry in journal for sample in reader.read(entry)]

    assert read == samples_of(journal)
