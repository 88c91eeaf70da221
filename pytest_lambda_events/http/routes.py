"""Selects the route of a request (HTP-20 to 22, HTP-3B to 3D)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .definitions import ANY, DEFAULT_ROUTE, Route
from .paths import decoded

_EXACT, _PARAMETER, _GREEDY = range(3)


class _Template:
    """A path template. It is compared by its ranks: per part, an exact one, `{name}` or `{name+}`."""

    def __init__(self, path: str) -> None:
        self._parts = [_part(text) for text in _split(path)]
        self.ranks = tuple(rank for rank, _ in self._parts)
        self.is_greedy = _GREEDY in self.ranks

    def match(self, sent: Sequence[str], compared: Sequence[str]) -> Mapping[str, str] | None:
        """Returns the path parameters; None if the path does not match.

        `compared` are the parts that exact parts are compared with, and `sent` those that become values.
        """
        if len(compared) < len(self._parts) or (len(compared) > len(self._parts) and not self.is_greedy):
            return None
        found = {}
        for place, (rank, text) in enumerate(self._parts):
            if rank == _EXACT:
                if compared[place] != text:
                    return None
                continue
            value = sent[place] if rank == _PARAMETER else "/".join(sent[place:])
            if not value:
                return None
            found[text] = value
        return found


class Found(NamedTuple):
    """A route, and the path parameters of the request."""

    route: Route
    parameters: Mapping[str, str]


class HttpRoutes:
    """The routes of a stage of an HTTP API, in the order of their priority (HTP-3B)."""

    def __init__(self, routes: Sequence[Route]) -> None:
        templates = [(route, _Template(route.path)) for route in routes if route.path != DEFAULT_ROUTE]
        self._default = next((route for route in routes if route.path == DEFAULT_ROUTE), None)
        self._routes = sorted(templates, key=lambda one: (one[1].is_greedy, one[1].ranks, one[0].method == ANY))

    def find(self, method: str, path: str) -> Found | None:
        """Returns the route of a path that is decoded once; None if there is none. Values are decoded again (HTP-0B)."""
        parts = _split(path)
        values: Sequence[str] = [decoded(part) for part in parts] if "%" in path else parts
        for route, template in self._routes:
            if route.method in (method, ANY):
                parameters = template.match(values, parts)
                if parameters is not None:
                    return Found(route, parameters)
        return None if self._default is None else Found(self._default, {})


class RestRoutes:
    """The resources of a stage of a REST API, the most exact first (HTP-20)."""

    def __init__(self, routes: Sequence[Route]) -> None:
        by_path: dict[str, dict[str, Route]] = {}
        for route in routes:
            by_path.setdefault(route.path, {})[route.method] = route
        templates = [(_Template(path), methods) for path, methods in by_path.items()]
        self._resources = sorted(templates, key=lambda one: one[0].ranks)

    def find(self, method: str, path: str) -> Found | None:
        """Returns the method of the resource of a path as it was sent; None if there is none.

        The resource is chosen first (HTP-21). One slash at the end is ignored (HTP-22).
        """
        parts = _split(path[:-1] if path.endswith("/") and len(path) > 1 else path)
        compared = [decoded(part) for part in parts]
        for template, methods in self._resources:
            parameters = template.match(parts, compared)
            if parameters is not None:
                route = methods.get(method) or methods.get(ANY)
                return None if route is None else Found(route, parameters)
        return None


def _split(path: str) -> list[str]:
    return path[1:].split("/")


def _part(text: str) -> tuple[int, str]:
    if not (text.startswith("{") and text.endswith("}")):
        return _EXACT, text
    name = text[1:-1]
    return (_GREEDY, name[:-1]) if name.endswith("+") else (_PARAMETER, name)
