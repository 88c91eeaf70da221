"""Locks that a process holds when an exploration ends it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, LambdaEventsError, explore, replay

CRASH = "v1;call/charge/dynamodb.PutItem payments/1/crash before"
TIMEOUT = "v1;call/charge/dynamodb.PutItem payments/1/timeout before"
Body = Callable[[Any, Callable[[], Any]], None]


class Guard:
    """Holds a lock as an attribute of an attribute."""

    def __init__(self, lock: Any) -> None:
        self.inner = type("Inner", (), {"lock": lock})()


def in_a_block(lock: Any, put: Callable[[], Any]) -> None:
    with lock:
        put()


def in_an_attribute(lock: Any, put: Callable[[], Any]) -> None:
    guard = Guard(lock)
    with guard.inner.lock, open(__file__):
        put()


def in_a_finally_block(lock: Any, put: Callable[[], Any]) -> None:
    lock.acquire()
    try:
        put()
    finally:
        lock.release()


def without_a_block(lock: Any, put: Callable[[], Any]) -> None:
    lock.acquire()
    put()
    lock.release()


LOCKS: dict[str, Callable[[], Any]] = {
    "lock": threading.Lock,
    "reentrant lock": threading.RLock,
    "semaphore": lambda: threading.Semaphore(1),
    "bounded semaphore": lambda: threading.BoundedSemaphore(1),
    "condition": threading.Condition,
}


def scenario_of(body: Body, make: Callable[[], Any], ran: list[str]) -> Callable[[LambdaEvents], None]:
    """A scenario of a handler that puts an item while it holds a lock of its module."""

    def scenario(env: LambdaEvents) -> None:
        db, lock = env.client("dynamodb"), make()
        env.table("payments", partition_key="id")

        def charge(event: Any, context: Any) -> None:
            body(lock, lambda: db.put_item(TableName="payments", Item={"id": {"S": "7"}}))
            ran.append("charged")

        env.function(charge, name="charge").invoke_async({})
        env.run_until_idle()

    return scenario


@pytest.mark.parametrize("plan", [CRASH, TIMEOUT])
@pytest.mark.parametrize("make", LOCKS.values(), ids=LOCKS)
@pytest.mark.parametrize("body", [in_a_block, in_an_attribute, in_a_finally_block])
def test_the_next_attempt_gets_the_lock_of_an_ended_process(body: Body, make: Callable[[], Any], plan: str) -> None:
    ran: list[str] = []
    locks: list[Any] = []

    def made() -> Any:
        locks.append(make())
        return locks[-1]

    replay(scenario_of(body, made, ran), plan, lock_watchdog_seconds=0.2)

    assert ran == ["charged"]
    # The lock is free when the execution is over.
    assert locks[0].acquire(blocking=False)


def test_a_lock_that_no_block_releases_is_reported() -> None:
    with pytest.raises(LambdaEventsError, match="A process that an exploration ends keeps locks"):
        replay(scenario_of(without_a_block, threading.Lock, []), CRASH, lock_watchdog_seconds=0.2)


def test_a_handler_with_a_lock_passes_an_exploration() -> None:
    result = explore(scenario_of(in_a_block, threading.Lock, []), max_faults=2, max_seconds=600)

    assert [failure for failure in result.failures if not failure.is_loss] == []
