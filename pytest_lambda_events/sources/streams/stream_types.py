"""The differences between Kinesis streams, their consumers and DynamoDB streams."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from ... import limits
from ...arns import parse
from ...records.invocation_record import iso_milliseconds
from ...values import dataclass
from ..mapping import FOREVER


@dataclass(frozen=True, slots=True)
class StreamType:
    """One type of stream.

    Args:
        poll_seconds: The pause between two reads of a shard that has no more records; 0 means no pause (KIN-11).
        needed: Returns the actions that the role needs, each with the ARN of its resource (PRM-16 to 18).
        added: Returns the last members of each record in the event, for the ARN of the source and the role.
        batching_follows_invocation: Whether the batching window begins at the end of the last invocation (KIN-23). For
            Kafka it begins with the first record (KAF-12).
        discards_too_large: Whether a record that is too large for an event is discarded without an attempt (KAF-27).
        has_iterator_age: Whether IteratorAge is a metric of the source.
        stored: Returns an event as objects of buckets have it (DDB-56).
        retries_with_destination: The most retries of a mapping without a limit that has a destination (KAF-22).
    """

    service: str
    poll_seconds: float
    batch_info_key: str
    arrival: Callable[[datetime], str]
    needed: Callable[[str], tuple[tuple[str, str], ...]]
    added: Callable[[str, str], dict[str, str]]
    batching_follows_invocation: bool = True
    retries_with_destination: int = FOREVER
    has_iterator_age: bool = True
    discards_too_large: bool = False
    stored: Callable[[bytes], bytes] = bytes


def stream_type_of(event_source_arn: str) -> StreamType:
    """Returns the type of a stream or consumer."""
    if parse(event_source_arn).service == "dynamodb":
        return DYNAMODB
    return CONSUMER if "/consumer/" in event_source_arn else KINESIS


def _of_kinesis(source_arn: str, role_arn: str) -> dict[str, str]:
    return {"invokeIdentityArn": role_arn, "awsRegion": parse(source_arn).region_name, "eventSourceARN": source_arn}


def _of_dynamodb(source_arn: str, role_arn: str) -> dict[str, str]:
    return {"eventSourceARN": source_arn}


def _in_seconds(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


_LARGE_TIME = re.compile(rb'(?<!\\)"ApproximateCreationDateTime":(\d{8,})\.0(?=[,}])')


def _with_exponents(event: bytes) -> bytes:
    """Returns an event with times as Java writes large numbers, such as `1.789651658E9` (DDB-56)."""
    return _LARGE_TIME.sub(lambda found: b'"ApproximateCreationDateTime":' + _in_java(found[1]), event)


def _in_java(number: bytes) -> bytes:
    digits = number.rstrip(b"0")
    return b"%b.%bE%d" % (digits[:1], digits[1:] or b"0", len(number) - 1)


def _on(actions: tuple[str, ...]) -> Callable[[str], tuple[tuple[str, str], ...]]:
    return lambda arn: tuple((action, arn) for action in actions)


def _of_consumer(arn: str) -> tuple[tuple[str, str], ...]:
    stream_arn = arn.partition("/consumer/")[0]
    actions = ("DescribeStreamSummary", "ListShards", "GetShardIterator", "GetRecords")
    return (*((f"kinesis:{action}", stream_arn) for action in actions), ("kinesis:SubscribeToShard", arn))


KINESIS = StreamType(
    "kinesis", limits.KINESIS_POLL_SECONDS, "KinesisBatchInfo", iso_milliseconds,
    _on(("kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator")), _of_kinesis,
)  # fmt: skip
CONSUMER = StreamType("kinesis", 0.0, "KinesisBatchInfo", iso_milliseconds, _of_consumer, _of_kinesis)
DYNAMODB = StreamType(
    "dynamodb", limits.DYNAMODB_POLL_SECONDS, "DDBStreamBatchInfo", _in_seconds,
    _on(("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")), _of_dynamodb,
    stored=_with_exponents,
)  # fmt: skip
KAFKA = StreamType(
    "kafka", 0.0, "KafkaBatchInfo", iso_milliseconds, lambda arn: (), lambda source_arn, role_arn: {},
    batching_follows_invocation=False, has_iterator_age=False, discards_too_large=True,
    retries_with_destination=limits.KAFKA_RETRIES_WITH_DESTINATION,
)  # fmt: skip
