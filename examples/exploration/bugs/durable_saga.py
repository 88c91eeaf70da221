"""Books a seat as a durable function: the compensation is a step, and Lambda repeats what was interrupted."""

from __future__ import annotations

from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import StepConfig
from aws_durable_execution_sdk_python.exceptions import StepError
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy

from .saga_without_compensation import hold, release, store

ONE_RETRY = StepConfig(retry_strategy=create_retry_strategy(RetryStrategyConfig(max_attempts=2)))


@durable_execution
def wrong(event: dict[str, Any], context: DurableContext) -> None:
    """After the last retry the seat remains held."""
    for record in event["Records"]:
        customer = record["body"]
        context.step(lambda step, customer=customer: hold(customer), name="hold")
        try:
            context.step(lambda step, customer=customer: store(customer, "booked"), name="book", config=ONE_RETRY)
        except StepError:
            context.step(lambda step, customer=customer: store(customer, "refused"), name="refuse")


@durable_execution
def right(event: dict[str, Any], context: DurableContext) -> None:
    """A refusal releases the seat first."""
    for record in event["Records"]:
        customer = record["body"]
        context.step(lambda step, customer=customer: hold(customer), name="hold")
        try:
            context.step(lambda step, customer=customer: store(customer, "booked"), name="book", config=ONE_RETRY)
        except StepError:
            context.step(lambda step, customer=customer: release(customer), name="release")
            context.step(lambda step, customer=customer: store(customer, "refused"), name="refuse")
