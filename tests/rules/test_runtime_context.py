"""RUN-60 to 73: what a handler is told by its context and by its environment variables."""

from __future__ import annotations

import base64
import json
import os
import re
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from uploads import create_function

from pytest_lambda_events import Function, LambdaEvents

pytestmark = pytest.mark.lambda_events(state_change_seconds=0)

ARN = "arn:aws:lambda:us-east-1:123456789012:function:charge"
SHOW = "import os\ndef handler(event, context): return dict(os.environ)"
TRACE = re.compile(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=1:[0-9a-f]{8}:0")


def uploaded(lambda_events: LambdaEvents, source: str, **configuration: Any) -> Function:
    create_function("charge", source, **configuration)
    return lambda_events.functions["charge"]


# ------------------------------------------------------------------ context


def context_of(event: Any, context: Any) -> dict[str, Any]:
    client = context.client_context
    return {
        "texts": [
            context.aws_request_id, context.log_group_name, context.function_name, context.memory_limit_in_mb,
            context.function_version, context.invoked_function_arn,
        ],
        "log_stream_name": context.log_stream_name,
        "tenant_id": context.tenant_id,
        "identity": [context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id],
        "client": client and [client.custom, client.env, client.client.app_title, client.client.installation_id],
        "w3c": context.w3c(),
        "repr": repr(context),
    }  # fmt: skip


@pytest.mark.rule("RUN-60", "RUN-64", "RUN-65")
def test_the_context_describes_the_invocation(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(context_of, name="charge", memory_size=256)
    event = fn.invoke_async()
    lambda_events.run_until_idle()

    seen = event.attempts[0].response

    stream = seen["log_stream_name"]
    assert seen["texts"] == [event.request_id, "/aws/lambda/charge", "charge", "256", "$LATEST", ARN]
    assert re.fullmatch(r"2026/01/01/\[\$LATEST\][0-9a-f]{32}", stream)
    assert (seen["tenant_id"], seen["identity"], seen["client"], seen["w3c"]) == (None, [None, None], None, {})
    assert seen["repr"] == (
        f"LambdaContext([aws_request_id={event.request_id},log_group_name=/aws/lambda/charge,log_stream_name={stream},"
        f"function_name=charge,memory_limit_in_mb=256,function_version=$LATEST,invoked_function_arn={ARN},"
        "client_context=None,identity=CognitoIdentity([cognito_identity_id=None,cognito_identity_pool_id=None]),"
        "tenant_id=None])"
    )


@pytest.mark.rule("RUN-63")
def test_a_synchronous_caller_can_send_a_client_context(lambda_events: LambdaEvents) -> None:
    lambda_events.function(context_of, name="charge")
    sent = {"custom": {"k": [1]}, "env": {"e": "v"}, "client": {"app_title": "shop"}, "w3c": {"traceparent": "t"}}
    encoded = base64.b64encode(json.dumps(sent).encode()).decode()

    response = boto3.client("lambda").invoke(FunctionName="charge", ClientContext=encoded)

    seen = json.load(response["Payload"])
    assert seen["client"] == [{"k": [1]}, {"e": "v"}, "shop", None]
    assert seen["w3c"] == {"traceparent": "t"}


@pytest.mark.rule("RUN-62")
@pytest.mark.scenario("RUN R13")
@pytest.mark.parametrize(
    ("qualifier", "suffix", "version"),
    [(None, "", "$LATEST"), ("$LATEST", ":$LATEST", "$LATEST"), ("2", ":2", "2"), ("live", ":live", "2")],
)
def test_the_invoked_arn_has_the_qualifier_of_the_call(
    lambda_events: LambdaEvents, qualifier: str | None, suffix: str, version: str
) -> None:
    fn = lambda_events.function(lambda event, context: [context.invoked_function_arn, context.function_version], name="charge")
    fn.publish_version()
    fn.update(timeout=4)
    fn.create_alias("live", function_version=fn.publish_version().version)
    given = {} if qualifier is None else {"Qualifier": qualifier}

    response = boto3.client("lambda").invoke(FunctionName="charge", **given)

    assert json.load(response["Payload"]) == [ARN + suffix, version]
    assert response["ExecutedVersion"] == version


@pytest.mark.rule("RUN-61")
@pytest.mark.scenario("RUN R11")
@pytest.mark.parametrize(
    ("seconds", "remaining"),
    [(0, 3000), (1, 2000), (0.000001, 2999), (0.001, 2999), (0.001001, 2998), (2.999, 1), (2.999999, 0)],
)
def test_the_remaining_time_falls_with_virtual_time_in_whole_milliseconds(
    lambda_events: LambdaEvents, seconds: float, remaining: int
) -> None:
    def handler(event: Any, context: Any) -> list[int]:
        at_first = context.get_remaining_time_in_millis()
        time.sleep(seconds)
        return [at_first, context.get_remaining_time_in_millis()]

    lambda_events.advance(0.5)

    assert lambda_events.function(handler).invoke().payload == [3000, remaining]


@pytest.mark.rule("RUN-61")
def test_every_attempt_has_its_whole_time(lambda_events: LambdaEvents) -> None:
    seen: list[int] = []

    def handler(event: Any, context: Any) -> None:
        time.sleep(1)
        seen.append(context.get_remaining_time_in_millis())
        raise ValueError("again")

    lambda_events.function(handler, timeout=10).invoke_async()
    lambda_events.run_until_idle()

    assert seen == [9000, 9000, 9000]


# ------------------------------------------------------------------ variables


@pytest.mark.rule("RUN-70")
def test_a_handler_sees_exactly_what_the_runtime_sets_and_its_own(
    lambda_events: LambdaEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_TEST", "1")
    fn = uploaded(lambda_events, SHOW, MemorySize=256, Environment={"Variables": {"TABLE": "orders"}})

    seen = fn.invoke().payload

    [stream] = boto3.client("logs").describe_log_streams(logGroupName="/aws/lambda/charge")["logStreams"]
    varying = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LD_LIBRARY_PATH", "_X_AMZN_TRACE_ID"}
    assert varying <= seen.keys()
    assert {name: value for name, value in seen.items() if name not in varying} == {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_NAME": "charge",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/charge",
        "AWS_LAMBDA_LOG_STREAM_NAME": stream["logStreamName"],
        "AWS_LAMBDA_RUNTIME_API": "169.254.100.1:9001",
        "AWS_REGION": "us-east-1",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1:2000",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LAMBDA_TASK_ROOT": "/var/task",
        "LANG": "en_US.UTF-8",
        "LC_CTYPE": "C.UTF-8",
        "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "PWD": "/var/task",
        "PYTHONPATH": "/var/runtime",
        "SHLVL": "0",
        "TABLE": "orders",
        "TZ": ":UTC",
        "_AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1",
        "_AWS_XRAY_DAEMON_PORT": "2000",
        "_HANDLER": "app.handler",
    }


@pytest.mark.rule("RUN-70")
def test_a_module_sees_the_variables_while_it_is_loaded(lambda_events: LambdaEvents) -> None:
    source = "import os\nTABLE = os.environ['TABLE']\ndef handler(event, context): return TABLE"

    fn = uploaded(lambda_events, source, Environment={"Variables": {"TABLE": "orders"}})

    assert fn.invoke().payload == "orders"


@pytest.mark.rule("RUN-70")
def test_provisioned_environments_say_so_and_those_that_help_out_do_not(lambda_events: LambdaEvents) -> None:
    source = """
import os, time
def handler(event, context):
    time.sleep(1)
    return [os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"], os.environ["AWS_LAMBDA_FUNCTION_VERSION"]]
"""
    version = uploaded(lambda_events, source).publish_version()
    boto3.client("lambda").put_provisioned_concurrency_config(
        FunctionName="charge", Qualifier=version.version, ProvisionedConcurrentExecutions=1
    )
    lambda_events.advance(10)
    events = [version.invoke_async() for _ in range(2)]

    lambda_events.run_until_idle()

    assert [event.attempts[0].response for event in events] == [["provisioned-concurrency", "1"], ["on-demand", "1"]]


@pytest.mark.rule("RUN-71")
def test_the_trace_is_that_of_the_invocation(lambda_events: LambdaEvents) -> None:
    fn = uploaded(lambda_events, "import os\ndef handler(event, context): return os.environ['_X_AMZN_TRACE_ID']")

    first, second = fn.invoke().payload, fn.invoke().payload

    assert TRACE.fullmatch(first)
    assert TRACE.fullmatch(second)
    assert first != second


@pytest.mark.rule("RUN-71")
def test_the_attempts_of_an_event_have_one_trace_root(lambda_events: LambdaEvents) -> None:
    source = "import os\ndef handler(event, context): raise ValueError(os.environ['_X_AMZN_TRACE_ID'])"
    event = uploaded(lambda_events, source).invoke_async()

    lambda_events.run_until_idle()

    assert len({str(attempt.error_message).partition(";")[0] for attempt in event.attempts}) == 1


@pytest.mark.rule("RUN-72")
@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_FUNCTION_NAME"])
def test_a_reserved_variable_is_refused(lambda_events: LambdaEvents, name: str) -> None:
    fn = lambda_events.function(lambda event, context: None, name="fn", environment={"AWS_OTHER": "1", "LANG": "C"})

    with pytest.raises(ClientError, match=f"Reserved keys used in this request: {name}"):
        fn.update(environment={name: "1"})


@pytest.fixture
def in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The test runs on a machine that is five hours behind UTC."""
    monkeypatch.setenv("TZ", "EST5EDT")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.rule("RUN-70")
@pytest.mark.usefixtures("in_new_york")
def test_the_time_zone_of_a_handler_and_of_the_test_is_utc_until_the_environment_is_left() -> None:
    def handler(event: Any, context: Any) -> list[int]:
        before = time.localtime().tm_hour
        time.sleep(1)
        return [before, time.localtime().tm_hour, time.timezone]

    with LambdaEvents() as lambda_events:
        seen = lambda_events.function(handler).invoke().payload
        in_test = time.localtime().tm_hour, time.timezone

    assert seen == [0, 0, 0]
    assert in_test == (0, 0)
    assert (os.environ["TZ"], time.timezone) == ("EST5EDT", 5 * 3600)
