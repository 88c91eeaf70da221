"""What becomes of an order, also when the bank, the warehouse's topic or Lambda itself has a bad day."""

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


def test_an_order_is_charged_and_answered(take_order: Function, the_bank: Any) -> None:
    response = take_order.invoke(ORDER)

    assert the_bank.charged == [("4242", 1999)]
    assert response.payload == {"order": 7, "receipt": "receipt-1"}


def test_the_warehouse_hears_of_a_charged_order(lambda_events: LambdaEvents, take_order: Function) -> None:
    queue_url = warehouse_queue(lambda_events)

    take_order.invoke_async(ORDER)
    lambda_events.run_until_idle()

    [message] = boto3.client("sqs").receive_message(QueueUrl=queue_url)["Messages"]
    assert message["Body"] == '{"order": 7, "receipt": "receipt-1"}'


def test_a_declined_card_is_retried_twice_then_given_up(lambda_events: LambdaEvents, take_order: Function) -> None:
    event = take_order.invoke_async(EXPIRED)

    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in event.attempts] == [0, 60, 180]
    assert [attempt.error_type for attempt in event.attempts] == ["CardDeclined"] * 3
    assert event.condition == "RetriesExhausted"


def test_an_order_survives_a_bank_that_is_back_after_a_minute(
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
def test_an_order_whose_answer_is_lost_is_not_charged_twice(
    lambda_events: LambdaEvents, take_order: Function, the_bank: Any
) -> None:
    event = take_order.invoke_async(ORDER)

    lambda_events.run_until_idle()

    assert [attempt.outcome for attempt in event.attempts] == ["function_error", "success"]
    assert the_bank.charged == [("4242", 1999)]


@pytest.mark.lambda_failure("take-order", "out_of_memory", when=lambda order: order["id"] == 8)
@pytest.mark.lambda_throttle("take-order", times=5)
def test_no_order_is_lost_on_a_day_when_much_goes_wrong(lambda_events: LambdaEvents, take_order: Function) -> None:
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


def test_a_burst_passes_a_narrow_door_one_by_one(
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


def test_an_order_throttled_for_six_hours_is_given_up(
    lambda_events: LambdaEvents, take_order: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bank, "charge", lambda card, amount: time.sleep(899))
    take_order.update(timeout=900, reserved_concurrent_executions=1)
    take_order.invoke_async(ORDER | {"id": 100})
    event = take_order.invoke_async(ORDER)

    keep_busy(lambda_events, take_order, hours=6)

    assert (event.condition, event.ended_after_seconds) == ("EventAgeExceeded", 21_511)
    assert [attempt.outcome for attempt in event.attempts] == ["throttled"] * 80


def test_an_order_that_was_given_up_waits_in_the_failure_queue_with_its_reason(
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


def test_the_same_order_through_boto3_alone_is_retried_alike(lambda_events: LambdaEvents, take_order: Function) -> None:
    boto3.client("lambda").invoke(
        FunctionName="take-order", InvocationType="Event", Payload=b'{"id": 7, "card": "expired", "amount": 1999}'
    )
    time.sleep(180)

    [event] = take_order.events
    assert event.condition == "RetriesExhausted"


def warehouse_queue(lambda_events: LambdaEvents) -> str:
    """The URL of a queue that gets what the topic is told."""
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
