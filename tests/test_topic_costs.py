"""What a message of a topic costs, counted in calls."""

from __future__ import annotations

from counting import calls_of

from pytest_lambda_events import LambdaEvents

MESSAGES = 60


def test_an_event_through_a_topic_costs_at_most_an_invocation_and_a_publish_call(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(lambda event, context: None, name="listen")
    heard, unheard = lambda_events.topic("heard"), lambda_events.topic("unheard")
    heard.subscribe(function)
    sns, client = lambda_events.client("sns"), lambda_events.client("lambda")

    def through_the_topic() -> None:
        for _ in range(MESSAGES):
            sns.publish(TopicArn=heard.arn, Message="{}")
        lambda_events.run_until_idle()

    def directly() -> None:
        for _ in range(MESSAGES):
            sns.publish(TopicArn=unheard.arn, Message="{}")
            client.invoke(FunctionName="listen", InvocationType="Event", Payload=b"{}")
        lambda_events.run_until_idle()

    through_the_topic()
    directly()

    # It was 0.8 times as many calls.
    assert calls_of(through_the_topic) <= 1.2 * calls_of(directly)


def test_each_message_costs_the_same(lambda_events: LambdaEvents) -> None:
    queue, topic = lambda_events.queue("inbox"), lambda_events.topic("orders")
    topic.subscribe(queue, filter_policy={"kind": ["paid"]})

    def publish(count: int) -> None:
        for _ in range(count):
            topic.publish("m", message_attributes={"kind": "paid"})

    publish(10)
    few = calls_of(lambda: publish(20))
    many = calls_of(lambda: publish(200))

    assert many <= 11 * few
