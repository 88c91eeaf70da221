"""The threads of AWS's SDK for durable functions are simulated, if a test or a handler imports the SDK."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from ...contexts import ExitStack, contextmanager
from ..lasting import kept
from ..process import process
from .late_imports import modules_prepared

_SDK = "aws_durable_execution_sdk_python"
_MODULES = frozenset(
    f"{_SDK}.{name}"
    for name in ("concurrency.executor", "context", "execution", "lambda_service", "plugin", "state", "threading")
)


@contextmanager
def durable_sdk_threads_simulated() -> Iterator[None]:
    """Replaces the names in the SDK's modules, also if they are imported while the environment is open."""
    try:
        with kept("threads of durable functions", _names_replaced):
            yield
    finally:
        process().cooperation = None


@contextmanager
def _names_replaced() -> Iterator[None]:
    with ExitStack() as stack:

        def prepare(module: ModuleType) -> None:
            # Most tests do not import the SDK.
            from .durable_sdk_threads import threads_simulated

            stack.enter_context(threads_simulated(module))

        with modules_prepared(_MODULES, prepare):
            yield
