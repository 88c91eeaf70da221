"""Powertools registers a handler for the requests of every client. It only adds its name to the user agent."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from aws_lambda_powertools.shared import user_agent as powertools

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.aws.fast_calls.fast_calls import FastCalls


@pytest.mark.lambda_events(fast_calls=True)
def test_calls_of_a_client_with_the_user_agent_of_powertools_are_fast(
    lambda_events: LambdaEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast: list[str] = []
    answered = FastCalls.answered

    def counted(calls: FastCalls, call: Any, handler: Any) -> Any:
        fast.append(call.model.name)
        return answered(calls, call, handler)

    monkeypatch.setattr(FastCalls, "answered", counted)
    session = boto3.Session()
    register: Any = powertools.register_feature_to_session
    register(session, "batch")

    session.client("sqs").create_queue(QueueName="orders")

    assert fast == ["CreateQueue"]
