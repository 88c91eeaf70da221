"""RUN-02 to 44: what callers and events see of a handler that fails, cannot be loaded, or answers too much."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from uploads import create_function

from pytest_lambda_events import Function, LambdaEvents

pytestmark = pytest.mark.lambda_events(state_change_seconds=0)

LARGEST = 6_291_556


def answer(name: str, **parameters: Any) -> tuple[int, str | None, str, bytes]:
    """Status, function error, request id and payload of a synchronous call."""
    response = boto3.client("lambda").invoke(FunctionName=name, **parameters)
    request_id = response["ResponseMetadata"]["RequestId"]
    return response["StatusCode"], response.get("FunctionError"), request_id, response["Payload"].read()


def uploaded(lambda_events: LambdaEvents, source: str, **configuration: Any) -> Function:
    create_function("charge", source, **configuration)
    return lambda_events.functions["charge"]


# ------------------------------------------------------------------ exceptions


@pytest.mark.rule("RUN-40", "RUN-41", "RUN-42", "RUN-44", "RUN-46")
@pytest.mark.scenario("RUN R1")
def test_an_exception_is_answered_with_its_text_its_type_and_its_frame(lambda_events: LambdaEvents) -> None:
    uploaded(lambda_events, 'def handler(event, context):\n    raise KeyError("k")\n')

    status, function_error, request_id, payload = answer("charge")

    assert (status, function_error) == (200, "Unhandled")
    assert payload.decode() == (
        f'{{"errorMessage": "\'k\'", "errorType": "KeyError", "requestId": "{request_id}", "stackTrace": '
        r'["  File \"/var/task/app.py\", line 2, in handler\n    raise KeyError(\"k\")\n"]}'
    )


@pytest.mark.rule("RUN-40", "RUN-42", "RUN-44")
@pytest.mark.scenario("RUN R2")
def test_an_exception_two_calls_deep_has_two_frames_the_outermost_first(lambda_events: LambdaEvents) -> None:
    source = "def handler(event, context):\n    inner()\n\ndef inner():\n    raise ValueError\n"
    event = uploaded(lambda_events, source).invoke_async()

    lambda_events.run_until_idle()

    assert [attempt.response for attempt in event.attempts] == 3 * [
        {
            "errorMessage": "",
            "errorType": "ValueError",
            "requestId": event.request_id,
            "stackTrace": [
                '  File "/var/task/app.py", line 2, in handler\n    inner()\n',
                '  File "/var/task/app.py", line 5, in inner\n    raise ValueError\n',
            ],
        }
    ]


@pytest.mark.rule("RUN-44")
def test_a_frame_of_the_library_lies_where_the_functions_runtime_has_it(lambda_events: LambdaEvents) -> None:
    source = "import json\ndef handler(event, context):\n    json.loads('')\n"
    fn = uploaded(lambda_events, source, Runtime="python3.12")

    trace = fn.invoke().payload["stackTrace"]

    assert [frame.split('"')[1] for frame in trace] == [
        "/var/task/app.py",
        "/var/lang/lib/python3.12/json/__init__.py",
        "/var/lang/lib/python3.12/json/decoder.py",
        "/var/lang/lib/python3.12/json/decoder.py",
    ]


@pytest.mark.rule("RUN-42")
def test_a_frame_of_a_tests_own_handler_names_its_real_file(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        raise ValueError("declined")

    [frame] = lambda_events.function(handler).invoke().payload["stackTrace"]

    assert frame.startswith(f'  File "{__file__}", line ')
    assert frame.endswith(', in handler\n    raise ValueError("declined")\n')


@pytest.mark.rule("RUN-46")
@pytest.mark.parametrize(
    ("source", "error_type"),
    [
        ("def handler(event, context): raise ValueError", "ValueError"),
        ("def handler(event, context): return {1}", "Runtime.MarshalError"),
        ("import time\ndef handler(event, context): time.sleep(9)", "Sandbox.Timedout"),
        ("import sys\ndef handler(event, context): sys.exit(1)", "Runtime.ExitError"),
        ("import os\ndef handler(event, context): os._exit(1)", "Runtime.ExitError"),
        ("def handler(event, context): return 'a' * 6_291_555", "Function.ResponseSizeTooLarge"),
        pytest.param("handler = 7", "TypeError", id="not callable"),
        pytest.param("import nonexistent_pkg_xyz", "Runtime.ImportModuleError", marks=pytest.mark.rule("RUN-09")),
    ],
)
def test_every_function_error_is_unhandled_and_a_success_of_the_call(
    lambda_events: LambdaEvents, source: str, error_type: str
) -> None:
    uploaded(lambda_events, source)

    status, function_error, _, payload = answer("charge")

    assert (status, function_error, json.loads(payload)["errorType"]) == (200, "Unhandled", error_type)


@pytest.mark.rule("RUN-33")
@pytest.mark.scenario("RUN R9")
def test_returning_a_datetime_is_an_error(lambda_events: LambdaEvents) -> None:
    uploaded(lambda_events, "import datetime\ndef handler(event, context): return datetime.datetime(2026, 1, 1)")

    _, _, request_id, payload = answer("charge")

    assert payload.decode() == (
        '{"errorMessage": "Unable to marshal response: Object of type datetime is not JSON serializable", '
        f'"errorType": "Runtime.MarshalError", "requestId": "{request_id}", "stackTrace": []}}'
    )


@pytest.mark.rule("RUN-23")
@pytest.mark.scenario("RUN R10")
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
def test_a_coroutine_is_not_awaited(lambda_events: LambdaEvents) -> None:
    async def handler(event: Any, context: Any) -> None:
        await asyncio.sleep(1)

    payload = lambda_events.function(handler).invoke().payload

    message = "Unable to marshal response: Object of type coroutine is not JSON serializable"
    assert (payload["errorType"], payload["errorMessage"]) == ("Runtime.MarshalError", message)


@pytest.mark.rule("RUN-24")
@pytest.mark.scenario("RUN R12")
def test_a_retry_sees_the_event_as_it_was_sent(lambda_events: LambdaEvents) -> None:
    seen: list[Any] = []

    def handler(event: Any, context: Any) -> None:
        seen.append(dict(event))
        event.clear()
        raise ValueError("declined")

    lambda_events.function(handler, maximum_retry_attempts=1).invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert seen == [{"order": 7}, {"order": 7}]


# ------------------------------------------------------------------ responses


@pytest.mark.rule("RUN-30", "RUN-31", "RUN-32", "RUN-34")
@pytest.mark.parametrize(
    ("runtime", "expression", "expected"),
    [
        ("python3.11", "{'é': [1.0, None]}", rb'{"\u00e9": [1.0, null]}'),
        ("python3.12", "{'é': [1.0, None]}", '{"é": [1.0, null]}'.encode()),
        ("python3.13", "float('nan')", b"NaN"),
        ("python3.13", r"b'\x00\xffraw'", b"\x00\xffraw"),
        ("python3.13", "None", b"null"),
    ],
)
def test_a_response_reaches_the_caller_as_the_functions_runtime_encodes_it(
    lambda_events: LambdaEvents, runtime: str, expression: str, expected: bytes
) -> None:
    uploaded(lambda_events, f"def handler(event, context): return {expression}", Runtime=runtime)

    _, function_error, _, payload = answer("charge")

    assert (function_error, payload) == (None, expected)


@pytest.mark.rule("RUN-35")
@pytest.mark.parametrize("length", [LARGEST - 1, LARGEST])
def test_a_response_of_6_mib_and_100_bytes_is_delivered(lambda_events: LambdaEvents, length: int) -> None:
    uploaded(lambda_events, f"def handler(event, context): return 'a' * {length - 2}")

    _, function_error, _, payload = answer("charge")

    assert (function_error, len(payload)) == (None, length)


@pytest.mark.rule("RUN-35")
@pytest.mark.scenario("RUN R8")
def test_a_longer_response_is_an_error_that_its_environment_survives(lambda_events: LambdaEvents) -> None:
    source = """
calls = []
def handler(event, context):
    calls.append(event)
    return len(calls) if event else "a" * 6_291_555
"""
    fn = uploaded(lambda_events, source)

    _, _, _, too_large = answer("charge")
    later = fn.invoke({"small": True})

    assert too_large == (
        b'{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).",'
        b'"errorType":"Function.ResponseSizeTooLarge"}'
    )
    assert later.payload == 2


# ------------------------------------------------------------------ loading


@pytest.mark.rule("RUN-04", "RUN-08", "RUN-09")
@pytest.mark.scenario("RUN R3")
def test_a_missing_dependency_fails_every_attempt_without_a_request_id(lambda_events: LambdaEvents) -> None:
    event = uploaded(lambda_events, "import nonexistent_pkg_xyz").invoke_async()

    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in event.attempts] == [0, 60, 180]
    assert [attempt.response for attempt in event.attempts] == 3 * [
        {
            "errorMessage": "Unable to import module 'app': No module named 'nonexistent_pkg_xyz'",
            "errorType": "Runtime.ImportModuleError",
            "requestId": "",
            "stackTrace": [],
        }
    ]


@pytest.mark.rule("RUN-02", "RUN-03", "RUN-05", "RUN-06", "RUN-09")
@pytest.mark.parametrize(
    ("handler", "error_type", "message"),
    [
        ("nodot", "Runtime.MalformedHandlerName", "Bad handler 'nodot': not enough values to unpack (expected 2, got 1)"),
        ("sys.exit", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module"),
        ("app.missing", "Runtime.HandlerNotFound", "Handler 'missing' missing on module 'app'"),
        ("some/other.handler", "Runtime.ImportModuleError", "Unable to import module 'some/other': No module named 'some'"),
        ("bad.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'bad': invalid syntax (bad.py, line 1)"),
    ],
)
def test_a_missing_handler_is_an_error_of_the_invocation(
    lambda_events: LambdaEvents, handler: str, error_type: str, message: str
) -> None:
    create_function("charge", {"app.py": "", "bad.py": "?"}, Handler=handler)

    status, function_error, _, payload = answer("charge")

    error = json.loads(payload)
    assert (status, function_error) == (200, "Unhandled")
    assert (error["errorType"], error["errorMessage"], error["requestId"]) == (error_type, message, "")


@pytest.mark.rule("RUN-10")
def test_every_attempt_after_a_load_error_imports_the_module_again(lambda_events: LambdaEvents, tmp_path: Path) -> None:
    notes = tmp_path / "imports"
    source = f"with open({str(notes)!r}, 'a') as file: file.write('x')\nraise ValueError('at import')\n"
    event = uploaded(lambda_events, source).invoke_async()

    lambda_events.run_until_idle()

    assert notes.read_text() == "xxx"
    assert [attempt.is_cold_start for attempt in event.attempts] == [True, True, True]
