"""Pipes as consumers of the batches of their sources (PIP-02, PIP-09)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ...journal.batches import PipeStarted
from ...journal.entry import BatchFacts, Origin, Subject
from ...service.invoke_request import InvokeRequest
from ..batch_response import BatchResult
from ..dependencies import PollerDependencies
from ..mapping_journal import MappingJournal
from ..sqs import loops
from ..sqs.batches import Batch
from ..sqs.delivery import AttemptCounts, BatchOwner
from ..streams.decisions import Outcome
from ..streams.mapping_context import MappingContext
from ..streams.stream_batch import StreamBatch
from .items import Item, records_of
from .pipe import Pipe
from .runs import PipeBatch, PipeRun, PipeTools


class PipeOfQueue:
    """Runs batches of a queue through a pipe. Messages that failed wait for the end of their visibility timeout."""

    def __init__(
        self, current: Callable[[], Pipe], tools: PipeTools, dependencies: PollerDependencies, journal: MappingJournal,
        counts: AttemptCounts, owner: BatchOwner,
    ) -> None:  # fmt: skip
        self._current = current
        self._tools = tools
        self._deps = dependencies
        self._journal = journal
        self._counts = counts
        self._owner = owner

    def attempt(self, batch: Batch) -> None:
        """Starts to run a batch."""
        pipe, simulation, journal = self._current(), self._deps.simulation, self._journal
        number = self._counts.next_number(batch)
        self._counts.add(batch)
        subject = Subject(journal.function_name, simulation.identifiers.uuid(), number)
        joined = self._deps.invoker.chains.joined([loops.trace_of(item.message) for item in batch.items])
        # AWS does not document that loops through pipes are detected.
        trace = joined._replace(lineage=None)
        records = records_of((item.record for item in batch.items), pipe.source_service)
        origin = journal.origin(batch.settings)
        started = _started(subject, origin, batch.message_ids, records, pipe)
        journal.write(started)
        request = InvokeRequest(subject, started.payload, trace, batch=BatchFacts(origin, batch.message_ids))
        run = PipeBatch(subject, records, batch.message_ids, trace)
        PipeRun(self._tools, pipe, run, partial(self._ended, batch, request)).start()

    def _ended(self, batch: Batch, request: InvokeRequest, result: BatchResult) -> None:
        origin = self._journal.origin(batch.settings)
        self._journal.write_result(request, origin, len(batch.items), result.failed, result.reason)
        failed = set(result.failed)
        processed = [item.message for item in batch.items if item.message.message_id not in failed]
        self._owner.finished(batch, processed, request)


class PipeOfStream:
    """Runs batches of a shard through a pipe."""

    def __init__(self, current: Callable[[], Pipe], tools: PipeTools, context: MappingContext) -> None:
        self._current = current
        self._tools = tools
        self._journal = context.journal

    def begin(self, batch: StreamBatch, request: InvokeRequest, on_ended: Callable[[Outcome], None]) -> str | None:
        """Starts to run a batch. Each attempt counts as a retry, whatever fails in the pipe (PIP-09)."""
        assert request.batch is not None
        pipe = self._current()
        records = records_of((item.encoded for item in batch.items), pipe.source_service)
        self._journal.write(_started(request.subject, request.batch.origin, request.batch.ids, records, pipe))
        ids = [str(record.value["eventID"]) for record in records]

        def ended(result: BatchResult) -> None:
            places = [ids.index(failed) for failed in result.failed]
            on_ended(Outcome(min(places, default=None), result.reason))

        PipeRun(self._tools, pipe, PipeBatch(request.subject, records, ids, request.trace), ended).start()
        return None


def _started(subject: Subject, origin: Origin, ids: tuple[str, ...], records: list[Item], pipe: Pipe) -> PipeStarted:
    payload = f"[{','.join(record.text for record in records)}]".encode()
    return PipeStarted(subject, origin, ids, payload, pipe.enrichment_arn, pipe.target_arn)
