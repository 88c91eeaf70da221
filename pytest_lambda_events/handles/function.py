"""A function, or a version or an alias of it, in a test's hands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..arguments import Kind, check_all, is_mapping, is_number, json_text, shown, text_kind
from ..errors import LambdaEventsError, hides_frames
from ..faults.failures import FailureKind
from ..faults.plans import Plan
from ..limits import RESERVED_LIMIT_REASON
from ..records import invocation_record
from ..records.invocation_record import InvocationRecord, NotARecord
from ..service.model import LATEST
from ..simulation.journal import Entry, of_kind
from .attempts import (
    AsyncEvent,
    Attempt,
    Batch,
    InvokeResponse,
    JournaledAttempt,
    attempt_of,
    attempts_of,
    batch_of,
    of_qualifier,
    records_done,
)
from .event_source_mapping import EventSourceMapping, MappingSettings, check_mapping_settings, mapping_parameters
from .faults import Call, FaultSelection, PlannedFault, given_options, impossible, plan_failure, plan_throttle, shown_value
from .function_code import CodeUri, code_of
from .function_settings import FunctionSettings, apply_settings, check_settings
from .handlers import Handler
from .lambda_api import Api, arn_of, resource_kind
from .locations import caller_location
from .misuse import reports_misuse
from .table import Table, stream_arn_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .queue import Queue
    from .stream import Stream, StreamConsumer

__tracebackhide__ = hides_frames


@reports_misuse
class Function:
    """A function that a test made or found; with a `qualifier`, one of its versions or aliases.

    Invocations, settings and event sources go by the qualifier, as on AWS.
    """

    def __init__(self, api: Api, name: str, arn: str, qualifier: str | None = None) -> None:
        self._api = api
        self.name = name
        """Its name, without the qualifier."""
        self.qualifier = qualifier
        """The version or alias that it goes by; None for the function itself."""
        self._function_arn = arn

    @property
    def arn(self) -> str:
        """Its ARN, with the qualifier if it has one."""
        return self._function_arn if self.qualifier is None else f"{self._function_arn}:{self.qualifier}"

    @property
    def version(self) -> str:
        """The version that would run: `$LATEST`, or the number that the qualifier stands for."""
        return str(self._api.call("GetFunctionConfiguration", FunctionName=self.arn)["Version"])

    # ------------------------------------------------------------------ calling

    def invoke(self, payload: object = ..., *, tenant_id: str | None = None) -> InvokeResponse:
        """Invoke it and wait. Bytes go as they are, all else as JSON, nothing as `{}`.

        A function with `tenancy=True` needs a `tenant_id`.

        Raises botocore's `ClientError` when AWS would refuse, 429 when throttled; it never retries by itself.
        """
        return self._api.invoke(self.name, self.qualifier, encoded(payload), _tenant(tenant_id))

    def invoke_async(self, payload: object = ..., *, tenant_id: str | None = None) -> AsyncEvent:
        """Queue an event for it; it is first tried when time moves. Payloads and tenants as with `invoke`."""
        request_id = self._api.accept(self.name, self.qualifier, encoded(payload), _tenant(tenant_id))
        return AsyncEvent(self._api.journal, request_id)

    def module(self, name: str, *, tenant_id: str | None = None) -> ModuleType:
        """The module `name` that the handler will use, to patch it: `monkeypatch.setattr(function.module("app"), ...)`.

        Where the code lies in a folder this is the module of the execution environment that runs next; one is initialized
        if none is free. A second execution environment, for an invocation that overlaps, has modules of its own.

        Raises `LambdaEventsError` if the module cannot be loaded.
        """
        return self._api.module(self.name, self.qualifier, name, _tenant(tenant_id))

    # ------------------------------------------------------------------ looking

    @property
    def events(self) -> list[AsyncEvent]:
        """The asynchronous events that were accepted for it, in order."""
        return [AsyncEvent(self._api.journal, entry.request_id or "") for entry in self._accepted]

    @property
    def attempts(self) -> list[Attempt]:
        """All attempts, synchronous ones and batches too, in the order in which they started."""
        return [self._batch(one) if one.is_batch else attempt_of(one) for one in attempts_of(self._entries)]

    @property
    def batches(self) -> list[Batch]:
        """The attempts of batches from its event sources, throttled ones too, in the order in which they started."""
        return [self._batch(one) for one in attempts_of(self._entries) if one.is_batch]

    @property
    def records_processed(self) -> int:
        """How many records it is done with: each counts once, when it is deleted or checkpointed after success (SQS-41)."""
        return records_done(of_kind(self._entries, "deleted", "checkpointed"))

    @property
    def invocation_records(self) -> list[InvocationRecord]:
        """The invocation records that it got as the destination of another function."""
        records = []
        for entry in self._accepted:
            with suppress(NotARecord):
                records.append(invocation_record.read(entry.detail["payload"].decode(errors="replace")))
        return records

    @property
    def logs(self) -> list[str]:
        """The lines that its handler wrote, of all attempts that have ended."""
        return [line for attempt in self.attempts for line in attempt.logs]

    @property
    def _accepted(self) -> list[Entry]:
        return of_kind(self._entries, "accepted")

    @property
    def _entries(self) -> Sequence[Entry]:
        entries = self._api.journal.of_function(self.name)
        return entries if self.qualifier is None else of_qualifier(entries, self.qualifier)

    def _batch(self, one: JournaledAttempt) -> Batch:
        return batch_of(one, self._mapping(one.first.detail["event_source_mapping"]))

    def _mapping(self, uuid: str) -> EventSourceMapping:
        place, _, _ = self._function_arn.partition(":function:")
        return EventSourceMapping(self._api, uuid, f"{place}:event-source-mapping:{uuid}")

    # ------------------------------------------------------------------ changing

    def add_event_source(
        self,
        source: Queue | Stream | StreamConsumer | Table | str,
        *,
        starting_position: str | None = None,
        starting_position_timestamp: datetime | None = None,
        **settings: Unpack[MappingSettings],
    ) -> EventSourceMapping:
        """Feed it from a queue, a stream or a table's stream, given as its handle or ARN.

        Enabled at once, with AWS's defaults for what is not given; a stream needs a `starting_position`.

        Raises `LambdaEventsError` for a setting that does not exist or has another type, and botocore's `ClientError` for
        what AWS refuses; then no mapping is made.
        """
        _SOURCE.check("source", source)
        _POSITION.check("starting_position", starting_position)
        check_mapping_settings(settings, "starting_position", "starting_position_timestamp")
        given = {key: value for key, value in settings.items() if value is not None}
        timestamp = None if starting_position_timestamp is None else _seconds_of(starting_position_timestamp)
        position = {"StartingPosition": starting_position, "StartingPositionTimestamp": timestamp}
        made = self._api.call(
            "CreateEventSourceMapping", FunctionName=self.arn, EventSourceArn=source_arn_of(source),
            **mapping_parameters(given), **{name: value for name, value in position.items() if value is not None},
        )  # fmt: skip
        return self._mapping(made["UUID"])

    def publish_version(self) -> Function:
        """Publish `$LATEST` as a version; the same version again if nothing has changed since (FUN-08)."""
        return Function(self._api, self.name, self._function_arn, self._api.publish_version(self.name))

    def create_alias(self, name: str, *, function_version: str, routing_config: Mapping[str, float] | None = None) -> Function:
        """Make an alias of a version; `routing_config` gives other versions a share of its calls."""
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
        """Changes it, with the keywords of creation. None removes a setting. `function_version` moves an alias.

        `code_uri` and `isolated` say where the modules of `handler` come from.

        Raises `LambdaEventsError` for invalid values and botocore's `ClientError` for what AWS refuses. Then nothing changes.
        """
        check_settings(settings)
        if "tenancy" in settings:
            raise LambdaEventsError("tenancy cannot be changed: AWS sets it when the function is made. Make another function.")
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
        """Let something go wrong for it, from now on, with the attempts that `selection` names: all if it names none.

        `failure` is an exception, raised in the handler's place, or one of: `"timeout"`, `"out_of_memory"`, `"exit"`
        (with `exit_status`), `"load_error"`, `"response"` (`payload` is the answer), `"service_error"` (5xx before the
        handler), `"destination"` and `"dead_letter_queue"` (that delivery fails), `"delete"` and `"checkpoint"` (fail after
        success, so that a batch comes again), `"duplicate"` (delivered once more) and `"split"` (cut into batches of
        `sizes`, what is left is one more). With `after_handler=True` an exception, a timeout, an exit and a lack of memory
        strike when the handler has run: its side effects are done, its answer is lost.

        Selection: `attempts` (numbers of attempts), `times` (how often), `until` (only attempts that start earlier),
        `when` (a predicate of the decoded event), `optional` (need not be met). A planned fault that is never met fails the
        test at its end. Raises `LambdaEventsError` if the failure does not exist or cannot happen to this function.
        """
        __tracebackhide__ = hides_frames
        options = given_options(
            {"after_handler": after_handler, "payload": payload, "exit_status": exit_status, "sizes": sizes}, selection
        )
        call = self._planning("fail", shown_value(failure))
        return self._planned(call, plan_failure(self._api, call, failure, options))

    def throttle(self, *, reason: str = RESERVED_LIMIT_REASON, **selection: Unpack[FaultSelection]) -> PlannedFault:
        """Refuse attempts of it with 429 and a reason in AWS's words, from now on; `selection` as for `fail`.

        Raises `LambdaEventsError` at once for a reason that AWS does not have, or a selection that cannot be.
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
        """Delete it: the alias, the version, or the function with all of them."""
        if self.qualifier is None:
            self._api.call("DeleteFunction", FunctionName=self.name)
        elif self.qualifier.isdigit():
            self._api.call("DeleteFunction", FunctionName=self.name, Qualifier=self.qualifier)
        else:
            self._api.call("DeleteAlias", FunctionName=self.name, Name=self.qualifier)

    def __repr__(self) -> str:
        return f"<Function {self.name}{f':{self.qualifier}' if self.qualifier else ''}>"


def _seconds_of(instant: object) -> float:
    """Since the epoch."""
    if not isinstance(instant, datetime):
        raise LambdaEventsError(
            f"starting_position_timestamp={shown(instant)} is not a datetime. Pass an aware one, such as lambda_events.now."
        )
    if instant.tzinfo is None:
        raise LambdaEventsError(
            f"starting_position_timestamp={shown(instant)} has no offset. Pass an aware datetime, such as lambda_events.now."
        )
    return instant.timestamp()


def source_arn_of(source: object) -> str:
    """The ARN by which a source is mapped: of a table, that of its stream."""
    return stream_arn_of(source) if isinstance(source, Table) else arn_of(source)


def encoded(payload: object) -> bytes:
    """Returns the bytes of a payload. Raises `LambdaEventsError` if JSON cannot represent it."""
    if payload is ...:
        return b"{}"
    if isinstance(payload, bytes):
        return payload
    return json_text(
        "The payload", payload, "Pass a value that JSON can represent, or bytes, which are sent unchanged."
    ).encode()


def _routing(weights: Mapping[str, float] | None) -> dict[str, Any]:
    return {} if weights is None else {"RoutingConfig": {"AdditionalVersionWeights": dict(weights)}}


def _tenant(tenant_id: str | None) -> str:
    text_kind("customer-1", "the id of a tenant").optional().check("tenant_id", tenant_id)
    return tenant_id or ""


def _check_alias(**given: object) -> None:
    check_all(_ALIAS_KINDS, {name: value for name, value in given.items() if value is not None or name == "name"})


def _is_routing(value: object) -> bool:
    return is_mapping(value) and all(is_number(weight) for weight in value.values())


_SOURCE = resource_kind("a queue, stream, stream consumer or table", 'lambda_events.queue("orders")')
_POSITION = text_kind("TRIM_HORIZON").optional()
_ALIAS_KINDS = {
    "name": text_kind("live"),
    "function_version": text_kind("1", "the number of a version as text"),
    "routing_config": Kind("a mapping of versions to shares", _is_routing, '{"2": 0.1}'),
}
