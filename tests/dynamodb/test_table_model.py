"""A table against a plain dictionary: writes in any order, whose records, replayed, give the table."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from typing import Any

from bare_environments import bare_environment
from botocore.exceptions import ClientError
from example_counts import examples
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from table_calls import TableCalls

from pytest_lambda_events.aws.dynamodb.images import number_text
from pytest_lambda_events.sources.ports import TRIM_HORIZON, Position

START = 1_767_225_600
Item = dict[str, Any]
ids = st.sampled_from("abc")
attributes = st.dictionaries(
    st.sampled_from("xy"),
    st.sampled_from([{"N": "1"}, {"N": "2"}, {"S": "1"}, {"SS": ["p", "q"]}, {"B": b"1"}, {"L": [{"N": "1"}]}]),
)
conditions = st.sampled_from(["attribute_exists(id)", "attribute_not_exists(id)"])
writes = st.lists(st.tuples(ids, st.one_of(st.none(), attributes)), min_size=1, max_size=3, unique_by=lambda write: write[0])


def plain(item: Item) -> Item:
    """With binary values as records have them."""
    return {name: {"B": "MQ=="} if value == {"B": b"1"} else value for name, value in item.items()}


class Comparison(RuleBasedStateMachine):
    """Does the same to both. `expected` are the changes of each item: what it was and what it became."""

    @initialize()
    def begin(self) -> None:
        self.stack = ExitStack()
        self.environment = self.stack.enter_context(bare_environment())
        self.table = TableCalls(self.environment)
        self.table.expire_by("until")
        self.model: dict[str, Item] = {}
        self.expected: list[tuple[str, Item | None, Item | None]] = []
        self.seen: list[Any] = []
        self.places: dict[str, Position] = {}

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()

    def becomes(self, key: str, item: Item | None) -> None:
        """An item of the dictionary is now this one, or gone."""
        before = self.model.pop(key, None)
        if item is not None:
            self.model[key] = item
        if before != item:
            self.expected.append((key, before, item))

    @property
    def now(self) -> int:
        return START + self.environment.simulation.clock.microseconds // 1_000_000

    @rule(key=ids, given=attributes)
    def put(self, key: str, given: Item) -> None:
        self.table.put(key, **given)
        self.becomes(key, {"id": {"S": key}, **given})

    @rule(key=ids, seconds=st.integers(1, 50))
    def put_with_an_end(self, key: str, seconds: int) -> None:
        until = {"until": {"N": str(self.now + seconds)}}
        self.table.put(key, **until)
        self.becomes(key, {"id": {"S": key}, **until})

    @rule(key=ids, value=st.sampled_from([{"N": "1"}, {"N": "1.0"}, {"S": "1"}]))
    def update(self, key: str, value: Item) -> None:
        self.table.update("SET x = :x", key, x=value)
        self.becomes(key, {"id": {"S": key}, **self.model.get(key, {}), "x": {"N": "1"} if "N" in value else value})

    @rule(key=ids)
    def update_that_fails_if_x_is_no_number(self, key: str) -> None:
        before = self.model.get(key, {"id": {"S": key}})
        number = before.get("x", {"N": "0"}).get("N")
        with suppress(ClientError):
            self.table.update("SET y = :y ADD x :one", key, y={"S": "1"}, one={"N": "1"})
        if number is not None:
            self.becomes(key, {**before, "y": {"S": "1"}, "x": {"N": str(int(number) + 1)}})

    @rule(key=ids)
    def delete(self, key: str) -> None:
        self.table.delete(key)
        self.becomes(key, None)

    @rule(changes=writes)
    def batch(self, changes: list[tuple[str, Item | None]]) -> None:
        self.table.batch(
            *(
                {"DeleteRequest": {"Key": {"id": {"S": key}}}}
                if given is None
                else {"PutRequest": {"Item": {"id": {"S": key}, **given}}}
                for key, given in changes
            )
        )
        for key, given in sorted(changes, key=lambda change: change[1] is None):
            self.becomes(key, None if given is None else {"id": {"S": key}, **given})

    @rule(changes=writes, checked=st.sampled_from("de"), condition=conditions)
    def transact(self, changes: list[tuple[str, Item | None]], checked: str, condition: str) -> None:
        with suppress(ClientError):
            self.table.transact(
                *(
                    {"Delete": {"Key": {"id": {"S": key}}}}
                    if given is None
                    else {"Put": {"Item": {"id": {"S": key}, **given}}}
                    for key, given in changes
                ),
                {"ConditionCheck": {"Key": {"id": {"S": checked}}, "ConditionExpression": condition}},
            )
        if condition == "attribute_not_exists(id)":
            for key, given in changes:
                self.becomes(key, None if given is None else {"id": {"S": key}, **given})

    @rule(seconds=st.sampled_from([1, 20, 14_400]))
    def wait(self, seconds: int) -> None:
        self.environment.simulation.advance(seconds)
        due = sorted(
            (int(item["until"]["N"]), key) for key, item in self.model.items() if int(item.get("until", {"N": "0"})["N"])
        )
        for second, key in due:
            if second <= self.now:
                self.becomes(key, None)

    @invariant()
    def the_table_is_the_dictionary(self) -> None:
        if hasattr(self, "table"):
            held = {item["id"]["S"]: {name: normal(value) for name, value in item.items()} for item in self.table.items}
            assert held == self.model

    @invariant()
    def every_change_has_one_record_in_order(self) -> None:
        if not hasattr(self, "table"):
            return
        source = self.table.source
        for shard in source.shards():
            for record in source.read(shard.shard_id, self.places.get(shard.shard_id, TRIM_HORIZON), 1_000):
                self.places[shard.shard_id] = record.position
                self.seen.append(record)
        told = [record.content["dynamodb"] for record in self.seen]
        changes = [(each["Keys"]["id"]["S"], each.get("OldImage"), each.get("NewImage")) for each in told]
        assert by_key(changes) == by_key([(key, old and plain(old), new and plain(new)) for key, old, new in self.expected])
        assert [int(each["SequenceNumber"]) for each in told] == sorted({int(each["SequenceNumber"]) for each in told})


def by_key(changes: list[tuple[str, Any, Any]]) -> dict[str, list[Any]]:
    """The changes of each item, in order: those of items that expire at one instant have none among them."""
    return {key: [change for change in changes if change[0] == key] for key in "abc"}


def normal(value: Item) -> Item:
    """With a number, which moto keeps as it was written, in its shortest form."""
    return {"N": number_text(value["N"])} if "N" in value else value


TestTableAgainstDictionary = Comparison.TestCase
TestTableAgainstDictionary.settings = settings(max_examples=examples(15), stateful_step_count=25, deadline=None)
