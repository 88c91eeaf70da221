"""The threads of AWS's SDK for durable functions are simulated: they run in the thread of the environment.

The SDK runs the handler in one thread, checkpoints in another, and branches of `parallel` and `map` in further ones (DUR-47).
Its modules get other classes of locks, queues, threads and pools, which are simulated inside a handler and real elsewhere.
"""

from __future__ import annotations

import concurrent.futures
import importlib.metadata
import os
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from types import ModuleType
from typing import Any

from ...errors import NotSimulatedError, hides_frames
from ...patching import attribute_patched
from ...simulation import cooperative_locks as locks
from ...simulation import cooperative_pools as pools
from ...simulation.cooperation import Cooperation
from ...simulation.simulation import Simulation
from ..process import process
from .late_imports import modules_prepared

__tracebackhide__ = hides_frames

SDK = "aws_durable_execution_sdk_python"
DISTRIBUTION = "aws-durable-execution-sdk-python"
OLDEST_MAJOR_VERSION = 2
PERIOD = 0.1
"""How often, in seconds, the SDK's thread of checkpoints looks whether it should end."""
_EXECUTION, _SERVICE, _STATE = f"{SDK}.execution", f"{SDK}.lambda_service", f"{SDK}.state"
_MODULES = frozenset({f"{SDK}.{name}" for name in ("concurrency.executor", "context", "plugin", "threading")})
_REFUSED = (
    "A thread that a handler started uses the context of a durable execution, for example context.step. This is not "
    "simulated. Use the context in the handler's own code, and context.parallel or context.map for concurrent work."
)


@contextmanager
def durable_sdk_threads_simulated(simulation: Simulation) -> Iterator[None]:
    """Replaces the names in the SDK's modules, also if they are imported while the environment is open."""
    cooperation = Cooperation(simulation, _REFUSED)
    with ExitStack() as stack:

        @cache
        def replacements_of(queue_of: Callable[..., Any]) -> Mapping[int, Any]:
            return _replacements(cooperation, queue_of)

        def prepare(module: ModuleType) -> None:
            if module.__name__ == _SERVICE:
                stack.enter_context(clients_kept(module.LambdaClient))
            replacements = replacements_of(_state_queue if module.__name__ == _STATE else locks.Queue)
            if module.__name__ == _EXECUTION and _major_version() < OLDEST_MAJOR_VERSION:
                replacements = {**replacements, id(concurrent.futures.ThreadPoolExecutor): _refusing_version(simulation)}
            for name, value in [*vars(module).items()]:
                replacement = replacements.get(id(value))
                if replacement is not None:
                    stack.enter_context(attribute_patched(module, name, replacement))

        with modules_prepared(_MODULES | {_EXECUTION, _SERVICE, _STATE}, prepare):
            yield


@contextmanager
def clients_kept(lambda_client: Any) -> Iterator[None]:
    """Lets the SDK use one client of boto3 for each region, in all environments.

    The SDK creates one client in a process, at the first invocation (DUR-D2). Here functions of several regions share a
    process, and creating a client takes longer than an execution.
    """
    initialize = lambda_client.initialize_client.__func__

    def initialize_client(cls: Any) -> Any:
        # Only variables that each handler has, because reading a missing one would be reported.
        clients, key = process().clients, (_SERVICE, os.environ["AWS_REGION"], os.environ["AWS_ACCESS_KEY_ID"])
        cls._cached_boto_client = clients.get(key)
        made = initialize(cls)
        clients[key] = cls._cached_boto_client
        return made

    with (
        attribute_patched(lambda_client, "_cached_boto_client", None),
        attribute_patched(lambda_client, "initialize_client", classmethod(initialize_client)),
    ):
        yield


def _state_queue(cooperation: Cooperation, *args: Any, **keywords: Any) -> Any:
    return locks.CollectingQueue(cooperation, PERIOD, *args, **keywords)


def _replacements(cooperation: Cooperation, queue_of: Callable[..., Any]) -> Mapping[int, Any]:
    """Returns what replaces a class, function or module of the standard library, by the id of the original."""

    def either(simulated: Callable[..., Any], real: Callable[..., Any]) -> Callable[..., Any]:
        def made(*args: Any, **keywords: Any) -> Any:
            return simulated(*args, **keywords) if cooperation.concerns_caller() else real(*args, **keywords)

        return made

    in_threading = {
        "Condition": either(partial(locks.Condition, cooperation), threading.Condition),
        "Event": either(partial(locks.Event, cooperation), threading.Event),
        "Lock": either(partial(locks.Lock, cooperation), threading.Lock),
        "Thread": either(partial(pools.Thread, cooperation), threading.Thread),
        "local": either(locks.Local, threading.local),
    }
    in_queue = {"Queue": either(partial(queue_of, cooperation), queue.Queue)}
    return {
        id(threading): _changed(threading, in_threading),
        id(queue): _changed(queue, in_queue),
        **{id(getattr(threading, name)): value for name, value in in_threading.items()},
        id(queue.Queue): in_queue["Queue"],
        id(concurrent.futures.ThreadPoolExecutor): either(
            partial(pools.ThreadPoolExecutor, cooperation), concurrent.futures.ThreadPoolExecutor
        ),
        id(concurrent.futures.wait): pools.wait,
    }


def _changed(real: ModuleType, changes: Mapping[str, Any]) -> ModuleType:
    module = ModuleType(real.__name__, real.__doc__)
    vars(module).update(vars(real), **changes)
    return module


def _major_version() -> int:
    """Returns the first number of the installed version. Without metadata the SDK counts as new enough."""
    try:
        return int(_version().partition(".")[0])
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return OLDEST_MAJOR_VERSION


def _version() -> str:
    known = process().versions
    if DISTRIBUTION not in known:
        # It reads a file, which takes longer than the rest of this module.
        known[DISTRIBUTION] = importlib.metadata.version(DISTRIBUTION)
    return known[DISTRIBUTION]


def _refusing_version(simulation: Simulation) -> Callable[..., Any]:
    def refuse(*args: Any, **keywords: Any) -> Any:
        raise simulation.record_misuse(
            f"{DISTRIBUTION} {_version()} is installed. Durable functions are simulated with "
            f"version {OLDEST_MAJOR_VERSION}.0 or newer. Upgrade it: pip install '{DISTRIBUTION}>={OLDEST_MAJOR_VERSION}'.",
            NotSimulatedError,
        )

    def made(*args: Any, **keywords: Any) -> Any:
        return (refuse if simulation.in_handler else concurrent.futures.ThreadPoolExecutor)(*args, **keywords)

    return made
