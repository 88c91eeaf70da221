"""DDB-01 to DDB-13: when the stream of a table is read, from where, by whom, and how its records become batches."""

from __future__ import annotations

import time
from typing import Any

import pytest
from table_stories import fed, id_of, ids, put, raising, starts, story, succeed, table

from pytest_lambda_events import LambdaEvents

DAY = 86_400


@pytest.mark.rule("DDB-02")
@pytest.mark.parametrize(
    ("seconds", "instant"), [(0, 0), (0.001, 0.25), (0.25, 0.25), (0.251, 0.5), (1.9, 2)], ids=str
)  # fmt: skip
def test_a_shard_with_nothing_left_is_read_four_times_a_second(
    seconds: float, instant: float, lambda_events: LambdaEvents
) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed)
    fed(fn, items)

    lambda_events.advance(seconds)
    put(items, "a")
    lambda_events.run_until_idle()

    assert story(fn) == [(instant, ["a"])]


@pytest.mark.rule("DDB-02")
def test_records_that_arrived_while_the_function_ran_are_read_immediately(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        time.sleep(1.1)

    items, fn = table(lambda_events), lambda_events.function(handler, name="fn")
    fed(fn, items)

    put(items, "a")
    lambda_events.advance(0.5)
    put(items, "b")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["a"]), (1.1, ["b"])]


@pytest.mark.rule("DDB-03", "DDB-04")
@pytest.mark.lambda_events(event_source_mapping_start_delay_seconds=60)
@pytest.mark.parametrize(("position", "expected"), [("LATEST", ["c"]), ("TRIM_HORIZON", ["a", "b", "c"])])
def test_the_latest_position_misses_what_is_written_before_polling_begins(
    position: str, expected: list[str], lambda_events: LambdaEvents
) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed)
    put(items, "a")

    mapping = fed(fn, items, starting_position=position)
    lambda_events.advance(59.9)
    put(items, "b")
    lambda_events.advance(0.1)
    put(items, "c")
    lambda_events.run_until_idle()

    assert [id for batch in fn.batches for id in ids(batch)] == expected
    assert mapping.state == "Enabled"


@pytest.mark.rule("DDB-05")
@pytest.mark.parametrize(("seconds", "expected"), [(DAY - 1, ["a", "b"]), (DAY, ["b"])], ids=["kept", "trimmed"])
def test_a_record_of_a_day_ago_is_no_longer_there(seconds: float, expected: list[str], lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed)
    mapping = fed(fn, items, enabled=False)

    put(items, "a")
    lambda_events.advance(seconds)
    put(items, "b")
    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert [id for batch in fn.batches for id in ids(batch)] == expected


@pytest.mark.rule("DDB-06")
def test_any_number_of_functions_get_every_record(lambda_events: LambdaEvents) -> None:
    items = table(lambda_events)
    functions = [lambda_events.function(succeed, name=f"fn-{number}") for number in range(3)]
    for fn in functions:
        fed(fn, items)

    put(items, "a", "b")
    lambda_events.run_until_idle()

    assert [story(fn) for fn in functions] == [[(0, ["a", "b"])]] * 3


@pytest.mark.rule("DDB-07")
def test_a_disabled_mapping_delivers_nothing(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed)
    fed(fn, items, enabled=False)

    put(items, "a")
    lambda_events.run_until_idle()

    assert fn.batches == []


@pytest.mark.rule("DDB-07")
def test_the_mapping_of_a_deleted_function_stays_enabled(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed, name="fn")
    mapping = fed(fn, items, maximum_record_age_in_seconds=60)

    fn.delete()
    put(items, "a")
    lambda_events.run_until_idle()

    assert mapping.state == "Enabled"
    assert [entry.kind for entry in lambda_events.journal if entry.kind in ("started", "not_found")][:1] == ["not_found"]


@pytest.mark.rule("DDB-10")
@pytest.mark.parametrize(("written", "sizes"), [(100, [100]), (101, [100, 1])], ids=str)
def test_a_batch_has_a_hundred_records_by_default(written: int, sizes: list[int], lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed)
    fed(fn, items)

    put(items, *map(str, range(written)))
    lambda_events.run_until_idle()

    assert [len(batch.records) for batch in fn.batches] == sizes


@pytest.mark.rule("DDB-10")
@pytest.mark.parametrize(("largest", "sizes"), [(349_000, []), (393_000, [16])], ids=["fits", "does not fit"])
def test_a_batch_is_sent_before_its_window_ends_if_another_record_would_pass_6_mb(
    largest: int, sizes: list[int], lambda_events: LambdaEvents
) -> None:
    items = table(lambda_events, stream_view_type="NEW_IMAGE")
    fn = lambda_events.function(succeed)
    fed(fn, items, maximum_batching_window_in_seconds=300)

    for number in range(16):
        items.put_item({"id": str(number), "text": "x" * 369_000})
    items.put_item({"id": "last", "text": "x" * largest})
    lambda_events.advance(0)

    assert [len(batch.records) for batch in fn.batches] == sizes


@pytest.mark.rule("DDB-11")
def test_without_a_window_one_record_is_sent_alone(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed)
    fed(fn, items, batch_size=10)

    put(items, "a")
    lambda_events.advance(1)
    put(items, "b")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["a"]), (1, ["b"])]


@pytest.mark.rule("DDB-11")
def test_the_window_begins_when_the_invocation_before_ends(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed)
    put(items, *"12345")

    fed(fn, items, batch_size=2, maximum_batching_window_in_seconds=5)
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["1", "2"]), (0, ["3", "4"]), (5, ["5"])]


@pytest.mark.rule("DDB-12")
def test_the_sort_key_counts_towards_the_order_too(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        time.sleep(5)

    items = table(lambda_events, sort_key="line")
    fn = lambda_events.function(handler, name="fn", timeout=10)
    fed(fn, items, batch_size=1, parallelization_factor=10)

    for line in map(str, range(20)):
        items.put_item({"id": "order", "line": line})
    lambda_events.run_until_idle()

    assert len({batch.started_after_seconds for batch in fn.batches}) < 20
    assert {start % 5 for start in starts(fn)} == {0}


@pytest.mark.rule("DDB-12", "DDB-13")
def test_an_item_that_fails_stops_only_its_lane(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(raising("x"), name="fn")
    fed(fn, items, batch_size=1, parallelization_factor=10)

    put(items, "x", *map(str, range(20)))
    lambda_events.advance(0)

    done = {id_of(record) for batch in fn.batches if batch.outcome == "success" for record in batch.records}
    assert "x" not in done
    assert len(done) >= 10


@pytest.mark.rule("DDB-13")
def test_a_failing_batch_stops_no_other_table(lambda_events: LambdaEvents) -> None:
    items = table(lambda_events)
    others = lambda_events.table("others", partition_key="id", stream_view_type="KEYS_ONLY")
    fn = lambda_events.function(raising("x"), name="fn")
    fed(fn, items)
    fed(fn, others)

    put(items, "x", "y")
    put(others, "z")
    lambda_events.advance(10)

    assert [ids(batch) for batch in fn.batches if batch.outcome == "success"] == [["z"]]
