"""The functions that a test names in `crash_around`: an exploration ends processes before and after their calls."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from types import FunctionType, MethodType, ModuleType
from typing import Any

from ..arguments import shown
from ..contexts import contextmanager
from ..errors import LambdaEventsError, hides_frames
from ..values import dataclass

__tracebackhide__ = hides_frames

Around = Callable[[str], AbstractContextManager[None]]
"""Is entered around each call of a function with this name."""
_MARK = "_lambda_events_around"
"""The attribute of a wrapper with the value that it replaces."""


@dataclass(frozen=True, slots=True)
class NamedFunction:
    """A function of a module, or a method of a class.

    `owner` has it as `attribute`, with the value `value`: the function itself, or a static or class method. `name` is its name
    in reports.
    """

    owner: Any
    attribute: str
    value: Any
    name: str


def named_functions(functions: object) -> tuple[NamedFunction, ...]:
    """Returns the functions of `crash_around`. Raises `LambdaEventsError` if one of them is not patchable."""
    if not isinstance(functions, (list, tuple)):
        raise LambdaEventsError(
            f"crash_around={shown(functions)} is not a list of functions. Pass such as crash_around=[bank.charge]."
        )
    return tuple(_named(one) for one in functions)


def _named(function: object) -> NamedFunction:
    plain: object = function.__func__ if isinstance(function, MethodType) else function
    if not isinstance(plain, FunctionType):
        raise _refusal(function, "it is not a Python function")
    if inspect.isgeneratorfunction(plain) or inspect.isasyncgenfunction(plain):
        raise _refusal(function, "it is a generator function")
    attribute = plain.__name__
    owners = _owners(function, plain)
    owner = next((one for one in owners if _function_of(_unpatched(vars(one).get(attribute))) is plain), None)
    if owner is None:
        raise _refusal(function, f"{plain.__module__}.{plain.__qualname__} does not lead to it")
    path = plain.__qualname__.rpartition("<locals>.")[2]
    name = path if "." in path else f"{plain.__module__.rpartition('.')[2]}.{path}"
    return NamedFunction(owner, attribute, _unpatched(vars(owner)[attribute]), name)


def _owners(function: object, plain: FunctionType) -> Iterator[Any]:
    """Yields the classes, or the class or module, that may have a function."""
    if isinstance(function, MethodType):
        yield from (function.__self__ if isinstance(function.__self__, type) else type(function.__self__)).__mro__
        return
    owner: Any = sys.modules.get(plain.__module__)
    for part in plain.__qualname__.split(".")[:-1]:
        owner = getattr(owner, part, None)
    if isinstance(owner, (type, ModuleType)):
        yield owner


def _refusal(function: object, why: str) -> LambdaEventsError:
    name = getattr(function, "__qualname__", None) or shown(function)
    return LambdaEventsError(
        f"crash_around: {name} is not patchable, because {why}. Pass a function of a module or a method of a class, such as "
        "crash_around=[bank.charge], or call lambda_events.checkpoint(...) in the function."
    )


def _function_of(value: Any) -> Any:
    return value.__func__ if isinstance(value, (staticmethod, classmethod)) else value


def _unpatched(value: Any) -> Any:
    """Returns what a wrapper replaces, or the value itself."""
    return getattr(value, _MARK, value)


@contextmanager
def functions_patched(functions: Sequence[NamedFunction], around: Around) -> Iterator[None]:
    """Enters `around(name)` around each call of the functions, also where a module imported one under its own name."""
    for one in functions:
        _replace(one, _wrapper(one.value, one.name, around))
    try:
        yield
    finally:
        for one in functions:
            _replace(one, one.value)


def _replace(one: NamedFunction, value: object) -> None:
    owners = [one.owner] if isinstance(one.owner, type) else list(sys.modules.values())
    for owner in owners:
        if _unpatched(getattr(owner, "__dict__", {}).get(one.attribute)) is one.value:
            setattr(owner, one.attribute, value)


def patch_copies(functions: Sequence[NamedFunction], around: Around) -> None:
    """Patches the functions in the modules that an execution environment has imported again. Call it in the environment."""
    for one in functions:
        plain: FunctionType = _function_of(one.value)
        for owner in _owners(plain, plain):
            value = vars(owner).get(one.attribute)
            copy = _function_of(value)
            is_copy = isinstance(copy, FunctionType) and _unpatched(value) is not one.value and not hasattr(value, _MARK)
            if is_copy and copy.__code__.co_filename == plain.__code__.co_filename:
                _replace(NamedFunction(owner, one.attribute, value, one.name), _wrapper(value, one.name, around))


def _wrapper(value: Any, name: str, around: Around) -> Any:
    function = _function_of(value)

    @functools.wraps(function)
    def called(*args: Any, **keywords: Any) -> Any:
        __tracebackhide__ = hides_frames
        with around(name):
            return function(*args, **keywords)

    @functools.wraps(function)
    async def awaited(*args: Any, **keywords: Any) -> Any:
        __tracebackhide__ = hides_frames
        with around(name):
            return await function(*args, **keywords)

    made: Any = awaited if inspect.iscoroutinefunction(function) else called
    if isinstance(value, (staticmethod, classmethod)):
        made = type(value)(made)
    setattr(made, _MARK, value)
    return made
