"""`os._exit` in a handler."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import NoReturn

from ..contexts import contextmanager
from ..patching import attribute_patched
from .simulation import Simulation


@contextmanager
def exits_caught(simulation: Simulation, exit_of_handler: Callable[[int], NoReturn]) -> Iterator[None]:
    """Lets `os._exit` in a handler end its invocation, not the test run (RUN-50). Everywhere else it is unchanged."""
    real_exit = os._exit
    process = os.getpid()

    def exit(status: int) -> None:
        # A child process that a handler forked, as multiprocessing does, really exits.
        if os.getpid() == process and simulation.in_handler:
            exit_of_handler(status)
        real_exit(status)

    with attribute_patched(os, "_exit", exit):
        yield
