from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.data_classes import SNSEvent

from pytest_lambda_events import LambdaEvents


def send_mail(event: dict[str, Any], context: Any) -> None:
    for record in SNSEvent(event).records:
        print("mail about", record.sns.message)


def test_function_receives_messages_that_match_the_filter(lambda_events: LambdaEvents) -> None:
    orders, function = lambda_events.topic("orders"), lambda_events.function(send_mail)
    orders.subscribe(function, filter_policy={"kind": ["paid"]})

    orders.publish({"id": 7}, message_attributes={"kind": "paid"})
    orders.publish({"id": 8}, message_attributes={"kind": "new"})
    lambda_events.run_until_idle()

    [attempt] = function.attempts
    assert attempt.event["Records"][0]["Sns"]["Message"] == '{"id": 7}'
    assert attempt.logs == ['mail about {"id": 7}']


def test_filter_tests_the_body(lambda_events: LambdaEvents) -> None:
    orders, function = lambda_events.topic("orders"), lambda_events.function(send_mail)
    orders.subscribe(function, filter_policy={"total": [{"numeric": [">", 100]}]}, filter_policy_scope="MessageBody")

    orders.publish({"id": 7, "total": 101})
    orders.publish({"id": 8, "total": 100})
    lambda_events.run_until_idle()

    assert len(function.attempts) == 1


def test_queue_receives_raw_messages(lambda_events: LambdaEvents) -> None:
    orders, inbox = lambda_events.topic("orders"), lambda_events.queue("inbox")
    orders.subscribe(inbox, raw_message_delivery=True)

    orders.publish({"id": 7}, message_attributes={"size": 5})

    [message] = inbox.messages
    assert (message.json, message.message_attributes) == ({"id": 7}, {"size": "5"})


def test_message_for_a_deleted_function_goes_to_the_dead_letter_queue(lambda_events: LambdaEvents) -> None:
    orders, lost = lambda_events.topic("orders"), lambda_events.queue("lost")
    function = lambda_events.function(send_mail)
    orders.subscribe(function, dead_letter_queue=lost)
    function.delete()

    orders.publish({"id": 7})

    [message] = lost.messages
    assert message.json["Message"] == '{"id": 7}'


def test_fifo_topic_delivers_a_duplicate_once(lambda_events: LambdaEvents) -> None:
    orders, inbox = lambda_events.topic("orders.fifo"), lambda_events.queue("inbox.fifo")
    orders.subscribe(inbox)

    for _ in range(2):
        orders.publish({"id": 7}, message_group_id="customer-1", message_deduplication_id="order-7")
        lambda_events.advance(299)

    assert len(inbox.messages) == 1
