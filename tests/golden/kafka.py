"""Stories whose records are those of batches of Kafka, and the events that a function gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import shop

from pytest_lambda_events import KafkaTopic, LambdaEvents

from .pages import Golden, Page
from .sources import BROKEN, refuse

ORDER = {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "int"}]}
REGISTRY = "https://registry.example.com"
ONCE: dict[str, Any] = {"minimum_pollers": 1, "maximum_retry_attempts": 0}


def report_all(event: Any, context: Any) -> Any:
    return {"batchItemFailures": [{"itemIdentifier": {"partition": "clicks-0", "offset": 0}}]}


def _topic(environment: LambdaEvents, handler: Any, cluster: str | None = None, **settings: Any) -> KafkaTopic:
    topic = environment.kafka_topic("clicks", cluster=cluster)
    environment.function(handler, name="index").add_event_source(topic, starting_position="TRIM_HORIZON", **settings)
    return topic


def _record(environment: LambdaEvents, handler: Any, **settings: Any) -> object:
    failures = environment.queue("failures")
    topic = _topic(environment, handler, on_failure=failures, **{"minimum_pollers": 1, **settings})
    topic.send({"page": "home"}, key="alice", headers={"trace": "a"})
    topic.send(BROKEN, key="alice")
    environment.run_until_idle()
    [record] = failures.invocation_records
    return record


def _too_large(environment: LambdaEvents) -> object:
    failures = environment.queue("failures")
    _topic(environment, refuse, on_failure=failures, **ONCE).send("a" * 5_000_000)
    environment.run_until_idle()
    return failures.invocation_records[0]


def _invalid(environment: LambdaEvents) -> object:
    failures, registry = environment.queue("failures"), environment.schema_registry(REGISTRY)
    _topic(environment, refuse, on_failure=failures, schema_registry=registry, **ONCE).send("not Avro")
    environment.run_until_idle()
    return failures.invocation_records[0]


def _in_a_bucket(environment: LambdaEvents) -> object:
    failures = environment.bucket("failures")
    _topic(environment, refuse, on_failure=failures, **ONCE).send(BROKEN)
    environment.run_until_idle()
    [key] = failures.keys
    return {"key": key, "object": failures.invocation_records[0]}


def _in_a_topic(environment: LambdaEvents) -> object:
    failures = environment.kafka_topic("failures")
    _topic(environment, refuse, on_failure=failures, **ONCE).send(BROKEN, key="alice")
    environment.run_until_idle()
    [record] = failures.records
    return record.json


def _event(cluster: str | None, event_record_format: str | None = None) -> Callable[[LambdaEvents], object]:
    def story(environment: LambdaEvents) -> object:
        settings: dict[str, Any] = {}
        value: object = {"id": 7}
        if event_record_format is not None:
            registry = environment.schema_registry(REGISTRY)
            settings = {**ONCE, "schema_registry": registry, "event_record_format": event_record_format}
            value = registry.register("clicks-value", ORDER).encode(value)
        topic = _topic(environment, shop.audit, cluster, **settings)
        topic.send(value, key="alice", headers={"trace": "a"})
        environment.run_until_idle()
        return environment.functions["index"].batches[0].event

    return story


KAFKA = Page(
    "Records and events of a topic of Kafka",
    "The records of discarded batches, and the events that a function gets. `KafkaBatchInfo` names the first and the last "
    "record of each partition, which stay in the topic until they expire. The rules are KAF-27, KAF-30 to KAF-34, KAF-66 and "
    "KAF-E1 to KAF-E5.",
    [
        Golden(
            "RetryAttemptsExhausted",
            "Two attempts raised, with `maximum_retry_attempts=1`.",
            lambda environment: _record(environment, refuse, maximum_retry_attempts=1),
        ),
        Golden(
            "RetryAttemptsExhausted by a partial failure",
            "The function named a record in `batchItemFailures`: `functionError` is `null`.",
            lambda environment: _record(
                environment, report_all, maximum_retry_attempts=0, function_response_types=["ReportBatchItemFailures"]
            ),
        ),
        Golden(
            "RecordAgeExceeded",
            "The attempts went on for `maximum_record_age_in_seconds=60`; there is no response.",
            lambda environment: _record(environment, refuse, maximum_record_age_in_seconds=60),
        ),
        Golden(
            "MaximumPayloadSizeExceeded",
            "The record is too large for an event. The function did not run.",
            _too_large,
        ),
        Golden(
            "SchemaValidationFailed",
            "The value is not of a schema of the registry. The function did not run. The condition is our name for it.",
            _invalid,
        ),
        Golden("In a bucket", "The object has the batch's event too, as text in `payload`, opened here.", _in_a_bucket),
        Golden("In another topic", "One record for each failed record, with the same key. This is its value.", _in_a_topic),
        Golden(
            "The event of a self-managed cluster",
            "Headers are lists of bytes. The value is base64; `normalize` has opened it here.",
            _event(None),
        ),
        Golden("The event of Amazon MSK", "It names the cluster.", _event("sales")),
        Golden(
            "The event with a schema registry and the format JSON",
            "The value is JSON, decoded from Avro.",
            _event(None, "JSON"),
        ),
        Golden(
            "The event with a schema registry and the format SOURCE",
            "The value is Avro without the id of its schema.",
            _event(None, "SOURCE"),
        ),
    ],
)
