"""One order's life, from the first try to the last, and how long that took here."""

from __future__ import annotations

from time import perf_counter
from unittest import mock

import bank
import orders

from pytest_lambda_events import LambdaEvents

ORDER = {"id": 7, "card": "expired", "amount": 1999}


def decline(card: str, amount: int) -> str:
    """A bank that knows no such card."""
    raise bank.CardDeclined("card expired")


def story(lambda_events: LambdaEvents) -> str:
    """Make the payments table and the function, send one order, and tell what became of it."""
    lambda_events.client("dynamodb").create_table(
        TableName="payments",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    failed_orders = lambda_events.queue("failed-orders")
    take_order = lambda_events.function(orders.handler, name="take-order", on_failure=failed_orders)
    event = take_order.invoke_async(ORDER)
    lambda_events.run_until_idle()
    timeline = lambda_events.journal.timeline(event)
    [record] = failed_orders.invocation_records
    told = f"In the queue for failed orders: order {record.request_payload['id']}, {record.response_payload['errorMessage']}"
    return f"{timeline}\n\n{told}\n\n{lambda_events.elapsed:g} virtual seconds passed"


def told() -> tuple[str, float]:
    """The story in a world of its own, and how many real seconds it took."""
    started = perf_counter()
    with mock.patch.object(bank, "charge", decline), LambdaEvents() as lambda_events:
        text = story(lambda_events)
    return text, perf_counter() - started


def main() -> None:
    """Print the timeline. The first telling loads moto, which happens once in a test run, so the second one counts."""
    orders.logger.setLevel("CRITICAL")
    told()
    text, seconds = told()
    print(f"One order, whose card has expired:\n\n{text} in {seconds * 1000:.0f} real milliseconds.")


if __name__ == "__main__":
    main()
