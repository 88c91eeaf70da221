"""The runtimes with which a function can be created. Only those of Python can be invoked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..errors import invalid_parameter

_SUPPORTED = frozenset(f"python3.{minor}" for minor in range(8, 15))
"""Known runtimes. The list of all runtimes is slow to load, so it is read only for other names."""
RETIRED = frozenset(
    {
        "nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x",
        "nodejs16.x", "java8", "python2.7", "python3.6", "python3.7", "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1",
        "dotnetcore3.1", "dotnet5.0", "dotnet7", "go1.x", "ruby2.5", "ruby2.7", "provided",
    }
)  # fmt: skip
"""Runtimes with which AWS does not create functions any more. Its API still has the names."""


def check_runtime(runtime: str, names: Callable[[], Sequence[str]]) -> None:
    """Raises `ServiceError` for a runtime that does not exist or is retired. `names` returns all runtimes of the API."""
    if runtime in _SUPPORTED:
        return
    supported = [name for name in names() if name not in RETIRED]
    if runtime not in supported:
        raise invalid_parameter(
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
            f"[{', '.join(supported)}] or be a valid ARN"
        )
