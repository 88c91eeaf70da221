"""The events that topics, buckets and log groups push to functions and queues."""

from __future__ import annotations

import json
from typing import Any

import shop

from pytest_lambda_events import Bucket, Function, LambdaEvents, Queue, Topic

from .pages import Golden, Page

CREATED = ["s3:ObjectCreated:*"]


def _event_of(environment: LambdaEvents, function: Function) -> object:
    environment.run_until_idle()
    [event] = function.events
    return event.payload


def _audit(environment: LambdaEvents, source: Bucket | Topic) -> Function:
    audit = environment.function(shop.audit)
    if isinstance(source, Topic):
        source.subscribe(audit)
    else:
        source.add_notification(audit, events=["s3:ObjectCreated:*", "s3:ObjectRemoved:*"])
    return audit


def _publish(topic: Topic, **ids: str) -> None:
    topic.publish({"order": 7}, subject="Order", message_attributes={"kind": "paid", "size": 5}, **ids)


def _topic_to_function(environment: LambdaEvents) -> object:
    topic = environment.topic("orders")
    audit = _audit(environment, topic)
    _publish(topic)
    return _event_of(environment, audit)


def _topic_to_queue(environment: LambdaEvents) -> object:
    topic, inbox = environment.topic("orders"), environment.queue("inbox")
    topic.subscribe(inbox)
    _publish(topic)
    return _body(inbox)


def _fifo_topic_to_queue(environment: LambdaEvents) -> object:
    topic, inbox = environment.topic("orders.fifo"), environment.queue("inbox.fifo")
    topic.subscribe(inbox)
    _publish(topic, message_group_id="alice", message_deduplication_id="order-7")
    return _body(inbox)


def _topic_to_function_behind_a_queue(environment: LambdaEvents) -> object:
    topic, inbox, audit = environment.topic("orders"), environment.queue("inbox"), environment.function(shop.audit)
    topic.subscribe(inbox)
    audit.add_event_source(inbox)
    _publish(topic)
    environment.run_until_idle()
    return audit.batches[0].event


def _body(queue: Queue) -> Any:
    return json.loads(queue.messages[-1].body)


def _object_created(environment: LambdaEvents) -> object:
    uploads = environment.bucket("uploads")
    audit = _audit(environment, uploads)
    uploads.put_object("in/my photo.jpg", b"12345")
    return _event_of(environment, audit)


def _object_deleted(environment: LambdaEvents) -> object:
    uploads = environment.bucket("uploads")
    audit = _audit(environment, uploads)
    environment.client("s3").delete_object(Bucket="uploads", Key="in/my photo.jpg")
    return _event_of(environment, audit)


def _delete_marker(environment: LambdaEvents) -> object:
    uploads, s3 = environment.bucket("uploads"), environment.client("s3")
    s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    audit = _audit(environment, uploads)
    s3.delete_object(Bucket="uploads", Key="in/my photo.jpg")
    return _event_of(environment, audit)


def _test_message(environment: LambdaEvents) -> object:
    inbox = environment.queue("inbox")
    environment.bucket("uploads").add_notification(inbox, events=CREATED)
    return _body(inbox)


def _object_to_function_behind_a_topic(environment: LambdaEvents) -> object:
    uploads, changes = environment.bucket("uploads"), environment.topic("changes")
    uploads.add_notification(changes, events=CREATED)
    audit = _audit(environment, changes)
    uploads.put_object("in/my photo.jpg", b"12345")
    return _event_of(environment, audit)


def _object_on_the_bus(environment: LambdaEvents) -> object:
    uploads, audit = environment.bucket("uploads"), environment.function(shop.audit)
    environment.event_buses["default"].add_rule({"source": ["aws.s3"]}, audit)
    environment.client("s3").put_bucket_notification_configuration(
        Bucket="uploads", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    uploads.put_object("in/my photo.jpg", b"12345")
    return _event_of(environment, audit)


def _log_group(environment: LambdaEvents) -> object:
    audit, orders = environment.function(shop.audit), environment.log_group("/shop/orders")
    orders.subscribe(audit, filter_pattern='{ $.level = "ERROR" }', name="errors")
    orders.put({"level": "ERROR", "order": 7}, {"level": "INFO", "order": 8}, {"level": "ERROR", "order": 9})
    return _event_of(environment, audit)


def _log_group_with_fields(environment: LambdaEvents) -> object:
    audit, access = environment.function(shop.audit), environment.log_group("/shop/access")
    access.subscribe(audit, filter_pattern="[ip, ..., status = 5*]", name="failures")
    access.put("10.0.0.1 GET 200", "10.0.0.2 GET 503")
    return _event_of(environment, audit)


PUSHED = Page(
    "Events of topics, buckets and log groups",
    "What SNS, S3 and CloudWatch Logs deliver to functions and queues, with JSON inside of text opened. The rules are PSH-10 "
    "to PSH-1J, PSH-50 to PSH-6G and LOG-10 to LOG-12.",
    [
        Golden("A topic", "Numbers and arrays have the type `String` here.", _topic_to_function),
        Golden("The body of a message from a topic to a queue", "Attributes keep their types.", _topic_to_queue),
        Golden("The body of a message from a FIFO topic to a FIFO queue", "It is not signed.", _fifo_topic_to_queue),
        Golden("A topic and a queue before a function", "The `body` is text on AWS.", _topic_to_function_behind_a_queue),
        Golden("An object was created", "The key is encoded like a form.", _object_created),
        Golden("An object was deleted", "A key that did not exist has this event too.", _object_deleted),
        Golden("An object got a delete marker", "In a bucket with versions.", _delete_marker),
        Golden("The test message of a bucket", "Queues and topics receive it for a new configuration.", _test_message),
        Golden("A bucket and a topic before a function", "", _object_to_function_behind_a_topic),
        Golden("An object on the default event bus", "The key is not encoded.", _object_on_the_bus),
        Golden("A log group", "`data` is compressed with gzip, in base64, on AWS.", _log_group),
        Golden("A log group, with a space-delimited pattern", "Each log event has the named fields.", _log_group_with_fields),
    ],
)
