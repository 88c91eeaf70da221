"""Lets moto load its API Gateway without openapi-spec-validator, which is slow to load and an optional package.

moto needs it to check OpenAPI definitions, and our imports replace those of moto.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from ...contexts import contextmanager

_PACKAGE = "openapi_spec_validator"
_MOTO = "moto.apigateway.models"


@contextmanager
def definition_checks_left_out() -> Iterator[None]:
    """Gives moto an empty package while it loads its API Gateway. Other code gets the real one."""
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)


def forget_empty_package() -> None:
    """Lets later code load the real package."""
    # The package is loaded before its modules. Each environment comes here, and a process may have thousands of modules.
    if not isinstance(sys.modules.get(_PACKAGE), _Empty):
        return
    for name in [name for name, module in sys.modules.items() if isinstance(module, _Empty)]:
        del sys.modules[name]


class _Empty(ModuleType):
    """A module with the two names that moto imports."""

    OpenAPIValidationError = type("OpenAPIValidationError", (Exception,), {})

    @staticmethod
    def validate(document: Any) -> None:
        """Accepts a definition."""


class _Finder:
    """Finds the empty package, and creates its modules."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Returns a module of the package if moto is being loaded."""
        if name.partition(".")[0] != _PACKAGE or not _is_loading(_MOTO):
            return None
        return ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Returns an empty module."""
        return _Empty(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Does nothing."""


def _is_loading(name: str) -> bool:
    spec = getattr(sys.modules.get(name), "__spec__", None)
    return bool(getattr(spec, "_initializing", False))
