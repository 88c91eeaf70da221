"""Redirects builtin functions in place: the function object stays, and its behaviour changes.

Code that captured `time.monotonic` when it was imported (a default argument, a dataclass field, a `partial`) holds the
function object. A new value of the module's attribute does not reach this code, but a redirected object does. Name, `repr`,
pickle and errors of the function do not change.

A redirection writes two adjacent words of CPython's `PyCFunctionObject`, the definition and the self, in one assignment while
the GIL is held. `are_redirectable` returns whether this interpreter has that layout.
"""

from __future__ import annotations

import ctypes
import functools
import sys
import sysconfig
import time
from collections.abc import Callable
from types import BuiltinFunctionType, ModuleType
from typing import Any

_METH_VARARGS, _METH_NOARGS, _METH_O = 0x0001, 0x0004, 0x0008
_CALLS = {
    _METH_NOARGS: "PyObject_CallNoArgs",
    _METH_O: "PyObject_GetItem",
    _METH_VARARGS: "PyObject_CallObject",
}
"""For each calling convention, an exported C function of the same signature that calls its first argument."""


class _Definition(ctypes.Structure):
    """CPython's `PyMethodDef`."""

    _fields_ = (
        ("name", ctypes.c_void_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_void_p),
    )


class _Words(ctypes.Structure):
    """The definition and the self of a builtin function."""

    _fields_ = (("definition", ctypes.c_void_p), ("owner", ctypes.c_void_p))


class _Function(ctypes.Structure):
    """The start of CPython's `PyCFunctionObject`."""

    _fields_ = (("head", ctypes.c_byte * object.__basicsize__), ("words", _Words))


class _Owner(ModuleType):
    """Replaces the module of a builtin function, and is called instead of the function.

    It is a `ModuleType`, because `repr` and pickle of a builtin function treat a module as no owner.
    """

    function: Callable[..., Any]

    def __call__(self, *arguments: Any) -> Any:
        return self.function(*arguments)

    def __getitem__(self, argument: Any) -> Any:
        return self.function(argument)


class Redirection:
    """Redirects one builtin function: `to` lets it call a Python function, `back` restores it.

    Keep the object until the process ends: a call that began during the redirection still reads its definition and its owner.

    Raises:
        KeyError: The builtin has a calling convention without an exported counterpart.
        TypeError: The object is not a builtin function, and its memory has another layout.
    """

    def __init__(self, builtin: Callable[..., Any]) -> None:
        _check(builtin)
        self._memory = _Function.from_address(id(builtin))
        self._original = _Words.from_buffer_copy(self._memory.words)
        definition = _Definition.from_address(self._original.definition)
        self._definition = _Definition.from_buffer_copy(definition)
        call = getattr(ctypes.pythonapi, _CALLS[definition.flags])
        self._definition.function = ctypes.cast(call, ctypes.c_void_p).value
        # A call that began during the redirection gets the original behaviour after it.
        self._real = twin(builtin)
        self._owner = _Owner(builtin.__module__)
        self._owner.function = self._real
        self._redirected = _Words(ctypes.addressof(self._definition), id(self._owner))
        # While it is redirected, the garbage collector counts a reference that the builtin does not own.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._owner))
        self.is_active = False
        """Whether the builtin calls another function now."""

    def to(self, function: Callable[..., Any]) -> None:
        """Lets every call of the builtin call `function` instead, with the same positional arguments."""
        self._owner.function = function
        self._memory.words = self._redirected
        self.is_active = True

    def back(self) -> None:
        """Restores the original behaviour of the builtin. Does nothing if it is not redirected."""
        if self.is_active:
            self._memory.words = self._original
            self._owner.function = self._real
            self.is_active = False


def _check(builtin: object) -> None:
    if type(builtin) is not BuiltinFunctionType:
        raise TypeError(f"{builtin!r} is not a builtin function")


def twin(builtin: Callable[..., Any]) -> Callable[..., Any]:
    """Returns another builtin function with the current behaviour of `builtin`. Later redirections do not change it.

    Raises:
        TypeError: The object is not a builtin function, and its memory has another layout.
    """
    _check(builtin)
    definition = _copied_definition(builtin)
    make = ctypes.pythonapi["PyCMethod_New"]
    make.restype = ctypes.py_object
    make.argtypes = [ctypes.c_void_p, ctypes.py_object, ctypes.py_object, ctypes.c_void_p]
    module = sys.modules[builtin.__module__]
    made: Callable[..., Any] = make(ctypes.addressof(definition), module, builtin.__module__, None)
    return made


@functools.cache
def _copied_definition(builtin: Callable[..., Any]) -> _Definition:
    """The cache keeps the definition, because the twin refers to it."""
    return _Definition.from_buffer_copy(_Definition.from_address(_Function.from_address(id(builtin)).words.definition))


@functools.cache
def are_redirectable() -> bool:
    """Returns whether this interpreter can redirect builtin functions. Tries it with a function that nothing else uses."""
    if sys.implementation.name != "cpython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        return False
    try:
        # No driver of the time replaces this function, so it is still a builtin at the first call.
        tried = twin(time.process_time)
        redirection = _tried_with(tried)
        redirection.to(lambda: "redirected")
        answer = tried()
        redirection.back()
        return answer == "redirected" and isinstance(tried(), float)
    except (AttributeError, KeyError, TypeError, ValueError):
        return False


@functools.cache
def _tried_with(builtin: Callable[..., Any]) -> Redirection:
    """The cache keeps it until the process ends."""
    return Redirection(builtin)
