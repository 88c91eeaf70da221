"""Event source mappings of Kafka in templates."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_lambda_events import LambdaEvents, Stack

Deploy = Callable[..., Stack]
FUNCTION = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Count:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            return sorted(event["records"])
"""
SELF_MANAGED = """
      Events:
        Orders:
          Type: SelfManagedKafka
          Properties:
            KafkaBootstrapServers: ["kafka.example.com:9092"]
            Topics: [orders]
            SourceAccessConfigurations:
              - {Type: BASIC_AUTH, URI: "arn:aws:secretsmanager:us-east-1:123456789012:secret:a"}
"""
MAPPING = """
  Orders:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref Count
      SelfManagedEventSource: {Endpoints: {KafkaBootstrapServers: ["kafka.example.com:9092"]}}
      Topics: [orders]
      SourceAccessConfigurations:
        - {Type: BASIC_AUTH, URI: "arn:aws:secretsmanager:us-east-1:123456789012:secret:a"}
"""
MANAGED = """
      Events:
        Orders:
          Type: MSK
          Properties: {Stream: %s, Topics: [orders], StartingPosition: LATEST}
"""


@pytest.mark.parametrize("events", [SELF_MANAGED, MAPPING])
def test_self_managed_topic_invokes_a_function_of_a_template(
    events: str, deploy: Deploy, lambda_events: LambdaEvents
) -> None:  # fmt: skip
    orders = lambda_events.kafka_topic("orders")
    function = deploy(FUNCTION + events).functions["Count"]

    orders.send("a")
    lambda_events.run_until_idle()

    [batch] = function.batches
    assert batch.event["eventSource"] == "aws:SelfManagedKafka"
    assert batch.response == ["orders-0"]


def test_topic_of_amazon_msk_invokes_a_function_of_a_template(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    orders = lambda_events.kafka_topic("orders", cluster="sales")
    function = deploy(FUNCTION + MANAGED % orders.event_source["EventSourceArn"]).functions["Count"]

    orders.send("a")
    lambda_events.run_until_idle()

    [batch] = function.batches
    assert batch.event["eventSource"] == "aws:kafka"
