"""`os._exit` in a handler ends the process of its execution environment, not the test run. `pytest.exit` ends the test run."""

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
    """Lets `os._exit` in a handler end its invocation (RUN-50). Everywhere else it is unchanged."""
    real_exit = os._exit
    process = os.getpid()

    def exit(status: int) -> None:
        # A child process that a handler forked, as multiprocessing does, really exits.
        if os.getpid() == process and simulation.in_handler:
            invoker.exit(status)
        real_exit(status)

    with mock.patch.object(os, "_exit", exit):
        yield


@contextmanager
def exits_of_threads_raised(simulation: Simulation) -> Iterator[None]:
    """Raises `pytest.exit` of a handler's thread in the test. Otherwise it would be lost in the thread."""
    before = threading.excepthook

    def hook(ending: Any) -> None:
        if simulation.in_handler and ends_the_run(ending.exc_value):
            simulation.surface(ending.exc_value)
        else:
            before(ending)

    with mock.patch.object(threading, "excepthook", hook):
        yield
