"""`os._exit` in a handler ends its environment's process, not the test run. `pytest.exit` ends the test run."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from ..errors import ends_the_run
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


@contextmanager
def exits_of_threads_surfaced(simulation: Simulation) -> Iterator[None]:
    """While this lasts `pytest.exit` in a thread that a handler started is raised in the test, not lost in the thread."""
    before = threading.excepthook

    def hook(ending: Any) -> None:
        if simulation.in_handler and ends_the_run(ending.exc_value):
            simulation.surface(ending.exc_value)
        else:
            before(ending)

    with mock.patch.object(threading, "excepthook", hook):
        yield
