"""Plain items pass moto's checks immediately, and moto checks all others."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lambda_events.aws.dynamodb.costs.item_checks import is_plain

PLAIN: tuple[dict[str, Any], ...] = (
    {},
    {"id": {"S": "1"}, "amount": {"N": "7"}, "lines": {"L": [{"M": {"price": {"N": "x"}}}]}, "paid": {"BOOL": False}},
    {"data": {"B": b"x"}, "N": {"N": "0"}},
    {"amount": {"N": "9" * 38}},
)
OTHERS: tuple[Any, ...] = (
    [],
    {"id": {"S": ""}},
    {"id": {"S": 1}},
    {"id": {}},
    {"id": "1"},
    {"id": {"S": "1", "N": "1"}},
    {"amount": {"N": "9" * 39}},
    {"amount": {"N": "-7"}},
    {"amount": {"N": "\u0663"}},
    {"amount": {"N": 7}},
    {"amount": {"N": " 7"}},
    {"data": {"B": b""}},
    {"lines": {"L": []}},
    {"lines": {"M": {"price": {"N": "7"}}}},
    {"names": {"SS": []}},
    {"names": {"SS": ["a"]}},
    {"none": {"NULL": True}},
    {"paid": {"BOOL": "yes"}},
    {"other": {"X": "1"}},
)


@pytest.mark.parametrize("item", PLAIN, ids=str)
def test_an_item_of_plain_values_is_plain(item: Any) -> None:
    assert is_plain(item)


@pytest.mark.parametrize("item", OTHERS, ids=str)
def test_an_item_that_a_check_may_refuse_is_not_plain(item: Any) -> None:
    assert not is_plain(item)
