"""SQS as moto has it, with what an environment repairs: instants, long polls, answers and cost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import moto.sqs.models
import pytest
from bare_environments import BareAws, bare_environment

from pytest_lambda_events.aws.sqs import repairs
from pytest_lambda_events.aws.sqs.simulated_queue import SimulatedQueue
from pytest_lambda_events.errors import NotSimulatedError


@pytest.fixture
def bare() -> Iterator[BareAws]:
    """An environment with the default options."""
    with bare_environment() as environment:
        yield environment


def received(url: str, **keywords: Any) -> list[str]:
    """The bodies of one receive."""
    answer = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, **keywords)
    return [message["Body"] for message in answer.get("Messages", [])]


def send(url: str, body: str = "hello", **keywords: Any) -> None:
    """Send one message."""
    boto3.client("sqs").send_message(QueueUrl=url, MessageBody=body, **keywords)


# ---------------------------------------------------------------------- instants


@pytest.mark.parametrize(
    ("seconds", "bodies"), [(29.999999, []), (30, ["hello"]), (30.000001, ["hello"])], ids=["before", "at", "after"]
)
def test_a_message_reappears_when_its_visibility_timeout_ends(seconds: float, bodies: list[str], bare: BareAws) -> None:
    time.sleep(0.1234567)
    url = bare.queue(VisibilityTimeout="30")
    send(url)
    received(url)

    bare.simulation.advance(seconds)

    assert received(url) == bodies


@pytest.mark.parametrize(
    ("seconds", "bodies"), [(4.999999, []), (5, ["hello"]), (5.000001, ["hello"])], ids=["before", "at", "after"]
)
def test_a_delayed_message_appears_when_its_delay_ends(seconds: float, bodies: list[str], bare: BareAws) -> None:
    time.sleep(0.7654321)
    url = bare.queue()
    send(url, DelaySeconds=5)

    bare.simulation.advance(seconds)

    assert received(url) == bodies


def test_a_visibility_timeout_set_to_zero_shows_the_message_at_the_same_instant(bare: BareAws) -> None:
    url, sqs = bare.queue(), bare.client("sqs")
    send(url)
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]

    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)

    assert received(url) == ["hello"]


@pytest.mark.parametrize(("seconds", "bodies"), [(59.999, ["hello"]), (60, [])], ids=["before", "at"])
def test_a_message_is_not_received_once_its_retention_period_is_over(seconds: float, bodies: list[str], bare: BareAws) -> None:
    url = bare.queue(MessageRetentionPeriod="60")
    send(url)

    bare.simulation.advance(seconds)

    assert received(url) == bodies


def test_a_redriven_message_reaches_the_dead_letter_queue(bare: BareAws) -> None:
    dead = bare.queue("dead")
    arn = bare.client("sqs").get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    url = bare.queue(VisibilityTimeout="1", RedrivePolicy=f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": 1}}')
    send(url)

    received(url)
    time.sleep(1)

    assert (received(url), received(dead)) == ([], ["hello"])


# ---------------------------------------------------------------------- long polls


def test_a_long_poll_of_an_empty_queue_takes_its_whole_time(bare: BareAws) -> None:
    assert received(bare.queue(), WaitTimeSeconds=20) == []
    assert bare.elapsed == 20


def test_the_queues_own_wait_time_counts(bare: BareAws) -> None:
    assert received(bare.queue(ReceiveMessageWaitTimeSeconds="7")) == []
    assert bare.elapsed == 7


def test_a_long_poll_returns_available_messages_immediately(bare: BareAws) -> None:
    url = bare.queue()
    send(url)

    assert received(url, WaitTimeSeconds=20) == ["hello"]
    assert bare.elapsed == 0


def test_a_long_poll_wakes_at_the_instant_of_a_send(bare: BareAws) -> None:
    url = bare.queue()
    bare.at(3, lambda: send(url))

    assert received(url, WaitTimeSeconds=20) == ["hello"]
    assert bare.elapsed == 3


@pytest.mark.parametrize("wait", [8, 9], ids=["at its end", "before its end"])
def test_a_long_poll_wakes_when_a_message_becomes_visible(wait: int, bare: BareAws) -> None:
    url = bare.queue(VisibilityTimeout="8")
    send(url)
    received(url)

    assert received(url, WaitTimeSeconds=wait) == ["hello"]
    assert bare.elapsed == 8


def test_a_long_poll_misses_a_message_that_becomes_visible_later(bare: BareAws) -> None:
    url = bare.queue(VisibilityTimeout="8")
    send(url)
    received(url)

    assert received(url, WaitTimeSeconds=7) == []
    assert bare.elapsed == 7


def test_a_long_poll_wakes_when_a_delay_ends(bare: BareAws) -> None:
    url = bare.queue()
    send(url, DelaySeconds=5)

    assert received(url, WaitTimeSeconds=20) == ["hello"]
    assert bare.elapsed == 5


def test_a_long_poll_wakes_when_visibility_is_changed(bare: BareAws) -> None:
    url, sqs = bare.queue(VisibilityTimeout="1000"), bare.client("sqs")
    send(url)
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    bare.at(2, lambda: sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=3))

    assert received(url, WaitTimeSeconds=20) == ["hello"]
    assert bare.elapsed == 5


def test_a_long_poll_wakes_when_deleting_a_message_frees_its_group(bare: BareAws) -> None:
    url, sqs = bare.queue("orders.fifo", FifoQueue="true", ContentBasedDeduplication="true"), bare.client("sqs")
    for body in ("first", "second"):
        send(url, body, MessageGroupId="a")
    first = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1, VisibilityTimeout=1000)["Messages"][0]
    bare.at(4, lambda: sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"]))

    assert received(url, WaitTimeSeconds=20) == ["second"]
    assert bare.elapsed == 4


def test_a_long_poll_of_a_queue_that_is_deleted_meanwhile_gets_awss_error(bare: BareAws) -> None:
    url, sqs = bare.queue(), bare.client("sqs")
    bare.at(4, lambda: sqs.delete_queue(QueueUrl=url))

    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)

    assert bare.elapsed == 4


def test_a_handler_that_polls_is_suspended_and_wakes_at_the_send_of_another(bare: BareAws) -> None:
    url = bare.queue()
    polled = bare.run_handler(lambda: (received(url, WaitTimeSeconds=20), bare.elapsed))
    bare.run_handler(lambda: (time.sleep(6), send(url)))

    bare.simulation.advance(60)

    assert polled == [(["hello"], 6)]


def test_of_two_handlers_that_poll_one_gets_the_message(bare: BareAws) -> None:
    url = bare.queue()
    polled = [bare.run_handler(lambda: (received(url, WaitTimeSeconds=20), bare.elapsed)) for _ in range(2)]
    bare.at(5, lambda: send(url))

    bare.simulation.advance(60)

    assert polled == [[(["hello"], 5)], [([], 20)]]


def test_a_thread_of_the_test_polls_while_the_test_sleeps(bare: BareAws) -> None:
    url = bare.queue()
    polled: list[tuple[list[str], float]] = []
    thread = threading.Thread(target=lambda: polled.append((received(url, WaitTimeSeconds=20), bare.elapsed)))
    thread.start()
    bare.at(5, lambda: send(url))

    time.sleep(60)
    thread.join()

    assert polled == [(["hello"], 5)]


def run_with_threads(bare: BareAws, handler: Callable[[], Any]) -> list[Any]:
    """What a handler returns that may be suspended until its thread has an answer."""
    results = bare.run_handler(handler)
    bare.simulation.advance(0)
    return results


def test_a_long_poll_in_a_handlers_own_thread_is_refused_by_name(bare: BareAws) -> None:
    url = bare.queue()

    def handler() -> list[str]:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(received, url, WaitTimeSeconds=20).result()

    with pytest.raises(NotSimulatedError, match="long poll"):
        run_with_threads(bare, handler)


def test_a_poll_in_a_handlers_own_thread_that_need_not_wait_is_answered(bare: BareAws) -> None:
    url = bare.queue()
    send(url)

    def handler() -> list[str]:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(received, url, WaitTimeSeconds=20).result()

    assert run_with_threads(bare, handler) == [["hello"]]


# ---------------------------------------------------------------------- answers


def _batch_of_two(url: str) -> list[dict[str, Any]]:
    sqs = boto3.client("sqs")
    entries = [{"Id": "1", "MessageBody": "a"}, {"Id": "2", "MessageBody": "b"}]
    sent = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    handles = [{"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]} for index, message in enumerate(messages)]
    visible = [{**handle, "VisibilityTimeout": 60} for handle in handles]
    changed = sqs.change_message_visibility_batch(QueueUrl=url, Entries=visible)
    return [sent, changed, sqs.delete_message_batch(QueueUrl=url, Entries=handles)]


def test_the_answer_to_a_batch_has_no_list_of_failures_where_nothing_failed(bare: BareAws) -> None:
    assert [sorted(answer.keys() - {"ResponseMetadata"}) for answer in _batch_of_two(bare.queue())] == [["Successful"]] * 3


def test_the_answer_to_a_batch_lists_what_failed(bare: BareAws) -> None:
    entries = [{"Id": "1", "MessageBody": "a"}, {"Id": "2", "MessageBody": "b", "DelaySeconds": 901}]

    answer = bare.client("sqs").send_message_batch(QueueUrl=bare.queue(), Entries=entries)

    assert [failure["Id"] for failure in answer["Failed"]] == ["2"]


@pytest.mark.parametrize("names", [["All"], ["QueueArn", "VisibilityTimeout"], ["ApproximateNumberOfMessages"]], ids=str)
@pytest.mark.parametrize(
    "attributes", [{}, {"FifoQueue": "true", "ContentBasedDeduplication": "true"}], ids=["standard", "fifo"]
)
def test_attributes_of_a_queue_are_those_of_moto(
    names: list[str], attributes: dict[str, str], bare: BareAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, sqs = bare.queue("orders.fifo" if attributes else "orders", **attributes), bare.client("sqs")
    ours = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]

    monkeypatch.setattr(moto.sqs.models.Queue, "attributes", property(repairs._MOTO_ATTRIBUTES))

    assert ours == sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]


def test_a_receive_leaves_the_messages_own_attributes_alone(bare: BareAws) -> None:
    url, sqs = bare.queue(VisibilityTimeout="1"), bare.client("sqs")
    send(url, MessageAttributes={"kind": {"DataType": "String", "StringValue": "order"}})

    without = sqs.receive_message(QueueUrl=url)["Messages"][0]
    time.sleep(1)
    with_all = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"][0]

    assert "MessageAttributes" not in without
    assert with_all["MessageAttributes"]["kind"]["StringValue"] == "order"


def test_a_delete_with_an_older_receipt_succeeds_and_deletes_nothing(bare: BareAws) -> None:
    url, sqs = bare.queue(VisibilityTimeout="1"), bare.client("sqs")
    send(url)
    older = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    time.sleep(1)
    received(url)

    sqs.delete_message(QueueUrl=url, ReceiptHandle=older)
    time.sleep(1)

    assert received(url) == ["hello"]


# ---------------------------------------------------------------------- cost


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Grows by one whenever moto computes all attributes of a queue, several passes over all its messages."""
    computed: list[object] = []
    original: Callable[..., Any] = repairs._MOTO_ATTRIBUTES
    monkeypatch.setattr(repairs, "_MOTO_ATTRIBUTES", lambda queue: (computed.append(queue), original(queue))[1])
    return computed


@pytest.mark.parametrize(
    ("name", "attributes", "keywords"),
    [("orders", {}, {}), ("orders.fifo", {"FifoQueue": "true", "ContentBasedDeduplication": "true"}, {"MessageGroupId": "a"})],
    ids=["standard", "fifo"],
)
def test_sending_and_receiving_compute_no_attributes(
    name: str, attributes: dict[str, str], keywords: dict[str, str], counted: list[object], bare: BareAws
) -> None:
    url = bare.queue(name, **attributes)
    before = len(counted)

    send(url, **keywords)
    bodies = received(url)

    assert bodies == ["hello"]
    assert len(counted) == before


def test_a_long_poll_asks_only_when_something_changes(bare: BareAws, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    take = SimulatedQueue.take
    monkeypatch.setattr(SimulatedQueue, "take", lambda queue, *given: (asked.append(bare.elapsed), take(queue, *given))[1])
    url = bare.queue()

    received(url, WaitTimeSeconds=20)

    assert asked == [0, 20]
