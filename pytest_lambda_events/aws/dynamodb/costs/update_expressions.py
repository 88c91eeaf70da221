"""Update expressions are parsed once per process, and checked once for the same names. The rest depends on the item."""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import field
from functools import lru_cache
from typing import Any

from moto.dynamodb.parsing import ast_nodes, expressions, validators
from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from ....patching import Patch
from ....values import dataclass
from .tree_visits import Visitor

EXPRESSIONS_MAXIMUM = 512
"""The number of expressions whose trees are kept."""
PASSED_MAXIMUM = 64
"""The number of results that are kept of one expression."""

# moto checks no types in these modules.
_nodes: Any = ast_nodes
_expressions: Any = expressions
_validators: Any = validators

_CHECKS = ("ActionCountValidator", "OverlappingPathsValidator", "UpdateHashRangeKeyValidator")
"""The validators that only look at the tree and at texts, and change nothing."""
_SHARED = (
    "ExpressionAttribute", "ExpressionAttributeName", "ExpressionAttributeValue", "ExpressionPathDescender",
    "ExpressionSelector", "ExpressionValueOperator", "UpdateExpressionPath",
)  # fmt: skip
"""The kinds of nodes that moto replaces in their parents, or only reads."""
_FACTS = "known_facts"


@dataclass(frozen=True, slots=True)
class _Facts:
    """The types of the nodes of a tree, and the checks that it has passed, with their texts."""

    types: frozenset[type]
    passed: set[Hashable] = field(default_factory=set)


def patches() -> Sequence[Patch]:
    """Returns the patches of moto."""
    parser, node = _expressions.UpdateExpressionParser, _nodes.Node
    visitor = Visitor()
    return [
        (parser, "make", classmethod(_making(parser.make.__func__))),
        (ReservedKeywords, "get_reserved_keywords", _keywords(ReservedKeywords.get_reserved_keywords())),
        (node, "__deepcopy__", _copying(getattr(node, "__deepcopy__", _copied_by_default))),
        (node, "find_clauses", _finding((_nodes.Expression, _nodes.UpdateExpressionFunction))),
        (_validators.Validator, "validate", _validating(_validators.Validator.validate, visitor)),
    ]


def _making(original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def make(parser: Any, expression_str: Any) -> Any:
        return _tree(original, parser, expression_str) if isinstance(expression_str, str) else original(parser, expression_str)

    return make


@lru_cache(maxsize=EXPRESSIONS_MAXIMUM)
def _tree(original: Callable[[Any, str], Any], parser: Any, text: str) -> Any:
    """Returns the tree of an expression. moto changes only copies of it, so it is shared. An error is not kept."""
    tree = original(parser, text)
    setattr(tree, _FACTS, _Facts(frozenset(_types(tree))))
    return tree


def _types(node: Any) -> Iterator[type]:
    yield type(node)
    for child in node.children or ():
        if isinstance(child, _nodes.Node):
            yield from _types(child)


def _keywords(words: Iterable[str]) -> Any:
    known = frozenset(words)
    return classmethod(lambda owner: known)


def _copying(original: Callable[[Any, dict[int, Any]], Any]) -> Callable[[Any, dict[int, Any]], Any]:
    """Returns `__deepcopy__` of nodes."""

    def copied(node: Any, memo: dict[int, Any]) -> Any:
        return _copied(node) if _FACTS in node.__dict__ else original(node, memo)

    return copied


def _copied(node: Any) -> Any:
    """Returns a copy of a known tree for `validate`. It shares paths and leaves. Its nodes do not know their parents: without
    cycles, the copy is deleted without the garbage collector.
    """
    result = object.__new__(type(node))
    members = result.__dict__
    members.update(node.__dict__)
    members["parent"] = None
    members["children"] = [
        child if type(child) is str or type(child).__name__ in _SHARED else _copied(child) for child in node.children
    ]
    return result


def _copied_by_default(node: Any, memo: dict[int, Any]) -> Any:
    result = object.__new__(type(node))
    memo[id(node)] = result
    result.__dict__.update(copy.deepcopy(node.__dict__, memo))
    return result


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


def _validating(original: Callable[[Any], Any], visitor: Visitor) -> Callable[[Any], Any]:
    """Replaces `Validator.validate`. It leaves out what an equal tree has passed, and what has nothing to process."""

    def validate(validator: Any) -> Any:
        tree = validator.node_to_validate
        facts: _Facts | None = getattr(tree, _FACTS, None)
        if facts is None:
            return original(validator)
        types = set(facts.types)
        is_changed = False
        for processor in validator.processors:
            check = None if is_changed else _check(processor)
            if check in facts.passed or not visitor.has_work(processor, types):
                continue
            tree = visitor.visit(processor, tree, types)
            is_changed = is_changed or check is None
            if check is not None and len(facts.passed) < PASSED_MAXIMUM:
                facts.passed.add(check)
        return tree

    return validate


def _check(processor: Any) -> Hashable | None:
    """Returns the name and the texts of a check, or None if it depends on more."""
    name = type(processor).__name__
    if name not in _CHECKS:
        return None
    inputs: list[Hashable] = [name]
    for member, value in vars(processor).items():
        inputs += [member, tuple(value.items() if isinstance(value, dict) else value or ())]
    try:
        hash(found := tuple(inputs))
    except TypeError:
        return None
    return found
