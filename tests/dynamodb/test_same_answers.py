"""The patches that make moto's DynamoDB cheaper change no response, no error, no item and no record of a stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from bare_environments import bare_environment
from dynamodb_calls import TABLES, Call, Calls
from example_counts import examples

from pytest_lambda_events.aws.dynamodb import repairs
from pytest_lambda_events.aws.dynamodb.event_source import find_stream
from pytest_lambda_events.aws.process import process
from pytest_lambda_events.sources.ports import TRIM_HORIZON

CHEAPER = frozenset({"update expressions", "condition expressions", "items", "partitions"})
CALLS = 180


INDEXES = [
    {
        "IndexName": "by s",
        "KeySchema": [{"AttributeName": "s", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "ALL"},
    },
    {
        "IndexName": "part",
        "KeySchema": [{"AttributeName": "s", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["m", "l", "b"]},
    },
]
LOCAL_INDEX = {
    "IndexName": "local",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}


def create_tables(client: Any) -> None:
    """Creates tables without and with a range key. All have indexes and a stream."""
    for name, kind in TABLES.items():
        is_ranged = name == "ranged"
        types = {"id": kind, "s": "S", "n": "N", **({"at": "N"} if is_ranged else {})}
        client.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}][
                : 1 + is_ranged
            ],
            AttributeDefinitions=[{"AttributeName": each, "AttributeType": type_} for each, type_ in types.items()],
            GlobalSecondaryIndexes=INDEXES,
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
            **({"LocalSecondaryIndexes": [LOCAL_INDEX]} if is_ranged else {}),
        )


def answers(calls: Sequence[Call]) -> Iterator[Any]:
    """Yields the response or the error of each call, then the records of the streams."""
    with bare_environment() as environment:
        client = environment.client("dynamodb")
        create_tables(client)
        for operation, parameters in calls:
            yield answer(client, operation, parameters)
        for name in TABLES:
            yield client.scan(TableName=name)["Items"]
            stream = find_stream(client.describe_table(TableName=name)["Table"]["LatestStreamArn"])
            assert stream is not None
            yield [record.content for shard in stream.shards() for record in stream.read(shard.shard_id, TRIM_HORIZON, 10_000)]


def answer(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
    """Returns the response without its metadata, or the error."""
    try:
        response = getattr(client, operation)(**parameters)
    except Exception as error:
        details = getattr(error, "response", {})
        return type(error).__name__, str(error), {name: details[name] for name in details if name != "ResponseMetadata"}
    response.pop("ResponseMetadata")
    return response


@pytest.mark.parametrize("seed", range(examples(32)))
def test_calls_have_the_same_answers_without_the_patches(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(seed).take(CALLS)
    with_patches = list(answers(calls))
    monkeypatch.setitem(process().needed_repairs, "dynamodb", repairs.needed_repairs() - CHEAPER)
    without_patches = list(answers(calls))

    differences = [each for each in zip(calls, with_patches, without_patches, strict=False) if each[1] != each[2]]

    assert differences == []
    assert with_patches == without_patches


def test_the_calls_have_responses_and_errors_of_many_kinds() -> None:
    calls = Calls(0).take(1_000)

    found = Counter(
        (call[0], got[0] if isinstance(got, tuple) else "OK") for call, got in zip(calls, answers(calls), strict=False)
    )

    assert {operation for (operation, kind), count in found.items() if kind == "OK" and count >= 10} >= {
        "put_item", "update_item", "get_item", "query", "scan", "delete_item", "batch_write_item", "transact_write_items",
    }  # fmt: skip
    assert sum(count for (_, kind), count in found.items() if kind != "OK") >= 200
