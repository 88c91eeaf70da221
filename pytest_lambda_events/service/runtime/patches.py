"""Finds patches that a test made in its own copy of a module, but that a function's copy does not have."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any
from unittest.mock import NonCallableMock

_OF_TESTS = re.compile(r"(?:.*\.)?(?:tests|conftest|test_\w+|\w+_test)(?:\..*)?")
_OF_IMPORTS = frozenset(
    {"__builtins__", "__doc__", "__file__", "__loader__", "__name__", "__package__", "__path__", "__spec__"}
)


def patched_in(own: ModuleType, tests: ModuleType, is_code: Callable[[str], bool]) -> str | None:
    """Returns the name of an attribute that is patched in the test's copy of a module, but not in the function's copy.

    A value that only differs is not a patch, because the state of a module differs from copy to copy. A patch is a mock, a
    value that a test module defines, or a foreign value that replaces a function or class of the code.

    Args:
        own: The function's copy.
        tests: The test's copy.
        is_code: Whether the module of the test with this name is code of the function.
    """
    return next(_patched(vars(own), vars(tests), is_code), None)


def _patched(own: Mapping[str, Any], tests: Mapping[str, Any], is_code: Callable[[str], bool]) -> Iterator[str]:
    for name, value in [*tests.items()]:
        mine = own.get(name, value)
        if mine is value or name in _OF_IMPORTS or _is_copied(mine, value):
            continue
        if _is_patch(mine, value, is_code):
            yield name
        elif type(mine) is type(value) is type and mine.__qualname__ == value.__qualname__ and is_code(value.__module__):
            yield from (f"{name}.{attribute}" for attribute in _patched(vars(mine), vars(value), is_code))


def _is_copied(mine: object, value: object) -> bool:
    """Returns whether two functions come from the same definition, as in most pairs."""
    if type(mine) is not FunctionType or type(value) is not FunctionType or "mock" in value.__dict__:
        return False
    return mine.__qualname__ == value.__qualname__ and mine.__module__ == value.__module__


def _is_patch(mine: object, value: object, is_code: Callable[[str], bool]) -> bool:
    if _is_mock(value):
        return not _is_mock(mine)
    module = _module_of(value)
    if _OF_TESTS.fullmatch(module):
        return not _OF_TESTS.fullmatch(_module_of(mine))
    is_replaced = isinstance(mine, (FunctionType, type)) and callable(value)
    return is_replaced and not is_code(module) and is_code(_module_of(mine))


def _is_mock(value: object) -> bool:
    # `autospec` creates functions that have the mock as an attribute.
    return isinstance(vars(value).get("mock") if isinstance(value, FunctionType) else value, NonCallableMock)


def _module_of(value: object) -> str:
    """Returns the module that defines a function or a class, or the class of another value."""
    module: object = (value if isinstance(value, (FunctionType, type)) else type(value)).__module__
    return module if isinstance(module, str) else ""
