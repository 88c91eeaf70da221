"""Stories whose records are those of asynchronous events, and of where they go."""

from __future__ import annotations

import sys
from typing import Any

import shop
from uploads import create_function

from pytest_lambda_events import Function, InvocationRecord, LambdaEvents, Queue

from .pages import Golden, Page

EXPIRED = {"order": 7, "card": "expired"}


def leave(event: Any, context: Any) -> None:
    sys.exit(3)


def _record(environment: LambdaEvents, handler: Any, payload: object, **settings: Any) -> InvocationRecord:
    """The one record that an event leaves."""
    records = environment.queue("records")
    function = environment.function(handler, on_success=records, on_failure=records, **settings)
    function.invoke_async(payload)
    environment.run_until_idle()
    [record] = records.invocation_records
    return record


def _busy(environment: LambdaEvents, **settings: Any) -> Function:
    """A function whose one place is taken for longer than an event may wait."""
    slow = environment.function(
        shop.slow, timeout=200, reserved_concurrent_executions=1, maximum_event_age_in_seconds=60, **settings
    )
    slow.invoke_async({"seconds": 100})
    slow.invoke_async({"seconds": 1})
    return slow


def _success(environment: LambdaEvents) -> object:
    return _record(environment, shop.charge, {"order": 7})


def _no_answer(environment: LambdaEvents) -> object:
    return _record(environment, shop.audit, {"order": 7})


def _retries_exhausted(environment: LambdaEvents) -> object:
    return _record(environment, shop.charge, EXPIRED)


def _event_age_exceeded(environment: LambdaEvents) -> object:
    return _record(environment, shop.charge, EXPIRED, maximum_event_age_in_seconds=60)


def _throttled(environment: LambdaEvents) -> object:
    failures = environment.queue("failures")
    _busy(environment, on_failure=failures)
    environment.run_until_idle()
    return failures.invocation_records[0]


def _zero_reserved_concurrency(environment: LambdaEvents) -> object:
    return _record(environment, shop.charge, {"order": 7}, reserved_concurrent_executions=0)


def _gone(environment: LambdaEvents) -> object:
    failures = environment.queue("failures")
    charge = environment.function(shop.charge, on_failure=failures, maximum_retry_attempts=1)
    charge.invoke_async(EXPIRED)
    environment.advance(30)
    environment.client("lambda").delete_function(FunctionName="charge")
    environment.run_until_idle()
    [record] = failures.invocation_records
    return record


def _alias(environment: LambdaEvents) -> object:
    failures = environment.queue("failures")
    charge = environment.function(shop.charge)
    version = charge.publish_version().version
    live = charge.create_alias("live", function_version=version)
    live.update(on_failure=failures, maximum_retry_attempts=0)
    live.invoke_async(EXPIRED)
    environment.run_until_idle()
    [record] = failures.invocation_records
    return record


def _timed_out(environment: LambdaEvents) -> object:
    return _record(environment, shop.slow, {"seconds": 10}, timeout=3, maximum_retry_attempts=0)


def _exited(environment: LambdaEvents) -> object:
    return _record(environment, leave, {"order": 7}, maximum_retry_attempts=0)


def _out_of_memory(environment: LambdaEvents) -> object:
    failures = environment.queue("failures")
    charge = environment.function(shop.charge, on_failure=failures, maximum_retry_attempts=0)
    charge.fail("out_of_memory")
    charge.invoke_async({"order": 7})
    environment.run_until_idle()
    [record] = failures.invocation_records
    return record


def _not_loaded(environment: LambdaEvents) -> object:
    failures = environment.queue("failures")
    create_function("charge", "def charge(event, context): ...", Handler="app.chrage")
    environment.advance(1)
    charge = environment.functions["charge"]
    charge.update(on_failure=failures, maximum_retry_attempts=0)
    charge.invoke_async({"order": 7})
    environment.run_until_idle()
    [record] = failures.invocation_records
    return record


ASYNCHRONOUS = Page(
    "Records of asynchronous events",
    "One for each condition, and for each way in which a function fails. The rules are DST-15 to DST-27.",
    [
        Golden("Success", 'The function returned `{"charged": 7}`.', _success),
        Golden("Success without an answer", "A handler that returns nothing answers `null`.", _no_answer),
        Golden("RetriesExhausted", "Three attempts raised, at 0, 60 and 180 s.", _retries_exhausted),
        Golden(
            "RetriesExhausted, the function is gone",
            "It was deleted between its two attempts; the lookup counts as one.",
            _gone,
        ),
        Golden("RetriesExhausted of an alias", "The ARN has the alias, `executedVersion` the version that ran.", _alias),
        Golden(
            "EventAgeExceeded",
            "The retry at 60 s would have been as old as `maximum_event_age_in_seconds=60`.",
            _event_age_exceeded,
        ),
        Golden("EventAgeExceeded, throttled", "The function's one place was taken: it never ran.", _throttled),
        Golden("ZeroReservedConcurrency", "`reserved_concurrent_executions=0`: it never ran.", _zero_reserved_concurrency),
        Golden("A timeout", "The handler took longer than its `timeout` of 3 s.", _timed_out),
        Golden("An exit", "The handler called `sys.exit(3)`.", _exited),
        Golden("No more memory", "The environment was killed.", _out_of_memory),
        Golden("A handler that does not exist", "The module has no such function.", _not_loaded),
    ],
)


def _to_queue(environment: LambdaEvents) -> object:
    failures = environment.queue("failures")
    _fail(environment, on_failure=failures)
    return failures.messages[0]


def _to_topic(environment: LambdaEvents) -> object:
    failures = environment.topic("failures")
    _fail(environment, on_failure=failures)
    return failures.messages[0].body


def _to_subscriber(environment: LambdaEvents) -> object:
    failures, subscriber = environment.topic("failures"), environment.queue("subscriber")
    failures.subscribe(subscriber)
    _fail(environment, on_failure=failures)
    return subscriber.messages[0].body


def _to_function(environment: LambdaEvents) -> object:
    audit = environment.function(shop.audit)
    _fail(environment, on_failure=audit)
    return audit.attempts[0].event


def _to_bus(environment: LambdaEvents) -> object:
    outcomes = environment.event_bus("outcomes")
    _fail(environment, on_failure=outcomes)
    return outcomes.events[0]


def _to_bucket(environment: LambdaEvents) -> object:
    failures = environment.bucket("failures")
    _fail(environment, on_failure=failures)
    [key] = failures.keys
    return {"key": key, "object": failures.invocation_records[0]}


def _fail(environment: LambdaEvents, **settings: Any) -> None:
    environment.function(shop.charge, maximum_retry_attempts=0, **settings).invoke_async(EXPIRED)
    environment.run_until_idle()


DESTINATIONS = Page(
    "Records at each kind of destination",
    "The same record, as each kind of target gets it. The rules are DST-30 to DST-38.",
    [
        Golden("A queue", "The record is the body of a message without attributes.", _to_queue),
        Golden("A topic", "The record is what is published.", _to_topic),
        Golden(
            "A queue that subscribes the topic",
            "The record is text in the `Message` of SNS's envelope, opened here.",
            _to_subscriber,
        ),
        Golden("A function", "The record is the event of an asynchronous invocation.", _to_function),
        Golden("An event bus", "The record is the `detail`; on success the detail-type ends in `Success`.", _to_bus),
        Golden("A bucket", "The record is an object; its key has the function, the day and the instant.", _to_bucket),
    ],
)


def _letter(environment: LambdaEvents, dead: Queue) -> object:
    """The one message of a queue, as boto3 receives it."""
    received = environment.client("sqs").receive_message(
        QueueUrl=dead.url, AttributeNames=["All"], MessageAttributeNames=["All"], MaxNumberOfMessages=10
    )
    [message] = received["Messages"]
    return message


def _letter_of_an_error(environment: LambdaEvents) -> object:
    dead = environment.queue("dead")
    _fail(environment, dead_letter_queue=dead)
    return _letter(environment, dead)


def _letter_of_a_throttle(environment: LambdaEvents) -> object:
    dead = environment.queue("dead")
    _busy(environment, dead_letter_queue=dead)
    environment.run_until_idle()
    return _letter(environment, dead)


def _letter_of_zero_concurrency(environment: LambdaEvents) -> object:
    dead = environment.queue("dead")
    _fail(environment, dead_letter_queue=dead, reserved_concurrent_executions=0)
    return _letter(environment, dead)


def _letter_of_a_timeout(environment: LambdaEvents) -> object:
    dead = environment.queue("dead")
    environment.function(shop.slow, timeout=3, maximum_retry_attempts=0, dead_letter_queue=dead).invoke_async({"seconds": 10})
    environment.run_until_idle()
    return _letter(environment, dead)


def _letter_to_a_topic(environment: LambdaEvents) -> object:
    dead, subscriber = environment.topic("dead"), environment.queue("subscriber")
    dead.subscribe(subscriber)
    _fail(environment, dead_letter_queue=dead)
    return subscriber.messages[0].body


DEAD_LETTERS = Page(
    "Dead letters of a function",
    "The event as it was, and attributes that tell why, as boto3 receives them. The rules are DLQ-20 to DLQ-29.",
    [
        Golden("After an error", "`ErrorCode` is the status of the last response.", _letter_of_an_error),
        Golden("After a timeout", "The request id in the message is that of the event.", _letter_of_a_timeout),
        Golden("After throttles", "The event was too old before the function had a place for it.", _letter_of_a_throttle),
        Golden(
            "With zero reserved concurrency",
            "There is no `ErrorCode`, and the missing blank is AWS's.",
            _letter_of_zero_concurrency,
        ),
        Golden(
            "A queue that subscribes the topic",
            "The attributes are those of the notification.",
            _letter_to_a_topic,
        ),
    ],
)
