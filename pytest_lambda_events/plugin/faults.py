"""The markers `lambda_failure` and `lambda_throttle`, which call `Function.fail` and `Function.throttle` before the test."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from ..errors import LambdaEventsError
from . import live_notes
from .startup import FAULT_MARKERS

if TYPE_CHECKING:
    from ..environment import LambdaEvents
    from ..faults.plans import Plan

_SELECTION = {"attempts": None, "times": None, "until": None, "when": None, "optional": False}


def _signature(*positional: str, **keywords: object) -> inspect.Signature:
    return inspect.Signature(
        [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in positional]
        + [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=value) for name, value in keywords.items()]
    )


_SIGNATURES = {
    "lambda_failure": _signature(
        "function", "failure", after_handler=False, payload=None, exit_status=1, sizes=(), **_SELECTION
    ),
    "lambda_throttle": _signature("function", reason=..., **_SELECTION),
}


def plan(node: Any, environment: LambdaEvents, *, below: Any = None) -> list[Plan]:
    """Plans the failures of the markers of a test, class or module, the closest first. With `below`, skips outer markers.

    Fails the test if a marker is invalid.
    """
    plans = []
    spared = [] if below is None else below.listchain()
    for owner, marker in _markers(node):
        if owner in spared:
            continue
        given = _bound(marker)
        name, failure = given.pop("function"), given.pop("failure", None)
        refused = ""
        try:
            plans.append(environment._plan(marker.name, _text(marker), name, failure, given, _origin(owner)))
        except LambdaEventsError as error:
            refused = str(error)
        if refused:
            pytest.fail(refused, pytrace=False)
    return plans


@contextmanager
def planned_for(item: pytest.Item, environment: LambdaEvents, owner: Any) -> Iterator[None]:
    """Plans the faults of a test's own markers in the environment of `owner`. Fails a test for those that do not happen."""
    plans = plan(item, environment, below=owner)
    environment._prefer(plans)
    try:
        yield
        _fail_for_unmet(environment, plans)
    finally:
        for one in plans:
            one.is_cancelled = True


def _fail_for_unmet(environment: LambdaEvents, plans: list[Plan]) -> None:
    unmet = ""
    try:
        unmet = environment._unmet_text(plans)
    except LambdaEventsError:
        # The test has closed it, and that checked the plans.
        return
    if unmet:
        pytest.fail(unmet, pytrace=False)


def _markers(node: Any) -> list[tuple[Any, pytest.Mark]]:
    return [found for name in FAULT_MARKERS for found in node.iter_markers_with_node(name)]


def _bound(marker: pytest.Mark) -> dict[str, Any]:
    signature = _SIGNATURES[marker.name]
    given: dict[str, Any] = {}
    wrong = ""
    try:
        given = dict(signature.bind(*marker.args, **marker.kwargs).arguments)
    except TypeError as error:
        wrong = str(error)
    if wrong:
        pytest.fail(f"{_text(marker)}: {wrong}. It takes {str(signature).replace('Ellipsis', '...')}.", pytrace=False)
    name = given["function"]
    if not isinstance(name, str) or not name.partition(":")[0] or name.count(":") > 1:
        pytest.fail(
            f'{_text(marker)}: the function name is invalid. Pass text such as "charge", or "charge:live" for its alias live.',
            pytrace=False,
        )
    return given


def _text(marker: pytest.Mark) -> str:
    """Returns the marker as text, without the arguments that only select attempts."""
    from ..faults.planning import shown_value

    named = [f"{name}={shown_value(marker.kwargs[name])}" for name in ("function", "failure") if name in marker.kwargs]
    return f"{marker.name}({', '.join([*map(shown_value, marker.args), *named])})"


def _origin(node: Any) -> str:
    path, line, _ = node.reportinfo() if hasattr(node, "reportinfo") else (node.path, None, "")
    name = getattr(path, "name", str(path))
    return f"marker, {name}:{line + 1}" if line else f"marker, {name}"


def refuse_markers(item: pytest.Item) -> None:
    """Fails a test that has a marker and opens no environment."""
    for _, marker in _markers(item):
        if not marker.kwargs.get("optional"):
            pytest.fail(
                f"{_text(marker)}: this test opens no simulated AWS, so the marker has no effect. Use the fixture "
                "lambda_events, or pass optional=True if only some tests of the class or module use it.",
                pytrace=False,
            )


def hooks_of(node: Any) -> Any:
    """Returns the hooks of plugins and of the conftests of a node, in the form that an environment calls."""
    from ..handles.hooks import Hooks

    hook = node.ihook

    def called(name: str) -> Callable[[Any], object] | None:
        caller = getattr(hook, f"pytest_lambda_events_{name}_attempt")
        return (lambda attempt: caller(attempt=attempt)) if caller.get_hookimpls() else None

    def handler(name: str) -> Callable[..., object] | None:
        found: Callable[..., object] | None = hook.pytest_lambda_events_handler(name=name)
        if found is not None and not callable(found):
            raise LambdaEventsError(
                f"A hook pytest_lambda_events_handler returned {found!r} for {name!r}. Return a callable or None."
            )
        return found

    return Hooks(
        handler,
        called("before"),
        called("after"),
        live_notes.shown_at_once(node),
    )
