"""`dataclass` as in the standard library, but quicker to define and to create.

The standard library compiles seven functions for each class. This takes a quarter of the time in which the first simulated AWS
of a process opens. Here a function is compiled at its first call.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError
from reprlib import recursive_repr
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(
        cls: type | None = None,
        /,
        *,
        frozen: bool = False,
        slots: bool = False,
        eq: bool = True,
        repr: bool = True,
        kw_only: bool = False,
    ) -> Any:
        """Works like `dataclasses.dataclass`, without `order` and `InitVar`."""

        def made(cls: type) -> type:
            own = set(vars(cls))
            # Our classes count as not frozen for the standard library, so they do not inherit from its frozen ones.
            cls = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(cls)
            methods = _methods(cls, frozen=frozen, slots=slots, eq=eq, repr=repr)
            for name, method in methods.items():
                if name not in own:
                    setattr(cls, name, method)
            cls.__signature__ = _Signature()
            # A class with `__eq__` has a `__hash__` of None, which does not count.
            if eq and vars(cls).get("__hash__") is None:
                cls.__hash__ = _late(cls, "__hash__", lambda: _hash(cls)) if frozen else None
            return cls

        return made if cls is None else made(cls)


class _Signature:
    """The signature of a class for `inspect.signature`."""

    def __get__(self, instance: object, cls: Any) -> inspect.Signature:
        parameters = []
        for field in dataclasses.fields(cls):
            if field.init:
                kind = inspect.Parameter.KEYWORD_ONLY if field.kw_only else inspect.Parameter.POSITIONAL_OR_KEYWORD
                default = field.default if field.default_factory is MISSING else _FACTORY
                shown = inspect.Parameter.empty if default is MISSING else default
                parameters.append(inspect.Parameter(field.name, kind, default=shown, annotation=field.type))
        return inspect.Signature(sorted(parameters, key=lambda parameter: parameter.kind), return_annotation=None)


class _Factory:
    def __repr__(self) -> str:
        return "<factory>"


_FACTORY = _Factory()


def _methods(cls: Any, *, frozen: bool, slots: bool, eq: bool, repr: bool) -> dict[str, Any]:
    methods: dict[str, Any] = {"__init__": _late(cls, "__init__", lambda: _init(cls, frozen=frozen, slots=slots))}
    if repr:
        methods["__repr__"] = _repr([field.name for field in dataclasses.fields(cls) if field.repr])
    if eq:
        methods["__eq__"] = _late(cls, "__eq__", lambda: _eq(cls))
    if frozen:
        methods["__setattr__"], methods["__delattr__"] = _refusals(cls)
        if slots:
            methods["__getstate__"], methods["__setstate__"] = _state, _set_state
    return methods


def _repr(names: Sequence[str]) -> Callable[[Any], str]:
    @recursive_repr()
    def shown(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join([f'{name}={getattr(self, name)!r}' for name in names])})"

    return shown


def _late(cls: Any, name: str, compiled: Callable[[], Callable[..., Any]]) -> Callable[..., Any]:
    """Returns a method that compiles another one at its first call, and puts it in its place."""

    def method(self: Any, *arguments: Any, **keywords: Any) -> Any:
        made: Any = compiled()
        made.__qualname__ = f"{cls.__qualname__}.{name}"
        made.__module__ = cls.__module__
        if vars(cls).get(name) is method:
            type.__setattr__(cls, name, made)
        return made(self, *arguments, **keywords)

    return method


def _compiled(name: str, parameters: str, lines: Sequence[str], names: dict[str, Any]) -> Callable[..., Any]:
    exec("\n ".join([f"def {name}({parameters}):", *lines]), names)
    made: Callable[..., Any] = names[name]
    return made


def _eq(cls: Any) -> Callable[..., bool]:
    names = [field.name for field in dataclasses.fields(cls) if field.compare]
    mine, others = _tuple("self", names), _tuple("other", names)
    lines = ["if other.__class__ is self.__class__:", f" return {mine} == {others}", "return NotImplemented"]
    return _compiled("__eq__", "self, other", lines, {})


def _hash(cls: Any) -> Callable[..., int]:
    names = [field.name for field in dataclasses.fields(cls) if (field.compare if field.hash is None else field.hash)]
    return _compiled("__hash__", "self", [f"return hash({_tuple('self', names)})"], {})


def _tuple(owner: str, names: Sequence[str]) -> str:
    return f"({''.join([f'{owner}.{name},' for name in names])})"


def _refusals(cls: Any) -> tuple[Callable[[Any, str, Any], None], Callable[[Any, str], None]]:
    names = {field.name for field in dataclasses.fields(cls)}

    def refuse_to_set(self: Any, name: str, value: Any) -> None:
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def refuse_to_delete(self: Any, name: str) -> None:
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    return refuse_to_set, refuse_to_delete


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


def _init(cls: Any, *, frozen: bool, slots: bool) -> Callable[..., None]:
    names: dict[str, Any] = {"MISSING": MISSING, "set_any": object.__setattr__}
    positional: list[str] = []
    keyword_only: list[str] = []
    body: list[str] = []
    for field in dataclasses.fields(cls):
        if field.init:
            (keyword_only if field.kw_only else positional).append(_parameter(field, names))
        value = _value(field, names, slots=slots)
        if value:
            body.append(_assignment(cls, field.name, value, names, frozen=frozen))
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    parameters = ["self", *positional, *(["*", *keyword_only] if keyword_only else [])]
    return _compiled("__init__", ", ".join(parameters), body or ["pass"], names)


def _parameter(field: Field[Any], names: dict[str, Any]) -> str:
    if field.default is not MISSING:
        names[f"default_{field.name}"] = field.default
        return f"{field.name}=default_{field.name}"
    return f"{field.name}=MISSING" if field.default_factory is not MISSING else field.name


def _value(field: Field[Any], names: dict[str, Any], *, slots: bool) -> str:
    """Returns the value of a field as code. Empty for a field that `__init__` does not set."""
    if field.default_factory is not MISSING:
        names[f"new_{field.name}"] = field.default_factory
        new = f"new_{field.name}()"
        return f"{new} if {field.name} is MISSING else {field.name}" if field.init else new
    if field.init:
        return field.name
    if field.default is MISSING or not slots:
        return ""
    names[f"default_{field.name}"] = field.default
    return f"default_{field.name}"


def _assignment(cls: Any, name: str, value: str, names: dict[str, Any], *, frozen: bool) -> str:
    if not frozen:
        return f"self.{name} = {value}"
    slot = next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)
    if isinstance(slot, MemberDescriptorType):
        # The quickest way: it needs no look-up by the name.
        names[f"set_{name}"] = slot.__set__
        return f"set_{name}(self, {value})"
    return f"set_any(self, {name!r}, {value})"
