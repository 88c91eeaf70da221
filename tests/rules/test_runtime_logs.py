"""RUN-57, 65 and 80 to 87: what is in CloudWatch Logs and in `LogResult` after invocations."""

from __future__ import annotations

import base64
import json
import logging
import time
from typing import Any

import boto3
import pytest
from uploads import create_function

from pytest_lambda_events import Function, LambdaEvents

pytestmark = pytest.mark.lambda_events(state_change_seconds=0)

GROUP = "/aws/lambda/charge"
START = 1_767_225_600_000
REPORT = "REPORT RequestId: {}\tDuration: {}\tBilled Duration: {}\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t"
INIT = "Init Duration: 110.10 ms\t"


def uploaded(lambda_events: LambdaEvents, source: str, **configuration: Any) -> Function:
    create_function("charge", source, **configuration)
    return lambda_events.functions["charge"]


def streams(group: str = GROUP) -> list[str]:
    found = boto3.client("logs").describe_log_streams(logGroupName=group)["logStreams"]
    return [stream["logStreamName"] for stream in found]


def log_events(stream: str, group: str = GROUP) -> list[tuple[int, str]]:
    """Milliseconds since the clock's start, and text without its last line end."""
    events = boto3.client("logs").get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"]
    return [(event["timestamp"] - START, event["message"].removesuffix("\n")) for event in events]


def messages(group: str = GROUP) -> list[str]:
    """What is in the only stream of the group."""
    [stream] = streams(group)
    return [message for _, message in log_events(stream, group)]


def tail(**parameters: Any) -> tuple[str, bytes]:
    """Request id and decoded `LogResult` of a synchronous call."""
    response = boto3.client("lambda").invoke(FunctionName="charge", LogType="Tail", **parameters)
    return response["ResponseMetadata"]["RequestId"], base64.b64decode(response["LogResult"])


# ------------------------------------------------------------------ the service's lines


@pytest.mark.rule("RUN-80", "RUN-81")
def test_an_invocation_has_start_and_end_lines_and_a_cold_start_line(lambda_events: LambdaEvents) -> None:
    source = "import time\ndef handler(event, context):\n    print('charging')\n    time.sleep(1.5004)\n    print('charged')\n"
    fn = uploaded(lambda_events, source)
    cold = fn.invoke_async()
    lambda_events.advance(10)
    warm = fn.invoke_async()
    lambda_events.run_until_idle()

    [stream] = streams()
    (at_init, init), *events = log_events(stream)

    assert at_init == 0
    assert init.startswith("INIT_START Runtime Version: python:3.13.v")
    assert "\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:" in init
    assert events == [
        (0, f"START RequestId: {cold.request_id} Version: $LATEST"),
        (0, "charging"),
        (1500, "charged"),
        (1500, f"END RequestId: {cold.request_id}"),
        (1500, REPORT.format(cold.request_id, "1500.40 ms", "1501 ms") + INIT),
        (10_000, f"START RequestId: {warm.request_id} Version: $LATEST"),
        (10_000, "charging"),
        (11_500, "charged"),
        (11_500, f"END RequestId: {warm.request_id}"),
        (11_500, REPORT.format(warm.request_id, "1500.40 ms", "1501 ms")),
    ]


@pytest.mark.rule("RUN-80", "RUN-81", "RUN-87")
def test_the_log_result_is_the_log_without_the_start_of_the_runtime(lambda_events: LambdaEvents) -> None:
    uploaded(lambda_events, "def handler(event, context): print('charging')")

    request_id, cold = tail()
    again, warm = tail()

    frame = "START RequestId: {0} Version: $LATEST\ncharging\nEND RequestId: {0}\n"
    report = REPORT.format("{0}", "0.00 ms", "1 ms")
    assert cold.decode() == (frame + report + INIT + "\n").format(request_id)
    assert warm.decode() == (frame + report + "\n").format(again)


@pytest.mark.rule("RUN-87")
def test_the_log_result_is_the_last_4096_bytes(lambda_events: LambdaEvents) -> None:
    lambda_events.function(lambda event, context: print("ü" * 3000), name="charge")

    request_id, log = tail()

    [*_, last] = log.decode(errors="replace").splitlines()
    assert len(log) == 4096
    assert last.startswith(f"REPORT RequestId: {request_id}\t")


@pytest.mark.rule("RUN-87")
def test_a_call_without_log_type_has_no_log_result(lambda_events: LambdaEvents) -> None:
    lambda_events.function(lambda event, context: None, name="charge")

    response = boto3.client("lambda").invoke(FunctionName="charge")

    assert "LogResult" not in response


@pytest.mark.rule("RUN-82")
def test_every_attempt_of_an_event_is_framed_with_the_events_id(lambda_events: LambdaEvents) -> None:
    event = uploaded(lambda_events, "def handler(event, context): 1 / 0").invoke_async()

    lambda_events.run_until_idle()

    [stream] = streams()
    frames = [(at, text.partition("\t")[0]) for at, text in log_events(stream) if text.startswith(("START", "END", "REPORT"))]
    started, ended = f"START RequestId: {event.request_id} Version: $LATEST", f"END RequestId: {event.request_id}"
    assert frames == [
        (at, text) for at in (0, 60_000, 180_000) for text in (started, ended, f"REPORT RequestId: {event.request_id}")
    ]


@pytest.mark.rule("RUN-65")
def test_each_environment_has_a_stream_with_its_day_and_version(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(lambda event, context: time.sleep(1), name="charge")
    version = fn.publish_version()
    fn.invoke_async()
    version.invoke_async()
    version.invoke_async()
    lambda_events.advance(86_400)
    fn.update(timeout=4)
    fn.invoke_async()

    lambda_events.run_until_idle()

    assert sorted(stream[:-32] for stream in streams()) == [
        "2026/01/01/[$LATEST]",
        "2026/01/01/[1]",
        "2026/01/01/[1]",
        "2026/01/02/[$LATEST]",
    ]


@pytest.mark.rule("RUN-65")
def test_logs_of_overlapping_invocations_do_not_mix(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        print(event, "before")
        time.sleep(1)
        print(event, "after")

    fn = lambda_events.function(handler, name="charge")
    for name in ("a", "b"):
        fn.invoke_async(name)
    lambda_events.run_until_idle()

    written = [[text for _, text in log_events(stream) if text.endswith(("before", "after"))] for stream in streams()]
    assert sorted(written) == [["a before", "a after"], ["b before", "b after"]]


@pytest.mark.rule("RUN-81")
def test_a_provisioned_environment_logs_its_start_ahead(lambda_events: LambdaEvents) -> None:
    version = uploaded(lambda_events, "print('loading')\ndef handler(event, context): print('charging')").publish_version()
    boto3.client("lambda").put_provisioned_concurrency_config(
        FunctionName="charge", Qualifier=version.version, ProvisionedConcurrentExecutions=1
    )
    lambda_events.advance(10)
    event = version.invoke_async()
    lambda_events.run_until_idle()

    [stream] = streams()
    (at_init, init), *events = log_events(stream)

    assert (at_init, init[:10]) == (0, "INIT_START")
    assert events == [
        (0, "loading"),
        (10_000, f"START RequestId: {event.request_id} Version: 1"),
        (10_000, "charging"),
        (10_000, f"END RequestId: {event.request_id}"),
        (10_000, REPORT.format(event.request_id, "0.00 ms", "1 ms")),
    ]


def test_a_log_group_of_ones_own_takes_the_place_of_the_default(lambda_events: LambdaEvents) -> None:
    source = "def handler(event, context): print(context.log_group_name)"
    uploaded(lambda_events, source, LoggingConfig={"LogGroup": "/shop/charges"}).invoke()

    assert "/shop/charges" in messages("/shop/charges")


# ------------------------------------------------------------------ what the handler writes


@pytest.mark.rule("RUN-85")
def test_each_printed_line_and_each_log_record_is_one_log_event(lambda_events: LambdaEvents) -> None:
    source = r"""
import logging, sys, time

def handler(event, context):
    print("printed")
    print("on stderr", file=sys.stderr)
    context.log("through the context\n")
    logging.info("not shown")
    time.sleep(0.25)
    logging.getLogger("shop").warning("careful\nwith it")
    print("unfinished", end="")
"""
    event = uploaded(lambda_events, source).invoke_async()
    lambda_events.run_until_idle()

    _, _, *written, _, _ = messages()

    warning = f"[WARNING]\t2026-01-01T00:00:00.250Z\t{event.request_id}\tcareful\nwith it"
    assert written == ["printed", "on stderr", "through the context", warning, "unfinished"]
    assert event.attempts[0].logs == [*written[:3], *warning.split("\n"), "unfinished"]


@pytest.mark.rule("RUN-85")
@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.000999, "00.000"), (0.001, "00.001"), (0.1, "00.100"), (0.25, "00.250"), (0.999999, "00.999")]
)
def test_a_log_record_tells_the_millisecond_that_has_begun(lambda_events: LambdaEvents, seconds: float, shown: str) -> None:
    def handler(event: Any, context: Any) -> None:
        time.sleep(seconds)
        logging.warning("careful")

    [line] = lambda_events.function(handler).invoke().log_result.splitlines()[1:-2]

    assert line.startswith(f"[WARNING]\t2026-01-01T00:00:{shown}Z\t")


@pytest.mark.rule("RUN-83")
def test_an_error_is_one_event_of_several_lines(lambda_events: LambdaEvents) -> None:
    source = "class CardExpired(Exception): ...\ndef handler(event, context):\n    raise CardExpired('card expired')\n"
    event = uploaded(lambda_events, source).invoke_async()
    lambda_events.advance(0)

    _, _, error, _, _ = messages()

    assert error == (
        "[ERROR] CardExpired: card expired\nTraceback (most recent call last):\n"
        '\xa0\xa0File "/var/task/app.py", line 3, in handler\n'
        "\xa0\xa0\xa0\xa0raise CardExpired('card expired')"
    )
    assert event.attempts[0].logs == []


@pytest.mark.rule("RUN-84")
def test_a_load_error_is_logged_after_a_warning(lambda_events: LambdaEvents) -> None:
    uploaded(lambda_events, "print('loading')\nimport nonexistent_pkg_xyz").invoke()

    init, start, printed, warning, error, *_ = messages()

    assert (init[:10], start[:5], printed) == ("INIT_START", "START", "loading")
    assert warning.startswith("[WARNING]\t2026-01-01T00:00:00.000Z\t\tLAMBDA_WARNING: Unhandled exception. The most likely")
    assert error == (
        "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'nonexistent_pkg_xyz'\n"
        "Traceback (most recent call last):"
    )


@pytest.mark.rule("RUN-57")
def test_nothing_is_logged_from_behind_the_timeout(lambda_events: LambdaEvents) -> None:
    source = """
import logging, time
def handler(event, context):
    print("waiting")
    try:
        time.sleep(10)
    finally:
        print("done waiting")
        logging.warning("done waiting")
        context.log("done waiting")
"""
    fn = uploaded(lambda_events, source)
    fn.invoke()

    text = "\n".join(messages())
    assert "waiting" in text
    assert "done waiting" not in text
    assert fn.logs == ["waiting"]


# ------------------------------------------------------------------ JSON

LOGGING = """
import logging
def handler(event, context):
    logging.info("quiet")
    logging.getLogger("shop").warning("careful", extra={"order": 7})
    print("printed")
    raise ValueError("declined")
"""


@pytest.mark.rule("RUN-86")
@pytest.mark.parametrize(
    ("level", "shown"),
    [({}, ["quiet", "careful"]), ({"ApplicationLogLevel": "WARN"}, ["careful"])],
    ids=["INFO by default", "WARN"],
)
def test_in_json_every_record_is_an_object(lambda_events: LambdaEvents, level: dict[str, str], shown: list[str]) -> None:
    fn = uploaded(lambda_events, LOGGING, LoggingConfig={"LogFormat": "JSON", **level})
    event = fn.invoke_async()
    lambda_events.advance(0)

    objects = [json.loads(text) for text in messages() if text.startswith('{"timestamp"')]

    *records, error = objects
    assert [record["message"] for record in records] == shown
    assert records[-1] == {
        "timestamp": "2026-01-01T00:00:00Z", "level": "WARNING", "message": "careful", "logger": "shop",
        "requestId": event.request_id, "order": 7,
    }  # fmt: skip
    assert list(error) == ["timestamp", "level", "errorMessage", "errorType", "requestId", "stackTrace"]
    assert (error["level"], error["errorType"], error["requestId"]) == ("ERROR", "ValueError", event.request_id)


@pytest.mark.rule("RUN-86")
def test_in_json_what_is_printed_stays_as_it_is(lambda_events: LambdaEvents) -> None:
    uploaded(lambda_events, LOGGING, LoggingConfig={"LogFormat": "JSON"}).invoke()

    assert "printed" in messages()
