"""The repairs of moto's Kinesis while a simulated AWS is open. Only those that this release of moto needs are used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from moto.kinesis.models import Consumer, KinesisBackend, Shard, Stream
from moto.kinesis.responses import KinesisResponse

from ...contexts import ExitStack, contextmanager
from ...patching import Patch
from ...service.tracing import PassedTrace
from ...simulation.simulation import Simulation
from ..lasting import kept, lasting
from ..repairs import Repair, needed, put_on
from . import answers, consumers, moto_bugs, operations, resharding
from .hashing import HIGHEST_HASH_KEY
from .simulated_stream import SimulatedStreams, retention_hours


@contextmanager
def streams_repaired(simulation: Simulation, passed: PassedTrace) -> Iterator[None]:
    """Repairs moto's Kinesis while a simulated AWS is open."""
    names = needed_repairs()
    streams = SimulatedStreams(simulation, passed)
    with ExitStack() as stack:
        stack.callback(streams.give_back)
        stack.enter_context(kept("kinesis", put_on, REPAIRS, names, lasting(simulation), lasting(streams)))
        yield


def needed_repairs() -> frozenset[str]:
    """Returns the names of the repairs that this release of moto needs."""
    return needed("kinesis", REPAIRS, moto_bugs.moto_alone)


class _RetentionPeriod:
    """Replaces the retention hours of a stream. Records that are too old expire before a change of the hours."""

    def __init__(self, streams: SimulatedStreams) -> None:
        self._streams = streams

    def __get__(self, stream: Any, owner: type | None = None) -> Any:
        return self if stream is None else stream.__dict__["retention_period_hours"]

    def __set__(self, stream: Any, hours: Any) -> None:
        simulated = self._streams.known(stream)
        if simulated is not None:
            simulated.expire()
        stream.__dict__["retention_period_hours"] = retention_hours(hours)
        if simulated is not None:
            simulated.changed.notify()


def _records(simulation: Simulation, streams: SimulatedStreams) -> Sequence[Patch]:
    return [
        (Stream, "simulated", property(streams.of)),
        (Stream, "retention_period_hours", _RetentionPeriod(streams)),
        (Stream, "put_record", operations.put_record),
        (Stream, "split_shard", resharding.splitting(Stream.split_shard)),
        (Stream, "merge_shards", resharding.merging(Stream.merge_shards)),
        (Shard, "get_min_sequence_number", lambda shard: streams.log(shard).started_at_number),
        (Shard, "get_max_sequence_number", lambda shard: streams.log(shard).next_number),
        (KinesisBackend, "describe_stream", operations.describing(KinesisBackend.describe_stream, streams)),
        (KinesisBackend, "delete_stream", operations.deleting(KinesisBackend.delete_stream, streams)),
        (KinesisBackend, "get_shard_iterator", operations.get_shard_iterator),
        (KinesisBackend, "get_records", operations.Reading(simulation).get_records),
        (KinesisResponse, "get_records", answers.reading(KinesisResponse.get_records)),
    ]


def _hash_ranges(simulation: Simulation, streams: SimulatedStreams) -> Sequence[Patch]:
    original = Stream.init_shards

    def init_shards(stream: Any, shard_count: int) -> None:
        original(stream, shard_count)
        last = next(reversed(stream.shards.values()))
        last.ending_hash = HIGHEST_HASH_KEY

    return [(Stream, "init_shards", init_shards)]


def _consumers(simulation: Simulation, streams: SimulatedStreams) -> Sequence[Patch]:
    backend = KinesisBackend
    return [
        (Consumer, "__init__", consumers.creating(Consumer.__init__, simulation)),
        (Consumer, "to_json", consumers.describing(Consumer.to_json)),
        (backend, "register_stream_consumer", consumers.registering(backend.register_stream_consumer, streams)),
        (backend, "describe_stream_consumer", consumers.finding(backend.describe_stream_consumer)),
        (backend, "deregister_stream_consumer", consumers.deregistering(streams)),
    ]


REPAIRS: Sequence[Repair] = (
    Repair("hash ranges", [moto_bugs.ends_beyond_the_last_hash_key], _hash_ranges),
    Repair(
        "records",
        [
            moto_bugs.reports_no_changes,
            moto_bugs.puts_into_closed_shards,
            moto_bugs.copies_records_when_it_merges,
            moto_bugs.never_ends_a_shard,
            moto_bugs.tells_no_children,
            moto_bugs.has_no_place_for_the_last_hash_key,
            moto_bugs.keeps_expired,
            moto_bugs.reads_with_old_iterators,
            moto_bugs.is_behind_by_the_last_record,
            moto_bugs.numbers_from_one,
            moto_bugs.accepts_any_limit,
            moto_bugs.merges_in_one_order_only,
            moto_bugs.counts_shards_wrong,
        ],
        _records,
    ),
    Repair(
        "batches",
        [moto_bugs.puts_a_part_of_a_batch],
        lambda *_: [(KinesisBackend, "put_records", operations.putting_records(KinesisBackend.put_records))],
    ),
    Repair(
        "shard counts",
        [moto_bugs.scales_as_far_as_asked],
        lambda *_: [(Stream, "update_shard_count", resharding.updating_shard_count(Stream.update_shard_count))],
    ),
    Repair(
        "consumers",
        [
            moto_bugs.names_consumers_without_their_time,
            moto_bugs.creates_consumers_at_once,
            moto_bugs.registers_consumers_twice,
            moto_bugs.removes_the_other_consumers,
        ],
        _consumers,
    ),
    Repair(
        "subscriptions",
        [moto_bugs.has_no_subscriptions],
        lambda simulation, _: [(KinesisResponse, "subscribe_to_shard", consumers.refusing(simulation))],
    ),
)
"""In the order in which they are applied."""
