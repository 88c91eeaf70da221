"""Fixtures for the tests of the meters service."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import readings

from pytest_lambda_events import Function, KafkaTopic, LambdaEvents, Queue, RegisteredSchema, SchemaRegistry, Table


@dataclass(frozen=True)
class Grid:
    """The resources of the service."""

    registry: SchemaRegistry
    schema: RegisteredSchema
    readings: KafkaTopic
    rejected: Queue
    latest: Table
    keep: Function

    def read(self, meter: str, kwh: int, *, minute: int = 0) -> None:
        """Sends a reading as a gateway does: Avro with the id of its schema, and the meter as the key."""
        value = {"meter": meter, "taken_at": 1_767_225_600_000 + minute * 60_000, "kwh": kwh}
        self.readings.send(self.schema.encode(value), key=meter)

    def kept(self) -> dict[str, int]:
        """The latest reading of each meter."""
        return {item["meter"]: int(item["kwh"]) for item in self.latest.items}


@pytest.fixture
def grid(lambda_events: LambdaEvents) -> Grid:
    """Creates the registry, the topic, the table and the function of the service."""
    registry = lambda_events.schema_registry("https://registry.example.com")
    schema = registry.register("readings-value", readings.SCHEMA)
    topic, rejected = lambda_events.kafka_topic("readings", partitions=4), lambda_events.queue("rejected-readings")
    latest = lambda_events.table("latest", partition_key="meter")
    keep = lambda_events.function(readings.handler, name="keep", environment={"LATEST_TABLE": "latest"})
    keep.add_event_source(
        topic,
        starting_position="TRIM_HORIZON",
        minimum_pollers=1,
        maximum_retry_attempts=2,
        bisect_batch_on_function_error=True,
        on_failure=rejected,
        schema_registry=registry,
        event_record_format="SOURCE",
    )
    return Grid(registry, schema, topic, rejected, latest, keep)
