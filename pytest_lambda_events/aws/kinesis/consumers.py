"""Consumers of a stream with enhanced fan-out."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from moto.kinesis.exceptions import ResourceInUseError
from moto.kinesis.models import KinesisBackend

from ...errors import NotSimulatedError
from ...service.control_plane.validation import not_simulated
from ...simulation.simulation import Simulation
from .simulated_stream import SimulatedStreams


def creating(original: Callable[..., None], simulation: Simulation) -> Callable[..., None]:
    """Replaces `Consumer.__init__`. The ARN contains the creation time, as on AWS (KIN-02)."""

    def created(consumer: Any, *arguments: Any, **keywords: Any) -> None:
        original(consumer, *arguments, **keywords)
        consumer.consumer_arn += f":{int(simulation.clock.now.timestamp())}"

    return created


def describing(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Replaces `Consumer.to_json`, and adds the consumer's own status if there is one."""

    def to_json(consumer: Any, include_stream_arn: bool = False) -> dict[str, Any]:
        answer = original(consumer, include_stream_arn)
        answer["ConsumerStatus"] = getattr(consumer, "consumer_status", answer["ConsumerStatus"])
        return answer

    return to_json


def registering(original: Callable[..., Any], streams: SimulatedStreams) -> Callable[..., Any]:
    """Replaces `KinesisBackend.register_stream_consumer`: the response has `CREATING`, and later ones `ACTIVE` (KIN-03)."""

    def register_stream_consumer(backend: KinesisBackend, stream_arn: str, consumer_name: str) -> Any:
        stream: Any = backend.describe_stream(stream_arn=stream_arn, stream_name=None)
        if any(consumer.consumer_name == consumer_name for consumer in stream.consumers):
            raise ResourceInUseError(
                f"Consumer {consumer_name} under stream {stream.stream_name} already exists for account {backend.account_id}."
            )
        answered = copy.copy(original(backend, stream_arn, consumer_name))
        answered.consumer_status = "CREATING"
        streams.of(stream).changed.notify()
        return answered

    return register_stream_consumer


def finding(original: Callable[..., Any]) -> Callable[..., Any]:
    """Replaces `KinesisBackend.describe_stream_consumer`, also if the stream does not exist."""

    def describe_stream_consumer(
        backend: KinesisBackend, stream_arn: str | None, consumer_name: str | None, consumer_arn: str | None
    ) -> Any:
        if stream_arn:
            backend.describe_stream(stream_arn=stream_arn, stream_name=None)
        return original(backend, stream_arn, consumer_name, consumer_arn)

    return describe_stream_consumer


def deregistering(streams: SimulatedStreams) -> Callable[..., None]:
    """Replaces `KinesisBackend.deregister_stream_consumer`: removes only this consumer."""

    def deregister_stream_consumer(
        backend: KinesisBackend, stream_arn: str | None, consumer_name: str | None, consumer_arn: str | None
    ) -> None:
        found = backend.describe_stream_consumer(stream_arn, consumer_name, consumer_arn)  # type: ignore[arg-type]
        stream: Any = backend.describe_stream(stream_arn=found.stream_arn, stream_name=None)
        stream.consumers = [consumer for consumer in stream.consumers if consumer is not found]
        streams.of(stream).changed.notify()

    return deregister_stream_consumer


def refusing(simulation: Simulation) -> Callable[..., Any]:
    """Refuses SubscribeToShard by name. Its response is a stream of events over HTTP/2."""

    def subscribe_to_shard(response: object) -> Any:
        raise simulation.record_misuse(str(not_simulated("SubscribeToShard of Kinesis")), NotSimulatedError)

    return subscribe_to_shard
