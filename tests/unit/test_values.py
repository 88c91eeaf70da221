"""Our `dataclass` against that of the standard library, and the classes that it makes."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import sys
import types
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from typing import Any, ClassVar

import pytest
from counting import calls_of

from pytest_lambda_events import values

Decorator = Callable[..., Any]


def classes(dataclass: Decorator) -> dict[str, Any]:
    @dataclass(frozen=True, slots=True)
    class Point:
        """A point."""

        x: int
        y: float = 0.5
        tags: list[str] = field(default_factory=list, compare=False)
        kind: ClassVar[str] = "point"

    @dataclass(frozen=True, slots=True)
    class Named(Point):
        """A point with a name."""

        name: str = field(default="origin", kw_only=True, repr=False)

    @dataclass(frozen=True, slots=True, repr=False, kw_only=True)
    class Keyword:
        """Keywords only."""

        first: int
        second: int = 2

        def __repr__(self) -> str:
            return "own"

    @dataclass
    class Plain:
        """Neither frozen nor with slots."""

        count: int
        total: int = field(init=False, default=7)
        seen: set[int] = field(init=False, default_factory=set)

        def __post_init__(self) -> None:
            self.count += 1

    @dataclass(eq=False, slots=True)
    class Identity:
        """Equal to itself only."""

        value: int
        rest: int = field(init=False, default=3)

    @dataclass(frozen=True)
    class Single:
        """One field, and no slots."""

        value: Any

    @dataclass(frozen=True, slots=True)
    class Empty:
        """No fields."""

    return {kind.__name__: kind for kind in (Point, Named, Keyword, Plain, Identity, Single, Empty)}


NOT_A_NUMBER = float("nan")
CREATED: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("Point", (1,), {}),
    ("Point", (1, 2.0, ["a"]), {}),
    ("Named", (1,), {"name": "a", "tags": ["b"]}),
    ("Keyword", (), {"first": 1}),
    ("Plain", (1,), {}),
    ("Identity", (1,), {}),
    ("Single", (NOT_A_NUMBER,), {}),
    ("Empty", (), {}),
]


def outcome(action: Callable[[], object]) -> object:
    """The result or the error of an action, without the name of the test's function."""
    try:
        return str(action()).replace("classes.<locals>.", "")
    except Exception as error:
        return type(error), str(error).replace("classes.<locals>.", "")


ACTIONS: dict[str, Callable[[Any, tuple[Any, ...], dict[str, Any]], object]] = {
    "repr": lambda kind, given, named: repr(kind(*given, **named)),
    "equal": lambda kind, given, named: kind(*given, **named) == kind(*given, **named),
    "not equal": lambda kind, given, named: kind(*given, **named) != object(),
    "hash": lambda kind, given, named: len({kind(*given, **named), kind(*given, **named)}),
    "set": lambda kind, given, named: [kind(*given, **named).__setattr__(name, 1) for name in kind.__match_args__],
    "delete": lambda kind, given, named: [kind(*given, **named).__delattr__(name) for name in kind.__match_args__],
    "copy": lambda kind, given, named: copy.copy(kind(*given, **named)),
    "deep copy": lambda kind, given, named: copy.deepcopy(kind(*given, **named)),
    "replace": lambda kind, given, named: dataclasses.replace(
        kind(*given, **named), **dict.fromkeys(kind.__match_args__[:1], 9)
    ),
    "replace nothing": lambda kind, given, named: dataclasses.replace(kind(*given, **named)),
    "replace by copy": lambda kind, given, named: getattr(copy, "replace", copy.copy)(kind(*given, **named)),
    "dictionary": lambda kind, given, named: dataclasses.asdict(kind(*given, **named)),
    "too many": lambda kind, given, named: kind(*range(9)),
    "unknown": lambda kind, given, named: kind(*given, **named, unknown=1),
    "missing": lambda kind, given, named: kind(),
    "patterns": lambda kind, given, named: kind.__match_args__,
    "dictionary of attributes": lambda kind, given, named: hasattr(kind(*given, **named), "__dict__"),
    "hashable": lambda kind, given, named: kind.__hash__ is None,
    "signature": lambda kind, given, named: inspect.signature(kind),
    "documentation": lambda kind, given, named: kind.__doc__,
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    ("name", "given", "named"), CREATED, ids=[f"{name}-{number}" for number, (name, *_) in enumerate(CREATED)]
)
def test_a_class_works_as_that_of_the_standard_library(name: str, given: Any, named: Any, action: str) -> None:
    if name == "Single" and action in ("equal", "hash") and sys.version_info >= (3, 13):
        pytest.skip("dataclasses of Python 3.13 compare field by field, and this field does not equal itself")
    ours, theirs = classes(values.dataclass)[name], classes(dataclasses.dataclass)[name]

    assert outcome(lambda: ACTIONS[action](ours, given, named)) == outcome(lambda: ACTIONS[action](theirs, given, named))


def test_the_first_object_equals_later_ones() -> None:
    point = classes(values.dataclass)["Point"]

    assert [repr(point(1, tags=["a"])) for _ in range(3)] == ["classes.<locals>.Point(x=1, y=0.5, tags=['a'])"] * 3
    assert point(1).tags is not point(1).tags


def test_a_frozen_value_takes_no_other_attribute() -> None:
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'another'"):
        classes(values.dataclass)["Point"](1).another = 1


def test_a_value_that_contains_itself_is_shown() -> None:
    point = classes(values.dataclass)["Point"](1)
    point.tags.append(point)

    assert repr(point) == "classes.<locals>.Point(x=1, y=0.5, tags=[...])"


def test_a_class_costs_less_than_a_third_of_one_of_the_standard_library() -> None:
    classes(values.dataclass), classes(dataclasses.dataclass)

    assert calls_of(lambda: classes(values.dataclass)) * 3 < calls_of(lambda: classes(dataclasses.dataclass))


@values.dataclass(frozen=True, slots=True)
class Stored:
    """A value that can be stored."""

    key: str
    values: tuple[int, ...] = ()


def test_a_value_can_be_pickled() -> None:
    stored = pickle.loads(pickle.dumps(Stored("a", (1, 2))))

    assert stored == Stored("a", (1, 2))
    with pytest.raises(FrozenInstanceError):
        stored.key = "b"


def test_a_class_whose_module_is_unloaded_before_its_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("unloaded")
    monkeypatch.setitem(sys.modules, "unloaded", module)
    code = "from __future__ import annotations\nfrom pytest_lambda_events.values import dataclass\n"
    exec(f"{code}@dataclass(frozen=True)\nclass Order:\n    number: int\n", vars(module))
    monkeypatch.delitem(sys.modules, "unloaded")

    assert module.Order(7).number == 7
