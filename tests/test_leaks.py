"""After an environment everything is as before."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

import boto3
import pytest
from bare_environments import BareAws, bare_environment
from moto import mock_aws
from process_state import PATCHED, fingerprint

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.aws.process import process
from pytest_lambda_events.opened import Nobody, observation


def use(bare: BareAws) -> None:
    """A bit of everything."""
    url = bare.queue()
    bare.run_handler(lambda: (time.sleep(5), boto3.client("sqs").send_message(QueueUrl=url, MessageBody="hello")))
    boto3.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20)
    asyncio.run(asyncio.sleep(1))
    thread = threading.Thread(target=time.sleep, args=(3,))
    thread.start()
    thread.join()
    bare.run_handler(lambda: time.sleep(3600))


def feed(lambda_events: LambdaEvents) -> None:
    """Queues, a dead-letter queue, mappings of both kinds of queue, a batch in hand and one that is gathered."""
    dead = lambda_events.queue("dead")
    orders = lambda_events.queue("orders", dead_letter_queue=dead, max_receive_count=1)
    groups = lambda_events.queue("groups.fifo", content_based_deduplication=True)
    sleeper = lambda_events.function(lambda event, context: time.sleep(5), name="sleeper", timeout=20)
    sleeper.add_event_source(orders, maximum_batching_window_in_seconds=10)
    sleeper.add_event_source(groups)
    orders.send("one", "two")
    groups.send("three", message_group_id="A")
    lambda_events.advance(12)
    orders.send("four")
    groups.send("five", message_group_id="A")
    lambda_events.advance(1)


def feed_from_streams(lambda_events: LambdaEvents) -> None:
    """A stream that is split, a consumer, a table whose items expire; a batch in hand, one retried, one gathered, a window."""
    clicks = lambda_events.stream("clicks", shard_count=2)
    items = lambda_events.table("items", partition_key="id", stream_view_type="NEW_IMAGE", time_to_live="ends")
    reader = lambda_events.function(lambda event, context: time.sleep(5), name="reader", timeout=20)
    counter = lambda_events.function(lambda event, context: {"state": {}}, name="counter")
    failing = lambda_events.function(lambda event, context: {"batchItemFailures": 0}, name="failing")
    start = "TRIM_HORIZON"
    reader.add_event_source(clicks, starting_position=start, parallelization_factor=2)
    reader.add_event_source(items, starting_position=start, maximum_batching_window_in_seconds=300)
    counter.add_event_source(clicks.register_consumer("reader"), starting_position=start, tumbling_window_in_seconds=900)
    failing.add_event_source(items, starting_position=start, function_response_types=["ReportBatchItemFailures"])
    items.put_item({"id": "a", "ends": int(time.time()) + 1})
    items.put_item({"id": "b", "ends": int(time.time()) + 3_600})
    clicks.put("one", "two", partition_key="a")
    lambda_events.advance(12)
    clicks.split_shard(clicks.shards[0])
    clicks.put("three", partition_key="a")
    items.put_item({"id": "c"})
    lambda_events.advance(1)


def test_an_environment_leaves_the_process_as_it_was() -> None:
    with bare_environment() as bare:
        use(bare)
    before = fingerprint()

    with bare_environment(seed=1, account_id="111122223333", region_name="eu-west-1") as bare:
        use(bare)

    assert fingerprint() == before


def test_the_very_first_environment_leaves_the_process_as_it_was(tmp_path: Path) -> None:
    story = tmp_path / "story.py"
    story.write_text(
        f"import sys\nsys.path[:0] = [{str(Path(__file__).parent)!r}]\n"
        "import moto.sqs.models, moto.logs.models, moto.sqs.responses\n"
        "from bare_environments import bare_environment\n"
        "from process_state import fingerprint\n"
        "before = fingerprint()\n"
        "with bare_environment() as bare:\n"
        "    inside = fingerprint()\n"
        "after = fingerprint()\n"
        "assert inside != before\n"
        "pairs = [(key, value, after['attributes'].get(key)) for key, value in before['attributes'].items()]\n"
        "changed = [key for key, old, new in pairs if old != new]\n"
        "assert not changed, changed\n"
        "assert {key: value for key, value in after.items() if key != 'attributes'} == "
        "{key: value for key, value in before.items() if key != 'attributes'}\n"
    )

    done = subprocess.run([sys.executable, str(story)], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def unobserved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the plugin not keep what a test opens for its report."""
    monkeypatch.setattr(observation(), "observer", Nobody())


def test_the_comparison_sees_what_an_environment_replaces() -> None:
    before = fingerprint()

    with bare_environment():
        inside = fingerprint()

    attributes = {name for name, value in inside["attributes"].items() if before["attributes"].get(name) != value}  # type: ignore[attr-defined]
    assert {name.partition(".")[0] for name in attributes} >= {"asyncio", "botocore", "moto", "threading"}
    assert {key for key in before if inside[key] != before[key]} >= {
        "environ", "default session", "mocks", "clock", "simulation"
    }  # fmt: skip
    assert set(PATCHED) >= {"time", "datetime"}


def test_an_environment_with_queues_and_mappings_leaves_the_process_as_it_was() -> None:
    with LambdaEvents() as lambda_events:
        feed(lambda_events)
        feed_from_streams(lambda_events)
    before = fingerprint()

    with LambdaEvents(seed=1) as lambda_events:
        feed(lambda_events)
        feed_from_streams(lambda_events)

    assert fingerprint() == before


def test_a_closed_environment_with_pollers_is_collected(unobserved: None) -> None:
    with LambdaEvents() as lambda_events:
        feed(lambda_events)
        feed_from_streams(lambda_events)
        simulation = weakref.ref(lambda_events._open_wiring.simulation)

    del lambda_events
    gc.collect()

    assert simulation() is None


def test_messages_of_an_outer_mock_are_the_same_after_an_environment() -> None:
    """Of two one is in flight, and stays so for moto alone."""
    with mock_aws():
        sqs = boto3.client("sqs", region_name="us-east-1")
        url = sqs.create_queue(QueueName="outer", Attributes={"VisibilityTimeout": "600"})["QueueUrl"]
        sent = [sqs.send_message(QueueUrl=url, MessageBody=body)["MessageId"] for body in ("received", "waiting")]
        [received] = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)["Messages"]

        with LambdaEvents() as lambda_events:
            feed(lambda_events)

        left = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=received["ReceiptHandle"])
        counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]

    assert [message["MessageId"] for message in left] == sent[1:]
    assert (counts["ApproximateNumberOfMessages"], counts["ApproximateNumberOfMessagesNotVisible"]) == ("0", "1")


def test_threads_of_a_test_lose_no_message_between_them() -> None:
    with LambdaEvents() as lambda_events:
        orders = lambda_events.queue("orders")
        sqs = lambda_events.client("sqs")
        got: list[str] = []

        def send(number: int) -> None:
            for index in range(10):
                sqs.send_message(QueueUrl=orders.url, MessageBody=f"{number} {index}")

        def receive() -> None:
            while len(got) < 20:
                for message in sqs.receive_message(QueueUrl=orders.url, WaitTimeSeconds=1).get("Messages", []):
                    got.append(message["Body"])
                    sqs.delete_message(QueueUrl=orders.url, ReceiptHandle=message["ReceiptHandle"])

        threads = [threading.Thread(target=receive) for _ in range(2)]
        threads += [threading.Thread(target=send, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(got) == sorted(f"{number} {index}" for number in range(2) for index in range(10))
        assert orders.messages == []


def test_sessions_and_clients_do_not_pile_up() -> None:
    with bare_environment() as bare:
        use(bare)
    before = len(process().sessions), len(process().clients), len(process().signal_functions or [])

    with bare_environment() as bare:
        use(bare)

    assert (len(process().sessions), len(process().clients), len(process().signal_functions or [])) == before


def test_a_closed_environment_is_collected() -> None:
    with bare_environment() as bare:
        use(bare)
        simulation = weakref.ref(bare.simulation)

    del bare
    gc.collect()

    assert simulation() is None


def test_a_closed_environment_is_collected_though_the_exception_that_it_planned_lives_on(unobserved: None) -> None:
    error = TimeoutError("bank is closed")
    with LambdaEvents() as lambda_events:
        charge = lambda_events.function(lambda event, context: None, name="charge")
        charge.fail(error)
        charge.invoke_async({"order": 7})
        lambda_events.run_until_idle()
        journal = weakref.ref(lambda_events.journal)

    del lambda_events, charge
    gc.collect()

    assert journal() is None
