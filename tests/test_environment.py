"""What an environment does to boto3 and moto, and that nothing of it stays when a step fails."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import FunctionType
from typing import Any

import boto3
import pytest
from bare_environments import BareAws, bare_environment
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws
from process_state import fingerprint

from pytest_lambda_events.aws import simulated_aws as environment_module
from pytest_lambda_events.aws.clock.clock_driver import ClockDriver
from pytest_lambda_events.aws.network.endpoints import moto_url
from pytest_lambda_events.aws.network.targets import target_of
from pytest_lambda_events.simulation.tasks import TaskEnded

OTHER_ACCOUNT = "111122223333"


@pytest.fixture
def bare() -> Iterator[BareAws]:
    """An environment with the default options."""
    with bare_environment() as environment:
        yield environment


# ---------------------------------------------------------------------- clients and sessions


def test_a_client_is_made_once_for_the_same_keywords(bare: BareAws) -> None:
    config = Config(retries={"total_max_attempts": 1})

    clients = [bare.client("sqs"), bare.client("sqs"), bare.client("sqs", config=config), bare.client("sqs", config=config)]

    assert clients[0] is clients[1]
    assert clients[2] is clients[3]
    assert clients[0] is not clients[2]


def test_a_client_is_made_once_for_configurations_of_the_same_options(bare: BareAws) -> None:
    def made(**options: Any) -> Any:
        return bare.client("s3", config=Config(**options))

    paths = {"addressing_style": "path"}
    clients = [made(s3=paths), made(s3=dict(paths)), made(s3={"addressing_style": "virtual"}), made()]

    assert clients[0] is clients[1]
    assert len(set(map(id, clients))) == 3
    assert clients[0].meta.config.s3 == paths


def test_a_client_with_an_unhashable_keyword_is_created(bare: BareAws) -> None:
    class Unhashable(Config):
        __hash__ = None  # type: ignore[assignment]

        def __init__(self) -> None:
            super().__init__()
            self.own = {1}

    client = bare.client("s3", config=Unhashable(), verify=False)

    assert client.list_buckets()["Buckets"] == []


def test_clients_of_all_environments_of_an_account_share_their_error_classes() -> None:
    with bare_environment() as first:
        sqs = first.client("sqs")
    with bare_environment() as second, pytest.raises(sqs.exceptions.QueueDoesNotExist):
        second.client("sqs").get_queue_url(QueueName="none")


def test_plain_boto3_is_in_the_environment(bare: BareAws) -> None:
    bare.queue("orders")

    assert boto3.client("sqs").list_queues()["QueueUrls"] == [
        "https://sqs.us-east-1.amazonaws.com/123456789012/orders"
    ]  # fmt: skip
    assert [queue.url for queue in boto3.resource("sqs").queues.all()] == boto3.client("sqs").list_queues()["QueueUrls"]


@pytest.mark.parametrize(
    "make", [boto3.client, lambda service: boto3.Session().client(service)], ids=["default session", "own session"]
)
def test_account_and_region_of_the_environment_reach_every_client(make: Callable[[str], Any]) -> None:
    with bare_environment(account_id=OTHER_ACCOUNT, region_name="eu-west-1") as bare:
        url = bare.queue("orders")
        attributes = make("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        account = make("sts").get_caller_identity()["Account"]

    assert attributes["Attributes"]["QueueArn"] == f"arn:aws:sqs:eu-west-1:{OTHER_ACCOUNT}:orders"
    assert account == OTHER_ACCOUNT


def test_a_region_set_by_the_test_counts(bare: BareAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")

    assert boto3.client("sqs").meta.region_name == "eu-central-1"


def test_the_default_session_is_afterwards_what_it_was() -> None:
    mine = boto3.Session(region_name="us-west-2")
    boto3.DEFAULT_SESSION = mine

    try:
        with bare_environment() as bare:
            inside = boto3.DEFAULT_SESSION is bare.environment.session
            boto3.setup_default_session(region_name="eu-west-1")
        after = boto3.DEFAULT_SESSION
    finally:
        boto3.DEFAULT_SESSION = None

    assert inside
    assert after is mine


def test_a_client_made_without_credentials_can_sign_in_the_environment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    sqs = boto3.Session().client("sqs", region_name="us-east-1")

    with bare_environment() as bare:
        bare.queue("orders")
        urls = sqs.list_queues()["QueueUrls"]

    assert len(urls) == 1
    assert sqs._request_signer._credentials is None


def test_settings_of_a_developer_do_not_lead_out_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:4566")

    with bare_environment():
        endpoint = boto3.Session().client("sqs").meta.endpoint_url

    assert endpoint == "https://sqs.us-east-1.amazonaws.com"
    assert os.environ["AWS_PROFILE"] == "production"


# ---------------------------------------------------------------------- mocks of the user's


def test_an_outer_mock_shares_its_resources_with_the_environment_and_keeps_them() -> None:
    with mock_aws():
        sqs = boto3.client("sqs", region_name="us-east-1")
        sqs.create_queue(QueueName="orders")
        with bare_environment() as bare:
            inside = bare.client("sqs").list_queues()["QueueUrls"]
            bare.queue("second")
        after = sqs.list_queues()["QueueUrls"]

    assert (len(inside), len(after)) == (1, 2)


def test_a_mock_around_the_environment_ends_as_it_would_without_us() -> None:
    boto3.DEFAULT_SESSION = None
    before = fingerprint()

    with mock_aws():
        boto3.client("sqs", region_name="us-east-1")
        with bare_environment():
            pass

    assert fingerprint() == before


def test_a_mock_inside_the_environment_changes_nothing(bare: BareAws) -> None:
    bare.queue("orders")

    with mock_aws():
        boto3.client("sqs").create_queue(QueueName="second")

    assert len(bare.client("sqs").list_queues()["QueueUrls"]) == 2
    assert os.environ["AWS_ACCESS_KEY_ID"] == "FOOBARKEY"


def test_each_environment_begins_empty() -> None:
    with bare_environment() as first:
        first.queue("orders")
    with bare_environment() as second:
        urls = second.client("sqs").list_queues().get("QueueUrls", [])

    assert urls == []


# ---------------------------------------------------------------------- reproducibility


def test_the_same_seed_gives_the_same_ids_in_moto() -> None:
    ids = []
    for seed in (1, 1, 2):
        with bare_environment(seed=seed) as bare:
            ids.append(bare.client("sqs").send_message(QueueUrl=bare.queue(), MessageBody="hello")["MessageId"])

    assert ids[0] == ids[1] != ids[2]


class BusyDoor:
    """Lambda that throttles for a while."""

    def __init__(self, times: int) -> None:
        self.times = times

    def answer(self, operation_name: str, request: Any) -> tuple[int, dict[str, str], bytes]:
        """A throttle, and in the end an answer."""
        self.times -= 1
        headers = {"x-amzn-ErrorType": "TooManyRequestsException"}
        return (429, headers, b"{}") if self.times >= 0 else (200, {}, b"{}")


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_pauses_of_botocores_own_retries_pass_virtually_and_follow_from_the_seed(mode: Any) -> None:
    pauses = []
    for own_seed in (1, 2):
        random.seed(own_seed)
        with bare_environment(door=BusyDoor(2)) as bare:
            bare.client("lambda", config=Config(retries={"mode": mode})).invoke(FunctionName="charge")
            pauses.append(bare.elapsed)

    assert pauses[0] == pauses[1] > 0


# ---------------------------------------------------------------------- calls of handlers


def test_calls_of_a_handler_are_in_the_journal_with_their_target_and_those_of_the_test_are_not(bare: BareAws) -> None:
    url = bare.queue()

    bare.run_handler(lambda: boto3.client("sqs").send_message(QueueUrl=url, MessageBody="hello"))

    assert bare.calls == [("sqs", "SendMessage", url)]


def test_a_handler_that_was_ended_sends_nothing_more(bare: BareAws) -> None:
    url, sqs = bare.queue(), bare.client("sqs")

    def handler() -> None:
        try:
            time.sleep(60)
        finally:
            sqs.send_message(QueueUrl=url, MessageBody="too late")

    bare.run_handler(handler)
    for task in bare.simulation.tasks.suspended:
        bare.simulation.tasks.end(task)

    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert bare.calls == []


def test_an_ended_handler_meets_its_end_at_every_call(bare: BareAws) -> None:
    sqs, met = bare.client("sqs"), []

    def handler() -> None:
        for call in (lambda: time.sleep(60), sqs.list_queues, sqs.list_queues):
            try:
                call()
            except TaskEnded:
                met.append(call)

    bare.run_handler(handler)
    for task in bare.simulation.tasks.suspended:
        bare.simulation.tasks.end(task)

    assert len(met) == 3


def test_moto_reads_the_tests_environment_and_not_the_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    with bare_environment(account_id=OTHER_ACCOUNT) as bare:
        url, sqs = bare.queue(), bare.client("sqs")

        def handler() -> str:
            data, os.environ._data = os.environ._data, {}  # type: ignore[attr-defined]
            try:
                attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
                return f"{attributes['QueueArn']} {len(os.environ)}"
            finally:
                os.environ._data = data  # type: ignore[attr-defined]

        results = bare.run_handler(handler)

    assert results == [f"arn:aws:sqs:us-east-1:{OTHER_ACCOUNT}:orders 0"]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "target"),
    [
        ("sqs", "SendMessage", {"QueueUrl": "https://q", "MessageBody": "x"}, "https://q"),
        ("sns", "Publish", {"TopicArn": "arn:t"}, "arn:t"),
        ("s3", "PutObject", {"Bucket": "b", "Key": "k"}, "b/k"),
        ("s3", "ListObjectsV2", {"Bucket": "b"}, "b"),
        ("dynamodb", "PutItem", {"TableName": "t", "Item": {}}, "t"),
        ("dynamodb", "BatchWriteItem", {"RequestItems": {"t": [], "u": []}}, "t,u"),
        ("dynamodb", "TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "t"}}] * 2}, "t"),
        ("lambda", "Invoke", {"FunctionName": "f"}, "f"),
        ("events", "PutEvents", {"Entries": [{"EventBusName": "bus"}, {}]}, "bus,default"),
        ("events", "PutRule", {"Name": "rule"}, "rule"),
        ("kinesis", "PutRecord", {"StreamName": "s"}, "s"),
        ("s3", "ListBuckets", {}, None),
        ("never-heard-of", "Do", {"Thing": "x"}, None),
    ],
    ids=lambda value: value if isinstance(value, str) and value[0].isupper() else "",
)
def test_the_target_of_a_call_is_what_it_is_about(
    service: str, operation: str, parameters: dict[str, Any], target: str | None
) -> None:
    assert target_of(service, operation, parameters) == target


# ---------------------------------------------------------------------- endpoints


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("https://123456789012.streams-ddb.us-east-1.amazonaws.com/", "https://streams.dynamodb.us-east-1.amazonaws.com/"),
        ("https://123456789012.ddb.eu-west-1.amazonaws.com/", "https://dynamodb.eu-west-1.amazonaws.com/"),
        ("https://sqs.us-east-1.amazonaws.com/1/q", "https://sqs.us-east-1.amazonaws.com/1/q"),
        ("https://my.ddb.bucket.s3.amazonaws.com/k", "https://my.ddb.bucket.s3.amazonaws.com/k"),
    ],
    ids=["streams", "table", "other service", "bucket that looks alike"],
)
def test_an_endpoint_that_names_the_account_becomes_the_one_that_moto_knows(url: str, known: str) -> None:
    assert moto_url(url) == known


def test_dynamodb_streams_answer_calls_by_arn(bare: BareAws) -> None:
    table = bare.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]

    stream = bare.client("dynamodbstreams").describe_stream(StreamArn=table["LatestStreamArn"])

    assert stream["StreamDescription"]["StreamStatus"] == "ENABLED"
    assert bare.client("dynamodb").describe_table(TableName=table["TableArn"])["Table"]["TableName"] == "orders"


def test_a_refusal_of_moto_arrives_as_an_aws_error(bare: BareAws) -> None:
    with pytest.raises(ClientError, match="NonExistentQueue"):
        bare.client("sqs").get_queue_url(QueueName="none")


# ---------------------------------------------------------------------- coverage


@pytest.mark.parametrize("branch", [[], ["--branch"]], ids=["lines", "branches"])
def test_coverage_of_overlapping_handlers_is_complete_without_configuration(branch: list[str], tmp_path: Path) -> None:
    story = tmp_path / "story.py"
    story.write_text(
        textwrap.dedent(
            """
            import time
            from bare_environments import bare_environment

            def handler(seconds):
                before = seconds
                time.sleep(seconds)
                after = before + 1
                return after

            with bare_environment() as bare:
                results = [bare.run_handler(lambda: handler(1)), bare.run_handler(lambda: handler(3))]
                bare.simulation.advance(2)
                assert results == [[2], []]
                bare.simulation.advance(2)
                assert results == [[2], [4]]
            """
        )
    )
    own = {"PYTHONPATH": str(Path(__file__).parent), "COVERAGE_CORE": "ctrace", "COVERAGE_FILE": str(tmp_path / "data")}
    environment = {**os.environ, **own}
    environment.pop("COVERAGE_PROCESS_START", None)
    measure = [sys.executable, "-m", "coverage", "run", "--rcfile=", *branch, f"--include={story}", str(story)]
    subprocess.run(measure, check=True, env=environment, cwd=tmp_path)

    report = [sys.executable, "-m", "coverage", "report", "--rcfile=", "--format=total"]
    total = subprocess.run(report, check=True, env=environment, cwd=tmp_path, capture_output=True).stdout

    assert total.strip() == b"100"


# ---------------------------------------------------------------------- steps that fail

STEPS = [
    "network_guarded",
    "other_clocks_refused",
    "environ_put_back",
    "environment_variables",
    "moto_active",
    "default_session",
    "moto_seeded",
    "retries_seeded",
    "adaptive_retries_on_virtual_time",
    "queues_repaired",
    "streams_repaired",
    "tables_repaired",
    "clusters_repaired",
    "moto_sends_nothing",
    "calls_routed",
    "handlers_traced",
    "sleep_redirected",
    "signals_dispatched",
    "loops_on_virtual_time",
    "other_loops_refused",
    "pydantic_on_virtual_time",
    "waits_on_virtual_time",
    "durable_sdk_threads_simulated",
    "aws_hosts_refused",
]


NO_STEPS = {
    "ClockDriver",
    "PassedTrace",
    "clock_read",
    "isinstance",
    "polling",
    "running",
    "seed",
    "sleep_dispatched",
    "table_state_change_seconds",
}


class StepFailed(Exception):
    """What a step raises in the tests below."""


def _failing_to_open(original: Callable[..., AbstractContextManager[object]]) -> Callable[..., Any]:
    @contextmanager
    def failing(*arguments: object, **keywords: object) -> Iterator[object]:
        raise StepFailed
        yield  # type: ignore[unreachable]

    return failing


def _failing_to_close(original: Callable[..., AbstractContextManager[object]]) -> Callable[..., Any]:
    @contextmanager
    def failing(*arguments: object, **keywords: object) -> Iterator[object]:
        with original(*arguments, **keywords) as opened:
            yield opened
        raise StepFailed

    return failing


@pytest.mark.parametrize("failing", [_failing_to_open, _failing_to_close], ids=["opening", "closing"])
@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_fails_leaves_nothing_behind(
    step: str, failing: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with bare_environment():
        pass
    before = fingerprint()

    with monkeypatch.context() as patched:
        patched.setattr(environment_module, step, failing(getattr(environment_module, step)))
        with pytest.raises(StepFailed), bare_environment():
            pass

    assert fingerprint() == before


@pytest.mark.parametrize("failing", [_failing_to_open, _failing_to_close], ids=["opening", "closing"])
def test_a_freezer_that_fails_leaves_nothing_behind(failing: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint()

    with monkeypatch.context() as patched:
        patched.setattr(ClockDriver, "running", failing(ClockDriver.running))
        with pytest.raises(StepFailed), bare_environment():
            pass

    assert fingerprint() == before


def test_every_step_of_opening_is_among_those_made_to_fail() -> None:
    wrapped: Any = environment_module.open_simulated_aws.__wrapped__  # type: ignore[attr-defined]
    opened = [name for name in wrapped.__code__.co_consts if hasattr(name, "co_names")]
    names = {name for code in opened for name in code.co_names}
    called = {name for name in names if isinstance(getattr(environment_module, name, None), FunctionType)}

    assert called == {*STEPS, "sleep_dispatched"}


def test_a_test_that_fails_leaves_nothing_behind() -> None:
    before = fingerprint()

    def fail() -> None:
        with bare_environment() as bare:
            bare.run_handler(lambda: time.sleep(60))
            raise StepFailed

    with pytest.raises(StepFailed):
        fail()

    assert fingerprint() == before
