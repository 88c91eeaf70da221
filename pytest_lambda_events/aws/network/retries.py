"""The retries of botocore: their delays follow from the seed and pass on the virtual clock, in every mode."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any
from weakref import WeakSet

import botocore.retryhandler
from botocore.client import BaseClient
from botocore.retries import adaptive
from botocore.retries.bucket import TokenBucket
from botocore.retries.quota import RetryQuota
from botocore.retries.standard import ExponentialBackoff

from ...contexts import ExitStack, contextmanager
from ...patching import attributes_patched
from ...simulation.simulation import Simulation


@contextmanager
def retries_seeded(seed: int) -> Iterator[None]:
    """Draws the delays of botocore's retries, in every mode, from `seed`. They pass on the virtual clock.

    The retry quota of a client starts again in each environment. A client may be older, and keeps what other tests used up.
    """
    source = _Source(f"retries {seed}")
    delay_amount = ExponentialBackoff.delay_amount

    def seeded(backoff: Any, context: Any) -> Any:
        own, backoff._random = backoff._random, source.random
        try:
            return delay_amount(backoff, context)
        finally:
            backoff._random = own

    with ExitStack() as stack:
        patches = attributes_patched(
            (botocore.retryhandler, "random", source),
            (ExponentialBackoff, "delay_amount", seeded),
            (RetryQuota, "acquire", _acquire_of_new_quota(stack)),
        )
        stack.enter_context(patches)
        yield


class _Source:
    """A `random.Random` that is seeded when it is first used. Most environments retry nothing."""

    def __init__(self, seed: str) -> None:
        self._seed = seed

    @functools.cached_property
    def _random(self) -> random.Random:
        return random.Random(self._seed)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._random, name)


def _acquire_of_new_quota(stack: ExitStack) -> Callable[[Any, int], bool]:
    acquire = RetryQuota.acquire
    known: WeakSet[Any] = WeakSet()

    def acquire_of_environment(quota: Any, capacity_amount: int) -> bool:
        if quota not in known:
            known.add(quota)
            stack.callback(setattr, quota, "_available_capacity", quota._available_capacity)
            quota._available_capacity = quota._max_capacity
        return bool(acquire(quota, capacity_amount))

    return acquire_of_environment


@contextmanager
def adaptive_retries_on_virtual_time(simulation: Simulation) -> Iterator[None]:
    """Lets clients in the retry mode `adaptive` wait in virtual time, and start again in each environment.

    Their rate limiter waits in real time for a clock that does not move. It also stores times, which mean nothing in an
    environment whose clock starts elsewhere, and clients may be older than the environment.
    """
    make_api_call = BaseClient._make_api_call  # type: ignore[attr-defined]
    known: WeakSet[Any] = WeakSet()

    with ExitStack() as stack:

        def call(client: Any, operation_name: str, api_params: Mapping[str, Any]) -> Any:
            if _is_adaptive(client) and client not in known:
                known.add(client)
                for limiter in _limiters(client):
                    stack.callback(vars(limiter).update, dict(vars(limiter)))
                    vars(limiter).update(vars(_new_limiter()))
            return make_api_call(client, operation_name, api_params)

        patches = attributes_patched(
            (BaseClient, "_make_api_call", call), (TokenBucket, "acquire", _acquire_virtually(simulation))
        )
        stack.enter_context(patches)
        yield


def _is_adaptive(client: Any) -> bool:
    return (client.meta.config.retries or {}).get("mode") == "adaptive"


def _limiters(client: Any) -> Iterator[Any]:
    """Returns the rate limiter of a client, which only its event handlers know."""
    events = client.meta.events
    for handler in getattr(events, "_emitter", events)._handlers.prefix_search("before-send"):
        owner = getattr(handler, "__self__", None)
        if isinstance(owner, adaptive.ClientRateLimiter):
            yield owner


def _new_limiter() -> Any:
    events = SimpleNamespace(register=lambda *_: None)
    client: Any = SimpleNamespace(meta=SimpleNamespace(events=events))
    return adaptive.register_retry_handler(client)


def _acquire_virtually(simulation: Simulation) -> Callable[..., bool]:
    acquire = TokenBucket.acquire

    def acquire_virtually(bucket: Any, amount: int = 1, block: bool = True) -> bool:
        if not block or not simulation.in_simulation_thread():
            return bool(acquire(bucket, amount, block))
        while True:
            with bucket._lock:
                bucket._refill()
                if amount <= bucket._current_capacity:
                    bucket._current_capacity -= amount
                    return True
                seconds = bucket._sleep_amount(amount)
            # Without the lock, because others must be able to change the rate meanwhile.
            simulation.sleep(seconds)

    return acquire_virtually
