"""Shards that are split and merged: who gets what, in which order, and where a shard ends."""

from __future__ import annotations

import pytest
from bare_environments import BareAws
from botocore.exceptions import ClientError
from stream_calls import FIRST, FOURTH, MIDDLE, SECOND, THIRD, StreamCalls

DAY = 86_400


def names(shards: list[dict[str, str]]) -> list[str]:
    """Of shards, in their order."""
    return [shard["ShardId"] for shard in shards]


# ---------------------------------------------------------------------- splitting


@pytest.mark.rule("KIN-90")
@pytest.mark.parametrize(("hash_key", "shard_id"), [(MIDDLE - 1, SECOND), (MIDDLE, THIRD)], ids=["lower", "upper"])
def test_after_a_split_records_go_to_the_children(hash_key: int, shard_id: str, bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.split()

    assert stream.put(hash_key=hash_key)[1] == shard_id


@pytest.mark.rule("KIN-90")
def test_a_split_shard_keeps_its_records(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put("before", hash_key=0)

    stream.split()
    stream.put("after", hash_key=0)

    assert [stream.data(shard_id=shard_id) for shard_id in (FIRST, SECOND, THIRD)] == [["before"], ["after"], []]


@pytest.mark.rule("KIN-90")
def test_numbers_of_children_are_above_all_of_their_parents_at_the_same_instant(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    before = [int(stream.put()[0]) for _ in range(50)]

    stream.split()
    after = [int(stream.put(hash_key=hash_key)[0]) for hash_key in (0, MIDDLE)]

    assert min(after) > max(before)


def test_the_children_of_a_split_share_the_hash_keys(bare: BareAws) -> None:
    stream = StreamCalls(bare)

    stream.split(at=7)

    ranges = [shard["HashKeyRange"] for shard in stream.shards()]
    assert [(found["StartingHashKey"], found["EndingHashKey"]) for found in ranges] == [
        ("0", str(2**128 - 1)),
        ("0", "6"),
        ("7", str(2**128 - 1)),
    ]
    assert [shard.get("ParentShardId") for shard in stream.shards()] == [None, FIRST, FIRST]


def test_a_shard_is_split_once(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.split()

    with pytest.raises(ClientError, match="has already been merged or split"):
        stream.split()

    assert names(stream.shards()) == [FIRST, SECOND, THIRD]


# ---------------------------------------------------------------------- the end of a shard


def test_a_closed_shard_has_an_ending_sequence_number(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    number, _ = stream.put()
    stream.split()

    parent, child, _ = [shard["SequenceNumberRange"] for shard in stream.shards()]

    assert int(parent["StartingSequenceNumber"]) < int(number) < int(parent["EndingSequenceNumber"])
    assert int(parent["EndingSequenceNumber"]) < int(child["StartingSequenceNumber"])
    assert "EndingSequenceNumber" not in child


def test_a_closed_shard_ends_with_its_last_record_and_names_its_children(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put("a")
    stream.put("b")
    stream.split(at=7)

    first = stream.get(stream.iterator(), Limit=1)
    last = stream.get(first["NextShardIterator"], Limit=1)

    assert "ChildShards" not in first
    assert "NextShardIterator" not in last
    assert last["ChildShards"] == [
        {
            "ShardId": SECOND,
            "ParentShards": [FIRST],
            "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "6"},
        },
        {
            "ShardId": THIRD,
            "ParentShards": [FIRST],
            "HashKeyRange": {"StartingHashKey": "7", "EndingHashKey": str(2**128 - 1)},
        },
    ]


def test_a_reader_that_waited_at_the_end_of_a_shard_hears_that_it_closed(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    waiting = stream.get(stream.iterator("LATEST"))["NextShardIterator"]

    stream.split()

    answer = stream.get(waiting)
    assert "NextShardIterator" not in answer
    assert names(answer["ChildShards"]) == [SECOND, THIRD]


@pytest.mark.parametrize("kind", ["TRIM_HORIZON", "LATEST"])
def test_an_empty_closed_shard_ends_immediately(kind: str, bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.split()

    assert "NextShardIterator" not in stream.get(stream.iterator(kind))


@pytest.mark.parametrize(
    ("seconds", "listed"), [(DAY - 0.001, [FIRST, SECOND, THIRD]), (DAY, [SECOND, THIRD])], ids=["before", "at"]
)
def test_a_closed_shard_is_listed_for_the_retention_period(seconds: float, listed: list[str], bare: BareAws) -> None:
    stream = StreamCalls(bare)
    bare.simulation.advance(10)
    stream.split()

    bare.simulation.advance(seconds)

    assert names(stream.shards()) == listed
    assert names(stream.kinesis.describe_stream(StreamName="clicks")["StreamDescription"]["Shards"]) == listed


def test_shards_are_numbered_on_after_the_closed_ones_are_gone(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.split()
    bare.simulation.advance(DAY)

    stream.split(SECOND, at=7)

    assert names(stream.shards()) == [SECOND, THIRD, FOURTH, "shardId-000000000004"]


# ---------------------------------------------------------------------- merging


@pytest.mark.parametrize(("one", "other"), [(FIRST, SECOND), (SECOND, FIRST)], ids=["lower first", "upper first"])
def test_two_shards_are_merged_in_either_order(one: str, other: str, bare: BareAws) -> None:
    stream = StreamCalls(bare, 2)

    stream.merge(one, other)

    merged = stream.shards()[-1]
    assert merged["HashKeyRange"] == {"StartingHashKey": "0", "EndingHashKey": str(2**128 - 1)}
    assert (merged["ParentShardId"], merged["AdjacentParentShardId"]) == (one, other)


@pytest.mark.rule("KIN-90")
@pytest.mark.parametrize("hash_key", [0, 2**128 - 1], ids=["lower", "upper"])
def test_after_a_merge_records_go_to_the_child_alone(hash_key: int, bare: BareAws) -> None:
    stream = StreamCalls(bare, 2)
    stream.put("before", hash_key=hash_key)

    stream.merge()
    _, shard_id = stream.put("after", hash_key=hash_key)

    assert shard_id == THIRD
    assert stream.data(shard_id=THIRD) == ["after"]
    assert sorted(stream.data(shard_id=FIRST) + stream.data(shard_id=SECOND)) == ["before"]


def test_both_parents_of_a_merge_name_the_child(bare: BareAws) -> None:
    stream = StreamCalls(bare, 2)
    stream.merge()

    answers = [stream.get(stream.iterator(shard_id=shard_id)) for shard_id in (FIRST, SECOND)]

    assert [answer["ChildShards"][0]["ParentShards"] for answer in answers] == [[FIRST, SECOND]] * 2


def test_a_shard_is_merged_once(bare: BareAws) -> None:
    stream = StreamCalls(bare, 2)
    stream.merge()

    with pytest.raises(ClientError, match="has already been merged or split"):
        stream.merge()


@pytest.mark.parametrize("other", [THIRD, FIRST], ids=["one between", "itself"])
def test_shards_that_are_not_adjacent_are_not_merged(other: str, bare: BareAws) -> None:
    stream = StreamCalls(bare, 3)

    with pytest.raises(ClientError, match="are not an adjacent pair"):
        stream.merge(FIRST, other)

    assert stream.summary()["OpenShardCount"] == 3


# ---------------------------------------------------------------------- shard counts


def test_open_shards_are_counted_through_splits_and_merges(bare: BareAws) -> None:
    stream, counts = StreamCalls(bare), []

    stream.split()
    counts.append(stream.summary()["OpenShardCount"])
    stream.merge(SECOND, THIRD)
    counts.append(stream.summary()["OpenShardCount"])

    assert counts == [2, 1]


@pytest.mark.parametrize(("before", "after"), [(2, 4), (2, 3), (4, 2), (3, 2), (2, 2)], ids=str)
def test_a_stream_gets_as_many_open_shards_as_asked_for(before: int, after: int, bare: BareAws) -> None:
    stream = StreamCalls(bare, before)

    stream.update(after)

    open_shards = [shard for shard in stream.shards() if "EndingSequenceNumber" not in shard["SequenceNumberRange"]]
    assert stream.summary()["OpenShardCount"] == len(open_shards) == after
    assert {stream.put(key=str(key))[1] for key in range(200)} == set(names(open_shards))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [(2, 5, "up over double"), (4, 1, "down below half")],
    ids=["more than double", "less than half"],
)
def test_a_stream_is_scaled_to_half_or_double_at_most(before: int, after: int, said: str, bare: BareAws) -> None:
    stream = StreamCalls(bare, before)

    with pytest.raises(ClientError, match=f"cannot scale {said} your current open shard count") as raised:
        stream.update(after)

    assert raised.value.response["Error"]["Code"] == "InvalidArgumentException"
    assert stream.summary()["OpenShardCount"] == before


def test_a_stream_on_demand_has_no_shard_count_to_update(bare: BareAws) -> None:
    kinesis = bare.client("kinesis")
    kinesis.create_stream(StreamName="clicks", StreamModeDetails={"StreamMode": "ON_DEMAND"})

    with pytest.raises(ClientError, match="On-Demand"):
        kinesis.update_shard_count(StreamName="clicks", TargetShardCount=20, ScalingType="UNIFORM_SCALING")
