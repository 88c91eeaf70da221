"""A stream against plain lists: puts, splits, merges, retention and readers in any order, through boto3 and as pollers do."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field

from bare_environments import bare_environment
from example_counts import examples
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from stream_calls import StreamCalls

from pytest_lambda_events.sources.ports import TRIM_HORIZON, Position

HOUR = 3_600
US = 1_000_000
END = 2**128
KEYS = st.sampled_from([0, 1, END // 4, END // 3, END // 2 - 1, END // 2, END - 2, END - 1])


@dataclass
class Known:
    """A shard as the lists have it: hash keys from `low` to before `high`, records as number, arrival and data."""

    low: int
    high: int
    parents: tuple[str, ...] = ()
    is_open: bool = True
    records: list[tuple[int, int, str]] = field(default_factory=list)
    last_number: int = 0


class Comparison(RuleBasedStateMachine):
    """Does the same to both, and reads parents before children."""

    @initialize(shard_count=st.integers(1, 3))
    def begin(self, shard_count: int) -> None:
        self.stack = ExitStack()
        self.environment = self.stack.enter_context(bare_environment())
        self.stream = StreamCalls(self.environment, shard_count)
        self.source = self.stream.source
        self.hours = 24
        self.made = 0
        self.known: dict[str, Known] = {}
        step = END // shard_count
        for index in range(shard_count):
            self.add(index * step, END if index == shard_count - 1 else (index + 1) * step)
        self.places: dict[str, Position] = {}
        self.read_data: list[str] = []
        self.put_data: list[str] = []
        self.expired: set[str] = set()

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()

    @property
    def now(self) -> int:
        return self.environment.simulation.clock.microseconds

    def add(self, low: int, high: int, *parents: str) -> None:
        name = f"shardId-{self.made:012}"
        self.made += 1
        above = max((self.known[parent].last_number for parent in parents), default=0)
        self.known[name] = Known(low, high, parents, last_number=above)

    def open_shards(self) -> list[str]:
        return sorted((name for name, known in self.known.items() if known.is_open), key=lambda name: self.known[name].low)

    # ------------------------------------------------------------------ what happens

    @rule(hash_key=KEYS)
    def put(self, hash_key: int) -> None:
        data = str(len(self.put_data))
        self.put_data.append(data)

        number, name = self.stream.put(data, hash_key=hash_key)

        (expected,) = [n for n in self.open_shards() if self.known[n].low <= hash_key < self.known[n].high]
        assert name == expected
        assert int(number) > self.known[name].last_number
        self.known[name].last_number = int(number)
        self.known[name].records.append((int(number), self.now, data))

    @rule(data=st.data())
    def split(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self.open_shards()))
        known = self.known[name]
        middle = (known.low + known.high) // 2
        if known.high - known.low < 8:
            return

        self.stream.split(name, at=middle)

        known.is_open = False
        self.add(known.low, middle, name)
        self.add(middle, known.high, name)

    @rule(data=st.data(), upper_first=st.booleans())
    def merge(self, data: st.DataObject, upper_first: bool) -> None:
        names = self.open_shards()
        if len(names) < 2:
            return
        index = data.draw(st.integers(0, len(names) - 2))
        lower, upper = names[index : index + 2]
        pair = (upper, lower) if upper_first else (lower, upper)

        self.stream.merge(*pair)

        for name in pair:
            self.known[name].is_open = False
        self.add(self.known[lower].low, self.known[upper].high, *pair)

    @rule(hours=st.sampled_from([1, 10, 30]))
    def advance(self, hours: int) -> None:
        self.environment.simulation.advance(hours * HOUR)
        self.settle()

    @rule(hours=st.sampled_from([24, 36, 48]))
    def retain(self, hours: int) -> None:
        self.stream.retain(hours)
        self.hours = hours
        self.settle()

    def settle(self) -> None:
        for known in self.known.values():
            gone = [record for record in known.records if record[1] + self.hours * HOUR * US <= self.now]
            self.expired |= {data for _, _, data in gone}
            known.records = known.records[len(gone) :]

    @rule(limit=st.integers(1, 3))
    def poll(self, limit: int) -> None:
        """One read of each shard whose parents are read to their end."""
        for shard in self.source.shards():
            if all(self.is_read(parent) for parent in shard.parent_ids):
                place = self.places.get(shard.shard_id, TRIM_HORIZON)
                for record in self.source.read(shard.shard_id, place, limit):
                    self.places[shard.shard_id] = record.position
                    number = int(record.sequence_number)
                    self.read_data += [data for n, _, data in self.known[shard.shard_id].records if n == number]

    def is_read(self, name: str) -> bool:
        return not self.source.read(name, self.places.get(name, TRIM_HORIZON), 1)

    # ------------------------------------------------------------------ what holds

    @invariant()
    def both_hold_the_same(self) -> None:
        if not hasattr(self, "environment"):
            return
        for name, known in self.known.items():
            found = [int(record.sequence_number) for record in self.source.read(name, TRIM_HORIZON, 1_000)]
            assert found == [number for number, _, _ in known.records]

    @invariant()
    def boto3_lists_the_same_shards(self) -> None:
        if not hasattr(self, "environment"):
            return
        listed = {
            shard["ShardId"]: (int(shard["HashKeyRange"]["StartingHashKey"]), int(shard["HashKeyRange"]["EndingHashKey"]) + 1)
            for shard in self.stream.shards()
            if "EndingSequenceNumber" not in shard["SequenceNumberRange"]
        }
        assert listed == {name: (self.known[name].low, self.known[name].high) for name in self.open_shards()}
        assert self.stream.summary()["OpenShardCount"] == len(listed)

    @invariant()
    def no_record_is_read_twice(self) -> None:
        if hasattr(self, "environment"):
            assert len(set(self.read_data)) == len(self.read_data)

    @rule()
    def drain(self) -> None:
        """Nothing is skipped: what is put is read or has expired."""
        for _ in range(len(self.put_data) + self.made + 1):
            self.poll(limit=3)

        assert {*self.read_data, *self.expired} == set(self.put_data)

    @rule(data=st.data())
    def read_with_boto3(self, data: st.DataObject) -> None:
        listed = [shard["ShardId"] for shard in self.stream.shards()]
        name = data.draw(st.sampled_from(listed))
        known = self.known[name]

        answer = self.stream.get(self.stream.iterator(shard_id=name))

        assert [record["Data"].decode() for record in answer["Records"]] == [data for _, _, data in known.records]
        assert ("NextShardIterator" in answer) is known.is_open
        children = {child["ShardId"] for child in answer.get("ChildShards", [])}
        assert children == {other for other in listed if name in self.known[other].parents and not known.is_open}


TestAStreamIsWhatTheListsAre = Comparison.TestCase
TestAStreamIsWhatTheListsAre.settings = settings(max_examples=examples(30), stateful_step_count=25, deadline=None)
