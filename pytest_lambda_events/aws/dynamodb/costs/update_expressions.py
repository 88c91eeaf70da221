"""Update expressions are parsed once per process. Their trees are copied and visited without slow checks of types."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from moto.dynamodb.parsing import ast_nodes, expressions
from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from ...repairs import Patch

EXPRESSIONS_MAXIMUM = 512
"""The number of expressions whose trees are kept."""

# moto checks no types in these modules.
_nodes: Any = ast_nodes
_expressions: Any = expressions

_SHARED = (str, int, float, bool, type(None))
_LEAF, _NODE, _PROCESSED = range(3)

Visits = dict[type, int]
"""How a traverser treats the objects of each type."""


def patches() -> Sequence[Patch]:
    """Returns the patches of moto."""
    parser, node, traverser = _expressions.UpdateExpressionParser, _nodes.Node, _nodes.DepthFirstTraverser
    return [
        (parser, "make", classmethod(_making(parser.make.__func__))),
        (ReservedKeywords, "get_reserved_keywords", _keywords(ReservedKeywords.get_reserved_keywords())),
        (node, "__deepcopy__", copied),
        (node, "find_clauses", _finding((_nodes.Expression, _nodes.UpdateExpressionFunction))),
        (traverser, "traverse_node_recursively", _traversing(traverser.pre_processing_of_child)),
    ]


def _making(original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def make(parser: Any, expression_str: Any) -> Any:
        return _tree(original, parser, expression_str) if isinstance(expression_str, str) else original(parser, expression_str)

    return make


@lru_cache(maxsize=EXPRESSIONS_MAXIMUM)
def _tree(original: Callable[[Any, str], Any], parser: Any, text: str) -> Any:
    """Returns the tree of an expression. moto changes only copies of it, so it is shared. An error is not kept."""
    return original(parser, text)


def _keywords(words: Iterable[str]) -> Any:
    known = frozenset(words)
    return classmethod(lambda owner: known)


def copied(node: Any, memo: dict[int, Any]) -> Any:
    """Returns the same as `copy.deepcopy` of a node."""
    result = object.__new__(type(node))
    memo[id(node)] = result
    members = result.__dict__
    members.update(node.__dict__)
    if node.parent is not None:
        members["parent"] = memo[id(node.parent)] if id(node.parent) in memo else copy.deepcopy(node.parent, memo)
    if node.children is not None:
        members["children"] = [
            child if type(child) in _SHARED else copy.deepcopy(child, memo) if id(child) in memo else _child(child, memo)
            for child in node.children
        ]
    return result


def _child(child: Any, memo: dict[int, Any]) -> Any:
    return copied(child, memo) if isinstance(child, _nodes.Node) else copy.deepcopy(child, memo)


def _finding(searched: tuple[type, ...]) -> Callable[[Any, Any], list[Any]]:
    is_searched: dict[type, bool] = {}

    def find_clauses(node: Any, clause_types: Any) -> list[Any]:
        found = []
        for child in node.children or ():
            kind = type(child)
            if kind in clause_types:
                found.append(child)
                continue
            if kind not in is_searched:
                is_searched[kind] = issubclass(kind, searched)
            if is_searched[kind]:
                found += find_clauses(child, clause_types)
        return found

    return find_clauses


def _traversing(no_hook: object) -> Callable[..., Any]:
    visits_of: dict[type, Visits] = {}

    def traverse_node_recursively(traverser: Any, node: Any, child_id: int = -1) -> Any:
        owner = type(traverser)
        if owner not in visits_of:
            visits_of[owner] = {}
        return _visit(traverser, node, child_id, visits_of[owner], owner.pre_processing_of_child is not no_hook)

    return traverse_node_recursively


def _visit(traverser: Any, node: Any, child_id: int, visits: Visits, has_hook: bool) -> Any:
    """Does the same as moto's own method, which looks for the base classes of each node again and again."""
    visit = visits.get(type(node))
    if visit is None:
        visit = visits[type(node)] = _visit_of(traverser, node)
    if visit == _LEAF:
        return node
    parent = node.parent
    if node.children is not None:
        for position, child in enumerate(node.children):
            if has_hook:
                traverser.pre_processing_of_child(node, position)
            if visits.get(type(child)) != _LEAF:
                _visit(traverser, child, position, visits, has_hook)
    if visit == _PROCESSED:
        node = traverser.process(node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node


def _visit_of(traverser: Any, node: Any) -> int:
    if not isinstance(node, _nodes.Node):
        return _LEAF
    return _PROCESSED if isinstance(node, traverser.nodes_to_be_processed()) else _NODE
