"""Creates the resources of an environment, and finds them by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ..arguments import check_all, flag_kind, name_kind
from ..config import LambdaEventsConfig
from ..errors import LambdaEventsError, hides_frames
from . import log_group, targets
from .event_bus import EventBus
from .event_source_mapping import EventSourceMapping
from .function import Function
from .function_code import code_of
from .function_settings import apply_settings, check_settings, configuration_of, with_resources
from .handlers import FunctionCode
from .kafka_resources import KafkaResources
from .kafka_topic import KafkaTopics
from .lambda_api import Api
from .log_group import LogGroup
from .pipes import Pipe, PipeSource, PipeTarget, create_pipe
from .queue import Queue, Queues, attributes_of
from .resource_map import Found, check_free
from .schedules import Rule, Schedule, ScheduleTarget, create_rule, create_schedule
from .schema_registry import SchemaRegistries
from .stream import STREAM_KINDS, Stream, Streams
from .table import TABLE_KINDS, Table, Tables, table_parameters
from .targets import Bucket, Topic

if TYPE_CHECKING:
    from .apis import ArnOf, HttpApi, RestApi, RouteTarget, TargetGroup

__tracebackhide__ = hides_frames


class FunctionApi(Api, Protocol):
    """The Lambda API that also creates functions which are active immediately."""

    def create(self, name: str, given: FunctionCode, settings: Mapping[str, Any]) -> str:
        """Creates a function. Returns its ARN."""


class TargetServices(targets.Services, log_group.Services, Protocol):
    """SNS, EventBridge, S3 and CloudWatch Logs, with the names of their resources."""

    def topic_names(self) -> Iterable[str]:
        """Returns the names of the topics."""

    def topic_arn(self, name: str) -> str | None:
        """Returns the ARN of a topic. None if it does not exist."""

    def bus_names(self) -> Iterable[str]:
        """Returns the names of the event buses."""

    def bus_arn(self, name: str) -> str | None:
        """Returns the ARN of an event bus. None if it does not exist."""

    def bucket_names(self) -> Iterable[str]:
        """Returns the names of the buckets."""

    def has_bucket(self, name: str) -> bool:
        """Returns whether a bucket exists."""

    def log_group_names(self) -> Iterable[str]:
        """Returns the names of the log groups."""

    def log_group_arn(self, name: str) -> str | None:
        """Returns the ARN of a log group. None if it does not exist."""


class Services(Protocol):
    """The services whose resources have handles."""

    @property
    def queues(self) -> Queues:
        """SQS."""

    @property
    def targets(self) -> TargetServices:
        """SNS, EventBridge, S3 and CloudWatch Logs."""

    @property
    def streams(self) -> Streams:
        """Kinesis."""

    @property
    def tables(self) -> Tables:
        """DynamoDB."""

    @property
    def kafka(self) -> KafkaTopics:
        """Kafka."""

    @property
    def schemas(self) -> SchemaRegistries:
        """The schema registries of Kafka."""


class Resources:
    """The resources of one account and region, as handles."""

    def __init__(self, config: LambdaEventsConfig, api: FunctionApi, services: Services) -> None:
        self._config = config
        self._api = api
        self._services = services

    @property
    def functions(self) -> Mapping[str, Function]:
        """Functions by name."""
        api = self._api

        def find(name: str) -> Function | None:
            arn = api.function_arn(name)
            return None if arn is None else Function(api, name, arn)

        return Found(self._config, "function", api.function_names, find)

    @property
    def event_source_mappings(self) -> Mapping[str, EventSourceMapping]:
        """Event source mappings by UUID."""
        api = self._api

        def find(uuid: str) -> EventSourceMapping | None:
            arn = api.mapping_arn(uuid)
            return None if arn is None else EventSourceMapping(api, uuid, arn)

        return Found(self._config, "event source mapping", api.mapping_uuids, find)

    @property
    def queues(self) -> Mapping[str, Queue]:
        """Queues by name."""
        queues = self._services.queues
        return Found(self._config, "queue", queues.names, lambda name: Queue(queues, name) if queues.has(name) else None)

    @property
    def topics(self) -> Mapping[str, Topic]:
        """Topics by name."""
        services = self._services.targets

        def find(name: str) -> Topic | None:
            arn = services.topic_arn(name)
            return None if arn is None else Topic(services, name, arn)

        return Found(self._config, "topic", services.topic_names, find)

    @property
    def streams(self) -> Mapping[str, Stream]:
        """Streams by name."""
        streams = self._services.streams
        return Found(self._config, "stream", streams.names, lambda name: Stream(streams, name) if streams.has(name) else None)

    @property
    def kafka(self) -> KafkaResources:
        """Topics of Kafka and schema registries."""
        return KafkaResources(self._config, self._services.kafka, self._services.schemas)

    @property
    def tables(self) -> Mapping[str, Table]:
        """Tables by name."""
        tables = self._services.tables
        return Found(self._config, "table", tables.names, lambda name: Table(tables, name) if tables.has(name) else None)

    @property
    def event_buses(self) -> Mapping[str, EventBus]:
        """Event buses by name."""
        services = self._services.targets

        def find(name: str) -> EventBus | None:
            arn = services.bus_arn(name)
            return None if arn is None else EventBus(services, name, arn)

        return Found(self._config, "event bus", services.bus_names, find)

    @property
    def buckets(self) -> Mapping[str, Bucket]:
        """Buckets by name."""
        services = self._services.targets
        return Found(
            self._config, "bucket", services.bucket_names,
            lambda name: Bucket(services, name) if services.has_bucket(name) else None,
        )  # fmt: skip

    @property
    def log_groups(self) -> Mapping[str, LogGroup]:
        """Log groups by name."""
        services = self._services.targets

        def find(name: str) -> LogGroup | None:
            arn = services.log_group_arn(name)
            return None if arn is None else LogGroup(services, name, arn)

        return Found(self._config, "log group", services.log_group_names, find)

    def create_function(self, name: str | None, code: FunctionCode, settings: Mapping[str, Any]) -> Function:
        """Creates a function that is active immediately. If AWS refuses a setting, no function is created."""
        api = self._api
        name = _name_of(name, code)
        check_settings(settings)
        if name in self.functions:
            raise LambdaEventsError(
                f"Function {name!r} already exists ({api.handler_name(name)}). Choose another name: "
                f'lambda_events.function({code.handler_name.rpartition(".")[2]}, name="...").'
            )
        with api.unchanged_on_error(name):
            arn = api.create(name, code, configuration_of(with_resources(api, name, settings)))
            try:
                apply_settings(api, name, None, settings, is_new=True)
            except BaseException:
                api.call("DeleteFunction", FunctionName=name)
                raise
        return Function(api, name, arn)

    def create_queue(self, name: str, settings: Mapping[str, Any]) -> Queue:
        """Creates a queue."""
        queues = self._services.queues
        check_free("queue", name, self.queues)
        queues.create(name, attributes_of(settings))
        return Queue(queues, name)

    def create_topic(self, name: str, *, content_based_deduplication: bool = False) -> Topic:
        """Creates a topic. It is FIFO if its name ends in `.fifo`."""
        services = self._services.targets
        check_free("topic", name, self.topics)
        flag_kind().check("content_based_deduplication", content_based_deduplication)
        attributes = {"FifoTopic": "true"} if name.endswith(".fifo") else {}
        if content_based_deduplication:
            attributes["ContentBasedDeduplication"] = "true"
        return Topic(services, name, services.client("sns").create_topic(Name=name, Attributes=attributes)["TopicArn"])

    def create_stream(self, name: str, shard_count: int, retention_period_hours: int) -> Stream:
        """Creates a stream, or none if Kinesis refuses a setting."""
        streams = self._services.streams
        check_all(STREAM_KINDS, {"shard_count": shard_count, "retention_period_hours": retention_period_hours})
        check_free("stream", name, self.streams)
        streams.call("create_stream", StreamName=name, ShardCount=shard_count)
        stream = Stream(streams, name)
        if retention_period_hours != 24:
            try:
                streams.call("increase_stream_retention_period", StreamName=name, RetentionPeriodHours=retention_period_hours)
            except BaseException:
                stream.delete()
                raise
        return stream

    def create_table(
        self,
        name: str,
        partition_key: str,
        sort_key: str | None,
        stream_view_type: str | None,
        time_to_live: str | None,
    ) -> Table:
        """Creates a table, or none if DynamoDB refuses a setting."""
        tables = self._services.tables
        parameters = table_parameters(name, partition_key, sort_key, stream_view_type)
        TABLE_KINDS["time_to_live"].check("time_to_live", time_to_live)
        check_free("table", name, self.tables)
        tables.create(parameters)
        table = Table(tables, name)
        if time_to_live is not None:
            specification = {"Enabled": True, "AttributeName": time_to_live}
            try:
                tables.call("update_time_to_live", TableName=name, TimeToLiveSpecification=specification)
            except BaseException:
                table.delete()
                raise
        return table

    def create_event_bus(self, name: str) -> EventBus:
        """Creates an event bus."""
        services = self._services.targets
        check_free("event bus", name, self.event_buses)
        return EventBus(services, name, services.client("events").create_event_bus(Name=name)["EventBusArn"])

    def create_rule(self, name: str | None, expression: str, target: ScheduleTarget, payload: object) -> Rule:
        """Creates a rule with a schedule expression."""
        return create_rule(self._services.targets, name, expression, target, payload)

    def create_schedule(
        self,
        name: str | None,
        expression: str,
        target: ScheduleTarget,
        timezone: str,
        payload: object,
        settings: Mapping[str, Any],
    ) -> Schedule:
        """Creates a schedule of EventBridge Scheduler."""
        role = f"arn:aws:iam::{self._config.account_id}:role/lambda-events"
        return create_schedule(self._services.targets, name, expression, target, timezone, payload, settings, role)

    def create_pipe(
        self,
        name: str | None,
        source: PipeSource,
        target: PipeTarget,
        enrichment: Function | None,
        settings: Mapping[str, Any],
    ) -> Pipe:
        """Creates a pipe of EventBridge Pipes."""
        role = f"arn:aws:iam::{self._config.account_id}:role/lambda-events"
        return create_pipe(self._services.targets, name, source, target, enrichment, settings, role)

    @property
    def apis(self) -> Mapping[str, HttpApi | RestApi]:
        """REST and HTTP APIs by name, and by id."""
        from .apis import api_of

        services = self._api.http

        def find(name: str) -> HttpApi | RestApi | None:
            definition = services.api(name)
            return None if definition is None else api_of(services, definition)

        return Found(self._config, "API", services.api_names, find)

    def create_http_api(self, name: str, routes: Mapping[str, RouteTarget], settings: Mapping[str, Any]) -> HttpApi:
        """Creates an HTTP API."""
        from .apis import create_http_api

        return create_http_api(self._api.http, self._arns_of_targets(), name, routes, settings)

    def create_rest_api(self, name: str, routes: Mapping[str, RouteTarget], settings: Mapping[str, Any]) -> RestApi:
        """Creates a REST API."""
        from .apis import create_rest_api

        return create_rest_api(self._api.http, self._arns_of_targets(), name, routes, settings)

    def create_target_group(self, name: str, target: RouteTarget, *, multi_value_headers: bool) -> TargetGroup:
        """Creates a target group of a load balancer."""
        from .apis import create_target_group

        return create_target_group(
            self._api.http, name, self._arns_of_targets()(target), self._config.account_id, self._config.region_name,
            multi_value_headers=multi_value_headers,
        )  # fmt: skip

    def _arns_of_targets(self) -> ArnOf:
        """Returns a function that returns the ARNs of functions. A handler becomes one function, also if it is given twice."""
        made: dict[object, str] = {}

        def arn_of_target(target: RouteTarget) -> str:
            if isinstance(target, Function):
                return target.arn
            if isinstance(target, str) and (target.startswith("arn:") or target in self.functions):
                return target if target.startswith("arn:") else self.functions[target].arn
            if target not in made:
                made[target] = self.create_function(None, code_of(target, self._api), {}).arn
            return made[target]

        return arn_of_target

    def create_bucket(self, name: str) -> Bucket:
        """Creates a bucket."""
        services = self._services.targets
        check_free("bucket", name, self.buckets)
        region = self._config.region_name
        # S3 takes the name of every region but its first.
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        services.client("s3").create_bucket(Bucket=name, **place)
        return Bucket(services, name)

    def create_log_group(self, name: str) -> LogGroup:
        """Creates a log group."""
        services = self._services.targets
        check_free("log group", name, self.log_groups)
        services.client("logs").create_log_group(logGroupName=name)
        return self.log_groups[name]


_NAME = name_kind("orders")


def _name_of(name: str | None, code: FunctionCode) -> str:
    _NAME.optional().check("name", name)
    name = code.default_name if name is None else name
    if not name:
        raise LambdaEventsError(f'Cannot derive a function name from handler {code.handler_name!r}. Pass name="...".')
    return name
