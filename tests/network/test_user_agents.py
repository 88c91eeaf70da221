"""The user agents of calls that need no HTTP request."""

from __future__ import annotations

from typing import Any

from pytest_lambda_events import LambdaEvents


def sent_agents(*, fast_calls: bool) -> list[list[str]]:
    """The parts of the user agents of three calls: the second as the first, the third by a paginator."""
    agents: list[list[str]] = []

    def note(params: dict[str, Any], **others: object) -> None:
        # botocore writes the features as it finds them in a set.
        agents.append([",".join(sorted(part.split(","))) for part in params["headers"]["User-Agent"].split()])

    with LambdaEvents(fast_calls=fast_calls) as environment:
        sqs = environment.client("sqs")
        sqs.meta.events.register("before-call.sqs", note)
        try:
            sqs.list_queues()
            sqs.list_queues()
            list(sqs.get_paginator("list_queues").paginate())
        finally:
            sqs.meta.events.unregister("before-call.sqs", note)
    return agents


def test_user_agents_name_the_features_of_each_call() -> None:
    quick = sent_agents(fast_calls=True)

    assert quick == sent_agents(fast_calls=False)
    assert quick[0] == quick[1] != quick[2]
