"""Runs batches through a pipe: the enrichment, and then the target (PIP-03 to 0A)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple, Protocol

from ... import limits
from ...arns import name_of_arn, parse
from ...journal.entry import NOBODY, Subject
from ...journal.events import Denied
from ...journal.pushes import Pushed
from ...service.authorization import Authorizer
from ...service.errors import ServiceError
from ...service.event_acceptor import EventAcceptor
from ...service.invoke_request import Result
from ...service.tracing import PassedTrace, Trace
from ...simulation.simulation import Simulation
from ...values import dataclass
from .. import batch_response
from ..batch_response import BatchResult
from ..push.deliveries import NotDelivered
from ..push.rule_inputs import compact
from .items import Item, item_of, rendered
from .pipe import LARGEST_BATCHES, Pipe


class Functions(EventAcceptor, Protocol):
    """Invokes functions."""

    def begin(
        self,
        name: str,
        qualifier: str | None,
        payload: bytes,
        *,
        trace: Trace | None = None,
        attempt: int = 1,
        on_result: Callable[[Result], None],
    ) -> None:
        """Starts a synchronous invocation, and calls `on_result` with its result. Raises `ServiceError`."""


class Outgoing(NamedTuple):
    """One event for a target: the text that it receives, and the event before the target's template."""

    text: str
    item: Item


class PipeTargets(Protocol):
    """The targets of pipes that are not functions, in the services of the simulated AWS."""

    def send(self, pipe: Pipe, events: Sequence[Outgoing]) -> Sequence[tuple[int, str]]:
        """Sends a batch with one call. Returns the places of the events that the target refused, each with a reason.

        Raises `NotDelivered` if the target received none.
        """


@dataclass(frozen=True, slots=True)
class PipeBatch:
    """A batch of the source. `ids` name its records in a response (PIP-0A)."""

    subject: Subject
    records: Sequence[Item]
    ids: Sequence[str]
    trace: Trace


OnEnded = Callable[[BatchResult], None]


@dataclass(frozen=True, slots=True)
class PipeTools:
    """What all pipes use."""

    simulation: Simulation
    functions: Functions
    targets: PipeTargets
    authority: Authorizer
    passed: PassedTrace


class PipeRun:
    """One batch on its way through a pipe. `on_ended` is called once, with the ids of the records that failed."""

    def __init__(self, tools: PipeTools, pipe: Pipe, batch: PipeBatch, on_ended: Callable[[BatchResult], None]) -> None:
        self._simulation = tools.simulation
        self._functions = tools.functions
        self._targets = tools.targets
        self._authority = tools.authority
        self._passed = tools.passed
        self._pipe = pipe
        self._batch = batch
        self._on_ended = on_ended

    def start(self) -> None:
        """Starts with the enrichment, or with the target if there is none."""
        if self._pipe.enrichment_arn is None:
            self._to_target(self._batch.records)
        else:
            self._enrich(self._pipe.enrichment_arn)

    @property
    def _now(self) -> datetime:
        return self._simulation.clock.now

    def _enrich(self, function_arn: str) -> None:
        """Invokes the enrichment (PIP-07)."""
        texts = rendered(self._pipe.enrichment_template, self._batch.records, self._pipe, self._now)
        self._attempt(f"enrichment {name_of_arn(function_arn)}", partial(self._invoke, function_arn, texts, self._enriched))

    def _enriched(self, result: Result) -> None:
        """Continues with the answer of the enrichment. An empty one ends the batch: its records are done (PIP-07)."""
        assert self._pipe.enrichment_arn is not None
        who = f"enrichment {name_of_arn(self._pipe.enrichment_arn)}"
        if result.error is not None:
            self._fail(f"{who}: {_error_of(result)}")
            return
        if len(result.payload) > limits.SYNCHRONOUS_PAYLOAD_BYTES:
            self._fail(f"{who}: the response has {len(result.payload)} bytes")
            return
        value = item_of(result.payload.decode() or "null")
        if value.value in (None, "", [], {}):
            self._on_ended(BatchResult(()))
            return
        self._to_target(_elements(value) if isinstance(value.value, list) else [value])

    def _to_target(self, items: Sequence[Item]) -> None:
        """Sends events to the target (PIP-03, PIP-08)."""
        pipe, arn = self._pipe, parse(self._pipe.target_arn)
        who = f"target {arn.name}"
        largest = LARGEST_BATCHES[arn.service]
        if len(items) > largest:
            self._fail(f"{who}: {len(items)} events are more than the target receives, which is {largest}")
            return
        texts = rendered(pipe.target_template, items, pipe, self._now)
        if arn.service != "lambda":
            self._attempt(who, lambda: self._send([Outgoing(*one) for one in zip(texts, items, strict=True)], who))
        elif pipe.invocation_type == "REQUEST_RESPONSE":
            self._attempt(who, lambda: self._invoke(pipe.target_arn, texts, self._answered))
        else:
            self._attempt(who, lambda: self._accept(texts))

    def _attempt(self, who: str, call: Callable[[], None]) -> None:
        """Makes a call. If it is refused, the batch fails (PIP-09)."""
        try:
            call()
        except ServiceError as refusal:
            self._fail(f"{who}: {refusal.code}: {refusal.message}")
        except NotDelivered as failure:
            self._fail(f"{who}: {failure.code}: {failure.message}")

    def _invoke(self, function_arn: str, texts: Sequence[str], on_result: Callable[[Result], None]) -> None:
        self._allow("lambda:InvokeFunction", function_arn)
        self._functions.begin(
            function_arn, None, _payload(texts), trace=self._batch.trace, attempt=self._batch.subject.attempt or 1,
            on_result=on_result,
        )  # fmt: skip

    def _answered(self, result: Result) -> None:
        """Ends the batch with the answer of the function, which may name records that failed (PIP-0A)."""
        if result.error is not None:
            self._fail(f"target {name_of_arn(self._pipe.target_arn)}: {_error_of(result)}")
        else:
            is_of_queue = self._pipe.source_service == "sqs"
            self._on_ended(batch_response.batch_result(result.payload, self._batch.ids, is_of_queue=is_of_queue))

    def _accept(self, texts: Sequence[str]) -> None:
        pipe = self._pipe
        self._allow("lambda:InvokeFunction", pipe.target_arn)
        self._functions.accept(pipe.target_arn, _payload(texts), trace=self._batch.trace, pushed_by=pipe.label)
        self._write_pushed()
        self._on_ended(BatchResult(()))

    def _send(self, events: Sequence[Outgoing], who: str) -> None:
        self._allow(*_action(self._pipe))
        with self._passed.serving(self._batch.trace.header()):
            failures = self._targets.send(self._pipe, events)
        if len(failures) < len(events):
            self._write_pushed()
        if not failures:
            self._on_ended(BatchResult(()))
            return
        reason = f"{who}: {failures[0][1]}"
        # After an enrichment, events have no known records.
        if self._pipe.enrichment_arn is None:
            self._on_ended(BatchResult(tuple(self._batch.ids[place] for place, _ in failures), reason))
        else:
            self._fail(reason)

    def _write_pushed(self) -> None:
        self._simulation.journal.write(Pushed(NOBODY, self._pipe.label, self._pipe.target_arn))

    def _allow(self, action: str, resource_arn: str) -> None:
        """Raises `NotDelivered` if the role of the pipe may not do this."""
        reason = self._authority.allowed(self._pipe.role_arn, action, resource_arn)
        if reason is not None:
            self._simulation.journal.write(Denied(Subject(self._pipe.label), reason))
            raise NotDelivered("AccessDeniedException", reason)

    def _fail(self, reason: str) -> None:
        self._on_ended(BatchResult(tuple(self._batch.ids), reason))


_ACTIONS = {
    "sqs": "sqs:SendMessage", "sns": "sns:Publish", "kinesis": "kinesis:PutRecords", "events": "events:PutEvents",
    "logs": "logs:PutLogEvents",
}  # fmt: skip


def _action(pipe: Pipe) -> tuple[str, str]:
    """Returns the action that the target needs, and its resource. Log events are put into a log stream."""
    service, resource = parse(pipe.target_arn).service, pipe.target_arn
    if service == "logs":
        resource = f"{resource.removesuffix(':*')}:log-stream:{pipe.target_parameters.get('LogStreamName') or pipe.name}"
    return _ACTIONS[service], resource


def _elements(answer: Item) -> list[Item]:
    """Returns the elements of a list that an enrichment returned."""
    return [Item(compact(value), value) for value in answer.value]


def _payload(texts: Sequence[str]) -> bytes:
    """Returns the event of a function: always a list, also of one record (PIP-03)."""
    return f"[{','.join(texts)}]".encode()


def _error_of(result: Result) -> str:
    assert result.error is not None
    return result.error.summary
