"""Tests of the function that takes orders, also when the bank, the topic or Lambda fails."""

from __future__ import annotations

import time
from typing import Any

import bank
import boto3
import orders
import pytest
from dirty_equals import IsPartialDict

from pytest_lambda_events import BalanceSheet, Function, LambdaEvents, Queue, matches_record

ORDER = {"id": 7, "card": "4242", "amount": 1999}
EXPIRED = ORDER | {"card": "expired"}


def test_an_order_is_charged_and_gets_a_response(take_order: Function, the_bank: Any) -> None:
    response = take_order.invoke(ORDER)

    assert the_bank.charged == [("4242", 1999)]
    assert response.payload == {"order": 7, "receipt": "receipt-1"}


def test_a_charged_order_is_announced_to_the_warehouse(lambda_events: LambdaEvents, take_order: Function) -> None:
    queue_url = warehouse_queue(lambda_events)

    take_order.invoke_async(ORDER)
    lambda_events.run_until_idle()

    [message] = boto3.client("sqs").receive_message(QueueUrl=queue_url)["Messages"]
    assert message["Body"] == '{"order": 7, "receipt": "receipt-1"}'


def test_a_declined_card_is_retried_twice_and_then_discarded(lambda_events: LambdaEvents, take_order: Function) -> None:
    event = take_order.invoke_async(EXPIRED)

    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in event.attempts] == [0, 60, 180]
    assert [attempt.error_type for attempt in event.attempts] == ["CardDeclined"] * 3
    assert event.condition == "RetriesExhausted"


def test_an_order_succeeds_when_the_bank_recovers_after_a_minute(
    lambda_events: LambdaEvents, take_order: Function, the_bank: Any
) -> None:
    the_bank.is_down = True
    event = take_order.invoke_async(ORDER)
    lambda_events.advance(59)
    the_bank.is_down = False

    lambda_events.run_until_idle()

    assert (event.condition, event.ended_after_seconds) == ("Success", 60)
    assert the_bank.charged == [("4242", 1999)]


def test_a_crash_after_the_charge_does_not_charge_twice(
    lambda_events: LambdaEvents, take_order: Function, the_bank: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**message: str) -> None:
        raise ConnectionError("no answer from SNS")

    with monkeypatch.context() as broken:
        broken.setattr(orders.sns, "publish", fail)
        event = take_order.invoke_async(ORDER)
        lambda_events.advance(0)
    lambda_events.run_until_idle()

    assert [attempt.outcome for attempt in event.attempts] == ["function_error", "success"]
    assert the_bank.charged == [("4242", 1999)]


@pytest.mark.lambda_failure("take-order", ConnectionError("the answer is lost"), after_handler=True, attempts=[1])
def test_an_order_whose_response_is_lost_is_not_charged_twice(
    lambda_events: LambdaEvents, take_order: Function, the_bank: Any
) -> None:
    event = take_order.invoke_async(ORDER)

    lambda_events.run_until_idle()

    assert [attempt.outcome for attempt in event.attempts] == ["function_error", "success"]
    assert the_bank.charged == [("4242", 1999)]


@pytest.mark.lambda_failure("take-order", "out_of_memory", when=lambda order: order["id"] == 8)
@pytest.mark.lambda_throttle("take-order", times=5)
def test_no_order_is_lost_when_several_failures_happen(lambda_events: LambdaEvents, take_order: Function) -> None:
    for number in range(6, 10):
        take_order.invoke_async(ORDER | {"id": number})

    lambda_events.run_until_idle()

    assert lambda_events.balance_sheet() == BalanceSheet(accepted=4, processed=3, at_destination=1)
    lambda_events.assert_no_data_lost()


def test_a_day_later_the_same_order_is_charged_again(lambda_events: LambdaEvents, take_order: Function, the_bank: Any) -> None:
    take_order.invoke(ORDER)
    take_order.invoke(ORDER)
    time.sleep(24 * 60 * 60 + 1)

    take_order.invoke(ORDER)

    assert the_bank.charged == [("4242", 1999)] * 2


def test_a_bank_too_slow_for_the_timeout_is_asked_again(
    lambda_events: LambdaEvents, take_order: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    def charge_slowly(card: str, amount: int) -> str:
        time.sleep(11)
        return "never seen"

    monkeypatch.setattr(bank, "charge", charge_slowly)

    event = take_order.invoke_async(ORDER)
    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in event.attempts] == [0, 70, 200]
    assert event.attempts[0].error_type == "Sandbox.Timedout"


def test_reserved_concurrency_of_one_processes_a_burst_one_by_one(
    lambda_events: LambdaEvents, take_order: Function, the_bank: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    charge_at_once = the_bank.charge

    def charge_in_two_seconds(card: str, amount: int) -> str:
        time.sleep(2)
        return str(charge_at_once(card, amount))

    monkeypatch.setattr(bank, "charge", charge_in_two_seconds)
    take_order.update(reserved_concurrent_executions=1)

    events = [take_order.invoke_async(ORDER | {"id": number}) for number in range(3)]
    lambda_events.run_until_idle()

    assert [event.condition for event in events] == ["Success"] * 3
    assert [event.attempts[-1].started_after_seconds for event in events] == [0, 3, 7]
    assert len(the_bank.charged) == 3


def test_an_order_throttled_for_six_hours_is_discarded(
    lambda_events: LambdaEvents, take_order: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bank, "charge", lambda card, amount: time.sleep(899))
    take_order.update(timeout=900, reserved_concurrent_executions=1)
    take_order.invoke_async(ORDER | {"id": 100})
    event = take_order.invoke_async(ORDER)

    keep_busy(lambda_events, take_order, hours=6)

    assert (event.condition, event.ended_after_seconds) == ("EventAgeExceeded", 21_511)
    assert [attempt.outcome for attempt in event.attempts] == ["throttled"] * 80


def test_a_discarded_order_is_in_the_failure_queue_with_its_reason(
    lambda_events: LambdaEvents, take_order: Function, failed_orders: Queue
) -> None:
    take_order.invoke_async(EXPIRED)

    lambda_events.run_until_idle()

    assert failed_orders.invocation_records == [
        matches_record(
            condition="RetriesExhausted",
            approximate_invoke_count=3,
            request_payload=EXPIRED,
            response_payload=IsPartialDict(errorMessage="card expired"),
        )
    ]


def test_an_order_that_succeeds_in_the_end_is_not_in_the_failure_queue(
    lambda_events: LambdaEvents, take_order: Function, the_bank: Any, failed_orders: Queue
) -> None:
    the_bank.is_down = True
    take_order.invoke_async(ORDER)
    lambda_events.advance(179)
    the_bank.is_down = False

    lambda_events.run_until_idle()

    assert the_bank.charged == [("4242", 1999)]
    assert failed_orders.messages == []


def test_a_failed_order_can_be_sent_again_from_its_record(
    lambda_events: LambdaEvents, take_order: Function, the_bank: Any, failed_orders: Queue
) -> None:
    the_bank.is_down = True
    take_order.invoke_async(ORDER)
    lambda_events.run_until_idle()
    the_bank.is_down = False

    [record] = failed_orders.invocation_records
    again = take_order.invoke_async(record.request_payload)
    lambda_events.run_until_idle()

    assert again.condition == "Success"
    assert the_bank.charged == [("4242", 1999)]


def test_an_order_taken_while_the_function_is_stopped_is_not_lost(
    lambda_events: LambdaEvents, take_order: Function, failed_orders: Queue
) -> None:
    take_order.update(reserved_concurrent_executions=0)

    take_order.invoke_async(ORDER)
    lambda_events.run_until_idle()

    [record] = failed_orders.invocation_records
    assert (record.condition, record.request_payload) == ("ZeroReservedConcurrency", ORDER)


def test_an_order_sent_with_boto3_only_is_retried_the_same_way(lambda_events: LambdaEvents, take_order: Function) -> None:
    boto3.client("lambda").invoke(
        FunctionName="take-order", InvocationType="Event", Payload=b'{"id": 7, "card": "expired", "amount": 1999}'
    )
    time.sleep(180)

    [event] = take_order.events
    assert event.condition == "RetriesExhausted"


def warehouse_queue(lambda_events: LambdaEvents) -> str:
    """Returns the URL of a queue that is subscribed to the topic."""
    sqs, sns = lambda_events.client("sqs"), lambda_events.client("sns")
    [topic] = sns.list_topics()["Topics"]
    url = str(sqs.create_queue(QueueName="warehouse")["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic["TopicArn"], Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    return url


def keep_busy(lambda_events: LambdaEvents, function: Function, *, hours: int) -> None:
    """Let an order that takes a quarter of an hour follow the one before, until `hours` have passed."""
    for quarter in range(1, hours * 4 + 1):
        lambda_events.advance(15 * 60)
        function.invoke_async(ORDER | {"id": 100 + quarter})
