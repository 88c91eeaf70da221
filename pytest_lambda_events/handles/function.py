"""The handle of a function, or of one of its versions or aliases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

from ..arguments import Kind, check_all, is_mapping, is_number, shown, text_kind
from ..errors import LambdaEventsError, hides_frames
from ..faults.failures import FailureKind
from ..faults.planning import Call, caller_location, given_options, impossible, plan_failure, plan_throttle, shown_value
from ..faults.plans import Plan
from ..journal.entry import Entry
from ..journal.events import Accepted
from ..journal.journal import of_type
from ..journal.journaled_attempts import JournaledAttempt, attempts_of, of_qualifier
from ..limits import RESERVED_LIMIT_REASON
from ..records import invocation_record
from ..records.invocation_record import InvocationRecord, NotARecord
from ..service.model import LATEST
from .attempts import AsyncEvent, Attempt, Batch, attempt_of, batch_of, records_done
from .event_source_mapping import EventSourceMapping, MappingSettings, check_mapping_settings, mapping_parameters
from .faults import FaultSelection, PlannedFault
from .function_code import CodeUri, code_of
from .function_settings import FunctionSettings, apply_settings, check_settings
from .handlers import Handler
from .lambda_api import Api, resource_kind
from .mapping_source import ONLY_CREATED, check_destination, position_parameters, source_parameters
from .misuse import reports_misuse
from .responses import InvokeResponse, encoded

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .durable_execution import DurableExecution
    from .function_url import CorsSettings, FunctionUrl
    from .kafka_topic import KafkaTopic
    from .queue import Queue
    from .stream import Stream, StreamConsumer
    from .table import Table

__tracebackhide__ = hides_frames


@reports_misuse
class Function:
    """A function. With a `qualifier`, one of its versions or aliases.

    Invocations, settings and event sources then belong to this version or alias, as on AWS.
    """

    def __init__(self, api: Api, name: str, arn: str, qualifier: str | None = None) -> None:
        self._api = api
        self.name = name
        """The name of the function, without the qualifier."""
        self.qualifier = qualifier
        """The version or alias of this handle. None for the function itself."""
        self._function_arn = arn

    @property
    def arn(self) -> str:
        """The ARN of the function, with the qualifier of this handle."""
        return self._function_arn if self.qualifier is None else f"{self._function_arn}:{self.qualifier}"

    @property
    def version(self) -> str:
        """The version that an invocation runs: `$LATEST` or a version number."""
        return str(self._api.call("GetFunctionConfiguration", FunctionName=self.arn)["Version"])

    # ------------------------------------------------------------------ calling

    def invoke(self, payload: object = ..., *, tenant_id: str | None = None) -> InvokeResponse:
        """Invokes the function synchronously and returns its response. Does not retry.

        Args:
            payload: The event. Bytes are sent unchanged, other values as JSON. The default is `{}`.
            tenant_id: The tenant. Functions with `tenancy=True` need it.

        Raises:
            ClientError: AWS refuses the call, for example with status 429 if the function is throttled.
        """
        return self._api.invoke(self.name, self.qualifier, encoded(payload), _tenant(tenant_id))

    def invoke_async(self, payload: object = ..., *, tenant_id: str | None = None) -> AsyncEvent:
        """Invokes the function asynchronously. The first attempt runs when time moves. The arguments are those of `invoke`."""
        request_id = self._api.accept(self.name, self.qualifier, encoded(payload), _tenant(tenant_id))
        return AsyncEvent(self._api.journal, request_id)

    def start_execution(self, payload: object = ..., *, name: str | None = None) -> DurableExecution:
        """Starts a durable execution, as an asynchronous `Invoke` does. Its first invocation runs when time moves.

        Args:
            payload: The event, as in `invoke`.
            name: The name of the execution, 1 to 64 letters, digits, `-` and `_`. A second call with the same name and payload
                returns the same execution (DUR-21). The default is a new UUID.

        Raises:
            ClientError: The name is invalid, or belongs to an execution with another payload.
            LambdaEventsError: The function is not durable.
        """
        from .durable_execution import started

        return started(self._api, self.name, self.qualifier or LATEST, encoded(payload), name)

    @property
    def executions(self) -> list[DurableExecution]:
        """The durable executions, in the order of their start; those of this version if the handle has a qualifier."""
        from .durable_execution import DurableExecution

        listed = self._api.call("ListDurableExecutionsByFunction", FunctionName=self.arn, ReverseOrder=True, MaxItems=1000)
        return [DurableExecution(self._api, one["DurableExecutionArn"]) for one in listed["DurableExecutions"]]

    def module(self, name: str, *, tenant_id: str | None = None) -> ModuleType:
        """Returns a module of the handler, so that a test can patch it: `monkeypatch.setattr(function.module("app"), ...)`.

        If the code is in a folder, it is the module in the execution environment that runs the next invocation. Such an
        execution environment is created if none is free. Concurrent invocations run in further execution environments with
        other modules.

        Raises `LambdaEventsError` if importing the module fails.
        """
        return self._api.module(self.name, self.qualifier, name, _tenant(tenant_id))

    # ------------------------------------------------------------------ looking

    @property
    def events(self) -> list[AsyncEvent]:
        """The accepted asynchronous events of the function, in order."""
        return [AsyncEvent(self._api.journal, entry.request_id or "") for entry in self._accepted]

    @property
    def attempts(self) -> list[Attempt]:
        """All attempts in the order of their start, including synchronous invocations and batches."""
        return [self._batch(one) if one.is_batch else attempt_of(one) for one in attempts_of(self._entries)]

    @property
    def batches(self) -> list[Batch]:
        """The attempts of batches in the order of their start, including throttled ones."""
        return [self._batch(one) for one in attempts_of(self._entries) if one.is_batch]

    @property
    def records_processed(self) -> int:
        """The number of records that were deleted or checkpointed after success. Each counts once (SQS-41)."""
        return records_done(self._entries)

    @property
    def invocation_records(self) -> list[InvocationRecord]:
        """The invocation records that the function received as the destination of another function."""
        records = []
        for entry in self._accepted:
            with suppress(NotARecord):
                records.append(invocation_record.read(entry.payload.decode(errors="replace")))
        return records

    @property
    def logs(self) -> list[str]:
        """The lines that the handler printed and logged in all ended attempts."""
        return [line for attempt in self.attempts for line in attempt.logs]

    @property
    def _accepted(self) -> list[Accepted]:
        return of_type(self._entries, Accepted)

    @property
    def _entries(self) -> Sequence[Entry]:
        entries = self._api.journal.of_function(self.name)
        return entries if self.qualifier is None else of_qualifier(entries, self.qualifier)

    def _batch(self, one: JournaledAttempt) -> Batch:
        return batch_of(one, self._mapping(one.event_source_mapping))

    def _mapping(self, uuid: str) -> EventSourceMapping:
        place, _, _ = self._function_arn.partition(":function:")
        return EventSourceMapping(self._api, uuid, f"{place}:event-source-mapping:{uuid}")

    # ------------------------------------------------------------------ changing

    def add_event_source(
        self,
        source: Queue | Stream | StreamConsumer | Table | KafkaTopic | str,
        *,
        starting_position: str | None = None,
        starting_position_timestamp: datetime | None = None,
        consumer_group_id: str | None = None,
        consumption_mode: str | None = None,
        **settings: Unpack[MappingSettings],
    ) -> EventSourceMapping:
        """Creates an event source mapping from a source to the function. It is enabled immediately.

        Args:
            source: The handle or ARN of the queue, stream or stream consumer, or the handle of a table or a Kafka topic.
            starting_position: `"TRIM_HORIZON"`, `"LATEST"` or `"AT_TIMESTAMP"`. Streams and tables need it.
            starting_position_timestamp: The time for `"AT_TIMESTAMP"`, an aware datetime.
            consumer_group_id: For a topic of Kafka: the consumer group. The default is the UUID of the mapping.
            consumption_mode: For a topic of a self-managed cluster of Kafka: `"Stream"`, the default, or `"Queue"`.
            settings: AWS's settings in snake_case. They have AWS's defaults.

        Raises:
            LambdaEventsError: A setting does not exist or has a wrong type. No mapping is created.
            ClientError: AWS refuses the mapping. No mapping is created.
        """
        _SOURCE.check("source", source)
        _POSITION.check("starting_position", starting_position)
        check_mapping_settings(settings, *ONLY_CREATED)
        check_destination(source, settings.get("on_failure"))
        given = {key: value for key, value in settings.items() if value is not None}
        position = position_parameters(starting_position, starting_position_timestamp)
        made = self._api.call(
            "CreateEventSourceMapping", FunctionName=self.arn,
            **source_parameters(source, consumer_group_id, consumption_mode, given), **mapping_parameters(given), **position,
        )  # fmt: skip
        return self._mapping(made["UUID"])

    def create_url(self, *, auth_type: Literal["NONE", "AWS_IAM"] = "NONE", cors: CorsSettings | None = None) -> FunctionUrl:
        """Creates the URL of the function or alias. With `AWS_IAM`, requests need `caller=`.

        With `enforce_permissions` its policy needs a statement for `lambda:InvokeFunctionUrl`, as in AWS.

        Raises:
            LambdaEventsError: The CORS configuration is invalid. No URL is created.
            ClientError: AWS refuses the URL, for example because there is one.
        """
        from .function_url import created_url

        return created_url(self._api, self.name, self.qualifier, auth_type, cors)

    @property
    def url(self) -> FunctionUrl:
        """The URL of the function or alias, created by a handle, boto3 or a stack.

        A function without a URL has the URL of its alias, if only one alias has one.
        """
        from .function_url import found_url

        return found_url(self._api, self.name, self.qualifier)

    def publish_version(self) -> Function:
        """Publishes `$LATEST` as a version. Returns the last version if nothing changed since then (FUN-08)."""
        return Function(self._api, self.name, self._function_arn, self._api.publish_version(self.name))

    def create_alias(self, name: str, *, function_version: str, routing_config: Mapping[str, float] | None = None) -> Function:
        """Creates an alias of a version. `routing_config` maps other versions to their share of the invocations."""
        _check_alias(name=name, function_version=function_version, routing_config=routing_config)
        self._api.call(
            "CreateAlias", FunctionName=self.name, Name=name, FunctionVersion=function_version,
            **_routing(routing_config),
        )  # fmt: skip
        return Function(self._api, self.name, self._function_arn, name)

    def update(
        self,
        *,
        handler: Handler | str | None = None,
        code_uri: CodeUri = ...,
        isolated: bool = False,
        function_version: str | None = None,
        routing_config: Mapping[str, float] | None = None,
        **settings: Unpack[FunctionSettings],
    ) -> None:
        """Changes code or settings of the function. None removes a setting.

        Args:
            handler: The new handler.
            code_uri: The code folder of `handler`, as in `LambdaEvents.function`.
            isolated: How `handler` is imported, as in `LambdaEvents.function`.
            function_version: The new version of an alias.
            routing_config: The new shares of other versions of an alias.
            settings: AWS's settings in snake_case.

        Raises:
            LambdaEventsError: A value is invalid. Nothing changes.
            ClientError: AWS refuses a setting. Nothing changes.
        """
        check_settings(settings)
        if "tenancy" in settings:
            raise LambdaEventsError(
                "AWS does not allow tenancy to change after the function is created. Create another function."
            )
        _check_alias(function_version=function_version, routing_config=routing_config)
        if handler is None and (code_uri is not ... or isolated):
            given = "isolated=True" if code_uri is ... else f"code_uri={shown(code_uri)}"
            raise LambdaEventsError(f"{given} needs handler, such as handler='app.handler'. Pass both.")
        code = None if handler is None else code_of(handler, self._api, code_uri=code_uri, isolated=isolated)
        with self._api.unchanged_on_error(self.name):
            if function_version is not None or routing_config is not None:
                self._update_alias(function_version, routing_config)
            # Layers need code in a folder: the new code comes before new layers, and after layers that go.
            if code is not None and settings.get("layers"):
                self._api.set_code(self.name, code)
            apply_settings(self._api, self.name, self.qualifier, settings, is_new=False)
            if code is not None and not settings.get("layers"):
                self._api.set_code(self.name, code)

    def _update_alias(self, function_version: str | None, routing_config: Mapping[str, float] | None) -> None:
        if self.qualifier is None or self.qualifier.isdigit() or self.qualifier == LATEST:
            raise LambdaEventsError(
                f"{self!r} is not an alias: function_version and routing_config belong to aliases. Call update on the handle "
                "that create_alias returns."
            )
        given = {} if function_version is None else {"FunctionVersion": function_version}
        self._api.call("UpdateAlias", FunctionName=self.name, Name=self.qualifier, **given, **_routing(routing_config))

    def fail(
        self,
        failure: Exception | FailureKind,
        *,
        after_handler: bool = False,
        payload: object = None,
        exit_status: int = 1,
        sizes: Sequence[int] = (),
        **selection: Unpack[FaultSelection],
    ) -> PlannedFault:
        """Plans a failure of later attempts. `selection` selects the attempts; the default is all of them.

        If the planned failure does not happen, the test fails at its end.

        Args:
            failure: An exception that is raised instead of running the handler, or a name: `"timeout"`, `"out_of_memory"`,
                `"exit"`, `"load_error"`, `"response"`, `"service_error"` (a 5xx error before the handler runs),
                `"destination"` or `"dead_letter_queue"` (the delivery fails), `"delete"` or `"checkpoint"` (the step after
                success fails, so the batch is delivered again), `"duplicate"` (the batch is delivered again) or `"split"`
                (the batch is split).
            after_handler: True lets an exception, a timeout, an exit or a lack of memory happen after the handler returns. Its
                side effects remain, its response is discarded.
            payload: The response of the handler, for `"response"`.
            exit_status: The status, for `"exit"`.
            sizes: The sizes of the batches, for `"split"`. The remaining records form a final batch.

        Raises:
            LambdaEventsError: The failure does not exist, or it cannot happen to this function.
        """
        __tracebackhide__ = hides_frames
        options = given_options(
            {"after_handler": after_handler, "payload": payload, "exit_status": exit_status, "sizes": sizes}, selection
        )
        call = self._planning("fail", shown_value(failure))
        return self._planned(call, plan_failure(self._api, call, failure, options))

    def throttle(self, *, reason: str = RESERVED_LIMIT_REASON, **selection: Unpack[FaultSelection]) -> PlannedFault:
        """Plans throttles of later attempts: they are refused with status 429 and AWS's `reason`.

        `selection` selects the attempts, as in `fail`. Raises `LambdaEventsError` if AWS does not have this reason, or if the
        selection is invalid.
        """
        __tracebackhide__ = hides_frames
        call = self._planning("throttle", "...")
        return self._planned(call, plan_throttle(self._api, call, {"reason": reason, **selection}))

    def _planning(self, verb: str, shown: str) -> Call:
        return Call(f"{self.name}.{verb}({shown})", self.name, self.qualifier, caller_location())

    def _planned(self, call: Call, plan: Plan) -> PlannedFault:
        reason = impossible(self._api, plan)
        if reason is not None:
            raise LambdaEventsError(f"{call.text}: {reason}.")
        self._api.plan(plan)
        return PlannedFault(plan, self._api.check_open)

    def delete(self) -> None:
        """Deletes the alias or the version, or the function with all its versions and aliases."""
        if self.qualifier is None:
            self._api.call("DeleteFunction", FunctionName=self.name)
        elif self.qualifier.isdigit():
            self._api.call("DeleteFunction", FunctionName=self.name, Qualifier=self.qualifier)
        else:
            self._api.call("DeleteAlias", FunctionName=self.name, Name=self.qualifier)

    def __repr__(self) -> str:
        return f"<Function {self.name}{f':{self.qualifier}' if self.qualifier else ''}>"


def _routing(weights: Mapping[str, float] | None) -> dict[str, Any]:
    return {} if weights is None else {"RoutingConfig": {"AdditionalVersionWeights": dict(weights)}}


def _tenant(tenant_id: str | None) -> str:
    text_kind("customer-1", "the id of a tenant").optional().check("tenant_id", tenant_id)
    return tenant_id or ""


def _check_alias(**given: object) -> None:
    check_all(_ALIAS_KINDS, {name: value for name, value in given.items() if value is not None or name == "name"})


def _is_routing(value: object) -> bool:
    return is_mapping(value) and all(is_number(weight) for weight in value.values())


_SOURCE = resource_kind("a queue, stream, stream consumer, table or topic of Kafka", 'lambda_events.queue("orders")')
_POSITION = text_kind("TRIM_HORIZON").optional()
_ALIAS_KINDS = {
    "name": text_kind("live"),
    "function_version": text_kind("1", "the number of a version as text"),
    "routing_config": Kind("a mapping of versions to shares", _is_routing, '{"2": 0.1}'),
}
