"""Runs the same handlers through the simulated runtime, and gives what it answers in the same form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path

from oracle.client import Answer, Event, Run
from pytest_lambda_events.service.runtime import error_payloads
from pytest_lambda_events.service.runtime.call import call_handler
from pytest_lambda_events.service.runtime.context import LambdaContext
from pytest_lambda_events.service.runtime.errors import InitFault
from pytest_lambda_events.service.runtime.loading import load_handler
from pytest_lambda_events.service.runtime.logs import InvocationLog
from pytest_lambda_events.service.runtime.process_state import ProcessState

SERVICE_LINES = ("INIT_START ", "START ", "END ", "REPORT ")


class FixedClock:
    """Stands still."""

    now = datetime(2026, 1, 1, tzinfo=timezone.utc)


def run_simulated(handler: str, folder: Path, events: Sequence[Event], variables: Mapping[str, str]) -> Run:
    """The counterpart of `run_client`."""
    runtime = variables["AWS_EXECUTION_ENV"].removeprefix("AWS_Lambda_")
    state = ProcessState(variables, code_folders=[folder])
    loading = _log_of("", variables)
    state.begin(loading, {})
    state.enter()
    try:
        loaded = load_handler(handler)
    except InitFault as fault:
        error = error_payloads.from_init_fault(fault, runtime)
        loading.end(error)
        return Run({"init": Answer("error", error.payload, "")}, 1, _output([loading]))
    finally:
        state.leave()
    return _run(loaded, state, events, variables, runtime)


def _run(
    handler: Callable[..., object],
    state: ProcessState,
    events: Sequence[Event],
    variables: Mapping[str, str],
    runtime: str,
) -> Run:
    answers: dict[str, Answer] = {}
    logs: list[InvocationLog] = []
    for event in events:
        log = _log_of(event.request_id, variables)
        logs.append(log)
        trace = event.headers.get("Lambda-Runtime-Trace-Id")
        state.begin(log, {} if trace is None else {"_X_AMZN_TRACE_ID": trace})
        state.enter()
        try:
            answer = call_handler(
                handler, event.payload, _context(event, variables, log), request_id=event.request_id, runtime=runtime
            )
        except SystemExit as exit:
            code = exit.code
            status = (0 if code is None else code if isinstance(code, int) else 1) & 0xFF
            return Run(answers, status, _output(logs))
        finally:
            state.leave()
        log.end(answer.error)
        kind = "response" if answer.error is None else "error"
        answers[event.request_id] = Answer(kind, answer.payload, answer.content_type)
    return Run(answers, None, _output(logs))


def _log_of(request_id: str, variables: Mapping[str, str]) -> InvocationLog:
    return InvocationLog(
        clock=FixedClock(),
        request_id=request_id,
        version="$LATEST",
        memory_size=128,
        runtime=variables["AWS_EXECUTION_ENV"].removeprefix("AWS_Lambda_"),
        log_format=variables.get("AWS_LAMBDA_LOG_FORMAT", "Text"),
    )


def _context(event: Event, variables: Mapping[str, str], log: InvocationLog) -> Callable[[], LambdaContext]:
    return lambda: LambdaContext(
        aws_request_id=event.request_id,
        log_group_name=variables["AWS_LAMBDA_LOG_GROUP_NAME"],
        log_stream_name=variables["AWS_LAMBDA_LOG_STREAM_NAME"],
        function_name=variables["AWS_LAMBDA_FUNCTION_NAME"],
        memory_limit_in_mb=variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
        function_version=variables["AWS_LAMBDA_FUNCTION_VERSION"],
        invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:charge",
        remaining_ms=lambda: 3000,
        write_log=log.write,
        client_context=event.headers.get("Lambda-Runtime-Client-Context"),
        cognito_identity=event.headers.get("Lambda-Runtime-Cognito-Identity"),
    )


def _output(logs: Sequence[InvocationLog]) -> str:
    """What the client prints where it has no telemetry channel: reports of errors are one line there (RUN-83)."""
    texts = [text for log in logs for _, text in log.events if not text.startswith(SERVICE_LINES)]
    return "".join(_as_printed(text) for text in texts)


def _as_printed(text: str) -> str:
    is_report = text.startswith("[ERROR] ") or (text.startswith("{") and not text.endswith("\n"))
    return text.replace("\n", "\r") + "\n" if is_report else text
