"""What operations on a stream cost, counted in calls: the same however many records it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bare_environments import BareAws
from counting import calls_of
from moto.kinesis.models import kinesis_backends
from stream_calls import FIRST, StreamCalls

from pytest_lambda_events.aws.kinesis import aggregates, event_source
from pytest_lambda_events.aws.kinesis.simulated_stream import SimulatedStream
from pytest_lambda_events.sources.ports import TRIM_HORIZON

Sized = tuple[Any, Any, SimulatedStream]
"""moto's backend, its stream, and the stream as pollers have it."""


def sized(bare: BareAws, name: str, depth: int) -> Sized:
    """A stream of so many records."""
    source = StreamCalls(bare, name=name).source
    backend = kinesis_backends["123456789012"]["us-east-1"]
    stream: Any = backend.streams[name]
    for _ in range(depth):
        stream.put_record("key", "", "eA==")
    return backend, stream, source


def get(backend: Any, stream: Any, kind: str, number: str | None = None) -> None:
    """One GetRecords of ten records from a place on."""
    iterator = backend.get_shard_iterator(stream.arn, stream.stream_name, FIRST, kind, number, None)
    backend.get_records(None, iterator, 10)


ACTIONS: dict[str, Callable[[Any, Any, SimulatedStream], object]] = {
    "put": lambda backend, stream, source: stream.put_record("key", "", "eA=="),
    "get the first": lambda backend, stream, source: get(backend, stream, "TRIM_HORIZON"),
    "get nothing": lambda backend, stream, source: get(backend, stream, "LATEST"),
    "describe": lambda backend, stream, source: stream.to_json(),
    "read the first": lambda backend, stream, source: source.read(FIRST, TRIM_HORIZON, 10),
    "read nothing": lambda backend, stream, source: source.read(FIRST, source.latest(FIRST), 10),
    "find an instant": lambda backend, stream, source: source.before(FIRST, 0),
    "list shards": lambda backend, stream, source: source.shards(),
}


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS.keys())
def test_an_operation_costs_the_same_in_a_long_stream(
    action: Callable[[Any, Any, SimulatedStream], object], bare: BareAws
) -> None:
    # The first time of all fills caches of the interpreter and of moto.
    action(*sized(bare, "first", 20))
    short, long = sized(bare, "short", 20), sized(bare, "long", 2_000)

    assert calls_of(lambda: action(*long)) == calls_of(lambda: action(*short))


def test_reading_a_stream_to_its_end_costs_in_proportion_to_its_records(bare: BareAws) -> None:
    def read(source: SimulatedStream) -> None:
        place = TRIM_HORIZON
        while records := source.read(FIRST, place, 10):
            place = records[-1].position

    *_, short = sized(bare, "short", 200)
    *_, long = sized(bare, "long", 2_000)

    assert calls_of(lambda: read(long)) < 10.5 * calls_of(lambda: read(short))


def test_an_aggregate_is_taken_apart_once_for_all_that_read_it(bare: BareAws, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[bytes] = []
    original = aggregates.user_records
    monkeypatch.setattr(event_source, "user_records", lambda data: (taken.append(data), original(data))[1])
    stream = StreamCalls(bare)
    stream.put()
    consumers = [stream.consumer(name) for name in ("one", "two")]

    read = [len(consumer.read(FIRST, TRIM_HORIZON, 10)) for consumer in consumers * 3]

    assert (read, taken) == ([1] * 6, [b"hello"])
