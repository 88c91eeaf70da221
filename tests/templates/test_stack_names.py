"""The names by which a test finds a resource of a stack, and what deleting a stack removes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_lambda_events import LambdaEvents, LambdaEventsError, Stack
from pytest_lambda_events.errors import DoesNotExistError

Deploy = Callable[..., Stack]

ROLE = "arn:aws:iam::123456789012:role/shop"
TEMPLATE = f"""
Resources:
  Charge:
    Type: AWS::Lambda::Function
    Properties: {{FunctionName: charge-it, Runtime: python3.13, Handler: app.handler, Code: src, Role: "{ROLE}"}}
  Orders: {{Type: AWS::SQS::Queue, Properties: {{VisibilityTimeout: 60}}}}
  DeadOrders: {{Type: AWS::SQS::Queue, DeletionPolicy: Retain}}
  News: {{Type: AWS::SNS::Topic}}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {{FunctionName: !Ref Charge, EventSourceArn: !GetAtt Orders.Arn}}
"""


@pytest.mark.rule("TPL-08", "TPL-09")
def test_each_name_finds_the_resource(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(TEMPLATE)
    function, queue, mapping = stack.functions["Charge"], stack.queues["Orders"], stack.event_source_mappings["Mapping"]

    assert [stack.functions[name].arn for name in ("charge-it", function.arn)] == [function.arn] * 2
    assert [stack.queues[name].name for name in (queue.name, queue.url, queue.arn)] == [queue.name] * 3
    assert stack.topics[stack.topics["News"].arn].name == stack.topics["News"].name
    assert stack[mapping.uuid].arn == stack["Mapping"].arn
    assert list(stack.queues) == ["Orders", "DeadOrders"]
    assert queue.url == lambda_events.queues[queue.name].url


@pytest.mark.rule("TPL-08")
def test_a_missing_name_has_an_error_with_the_near_ones(deploy: Deploy) -> None:
    stack = deploy(TEMPLATE)

    with pytest.raises(DoesNotExistError, match=r"no queue 'Order'\. Did you mean 'Orders'\? It has: Orders, DeadOrders\."):
        stack.queues["Order"]
    with pytest.raises(DoesNotExistError, match=r"no queue 'Charge'\. It has: Orders, DeadOrders\."):
        stack.queues["Charge"]
    with pytest.raises(DoesNotExistError, match=r"no resource 'Chrge' with a handle\. Did you mean 'Charge'\?"):
        stack["Chrge"]
    assert "Order" not in stack.queues


@pytest.mark.rule("TPL-08")
def test_a_name_of_two_resources_is_refused(deploy: Deploy) -> None:
    stack = deploy("""
        Resources:
          Q: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}
          T: {Type: AWS::SNS::Topic, Properties: {TopicName: orders}}
          orders-topic: {Type: AWS::SNS::Topic, Properties: {TopicName: Q}}
        """)

    with pytest.raises(LambdaEventsError, match=r"The name 'orders' fits Q and T\. Pass a logical id\."):
        stack["orders"]
    assert stack.queues["orders"].name == "orders"
    assert stack["Q"].name == "orders"
    assert stack.topics["Q"].arn == stack.topics["orders-topic"].arn


@pytest.mark.rule("TPL-0F")
def test_a_deleted_stack_leaves_what_is_retained(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(TEMPLATE)
    retained = stack.queues["DeadOrders"].name

    with pytest.raises(LambdaEventsError, match="The stack 'stack' is deployed already"):
        deploy(TEMPLATE)
    stack.delete()

    assert list(lambda_events.queues) == [retained]
    assert not lambda_events.functions
    assert not lambda_events.topics
    assert not lambda_events.event_source_mappings
    stack.delete()


@pytest.mark.rule("TPL-0F")
def test_the_name_of_a_deleted_stack_is_free(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    template = TEMPLATE.replace(", DeletionPolicy: Retain", "")
    deploy(template).delete()

    stack = deploy(template)
    stack.queues["Orders"].send("x")
    lambda_events.run_until_idle()

    assert stack.functions["Charge"].records_processed == 1


@pytest.mark.rule("TPL-0F")
def test_what_the_test_has_deleted_is_no_error(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(TEMPLATE)
    stack.queues["Orders"].delete()
    stack.functions["Charge"].delete()

    stack.delete()

    assert not lambda_events.functions
