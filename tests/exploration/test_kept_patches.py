"""An exploration keeps patches of moto between its executions. No execution notices that."""

from __future__ import annotations

import gc
import importlib
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from weakref import ref

import boto3
import pytest
from example_counts import is_thorough
from exploration.shops import scenario_of, storing
from moto import mock_aws
from moto.dynamodb.models.table import Table
from moto.sqs.models import SQSBackend

from pytest_lambda_events import Bounds, LambdaEvents, LambdaEventsError, patching
from pytest_lambda_events.aws import repairs as repairs_of_moto
from pytest_lambda_events.aws.kept_patches import KeptPatches
from pytest_lambda_events.environment import many_environments
from pytest_lambda_events.exploration.choices import Plan, plan_of
from pytest_lambda_events.exploration.execution import Execution
from pytest_lambda_events.exploration.outcomes import Verdict
from pytest_lambda_events.exploration.scenarios import ScenarioRunner
from pytest_lambda_events.exploration.search import Search

GALLERY = Path(__file__).parents[2] / "examples" / "exploration"
MOST_EXECUTIONS = 4
WITHOUT_KEPT = 2
"""The first executions have no planned faults, and keep no patches. The next one applies those that the others use."""

KINDS_OF_SOURCES = (
    "check then write", "order across groups", "lost window state", "offset of batch", "message id as key",
    "request checked first", "setup at import", "old records unread", "failed entries ignored",
)  # fmt: skip
"""Bugs with every kind of source and of execution environment."""

Scenario = Callable[[LambdaEvents], object]


@pytest.fixture(scope="module")
def bugs() -> Iterator[dict[str, Any]]:
    """The bugs of the gallery, by name."""
    sys.path[:0] = paths = [str(GALLERY), str(GALLERY / "tests")]
    yield importlib.import_module("test_gallery").BUGS
    for path in paths:
        sys.path.remove(path)


class Recorder:
    """Runs a scenario, and keeps the choices and the journal of each execution."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._run = ScenarioRunner(self._started, {})
        self._environment: LambdaEvents | None = None
        self.journals: list[tuple[Plan, str]] = []

    def _started(self, environment: LambdaEvents) -> None:
        self._environment = environment
        self._scenario(environment)

    def __call__(self, execution: Execution) -> Verdict:
        verdict = self._run(execution)
        assert self._environment is not None
        self.journals.append((tuple(execution.met), "\n".join(map(repr, self._environment.journal))))
        return verdict


@pytest.mark.filterwarnings("ignore:Couldn't determine the remaining time left")
def test_the_gallery_has_the_same_journals_with_new_patches_for_each_execution(bugs: dict[str, Any]) -> None:
    different = []
    for name in bugs if is_thorough() else KINDS_OF_SOURCES:
        bug = bugs[name]
        kept = Recorder(lambda environment, bug=bug: bug.scenario(environment, bug.wrong))  # type: ignore[misc]
        Search(kept, Bounds(max_executions=MOST_EXECUTIONS, max_seconds=600)).explore()
        new = Recorder(lambda environment, bug=bug: bug.scenario(environment, bug.wrong))  # type: ignore[misc]
        expected = kept.journals[WITHOUT_KEPT:]
        for plan, _ in expected:
            new(Execution(plan, Bounds()))
        assert expected
        different += [name for one, other in zip(expected, new.journals, strict=True) if one != other]

    assert different == []


def test_kept_patches_hold_nothing_of_a_closed_environment() -> None:
    with many_environments():
        ended = [used(number) for number in range(2)]
        gc.collect()
        last = used(2)
        gc.collect()

        # Until the next environment opens, the patches show the last one.
        assert [one() is None for one in last] == [False] * len(last)
        assert [name for parts in ended for name, one in zip(PARTS, parts, strict=True) if one() is not None] == []


PARTS = ("simulation", "clock", "journal", "scheduler", "tasks", "threads", "identifiers", "chooser", "planes", "invoker")


def used(number: int) -> list[ref[Any]]:
    """Uses what is patched in an environment, and returns references to its parts."""
    with LambdaEvents() as environment:
        queue = environment.queue("returns")
        environment.table("payments", partition_key="id").put_item({"id": str(number)})
        environment.stream("clicks").put({"page": "/"}, partition_key="ada")
        environment.function(lambda event, context: None, name="refund").add_event_source(queue)
        queue.send("7")
        pushing(environment)
        wiring = environment._open_wiring
        simulation = wiring.simulation
        return [
            ref(one)
            for one in (
                simulation, simulation.clock, wiring.journal, simulation.scheduler, simulation.tasks, simulation.threads,
                simulation.identifiers, simulation.chooser, wiring.planes, wiring.invoker,
            )
        ]  # fmt: skip


CRASH = "v1;call/charge/dynamodb.PutItem payments/1/crash before"


def test_executions_leave_no_objects_behind() -> None:
    run = ScenarioRunner(scenario_of(storing, lambda db, bank: None), {})

    def objects_after(executions: int) -> int:
        for _ in range(executions):
            run(Execution((), Bounds()))
            run(Execution(plan_of(CRASH), Bounds()))
        gc.collect()
        return len(gc.get_objects())

    with many_environments():
        objects_after(3)
        before = objects_after(3)
        after = objects_after(20)

    # One object for each execution would be 34 more.
    assert after - before < 20


def assert_kept_until_the_end(current: Callable[[], list[Any]]) -> None:
    """Asserts that environments share what replaces the objects that `current` returns, and that these are restored."""
    before = current()

    with many_environments():
        with LambdaEvents():
            inside = current()
        between = current()
        with LambdaEvents():
            again = current()

    assert inside == between == again
    assert set(map(id, before)).isdisjoint(map(id, inside))
    assert current() == before


def repairs() -> list[Any]:
    return [vars(SQSBackend)["send_message"], vars(Table)["put_item"]]


def test_the_repairs_end_with_the_exploration() -> None:
    with LambdaEvents():
        # Both services are loaded now.
        boto3.client("sqs").list_queues()
        boto3.client("dynamodb").list_tables()
    assert_kept_until_the_end(repairs)


def test_a_mock_of_the_test_has_no_repairs() -> None:
    with LambdaEvents():
        boto3.client("sqs").list_queues()
    before = repairs()

    with many_environments():
        with LambdaEvents():
            pass
        with mock_aws():
            between = repairs()
            url = boto3.client("sqs", "us-east-1").create_queue(QueueName="orders")["QueueUrl"]
            boto3.client("sqs", "us-east-1").send_message(QueueUrl=url, MessageBody="7")
            with LambdaEvents() as environment:
                inside = repairs()
                bodies = [message.body for message in environment.queues["orders"].messages]
            after = repairs()

    assert between == after == before
    assert inside != before
    assert bodies == ["7"]


def test_an_exploration_inside_of_another_one_applies_its_own_repairs() -> None:
    with LambdaEvents():
        boto3.client("sqs").list_queues()
    before = repairs()

    with many_environments():
        with LambdaEvents():
            outer = repairs()
        with many_environments():
            start = repairs()
            with LambdaEvents():
                inner = repairs()
        end = repairs()

    assert start == end == before == repairs()
    assert set(map(id, outer)).isdisjoint(map(id, inner))


def test_other_options_apply_the_repairs_again() -> None:
    with many_environments():
        with LambdaEvents():
            first = repairs()
        with LambdaEvents(seed=2):
            second = repairs()

    assert set(map(id, first)).isdisjoint(map(id, second))


def test_times_and_tokens_of_an_environment_do_not_count_in_the_next_one() -> None:
    def scenario(environment: LambdaEvents) -> None:
        queue = environment.queue("orders.fifo")
        sqs = environment.client("sqs")
        sqs.purge_queue(QueueUrl=queue.url)
        sqs.receive_message(QueueUrl=queue.url, ReceiveRequestAttemptId="1")
        environment.table("payments", partition_key="id")
        put = [{"Put": {"TableName": "payments", "Item": {"id": {"S": "7"}}}}]
        environment.client("dynamodb").transact_write_items(TransactItems=put, ClientRequestToken="1")
        assert environment.tables["payments"].items == [{"id": "7"}]

    with many_environments():
        for _ in range(2):
            with LambdaEvents() as environment:
                scenario(environment)


def test_handles_and_clients_of_an_earlier_environment_refuse() -> None:
    with many_environments():
        with LambdaEvents() as first:
            queue = first.queue("orders")
        with LambdaEvents() as second:
            second.queue("orders")
            with pytest.raises(LambdaEventsError, match="closed"):
                queue.send("7")
            messages = len(second.queues["orders"].messages)

    assert messages == 0


def test_no_attribute_has_a_kept_patch_and_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one would restore the attribute as it was before both."""
    with LambdaEvents():
        # From here on it is known which repairs the installed moto needs.
        import_services()
    patched: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
    applying = 0
    apply = KeptPatches.apply

    def recorded(owner: Any, name: str) -> None:
        patched[bool(applying)].add((getattr(owner, "__qualname__", None) or str(owner), name))

    def replaced(patches: Iterable[Any], before: list[Any]) -> None:
        replace_all(patches, before)
        for owner, name, _ in before:
            recorded(owner, name)

    def applied(*arguments: Any) -> None:
        nonlocal applying
        applying += 1
        try:
            apply(*arguments)
        finally:
            applying -= 1

    replace_all = patching.replace_all
    monkeypatch.setattr(patching, "replace_all", replaced)
    monkeypatch.setattr(repairs_of_moto, "replace_all", replaced)
    monkeypatch.setattr(KeptPatches, "apply", applied)

    with many_environments():
        for _ in range(2):
            with LambdaEvents() as environment:
                import_services()
                environment.function(lambda event, context: None, name="charge")

    assert len(patched[True]) > 100
    assert patched[True] & patched[False] == set()


def import_services() -> None:
    for service in SERVICES:
        importlib.import_module(f"moto.{service}.models")


SERVICES = (
    "sqs", "dynamodb", "kinesis", "events", "s3", "sns", "logs", "scheduler", "pipes", "iam", "cloudformation", "kafka",
    "apigateway", "apigatewayv2", "awslambda",
)  # fmt: skip


def pushing(environment: LambdaEvents) -> None:
    """Uses log groups, schedules, pipes and APIs, which keep state in an environment."""
    function = environment.function(lambda event, context: {"statusCode": 200, "body": "ok"}, name="charge")
    group = environment.log_group("/shop/orders")
    group.subscribe(function, filter_pattern="ERROR")
    group.put("ERROR: no paper")
    environment.schedule("rate(5 minutes)", function, name="nightly")
    queue = environment.queue("orders")
    environment.pipe(queue, function, name="orders-to-charge")
    queue.send("7")
    api = environment.http_api("shop", {"GET /orders": function})
    gateway = environment.client("apigatewayv2")
    gateway.create_deployment(ApiId=gateway.get_apis()["Items"][0]["ApiId"])
    rest = environment.rest_api("old-shop", {"GET /orders": function})
    statuses = [one.request("GET", "/orders").status_code for one in (api, rest)]
    environment.advance(600)
    assert statuses == [200, 200]


def test_services_that_keep_state_begin_again_in_each_environment() -> None:
    def journal() -> str:
        with LambdaEvents() as environment:
            pushing(environment)
            return "\n".join(map(repr, environment.journal))

    journal()
    alone = journal()
    with many_environments():
        kept = [journal() for _ in range(3)]

    assert kept == [alone] * 3


def test_patches_of_more_services_stay_between_environments() -> None:
    def patched() -> list[Any]:
        return [
            vars(importlib.import_module(module).__dict__[owner])[name]
            for module, owner, name in (
                ("moto.logs.models", "LogsBackend", "put_subscription_filter"),
                ("moto.scheduler.models", "EventBridgeSchedulerBackend", "create_schedule"),
                ("moto.pipes.models", "EventBridgePipesBackend", "create_pipe"),
                ("moto.apigatewayv2.models", "ApiGatewayV2Backend", "create_api"),
                ("moto.apigateway.models", "RestAPI", "create_deployment"),
                ("moto.iam.models", "IAMBackend", "attach_role_policy"),
                ("moto.kafka.models", "FakeKafkaCluster", "_generate_arn"),
            )
        ]

    assert_kept_until_the_end(patched)


def test_patches_of_libraries_stay_between_environments() -> None:
    producer = pytest.importorskip("confluent_kafka").Producer
    state = pytest.importorskip("aws_durable_execution_sdk_python.state")
    past = pytest.importorskip("pydantic.types").PastDatetime

    def patched() -> list[Any]:
        return [producer.produce, state.threading, vars(past)["__get_pydantic_core_schema__"]]

    assert_kept_until_the_end(patched)


def test_other_clocks_are_refused_only_in_environments() -> None:
    time_machine = pytest.importorskip("time_machine")

    with many_environments():
        with LambdaEvents():
            pass
        with time_machine.travel("2020-01-01T00:00:00Z", tick=False):
            between = time.time()
        with LambdaEvents(), pytest.raises(LambdaEventsError, match=r"time_machine\.travel"):
            time_machine.travel(0).start()

    assert between == datetime(2020, 1, 1, tzinfo=timezone.utc).timestamp()


def seconds_of_queues() -> float:
    """The time with which Python's queues measure their waits."""
    return float(importlib.import_module("queue").time())


def test_clocks_of_waits_begin_again_in_each_environment() -> None:
    readings = []

    def charge(event: Any, context: Any) -> None:
        readings.append(seconds_of_queues())

    with many_environments():
        for _ in range(2):
            with LambdaEvents() as environment:
                environment.function(charge, name="charge").invoke({})
        between = seconds_of_queues()

    assert readings[0] == readings[1]
    assert between > 1


def test_libraries_work_in_real_time_and_without_topics_between_environments() -> None:
    kafka = pytest.importorskip("confluent_kafka")
    state = pytest.importorskip("aws_durable_execution_sdk_python.state")
    pydantic = pytest.importorskip("pydantic")

    with many_environments():
        with LambdaEvents(start_time="2020-01-01T00:00:00Z") as environment:
            environment.kafka_topic("orders")
        producer = kafka.Producer({"log_level": 0})
        producer.produce("orders", "a")
        paid = pydantic.create_model("Paid", at=(pydantic.PastDatetime, ...))
        yesterday = datetime.now(timezone.utc) - timedelta(days=1)
        at = paid(at=yesterday).at
        with pytest.raises(pydantic.ValidationError, match="past"):
            paid(at=yesterday + timedelta(days=2))
        lock = state.threading.Lock()
        waiting = len(producer)
        producer.purge()
        producer.poll(0)
        with LambdaEvents(start_time="2020-01-01T00:00:00Z"), pytest.raises(pydantic.ValidationError, match="past"):
            paid(at=yesterday)

    assert (at, waiting, type(lock)) == (yesterday, 1, type(threading.Lock()))
