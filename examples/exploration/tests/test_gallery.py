"""Each handler of the gallery has a bug that the exploration finds, and a corrected handler that it does not complain about.

A scenario sends events to a handler, waits until all is done, and checks what must hold in the end.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from bugs import (
    bank,
    check_then_write,
    counter_with_add,
    day_of_processing,
    deletes_own_messages,
    expires_too_early,
    failed_entries_ignored,
    failure_without_response,
    idempotency_alone,
    lease_too_short,
    local_cache,
    lock_without_lease,
    lost_window_state,
    mark_then_write,
    message_id_as_key,
    offset_of_batch,
    old_records_unread,
    order_across_groups,
    order_in_batch,
    outbox_without_condition,
    price_in_memory,
    record_left_in_progress,
    request_checked_first,
    saga_without_compensation,
    short_visibility,
    state_across_warm_starts,
    timeout_in_batch,
    unknown_result,
    voucher_for_each_delivery,
    write_then_mark,
    wrong_failed_ids,
)

from pytest_lambda_events import LambdaEvents, Queue, explore

Scenario = Callable[[LambdaEvents, Any], None]
FOUND_BY = 30
"""Each bug is found by this execution. The default budget of 10 seconds is enough for many times as many."""
TWICE = "the event or batch of handle is delivered twice"
ENDS, UNREAD = "the process of handle ends after its call of", ", before it reads the response"
AGAIN = ", and its messages are received again"
RUNS = "runs in"
PAUSES, OTHERS = "handle pauses before its call of", ", and other attempts go on"


def source(
    lambda_events: LambdaEvents,
    handler: Any,
    name: str = "orders",
    timeout: int = 10,
    visibility_timeout: int = 60,
    **settings: Any,
) -> Queue:
    """Creates a queue with a dead-letter queue, and a function that takes its messages one by one."""
    suffix = ".fifo" if name.endswith(".fifo") else ""
    dead = lambda_events.queue(f"dead{suffix}")
    queue = lambda_events.queue(name, dead_letter_queue=dead, max_receive_count=5, visibility_timeout=visibility_timeout)
    lambda_events.function(handler, name="handle", timeout=timeout).add_event_source(queue, **{"batch_size": 1, **settings})
    return queue


def isolated_source(lambda_events: LambdaEvents, handler: Any, **settings: Any) -> Queue:
    """Creates a queue and a function whose execution environments import their own copy of the handler's module."""
    queue = lambda_events.queue("orders", dead_letter_queue=lambda_events.queue("dead"), max_receive_count=5)
    name = handler if isinstance(handler, str) else f"{handler.__module__}.{handler.__name__}"
    function = lambda_events.function(name, name="handle", isolated=True)
    function.add_event_source(queue, **{"batch_size": 1, **settings})
    return queue


def ids(lambda_events: LambdaEvents, table: str) -> list[str]:
    """Returns the ids of all items of a table."""
    return sorted(item["id"] for item in lambda_events.tables[table].items)


def item(lambda_events: LambdaEvents, table: str, key: str) -> dict[str, Any]:
    """Returns the item of a table with this id."""
    [found] = [one for one in lambda_events.tables[table].items if one["id"] == key]
    return found


def an_order_is_charged_once(lambda_events: LambdaEvents, handler: Any) -> None:
    bank.client = bank.Bank()
    lambda_events.table("payments", partition_key="id")
    source(lambda_events, handler).send("7")
    lambda_events.run_until_idle()
    assert bank.client.charges == ["7"]


def an_order_is_sent_once(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("sent", partition_key="id")
    parcels = lambda_events.queue("parcels.fifo")
    source(lambda_events, handler).send("7")
    lambda_events.run_until_idle()
    assert [message.body for message in parcels.messages] == ["7"]


def a_seat_is_sold_once(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("seats", partition_key="id")
    lambda_events.table("tickets", partition_key="id")
    queue = source(lambda_events, handler)
    queue.send("ada")
    queue.send("grace")
    lambda_events.run_until_idle()
    assert len(lambda_events.tables["tickets"].items) == 1


def an_order_is_in_the_ledger_once(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("ledger", partition_key="id")
    isolated_source(lambda_events, handler).send("7")
    lambda_events.run_until_idle()
    assert [item["order"] for item in lambda_events.tables["ledger"].items] == ["7"]


def an_order_gives_points_once(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("points", partition_key="id")
    dead = lambda_events.queue("dead")
    queue = lambda_events.queue("orders", dead_letter_queue=dead, max_receive_count=5, visibility_timeout=120)
    lambda_events.function(handler, name="handle").add_event_source(queue)
    queue.send("7")
    lambda_events.run_until_idle()
    assert item(lambda_events, "points", "customer") == {"id": "customer", "points": 10}


def all_orders_are_stored(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("orders", partition_key="id")
    settings: dict[str, Any] = {"function_response_types": ["ReportBatchItemFailures"], "batch_size": 10}
    queue = source(lambda_events, handler, **settings, maximum_batching_window_in_seconds=1)
    queue.send("8")
    queue.send("7")
    lambda_events.run_until_idle()
    assert ids(lambda_events, "orders") == ["7", "8"]


def each_message_is_one_email(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("emails", partition_key="id")
    queue = source(lambda_events, handler, batch_size=10, maximum_batching_window_in_seconds=1)
    queue.send("hello")
    queue.send("welcome")
    lambda_events.run_until_idle()
    assert sorted(item["text"] for item in lambda_events.tables["emails"].items) == ["hello", "welcome"]


def an_order_is_stored(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("stored", partition_key="id")
    lambda_events.table("idempotency", partition_key="id")
    source(lambda_events, handler).send("7")
    lambda_events.run_until_idle()
    assert ids(lambda_events, "stored") == ["7"]


def each_voter_counts_once(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("votes", partition_key="id")
    function = lambda_events.function(handler, name="handle", timeout=120)
    function.invoke_async({"voter": "ada"})
    lambda_events.run_until_idle()
    assert item(lambda_events, "votes", "sum") == {"id": "sum", "votes": 1}


def no_news_is_overwritten(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("orders", partition_key="id").put_item({"id": "7", "version": 1, "outbox": {"ordered"}})
    queue = source(lambda_events, handler)
    queue.send("paid")
    queue.send("packed")
    lambda_events.run_until_idle()
    assert item(lambda_events, "orders", "7")["outbox"] == {"ordered", "paid", "packed"}


def an_order_has_the_name_of_its_customer(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("shop", partition_key="id")
    queue = source(lambda_events, handler, "shop.fifo")
    queue.send({"kind": "customer", "id": "c1", "name": "Ada"}, message_group_id="c1", message_deduplication_id="1")
    queue.send({"kind": "order", "id": "o1", "customer": "c1"}, message_group_id="o1", message_deduplication_id="2")
    lambda_events.run_until_idle()
    assert item(lambda_events, "shop", "o1") == {"id": "o1", "name": "Ada"}


def no_reading_is_missing(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("readings", partition_key="id")
    queue = isolated_source(lambda_events, handler)
    queue.send("20.1")
    lambda_events.run_until_idle()
    queue.send("20.4")
    lambda_events.run_until_idle()
    stored = set().union(*(item["readings"] for item in lambda_events.tables["readings"].items))
    assert stored == {"20.1", "20.4"}


def all_clicks_of_a_minute_are_counted(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("clicks", partition_key="id")
    clicks = lambda_events.stream("clicks")
    name = f"{handler.__module__}.{handler.__name__}"
    lambda_events.function(name, name="handle", isolated=True).add_event_source(
        clicks, starting_position="TRIM_HORIZON", tumbling_window_in_seconds=60, batch_size=1
    )
    clicks.put({"page": "/"}, {"page": "/hats"}, partition_key="ada")
    lambda_events.run_until_idle()
    assert [one["clicks"] for one in lambda_events.tables["clicks"].items] == [2]


def a_refused_customer_holds_no_seat(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("seats", partition_key="id")
    lambda_events.table("bookings", partition_key="id")
    source(lambda_events, handler, timeout=120, visibility_timeout=360).send("ada")
    lambda_events.run_until_idle()
    [booking] = lambda_events.tables["bookings"].items
    assert booking["state"] == ("booked" if lambda_events.tables["seats"].items else "refused")


def a_report_is_built_by_one_attempt_at_a_time(lambda_events: LambdaEvents, handler: Any) -> None:
    lock_without_lease.starts.clear()
    lambda_events.table("locks", partition_key="id")
    lambda_events.table("reports", partition_key="id")
    source(lambda_events, handler).send("november")
    lambda_events.run_until_idle()
    assert ids(lambda_events, "reports") == ["november"]
    assert all(second >= first + 1 for first, second in pairwise(sorted(lock_without_lease.starts)))


def a_video_is_cut_by_one_attempt_at_a_time(lambda_events: LambdaEvents, visibility_timeout: int) -> None:
    short_visibility.cuts.clear()
    lambda_events.table("videos", partition_key="id")
    queue = source(lambda_events, short_visibility.handler, timeout=60, batch_size=10, maximum_batching_window_in_seconds=1)
    queue.update(visibility_timeout=visibility_timeout)
    queue.send("cats")
    lambda_events.advance(visibility_timeout)
    queue.send("dogs")
    lambda_events.run_until_idle()
    pairs = pairwise(sorted(short_visibility.cuts))
    assert [(first, second) for first, second in pairs if first[0] == second[0] and second[1] < first[1] + 10] == []


def all_orders_are_published(lambda_events: LambdaEvents, handler: Any) -> None:
    audit = lambda_events.queue("audit")
    client = lambda_events.client("events")
    client.put_rule(Name="orders", EventPattern='{"source": ["shop"]}')
    client.put_targets(Rule="orders", Targets=[{"Id": "1", "Arn": audit.arn, "InputPath": "$.detail"}])
    settings: dict[str, Any] = {"function_response_types": ["ReportBatchItemFailures"], "batch_size": 10}
    queue = source(lambda_events, handler, **settings, maximum_batching_window_in_seconds=1)
    queue.send({"id": 7})
    queue.send({"id": 8})
    lambda_events.run_until_idle()
    assert {message.json["id"] for message in audit.messages} == {7, 8}


def an_order_is_charged_by_one_attempt_at_a_time(lambda_events: LambdaEvents, handler: Any) -> None:
    bank.client = bank.Bank()
    lambda_events.table("locks", partition_key="id")
    lambda_events.table("audit", partition_key="id")
    source(lambda_events, handler).send("7")
    lambda_events.run_until_idle()
    assert bank.client.charges == ["7"]


def an_order_belongs_to_the_day_on_which_it_was_sent(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("orders", partition_key="id")
    lambda_events.table("days", partition_key="id")
    lambda_events.rule("cron(0 0 * * ? *)", lambda_events.function(day_of_processing.close, name="close"))
    queue = source(lambda_events, handler)
    midnight = (lambda_events.now + timedelta(days=1)).replace(hour=0, minute=0, second=0)
    lambda_events.run(until=midnight - timedelta(minutes=10))
    queue.send("7")
    day = f"{lambda_events.now:%Y-%m-%d}"
    lambda_events.advance(timedelta(minutes=15))
    assert item(lambda_events, "orders", "7") == {"id": "7", "day": day}


def a_hat_has_a_price(lambda_events: LambdaEvents, handler: str) -> None:
    lambda_events.table("prices", partition_key="id")
    lambda_events.table("sales", partition_key="id")
    isolated_source(lambda_events, handler).send("7")
    lambda_events.run_until_idle()
    assert item(lambda_events, "sales", "7") == {"id": "7", "price": 20}


def each_booking_has_a_seat(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("seats", partition_key="id")
    lambda_events.table("bookings", partition_key="id")
    source(lambda_events, handler, timeout=120, visibility_timeout=360).send("ada")
    lambda_events.run_until_idle()
    assert ids(lambda_events, "seats") == ids(lambda_events, "bookings")


def each_failed_order_is_refunded(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("orders", partition_key="id")
    lambda_events.table("refunds", partition_key="id")
    refund = lambda_events.function(handler, name="refund")
    place = lambda_events.function(failure_without_response.place, name="handle", on_failure=refund)
    place.invoke_async({"order": "7"})
    lambda_events.run_until_idle()
    assert ids(lambda_events, "orders") == ["7"]


def the_latest_price_counts(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("prices", partition_key="id")
    queue = source(lambda_events, handler, batch_size=10, maximum_batching_window_in_seconds=1)
    queue.send({"version": 1, "price": 20})
    queue.send({"version": 2, "price": 25})
    lambda_events.run_until_idle()
    assert item(lambda_events, "prices", "hat")["price"] == 25


def an_announcement_is_stored_once(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("news", partition_key="id")
    topic, queue = lambda_events.topic("news"), source(lambda_events, handler)
    topic.subscribe(queue)
    topic.publish("open on Sunday")
    lambda_events.run_until_idle()
    assert [one["text"] for one in lambda_events.tables["news"].items] == ["open on Sunday"]


def a_customer_has_one_voucher(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("vouchers", partition_key="customer", sort_key="voucher")
    function = lambda_events.function(handler, name="handle", on_failure=lambda_events.queue("failed"))
    function.invoke_async({"customer": "ada"})
    lambda_events.run_until_idle()
    assert len(lambda_events.tables["vouchers"].items) == 1


def all_payments_are_added_once(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("payments", partition_key="id")
    topic = lambda_events.kafka_topic("payments")
    lambda_events.function(handler, name="handle").add_event_source(topic, starting_position="TRIM_HORIZON")
    topic.send("20")
    # The second payment comes soon after the first one was processed.
    lambda_events.advance(1)
    topic.send("5")
    lambda_events.run_until_idle()
    assert item(lambda_events, "payments", "sum")["amount"] == 25


def each_order_is_stored_or_noted(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("orders", partition_key="id")
    lambda_events.table("notes", partition_key="id")
    orders, failures = lambda_events.stream("orders"), lambda_events.topic("failures")
    failures.subscribe(lambda_events.function(handler, name="note", on_failure=None))
    lambda_events.function(old_records_unread.place, name="handle").add_event_source(
        orders, starting_position="TRIM_HORIZON", maximum_record_age_in_seconds=3600, on_failure=failures
    )
    orders.put({}, partition_key="7")
    lambda_events.run_until_idle()
    assert ids(lambda_events, "orders") == ["7"]


def a_hat_has_a_price_ahead_of_invocations(lambda_events: LambdaEvents, handler: str) -> None:
    lambda_events.table("prices", partition_key="id")
    lambda_events.table("sales", partition_key="id")
    function = lambda_events.function(handler, name="handle", isolated=True, on_failure=lambda_events.queue("failed"))
    version = function.publish_version()
    lambda_events.client("lambda").put_provisioned_concurrency_config(
        FunctionName="handle", Qualifier=str(version.qualifier), ProvisionedConcurrentExecutions=1
    )
    lambda_events.advance(600)
    version.invoke_async({"Records": [{"body": "7"}]})
    lambda_events.run_until_idle()
    assert item(lambda_events, "sales", "7") == {"id": "7", "price": 20}


def a_request_orders_one_taxi(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("taxis", partition_key="customer_key", sort_key="taxi")
    api = lambda_events.http_api("taxis", {"POST /taxis": lambda_events.function(handler, name="handle")})
    api.request("POST", "/taxis", json={}, headers={"Idempotency-Key": "a"})
    lambda_events.run_until_idle()
    # A client whose request failed knows that there may be no taxi.
    assert len(lambda_events.tables["taxis"].items) <= 1


def an_order_has_the_price_of_its_time(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("prices", partition_key="id").put_item({"id": "hat", "price": 20})
    lambda_events.table("sales", partition_key="id")
    name = f"{handler.__module__}.{handler.__name__}"
    function = lambda_events.function(name, name="handle", isolated=True, on_failure=lambda_events.queue("failed"))
    # The first two orders come at the same time, so there are two execution environments.
    for events in ({"order": "1"}, {"order": "2"}), ({"price": "25"},), ({"order": "3"},):
        for event in events:
            function.invoke_async(event)
        lambda_events.run_until_idle()
    prices = {one["id"]: one["price"] for one in lambda_events.tables["sales"].items}
    assert prices == {"1": 20, "2": 20, "3": 25}


@dataclass(frozen=True)
class Bug:
    """One bug: its scenario, the wrong and the corrected handler, and the choice that makes the wrong one fail."""

    scenario: Scenario
    wrong: Any
    right: Any
    found: str
    bounds: Mapping[str, Any] = field(default_factory=dict)


def bug(scenario: Scenario, module: Any, found: str) -> Bug:
    """Returns the bug of a module."""
    return Bug(scenario, module.wrong, module.right, found)


BUGS = {
    "write then mark": bug(
        an_order_is_charged_once, write_then_mark, "the process of handle ends before its call of dynamodb.PutItem payments"
    ),
    "mark then write": bug(an_order_is_sent_once, mark_then_write, f"{ENDS} dynamodb.PutItem sent{UNREAD}"),
    "check then write": bug(a_seat_is_sold_once, check_then_write, f"{PAUSES} dynamodb.PutItem seats{OTHERS}"),
    "local cache": bug(an_order_is_in_the_ledger_once, local_cache, f"{ENDS} dynamodb.PutItem ledger{UNREAD}"),
    "expires too early": bug(
        an_order_gives_points_once, expires_too_early, f"{ENDS} dynamodb.TransactWriteItems points{UNREAD}"
    ),
    "wrong failed ids": bug(
        all_orders_are_stored,
        wrong_failed_ids,
        "the call of dynamodb.PutItem orders by handle fails: the service throttles all attempts of boto3",
    ),
    "timeout in batch": bug(each_message_is_one_email, timeout_in_batch, TWICE),
    "deletes own messages": bug(an_order_is_stored, deletes_own_messages, f"{ENDS} sqs.DeleteMessage orders{UNREAD}"),
    "counter with ADD": bug(each_voter_counts_once, counter_with_add, f"{ENDS} dynamodb.UpdateItem votes{UNREAD}"),
    "outbox without condition": bug(
        no_news_is_overwritten, outbox_without_condition, f"{PAUSES} dynamodb.PutItem orders{OTHERS}"
    ),
    "order across groups": bug(
        an_order_has_the_name_of_its_customer, order_across_groups, f"{PAUSES} dynamodb.PutItem shop{OTHERS}"
    ),
    "state across warm starts": bug(no_reading_is_missing, state_across_warm_starts, TWICE),
    "lost window state": bug(all_clicks_of_a_minute_are_counted, lost_window_state, TWICE),
    "saga without compensation": bug(
        a_refused_customer_holds_no_seat,
        saga_without_compensation,
        "the call of dynamodb.PutItem bookings by handle fails: the service throttles all attempts of boto3",
    ),
    "lock without lease": bug(
        a_report_is_built_by_one_attempt_at_a_time, lock_without_lease, f"{ENDS} dynamodb.PutItem locks{UNREAD}"
    ),
    # A duplicate would make two attempts cut one video, whatever the visibility timeout is.
    "short visibility": Bug(
        a_video_is_cut_by_one_attempt_at_a_time,
        short_visibility.WRONG_VISIBILITY_TIMEOUT,
        short_visibility.RIGHT_VISIBILITY_TIMEOUT,
        "the process of handle ends before its call of dynamodb.GetItem videos",
        {"duplicates": False},
    ),
    "failed entries ignored": bug(
        all_orders_are_published,
        failed_entries_ignored,
        "the call of events.PutEvents default by handle processes all entries but the last",
    ),
    "idempotency alone": bug(
        an_order_is_charged_once,
        idempotency_alone,
        "the process of handle ends before its call of dynamodb.UpdateItem payments",
    ),
    "record left in progress": bug(
        an_order_is_stored, record_left_in_progress, f"{ENDS} dynamodb.PutItem idempotency{UNREAD}"
    ),
    "lease too short": bug(
        an_order_is_charged_by_one_attempt_at_a_time, lease_too_short, f"{PAUSES} dynamodb.PutItem audit{AGAIN}"
    ),
    "unknown result": bug(
        each_booking_has_a_seat,
        unknown_result,
        "the call of dynamodb.PutItem bookings by handle takes effect, but its connection is lost",
    ),
    "failure without response": bug(
        each_failed_order_is_refunded,
        failure_without_response,
        "the attempt of handle and all later ones of its event or messages are throttled",
    ),
    "order in batch": bug(the_latest_price_counts, order_in_batch, "the batch of handle has its messages in reverse order"),
    "message id as key": bug(
        an_announcement_is_stored_once,
        message_id_as_key,
        "orders receives the event of sns news, and sns news delivers it once more",
    ),
    "voucher for each delivery": bug(
        a_customer_has_one_voucher,
        voucher_for_each_delivery,
        f"{PAUSES} dynamodb.PutItem vouchers, and its event is delivered again meanwhile",
    ),
    "request checked first": bug(
        a_request_orders_one_taxi,
        request_checked_first,
        f"{PAUSES} dynamodb.PutItem taxis, and the client sends its HTTP request again meanwhile",
    ),
    "price in memory": bug(
        an_order_has_the_price_of_its_time,
        price_in_memory,
        f"the 2nd attempt of handle that has a choice {RUNS} the execution environment that was used second to last",
    ),
    "offset of batch": bug(all_payments_are_added_once, offset_of_batch, "the checkpoint of handle is lost"),
    "old records unread": bug(
        each_order_is_stored_or_noted,
        old_records_unread,
        "the attempt of handle and all later ones of its event or messages are throttled",
    ),
    "setup ahead of invocations": Bug(
        a_hat_has_a_price_ahead_of_invocations,
        "bugs.setup_at_import.wrong.handler",
        "bugs.setup_at_import.right.handler",
        f"while handle loads its code, {ENDS} dynamodb.PutItem prices{UNREAD}",
    ),
    "setup at import": Bug(
        a_hat_has_a_price,
        "bugs.setup_at_import.wrong.handler",
        "bugs.setup_at_import.right.handler",
        f"while handle loads its code, {ENDS} dynamodb.PutItem prices{UNREAD}",
    ),
    "day of processing": bug(
        an_order_belongs_to_the_day_on_which_it_was_sent,
        day_of_processing,
        "the receive of handle comes later than usual, after other work",
    ),
}


class Unconditional:
    """A client of DynamoDB that leaves out one condition."""

    def __init__(self, client: Any, condition: str) -> None:
        self._client = client
        self._condition = condition

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_item(self, **parameters: Any) -> Any:
        return self._client.put_item(**self._without(parameters))

    def transact_write_items(self, TransactItems: list[dict[str, Any]]) -> Any:  # noqa: N803
        items = [{kind: self._without(parameters) for kind, parameters in one.items()} for one in TransactItems]
        return self._client.transact_write_items(TransactItems=items)

    def _without(self, parameters: dict[str, Any]) -> dict[str, Any]:
        if parameters.get("ConditionExpression") != self._condition:
            return parameters
        return {
            name: value
            for name, value in parameters.items()
            if name not in ("ConditionExpression", "ExpressionAttributeValues")
        }


@pytest.mark.filterwarnings("ignore:Couldn't determine the remaining time left")
@pytest.mark.parametrize("name", BUGS)
def test_the_exploration_finds_the_bug(name: str) -> None:
    bug = BUGS[name]

    result = explore(lambda env: bug.scenario(env, bug.wrong), max_executions=FOUND_BY, max_seconds=600, **bug.bounds)

    assert [str(choice) for choice in result.failures[0].plan] == [bug.found]


@pytest.mark.parametrize("name", BUGS)
def test_the_corrected_handler_passes(name: str) -> None:
    bug = BUGS[name]

    result = explore(lambda env: bug.scenario(env, bug.right), max_faults=1, max_seconds=600, **bug.bounds)

    assert result.failures == []
    assert result.is_complete


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("lease too short", "duplicates"),
        ("voucher for each delivery", "duplicates"),
        ("offset of batch", "lost_acknowledgements"),
        ("request checked first", "lost_acknowledgements"),
        ("old records unread", "throttles"),
        ("day of processing", "delays"),
        ("message id as key", "lost_acknowledgements"),
        ("unknown result", "errors"),
        ("order in batch", "order"),
        ("failure without response", "throttles"),
    ],
)
def test_only_one_kind_of_choice_finds_the_bug(name: str, kind: str) -> None:
    bug = BUGS[name]

    result = explore(lambda env: bug.scenario(env, bug.wrong), max_faults=1, max_seconds=600, **{kind: False})

    assert result.failures == []


@pytest.mark.lambda_explore(max_faults=1, max_seconds=600)
def test_an_order_is_charged_once(lambda_events: LambdaEvents) -> None:
    """The same with the marker, as in other tests."""
    an_order_is_charged_once(lambda_events, write_then_mark.right)


CORRECT: dict[str, tuple[Scenario, Any]] = {
    "check then write": (a_seat_is_sold_once, check_then_write),
    "outbox without condition": (no_news_is_overwritten, outbox_without_condition),
    "counter with ADD": (each_voter_counts_once, counter_with_add),
    "expires too early": (an_order_gives_points_once, expires_too_early),
    "lock without lease": (a_report_is_built_by_one_attempt_at_a_time, lock_without_lease),
    "lease too short": (an_order_is_charged_by_one_attempt_at_a_time, lease_too_short),
    "order in batch": (the_latest_price_counts, order_in_batch),
    "offset of batch": (all_payments_are_added_once, offset_of_batch),
}
"""Correct handlers with conditions. Each of their conditions is removed, one at a time."""
NEEDLESS = {("lock without lease", "#owner = :owner"): "the lock ends after the function's timeout, so only its owner is left"}
"""Conditions without which a handler is still correct, with the reason."""


def conditions_of(module: Any) -> list[str]:
    """Returns the condition expressions in the source of a module, without those of its wrong handler."""
    functions = [one for one in ast.parse(inspect.getsource(module)).body if getattr(one, "name", "") != "wrong"]
    nodes = [node for function in functions for node in ast.walk(function)]
    pairs = [(node.arg, node.value) for node in nodes if isinstance(node, ast.keyword)]
    pairs += [
        (getattr(key, "value", None), value)
        for node in nodes
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
    ]
    return [value.value for name, value in pairs if name == "ConditionExpression" and isinstance(value, ast.Constant)]


REMOVALS = [
    (name, condition)
    for name, (_, module) in CORRECT.items()
    for condition in conditions_of(module)
    if (name, condition) not in NEEDLESS
]


def test_each_correct_handler_has_a_condition_to_remove() -> None:
    assert {name for name, _ in REMOVALS} == CORRECT.keys()
    assert {name: conditions_of(CORRECT[name][1]) for name, _ in NEEDLESS} == {
        "lock without lease": ["attribute_not_exists(id) OR expires < :now", "#owner = :owner"]
    }


@pytest.mark.parametrize(("name", "condition"), REMOVALS)
def test_the_exploration_finds_a_missing_condition(name: str, condition: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario, module = CORRECT[name]
    monkeypatch.setattr(module, "dynamodb", Unconditional(module.dynamodb, condition))

    result = explore(lambda env: scenario(env, module.right), max_faults=1, max_seconds=600)

    assert result.failures
    # The others need a planned fault, and no ordinary test finds them.
    assert bool(result.failures[0].plan) == (name != "check then write")
