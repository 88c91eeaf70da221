"""`os._exit` in a handler ends its environment's process, not the test run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from ..simulation.simulation import Simulation
from .invoker import Invoker


@contextmanager
def exits_caught(simulation: Simulation, invoker: Invoker) -> Iterator[None]:
    """While this lasts `os._exit` in a handler ends its invocation (RUN-50); anywhere else it is what it was."""
    real_exit = os._exit

    def exit(status: int) -> None:
        if simulation.in_handler:
            invoker.exit(status)
        real_exit(status)

    with mock.patch.object(os, "_exit", exit):
        yield
