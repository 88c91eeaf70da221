"""SnapStart: versions load their code when they are published, and run the hooks of `snapshot_restore_py`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from snapshot_restore_py import register_after_restore, register_before_snapshot
from uploads import create_function

from pytest_lambda_events import LambdaEvents

HOOKED = """
import os, time
from snapshot_restore_py import register_after_restore, register_before_snapshot
done = [f"load {time.time():g}"]
@register_before_snapshot
def before(): done.append("before")
register_before_snapshot(done.append, "earlier")
register_after_restore(done.append, "restore")
@register_after_restore
def after(): done.append(f"after {time.time():g}")
def handler(event, context):
    if event: time.sleep(event)
    return [*done, os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]]
"""
SNAP_START = {"ApplyOn": "PublishedVersions"}


@pytest.fixture
def aws_lambda(lambda_events: LambdaEvents) -> Any:
    """Lambda."""
    return lambda_events.client("lambda")


@pytest.fixture
def code(tmp_path: Path) -> Callable[[str], Path]:
    """Writes `app.py` into a folder."""

    def code(source: str) -> Path:
        (tmp_path / "app.py").write_text(source)
        return tmp_path

    return code


def test_a_version_loads_its_code_when_it_is_published(lambda_events: LambdaEvents, code: Any) -> None:
    function = lambda_events.function("app.handler", code_uri=code(HOOKED), name="f", snap_start=True)
    start = lambda_events.now.timestamp()

    version = function.publish_version()
    lambda_events.advance(100)
    answers = [version.invoke().payload for _ in range(2)]

    expected = [f"load {start:g}", "earlier", "before", "restore", f"after {start + 100:g}", "snap-start"]
    assert answers == [expected, expected]
    assert [attempt.is_cold_start for attempt in version.attempts] == [True, False]


def test_each_execution_environment_runs_the_hooks(lambda_events: LambdaEvents, code: Any) -> None:
    version = lambda_events.function("app.handler", code_uri=code(HOOKED), name="f", snap_start=True).publish_version()

    for _ in range(2):
        version.invoke_async(2)
    lambda_events.run_until_idle()

    hooks = ["earlier", "before", "restore"]
    assert [attempt.response[1:4] for attempt in version.attempts] == [hooks, hooks]


def test_the_latest_version_is_not_restored(lambda_events: LambdaEvents, aws_lambda: Any, code: Any) -> None:
    function = lambda_events.function("app.handler", code_uri=code(HOOKED), name="f", snap_start=True)
    version = function.publish_version()

    assert function.invoke().payload[1:] == ["on-demand"]
    shown = [aws_lambda.get_function_configuration(FunctionName=one.arn)["SnapStart"] for one in (function, version)]
    assert shown == [
        {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"},
        {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"},
    ]


def test_a_published_version_is_pending_until_its_code_is_loaded(lambda_events: LambdaEvents, aws_lambda: Any) -> None:
    create_function("f", "import time\ntime.sleep(7)\ndef handler(event, context): return 1", SnapStart=SNAP_START)
    lambda_events.advance(1)

    published = aws_lambda.publish_version(FunctionName="f")
    states = []
    for seconds in (1, 6.5, 0.5):
        lambda_events.advance(seconds)
        states.append(aws_lambda.get_function_configuration(FunctionName="f", Qualifier="1")["State"])

    assert (published["State"], published["StateReasonCode"]) == ("Pending", "Creating")
    assert states == ["Pending", "Pending", "Active"]
    assert json.loads(aws_lambda.invoke(FunctionName="f:1")["Payload"].read()) == 1
    assert lambda_events.now.timestamp() == lambda_events.config.start.timestamp() + 9


def test_a_handle_waits_for_the_code_of_its_version(lambda_events: LambdaEvents, code: Any) -> None:
    source = "import time\ntime.sleep(7)\ndef handler(event, context): return 1"
    function = lambda_events.function("app.handler", code_uri=code(source), name="f", snap_start=True)

    version = function.publish_version()

    assert lambda_events.elapsed == 7
    assert (version.invoke().payload, lambda_events.elapsed) == (1, 7)


@pytest.mark.parametrize(
    "source",
    ["raise ValueError('load')", "from snapshot_restore_py import *\nregister_before_snapshot(int, 'a')\nhandler = 1"],
)
def test_a_version_whose_code_fails_to_load_fails(
    lambda_events: LambdaEvents, aws_lambda: Any, code: Any, source: str
) -> None:
    function = lambda_events.function("app.handler", code_uri=code(source), name="f", snap_start=True)

    version = function.publish_version()

    shown = aws_lambda.get_function_configuration(FunctionName=version.arn)
    assert (shown["State"], shown["StateReasonCode"]) == ("Failed", "FunctionError")
    with pytest.raises(ClientError, match="currently in the following state: Failed"):
        version.invoke()


def test_an_error_of_a_hook_after_the_restore_fails_the_attempt(lambda_events: LambdaEvents, code: Any) -> None:
    source = "from snapshot_restore_py import *\nregister_after_restore(int, 'a')\ndef handler(event, context): return 1"
    version = lambda_events.function("app.handler", code_uri=code(source), name="f", snap_start=True).publish_version()

    assert version.invoke().payload["errorType"] == "ValueError"


def test_hooks_of_other_functions_and_of_the_test_do_not_run(lambda_events: LambdaEvents, code: Any, tmp_path: Path) -> None:
    called: list[str] = []
    register_after_restore(called.append, "of the test")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/app.py").write_text(HOOKED)
    first = lambda_events.function("app.handler", code_uri=code(HOOKED), name="first", snap_start=True)
    second = lambda_events.function("app.handler", code_uri=tmp_path / "other", name="second", snap_start=True)

    answers = [function.publish_version().invoke().payload for function in (first, second)]

    assert [answer[1:4] for answer in answers] == [["earlier", "before", "restore"]] * 2
    assert called == []


def test_a_callable_has_the_hooks_of_its_own_package(lambda_events: LambdaEvents) -> None:
    called: list[str] = []

    def before() -> None:
        called.append("before")

    def after() -> None:
        called.append("after")

    register_before_snapshot(before)
    register_after_restore(after)
    version = lambda_events.function(lambda event, context: list(called), name="f", snap_start=True).publish_version()

    assert called == ["before"]
    assert [version.invoke().payload for _ in range(2)] == [["before", "after"]] * 2


def test_the_log_of_a_restored_environment_has_no_initialization(lambda_events: LambdaEvents, aws_lambda: Any) -> None:
    create_function("f", "print('loaded')\ndef handler(event, context): print('called')", SnapStart=SNAP_START)
    lambda_events.advance(1)
    aws_lambda.publish_version(FunctionName="f")
    lambda_events.advance(1)

    aws_lambda.invoke(FunctionName="f:1")

    logs = lambda_events.client("logs")
    [stream] = logs.describe_log_streams(logGroupName="/aws/lambda/f")["logStreams"]
    events = logs.get_log_events(logGroupName="/aws/lambda/f", logStreamName=stream["logStreamName"])["events"]
    words = [event["message"].split()[0] for event in events]
    assert words == ["INIT_START", "loaded", "RESTORE_START", "START", "called", "END", "REPORT"]
    assert "Restore Duration" in events[-1]["message"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Runtime": "python3.11"}, "python3.11 is not supported for SnapStart enabled functions."),
        ({"EphemeralStorage": {"Size": 513}}, "SnapStart is not supported with EphemeralStorage"),
        ({"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}}, "SnapStart is not supported with TenancyConfig"),
    ],
    ids=["runtime", "storage", "tenancy"],
)
def test_settings_that_snap_start_excludes_are_refused(
    lambda_events: LambdaEvents, aws_lambda: Any, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        create_function("f", "def handler(event, context): return 1", SnapStart=SNAP_START, **given)

    assert aws_lambda.list_functions()["Functions"] == []


def test_snap_start_excludes_provisioned_concurrency(lambda_events: LambdaEvents, aws_lambda: Any) -> None:
    lambda_events.function(lambda event, context: 1, name="f", snap_start=True).publish_version()

    with pytest.raises(ClientError, match="SnapStart is not supported with provisioned concurrency"):
        aws_lambda.put_provisioned_concurrency_config(FunctionName="f", Qualifier="1", ProvisionedConcurrentExecutions=1)
