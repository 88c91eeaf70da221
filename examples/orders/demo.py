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


def tell(lambda_events: LambdaEvents) -> None:
    """Make the payments table and the function, send one order, and print what becomes of it."""
    lambda_events.client("dynamodb").create_table(
        TableName="payments",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    take_order = lambda_events.function(orders.handler, name="take-order")
    event = take_order.invoke_async(ORDER)
    lambda_events.run_until_idle()
    print(lambda_events.journal.timeline(event))
    print(f"\n{lambda_events.elapsed:g} virtual seconds passed", end=", ")


def main() -> None:
    """Print the timeline; loading moto, once for a process, is not part of the time."""
    orders.logger.setLevel("CRITICAL")
    with LambdaEvents():
        pass
    print("One order, whose card has expired:\n")
    started = perf_counter()
    with mock.patch.object(bank, "charge", decline), LambdaEvents() as lambda_events:
        tell(lambda_events)
    print(f"{(perf_counter() - started) * 1000:.0f} real milliseconds.")


if __name__ == "__main__":
    main()
