"""Threads that outlive their environment can send nothing, and leave nothing behind when they end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session
from process_state import fingerprint

from pytest_lambda_events import LambdaEvents, NotSimulatedError


def sqs() -> Any:
    return boto3.client("sqs", "us-east-1", aws_access_key_id="AKIAREALREALREALREAL", aws_secret_access_key="secret")


class Late:
    """Work that waits until it may go on, and keeps what it meets then."""

    def __init__(self, call: Callable[[], object]) -> None:
        self.has_begun = threading.Event()
        self.may_go_on = threading.Event()
        self.met: list[BaseException] = []
        self._call = call

    def __call__(self) -> None:
        """Waits and calls."""
        self.has_begun.set()
        self.may_go_on.wait()
        try:
            self._call()
        except BaseException as error:
            self.met.append(error)

    def finish(self, thread: threading.Thread) -> str:
        """Lets it go on, and returns the error that it meets."""
        self.may_go_on.set()
        thread.join()
        [error] = self.met
        assert isinstance(error, NotSimulatedError)
        return str(error)


def started(work: Callable[[], None], *, daemon: bool = True) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=daemon)
    thread.start()
    return thread


def patches() -> dict[str, object]:
    """What botocore and other packages consist of, and which threads are running."""
    state = fingerprint()
    return {name: state[name] for name in ("attributes", "threads", "simulation")}


@pytest.fixture
def before() -> Iterator[dict[str, object]]:
    """What the process is like before, which it has to be like again."""
    with LambdaEvents() as lambda_events:
        # What this loads is not loaded later.
        lambda_events.queue("orders")
    state = patches()
    yield state
    assert patches() == state


def test_a_thread_of_a_test_is_refused_after_the_end(before: dict[str, object]) -> None:
    client = sqs()
    late = Late(client.list_queues)

    with LambdaEvents():
        thread = started(late)

    message = late.finish(thread)
    assert message.startswith("sqs.ListQueues was called in thread")
    assert "is closed. Nothing was sent. Let the handler or the test wait" in message


def test_a_thread_of_a_handler_is_refused_after_the_end(before: dict[str, object]) -> None:
    client = sqs()
    late = Late(client.list_queues)
    threads: list[threading.Thread] = []

    with LambdaEvents() as lambda_events:
        handler = lambda_events.function(lambda event, context: threads.append(started(late)), name="leave")
        handler.invoke({})

    assert "sqs.ListQueues" in late.finish(threads[0])


def test_a_thread_is_refused_while_another_environment_is_open(before: dict[str, object]) -> None:
    client = sqs()
    late = Late(lambda: client.create_queue(QueueName="stray"))

    with LambdaEvents():
        thread = started(late)
    with LambdaEvents() as lambda_events:
        message = late.finish(thread)
        names = list(lambda_events.queues)

    assert "sqs.CreateQueue" in message
    assert names == []


def test_a_thread_that_a_stray_thread_starts_is_refused_as_well(before: dict[str, object]) -> None:
    client = sqs()
    inner = Late(client.list_queues)
    outer = Late(lambda: inner.finish(started(inner)))

    with LambdaEvents():
        thread = started(outer)
    outer.may_go_on.set()
    thread.join()

    assert [type(error) for error in (*inner.met, *outer.met)] == [NotSimulatedError]


def test_a_request_without_a_client_is_refused(before: dict[str, object]) -> None:
    late = Late(lambda: URLLib3Session().send(AWSRequest("GET", "https://shop.example/a?b=c").prepare()))

    with LambdaEvents():
        thread = started(late)

    assert late.finish(thread).startswith("GET https://shop.example/a was called in thread")


def test_other_threads_are_free_while_a_stray_thread_is_running(before: dict[str, object], attempts: list[str]) -> None:
    client = sqs()
    late = Late(client.list_queues)

    with LambdaEvents():
        thread = started(late)
    with pytest.raises(Exception, match="reached for the network"):
        client.list_queues()
    late.finish(thread)

    assert attempts
    attempts.clear()


def test_botocore_is_patched_only_as_long_as_a_stray_thread_is_running(before: dict[str, object]) -> None:
    late = Late(sqs().list_queues)

    with LambdaEvents():
        thread = started(late)
    meanwhile = patches()
    late.finish(thread)

    assert meanwhile["attributes"] != before["attributes"]


def test_an_environment_opened_and_closed_meanwhile_leaves_the_guard_alone(before: dict[str, object]) -> None:
    client = sqs()
    late = Late(client.list_queues)

    with LambdaEvents():
        thread = started(late)
    for _ in range(2):
        with LambdaEvents() as lambda_events:
            lambda_events.queue("orders")

    assert "sqs.ListQueues" in late.finish(thread)


def test_a_stray_thread_may_end_while_another_environment_is_open(before: dict[str, object]) -> None:
    late = Late(sqs().list_queues)

    with LambdaEvents():
        thread = started(late)
    with LambdaEvents() as lambda_events:
        late.finish(thread)
        lambda_events.queue("orders")
        urls = sqs().list_queues()["QueueUrls"]

    assert len(urls) == 1


# ---------------------------------------------------------------------- pools


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """A pool that is older than any environment of the test, as a global of a module is."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        yield pool


@pytest.mark.parametrize("is_older", [True, False], ids=["older pool", "pool of the environment"])
def test_work_of_a_pool_is_refused_after_the_end_and_the_pool_is_free_again(
    is_older: bool, before: dict[str, object], pool: ThreadPoolExecutor, attempts: list[str]
) -> None:
    client = sqs()
    late = Late(client.list_queues)

    with LambdaEvents():
        used = pool if is_older else ThreadPoolExecutor(1)
        future: Future[None] = used.submit(late)
        late.has_begun.wait()
    late.may_go_on.set()
    future.result()
    later = used.submit(client.list_queues).exception()
    used.shutdown()

    assert [type(error) for error in late.met] == [NotSimulatedError]
    assert "reached for the network" in str(later)
    attempts.clear()
