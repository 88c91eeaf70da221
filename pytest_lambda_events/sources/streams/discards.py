"""What becomes of records that are given up: a record of them at the mapping's destination (KIN-70 to 7A)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...records import batch_record
from ...records.batch_record import BatchEnding
from ...service.destinations import Parcel
from ...service.failures import occasion_of
from ...simulation.journal import Subject
from .decisions import RECORD_AGE_EXCEEDED
from .mapping_context import MappingContext
from .stream_batch import StreamBatch


def give_up(reading: MappingContext, shard_id: str, piece: StreamBatch, condition: str, state: Any) -> None:
    """Discard a piece. A delivery that fails does not bring it back (KIN-78)."""
    request_id = piece.request_id or reading.simulation.identifiers.uuid()
    subject = Subject(reading.subject.function_name, request_id)
    # A record that aged out counts as one try more than it had (KIN-76).
    count = piece.attempts + (condition == RECORD_AGE_EXCEEDED)
    destination = piece.settings.on_failure
    delivered = None
    if destination:
        body = _body(reading, shard_id, piece, condition, request_id, count, state)
        detail = {**reading.detail(shard_id, piece.settings), "invoked_arn": piece.settings.function_arn}
        parcel = _parcel(reading, shard_id, piece, body, state, request_id)
        delivered = reading.around.routes.send(subject, "on_failure", destination, parcel, **detail)
    reading.write(
        "given_up", shard_id, piece.settings, subject,
        sequence_numbers=piece.sequence_numbers, condition=condition, invoke_count=count, destination=destination,
        counted_as=_counted_as(reading, delivered), **reading.places(item.record for item in piece.items),
    )  # fmt: skip


def _counted_as(reading: MappingContext, delivered: bool | None) -> str | None:
    """By which metric; AWS's guide counts what has no destination as dropped, and a capture did not (KIN-99, MET-45)."""
    if delivered is None and not reading.around.readings.counts_discards_without_destination:
        return None
    return "delivered" if delivered else "dropped"


def _body(
    reading: MappingContext, shard_id: str, piece: StreamBatch, condition: str, request_id: str, count: int, state: Any
) -> bytes:
    result = None if condition == RECORD_AGE_EXCEEDED or piece.is_too_large else piece.result
    ending = BatchEnding(
        at=reading.simulation.clock.now,
        request_id=request_id,
        function_arn=piece.settings.function_arn,
        condition=condition,
        approximate_invoke_count=count,
        batch_info_key=reading.kind.batch_info_key,
        batch_info=_batch_info(reading, shard_id, piece),
        status_code=None if result is None else 200,
        executed_version=None if result is None else result.executed_version,
        function_error="Unhandled" if result is not None and result.error is not None else None,
        time_window_info=None if piece.call is None else piece.call.info(),
    )
    has_payload = (piece.settings.on_failure or "").split(":")[2:3] == ["s3"]
    payload = piece.payload(shard_id, reading.mapping.event_source_arn, state) if has_payload else None
    return batch_record.written(ending, payload)


def _batch_info(reading: MappingContext, shard_id: str, piece: StreamBatch) -> Mapping[str, Any]:
    stream_arn = reading.mapping.event_source_arn
    if not piece.items:
        return {"shardId": shard_id, "streamArn": stream_arn}
    first, last = piece.items[0].record, piece.items[-1].record
    arrival = reading.kind.arrival
    return {
        "shardId": shard_id,
        "startSequenceNumber": first.sequence_number,
        "endSequenceNumber": last.sequence_number,
        "approximateArrivalOfFirstRecord": arrival(reading.arrived_at(first)),
        "approximateArrivalOfLastRecord": arrival(reading.arrived_at(last)),
        "batchSize": len(piece.items),
        "streamArn": stream_arn,
    }


def _parcel(reading: MappingContext, shard_id: str, piece: StreamBatch, body: bytes, state: Any, request_id: str) -> Parcel:
    trace = piece.trace or reading.around.common.invoker.chains.new()
    payload = piece.payload(shard_id, reading.mapping.event_source_arn, state)
    occasion = occasion_of(piece.settings.function_arn, request_id, piece.number, payload, piece.tried_at)
    return Parcel(
        body, piece.settings.function_arn, occasion, reading.role_arn(), False,
        reading.simulation.clock.now, trace, f"{reading.mapping.uuid}/{shard_id}",
    )  # fmt: skip
