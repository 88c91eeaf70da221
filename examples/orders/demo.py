"""Prints the timelines of three examples: an order with an expired card, an order with planned failures, and two parcels."""

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
    """A bank that accepts all cards except an expired one."""
    if card == "expired":
        raise bank.CardDeclined("card expired")
    return "receipt-1"


def make_table(lambda_events: LambdaEvents, name: str) -> None:
    """Creates a table with the key `id`."""
    lambda_events.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def expired_card(lambda_events: LambdaEvents) -> str:
    """Sends one order whose card has expired, and returns its timeline."""
    make_table(lambda_events, "payments")
    failed_orders = lambda_events.queue("failed-orders")
    take_order = lambda_events.function(orders.handler, name="take-order", on_failure=failed_orders)
    event = take_order.invoke_async(ORDER)
    lambda_events.run_until_idle()
    timeline = lambda_events.journal.timeline(event)
    [record] = failed_orders.invocation_records
    result = f"In the queue for failed orders: order {record.request_payload['id']}, {record.response_payload['errorMessage']}"
    return f"One order, whose card has expired:\n\n{timeline}\n\n{result}"


def planned_failures(lambda_events: LambdaEvents) -> str:
    """Plans a throttle and a lost response for an order, and returns its timeline."""
    make_table(lambda_events, "payments")
    environment = {"WAREHOUSE_TOPIC": lambda_events.topic("warehouse").arn}
    take_order = lambda_events.function(orders.handler, name="take-order", timeout=10, environment=environment)
    take_order.throttle(attempts=[1])
    take_order.fail(ConnectionError("the response is lost"), after_handler=True, attempts=[2])
    event = take_order.invoke_async(ORDER | {"card": "4242"})
    lambda_events.run_until_idle()
    lambda_events.assert_no_data_lost()
    timeline, sheet = lambda_events.journal.timeline(event), lambda_events.balance_sheet()
    return f"One order, with a planned throttle and a planned lost response:\n\n{timeline}\n\nBalance sheet: {sheet.text}"


def parcels(lambda_events: LambdaEvents) -> str:
    """Sends two orders to the queue of the warehouse, one without a receipt, and returns their timeline."""
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
    result = f"In the dead-letter queue of parcels: {message.json['Message']}"
    return f"Two parcels in a queue, one without a receipt:\n\n{lambda_events.journal.timeline(ship)}\n\n{result}"


def run(example: Callable[[LambdaEvents], str]) -> str:
    """Runs an example in its own simulated AWS. Returns its text with the virtual and the real time that it took."""
    started = perf_counter()
    with mock.patch.object(bank, "charge", charge), LambdaEvents() as lambda_events:
        text, elapsed = example(lambda_events), lambda_events.elapsed
    return f"{text}\n\n{elapsed:g} virtual seconds passed in {(perf_counter() - started) * 1000:.0f} real milliseconds."


def main() -> None:
    """Prints the timelines. The first run of each example imports moto's services, so only the second run is timed."""
    orders.logger.setLevel("CRITICAL")
    shipping.logger.setLevel("CRITICAL")
    examples = (expired_card, planned_failures, parcels)
    for example in examples:
        run(example)
    print(*map(run, examples), sep="\n\n\n")


if __name__ == "__main__":
    main()
