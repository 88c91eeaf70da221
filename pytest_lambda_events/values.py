"""`dataclass` as in the standard library, but quicker to define and to create.

The standard library compiles seven functions for each class and creates an object for each field, which takes much of the
time in which the first simulated AWS of a process opens. Here a class gets its fields and methods when they are first used.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
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
            own = dict(vars(cls))
            names = [name for name, annotation in own.get("__annotations__", {}).items() if not _is_of_class(annotation)]
            definition = _Definition(cls, names, frozen=frozen, slots=slots, kw_only=kw_only)
            members = _members(definition, own, frozen=frozen, slots=slots, eq=eq, repr=repr)
            definition.cls = _with_slots(cls, own, names, members) if slots else _with_members(cls, definition, members)
            return definition.cls

        return made if cls is None else made(cls)


class _Definition:
    """What defines a class: the names of its own fields, their values in the class, and the arguments of `dataclass`."""

    __slots__ = ("cls", "frozen", "kw_only", "slots", "values")

    def __init__(self, cls: Any, names: Sequence[str], *, frozen: bool, slots: bool, kw_only: bool) -> None:
        self.cls: Any = cls
        self.values = {name: getattr(cls, name, MISSING) for name in names}
        self.frozen, self.slots, self.kw_only = frozen, slots, kw_only


class _Late:
    """A member of a class that is created at its first use, and then replaces this one."""

    __slots__ = ("definition", "name")

    def __init__(self, definition: _Definition, name: str) -> None:
        self.definition, self.name = definition, name

    def __get__(self, instance: object, owner: type) -> Any:
        cls, name = self.definition.cls, self.name
        made = _CREATORS[name](self.definition)
        if name in _METHODS:
            made.__qualname__, made.__module__ = f"{cls.__qualname__}.{name}", cls.__module__
        if vars(cls).get(name) is self:
            type.__setattr__(cls, name, made)
        return made.__get__(instance, owner) if name in _METHODS else made


def _is_of_class(annotation: object) -> bool:
    return str(annotation).removeprefix("typing.").startswith("ClassVar")


def _members(
    definition: _Definition, own: Mapping[str, Any], *, frozen: bool, slots: bool, eq: bool, repr: bool
) -> dict[str, Any]:
    """Returns the members that the class does not define itself."""
    names = ["__init__", *(["__repr__"] if repr else []), *(["__eq__"] if eq else [])]
    if frozen:
        names += ["__setattr__", "__delattr__"]
    members: dict[str, Any] = {name: _Late(definition, name) for name in names if name not in own}
    if frozen and slots:
        members |= {name: method for name, method in _STATES.items() if name not in own}
    # A class with `__eq__` has a `__hash__` of None, which does not count.
    if eq and own.get("__hash__") is None:
        members["__hash__"] = _Late(definition, "__hash__") if frozen else None
    return {**members, **{name: _Late(definition, name) for name in _VALUES}, "__replace__": dataclasses.replace}


def _with_slots(cls: Any, own: dict[str, Any], names: Sequence[str], members: Mapping[str, Any]) -> Any:
    """Returns the class with slots. Only a new class can have them."""
    inherited = {name for base in cls.__mro__[1:-1] for name in _slots_of(base)}
    for name in (*names, "__dict__", "__weakref__"):
        own.pop(name, None)
    slots = tuple(name for name in names if name not in inherited)
    return type(cls)(cls.__name__, cls.__bases__, {**own, **members, "__slots__": slots, "__qualname__": cls.__qualname__})


def _slots_of(base: type) -> Sequence[str]:
    slots = vars(base).get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)


def _with_members(cls: Any, definition: _Definition, members: Mapping[str, Any]) -> Any:
    for name, value in definition.values.items():
        if isinstance(value, Field):
            if value.default is MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, value.default)
    for name, member in members.items():
        setattr(cls, name, member)
    return cls


def _fields(definition: _Definition) -> dict[str, Field[Any]]:
    fields: dict[str, Field[Any]] = {}
    for base in reversed(definition.cls.__mro__[1:]):
        if "__dataclass_fields__" in vars(base):
            fields |= base.__dataclass_fields__
    fields |= _defined(definition).__dataclass_fields__
    return fields


def _defined(definition: _Definition) -> Any:
    """Returns a class of the standard library with the same own fields.

    It counts as not frozen, so classes of the standard library that are not frozen can inherit from ours.
    """
    cls, values = definition.cls, {name: value for name, value in definition.values.items() if value is not MISSING}
    # The standard library looks up annotations in the module of the class, which a test may have unloaded since.
    module = cls.__module__ if cls.__module__ in sys.modules else "typing"
    known = {"__annotations__": vars(cls).get("__annotations__", {}), "__module__": module, "__doc__": cls.__name__}
    create = dataclasses.dataclass(init=False, repr=False, eq=False, match_args=False, kw_only=definition.kw_only)
    return create(type(cls.__name__, (), {**known, **values}))


def _signature(definition: _Definition) -> inspect.Signature:
    parameters = []
    for field in dataclasses.fields(definition.cls):
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


def _repr(definition: _Definition) -> Callable[[Any], str]:
    names = [field.name for field in dataclasses.fields(definition.cls) if field.repr]

    @recursive_repr()
    def shown(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join([f'{name}={getattr(self, name)!r}' for name in names])})"

    return shown


def _compiled(name: str, parameters: str, lines: Sequence[str], names: dict[str, Any]) -> Callable[..., Any]:
    exec("\n ".join([f"def {name}({parameters}):", *lines]), names)
    made: Callable[..., Any] = names[name]
    return made


def _eq(definition: _Definition) -> Callable[..., bool]:
    names = [field.name for field in dataclasses.fields(definition.cls) if field.compare]
    mine, others = _tuple("self", names), _tuple("other", names)
    lines = ["if other.__class__ is self.__class__:", f" return {mine} == {others}", "return NotImplemented"]
    return _compiled("__eq__", "self, other", lines, {})


def _hash(definition: _Definition) -> Callable[..., int]:
    fields = dataclasses.fields(definition.cls)
    names = [field.name for field in fields if (field.compare if field.hash is None else field.hash)]
    return _compiled("__hash__", "self", [f"return hash({_tuple('self', names)})"], {})


def _tuple(owner: str, names: Sequence[str]) -> str:
    return f"({''.join([f'{owner}.{name},' for name in names])})"


def _refusal_to_set(definition: _Definition) -> Callable[[Any, str, Any], None]:
    cls = definition.cls
    names = {field.name for field in dataclasses.fields(cls)}

    def refuse_to_set(self: Any, name: str, value: Any) -> None:
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    return refuse_to_set


def _refusal_to_delete(definition: _Definition) -> Callable[[Any, str], None]:
    cls = definition.cls
    names = {field.name for field in dataclasses.fields(cls)}

    def refuse_to_delete(self: Any, name: str) -> None:
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    return refuse_to_delete


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


def _init(definition: _Definition) -> Callable[..., None]:
    cls = definition.cls
    names: dict[str, Any] = {"MISSING": MISSING}
    positional: list[str] = []
    keyword_only: list[str] = []
    body: list[str] = []
    for field in dataclasses.fields(cls):
        if field.init:
            (keyword_only if field.kw_only else positional).append(_parameter(field, names))
        value = _value(field, names, slots=definition.slots)
        if value:
            body.append(_assignment(cls, field.name, value, names, frozen=definition.frozen))
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
    return f"self.__dict__[{name!r}] = {value}"


_METHODS: dict[str, Callable[[_Definition], Any]] = {
    "__init__": _init,
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__setattr__": _refusal_to_set,
    "__delattr__": _refusal_to_delete,
}
_VALUES: dict[str, Callable[[_Definition], Any]] = {
    "__dataclass_fields__": _fields,
    "__dataclass_params__": lambda definition: _defined(definition).__dataclass_params__,
    "__match_args__": lambda definition: tuple(
        field.name for field in dataclasses.fields(definition.cls) if field.init and not field.kw_only
    ),
    "__signature__": _signature,
}
_CREATORS = {**_METHODS, **_VALUES}
_STATES = {"__getstate__": _state, "__setstate__": _set_state}
