"""Pipes whose functions fail at random: no message is lost, and no record of a stream is skipped."""

from __future__ import annotations

import base64
from random import Random
from typing import Any

import pytest
from pipe_stories import body_of, create, of_stream

from pytest_lambda_events import Function, LambdaEvents

SEEDS = range(4)


def enrichment_of(lambda_events: LambdaEvents, random: Random) -> Function:
    """Returns an enrichment that fails sometimes, and returns its event otherwise."""

    def enrich(event: Any, context: Any) -> Any:
        if random.random() < 0.2:
            raise RuntimeError("no database")
        return event

    return lambda_events.function(enrich)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_message_is_processed_or_in_the_dead_letter_queue(lambda_events: LambdaEvents, seed: int) -> None:
    random, processed = Random(seed), set[int]()

    def process(event: Any, context: Any) -> Any:
        if random.random() < 0.2:
            raise RuntimeError("no database")
        failed = [record for record in event if random.random() < 0.3]
        processed.update(body_of(record)["n"] for record in event if record not in failed)
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}

    dead = lambda_events.queue("dead")
    orders = lambda_events.queue("orders", visibility_timeout=30, dead_letter_queue=dead, max_receive_count=3)
    create(
        lambda_events, orders.arn, lambda_events.function(process).arn, Enrichment=enrichment_of(lambda_events, random).arn,
        SourceParameters={"SqsQueueParameters": {"BatchSize": 4}},
    )  # fmt: skip

    for number in range(30):
        orders.send({"n": number})
        lambda_events.advance(random.choice([0, 7]))
    lambda_events.run_until_idle()

    balance = lambda_events.balance_sheet()
    assert processed | {message.json["n"] for message in dead.messages} == set(range(30))
    assert (balance.processed + balance.dead, balance.lost, balance.pending) == (30, 0, 0)
    assert balance.processed > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_records_are_processed_in_order(lambda_events: LambdaEvents, seed: int) -> None:
    random, processed = Random(seed), list[int]()

    def process(event: Any, context: Any) -> Any:
        if random.random() < 0.2:
            raise RuntimeError("no database")
        failing = next((place for place in range(len(event)) if random.random() < 0.2), len(event))
        processed.extend(int(base64.b64decode(record["data"])) for record in event[:failing])
        return {"batchItemFailures": [{"itemIdentifier": record["eventID"]} for record in event[failing : failing + 1]]}

    clicks = lambda_events.stream("clicks")
    own = {"BatchSize": 4, **({"OnPartialBatchItemFailure": "AUTOMATIC_BISECT"} if seed % 2 else {})}
    create(
        lambda_events, clicks.arn, lambda_events.function(process).arn, Enrichment=enrichment_of(lambda_events, random).arn,
        SourceParameters=of_stream(**own),
    )  # fmt: skip

    for number in range(40):
        clicks.put(str(number), partition_key="a")
        lambda_events.advance(random.choice([0, 3]))
    lambda_events.run_until_idle()

    assert processed == list(range(40))
    lambda_events.assert_no_data_lost()
    assert lambda_events.balance_sheet().processed == 40
