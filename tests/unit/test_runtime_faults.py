from __future__ import annotations

import json
import sys
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pytest_lambda_events.service.runtime import error_payloads
from pytest_lambda_events.service.runtime.errors import InitFault
from pytest_lambda_events.service.runtime.paths import PathMap


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


@pytest.mark.rule("RUN-54")
@pytest.mark.parametrize(("seconds", "text"), [(3, "3.00"), (900, "900.00"), (1, "1.00")])
def test_a_timeout_is_answered_in_the_current_form(seconds: int, text: str) -> None:
    error = error_payloads.timeout("id", seconds)

    assert error.payload.decode() == (
        f'{{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: id Error: Task timed out after {text} seconds"}}'
    )
    assert (error.error_type, error.log_text) == ("Sandbox.Timedout", "")


@pytest.mark.rule("RUN-50")
@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (0, "exited without providing a reason"),
        (1, "exited with error: exit status 1"),
        (127, "exited with error: exit status 127"),
        (255, "exited with error: exit status 255"),
        (256, "exited without providing a reason"),
        (-1, "exited with error: exit status 255"),
    ],
)
def test_an_exit_is_answered_with_its_status(status: int, reason: str) -> None:
    error = error_payloads.process_exit("id", status)

    assert error.payload.decode() == (
        f'{{"errorType":"Runtime.ExitError","errorMessage":"RequestId: id Error: Runtime {reason}"}}'
    )


def test_a_killed_process_is_answered_with_its_signal() -> None:
    error = error_payloads.killed_by_signal("id")

    assert error.error_message == "RequestId: id Error: Runtime exited with error: signal: killed"


@pytest.mark.rule("RUN-35")
def test_a_response_that_is_too_large_is_answered_without_request_id() -> None:
    error = error_payloads.response_too_large()

    assert error.payload == (
        b'{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).",'
        b'"errorType":"Function.ResponseSizeTooLarge"}'
    )


@pytest.mark.rule("RUN-40")
def test_an_exception_is_answered_with_four_keys_in_order() -> None:
    error = error_payloads.from_exception(raised(KeyError("k")), "id", "python3.13")

    assert list(json.loads(error.payload)) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert error.payload.startswith(b'{"errorMessage": "\'k\'", "errorType": "KeyError", "requestId": "id", "stackTrace": ')
    assert len(json.loads(error.payload)["stackTrace"]) == 1


@pytest.mark.rule("RUN-31")
@pytest.mark.parametrize(("runtime", "text"), [("python3.11", rb"\u00fc"), ("python3.12", "ü".encode())])
def test_an_error_escapes_what_a_response_escapes(runtime: str, text: bytes) -> None:
    error = error_payloads.from_exception(ValueError("ü"), "id", runtime)

    assert error.payload.startswith(b'{"errorMessage": "' + text + b'"')


@pytest.mark.rule("RUN-20")
def test_without_a_frame_of_the_users_the_clients_remains() -> None:
    error = error_payloads.from_exception(TypeError("x"), "id", "python3.11")

    [frame] = error.stack_trace or ()
    assert frame.startswith(
        '  File "/var/lang/lib/python3.11/site-packages/awslambdaric/bootstrap.py", line 178, in handle_event_request\n'
    )


@pytest.mark.rule("RUN-08")
def test_a_load_error_has_an_empty_request_id() -> None:
    error = error_payloads.from_init_fault(InitFault("ValueError", "at import"), "python3.13")

    assert json.loads(error.payload)["requestId"] == ""


@pytest.mark.rule("RUN-44")
def test_paths_are_those_of_aws_for_uploaded_code(tmp_path: Path) -> None:
    library, packages = sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")
    fault = InitFault(
        "ValueError",
        f"no {tmp_path}/data.json",
        [f'  File "{tmp_path}/app.py"', f'  File "{library}/json/decoder.py"', f'  File "{packages}/botocore/client.py"'],
    )
    paths = PathMap.of_uploaded_code(tmp_path, "python3.12")

    error = error_payloads.from_init_fault(fault, "python3.12", paths)

    assert error.error_message == "no /var/task/data.json"
    assert error.stack_trace == (
        '  File "/var/task/app.py"',
        '  File "/var/lang/lib/python3.12/json/decoder.py"',
        '  File "/var/lang/lib/python3.12/site-packages/botocore/client.py"',
    )


def test_a_callable_keeps_its_paths() -> None:
    error = error_payloads.from_exception(raised(ValueError("x")), "id", "python3.13")

    assert error.stack_trace is not None
    assert error.stack_trace[0].startswith(f'  File "{__file__}", line ')


@pytest.fixture
def failing(tmp_path: Path) -> Callable[[str], Sequence[str]]:
    """Returns the stack trace of code that fails. Each call writes the code into the same file and runs it."""
    file = tmp_path / "orders.py"

    def stack_trace(source: str) -> Sequence[str]:
        file.write_text(source)
        try:
            exec(compile(source, str(file), "exec"), {})
        except Exception as error:
            return error_payloads.from_exception(error, "id", "python3.13").stack_trace or ()
        raise AssertionError("the code does not fail")

    return stack_trace


def test_the_stack_trace_shows_the_source_line_that_the_file_has_now(failing: Callable[[str], Sequence[str]]) -> None:
    before = failing("raise ValueError('before')")

    now = failing("raise ValueError('it changed')")

    assert (before[-1].splitlines()[1], now[-1].splitlines()[1]) == (
        "    raise ValueError('before')", "    raise ValueError('it changed')"
    )  # fmt: skip


@pytest.mark.parametrize(("limit", "texts"), [(2, 2), (-1, 1), (1_000, 4)])
def test_the_stack_trace_has_as_many_frames_as_python_would_show(
    failing: Callable[[str], Sequence[str]], monkeypatch: pytest.MonkeyPatch, limit: int, texts: int
) -> None:
    monkeypatch.setattr(sys, "tracebacklimit", limit, raising=False)

    assert len(failing("def f(): g()\ndef g(): 1 / 0\nf()")) == texts


def test_the_stack_trace_of_a_recursion_is_collapsed_as_python_does(failing: Callable[[str], Sequence[str]]) -> None:
    shown = failing("def f(n): return f(n - 1) if n else 1 / 0\nf(20)")

    assert any("[Previous line repeated 18 more times]" in text for text in shown)
