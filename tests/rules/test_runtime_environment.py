"""RUN-01, 12 and 56: the code of a handler, and what stays of it from one invocation to the next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from uploads import create_function, zipped

from pytest_lambda_events import Function, LambdaEvents

pytestmark = pytest.mark.lambda_events(state_change_seconds=0)

COUNTING = """
import os, sys, time
from pathlib import Path

calls = 0

def handler(event, context):
    global calls
    calls += 1
    time.sleep(event.get("seconds", 0))
    marker = Path(event.get("marker", __file__))
    if not marker.exists():
        marker.touch()
        exec(event["at_first"])
    return calls
"""


def uploaded(lambda_events: LambdaEvents, source: str, **configuration: Any) -> Function:
    create_function("charge", source, **configuration)
    return lambda_events.functions["charge"]


# ------------------------------------------------------------------ code


@pytest.mark.rule("RUN-01")
@pytest.mark.parametrize("handler", ["shop/orders.charge", "shop.orders.charge"])
def test_a_handler_can_be_in_a_package_of_the_upload(lambda_events: LambdaEvents, handler: str) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/prices.py": "PRICE = 7",
        "shop/orders.py": "from .prices import PRICE\ndef charge(event, context): return [__name__, PRICE]",
    }
    create_function("charge", files, Handler=handler)

    assert lambda_events.functions["charge"].invoke().payload == ["shop.orders", 7]


@pytest.mark.rule("RUN-01")
def test_uploaded_code_finds_what_was_uploaded_beside_it(lambda_events: LambdaEvents) -> None:
    source = """
from pathlib import Path
def handler(event, context):
    import tax
    return [tax.RATE, Path(__file__).with_name("prices.json").read_text()]
"""
    create_function("charge", {"app.py": source, "tax.py": "RATE = 19", "prices.json": "[7]"})

    assert lambda_events.functions["charge"].invoke().payload == [19, "[7]"]


@pytest.mark.parametrize("handler", ["src/api/app.handler", "src.api.app.handler"])
def test_a_handler_can_be_in_folders_that_are_not_packages(lambda_events: LambdaEvents, handler: str) -> None:
    for name in ("first", "second"):
        files = {
            "src/api/app.py": "from src.api import names\ndef handler(event, context): return names.NAME",
            "src/api/names.py": f"NAME = '{name}'",
        }
        create_function(name, files, Handler=handler)
    lambda_events.advance(1)

    answers = [lambda_events.functions[name].invoke().payload for name in ("first", "second", "first", "second")]

    assert answers == ["first", "second", "first", "second"]


def test_code_can_come_from_s3_and_be_updated_from_there(lambda_events: LambdaEvents) -> None:
    s3, client = boto3.client("s3"), boto3.client("lambda")
    s3.create_bucket(Bucket="artifacts")
    s3.put_object(Bucket="artifacts", Key="one.zip", Body=zipped("def handler(event, context): return 'one'"))
    s3.put_object(Bucket="artifacts", Key="two.zip", Body=zipped("def handler(event, context): return 'two'"))
    fn = uploaded(lambda_events, "", Code={"S3Bucket": "artifacts", "S3Key": "one.zip"})

    before = fn.invoke().payload
    client.update_function_code(FunctionName="charge", S3Bucket="artifacts", S3Key="two.zip")
    after = fn.invoke().payload

    assert (before, after) == ("one", "two")


def test_code_that_is_not_in_s3_is_refused(lambda_events: LambdaEvents) -> None:
    boto3.client("s3").create_bucket(Bucket="artifacts")

    with pytest.raises(ClientError, match=r"Error occurred while GetObject\. S3 Error Code: NoSuchKey"):
        create_function("charge", "", Code={"S3Bucket": "artifacts", "S3Key": "one.zip"})


# ------------------------------------------------------------------ what stays


@pytest.mark.rule("RUN-12")
@pytest.mark.scenario("RUN R6")
def test_module_globals_stay_after_ordinary_errors(lambda_events: LambdaEvents) -> None:
    source = """
calls = 0
def handler(event, context):
    global calls
    calls += 1
    if calls < 3:
        raise ValueError(calls)
    return calls
"""
    event = uploaded(lambda_events, source).invoke_async()

    lambda_events.run_until_idle()

    assert [attempt.error_message or attempt.response for attempt in event.attempts] == ["1", "2", 3]
    assert [attempt.is_cold_start for attempt in event.attempts] == [True, False, False]


@pytest.mark.rule("RUN-56")
@pytest.mark.scenario("RUN R7")
@pytest.mark.parametrize(
    ("at_first", "calls", "is_cold_start"),
    [
        ("time.sleep(10)", 1, True),
        ("os._exit(1)", 1, True),
        ("sys.exit(0)", 1, True),
        ("raise ValueError('declined')", 2, False),
    ],
)
def test_a_new_process_has_new_globals_and_the_old_files(
    lambda_events: LambdaEvents, tmp_path: Path, at_first: str, calls: int, is_cold_start: bool
) -> None:
    fn = uploaded(lambda_events, COUNTING)
    event = fn.invoke_async({"marker": str(tmp_path / "marker"), "at_first": at_first})

    lambda_events.run_until_idle()

    first, second = event.attempts
    assert (first.outcome, first.is_cold_start) == ("function_error", True)
    assert (second.response, second.is_cold_start) == (calls, is_cold_start)


@pytest.mark.rule("RUN-12")
def test_overlapping_invocations_have_globals_of_their_own(lambda_events: LambdaEvents) -> None:
    fn = uploaded(lambda_events, COUNTING)
    events = [fn.invoke_async({"seconds": 1}) for _ in range(2)]
    lambda_events.advance(1)
    events += [fn.invoke_async({"seconds": 1}) for _ in range(2)]

    lambda_events.run_until_idle()

    attempts = [attempt for event in events for attempt in event.attempts]
    assert [attempt.response for attempt in attempts] == [1, 1, 2, 2]
    assert [attempt.is_cold_start for attempt in attempts] == [True, True, False, False]


@pytest.mark.rule("RUN-12")
@pytest.mark.parametrize(
    "change",
    [
        lambda client: client.update_function_configuration(FunctionName="charge", Timeout=4),
        lambda client: client.update_function_code(FunctionName="charge", ZipFile=zipped(COUNTING + "\n")),
    ],
    ids=["configuration", "code"],
)
def test_a_changed_function_starts_in_a_new_environment(lambda_events: LambdaEvents, change: Callable[[Any], Any]) -> None:
    fn = uploaded(lambda_events, COUNTING)
    before = [fn.invoke().payload, fn.invoke().payload]

    change(boto3.client("lambda"))

    assert before == [1, 2]
    assert fn.invoke().payload == 1


@pytest.mark.rule("RUN-12")
def test_a_version_has_environments_of_its_own(lambda_events: LambdaEvents) -> None:
    fn = uploaded(lambda_events, COUNTING)
    version = fn.publish_version()

    assert [fn.invoke().payload, version.invoke().payload, fn.invoke().payload] == [1, 1, 2]


@pytest.mark.rule("RUN-12")
def test_provisioned_code_is_loaded_before_it_is_invoked(lambda_events: LambdaEvents) -> None:
    source = "import time\nloaded = time.time()\ndef handler(event, context):\n    return time.time() - loaded\n"
    version = uploaded(lambda_events, source).publish_version()
    boto3.client("lambda").put_provisioned_concurrency_config(
        FunctionName="charge", Qualifier=version.version, ProvisionedConcurrentExecutions=1
    )
    lambda_events.advance(10)

    response = version.invoke()

    assert response.payload == 10
    assert [attempt.is_cold_start for attempt in version.attempts] == [False]
