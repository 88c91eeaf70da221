"""The lives of an order that cannot be charged, one on a bad day, one that cannot be shipped, and how long they took here."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from unittest import mock

import bank
import orders
import shipping

from pytest_lambda_events import LambdaEvents

ORDER = {"id": 7, "card": "expired", "amount": 1999}


def charge(card: str, amount: int) -> str:
    """A bank that takes all cards but one."""
    if card == "expired":
        raise bank.CardDeclined("card expired")
    return "receipt-1"


def make_table(lambda_events: LambdaEvents, name: str) -> None:
    """A table with the key `id`."""
    lambda_events.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def order_story(lambda_events: LambdaEvents) -> str:
    """Send one order whose card has expired, and tell what became of it."""
    make_table(lambda_events, "payments")
    failed_orders = lambda_events.queue("failed-orders")
    take_order = lambda_events.function(orders.handler, name="take-order", on_failure=failed_orders)
    event = take_order.invoke_async(ORDER)
    lambda_events.run_until_idle()
    timeline = lambda_events.journal.timeline(event)
    [record] = failed_orders.invocation_records
    told = f"In the queue for failed orders: order {record.request_payload['id']}, {record.response_payload['errorMessage']}"
    return f"One order, whose card has expired:\n\n{timeline}\n\n{told}"


def bad_day_story(lambda_events: LambdaEvents) -> str:
    """Plan a throttle and a lost answer for an order, and tell that it survives them."""
    make_table(lambda_events, "payments")
    environment = {"WAREHOUSE_TOPIC": lambda_events.topic("warehouse").arn}
    take_order = lambda_events.function(orders.handler, name="take-order", timeout=10, environment=environment)
    take_order.throttle(attempts=[1])
    take_order.fail(ConnectionError("the answer is lost"), after_handler=True, attempts=[2])
    event = take_order.invoke_async(ORDER | {"card": "4242"})
    lambda_events.run_until_idle()
    lambda_events.assert_no_data_lost()
    timeline = lambda_events.journal.timeline(event)
    return f"An order on a planned bad day:\n\n{timeline}\n\nWhat became of it: {lambda_events.balance_sheet().text}"


def parcel_story(lambda_events: LambdaEvents) -> str:
    """Announce two orders to the warehouse's queue, one without a receipt, and tell what became of them."""
    make_table(lambda_events, "parcels")
    dead = lambda_events.queue("parcels-dead")
    waiting = lambda_events.queue("parcels", visibility_timeout=60, dead_letter_queue=dead, max_receive_count=5)
    announcements = lambda_events.topic("announcements")
    announcements.subscribe(waiting)
    ship = lambda_events.function(shipping.handler, name="ship", timeout=10)
    ship.add_event_source(waiting, function_response_types=["ReportBatchItemFailures"])
    announcements.publish({"order": 7, "receipt": "receipt-1"})
    announcements.publish({"order": 8, "receipt": ""})
    lambda_events.run_until_idle()
    [message] = dead.messages
    told = f"In the dead-letter queue of parcels: {message.json['Message']}"
    return f"Two parcels in a queue, one without a receipt:\n\n{lambda_events.journal.timeline(ship)}\n\n{told}"


def told(story: Callable[[LambdaEvents], str]) -> str:
    """The story in a world of its own, and how long it took there and here."""
    started = perf_counter()
    with mock.patch.object(bank, "charge", charge), LambdaEvents() as lambda_events:
        text, elapsed = story(lambda_events), lambda_events.elapsed
    return f"{text}\n\n{elapsed:g} virtual seconds passed in {(perf_counter() - started) * 1000:.0f} real milliseconds."


def main() -> None:
    """Print the timelines. A first telling loads moto's services, which happens once in a test run: the second one counts."""
    orders.logger.setLevel("CRITICAL")
    shipping.logger.setLevel("CRITICAL")
    stories = (order_story, bad_day_story, parcel_story)
    for story in stories:
        told(story)
    print(*map(told, stories), sep="\n\n\n")


if __name__ == "__main__":
    main()
