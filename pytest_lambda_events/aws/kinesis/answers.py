"""Responses of Kinesis with the members that moto omits."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.kinesis.responses import KinesisResponse

from .iterators import decoded
from .simulated_stream import simulated

Answer = Callable[[KinesisResponse], Any]


def reading(original: Answer) -> Answer:
    """Adds the child shards when a shard has been read to its end."""

    def get_records(response: KinesisResponse) -> Any:
        result = original(response)
        if members_of(result)["NextShardIterator"] is not None:
            return result
        place = decoded(response._get_param("ShardIterator"))
        stream = simulated(response.kinesis_backend.describe_stream(None, place.stream_name))
        return _with(result, {"ChildShards": [_child(shard) for shard in stream.children(place.shard_id)]})

    return get_records


def _child(shard: Any) -> Mapping[str, Any]:
    return {
        "ShardId": shard.shard_id,
        "ParentShards": [parent for parent in (shard.parent, shard.adjacent_parent) if parent],
        "HashKeyRange": {"StartingHashKey": str(shard.starting_hash), "EndingHashKey": str(shard.ending_hash)},
    }


def members_of(result: Any) -> Mapping[str, Any]:
    """Returns the members of a response. Older releases of moto return them as text."""
    members: Mapping[str, Any] = json.loads(result) if isinstance(result, str) else result.result
    return members


def _with(result: Any, more: Mapping[str, Any]) -> Any:
    if isinstance(result, str):
        return json.dumps({**json.loads(result), **more})
    result.result.update(more)
    return result
