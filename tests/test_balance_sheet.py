"""The balance sheet of an environment: each thing once, in its place, and every loss told with its reason."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from stream_stories import aggregate

from pytest_lambda_events import BalanceSheet, LambdaEvents, LambdaEventsError

PARTIAL = ["ReportBatchItemFailures"]


def charge(event: Any, context: Any) -> str:
    if event.get("card") == "expired":
        raise ValueError("card expired")
    return "charged"


def name_the_broken(event: Any, context: Any) -> Any:
    broken = [record["messageId"] for record in event["Records"] if "broken" in record["body"]]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in broken]}


def name_the_last(event: Any, context: Any) -> Any:
    return {"batchItemFailures": [{"itemIdentifier": event["Records"][-1]["kinesis"]["sequenceNumber"]}]}


def fail(event: Any, context: Any) -> None:
    raise ValueError("no address")


def succeed(event: Any, context: Any) -> None: ...


def losses_of(lambda_events: LambdaEvents) -> str:
    with pytest.raises(AssertionError) as failure:
        lambda_events.assert_no_data_lost()
    return str(failure.value)


EXPIRED = {"order": 7, "card": "expired"}


# ---------------------------------------------------------------------- events


def test_an_environment_without_events_has_an_empty_sheet(lambda_events: LambdaEvents) -> None:
    lambda_events.function(charge).invoke({"order": 7})

    assert lambda_events.balance_sheet() == BalanceSheet()


def test_events_are_pending_until_they_end(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(charge)
    function.invoke_async({"order": 7})
    function.invoke_async(EXPIRED)

    before = lambda_events.balance_sheet()
    lambda_events.advance(1)

    assert before == BalanceSheet(accepted=2, pending=2)
    assert lambda_events.balance_sheet() == BalanceSheet(accepted=2, processed=1, pending=1)
    lambda_events.assert_no_data_lost()


@pytest.mark.rule("ASY-76")
def test_an_event_without_a_destination_is_lost_and_told_with_its_timeline(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(charge)
    function.invoke_async({"order": 6})
    function.invoke_async(EXPIRED)
    lambda_events.run_until_idle()

    assert losses_of(lambda_events) == (
        "1 of 2 accepted was lost: processed 1, filtered 0, pending 0, dead 0, at destination 0, lost 1\n"
        '- function charge: event {"order": 7, "card": "expired"}, RetriesExhausted at 180 s, after 3 attempts, '
        "the last ValueError: card expired.\n"
        "  Its function has neither on_failure nor a dead_letter_queue. Add one to keep such events (ASY-76).\n"
        "Timeline of the losses:\n"
        '    0 s   charge   accepted    {"order": 7, "card": "expired"}   request-id-2\n'
        "    0 s   charge   attempt 1   ValueError: card expired          retry at 60 s\n"
        "   60 s   charge   attempt 2   ValueError: card expired          retry at 180 s\n"
        "  180 s   charge   attempt 3   ValueError: card expired          RetriesExhausted, count 3"
    )


@pytest.mark.rule("DST-04")
@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        pytest.param(["on_failure"], BalanceSheet(accepted=1, at_destination=1), id="destination"),
        pytest.param(["dead_letter_queue"], BalanceSheet(accepted=1, dead=1), id="dead-letter queue"),
        pytest.param(["on_failure", "dead_letter_queue"], BalanceSheet(accepted=1, at_destination=1), id="both, counted once"),
    ],
)
def test_a_discarded_event_is_where_its_record_went(
    lambda_events: LambdaEvents, routes: list[str], expected: BalanceSheet
) -> None:
    settings: Any = {route: lambda_events.queue(route) for route in routes}
    lambda_events.function(charge, maximum_retry_attempts=0, **settings).invoke_async(EXPIRED)
    lambda_events.run_until_idle()

    assert lambda_events.balance_sheet() == expected
    lambda_events.assert_no_data_lost()


def test_one_delivery_of_two_is_enough(lambda_events: LambdaEvents) -> None:
    failures, dead = lambda_events.queue("failures"), lambda_events.queue("dead")
    function = lambda_events.function(charge, maximum_retry_attempts=0, on_failure=failures, dead_letter_queue=dead)
    failures.delete()
    function.invoke_async(EXPIRED)
    lambda_events.run_until_idle()

    assert lambda_events.balance_sheet() == BalanceSheet(accepted=1, dead=1)


def test_a_success_is_processed_whatever_becomes_of_its_record(lambda_events: LambdaEvents) -> None:
    receipts = lambda_events.queue("receipts")
    function = lambda_events.function(charge, on_success=receipts)
    function.invoke_async({"order": 7})
    lambda_events.run_until_idle()
    receipts.delete()
    function.invoke_async({"order": 8})
    lambda_events.run_until_idle()

    assert lambda_events.balance_sheet() == BalanceSheet(accepted=2, processed=2)


@pytest.mark.rule("DST-50")
def test_an_event_whose_record_is_not_delivered_is_lost(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")
    function = lambda_events.function(charge, maximum_retry_attempts=0, on_failure=failures)
    failures.delete()
    function.invoke_async(EXPIRED)
    lambda_events.run_until_idle()

    assert lambda_events.balance_sheet() == BalanceSheet(accepted=1, lost=1)
    assert f"The delivery of its record to {failures.arn} failed: " in losses_of(lambda_events)


# ---------------------------------------------------------------------- messages


def test_messages_are_counted_before_anybody_reads_them(lambda_events: LambdaEvents) -> None:
    orders, unmapped = lambda_events.queue("orders"), lambda_events.queue("unmapped")
    lambda_events.function(succeed).add_event_source(orders, filters=[{"body": {"kind": ["keep"]}}])
    orders.send({"kind": "keep"}, {"kind": "drop"})
    unmapped.send("never mind")

    before = lambda_events.balance_sheet()
    lambda_events.run_until_idle()

    assert before == BalanceSheet(accepted=2, pending=2)
    assert lambda_events.balance_sheet() == BalanceSheet(accepted=2, processed=1, filtered=1)


@pytest.mark.rule("SQS-70")
def test_a_message_that_is_deleted_though_the_handler_named_it_is_lost(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    lambda_events.function(name_the_broken, name="ship").add_event_source(orders)
    orders.send({"id": 1}, {"id": 2, "address": "broken"})
    lambda_events.run_until_idle()

    assert lambda_events.balance_sheet() == BalanceSheet(accepted=2, processed=1, lost=1)
    assert losses_of(lambda_events).startswith(
        "1 of 2 accepted was lost: processed 1, filtered 0, pending 0, dead 0, at destination 0, lost 1\n"
        '- queue orders: message {"id": 2, "address": "broken"}, deleted at 0 s although \'ship\' reported it in '
        "batchItemFailures.\n"
        "  Lambda ignored the failures, because its event source has no "
        'function_response_types=["ReportBatchItemFailures"]. Add it (SQS-70).\n'
        "Timeline of the losses:\n"
        "  0 s   ship   attempt 1   2 from orders, returned "
    )


def test_a_redriven_message_is_dead_and_counted_once(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("orders-dead")
    orders = lambda_events.queue("orders", dead_letter_queue=dead, max_receive_count=2)
    lambda_events.function(name_the_broken).add_event_source(orders, function_response_types=PARTIAL)
    orders.send("fine", "broken")
    lambda_events.run_until_idle()

    assert lambda_events.balance_sheet() == BalanceSheet(accepted=2, processed=1, dead=1)
    lambda_events.assert_no_data_lost()


def test_a_message_that_a_second_function_takes_from_the_dead_letter_queue_is_processed(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("orders-dead")
    orders = lambda_events.queue("orders", dead_letter_queue=dead, max_receive_count=1)
    lambda_events.function(fail).add_event_source(orders)
    lambda_events.function(succeed).add_event_source(dead)
    orders.send("broken")
    lambda_events.run_until_idle()

    assert lambda_events.balance_sheet() == BalanceSheet(accepted=1, processed=1)


def test_a_message_that_expires_before_it_is_read_is_lost_at_the_instant_of_its_end(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", message_retention_period=60)
    lambda_events.function(succeed).add_event_source(orders, enabled=False)
    orders.send({"id": 1})
    lambda_events.advance(1000)

    assert lambda_events.balance_sheet() == BalanceSheet(accepted=1, lost=1)
    assert '- queue orders: message {"id": 1}, expired at 60 s unread.\n' in losses_of(lambda_events)


@pytest.mark.rule("SQS-51", "SQS-52")
def test_a_message_that_fails_until_it_expires_is_lost_with_its_last_failure(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", message_retention_period=70)
    lambda_events.function(fail).add_event_source(orders)
    orders.send({"id": 1})
    lambda_events.advance(1000)

    assert lambda_events.balance_sheet() == BalanceSheet(accepted=1, lost=1)
    assert (
        "- queue orders: message {\"id\": 1}, expired at 70 s, received 3 times by 'fail', the last ValueError: no address.\n"
        "  A failed message is delivered again until it expires. Give its queue a dead_letter_queue (SQS-51, SQS-52).\n"
    ) in losses_of(lambda_events)


def test_a_message_that_expires_on_the_dead_letter_queue_is_lost(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("orders-dead", message_retention_period=100)
    orders = lambda_events.queue("orders", dead_letter_queue=dead, max_receive_count=1)
    lambda_events.function(fail).add_event_source(orders)
    orders.send("broken")
    lambda_events.advance(1000)

    assert lambda_events.balance_sheet() == BalanceSheet(accepted=1, lost=1)
    assert "message broken, expired at 100 s, on the dead-letter queue since 30 s." in losses_of(lambda_events)


def test_messages_that_the_test_purges_are_not_counted(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    lambda_events.function(fail).add_event_source(orders)
    orders.send("tried")
    lambda_events.advance(1)
    orders.send("never tried")
    orders.purge()

    assert lambda_events.balance_sheet() == BalanceSheet()


def test_a_message_that_its_handler_deletes_itself_is_processed(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")

    def delete(event: Any, context: Any) -> None:
        receipt = event["Records"][0]["receiptHandle"]
        lambda_events.client("sqs").delete_message(QueueUrl=orders.url, ReceiptHandle=receipt)

    lambda_events.function(delete).add_event_source(orders)
    orders.send("hello")
    lambda_events.run_until_idle()

    assert lambda_events.balance_sheet() == BalanceSheet(accepted=1, processed=1)


KEEP = [{"body": {"kind": ["keep"]}}]


@pytest.mark.parametrize("answer", ["processed", "reported"])
def test_a_message_is_processed_if_one_copy_is_processed_and_a_later_copy_is_filtered(
    lambda_events: LambdaEvents, answer: str
) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)

    def charge_slowly(event: Any, context: Any) -> Any:
        # The copy is hidden again for 1 second: it is received while this attempt runs.
        record = event["Records"][0]
        lambda_events.client("sqs").change_message_visibility(
            QueueUrl=orders.url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=1
        )
        time.sleep(20)
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]} if answer == "reported" else None

    mapping = lambda_events.function(charge_slowly, timeout=25).add_event_source(orders)
    orders.send({"kind": "drop"})
    lambda_events.advance(0)
    mapping.update(filters=KEEP)
    lambda_events.advance(10)
    during = lambda_events.balance_sheet()
    lambda_events.run_until_idle()

    assert during == BalanceSheet(accepted=1, filtered=1)
    expected = {"processed": BalanceSheet(accepted=1, processed=1), "reported": BalanceSheet(accepted=1, filtered=1)}
    assert lambda_events.balance_sheet() == expected[answer]
    lambda_events.assert_no_data_lost()


# ---------------------------------------------------------------------- records


@pytest.mark.parametrize("position", ["TRIM_HORIZON", "LATEST"])
def test_records_before_the_starting_position_are_not_owed(lambda_events: LambdaEvents, position: Any) -> None:
    clicks = lambda_events.stream("clicks")
    clicks.put("before", partition_key="A")
    lambda_events.function(succeed).add_event_source(clicks, starting_position=position)
    clicks.put("after", partition_key="A")
    owed = {"TRIM_HORIZON": 2, "LATEST": 1}[position]

    before = lambda_events.balance_sheet()
    lambda_events.run_until_idle()

    assert before == BalanceSheet(accepted=owed, pending=owed)
    assert lambda_events.balance_sheet() == BalanceSheet(accepted=owed, processed=owed)


def test_a_record_counts_once_for_each_mapping_that_reads_it(lambda_events: LambdaEvents) -> None:
    clicks = lambda_events.stream("clicks")
    lambda_events.function(succeed).add_event_source(clicks, starting_position="TRIM_HORIZON")
    lambda_events.function(fail).add_event_source(clicks, starting_position="TRIM_HORIZON", maximum_retry_attempts=0)
    clicks.put("one", "two", partition_key="A")
    lambda_events.run_until_idle()

    assert lambda_events.balance_sheet() == BalanceSheet(accepted=4, processed=2, lost=2)


@pytest.mark.rule("KIN-70")
def test_a_record_discarded_without_a_destination_is_lost(lambda_events: LambdaEvents) -> None:
    clicks = lambda_events.stream("clicks")
    function = lambda_events.function(fail, name="index")
    function.add_event_source(clicks, starting_position="TRIM_HORIZON", maximum_retry_attempts=1)
    clicks.put({"page": 1}, {"page": 2}, partition_key="A")
    lambda_events.run_until_idle()

    told = losses_of(lambda_events)

    ending = "RetryAttemptsExhausted at 0.2 s after 2 attempts of 'index', the last ValueError: no address."
    assert told.splitlines()[1:4] == [
        f'- stream clicks: record {{"page": 1}}, {ending}',
        f'- stream clicks: record {{"page": 2}}, {ending}',
        "  Its event source has no on_failure. Add one to keep such records (KIN-70).",
    ]


@pytest.mark.rule("KIN-78")
def test_a_record_is_at_its_destination_unless_the_delivery_failed(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    lambda_events.function(fail).add_event_source(
        clicks, starting_position="TRIM_HORIZON", maximum_retry_attempts=0, on_failure=failures
    )
    clicks.put("one", partition_key="A")
    lambda_events.run_until_idle()
    failures.delete()
    clicks.put("two", partition_key="A")
    lambda_events.run_until_idle()

    assert lambda_events.balance_sheet() == BalanceSheet(accepted=2, at_destination=1, lost=1)
    assert f"The delivery of its record to {failures.arn} failed: " in losses_of(lambda_events)


@pytest.mark.rule("KIN-60")
def test_a_record_that_is_passed_over_though_the_handler_named_it_is_lost(lambda_events: LambdaEvents) -> None:
    clicks = lambda_events.stream("clicks")
    lambda_events.function(name_the_last, name="index").add_event_source(clicks, starting_position="TRIM_HORIZON")
    clicks.put("one", "two", partition_key="A")
    lambda_events.run_until_idle()

    assert lambda_events.balance_sheet() == BalanceSheet(accepted=2, processed=1, lost=1)
    assert ("- stream clicks: record two, skipped at 0 s although 'index' reported it in batchItemFailures.\n") in losses_of(
        lambda_events
    )


@pytest.mark.rule("KIN-15")
def test_a_record_that_expires_unread_is_lost(lambda_events: LambdaEvents) -> None:
    clicks = lambda_events.stream("clicks")
    lambda_events.function(succeed, name="index").add_event_source(clicks, starting_position="TRIM_HORIZON", enabled=False)
    clicks.put({"page": 1}, partition_key="A")
    lambda_events.advance(86_399)
    kept = lambda_events.balance_sheet()
    lambda_events.advance(10)

    assert kept == BalanceSheet(accepted=1, pending=1)
    assert lambda_events.balance_sheet() == BalanceSheet(accepted=1, lost=1)
    assert "- stream clicks: record {\"page\": 1}, expired at 86400 s, never delivered to 'index'.\n" in losses_of(
        lambda_events
    )


def test_a_record_that_its_stream_lets_go_while_a_function_has_it_is_pending(lambda_events: LambdaEvents) -> None:
    clicks = lambda_events.stream("clicks")
    function = lambda_events.function(lambda event, context: time.sleep(600), name="slow", timeout=900)
    mapping = function.add_event_source(clicks, starting_position="TRIM_HORIZON", enabled=False)
    clicks.put("one", partition_key="A")
    lambda_events.advance(86_000)
    mapping.update(enabled=True)

    lambda_events.advance(500)
    meanwhile = lambda_events.balance_sheet()
    lambda_events.advance(500)

    assert meanwhile == BalanceSheet(accepted=1, pending=1)
    assert lambda_events.balance_sheet() == BalanceSheet(accepted=1, processed=1)


@pytest.mark.rule("KIN-34")
def test_records_of_an_aggregate_count_each_for_a_consumer(lambda_events: LambdaEvents) -> None:
    clicks = lambda_events.stream("clicks")
    consumer = clicks.register_consumer("reader")
    function = lambda_events.function(fail)
    function.add_event_source(
        consumer, starting_position="TRIM_HORIZON", batch_size=2, maximum_retry_attempts=0, filters=[{"data": {"n": [1, 2]}}]
    )
    clicks.put(aggregate(("A", '{"n": 1}'), ("A", '{"n": 2}'), ("A", '{"n": 3}')), partition_key="A")

    before = lambda_events.balance_sheet()
    lambda_events.run_until_idle()

    assert before == BalanceSheet(accepted=3, pending=3)
    assert lambda_events.balance_sheet() == BalanceSheet(accepted=3, filtered=1, lost=2)


def test_a_change_that_fails_until_it_expires_is_lost(lambda_events: LambdaEvents) -> None:
    items = lambda_events.table("items", partition_key="id", stream_view_type="KEYS_ONLY")
    lambda_events.function(fail, name="index").add_event_source(items, starting_position="TRIM_HORIZON")
    items.put_item({"id": "A"})
    lambda_events.advance(1)
    items.put_item({"id": "B"})
    lambda_events.advance(90_000)

    told = losses_of(lambda_events)

    assert lambda_events.balance_sheet() == BalanceSheet(accepted=2, lost=2)
    assert re.search(r'- table items: record INSERT {"id": "A"}, expired at \S+ s after \d+ attempts of \'index\', the', told)
    assert '- table items: record INSERT {"id": "B"}, expired at ' in told


def test_a_record_that_expired_before_the_mapping_was_made_is_not_owed(lambda_events: LambdaEvents) -> None:
    clicks = lambda_events.stream("clicks")
    clicks.put("long ago", partition_key="A")
    lambda_events.advance(90_000)
    lambda_events.function(succeed).add_event_source(clicks, starting_position="TRIM_HORIZON")
    lambda_events.run_until_idle()

    assert lambda_events.balance_sheet() == BalanceSheet()


# ---------------------------------------------------------------------- words


def test_more_than_ten_losses_are_counted_and_the_timeline_is_short(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(charge)
    for number in range(12):
        function.invoke_async({"order": number, "card": "expired"})
    lambda_events.run_until_idle()

    told = losses_of(lambda_events).splitlines()

    assert told[0].startswith("12 of 12 accepted were lost: ")
    assert sum(line.startswith("- function charge: event ") for line in told) == 10
    assert "- and 2 more" in told
    assert sum("ASY-76" in line for line in told) == 1
    assert len(told) < 40


def test_pending_work_is_listed_with_the_last_lines_of_the_timeline(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    lambda_events.function(fail).add_event_source(orders)
    orders.send({"id": 2})
    lambda_events.advance(10)

    with pytest.raises(AssertionError) as failure:
        lambda_events.assert_idle()

    assert str(failure.value).startswith(
        "Not idle at 10 s. Pending:\n"
        "- queue orders: message {\"id\": 2}, received once by 'fail', visible again at 30 s, expires at 345600 s\n"
        "The timeline's last lines:\n"
        "  0 s   fail   attempt 1   1 from orders, ValueError: no address   message-id-1 "
    )


def test_a_closed_environment_has_no_balance_sheet() -> None:
    with LambdaEvents() as environment:
        json.dumps(environment.balance_sheet().text)

    with pytest.raises(LambdaEventsError, match="closed"):
        environment.balance_sheet()


def test_a_record_that_succeeds_with_a_bare_response_after_it_was_reported_is_processed(lambda_events: LambdaEvents) -> None:
    reported: list[str] = []

    def count(event: Any, context: Any) -> dict[str, Any]:
        number = event["Records"][0]["kinesis"]["sequenceNumber"]
        is_first = number not in reported
        reported.append(number)
        return {"batchItemFailures": [{"itemIdentifier": number}]} if is_first else {}

    clicks, function = lambda_events.stream("clicks"), lambda_events.function(count)
    function.add_event_source(
        clicks, starting_position="TRIM_HORIZON", batch_size=1, function_response_types=["ReportBatchItemFailures"]
    )
    clicks.put({"n": 1}, partition_key="all")

    lambda_events.run_until_idle()

    assert lambda_events.balance_sheet().processed == 1
    lambda_events.assert_no_data_lost()
