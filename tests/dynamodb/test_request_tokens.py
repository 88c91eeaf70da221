"""A transaction that is sent again with its token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

import pytest
from bare_environments import BareAws
from table_calls import TableCalls

from pytest_lambda_events.aws.dynamodb import request_tokens

ADD = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}


class Answer:
    """A response."""


@dataclass
class Request:
    """A request to moto's handler."""

    body: dict[str, str]
    dynamodb_backend: object


def add(table: TableCalls, token: str, key: str = "a") -> None:
    update = {"TableName": "orders", "Key": {"id": {"S": key}}, **ADD}
    table.db.transact_write_items(TransactItems=[{"Update": update}], ClientRequestToken=token)


def statement(table: TableCalls, token: str, key: str = "a") -> None:
    text = f"UPDATE orders SET n = n + 1 WHERE id = '{key}'"
    table.db.execute_transaction(TransactStatements=[{"Statement": text}], ClientRequestToken=token)


@pytest.mark.parametrize("send", [add, statement], ids=["items", "statements"])
@pytest.mark.parametrize(
    ("seconds", "count"), [(0, "1"), (599.999999, "1"), (600, "2")], ids=["at once", "before", "after ten minutes"]
)
def test_a_transaction_with_the_same_token_is_carried_out_once(
    seconds: float, count: str, send: Any, bare: BareAws, table: TableCalls
) -> None:
    table.put(n={"N": "0"})
    send(table, "first")
    bare.simulation.advance(seconds)

    send(table, "first")

    assert table.items == [{"id": {"S": "a"}, "n": {"N": count}}]
    assert len(table.records) == 1 + int(count)


def test_another_token_is_another_transaction(table: TableCalls) -> None:
    add(table, "first")
    add(table, "second")

    assert table.items == [{"id": {"S": "a"}, "n": {"N": "2"}}]


def test_a_token_with_another_request_is_refused(table: TableCalls) -> None:
    add(table, "first")

    with pytest.raises(table.db.exceptions.IdempotentParameterMismatchException):
        add(table, "first", key="b")

    assert table.items == [{"id": {"S": "a"}, "n": {"N": "1"}}]


def test_a_transaction_that_failed_may_use_its_token_again(table: TableCalls) -> None:
    with pytest.raises(table.db.exceptions.TransactionCanceledException):
        statement(table, "first")
    table.put(n={"N": "0"})

    statement(table, "first")

    assert table.items == [{"id": {"S": "a"}, "n": {"N": "1"}}]


def test_requests_are_deleted_after_ten_minutes(bare: BareAws) -> None:
    call = request_tokens.once(request_tokens.RequestTokens(bare.simulation), lambda handler: Answer())
    answers = WeakSet[Answer]()
    backend = object()
    for number in range(3):
        request: Any = Request({"ClientRequestToken": f"token {number}"}, backend)
        answers.add(call(request))
        bare.simulation.advance(300)

    assert len(answers) == 2
