"""Checks for bugs in moto's Kinesis. They run with moto itself: a repair is left out if a release does not need it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import moto.kinesis.models as kinesis_models
from moto.core.exceptions import JsonRESTError
from moto.kinesis.models import KinesisBackend
from moto.kinesis.responses import KinesisResponse

from ...patching import attribute_patched
from .answers import members_of

ACCOUNT = "000000000000"
REGION = "us-east-1"
START = datetime(2026, 1, 1)
DAY = 86_400
MIDDLE = str(2**127)


class Moto:
    """Kinesis with the current classes of moto, and with a separate backend."""

    def __init__(self, advance: Callable[[float], None]) -> None:
        self.advance = advance
        self.backend: Any = KinesisBackend(REGION, ACCOUNT)

    def stream(self, shard_count: int = 1) -> Any:
        """Returns a new stream."""
        return self.backend.create_stream(f"s{len(self.backend.streams)}", shard_count)

    def put(self, stream: Any, data: str = "x", hash_key: str = "0") -> tuple[str, str]:
        """Puts a record. Returns its sequence number and its shard."""
        number, shard_id = stream.put_record("key", hash_key, b64encode(data.encode()).decode())
        return number, shard_id

    def iterator(self, stream: Any, shard_id: str, kind: str = "TRIM_HORIZON") -> str:
        """Returns an iterator."""
        return str(self.backend.get_shard_iterator(stream.arn, stream.stream_name, shard_id, kind, None, None))

    def read(self, stream: Any, shard_id: str) -> tuple[str | None, list[Any], int]:
        """Returns the records from the beginning."""
        following, records, behind = self.backend.get_records(None, self.iterator(stream, shard_id), None)
        return following, records, behind

    def split(self, stream: Any, shard_id: str) -> None:
        """Splits a shard that has all hash keys."""
        self.backend.split_shard(stream.arn, stream.stream_name, shard_id, MIDDLE)

    def answer(self, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """Returns moto's response to a request before it is encoded."""
        response = _Asked()
        response.asked = parameters
        response.private = self.backend
        return members_of(getattr(response, operation)())


class _Asked(KinesisResponse):
    """A request that did not come over HTTP."""

    asked: Mapping[str, Any]
    private: KinesisBackend

    @property
    def kinesis_backend(self) -> KinesisBackend:
        return self.private

    def _get_param(self, name: str, default: Any = None) -> Any:
        return self.asked.get(name, default)


@contextmanager
def moto_alone() -> Iterator[Moto]:
    """Yields moto with a separate clock. Nothing is left afterwards."""
    seconds = [0.0]

    def advance(by: float) -> None:
        seconds[0] += by

    def utcnow() -> datetime:
        return START + timedelta(seconds=seconds[0])

    def unix_time(instant: datetime | None = None) -> float:
        return ((instant or utcnow()) - datetime(1970, 1, 1)).total_seconds()

    with attribute_patched(kinesis_models, "utcnow", utcnow), attribute_patched(kinesis_models, "unix_time", unix_time):
        yield Moto(advance)


def refuses(code: str, action: Callable[..., object], *arguments: Any, **keywords: Any) -> bool:
    """Returns whether a call is refused with this code."""
    try:
        action(*arguments, **keywords)
    except JsonRESTError as refusal:
        return refusal.error_type.endswith(code)
    except (AttributeError, TypeError, ValueError):
        # An error of moto itself, where it does not check.
        return False
    return False


FIRST = "shardId-000000000000"


def puts_into_closed_shards(moto: Moto) -> bool:
    """Returns whether records go to the parent after a split."""
    stream = moto.stream()
    moto.split(stream, FIRST)
    return moto.put(stream)[1] == FIRST


def copies_records_when_it_merges(moto: Moto) -> bool:
    """Returns whether records from before a merge are in the child."""
    stream = moto.stream(2)
    moto.put(stream)
    moto.backend.merge_shards(stream.arn, stream.stream_name, FIRST, "shardId-000000000001")
    return moto.read(stream, "shardId-000000000002")[1] != []


def never_ends_a_shard(moto: Moto) -> bool:
    """Returns whether a closed shard that was read to its end has a next iterator."""
    stream = moto.stream()
    moto.split(stream, FIRST)
    return moto.read(stream, FIRST)[0] is not None


def tells_no_children(moto: Moto) -> bool:
    """Returns whether the response at the end of a shard does not name its children."""
    stream = moto.stream()
    moto.split(stream, FIRST)
    answer = moto.answer("get_records", ShardIterator=moto.iterator(stream, FIRST))
    return len(answer.get("ChildShards", ())) != 2


def has_no_place_for_the_last_hash_key(moto: Moto) -> bool:
    """Returns whether the last hash key of a shard belongs to no shard."""
    stream = moto.stream(2)
    try:
        return moto.put(stream, hash_key=str(2**127 - 1))[1] != FIRST
    except AttributeError:
        return True


def keeps_expired(moto: Moto) -> bool:
    """Returns whether records still exist after the retention period."""
    stream = moto.stream()
    moto.put(stream)
    moto.advance(DAY)
    return moto.read(stream, FIRST)[1] != []


def reads_with_old_iterators(moto: Moto) -> bool:
    """Returns whether an iterator is valid for longer than five minutes."""
    stream = moto.stream()
    iterator = moto.iterator(stream, FIRST)
    moto.advance(301)
    return not refuses("ExpiredIteratorException", moto.backend.get_records, None, iterator, None)


def is_behind_by_the_last_record(moto: Moto) -> bool:
    """Returns whether the delay of a reader is not measured by time."""
    stream = moto.stream()
    moto.put(stream)
    moto.put(stream)
    moto.advance(7)
    return bool(moto.backend.get_records(None, moto.iterator(stream, FIRST), 1)[2] != 7_000)


def numbers_from_one(moto: Moto) -> bool:
    """Returns whether sequence numbers are short."""
    return len(moto.put(moto.stream())[0]) != 56


def accepts_any_limit(moto: Moto) -> bool:
    """Returns whether a call may request more than 10,000 records."""
    stream = moto.stream()
    return not refuses("InvalidArgumentException", moto.backend.get_records, None, moto.iterator(stream, FIRST), 10_001)


def merges_in_one_order_only(moto: Moto) -> bool:
    """Returns whether a merge is refused if it names the upper shard first."""
    stream = moto.stream(2)
    try:
        moto.backend.merge_shards(stream.arn, stream.stream_name, "shardId-000000000001", FIRST)
    except JsonRESTError:
        return True
    return False


def counts_shards_wrong(moto: Moto) -> bool:
    """Returns whether a split does not change the number of open shards."""
    stream = moto.stream()
    moto.split(stream, FIRST)
    return bool(stream.shard_count != 2)


def reports_no_changes(moto: Moto) -> bool:
    """Returns whether a stream does not report its records to pollers."""
    return not hasattr(moto.stream(), "simulated")


def puts_a_part_of_a_batch(moto: Moto) -> bool:
    """Returns whether the records before a refused one are stored."""
    stream = moto.stream()
    good, bad = ({"PartitionKey": "k", "ExplicitHashKey": key, "Data": "eA=="} for key in ("0", str(2**128)))
    refuses("InvalidArgumentException", moto.backend.put_records, stream.arn, stream.stream_name, [good, bad])
    return len(moto.read(stream, FIRST)[1]) != 0


def ends_beyond_the_last_hash_key(moto: Moto) -> bool:
    """Returns whether the last shard contains an invalid hash key."""
    return bool(moto.stream().shards[FIRST].ending_hash != 2**128 - 1)


def scales_as_far_as_asked(moto: Moto) -> bool:
    """Returns whether a stream of one shard can get three."""
    stream = moto.stream()
    return not refuses("InvalidArgumentException", moto.backend.update_shard_count, stream.arn, stream.stream_name, 3)


def names_consumers_without_their_time(moto: Moto) -> bool:
    """Returns whether the ARN of a consumer does not contain its creation time."""
    consumer = moto.backend.register_stream_consumer(moto.stream().arn, "c")
    return ":" not in consumer.consumer_arn.split("/")[-1]


def creates_consumers_at_once(moto: Moto) -> bool:
    """Returns whether a consumer is active in the response that creates it."""
    stream = moto.stream()
    answer = moto.answer("register_stream_consumer", StreamARN=stream.arn, ConsumerName="c")
    return bool(answer["Consumer"]["ConsumerStatus"] != "CREATING")


def registers_consumers_twice(moto: Moto) -> bool:
    """Returns whether two consumers of a stream can have the same name."""
    arn = moto.stream().arn
    moto.backend.register_stream_consumer(arn, "c")
    return not refuses("ResourceInUseException", moto.backend.register_stream_consumer, arn, "c")


def removes_the_other_consumers(moto: Moto) -> bool:
    """Returns whether a deregistration by name keeps only this consumer."""
    arn = moto.stream().arn
    moto.backend.register_stream_consumer(arn, "c")
    moto.backend.deregister_stream_consumer(arn, "c", None)
    return not refuses("ResourceNotFoundException", moto.backend.describe_stream_consumer, arn, "c", None)


def has_no_subscriptions(moto: Moto) -> bool:
    """Returns whether the operation with which consumers read is missing."""
    return not hasattr(KinesisResponse, "subscribe_to_shard")
