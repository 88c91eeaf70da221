"""What a handler, Powertools and the journal take for a cold start: they agree, whoever shares Powertools' modules."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools import Metrics

from pytest_lambda_events import Function, LambdaEvents

HANDLER = """
import json
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger(service="orders")
metrics = Metrics(namespace="Shop", service="orders")
seen = []


@logger.inject_lambda_context
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event, context):
    seen.append(event)
    logger.info("counted")
    metrics.add_metric(name="Orders", unit=MetricUnit.Count, value=1)
    if event.get("wait"):
        import time
        time.sleep(1)
    return len(seen)
"""
IDEMPOTENT = """
import os
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent

layer = DynamoDBPersistenceLayer(table_name="seen")
charges = []


@idempotent(persistence_store=layer, config=IdempotencyConfig(event_key_jmespath="id", use_local_cache=True))
def handler(event, context):
    charges.append(event["id"])
    return len(charges)
"""


@pytest.fixture
def make(tmp_path: Path, lambda_events: LambdaEvents) -> Callable[..., Function]:
    """Makes a function of a folder that has this code."""

    def make(name: str, code: str = HANDLER, **settings: Any) -> Function:
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text(code)
        return lambda_events.function("app.handler", code_uri=tmp_path / name, **settings)

    return make


def cold_starts(function: Function) -> Mapping[str, list[bool]]:
    """For each attempt: what the journal, Powertools' logger and its metrics say of a cold start."""
    lines = [[json.loads(line) for line in attempt.logs if line.startswith("{")] for attempt in function.attempts]
    return {
        "journal": [attempt.is_cold_start for attempt in function.attempts],
        "logger": [line["cold_start"] for of_attempt in lines for line in of_attempt if "cold_start" in line],
        "metrics": [any("ColdStart" in line for line in of_attempt) for of_attempt in lines],
    }


def agreed(*values: bool) -> Mapping[str, list[bool]]:
    return {name: list(values) for name in ("journal", "logger", "metrics")}


@pytest.mark.parametrize("test", ["first", "second"])
def test_powertools_sees_one_cold_start_in_each_execution_environment(
    make: Callable[..., Function], lambda_events: LambdaEvents, test: str
) -> None:
    billing, shipping = make("billing"), make("shipping")

    answers = [function.invoke({}).payload for function in (billing, shipping, billing, shipping)]

    assert answers == [1, 1, 2, 2]
    assert [cold_starts(function) for function in (billing, shipping)] == [agreed(True, False)] * 2


def test_overlapping_invocations_are_cold_starts_of_two_execution_environments(
    make: Callable[..., Function], lambda_events: LambdaEvents
) -> None:
    function = make("billing")

    for _ in range(2):
        function.invoke_async({"wait": True})
    lambda_events.run_until_idle()

    assert [attempt.response for attempt in function.attempts] == [1, 1]
    assert [[line for line in attempt.logs if '"Orders":[1.0]}' in line] != [] for attempt in function.attempts] == [
        True,
        True,
    ]
    assert cold_starts(function) == agreed(True, True)


LOGGING = """
import logging, time
from aws_lambda_powertools import Logger

logger = Logger(service="orders-c")
child = Logger(service="orders-c", child=True)


@logger.inject_lambda_context
def handler(event, context):
    logger.append_keys(order=event["order"]) if event.get("order") else None
    time.sleep(1)
    child.info("shipped")
    logging.getLogger("orders-c").warning("by name")
"""


def keys(function: Function) -> list[list[tuple[str, str | None]]]:
    """Whether each line has the request id of its attempt, and its key `order`."""
    lines = [[json.loads(line) for line in attempt.logs if line.startswith("{")] for attempt in function.attempts]
    return [
        [("own" if line["function_request_id"] == attempt.request_id else "other", line.get("order")) for line in of_attempt]
        for attempt, of_attempt in zip(function.attempts, lines, strict=True)
    ]


@pytest.mark.parametrize("test", ["first", "second"])
def test_loggers_of_powertools_belong_to_one_execution_environment(
    make: Callable[..., Function], lambda_events: LambdaEvents, test: str
) -> None:
    billing, shipping = make("billing", LOGGING), make("shipping", LOGGING)

    billing.invoke_async({"order": "A-1"})
    billing.invoke_async({})
    shipping.invoke_async({"order": "B-1"})
    lambda_events.run_until_idle()

    assert keys(billing) == [[("own", "A-1")] * 2, [("own", None)] * 2]
    assert keys(shipping) == [[("own", "B-1")] * 2]
    assert [name for name in logging.root.manager.loggerDict if name.startswith("orders-c")] == []


def test_provisioned_concurrency_has_no_cold_start(make: Callable[..., Function], lambda_events: LambdaEvents) -> None:
    function = make("billing")
    version = function.publish_version()
    lambda_events.client("lambda").put_provisioned_concurrency_config(
        FunctionName=function.name, Qualifier=version.version, ProvisionedConcurrentExecutions=1
    )
    lambda_events.advance(600)

    assert version.invoke({}).payload == 1
    assert cold_starts(function) == agreed(False)


def test_a_local_cache_of_idempotency_lives_as_long_as_its_execution_environment(
    make: Callable[..., Function], lambda_events: LambdaEvents
) -> None:
    table = lambda_events.table("seen", partition_key="id")
    first, second = make("first", IDEMPOTENT), make("second", IDEMPOTENT)
    answers = [function.invoke({"id": "a"}).payload for function in (first, first, second)]

    lambda_events.client("dynamodb").delete_table(TableName=table.name)
    cached = first.invoke({"id": "a"})

    assert (answers, cached.payload) == ([1, 1, 1], 1)
    assert "errorType" in second.invoke({"id": "b"}).payload
    first.update(environment={"STAGE": "new"})
    assert "errorType" in first.invoke({"id": "a"}).payload


def test_dimensions_that_were_set_while_the_test_imported_a_module_are_seen_by_its_handler(
    lambda_events: LambdaEvents,
) -> None:
    metrics = Metrics(namespace="Shop", service="orders")
    metrics.set_default_dimensions(stage="test")

    @metrics.log_metrics
    def handler(event: object, context: object) -> None:
        metrics.add_metric(name="Orders", unit="Count", value=1)

    function = lambda_events.function(handler)
    function.invoke({})
    metrics.clear_default_dimensions()
    metrics.clear_metrics()

    assert json.loads(function.logs[0])["stage"] == "test"
