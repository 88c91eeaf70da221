"""Tests of the latest readings."""

from __future__ import annotations

import json
from typing import Any

from pytest_lambda_events import LambdaEvents


def conditions(grid: Any) -> list[str]:
    """Why Lambda rejected records."""
    return [message.json["requestContext"]["condition"] for message in grid.rejected.messages]


def test_the_latest_reading_of_each_meter_is_kept(lambda_events: LambdaEvents, grid: Any) -> None:
    grid.read("a", 10, minute=1)
    grid.read("b", 20, minute=1)
    grid.read("a", 11, minute=2)

    lambda_events.run_until_idle()

    assert grid.kept() == {"a": 11, "b": 20}


def test_a_reading_that_comes_late_changes_nothing(lambda_events: LambdaEvents, grid: Any) -> None:
    grid.read("a", 11, minute=2)
    grid.read("a", 10, minute=1)

    lambda_events.run_until_idle()

    assert grid.kept() == {"a": 11}


def test_readings_that_are_delivered_twice_change_nothing(lambda_events: LambdaEvents, grid: Any) -> None:
    grid.keep.fail("checkpoint", times=1)
    grid.read("a", 10)

    lambda_events.run_until_idle()

    assert len(grid.keep.batches) == 2
    assert grid.kept() == {"a": 10}


def test_a_tombstone_deletes_the_meter(lambda_events: LambdaEvents, grid: Any) -> None:
    grid.read("a", 10)
    grid.readings.send(None, key="a")

    lambda_events.run_until_idle()

    assert grid.kept() == {}


def test_a_meter_that_counts_backwards_is_rejected_alone(lambda_events: LambdaEvents, grid: Any) -> None:
    for meter, kwh in (("a", 10), ("b", -1), ("c", 30)):
        grid.read(meter, kwh)

    lambda_events.run_until_idle()

    assert grid.kept() == {"a": 10, "c": 30}
    assert conditions(grid) == ["RetryAttemptsExhausted"]
    lambda_events.assert_no_data_lost()


def test_a_value_without_a_schema_never_reaches_the_handler(lambda_events: LambdaEvents, grid: Any) -> None:
    grid.readings.send(json.dumps({"meter": "a", "kwh": 10}), key="a")
    grid.read("b", 20)

    lambda_events.run_until_idle()

    assert grid.kept() == {"b": 20}
    assert conditions(grid) == ["SchemaValidationFailed"]


def test_a_schema_may_get_a_field_at_its_end(lambda_events: LambdaEvents, grid: Any) -> None:
    fields = json.loads(grid.schema.definition)["fields"]
    newer = {"type": "record", "name": "Reading", "fields": [*fields, {"name": "note", "type": "string"}]}
    schema = grid.registry.register("readings-value", newer)

    value = {"meter": "a", "taken_at": 1_767_225_600_000, "kwh": 10, "note": "by hand"}
    grid.readings.send(schema.encode(value), key="a")
    lambda_events.run_until_idle()

    assert grid.kept() == {"a": 10}
