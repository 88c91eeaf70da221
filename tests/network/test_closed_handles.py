"""A handle of a closed environment raises the same error for everything that it could do, whatever else is open."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, LambdaEventsError, handles
from pytest_lambda_events.handles.apis import HttpApi, RestApi, TargetGroup
from pytest_lambda_events.handles.durable_execution import DurableExecution
from pytest_lambda_events.handles.event_bus import EventBus
from pytest_lambda_events.handles.event_source_mapping import EventSourceMapping
from pytest_lambda_events.handles.faults import PlannedFault
from pytest_lambda_events.handles.function import Function
from pytest_lambda_events.handles.function_url import FunctionUrl
from pytest_lambda_events.handles.http_endpoint import HttpEndpoint
from pytest_lambda_events.handles.kafka_topic import KafkaTopic
from pytest_lambda_events.handles.log_group import LogGroup
from pytest_lambda_events.handles.pipes import Pipe
from pytest_lambda_events.handles.queue import Queue
from pytest_lambda_events.handles.schedules import Rule, Schedule
from pytest_lambda_events.handles.schema_registry import SchemaRegistry
from pytest_lambda_events.handles.stream import Shard, Stream, StreamConsumer
from pytest_lambda_events.handles.table import Table
from pytest_lambda_events.handles.targets import Bucket, Topic

MAPPINGS = (
    "functions",
    "queues",
    "topics",
    "streams",
    "kafka_topics",
    "schema_registries",
    "tables",
    "event_buses",
    "buckets",
    "event_source_mappings",
    "log_groups",
    "apis",
)
SHARD = Shard("shardId-000000000000", [], is_open=True, starting_hash_key="0", ending_hash_key=str(2**128 - 1))


class Kept:
    """Handles of every kind, kept from an environment that is closed, and the mappings that found them."""

    def __init__(self, lambda_events: LambdaEvents) -> None:
        self.handles = dict(made(lambda_events))
        self.mappings = self.mappings_of(lambda_events)
        self.names = {name: next(iter(mapping)) for name, mapping in self.mappings.items()}

    @staticmethod
    def mappings_of(lambda_events: LambdaEvents) -> dict[str, Mapping[str, object]]:
        """The mappings from names to handles."""
        return {name: getattr(lambda_events, name) for name in MAPPINGS}


def made(lambda_events: LambdaEvents) -> Iterator[tuple[type, Any]]:
    function = lambda_events.function(lambda event, context: None, name="pack")
    queue, stream = lambda_events.queue("orders"), lambda_events.stream("clicks")
    kafka_topic, registry = lambda_events.kafka_topic("payments"), lambda_events.schema_registry("https://registry")
    table = lambda_events.table("items", partition_key="id", stream_view_type="NEW_IMAGE")
    topic, bus, bucket = lambda_events.topic("news"), lambda_events.event_bus("shop"), lambda_events.bucket("photos")
    bucket.put_object("a", b"content")
    log_group = lambda_events.log_group("/aws/lambda/pack")
    consumer = stream.register_consumer("reader")
    mapping = function.add_event_source(queue)
    fault = function.fail(TimeoutError("late"), optional=True)
    rule, schedule = lambda_events.rule("rate(1 day)", function), lambda_events.schedule("rate(1 day)", function)
    pipe = lambda_events.pipe(queue, topic)
    http_api, rest_api = (lambda_events.http_api("a", {"GET /": function}), lambda_events.rest_api("b", {"GET /": function}))
    durable = lambda_events.function(lambda event, context: {"Status": "PENDING"}, name="d", durable_execution_timeout=60)
    yield DurableExecution, durable.start_execution()
    yield HttpEndpoint, http_api
    for handle in (
        http_api, rest_api, function.create_url(), lambda_events.target_group("targets", function), function, queue,
        stream, kafka_topic, registry, table, topic, bus, bucket, log_group, consumer, mapping, fault, rule, schedule, pipe,
    ):  # fmt: skip
        yield type(handle), handle


@pytest.fixture(scope="module", params=["another is open", "none is open"])
def kept(request: pytest.FixtureRequest) -> Iterator[Kept]:
    """What is kept of a closed environment, while another one may be open that has everything by the same names."""
    with LambdaEvents() as lambda_events:
        kept = Kept(lambda_events)
    if request.param == "none is open":
        yield kept
        return
    with LambdaEvents() as lambda_events:
        Kept(lambda_events)
        yield kept
        assert [len(mapping) for mapping in Kept.mappings_of(lambda_events).values()] == [2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 2]


Use = Callable[[Any], object]

USES: dict[type, dict[str, Use]] = {
    DurableExecution: {
        "status": lambda one: one.status,
        "result": lambda one: one.result,
        "error": lambda one: one.error,
        "history": lambda one: one.history,
        "operations": lambda one: one.operations,
        "steps": lambda one: one.steps,
        "complete_callback": lambda one: one.complete_callback("approval"),
        "fail_callback": lambda one: one.fail_callback("approval"),
        "send_heartbeat": lambda one: one.send_heartbeat("approval"),
        "stop": lambda one: one.stop(),
    },
    Function: {
        "invoke": lambda one: one.invoke({}),
        "invoke_async": lambda one: one.invoke_async({}),
        "start_execution": lambda one: one.start_execution({}),
        "executions": lambda one: one.executions,
        "version": lambda one: one.version,
        "module": lambda one: one.module("app"),
        "add_event_source": lambda one: one.add_event_source("arn:aws:sqs:us-east-1:123456789012:orders"),
        "publish_version": lambda one: one.publish_version(),
        "create_alias": lambda one: one.create_alias("live", function_version="1"),
        "update": lambda one: one.update(timeout=5),
        "fail": lambda one: one.fail(TimeoutError("late")),
        "throttle": lambda one: one.throttle(),
        "create_url": lambda one: one.create_url(),
        "url": lambda one: one.url,
        "delete": lambda one: one.delete(),
    },
    HttpEndpoint: {"request": lambda one: one.request("GET", "/")},
    HttpApi: {"delete": lambda one: one.delete()},
    RestApi: {"delete": lambda one: one.delete()},
    FunctionUrl: {"delete": lambda one: one.delete()},
    TargetGroup: {},
    Queue: {
        "messages": lambda one: one.messages,
        "visible_messages": lambda one: one.visible_messages,
        "in_flight_messages": lambda one: one.in_flight_messages,
        "delayed_messages": lambda one: one.delayed_messages,
        "invocation_records": lambda one: one.invocation_records,
        "dead_letters": lambda one: one.dead_letters,
        "send": lambda one: one.send("hello"),
        "update": lambda one: one.update(visibility_timeout=5),
        "purge": lambda one: one.purge(),
        "delete": lambda one: one.delete(),
    },
    Stream: {
        "records": lambda one: one.records,
        "shards": lambda one: one.shards,
        "put": lambda one: one.put("hello", partition_key="a"),
        "split_shard": lambda one: one.split_shard(SHARD),
        "merge_shards": lambda one: one.merge_shards(SHARD, SHARD),
        "update_shard_count": lambda one: one.update_shard_count(2),
        "register_consumer": lambda one: one.register_consumer("other"),
        "delete": lambda one: one.delete(),
    },
    StreamConsumer: {"delete": lambda one: one.delete()},
    KafkaTopic: {
        "partitions": lambda one: one.partitions,
        "records": lambda one: one.records,
        "offsets": lambda one: one.offsets,
        "event_source": lambda one: one.event_source,
        "send": lambda one: one.send("hello"),
        "commit_offsets": lambda one: one.commit_offsets("readers", {0: 0}),
        "delete": lambda one: one.delete(),
    },
    SchemaRegistry: {
        "schemas": lambda one: one.schemas,
        "register": lambda one: one.register("orders-value", {"type": "int"}),
        "delete": lambda one: one.delete(),
    },
    Table: {
        "stream_arn": lambda one: one.stream_arn,
        "items": lambda one: one.items,
        "put_item": lambda one: one.put_item({"id": "a"}),
        "delete_item": lambda one: one.delete_item({"id": "a"}),
        "delete": lambda one: one.delete(),
    },
    Topic: {
        "messages": lambda one: one.messages,
        "invocation_records": lambda one: one.invocation_records,
        "dead_letters": lambda one: one.dead_letters,
        "publish": lambda one: one.publish("hello"),
        "subscribe": lambda one: one.subscribe(Queue(one._services, "orders")),
        "delete": lambda one: one.delete(),
    },
    EventBus: {
        "events": lambda one: one.events,
        "invocation_records": lambda one: one.invocation_records,
        "put_event": lambda one: one.put_event(source="shop", detail_type="Ordered", detail={}),
        "add_rule": lambda one: one.add_rule({"source": ["shop"]}, Queue(one._services, "orders")),
        "delete": lambda one: one.delete(),
    },
    Rule: {
        "enable": lambda one: one.enable(),
        "disable": lambda one: one.disable(),
        "delete": lambda one: one.delete(),
    },
    Pipe: {
        "state": lambda one: one.state,
        "start": lambda one: one.start(),
        "stop": lambda one: one.stop(),
        "delete": lambda one: one.delete(),
    },
    Schedule: {
        "enable": lambda one: one.enable(),
        "disable": lambda one: one.disable(),
        "delete": lambda one: one.delete(),
    },
    Bucket: {
        "keys": lambda one: one.keys,
        "invocation_records": lambda one: one.invocation_records,
        "put_object": lambda one: one.put_object("b", b"content"),
        "get_object": lambda one: one.get_object("a"),
        "add_notification": lambda one: one.add_notification(Queue(one._services, "orders"), events=["s3:ObjectCreated:*"]),
        "delete": lambda one: one.delete(),
    },
    LogGroup: {
        "messages": lambda one: one.messages,
        "put": lambda one: one.put("hello"),
        "subscribe": lambda one: one.subscribe(Stream(one._services, "clicks")),
        "delete": lambda one: one.delete(),
    },
    EventSourceMapping: {
        "state": lambda one: one.state,
        "last_processing_result": lambda one: one.last_processing_result,
        "checkpoints": lambda one: one.checkpoints,
        "update": lambda one: one.update(batch_size=5),
        "delete": lambda one: one.delete(),
    },
    PlannedFault: {"cancel": lambda one: one.cancel()},
}
"""Each member of a handle that acts or looks at the environment."""

REMEMBERED: dict[type, set[str]] = {
    # What a function has done is in its journal, which outlives the environment.
    Function: {"arn", "attempts", "batches", "events", "invocation_records", "logs", "records_processed"},
    HttpEndpoint: {"url", "transport", "adapter"},
    DurableExecution: {"name"},
    KafkaTopic: {"destination"},
    Queue: {"arn", "url"},
    Stream: {"arn"},
    Table: {"arn"},
    PlannedFault: {"times_met"},
}
"""Members that need no environment."""

NO_HANDLES = {
    "Api", "AsyncEvent", "Attempt", "AttemptWatch", "Batch", "CorsSettings", "DurableOperation", "FaultSelection", "Found",
    "FunctionApi", "FunctionCode", "FunctionSettings", "HasArn", "Hooks", "HttpApiSettings", "HttpHeaders", "HttpResponse",
    "HttpServices", "InvokeResponse", "JournaledAttempt", "KafkaRecord", "KafkaResources", "KafkaTopics", "LambdaAuthorizer",
    "LongRuns", "MappingSettings", "Message", "Metrics", "PipeSettings", "Queues", "QueueSettings", "RegisteredSchema",
    "ResourceMethods", "Resources", "RestApiSettings", "ScheduleSettings", "SchemaRegistries", "Services", "Shard",
    "StreamRecord", "Streams", "Tables", "TargetServices", "Waiting", "Work",
}  # fmt: skip
"""Classes of the folder that hold values, or belong to the environment itself."""


def test_every_member_of_every_handle_is_known_here() -> None:
    found = {}
    for module in pkgutil.iter_modules(handles.__path__):
        classes = vars(importlib.import_module(f"{handles.__name__}.{module.name}"))
        for name, one in classes.items():
            is_own = inspect.isclass(one) and one.__module__ == f"{handles.__name__}.{module.name}"
            if is_own and name[0] != "_" and name not in NO_HANDLES:
                found[one] = {member for member in vars(one) if member[0] != "_"}

    assert found == {one: set(uses) | REMEMBERED.get(one, set()) for one, uses in USES.items()}


MEMBERS = [(one, member) for one, uses in USES.items() for member in uses]


@pytest.mark.parametrize(("kind", "member"), MEMBERS, ids=lambda value: getattr(value, "__name__", value))
def test_a_handle_of_a_closed_environment_refuses_everything(kind: type, member: str, kept: Kept) -> None:
    with pytest.raises(LambdaEventsError, match="This LambdaEvents is closed"):
        USES[kind][member](kept.handles[kind])


@pytest.mark.parametrize("name", MAPPINGS)
def test_the_resource_maps_of_a_closed_environment_raise_errors_too(name: str, kept: Kept) -> None:
    with pytest.raises(LambdaEventsError, match="This LambdaEvents is closed"):
        kept.mappings[name][kept.names[name]]
    with pytest.raises(LambdaEventsError, match="This LambdaEvents is closed"):
        list(kept.mappings[name])


def test_what_a_handle_remembers_may_be_read(kept: Kept) -> None:
    read = {(kind, name): getattr(kept.handles[kind], name) for kind, names in REMEMBERED.items() for name in names}

    assert read[Function, "attempts"] == []
    assert read[Queue, "url"] == "https://sqs.us-east-1.amazonaws.com/123456789012/orders"
