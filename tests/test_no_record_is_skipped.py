"""For any handlers, settings and interference: each record of a stream comes in its turn, and none is passed over."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from typing import Any, ClassVar, Protocol

import pytest
from example_counts import examples
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from stream_ledger import FOREVER, LARGEST_STATE, SECOND, Answer, Life, Reader, Rules, StreamLedger, number_of

from pytest_lambda_events import EventSourceMapping, Function, LambdaEvents
from pytest_lambda_events.aws.dynamodb.event_source import find_stream

TIMEOUT = 20
WINDOW = 10
ACTIONS = ("be slow", "succeed", "raise", "choke", "report middle", "report first", "report nonsense", "time out", "bloat")

Step = tuple[str, dict[str, Any]]


class Source(Protocol):
    """A stream of some kind."""

    kept: ClassVar[list[dict[str, Any]]]

    def event_source(self) -> Any:
        """What a function is fed from."""

    def put(self, key: str, number: int, *, is_wanted: bool) -> tuple[str, str]:
        """The sequence number and shard of a new record."""

    def parents(self) -> dict[str, tuple[str, ...]]:
        """Those of each shard that is still known."""

    def reshard(self, index: int, *, merges: bool) -> None:
        """Split or merge shards, where that can be done."""


class KinesisSource:
    """A stream of two shards, or a consumer of it."""

    kept: ClassVar[list[dict[str, Any]]] = [{"data": {"kind": ["keep"]}}]

    def __init__(self, env: LambdaEvents, *, has_consumer: bool) -> None:
        self._stream = env.stream("clicks", shard_count=2)
        self._consumer = self._stream.register_consumer("reader") if has_consumer else None

    def event_source(self) -> Any:
        return self._consumer or self._stream

    def put(self, key: str, number: int, *, is_wanted: bool) -> tuple[str, str]:
        data = {"kind": "keep" if is_wanted else "drop", "number": number}
        [record] = self._stream.put(data, partition_key=key)
        return record.sequence_number, record.shard_id

    def parents(self) -> dict[str, tuple[str, ...]]:
        return {shard.shard_id: tuple(shard.parent_shard_ids) for shard in self._stream.shards}

    def reshard(self, index: int, *, merges: bool) -> None:
        shards = sorted((shard for shard in self._stream.shards if shard.is_open), key=lambda one: int(one.starting_hash_key))
        if merges and len(shards) > 1:
            first = index % (len(shards) - 1)
            self._stream.merge_shards(shards[first], shards[first + 1])
        elif len(shards) < 4:
            self._stream.split_shard(shards[index % len(shards)])


class TableSource:
    """A table. Its stream begins a new shard every four hours."""

    kept: ClassVar[list[dict[str, Any]]] = [{"dynamodb": {"NewImage": {"kind": {"S": ["keep"]}}}}]

    def __init__(self, env: LambdaEvents) -> None:
        self._table = env.table("items", partition_key="id", stream_view_type="NEW_IMAGE")
        self._arn = self._table.stream_arn or ""

    def event_source(self) -> Any:
        return self._table

    def put(self, key: str, number: int, *, is_wanted: bool) -> tuple[str, str]:
        self._table.put_item({"id": key, "kind": "keep" if is_wanted else "drop", "number": number})
        stream = find_stream(self._arn)
        assert stream is not None
        shard_id = stream.shards()[-1].shard_id
        return str(stream.latest(shard_id)[0]), shard_id

    def parents(self) -> dict[str, tuple[str, ...]]:
        stream = find_stream(self._arn)
        return {} if stream is None else {shard.shard_id: shard.parent_ids for shard in stream.shards()}

    def reshard(self, index: int, *, merges: bool) -> None:
        """Tables do that by themselves."""


def source_of(env: LambdaEvents, kind: str) -> Source:
    """A new source."""
    return TableSource(env) if kind == "table" else KinesisSource(env, has_consumer=kind == "consumer")


def step(name: str, **options: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    """A thing that the test can do: a method of `StreamStory` with what it is given."""
    return st.tuples(st.just(name), st.fixed_dictionaries(options))


PUT = step(
    "put",
    keys=st.text("AABCDEF", min_size=1, max_size=8),
    kinds=st.lists(st.sampled_from([True, True, False]), min_size=8, max_size=8),
)
WILL = step("handlers_will", actions=st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=5))
CHANGE: dict[str, st.SearchStrategy[Any]] = {
    "index": st.integers(0, 1),
    "rules": st.builds(
        Rules,
        is_enabled=st.sampled_from([True, True, False]),
        batch_size=st.sampled_from([1, 3, 100]),
        parallelization_factor=st.sampled_from([1, 1, 2, 4]),
        retry_attempts=st.sampled_from([FOREVER, 0, 1, 3]),
        record_age=st.sampled_from([FOREVER, FOREVER, 60, 600]),
        bisects=st.booleans(),
        is_filtered=st.booleans(),
    ),
    "seconds": st.sampled_from([0, 0, 4]),
}
UPDATE = step("update", **CHANGE)
UPDATE_MEANWHILE = step("update_meanwhile", keys=st.text("AABC", min_size=1, max_size=4), **CHANGE)
ENABLE = step("enable", index=st.integers(0, 1), is_enabled=st.sampled_from([True, True, False]))
STEPS = st.one_of(
    PUT, PUT, PUT, WILL, WILL, UPDATE, UPDATE_MEANWHILE, ENABLE, ENABLE, ENABLE,
    step("reshard", index=st.integers(0, 3), merges=st.booleans()),
    step("throttle", index=st.integers(0, 1), reserved=st.sampled_from([0, 1, None, None])),
    step("run_until_idle"),
)  # fmt: skip


class StreamStory(RuleBasedStateMachine):
    """One stream, and one or two functions that read it."""

    @initialize(
        kind=st.sampled_from(["stream", "stream", "consumer", "table"]),
        mappings=st.integers(1, 2),
        position=st.sampled_from(["TRIM_HORIZON", "LATEST"]),
        reports=st.booleans(),
        has_windows=st.sampled_from([False, False, False, True]),
        rules=st.builds(
            Rules,
            batch_size=st.sampled_from([1, 3, 100]),
            parallelization_factor=st.sampled_from([1, 1, 4]),
            retry_attempts=st.sampled_from([FOREVER, 0, 2]),
            bisects=st.booleans(),
        ),
    )
    def begin(self, kind: str, mappings: int, position: str, reports: bool, has_windows: bool, rules: Rules) -> None:
        self.env = LambdaEvents(stream_retry_delay_maximum_seconds=3_600)
        self.env.__enter__()
        self.is_sound = False
        self.reports, self.has_windows = reports, has_windows
        self.source = source_of(self.env, kind)
        self.grain = SECOND if kind == "table" else 1_000
        self.ledger = StreamLedger(self.env, self.source.parents)
        self.actions = ["be slow"]
        self.numbers = 0
        self.functions: list[Function] = []
        self.mappings: list[EventSourceMapping] = []
        failures = self.env.queue("failures")
        for number in range(mappings):
            function = self.env.function(self.handler, name=f"function-{number}", timeout=TIMEOUT)
            mapping = function.add_event_source(
                self.source.event_source(), starting_position=position, on_failure=failures,
                function_response_types=["ReportBatchItemFailures"] if reports else [],
                tumbling_window_in_seconds=WINDOW if has_windows else 0, **self.settings_of(self.allowed(rules)),
            )  # fmt: skip
            self.functions.append(function)
            self.mappings.append(mapping)
            self.ledger.reserved[function.name] = None
            self.ledger.readers[mapping.uuid] = Reader([self.allowed(rules)])

    def teardown(self) -> None:
        if not hasattr(self, "env"):
            return
        try:
            if self.is_sound:
                self.end()
        finally:
            self.env.__exit__(None, None, None)

    def end(self) -> None:
        """Every story ends well: nothing is left once handlers succeed and mappings are enabled."""
        self.actions = ["succeed"]
        for index in range(len(self.mappings)):
            self.throttle(index, None)
            self.enable(index, is_enabled=True)
        self.run_until_idle()

    def allowed(self, rules: Rules) -> Rules:
        """Windows go with one lane and no filter (KIN-8C, 8F)."""
        return replace(rules, parallelization_factor=1, is_filtered=False) if self.has_windows else rules

    def settings_of(self, rules: Rules) -> dict[str, Any]:
        return {
            "enabled": rules.is_enabled,
            "batch_size": rules.batch_size,
            "parallelization_factor": rules.parallelization_factor,
            "maximum_retry_attempts": rules.retry_attempts,
            "maximum_record_age_in_seconds": rules.record_age,
            "bisect_batch_on_function_error": rules.bisects,
            "filters": self.source.kept if rules.is_filtered else [],
        }

    # ------------------------------------------------------------------ the functions

    def handler(self, event: Any, context: Any) -> object:
        """Does what is next on the list; the last thing on it for ever."""
        action = self.actions.pop(0) if len(self.actions) > 1 else self.actions[0]
        lives = [self.ledger.lives[number_of(record)] for record in event["Records"]]
        answer, response = self.chosen(action, lives, event)
        named = (response or {}).get("batchItemFailures", [{"itemIdentifier": None}])
        self.ledger.ignored[context.aws_request_id] = None if self.reports else named[0]["itemIdentifier"]
        self.ledger.answers[context.aws_request_id].append(answer)
        if action in ("be slow", "time out"):
            time.sleep(8 if action == "be slow" else TIMEOUT + 1)
        if response is None:
            raise ValueError(action)
        return response

    def chosen(self, action: str, lives: list[Life], event: Any) -> tuple[Answer, dict[str, Any] | None]:
        """What it is going to come to, and what to answer; None is to raise."""
        is_choking = action == "choke" and any(life.key in "AC" for life in lives)
        if is_choking or action in ("raise", "time out"):
            return Answer(0), None
        state = {"count": event["state"].get("count", 0) + len(lives)} if self.has_windows else None
        if action == "bloat" and self.has_windows:
            state = {"text": "x" * LARGEST_STATE}
        response: dict[str, Any] = {} if state is None else {"state": state}
        place = {"report middle": len(lives) // 2, "report first": 0, "report nonsense": 0}.get(action)
        if place is None or not (lives or action == "report nonsense"):
            return Answer(None, state), response
        name = "none of them" if action == "report nonsense" else lives[place].sequence_number
        response["batchItemFailures"] = [{"itemIdentifier": name}]
        return Answer(place if self.reports else None, state), response

    # ------------------------------------------------------------------ what the test does

    @rule(step=STEPS, seconds=st.sampled_from([None, None, 0, 0.3, 1, 3, 6, 12, 61, 700, 15_000]))
    def go_on(self, step: Step, seconds: float | None) -> None:
        """The one thing and the next may happen before pollers see either."""
        self.is_sound = False
        name, options = step
        getattr(self, name)(**options)
        if seconds is not None:
            self.env.advance(seconds)

    def handlers_will(self, actions: list[str]) -> None:
        self.actions = list(actions)

    def put(self, keys: str, kinds: list[bool]) -> None:
        for key, is_wanted in zip(keys, kinds, strict=False):
            self.numbers += 1
            number, shard_id = self.source.put(key, self.numbers, is_wanted=is_wanted)
            arrived_at = round(self.env.elapsed * SECOND) // self.grain * self.grain
            self.ledger.put(Life(number, shard_id, key, is_wanted, arrived_at))

    def reshard(self, index: int, merges: bool) -> None:
        self.source.reshard(index, merges=merges)

    def throttle(self, index: int, reserved: int | None) -> None:
        function = self.functions[index % len(self.functions)]
        self.ledger.read()
        function.update(reserved_concurrent_executions=reserved)
        self.ledger.reserved[function.name] = reserved

    def update(self, index: int, rules: Rules, seconds: int) -> None:
        self.change(index, self.allowed(rules), maximum_batching_window_in_seconds=seconds)

    def update_meanwhile(self, keys: str, **change: Any) -> None:
        """While functions run, or wait to try again."""
        self.put(keys, [True] * len(keys))
        self.env.advance(1.5)
        self.update(**change)

    def enable(self, index: int, is_enabled: bool) -> None:
        mapping = self.mappings[index % len(self.mappings)]
        self.change(index, replace(self.ledger.readers[mapping.uuid].rules[-1], is_enabled=is_enabled))

    def change(self, index: int, rules: Rules, **more: Any) -> None:
        mapping = self.mappings[index % len(self.mappings)]
        self.ledger.read()
        self.ledger.readers[mapping.uuid].rules.append(rules)
        mapping.update(**self.settings_of(rules), **more)

    def run_until_idle(self) -> None:
        self.env.run_until_idle()
        self.ledger.read()
        for mapping in self.mappings:
            if self.ledger.readers[mapping.uuid].rules[-1].is_enabled:
                assert self.ledger.left(mapping.uuid) == []

    # ------------------------------------------------------------------ what always holds

    @invariant()
    def each_record_is_where_the_books_say(self) -> None:
        if not hasattr(self, "env"):
            return
        self.ledger.read()
        for mapping in self.mappings:
            self.ledger.check_checkpoints(mapping.uuid, mapping.checkpoints)
        self.check_balance()
        self.is_sound = True

    def check_balance(self) -> None:
        """Every record is owed to every mapping, and what is over is where the books say."""
        sheet, readers = self.env.balance_sheet(), self.ledger.readers.values()
        assert sheet.accepted == len(self.ledger.lives) * len(self.mappings)
        if all(len(reader.rules) == 1 for reader in readers):
            over = Counter(how for reader in readers for how in reader.ended.values())
            assert (sheet.filtered, sheet.at_destination) == (over["filtered"], over["given up"])
            assert sheet.processed == over["done"]
            assert sheet.lost >= over["ignored"] + over["expired"]


@pytest.mark.rule(
    "KIN-15", "KIN-27", "KIN-31", "KIN-42", "KIN-44", "KIN-47", "KIN-4A", "KIN-4D", "KIN-61", "KIN-82", "KIN-90", "KIN-95",
    "DDB-13", "DDB-23",
)  # fmt: skip
def test_no_record_is_skipped_or_processed_before_its_turn() -> None:
    run_state_machine_as_test(
        StreamStory,
        settings=settings(
            max_examples=examples(30),
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )
