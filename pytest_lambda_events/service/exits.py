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
    process = os.getpid()

    def exit(status: int) -> None:
        # A child that a handler forked, as multiprocessing does, is a process of its own.
        if os.getpid() == process and simulation.in_handler:
            invoker.exit(status)
        real_exit(status)

    with mock.patch.object(os, "_exit", exit):
        yield
