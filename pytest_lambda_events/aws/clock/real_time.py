"""The modules that still read the real time while the process sees the virtual clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

from ...contexts import contextmanager
from ...patching import Patch, patches_of, put_all_back, replace_all
from ...simulation.time_functions import ChangedTime
from .late_imports import modules_prepared

REAL_TIME_MODULES = frozenset(
    {
        # They wait in real time, so their timeouts have to be measured in real time.
        "concurrent.futures._base",
        "multiprocessing.connection",
        "multiprocessing.managers",
        "multiprocessing.pool",
        "multiprocessing.queues",
        "multiprocessing.synchronize",
        "queue",
        "socketserver",
        "subprocess",
        "threading",
        # Its event loop waits in real time, and would wait forever for a frozen clock.
        "trio._core._run",
        # They measure and limit the real duration of tests.
        "_pytest.timing",
        "hypothesis.core",
        "hypothesis.internal.conjecture.data",
        "hypothesis.internal.conjecture.engine",
        "hypothesis.internal.conjecture.junkdrawer",
        "hypothesis.stateful",
        "pytest_timeout",
        "xdist.remote",
    }
)
"""The modules that still read the real time. The names are exact, because a prefix would also match modules of the user."""


@contextmanager
def real_time_given(twins: Mapping[int, Callable[..., Any]], real: Mapping[str, Callable[..., Any]]) -> Iterator[None]:
    """Makes the modules of `REAL_TIME_MODULES` read the real time, also if they are imported later.

    Args:
        twins: For each function that shows the virtual time, by its `id`, the function that reads the real time.
        real: The functions of the module `time` that read the real time, by name.
    """
    before: list[Patch] = []
    given = {**twins, id(time): ChangedTime(time, real)}

    def give(module: ModuleType) -> None:
        replace_all(patches_of(module, given), before)

    try:
        with modules_prepared(REAL_TIME_MODULES, give):
            yield
    finally:
        put_all_back(before)
