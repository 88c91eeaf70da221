"""Visits of the nodes of update expressions. moto looks for the base classes of each node in each visit.

The nodes need not know their parents, and do not know them afterwards.
"""

from __future__ import annotations

from typing import Any

from moto.dynamodb.parsing import ast_nodes

# moto checks no types in this module.
_nodes: Any = ast_nodes

_LEAF, _NODE, _PROCESSED = range(3)

Visits = dict[type, int]
"""How a traverser treats the objects of each type."""


class Visitor:
    """Does what moto's `DepthFirstTraverser` does. It remembers how each class of traversers treats each type of nodes."""

    def __init__(self) -> None:
        self._visits: dict[type, Visits] = {}
        self._no_hook = _nodes.DepthFirstTraverser.pre_processing_of_child

    def has_work(self, traverser: Any, types: set[type]) -> bool:
        """Returns whether a traverser processes nodes of at least one of these types, or sees each node."""
        if self._has_hook(traverser):
            return True
        visits = self._visits_of(traverser)
        return _PROCESSED in [visits.get(each) or _visit_of(traverser, each, visits) for each in types]

    def visit(self, traverser: Any, tree: Any, types: set[type]) -> Any:
        """Lets a traverser process a tree, and adds the types of new nodes to `types`."""
        return _visit(traverser, tree, None, -1, self._visits_of(traverser), self._has_hook(traverser), types)

    def _visits_of(self, traverser: Any) -> Visits:
        owner = type(traverser)
        if owner not in self._visits:
            self._visits[owner] = {}
        return self._visits[owner]

    def _has_hook(self, traverser: Any) -> bool:
        return type(traverser).pre_processing_of_child is not self._no_hook


def _visit(traverser: Any, node: Any, parent: Any, position: int, visits: Visits, has_hook: bool, types: set[type]) -> Any:
    visit = visits.get(type(node))
    if visit is None:
        visit = _visit_of(traverser, type(node), visits)
    if visit == _LEAF:
        return node
    if node.children is not None:
        for child_position, child in enumerate(node.children):
            if has_hook:
                traverser.pre_processing_of_child(node, child_position)
            if visits.get(type(child)) != _LEAF:
                _visit(traverser, child, node, child_position, visits, has_hook, types)
    if visit == _NODE:
        return node
    result = traverser.process(node)
    if result is not node:
        types.add(type(result))
        if parent is not None:
            parent.children[position] = result
    return result


def _visit_of(traverser: Any, kind: type, visits: Visits) -> int:
    if not issubclass(kind, _nodes.Node):
        visits[kind] = _LEAF
    else:
        visits[kind] = _PROCESSED if issubclass(kind, traverser.nodes_to_be_processed()) else _NODE
    return visits[kind]
