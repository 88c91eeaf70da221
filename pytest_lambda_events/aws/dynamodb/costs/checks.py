"""Checks for work that moto does again and again. They run with moto itself, like the checks for its bugs."""

from __future__ import annotations

import copy
from typing import Any

from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing import ast_nodes, expressions, validators

from ..moto_bugs import Moto
from .item_checks import has_checks
from .partitions import has_known_parameters

# moto checks no types in these modules.
_nodes: Any = ast_nodes
_expressions: Any = expressions
_validators: Any = validators

_NODE = ("find_clauses", "set_parent", "normalize")
_PARSING = ("_lex_condition_expression", "_find_literals", "_find_expr_attr_values", "_make_op_condition")


class _CountedParser(ConditionExpressionParser):
    parsed = 0

    def _lex_condition_expression(self) -> Any:
        self.parsed += 1
        return super()._lex_condition_expression()


class _CountedKey(DynamoType):
    compared = 0

    def __eq__(self, other: object) -> bool:
        self.compared += 1
        return False

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.type)


class _CountedTypes:
    checked = 0

    def _validate_item_types(self, item: object, attr: object = None) -> None:
        self.checked += 1


def parses_an_update_again(moto: Moto) -> bool:
    """Returns whether an update expression that is already known is parsed again."""
    if not all(hasattr(_nodes.Node, name) for name in _NODE) or not hasattr(_validators.Validator, "validate"):
        return False
    make, text = _expressions.UpdateExpressionParser.make, "SET known = :value"
    return make(text) is not make(text)


def parses_a_condition_again(moto: Moto) -> bool:
    """Returns whether a condition that is already known is parsed again."""
    if not all(hasattr(ConditionExpressionParser, name) for name in _PARSING):
        return False
    parser = None
    for _ in range(2):
        parser = _CountedParser("known = :value", {}, {":value": {"N": "1"}})
        parser.parse()
    return parser is not None and parser.parsed > 0


def copies_what_never_changes(moto: Moto) -> bool:
    """Returns whether the copy of an item contains a copy of each number and text."""
    value = DynamoType({"S": "a"})
    if set(vars(value)) != {"type", "value"} or set(vars(Item(value, None, {}))) != {"hash_key", "range_key", "attrs"}:
        return False
    return copy.deepcopy(value) is not value


def checks_each_value(moto: Moto) -> bool:
    """Returns whether each value of a new item is checked by itself."""
    if not has_checks():
        return False
    counted: Any = _CountedTypes()
    Table._validate_item_types(counted, {"id": {"S": "a"}})
    return bool(counted.checked)


def reads_other_partitions(moto: Moto) -> bool:
    """Returns whether a query compares the keys of items of other partitions."""
    if not has_known_parameters():
        return False
    table = moto.table()
    for name in "ab":
        moto.backend.put_item(table.name, {"id": {"S": name}}, overwrite=True)
    key = table.items[DynamoType({"S": "b"})].hash_key = _CountedKey({"S": "b"})
    table.query(DynamoType({"S": "a"}), None, [], 10, None, True, None)
    return bool(key.compared)
