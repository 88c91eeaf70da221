"""Splits and merges shards. The parents keep their records, and the children get the later ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.kinesis.exceptions import InvalidArgumentError

from .simulated_stream import simulated


def splitting(original: Callable[..., None]) -> Callable[..., None]:
    """Replaces `Stream.split_shard`."""

    def split_shard(stream: Any, shard_to_split: str, new_starting_hash_key: str) -> None:
        simulated(stream).reshard(lambda: original(stream, shard_to_split, new_starting_hash_key))

    return split_shard


def merging(original: Callable[..., None]) -> Callable[..., None]:
    """Replaces `Stream.merge_shards`. The two shards may be in either order, and both must be open."""

    def merge_shards(stream: Any, shard_to_merge: str, adjacent_shard_to_merge: str) -> None:
        names = (shard_to_merge, adjacent_shard_to_merge)
        for name in names:
            _check_open(stream, name)
        first, second = sorted(names, key=lambda name: int(stream.shards[name].starting_hash))
        if stream.shards[first].ending_hash + 1 != stream.shards[second].starting_hash:
            raise InvalidArgumentError(
                f"Shards {shard_to_merge} and {adjacent_shard_to_merge} in stream {stream.stream_name} under account "
                f"{stream.account_id} are not an adjacent pair of shards eligible for merging"
            )
        simulated(stream).reshard(lambda: original(stream, first, second))
        merged = next(reversed(stream.shards.values()))
        merged.parent, merged.adjacent_parent = names

    return merge_shards


def _check_open(stream: Any, name: str) -> None:
    if not stream.shards[name].is_open:
        raise InvalidArgumentError(
            f"Shard {name} in stream {stream.stream_name} under account {stream.account_id} has already been merged or split, "
            "and thus is not eligible for merging or splitting."
        )


def updating_shard_count(original: Callable[..., None]) -> Callable[..., None]:
    """Replaces `Stream.update_shard_count`. The new number is at most double and at least half of the current one."""

    def update_shard_count(stream: Any, target_shard_count: int) -> None:
        current = sum(shard.is_open for shard in stream.shards.values())
        is_provisioned = stream.stream_mode.get("StreamMode") != "ON_DEMAND"
        if is_provisioned and target_shard_count > 2 * current:
            raise InvalidArgumentError(_beyond("up over double", current, target_shard_count))
        if is_provisioned and 2 * target_shard_count < current:
            raise InvalidArgumentError(_beyond("down below half", current, target_shard_count))
        original(stream, target_shard_count)

    return update_shard_count


def _beyond(how: str, current: int, target: int) -> str:
    return (
        f"UpdateShardCount cannot scale {how} your current open shard count. "
        f"Current open shard count: {current} Target shard count: {target}"
    )
