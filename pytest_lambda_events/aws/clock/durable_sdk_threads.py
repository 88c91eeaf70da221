"""The threads of AWS's SDK for durable functions run in the thread of the environment.

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
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from types import ModuleType
from typing import Any

from ...errors import NotSimulatedError, hides_frames
from ...patching import attribute_patched, attributes_patched, patches_of
from ...simulation import cooperative_locks as locks
from ...simulation import cooperative_pools as pools
from ...simulation.cooperation import Cooperation
from ..process import process

__tracebackhide__ = hides_frames

DISTRIBUTION = "aws-durable-execution-sdk-python"
OLDEST_MAJOR_VERSION = 2
PERIOD = 0.1
"""How often, in seconds, the SDK's thread of checkpoints looks whether it should end."""
_REFUSED = (
    "A thread that a handler started uses the context of a durable execution, for example context.step. This is not "
    "simulated. Use the context in the handler's own code, and context.parallel or context.map for concurrent work."
)


@contextmanager
def threads_simulated(module: ModuleType) -> Iterator[None]:
    """Replaces the names in a module of the SDK."""
    name = module.__name__.rpartition(".")[2]
    queue_of = _state_queue if name == "state" else locks.Queue
    patches = patches_of(module, _replacements(queue_of, *_originals()))
    if name == "execution" and _major_version() < OLDEST_MAJOR_VERSION:
        pool = concurrent.futures.ThreadPoolExecutor
        patches += [(module, own, _refusing_version) for own, value in [*vars(module).items()] if value is pool]
    with attributes_patched(*patches), clients_kept(module.LambdaClient) if name == "lambda_service" else nullcontext():
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
        clients, key = process().clients, (DISTRIBUTION, os.environ["AWS_REGION"], os.environ["AWS_ACCESS_KEY_ID"])
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


def _originals() -> tuple[Any, ...]:
    """Returns what is replaced. A test may have replaced it before the environment."""
    return (
        threading.Condition, threading.Event, threading.Lock, threading.Thread, threading.local, queue.Queue,
        concurrent.futures.ThreadPoolExecutor, concurrent.futures.wait,
    )  # fmt: skip


@lru_cache(maxsize=4)
def _replacements(
    queue_of: Callable[..., Any], condition: Any, event: Any, lock: Any, thread: Any, local: Any, queue_class: Any, pool: Any,
    wait: Any,
) -> Mapping[int, Any]:  # fmt: skip
    """Returns what replaces a class, function or module of the standard library, by the id of the original.

    It is the same in each environment, and uses the simulated threads of the one that is open.
    """
    in_threading = {
        "Condition": _either(locks.Condition, condition),
        "Event": _either(locks.Event, event),
        "Lock": _either(locks.Lock, lock),
        "Thread": _either(pools.Thread, thread),
        "local": _either(lambda cooperation: locks.Local(), local),
    }
    in_queue = {"Queue": _either(queue_of, queue_class)}
    of_threading = (condition, event, lock, thread, local)
    return {
        id(threading): _Changed(threading, in_threading),
        id(queue): _Changed(queue, in_queue),
        **dict(zip(map(id, of_threading), in_threading.values(), strict=True)),
        id(queue_class): in_queue["Queue"],
        id(pool): _either(pools.ThreadPoolExecutor, pool),
        id(wait): pools.wait,
    }


def _cooperation() -> Cooperation | None:
    """Returns the simulated threads of the open environment. None if there is none."""
    known = process()
    if known.cooperation is None and known.simulation is not None:
        known.cooperation = Cooperation(known.simulation, _REFUSED)
    return known.cooperation


def _either(simulated: Callable[..., Any], real: Callable[..., Any]) -> Callable[..., Any]:
    def made(*args: Any, **keywords: Any) -> Any:
        cooperation = _cooperation()
        if cooperation is None or not cooperation.concerns_caller():
            return real(*args, **keywords)
        return simulated(cooperation, *args, **keywords)

    return made


class _Changed(ModuleType):
    """A module with some other attributes."""

    def __init__(self, real: ModuleType, changes: Mapping[str, Any]) -> None:
        super().__init__(real.__name__, real.__doc__)
        vars(self).update(changes, _real=real)

    def __getattr__(self, name: str) -> Any:
        return getattr(vars(self)["_real"], name)


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


def _refusing_version(*args: Any, **keywords: Any) -> Any:
    cooperation = _cooperation()
    if cooperation is None or not cooperation.simulation.in_handler:
        return concurrent.futures.ThreadPoolExecutor(*args, **keywords)
    raise cooperation.simulation.record_misuse(
        f"{DISTRIBUTION} {_version()} is installed. Durable functions are simulated with "
        f"version {OLDEST_MAJOR_VERSION}.0 or newer. Upgrade it: pip install '{DISTRIBUTION}>={OLDEST_MAJOR_VERSION}'.",
        NotSimulatedError,
    )
