"""Creates and finds the resources of an open environment: the part of `LambdaEvents` that is about AWS resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .misuse import reports_misuse

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .apis import HttpApi, HttpApiSettings, RestApi, RestApiSettings, RouteTarget, TargetGroup
    from .event_bus import EventBus
    from .event_source_mapping import EventSourceMapping
    from .function import Function
    from .function_code import CodeUri
    from .function_settings import FunctionSettings
    from .handlers import Handler
    from .kafka_topic import KafkaTopic
    from .lambda_api import Api
    from .log_group import LogGroup
    from .pipes import Pipe, PipeSettings, PipeSource, PipeTarget
    from .queue import Queue, QueueSettings
    from .resources import Resources
    from .schedules import Rule, Schedule, ScheduleSettings, ScheduleTarget
    from .schema_registry import SchemaRegistry
    from .stream import Stream
    from .table import Table
    from .targets import Bucket, Topic


@reports_misuse
class ResourceMethods:
    """The resources of one account and region, and how a test creates them."""

    @property
    def _resources(self) -> Resources:
        """Returns the resources. Raises `LambdaEventsError` if the environment is not open."""
        raise NotImplementedError

    @property
    def _lambda_api(self) -> Api:
        """Returns the Lambda API. Raises `LambdaEventsError` if the environment is not open."""
        raise NotImplementedError

    @property
    def functions(self) -> Mapping[str, Function]:
        """The functions of this account and region by name, created by a handle, boto3 or a stack."""
        return self._resources.functions

    @property
    def queues(self) -> Mapping[str, Queue]:
        """The SQS queues by name."""
        return self._resources.queues

    @property
    def event_source_mappings(self) -> Mapping[str, EventSourceMapping]:
        """The event source mappings of this account and region by UUID."""
        return self._resources.event_source_mappings

    @property
    def topics(self) -> Mapping[str, Topic]:
        """The SNS topics by name."""
        return self._resources.topics

    @property
    def streams(self) -> Mapping[str, Stream]:
        """The Kinesis streams by name."""
        return self._resources.streams

    @property
    def kafka_topics(self) -> Mapping[str, KafkaTopic]:
        """The topics of Kafka by name."""
        return self._resources.kafka.topics

    @property
    def schema_registries(self) -> Mapping[str, SchemaRegistry]:
        """The schema registries of Kafka: those of AWS Glue by name, those of Confluent by URL."""
        return self._resources.kafka.schema_registries

    @property
    def tables(self) -> Mapping[str, Table]:
        """The DynamoDB tables by name."""
        return self._resources.tables

    @property
    def event_buses(self) -> Mapping[str, EventBus]:
        """The EventBridge event buses by name, including `default`."""
        return self._resources.event_buses

    @property
    def buckets(self) -> Mapping[str, Bucket]:
        """The S3 buckets by name."""
        return self._resources.buckets

    @property
    def log_groups(self) -> Mapping[str, LogGroup]:
        """The log groups of CloudWatch Logs by name. That of a function exists after its first line."""
        return self._resources.log_groups

    def function(
        self,
        handler: Handler | str,
        *,
        name: str | None = None,
        code_uri: CodeUri = ...,
        isolated: bool = False,
        **settings: Unpack[FunctionSettings],
    ) -> Function:
        """Creates a function that runs `handler`. It is active immediately.

        Args:
            handler: A callable, or text such as `"module.function"`.
            name: The name of the function. The default is the name of the folder or of the handler.
            code_uri: The folder of the handler's code, relative to pytest's rootdir. `handler` is then text as in a template,
                such as `"app.handler"`. Each execution environment imports the modules from this folder again, with the
                environment variables of the function. The default for handlers given as text is the option `code_uri`; None
                turns that off.
            isolated: True imports the top package of a handler such as `"shop.charge.handler"` again in each execution
                environment. Python finds the package as usual.
            settings: AWS's settings in snake_case. They have AWS's defaults.

        Raises:
            LambdaEventsError: The handler or folder is invalid, or the name is taken. No function is created.
            ClientError: AWS refuses a setting. No function is created.
        """
        from .function_code import code_of

        code = code_of(handler, self._lambda_api, code_uri=code_uri, isolated=isolated)
        return self._resources.create_function(name, code, settings)

    def queue(self, name: str, **settings: Unpack[QueueSettings]) -> Queue:
        """Creates an SQS queue. It is a FIFO queue if its name ends in `.fifo`. Settings have AWS's defaults."""
        return self._resources.create_queue(name, settings)

    def topic(self, name: str, *, content_based_deduplication: bool = False) -> Topic:
        """Creates an SNS topic. It is a FIFO topic if its name ends in `.fifo`.

        With `content_based_deduplication` equal messages of a FIFO topic are duplicates, and need no deduplication id.
        """
        return self._resources.create_topic(name, content_based_deduplication=content_based_deduplication)

    def stream(self, name: str, *, shard_count: int = 1, retention_period_hours: int = 24) -> Stream:
        """Creates a Kinesis stream. Raises botocore's `ClientError` if Kinesis refuses it; then no stream is created."""
        return self._resources.create_stream(name, shard_count, retention_period_hours)

    def kafka_topic(
        self,
        name: str,
        *,
        partitions: int = 1,
        cluster: str | None = None,
        bootstrap_servers: Sequence[str] = ("kafka.example.com:9092",),
        retention_hours: float | None = None,
    ) -> KafkaTopic:
        """Creates a topic of Kafka. No broker runs: the simulation keeps its records.

        Args:
            name: The name of the topic.
            partitions: The number of partitions.
            cluster: The name of a cluster of Amazon MSK, which is created if it does not exist. Without it the topic is on a
                self-managed cluster.
            bootstrap_servers: The servers of the self-managed cluster.
            retention_hours: How long the topic keeps records; 7 days.
        """
        return self._resources.kafka.create_topic(name, partitions, cluster, bootstrap_servers, retention_hours)

    def schema_registry(self, name: str) -> SchemaRegistry:
        """Creates a schema registry for the records of Kafka.

        Args:
            name: The URL of a registry of Confluent, such as `"https://registry.example.com"`, which only the simulation
                knows. Or the name of a registry of AWS Glue.
        """
        return self._resources.kafka.create_schema_registry(name)

    def table(
        self,
        name: str,
        *,
        partition_key: str,
        sort_key: str | None = None,
        stream_view_type: str | None = None,
        time_to_live: str | None = None,
    ) -> Table:
        """Creates a DynamoDB table whose keys are strings. For other tables use boto3.

        Args:
            name: The name of the table.
            partition_key: The name of the partition key.
            sort_key: The name of the sort key, if the table has one.
            stream_view_type: AWS's view type, such as `"NEW_AND_OLD_IMAGES"`. The table has a stream if it is given.
            time_to_live: The name of the attribute that contains the second (since 1970) at which DynamoDB deletes the item.
        """
        return self._resources.create_table(name, partition_key, sort_key, stream_view_type, time_to_live)

    def event_bus(self, name: str) -> EventBus:
        """Creates an EventBridge event bus."""
        return self._resources.create_event_bus(name)

    def rule(
        self, schedule_expression: str, target: ScheduleTarget, *, payload: object = ..., name: str | None = None
    ) -> Rule:
        """Creates a rule of the default event bus that fires by a schedule expression.

        It fires when the test moves time with `advance` or `run`. `run_until_idle` does not wait for it.

        Args:
            schedule_expression: `"rate(5 minutes)"` or `"cron(0 12 * * ? *)"`. All times are UTC.
            target: A function, a queue or a topic.
            payload: What the target receives instead of AWS's scheduled event: any value that JSON can represent.
            name: The name of the rule. The default is `rule-1` and so on.

        Raises:
            LambdaEventsError: An argument has a wrong type, or the name is taken. No rule is created.
            ClientError: EventBridge refuses the expression. No rule is created.
        """
        return self._resources.create_rule(name, schedule_expression, target, payload)

    def schedule(
        self,
        schedule_expression: str,
        target: ScheduleTarget,
        *,
        timezone: str = "UTC",
        payload: object = ...,
        name: str | None = None,
        **settings: Unpack[ScheduleSettings],
    ) -> Schedule:
        """Creates a schedule of EventBridge Scheduler.

        It fires when the test moves time with `advance` or `run`. `run_until_idle` does not wait for it. A rate without a
        start date is due immediately: `advance(0)` lets it fire.

        Args:
            schedule_expression: `"at(2026-01-01T08:00:00)"`, `"rate(5 minutes)"` or `"cron(0 8 ? * MON-FRI *)"`.
            target: A function, a queue or a topic.
            timezone: The time zone of `at` and `cron`, such as `"Europe/Berlin"`.
            payload: What the target receives instead of AWS's scheduled event: any value that JSON can represent. A queue or
                a topic receives text unchanged.
            name: The name of the schedule. The default is `schedule-1` and so on.
            settings: AWS's settings in snake_case.

        Raises the same errors as `rule`. Then no schedule is created.
        """
        return self._resources.create_schedule(name, schedule_expression, target, timezone, payload, settings)

    def pipe(
        self,
        source: PipeSource,
        target: PipeTarget,
        *,
        enrichment: Function | None = None,
        name: str | None = None,
        **settings: Unpack[PipeSettings],
    ) -> Pipe:
        """Creates a pipe of EventBridge Pipes. It runs immediately.

        Args:
            source: A queue, a stream or a table.
            target: A function, a queue, a topic, a stream, an event bus or a log group.
            enrichment: A function whose response replaces each batch.
            name: The name of the pipe. The default is `pipe-1` and so on.
            settings: AWS's settings in snake_case.

        Raises:
            LambdaEventsError: An argument has a wrong type or does not fit the source or the target, or the name is taken. No
                pipe is created.
            ClientError: EventBridge refuses a setting. No pipe is created.
        """
        return self._resources.create_pipe(name, source, target, enrichment, settings)

    @property
    def apis(self) -> Mapping[str, HttpApi | RestApi]:
        """The REST APIs and HTTP APIs by name or id, created by a handle, boto3 or a stack."""
        return self._resources.apis

    def http_api(self, name: str, routes: Mapping[str, RouteTarget], **settings: Unpack[HttpApiSettings]) -> HttpApi:
        """Creates an HTTP API of API Gateway, and deploys it.

        With `enforce_permissions` the policies of its functions need statements for `apigateway.amazonaws.com`, as in AWS.

        Args:
            name: The name of the API.
            routes: Route keys such as `"GET /orders/{id}"`, `"ANY /{proxy+}"` or `"$default"`, each with its function: a
                handle, a name, or a handler. A handler becomes a function.
            settings: AWS's settings in snake_case. They have AWS's defaults.

        Raises:
            LambdaEventsError: An argument is invalid. No API is created.
            ClientError: API Gateway refuses a setting. No API is created.
        """
        return self._resources.create_http_api(name, routes, settings)

    def rest_api(self, name: str, routes: Mapping[str, RouteTarget], **settings: Unpack[RestApiSettings]) -> RestApi:
        """Creates a REST API of API Gateway whose methods have proxy integrations, and deploys it to a stage.

        The arguments and the errors are those of `http_api`. There is no route `"$default"`.
        """
        return self._resources.create_rest_api(name, routes, settings)

    def target_group(self, name: str, target: RouteTarget, *, multi_value_headers: bool = False) -> TargetGroup:
        """Creates a target group of an Application Load Balancer that has a function as its target.

        Args:
            name: The name of the target group.
            target: The function, as a route of `http_api` has it.
            multi_value_headers: Whether events and responses have lists of values for headers and query parameters.
        """
        return self._resources.create_target_group(name, target, multi_value_headers=multi_value_headers)

    def bucket(self, name: str) -> Bucket:
        """Creates an S3 bucket."""
        return self._resources.create_bucket(name)

    def log_group(self, name: str) -> LogGroup:
        """Creates a log group of CloudWatch Logs. Functions write to the log group `/aws/lambda/NAME`."""
        return self._resources.create_log_group(name)
