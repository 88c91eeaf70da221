"""Run real AWS Lambda handlers in a test's own process, with their retries and throttles on a virtual clock."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

# Each name is loaded on first use: a plugin that is installed but unused costs a test run next to nothing.
_HOMES = {
    "ApiAuthorizer": ".handles.apis",
    "AsyncEvent": ".handles.attempts",
    "Attempt": ".handles.attempts",
    "BalanceSheet": ".report.balance",
    "Batch": ".handles.attempts",
    "BatchInfo": ".records.invocation_record",
    "Bounds": ".exploration.bounds",
    "Bucket": ".handles.targets",
    "Choice": ".exploration.choices",
    "Choices": ".config",
    "ClockDriver": ".config",
    "CodeUri": ".handles.function_code",
    "CorsSettings": ".handles.function_url",
    "DeadLetter": ".records.dead_letter",
    "DeployError": ".deployment.errors",
    "Entry": ".journal.entry",
    "EventBus": ".handles.event_bus",
    "EventSourceMapping": ".handles.event_source_mapping",
    "Exploration": ".exploration.result",
    "ExploreOptions": ".exploration.scenarios",
    "ExploredFailure": ".exploration.result",
    "FailureKind": ".faults.failures",
    "FaultSelection": ".handles.faults",
    "FlexibleWindow": ".config",
    "Function": ".handles.function",
    "FunctionSettings": ".handles.function_settings",
    "DurableExecution": ".handles.durable_execution",
    "DurableOperation": ".handles.durable_operation",
    "FunctionUrl": ".handles.function_url",
    "Handler": ".handles.handlers",
    "HasArn": ".handles.lambda_api",
    "HttpApi": ".handles.apis",
    "HttpApiSettings": ".handles.apis",
    "HttpEndpoint": ".handles.http_endpoint",
    "HttpHeaders": ".handles.http_response",
    "HttpResponse": ".handles.http_response",
    "Instant": ".simulation.instants",
    "InvocationRecord": ".records.invocation_record",
    "InvokeResponse": ".handles.responses",
    "Journal": ".report.journal",
    "Json": ".handles.responses",
    "KafkaBatchInfo": ".records.invocation_record",
    "KafkaRecord": ".handles.kafka_topic",
    "KafkaTopic": ".handles.kafka_topic",
    "LambdaAuthorizer": ".handles.apis",
    "LambdaEvents": ".environment",
    "LambdaEventsConfig": ".config",
    "LambdaEventsError": ".errors",
    "LambdaEventsOptions": ".config",
    "LogGroup": ".handles.log_group",
    "MappingSettings": ".handles.event_source_mapping",
    "Matcher": ".records.matchers",
    "Message": ".handles.messages",
    "Metrics": ".handles.metrics",
    "NamedValues": ".handles.http_requests",
    "NotSimulatedError": ".errors",
    "Outcome": ".journal.journaled_attempts",
    "Pipe": ".handles.pipes",
    "PipeSettings": ".handles.pipes",
    "PipeSource": ".handles.pipes",
    "PipeTarget": ".handles.pipes",
    "PlannedFault": ".handles.faults",
    "Point": ".exploration.choices",
    "Queue": ".handles.queue",
    "QueueSettings": ".handles.queue",
    "RegisteredSchema": ".handles.schema_registry",
    "RestApi": ".handles.apis",
    "RestApiSettings": ".handles.apis",
    "RouteTarget": ".handles.apis",
    "Rule": ".handles.schedules",
    "Schedule": ".handles.schedules",
    "ScheduleSettings": ".handles.schedules",
    "ScheduleTarget": ".handles.schedules",
    "SchemaRegistry": ".handles.schema_registry",
    "Shard": ".handles.stream",
    "Stack": ".deployment.stack",
    "StackResource": ".deployment.stack_report",
    "StackWarning": ".deployment.findings",
    "Stream": ".handles.stream",
    "StreamConsumer": ".handles.stream",
    "Strictness": ".config",
    "StreamRecord": ".handles.stream",
    "Table": ".handles.table",
    "TargetGroup": ".handles.apis",
    "TemplateError": ".templates.errors",
    "Topic": ".handles.targets",
    "explore": ".exploration.scenarios",
    "matches_dead_letter": ".records.matchers",
    "matches_record": ".records.matchers",
    "normalize": ".normalization",
    "replay": ".exploration.scenarios",
}

__all__ = [
    "ApiAuthorizer",
    "AsyncEvent",
    "Attempt",
    "BalanceSheet",
    "Batch",
    "BatchInfo",
    "Bounds",
    "Bucket",
    "Choice",
    "Choices",
    "ClockDriver",
    "CodeUri",
    "CorsSettings",
    "DeadLetter",
    "DeployError",
    "DurableExecution",
    "DurableOperation",
    "Entry",
    "EventBus",
    "EventSourceMapping",
    "Exploration",
    "ExploreOptions",
    "ExploredFailure",
    "FailureKind",
    "FaultSelection",
    "FlexibleWindow",
    "Function",
    "FunctionSettings",
    "FunctionUrl",
    "Handler",
    "HasArn",
    "HttpApi",
    "HttpApiSettings",
    "HttpEndpoint",
    "HttpHeaders",
    "HttpResponse",
    "Instant",
    "InvocationRecord",
    "InvokeResponse",
    "Journal",
    "Json",
    "KafkaBatchInfo",
    "KafkaRecord",
    "KafkaTopic",
    "LambdaAuthorizer",
    "LambdaEvents",
    "LambdaEventsConfig",
    "LambdaEventsError",
    "LambdaEventsOptions",
    "LogGroup",
    "MappingSettings",
    "Matcher",
    "Message",
    "Metrics",
    "NamedValues",
    "NotSimulatedError",
    "Outcome",
    "Pipe",
    "PipeSettings",
    "PipeSource",
    "PipeTarget",
    "PlannedFault",
    "Point",
    "Queue",
    "QueueSettings",
    "RegisteredSchema",
    "RestApi",
    "RestApiSettings",
    "RouteTarget",
    "Rule",
    "Schedule",
    "ScheduleSettings",
    "ScheduleTarget",
    "SchemaRegistry",
    "Shard",
    "Stack",
    "StackResource",
    "StackWarning",
    "Stream",
    "StreamConsumer",
    "StreamRecord",
    "Strictness",
    "Table",
    "TargetGroup",
    "TemplateError",
    "Topic",
    "explore",
    "matches_dead_letter",
    "matches_record",
    "normalize",
    "replay",
]

if TYPE_CHECKING:
    from .config import Choices, ClockDriver, FlexibleWindow, LambdaEventsConfig, LambdaEventsOptions, Strictness
    from .deployment.errors import DeployError
    from .deployment.findings import StackWarning
    from .deployment.stack import Stack
    from .deployment.stack_report import StackResource
    from .environment import LambdaEvents
    from .errors import LambdaEventsError, NotSimulatedError
    from .exploration.bounds import Bounds
    from .exploration.choices import Choice, Point
    from .exploration.result import Exploration, ExploredFailure
    from .exploration.scenarios import ExploreOptions, explore, replay
    from .faults.failures import FailureKind
    from .handles.apis import (
        ApiAuthorizer,
        HttpApi,
        HttpApiSettings,
        LambdaAuthorizer,
        RestApi,
        RestApiSettings,
        RouteTarget,
        TargetGroup,
    )
    from .handles.attempts import AsyncEvent, Attempt, Batch
    from .handles.durable_execution import DurableExecution
    from .handles.durable_operation import DurableOperation
    from .handles.event_bus import EventBus
    from .handles.event_source_mapping import EventSourceMapping, MappingSettings
    from .handles.faults import FaultSelection, PlannedFault
    from .handles.function import Function
    from .handles.function_code import CodeUri
    from .handles.function_settings import FunctionSettings
    from .handles.function_url import CorsSettings, FunctionUrl
    from .handles.handlers import Handler
    from .handles.http_endpoint import HttpEndpoint
    from .handles.http_requests import NamedValues
    from .handles.http_response import HttpHeaders, HttpResponse
    from .handles.kafka_topic import KafkaRecord, KafkaTopic
    from .handles.lambda_api import HasArn
    from .handles.log_group import LogGroup
    from .handles.messages import Message
    from .handles.metrics import Metrics
    from .handles.pipes import Pipe, PipeSettings, PipeSource, PipeTarget
    from .handles.queue import Queue, QueueSettings
    from .handles.responses import InvokeResponse, Json
    from .handles.schedules import Rule, Schedule, ScheduleSettings, ScheduleTarget
    from .handles.schema_registry import RegisteredSchema, SchemaRegistry
    from .handles.stream import Shard, Stream, StreamConsumer, StreamRecord
    from .handles.table import Table
    from .handles.targets import Bucket, Topic
    from .journal.entry import Entry
    from .journal.journaled_attempts import Outcome
    from .normalization import normalize
    from .records.dead_letter import DeadLetter
    from .records.invocation_record import BatchInfo, InvocationRecord, KafkaBatchInfo
    from .records.matchers import Matcher, matches_dead_letter, matches_record
    from .report.balance import BalanceSheet
    from .report.journal import Journal
    from .simulation.instants import Instant
    from .templates.errors import TemplateError


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
