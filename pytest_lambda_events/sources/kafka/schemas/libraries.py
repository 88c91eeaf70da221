"""Loads the optional libraries that encode and decode data. A missing one is refused by name."""

from __future__ import annotations

import importlib
from types import ModuleType

from ....errors import NotSimulatedError


def loaded(what: str, *names: str) -> ModuleType:
    """Returns the first of these modules that is installed.

    Raises:
        NotSimulatedError: None of them is. `what` is what needs them.
    """
    for name in names:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            # Another missing module is a problem of the installed library.
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise
    packages = " or ".join(_PACKAGES.get(name, name) for name in names)
    raise NotSimulatedError(f"{what} needs the package {packages}, which is not installed. Install it for the tests.")


_PACKAGES = {"google.protobuf": "protobuf", "avro.io": "avro"}
"""The packages of modules with another name."""
