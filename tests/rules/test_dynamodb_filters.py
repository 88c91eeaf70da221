"""DDB-60 to DDB-65: which changes of a table a function is given."""

from __future__ import annotations

from typing import Any

import pytest
from table_stories import fed, id_of, ids, put, succeed, table

from pytest_lambda_events import LambdaEvents


def kept(lambda_events: LambdaEvents, pattern: dict[str, Any], *written: dict[str, Any]) -> list[str]:
    """The ids of those of these items whose change passes a filter."""
    items, fn = table(lambda_events), lambda_events.function(succeed)
    fed(fn, items, filters=[pattern])
    for item in written:
        items.put_item(item)
    lambda_events.run_until_idle()
    return [id_of(record) for batch in fn.batches for record in batch.records]


def of_image(**attributes: Any) -> dict[str, Any]:
    """A pattern of the new image."""
    return {"dynamodb": {"NewImage": attributes}}


@pytest.mark.rule("DDB-60")
def test_records_that_match_no_filter_invoke_nothing_and_are_skipped(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed)
    mapping = fed(fn, items, filters=[of_image(state={"S": ["paid"]})])

    items.put_item({"id": "a", "state": "new"})
    lambda_events.run_until_idle()
    [entry] = [entry for entry in lambda_events.journal if entry.kind == "filtered"]

    assert fn.batches == []
    assert list(mapping.checkpoints.values()) == list(entry.detail["sequence_numbers"])


@pytest.mark.rule("DDB-60")
def test_records_that_match_a_filter_form_one_batch(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed)
    fed(fn, items, filters=[of_image(state={"S": ["paid"]})], batch_size=2)

    items.put_item({"id": "a", "state": "paid"})
    items.put_item({"id": "b", "state": "new"})
    items.put_item({"id": "c", "state": "paid"})
    lambda_events.run_until_idle()

    assert [ids(batch) for batch in fn.batches] == [["a", "c"]]


@pytest.mark.rule("DDB-61")
@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ({"eventName": ["INSERT"]}, ["INSERT"]),
        ({"eventName": ["INSERT", "MODIFY"]}, ["INSERT", "MODIFY"]),
        ({"eventName": ["INSERT"], "eventSource": ["aws:dynamodb"]}, ["INSERT"]),
        ({"eventName": ["INSERT"], "eventSource": ["aws:kinesis"]}, []),
    ],
    ids=["one", "two", "both fields", "another source"],
)
def test_a_filter_may_be_about_the_record_itself(
    pattern: dict[str, Any], names: list[str], lambda_events: LambdaEvents
) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed)
    fed(fn, items, filters=[pattern])

    put(items, "a")
    items.put_item({"id": "a", "state": "paid"})
    items.delete_item({"id": "a"})
    lambda_events.run_until_idle()

    assert [record["eventName"] for batch in fn.batches for record in batch.records] == names


@pytest.mark.rule("DDB-62")
@pytest.mark.parametrize(
    ("matcher", "expected"),
    [
        ("101", ["a"]),
        ({"anything-but": ["101"]}, ["b"]),
        ({"numeric": [">", 0]}, []),
        ({"numeric": ["=", 101]}, []),
    ],
    ids=["text", "anything but", "numeric range", "numeric equality"],
)
def test_numbers_are_matched_as_text(matcher: Any, expected: list[str], lambda_events: LambdaEvents) -> None:
    found = kept(lambda_events, of_image(n={"N": [matcher]}), {"id": "a", "n": 101}, {"id": "b", "n": 7})

    assert found == expected


@pytest.mark.rule("DDB-63")
@pytest.mark.parametrize(
    ("bound", "expected"),
    [(1_767_225_599, ["a"]), (1_767_225_600, []), (1_767_225_601, [])],
    ids=["before", "at", "after"],
)
def test_when_a_record_was_made_is_a_number_to_a_filter(bound: int, expected: list[str], lambda_events: LambdaEvents) -> None:
    pattern = {"dynamodb": {"ApproximateCreationDateTime": [{"numeric": [">", bound]}]}}

    assert kept(lambda_events, pattern, {"id": "a"}) == expected


@pytest.mark.rule("DDB-64")
@pytest.mark.parametrize(
    ("matcher", "expected"),
    [
        ({"S": [{"exists": True}]}, ["with"]),
        ([{"exists": True}], []),
        ([{"exists": False}], ["with", "without"]),
        ({"S": [{"exists": False}]}, ["without"]),
    ],
    ids=["leaf", "attribute", "no attribute", "no leaf"],
)
def test_exists_is_about_leaves(matcher: Any, expected: list[str], lambda_events: LambdaEvents) -> None:
    found = kept(lambda_events, of_image(presentKey=matcher), {"id": "with", "presentKey": "x"}, {"id": "without"})

    assert found == expected


@pytest.mark.rule("DDB-65")
def test_a_filter_may_want_keys_that_begin_in_a_way(lambda_events: LambdaEvents) -> None:
    pattern = {"dynamodb": {"Keys": {"id": {"S": [{"prefix": "COMPANY"}]}}}}

    assert kept(lambda_events, pattern, {"id": "COMPANY#1"}, {"id": "ORDER#1"}, {"id": "A COMPANY"}) == ["COMPANY#1"]
