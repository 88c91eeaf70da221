"""Discards batches of a stream, and sends a record to the destination of the mapping (KIN-70 to 7A)."""

from __future__ import annotations

from typing import Any

from ...arns import parse
from ...faults.plans import fault_context_of
from ...journal.batches import CountedAs, GivenUp
from ...journal.entry import Subject
from ...records import batch_record
from ...records.batch_record import MAXIMUM_PAYLOAD_SIZE_EXCEEDED, BatchEnding
from ...service.destinations import Delivery
from .decisions import RECORD_AGE_EXCEEDED
from .mapping_context import MappingContext
from .source_form import Failure
from .stream_batch import StreamBatch


def discard(
    context: MappingContext, shard_id: str, batch: StreamBatch, condition: str, state: Any, reason: str | None = None
) -> None:
    """Discards a batch. If the delivery to the destination fails, the batch is still discarded (KIN-78).

    `reason` is why the records are not of their schema, if that is the reason of the discard (KAF-68).
    """
    request_id = batch.request_id or context.simulation.identifiers.uuid()
    subject = Subject(context.journal.function_name, request_id)
    # AWS counts one more attempt for a record that is too old (KIN-76).
    count = batch.invoke_count + (condition == RECORD_AGE_EXCEEDED or reason is not None)
    origin, destination = context.journal.origin(batch.settings, shard_id), batch.settings.on_failure
    delivered = None
    if destination:
        send, function_arn = context.deps.destinations.send, batch.settings.function_arn
        results = []
        for failure in context.form.failures(batch, destination):
            body = _body(
                context, shard_id, failure, condition, request_id, count, state, is_of_schema=reason is None
            )  # fmt: skip
            delivery = _delivery(context, shard_id, failure, body, state, request_id)
            results.append(send(subject, "on_failure", failure.target_arn, delivery, origin, function_arn))
        delivered = all(results)
    context.journal.write(GivenUp(
        subject, origin, batch.sequence_numbers, condition=condition, invoke_count=count, destination=destination,
        counted_as=_counted_as(context, delivered), places=context.journal.places(item.record for item in batch.items),
        reason=reason,
    ))  # fmt: skip


def _counted_as(context: MappingContext, delivered: bool | None) -> CountedAs | None:
    """Returns the metric that counts a discard.

    AWS's guide counts discards without a destination as dropped. A capture of AWS did not count them (KIN-99, MET-45).
    """
    if delivered is None and not context.deps.config.stream_counts_discards_without_destination:
        return None
    return "delivered" if delivered else "dropped"


def _body(
    context: MappingContext, shard_id: str, failure: Failure, condition: str, request_id: str, count: int, state: Any, *,
    is_of_schema: bool,
) -> bytes:  # fmt: skip
    batch = failure.batch
    result = None if condition == RECORD_AGE_EXCEEDED or batch.is_too_large else batch.result
    ending = BatchEnding(
        at=context.simulation.clock.now,
        request_id=request_id,
        function_arn=batch.settings.function_arn,
        condition=condition,
        approximate_invoke_count=count,
        batch_info_key=context.stream_type.batch_info_key,
        batch_info=context.form.batch_info(shard_id, batch, _times(context, batch)),
        status_code=None if result is None else 200,
        executed_version=None if result is None else result.executed_version,
        function_error="Unhandled" if result is not None and result.error is not None else None,
        time_window_info=None if batch.call is None else batch.call.info(),
        has_null_response=condition == MAXIMUM_PAYLOAD_SIZE_EXCEEDED or not is_of_schema,
    )
    if batch.settings.is_of_a_pipe:
        return batch_record.written_by_pipe(ending)
    service = parse(failure.target_arn).service
    if service == "kafka":
        return batch_record.written_to_kafka(ending, context.form.payload(shard_id, batch, state))
    if service == "s3":
        return batch_record.written(ending, context.stream_type.stored(context.form.payload(shard_id, batch, state)))
    return batch_record.written(ending)


def _times(context: MappingContext, batch: StreamBatch) -> tuple[str, ...]:
    """Returns when the first and the last record arrived. The final call for a window has no records (KIN-E7)."""
    if not batch.items:
        return ()
    arrival = context.stream_type.arrival
    return tuple(arrival(context.arrived_at(item.record)) for item in (batch.items[0], batch.items[-1]))


def _delivery(context: MappingContext, shard_id: str, failure: Failure, body: bytes, state: Any, request_id: str) -> Delivery:
    batch = failure.batch
    trace = batch.trace or context.deps.invoker.chains.new(batch.cause)
    payload = context.form.payload(shard_id, batch, state)
    fault_context = fault_context_of(batch.settings.function_arn, request_id, batch.number, payload, batch.attempted_at)
    return Delivery(
        body, batch.settings.function_arn, fault_context, context.role_arn(), False,
        context.simulation.clock.now, trace, f"{context.mapping.uuid}/{context.form.place_of(shard_id, batch)}",
        key=failure.key,
    )  # fmt: skip
