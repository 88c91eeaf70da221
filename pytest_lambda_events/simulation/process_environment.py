"""`os.environ` as an attribute that a test or a handler may rebind, for example to a plain dictionary."""

from __future__ import annotations

import functools
import gc
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..contexts import contextmanager


class ProcessEnvironment(NamedTuple):
    """The values of `os.environ` and `os.environb` at one time, and the variables behind the objects that Python created."""

    environ: Any
    environb: Any
    variables: dict[Any, Any]

    @classmethod
    def current(cls) -> ProcessEnvironment:
        """Returns the current values."""
        return cls(os.environ, getattr(os, "environb", None), python_environ()._data)

    @classmethod
    def of(cls, variables: dict[Any, Any]) -> ProcessEnvironment:
        """Returns the objects that Python created, with other variables."""
        return cls(python_environ(), _python_environb(), variables)

    @property
    def is_rebound(self) -> bool:
        """Returns whether `os.environ` is not the object that Python created."""
        return self.environ is not python_environ()

    @property
    def is_changed(self) -> bool:
        """Returns whether the current values are not these."""
        return (
            os.environ is not self.environ
            or python_environ()._data is not self.variables
            or getattr(os, "environb", None) is not self.environb
        )

    def put(self) -> None:
        """Installs this environment."""
        os.environ = self.environ  # noqa: B003
        python_environ()._data = self.variables
        if self.environb is not None:
            os.environb = self.environb
            _python_environb()._data = self.variables


@functools.cache
def python_environ() -> Any:
    """Returns the object that Python created as `os.environ`. Code that imported it by name holds this object."""
    return _found(os.environ, "")


@functools.cache
def _python_environb() -> Any:
    return _found(os.environb, b"") if hasattr(os, "environb") else None


def _found(current: Any, key: str | bytes) -> Any:
    if type(current) is os._Environ:
        return current
    # It was rebound before the first call of this function.
    return next(one for one in gc.get_objects() if type(one) is os._Environ and _takes(one, key))


def _takes(environ: Any, key: str | bytes) -> bool:
    try:
        environ.encodekey(key)
    except TypeError:
        return False
    return True


@contextmanager
def environ_put_back() -> Iterator[None]:
    """Restores the original objects `os.environ` and `os.environb` at the end."""
    before = ProcessEnvironment.current()
    try:
        yield
    finally:
        before.put()
