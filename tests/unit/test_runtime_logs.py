from __future__ import annotations

import tracemalloc
from datetime import timedelta

import pytest

from pytest_lambda_events.service.runtime import error_payloads
from pytest_lambda_events.service.runtime.errors import InitFault
from pytest_lambda_events.service.runtime.logs import InvocationLog
from pytest_lambda_events.simulation.clock import VirtualClock

START = 1_767_225_600_000
REPORT = "REPORT RequestId: id\tDuration: {}\tBilled Duration: {}\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t"


@pytest.fixture
def log(clock: VirtualClock) -> InvocationLog:
    return InvocationLog(clock=clock, request_id="id", version="3", memory_size=128, runtime="python3.12", region="eu-west-1")


def texts(log: InvocationLog) -> list[str]:
    return [text for _, text in log.events]


@pytest.mark.rule("RUN-80")
def test_a_warm_invocation_is_framed_by_three_lines(log: InvocationLog, clock: VirtualClock) -> None:
    log.start(cold=False)
    clock.move_to(3_010)
    log.write_stream("stdout", "charging\n")
    log.end()

    assert log.events == [
        (START, "START RequestId: id Version: 3\n"),
        (START + 3, "charging\n"),
        (START + 3, "END RequestId: id\n"),
        (START + 3, REPORT.format("3.01 ms", "4 ms") + "\n"),
    ]


@pytest.mark.rule("RUN-80", "RUN-81")
def test_a_cold_start_adds_two_things(log: InvocationLog) -> None:
    log.start(cold=True)
    log.end()

    first, second, *_, report = texts(log)
    assert first.startswith("INIT_START Runtime Version: python:3.12.v")
    assert "\tRuntime Version ARN: arn:aws:lambda:eu-west-1::runtime:" in first
    assert len(first.rpartition(":")[2]) == 64 + len("\n")
    assert second == "START RequestId: id Version: 3\n"
    assert report == REPORT.format("0.00 ms", "1 ms") + "Init Duration: 110.10 ms\t\n"


@pytest.mark.rule("RUN-81", "RUN-87")
def test_the_tail_begins_with_start(log: InvocationLog) -> None:
    log.start(cold=True)

    assert log.tail() == b"START RequestId: id Version: 3\n"


def test_an_environment_made_ready_ahead_logs_what_its_code_wrote_after_init_start(log: InvocationLog) -> None:
    log.write("loading\n")
    log.write_stream("stdout", "no end")

    log.initialized()

    assert texts(log)[0].startswith("INIT_START ")
    assert texts(log)[1:] == ["loading\n", "no end"]


@pytest.mark.rule("RUN-85")
def test_printed_lines_are_events_when_they_are_complete(log: InvocationLog) -> None:
    log.write_stream("stdout", "one\ntw")
    log.write_stream("stderr", "between\n")
    log.write_stream("stdout", "o\n\nthree")
    before_the_end = texts(log)

    log.end()

    assert before_the_end == ["one\n", "between\n", "two\n"]
    assert log.lines == ["one", "between", "two", "three"]


@pytest.mark.rule("RUN-85")
@pytest.mark.parametrize("blank", ["\n", "\r\n", "\n\n"])
def test_lines_without_text_create_no_events(log: InvocationLog, blank: str) -> None:
    log.write_stream("stdout", blank)
    log.write(blank)
    log.write_stream("stdout", " \n")
    log.write(f"first{blank}last")

    assert texts(log) == [" \n", f"first{blank}last"]


def test_a_line_may_be_written_in_parts_that_end_other_lines(log: InvocationLog) -> None:
    for text in ("a", "", "b\nc", "d", "e\n\nf\n", "g"):
        log.write_stream("stdout", text)
    log.end()

    assert log.lines == ["ab", "cde", "f", "g"]


def test_a_write_does_not_copy_the_line_that_it_continues(log: InvocationLog) -> None:
    log.write_stream("stdout", "x" * 1_000_000)

    tracemalloc.start()
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    log.write_stream("stdout", "y")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak - before < 10_000


def test_lines_are_what_the_handler_wrote_and_nothing_else(log: InvocationLog) -> None:
    log.start(cold=True)
    log.write("[WARNING]\tseveral\nlines\n")
    log.end(error_payloads.from_exception(ValueError("x"), "id", "python3.12"))

    assert log.lines == ["[WARNING]\tseveral", "lines"]


def test_a_dead_log_takes_nothing_from_the_handler_and_all_from_the_service(log: InvocationLog) -> None:
    log.start(cold=False)
    log.write_stream("stdout", "printed before, without an end")
    log.dead = True

    log.write("late\n")
    log.write_stream("stdout", " and late\n")
    log.end()

    assert log.lines == ["printed before, without an end"]
    assert len(log.events) == 4


@pytest.mark.rule("RUN-83")
def test_an_error_is_one_event_with_no_break_spaces(log: InvocationLog) -> None:
    fault = InitFault("MyError", "boom", ['  File "/var/task/app.py", line 1, in h\n    raise x\n', ""])

    log.error(error_payloads.from_fault(fault, "id", "python3.12"))

    assert texts(log) == [
        (
            '[ERROR] MyError: boom\nTraceback (most recent call last):\n\xa0\xa0File "/var/task/app.py", line 1, in h\n'
            "\xa0\xa0\xa0\xa0raise x\n"
        )
    ]


@pytest.mark.rule("RUN-83")
def test_an_error_without_a_message_has_no_colon(log: InvocationLog) -> None:
    log.error(error_payloads.from_fault(InitFault("ValueError", ""), "id", "python3.12"))

    assert texts(log) == ["[ERROR] ValueError\nTraceback (most recent call last):"]


@pytest.mark.rule("RUN-84")
def test_a_load_error_is_preceded_by_a_warning(log: InvocationLog) -> None:
    log.error(error_payloads.from_init_fault(InitFault("Runtime.ImportModuleError", "no"), "python3.12"))

    warning, error = texts(log)
    assert warning.startswith("[WARNING]\t2026-01-01T00:00:00.000Z\t\tLAMBDA_WARNING: Unhandled exception. ")
    assert error.startswith("[ERROR] Runtime.ImportModuleError: no\n")


@pytest.mark.rule("RUN-86")
def test_in_json_an_error_is_an_object(clock: VirtualClock) -> None:
    log = InvocationLog(clock=clock, request_id="id", version="3", memory_size=128, log_format="JSON")

    log.error(error_payloads.from_fault(InitFault("ValueError", "x"), "id", "python3.12"))

    assert texts(log) == [
        (
            '{"timestamp": "2026-01-01T00:00:00Z", "level": "ERROR", "errorMessage": "x", "errorType": "ValueError", '
            '"requestId": "id", "stackTrace": []}'
        )
    ]


@pytest.mark.rule("RUN-88")
def test_the_log_of_a_timeout_has_its_time_and_its_duration(log: InvocationLog, clock: VirtualClock) -> None:
    log.start(cold=False)
    clock.move_to(timedelta(seconds=3) // timedelta(microseconds=1))

    log.end(error_payloads.timeout("id", 3))

    assert texts(log)[1:] == [
        "2026-01-01T00:00:03.000Z id Task timed out after 3.00 seconds\n\n",
        "END RequestId: id\n",
        REPORT.format("3000.00 ms", "3000 ms") + "Status: timeout\t\n",
    ]


@pytest.mark.rule("RUN-88")
def test_an_exit_is_named_in_the_report(log: InvocationLog) -> None:
    log.end(error_payloads.process_exit("id", 3))

    assert texts(log)[-1].endswith("\tStatus: error\tError Type: Runtime.ExitError\t\n")


@pytest.mark.rule("RUN-87")
@pytest.mark.parametrize(
    ("written", "tail"),
    [("a" * 4095, b"a" * 4095), ("a" * 4096, b"a" * 4096), ("b" + "a" * 4096, b"a" * 4096)],
    ids=["just below", "at", "just above"],
)
def test_the_tail_has_4096_bytes(log: InvocationLog, written: str, tail: bytes) -> None:
    log.write(written)

    assert log.tail() == tail


@pytest.mark.rule("RUN-87")
def test_the_tail_counts_bytes_and_may_begin_within_a_character(log: InvocationLog) -> None:
    log.write("ü" * 2049 + "a")

    assert log.tail() == ("ü" * 2049 + "a").encode()[-4096:]
