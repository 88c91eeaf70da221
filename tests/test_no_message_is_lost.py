"""For any handlers, settings and interference: no message is lost or in two places, and none comes too often or too early."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Literal

import boto3
import pytest
from botocore.exceptions import ClientError
from example_counts import examples
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from queue_ledger import SECOND, Ledger, Rules

from pytest_lambda_events import EventSourceMapping, Function, LambdaEvents

KEEP = [{"body": {"kind": ["keep"]}}]
TIMEOUT = 20
RETENTION = 1_000
ACTIONS = ("be slow", "succeed", "raise", "report half", "report nonsense", "time out", "extend", "shorten", "be slow")
FAILING = ("raise", "time out", "shorten")


Step = tuple[str, dict[str, Any]]


def step(name: str, **options: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    """A thing that the test can do: a method of `QueueStory` with what it is given."""
    return st.tuples(st.just(name), st.fixed_dictionaries(options))


SEND = step(
    "send",
    groups=st.text("AAB", min_size=2, max_size=8),
    kinds=st.lists(st.sampled_from(["keep", "keep", "drop"]), min_size=8, max_size=8),
    delay=st.sampled_from([0, 0, 7]),
)
WILL = step("handlers_will", actions=st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=4))
BESIDE = step("receive_beside", count=st.integers(1, 10), seconds=st.sampled_from([0, 5, 40, 2_000]))
UPDATE = step(
    "update",
    index=st.integers(0, 1),
    enabled=st.sampled_from([True, True, False]),
    batch_size=st.sampled_from([1, 3, 10]),
    most=st.sampled_from([None, 2, 3]),
    is_filtered=st.booleans(),
    window=st.sampled_from([0, 0, 4, 40]),
)
STEPS = st.one_of(
    SEND, SEND, SEND, SEND, WILL, WILL, UPDATE, BESIDE, BESIDE,
    step("delete_beside", index=st.integers(0, 9)),
    step("change_beside", index=st.integers(0, 9), seconds=st.sampled_from([0, 10, 100])),
    step("throttle", index=st.integers(0, 1), reserved=st.sampled_from([0, 1, None, None])),
    step("hide_for", seconds=st.sampled_from([1, 5, 30, 100])),
    step("purge"),
    step("run_until_idle"),
)  # fmt: skip


class QueueStory(RuleBasedStateMachine):
    """One queue, its dead-letter queue, and one or two functions that compete for it."""

    @initialize(
        is_fifo=st.booleans(),
        most=st.sampled_from([None, 1, 2, 3]),
        mappings=st.integers(1, 2),
        batch_size=st.sampled_from([1, 1, 3, 10]),
        maximum=st.sampled_from([None, 2]),
        hidden=st.sampled_from([5, 30]),
        reports=st.booleans(),
        choices=st.sampled_from(["documented", "seeded"]),
        seed=st.integers(0, 3),
    )
    def begin(
        self, is_fifo: bool, most: int | None, mappings: int, batch_size: int, maximum: int | None, hidden: int,
        reports: bool, choices: Literal["documented", "seeded"], seed: int,
    ) -> None:  # fmt: skip
        self.env = LambdaEvents(choices=choices, seed=seed)
        self.env.__enter__()
        suffix = ".fifo" if is_fifo else ""
        self.is_fifo, self.reports = is_fifo, reports
        self.dead = self.env.queue(f"dead{suffix}", message_retention_period=RETENTION)
        redrive: Any = {} if most is None else {"dead_letter_queue": self.dead, "max_receive_count": most}
        self.queue = self.env.queue(f"orders{suffix}", visibility_timeout=30, message_retention_period=RETENTION, **redrive)
        self.ledger = Ledger(self.env, self.queue.arn, 30, RETENTION, most)
        self.actions = ["be slow"]
        self.receipts: list[tuple[str, str, int]] = []
        self.functions: list[Function] = []
        self.mappings: list[EventSourceMapping] = []
        for number in range(mappings):
            function = self.env.function(self.handler, name=f"function-{number}", timeout=TIMEOUT)
            types = ["ReportBatchItemFailures"] if reports else []
            mapping = function.add_event_source(
                self.queue, batch_size=batch_size, function_response_types=types, maximum_concurrency=maximum
            )
            self.functions.append(function)
            self.mappings.append(mapping)
            self.ledger.reserved[function.name] = None
            self.ledger.rules[mapping.uuid] = Rules(batch_size=batch_size, most=maximum)
        self.hide_for(hidden)

    def teardown(self) -> None:
        if hasattr(self, "env"):
            self.env.__exit__(None, None, None)

    # ------------------------------------------------------------------ the functions

    def handler(self, event: Any, context: Any) -> object:
        """Does what is next on the list; the last thing on it for ever."""
        action = self.actions.pop(0) if len(self.actions) > 1 else self.actions[0]
        message_ids = [record["messageId"] for record in event["Records"]]
        half = message_ids[len(message_ids) // 2 :]
        failed = {"report half": half, "report nonsense": message_ids}.get(action, []) if self.reports else []
        self.ledger.expected_failures[context.aws_request_id] = set(message_ids if action in FAILING else failed)
        self.ledger.ignored_failures[context.aws_request_id] = set(
            half if action == "report half" and not self.reports else []
        )
        return self.act(action, event["Records"][0], half)

    def act(self, action: str, record: Any, half: list[str]) -> object:
        if action in ("extend", "shorten"):
            self.change(record, 50 if action == "extend" else 1)
        if action in ("be slow", "extend"):
            time.sleep(15)
        if action == "time out":
            time.sleep(TIMEOUT + 1)
        if action in FAILING:
            raise ValueError(action)
        if action == "report nonsense":
            return {"batchItemFailures": [{"itemIdentifier": "none of them"}]}
        return {"batchItemFailures": [{"itemIdentifier": name} for name in half]} if action == "report half" else None

    def change(self, record: Any, seconds: int) -> None:
        """As a handler does it that wants more time, or less."""
        message_id, receive = record["messageId"], int(record["attributes"]["ApproximateReceiveCount"])
        self.ledger.hidden(message_id, receive, seconds)
        quietly(
            boto3.client("sqs").change_message_visibility,
            QueueUrl=self.queue.url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=seconds,
        )  # fmt: skip

    # ------------------------------------------------------------------ what the test does

    @rule(step=STEPS, seconds=st.sampled_from([None, None, 0, 1, 4, 15, 30, 61]))
    def go_on(self, step: Step, seconds: int | None) -> None:
        """The one thing and the next may happen before pollers see either."""
        name, options = step
        getattr(self, name)(**options)
        if seconds is not None:
            self.env.advance(seconds)

    def handlers_will(self, actions: list[str]) -> None:
        self.actions = actions

    def send(self, groups: list[str], kinds: list[str], delay: int) -> None:
        delay = 0 if self.is_fifo else delay
        for group, kind in zip(groups, kinds, strict=False):
            number = len(self.ledger.lives)
            options: Any = {"delay_seconds": delay}
            if self.is_fifo:
                options = {"message_group_id": group, "message_deduplication_id": str(number)}
            [message] = self.queue.send({"kind": kind, "number": number}, **options)
            self.ledger.sent(message.message_id, group if self.is_fifo else None, delay, is_wanted=kind == "keep")

    def run_until_idle(self) -> None:
        self.env.run_until_idle()
        self.ledger.read()
        if any(self.ledger.rules[mapping.uuid].is_enabled for mapping in self.mappings):
            assert self.ledger.deliverable() == []

    def receive_beside(self, count: int, seconds: int) -> None:
        received = self.env.client("sqs").receive_message(
            QueueUrl=self.queue.url, MaxNumberOfMessages=count, VisibilityTimeout=seconds,
            AttributeNames=["ApproximateReceiveCount"],
        ).get("Messages", [])  # fmt: skip
        self.ledger.read()
        self.ledger.received([message["MessageId"] for message in received], seconds)
        for message in received:
            receive = int(message["Attributes"]["ApproximateReceiveCount"])
            assert receive == self.ledger.lives[message["MessageId"]].receives
            self.receipts.append((message["MessageId"], message["ReceiptHandle"], receive))

    def delete_beside(self, index: int) -> None:
        if not self.receipts:
            return
        message_id, receipt, receive = self.receipts[index % len(self.receipts)]
        quietly(self.env.client("sqs").delete_message, QueueUrl=self.queue.url, ReceiptHandle=receipt)
        self.ledger.read()
        self.ledger.deleted(message_id, receive)

    def change_beside(self, index: int, seconds: int) -> None:
        if not self.receipts:
            return
        message_id, receipt, receive = self.receipts[index % len(self.receipts)]
        quietly(
            self.env.client("sqs").change_message_visibility,
            QueueUrl=self.queue.url, ReceiptHandle=receipt, VisibilityTimeout=seconds,
        )  # fmt: skip
        self.ledger.hidden(message_id, receive, seconds)

    def throttle(self, index: int, reserved: int | None) -> None:
        function = self.functions[index % len(self.functions)]
        function.update(reserved_concurrent_executions=reserved)
        self.ledger.reserved[function.name] = reserved

    def update(self, index: int, enabled: bool, batch_size: int, most: int | None, is_filtered: bool, window: int) -> None:
        mapping = self.mappings[index % len(self.mappings)]
        mapping.update(
            enabled=enabled, batch_size=batch_size, maximum_concurrency=most, filters=KEEP if is_filtered else None,
            maximum_batching_window_in_seconds=0 if self.is_fifo else window,
        )  # fmt: skip
        self.ledger.rules[mapping.uuid] = Rules(enabled, batch_size, most, is_filtered)

    def hide_for(self, seconds: int) -> None:
        self.queue.update(visibility_timeout=seconds)
        self.ledger.visibility_timeout = seconds

    def purge(self) -> None:
        was_purged = quietly(self.env.client("sqs").purge_queue, QueueUrl=self.queue.url)
        self.ledger.read()
        if was_purged:
            self.ledger.purged()

    # ------------------------------------------------------------------ what always holds

    @invariant()
    def each_message_is_where_the_books_say(self) -> None:
        if not hasattr(self, "env"):
            return
        held, dead = self.queue.messages, self.dead.messages
        self.ledger.read()
        books = self.ledger.within("queue")
        assert {message.message_id: message.approximate_receive_count for message in held} == {
            message_id: life.receives for message_id, life in books.items()
        }
        assert len(held) == len(books)
        assert [message.message_id for message in self.queue.visible_messages] == [
            message_id for message_id, life in books.items() if life.hidden_until <= self.ledger.now
        ]
        assert sorted(message.message_id for message in dead) == sorted(self.ledger.within("dead-letter queue"))
        assert self.ledger.now == round(self.env.elapsed * SECOND)
        assert places_of(self.env) == self.ledger.balance()


def places_of(env: LambdaEvents) -> Counter[str]:
    """The balance sheet, as far as it is not empty."""
    counted = asdict(env.balance_sheet())
    assert counted.pop("accepted") == sum(counted.values())
    return +Counter(counted)


def quietly(call: Callable[..., object], **parameters: object) -> bool:
    """Call SQS, which may refuse. Whether it did not."""
    try:
        call(**parameters)
    except ClientError:
        return False
    return True


@pytest.mark.rule("SQS-06", "SQS-20", "SQS-40", "SQS-42", "SQS-48", "SQS-53", "SQS-60", "SQS-73", "SQS-80", "SQS-81", "SQS-90")
def test_no_message_is_lost_or_in_two_places_or_delivered_when_it_should_not_be() -> None:
    run_state_machine_as_test(
        QueueStory,
        settings=settings(
            max_examples=examples(50),
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )
