"""pydantic's types of the past and the future compare with the virtual clock.

pydantic-core reads the system's clock itself. So while an environment is open, `PastDatetime`, `FutureDatetime`, `PastDate`
and `FutureDate` are validated as plain datetimes and dates, and then compared here. Errors and JSON schemas stay the same.
Not reached are `TypeAdapter` objects and pydantic dataclasses that were made before.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime
from types import ModuleType
from typing import Any
from weakref import ref

from ...contexts import ExitStack, contextmanager
from ...patching import attribute_patched, attributes_patched
from ..lasting import kept
from ..process import process
from .late_imports import modules_prepared

_TYPES = ("PastDatetime", "FutureDatetime", "PastDate", "FutureDate")
_SCHEMA = "__get_pydantic_core_schema__"


def pydantic_on_virtual_time() -> AbstractContextManager[None]:
    """Applies to existing models and to models that are created while the environment is open."""
    # Outside of an environment the comparison uses the real time, as pydantic does.
    return kept("types of pydantic", _comparing_with_python)


@contextmanager
def _comparing_with_python() -> Iterator[None]:
    with ExitStack() as stack:

        def prepare(types: ModuleType) -> None:
            kinds = [kind for kind in map(vars(types).get, _TYPES) if kind is not None]
            stack.enter_context(attributes_patched(*((kind, _SCHEMA, _compared(kind)) for kind in kinds)))

        stack.enter_context(modules_prepared(("pydantic.types",), prepare))
        _replace_validators(stack)
        yield


def _compared(kind: Any) -> classmethod[Any, Any, Any]:
    original = kind.__get_pydantic_core_schema__

    def schema_of(cls: Any, source: Any, handler: Any) -> Any:
        return with_comparison(original(source, handler))

    return classmethod(schema_of)


def with_comparison(schema: Any) -> Any:
    """Returns a core schema in which Python compares the values, not the system's clock."""
    if isinstance(schema, Mapping):
        changed = {key: with_comparison(value) for key, value in schema.items()}
        return _after(changed) if schema.get("now_op") and schema.get("type") in ("datetime", "date") else changed
    if isinstance(schema, (list, tuple)):
        return type(schema)(with_comparison(value) for value in schema)
    return schema


def compares(schema: Any) -> bool:
    """Returns whether a core schema compares a value with the system's clock."""
    if isinstance(schema, Mapping):
        return bool(schema.get("now_op")) or any(compares(value) for value in schema.values())
    return isinstance(schema, (list, tuple)) and any(compares(value) for value in schema)


def _after(schema: dict[str, Any]) -> dict[str, Any]:
    operation = schema.pop("now_op")
    schema.pop("now_utc_offset", None)
    outer: dict[str, Any] = {key: schema.pop(key) for key in ("ref", "metadata", "serialization") if key in schema}
    check = _check(f"{schema['type']}_{operation}", is_past=operation == "past")
    return {"type": "function-after", "function": {"type": "no-info", "function": check}, "schema": schema, **outer}


def _check(error: Any, *, is_past: bool) -> Callable[[Any], Any]:
    from pydantic_core import PydanticKnownError

    def check(value: date) -> date:
        now = datetime.now(value.tzinfo) if isinstance(value, datetime) else date.today()
        if value < now if is_past else value > now:
            return value
        raise PydanticKnownError(error)

    return check


def _replace_validators(stack: ExitStack) -> None:
    """Gives models that compare with the system's clock other validators, and restores their own at the end."""
    main = sys.modules.get("pydantic.main")
    if main is None:
        return
    known, found = process().models, process().comparing_models
    models = _subclasses(main.BaseModel)
    for model in [model for identity, model in zip(map(id, models), models, strict=True) if identity not in known]:
        if isinstance(vars(model).get("__pydantic_core_schema__"), dict):
            _remember(known, model)
            if compares(model.__pydantic_core_schema__):
                found.append(model)
    for model, validator in zip(found, _validators(found), strict=True):
        stack.callback(setattr, model, "__pydantic_validator__", model.__pydantic_validator__)
        model.__pydantic_validator__ = validator


def _validators(models: list[Any]) -> list[Any]:
    """Returns validators of models that compare with Python's clock."""
    with ExitStack() as stack:
        for model in models:
            # pydantic-core uses the validator of a complete model instead of building one from the schema.
            stack.enter_context(attribute_patched(model, "__pydantic_complete__", False))
        return [_validator(model) for model in models]


def _validator(model: Any) -> Any:
    from pydantic_core import SchemaValidator

    return SchemaValidator(with_comparison(model.__pydantic_core_schema__))


def _remember(known: dict[int, Any], model: Any) -> None:
    """Stores the identity of a model. It counts as long as the model exists: after that another object may have it."""
    identity = id(model)
    known[identity] = ref(model, lambda _: known.pop(identity, None))


def _subclasses(kind: Any) -> set[Any]:
    """Returns all subclasses, with one call for each, because each environment looks at all models."""
    found, new = set(), [kind]
    while new:
        new = [subclass for one in new for subclass in type.__subclasses__(one)]
        found.update(new)
    return found
