"""Conditions and filters are parsed once per process. Each call inserts its own names and values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from moto.dynamodb.comparisons import ConditionExpressionParser

from ....patching import Patch
from ....values import dataclass

CONDITIONS_MAXIMUM = 512
"""The number of conditions whose trees are kept."""

_KIND = ConditionExpressionParser.Kind


class _Echo(dict[str, Any]):
    """Names or values that are their own placeholders."""

    def __missing__(self, placeholder: str) -> str:
        return placeholder


class _TreeParser(ConditionExpressionParser):
    """Keeps the tree from which moto makes the condition."""

    tree: Any = None

    def _make_op_condition(self, node: Any) -> Any:
        self.tree = node


@dataclass(frozen=True, slots=True)
class _Parsed:
    """The tree of a condition with placeholders, and the placeholders in the order in which moto lists them."""

    tree: Any
    names: Sequence[str]
    values: Sequence[str]


def patches() -> Sequence[Patch]:
    """Returns the patches of moto."""
    return [(ConditionExpressionParser, "parse", _parsing(ConditionExpressionParser.parse))]


def _parsing(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def parse(parser: Any) -> Any:
        text = parser.condition_expression
        if not text or not isinstance(text, str):
            return original(parser)
        try:
            parsed = _parsed(original, text)
            tree = _bound(parsed.tree, parser.expression_attribute_names, parser.expression_attribute_values)
        except Exception:
            # moto has the error for an invalid condition, and for a missing name or value.
            return original(parser)
        parser.expr_attr_names_found.extend(parsed.names)
        parser.expr_attr_values_found.extend(parsed.values)
        return parser._make_op_condition(tree)

    return parse


@lru_cache(maxsize=CONDITIONS_MAXIMUM)
def _parsed(original: Callable[[Any], Any], text: str) -> _Parsed:
    """Returns a parsed condition. Only its text decides about the form of the tree. An error is not kept."""
    parser = _TreeParser(text, _Echo(), _Echo())
    original(parser)
    return _Parsed(parser.tree, tuple(parser.expr_attr_names_found), tuple(parser.expr_attr_values_found))


def _bound(node: Any, names: Any, values: Any) -> Any:
    """Returns the tree with the names and values of a call instead of their placeholders."""
    if node.kind == _KIND.EXPRESSION_ATTRIBUTE_VALUE:
        return node._replace(value=values[node.text])
    if node.kind == _KIND.LITERAL:
        return node._replace(value=names[node.text]) if node.text.startswith("#") else node
    return node._replace(children=[_bound(child, names, values) for child in node.children])
