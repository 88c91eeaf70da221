"""Checks of the single members of a call, with AWS's messages. Several violations give one error (ASY-21)."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...errors import NotSimulatedError
from ..errors import ServiceError
from .constraints import CONSTRAINTS, MANAGED, OVERRIDES, Constraint

_SCALARS = frozenset({str, bytes, int, bool, float})
_ITEM = re.compile(r"\.\d+\.member\.")


def check(operation: str, parameters: Mapping[str, Any], *, is_managed: bool = False) -> None:
    """Raises `ServiceError` 400 `ValidationException` that lists every member that violates a constraint.

    `is_managed` is whether the call is about a function on Managed Instances.
    """
    constraints = _constraints_of(operation, is_managed)
    constrained = [
        (path, value, constraint)
        for path, value in _members(parameters)
        if (constraint := constraints.get(_ITEM.sub("[].", path))) is not None
    ]
    for _, value, constraint in constrained:
        check_type(value, is_number=constraint.is_number, is_fraction=constraint.is_fraction)
    found = [
        f"Value {_quoted(value, constraint)}at '{_spelled(path)}' failed to satisfy constraint: Member must {must}"
        for path, value, constraint in constrained
        for must in constraint.violations(value)
    ]
    if found:
        plural = "s" if len(found) > 1 else ""
        raise ServiceError("ValidationException", f"{len(found)} validation error{plural} detected: {'; '.join(found)}")


@functools.cache
def _constraints_of(operation: str, is_managed: bool) -> Mapping[str, Constraint]:
    return {**CONSTRAINTS, **OVERRIDES.get(operation, {}), **(MANAGED if is_managed else {})}


def check_type(value: Any, *, is_number: bool = False, is_fraction: bool = False) -> None:
    """Raises `ServiceError` 400 `SerializationException` for a value whose JSON type is wrong.

    boto3 checks types itself, so its calls are always correct.
    """
    types = (int, float) if is_fraction else (int,) if is_number else (str, bytes, list, tuple)
    is_right = isinstance(value, types) and not isinstance(value, bool)
    if not is_right:
        kind = "STRING" if isinstance(value, str) else str(value).upper() if isinstance(value, bool) else "NUMBER"
        wanted = "an Integer" if is_number else "a String"
        raise ServiceError("SerializationException", f"{kind}_VALUE can not be converted to {wanted}")


def not_simulated(what: str, instead: str = "") -> NotSimulatedError:
    """Returns the error for a feature that AWS accepts. `instead` is a sentence that describes what to do."""
    return NotSimulatedError(
        f"{what} is not simulated. AWS accepts it, so a test that ignores it could pass although the deployed function "
        f"fails. {instead}{' ' if instead else ''}To see what is simulated, run: python -m pytest_lambda_events.fidelity"
    )


def _members(parameters: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in parameters.items():
        path = f"{prefix}{name}"
        if type(value) in _SCALARS:
            yield path, value
        elif isinstance(value, Mapping):
            yield from _members(value, f"{path}.")
        elif value is not None:
            yield path, value
            if isinstance(value, (list, tuple)):
                for number, item in enumerate(value, start=1):
                    yield from _members(item, f"{path}.{number}.member.") if isinstance(item, Mapping) else ()


def _quoted(value: Any, constraint: Constraint) -> str:
    return "" if constraint.is_sensitive else f"'{_shown(value)}' "


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"[{', '.join(map(str, value))}]" if isinstance(value, (list, tuple)) else str(value)


def _spelled(path: str) -> str:
    return ".".join(part[:1].lower() + part[1:] for part in path.split("."))
