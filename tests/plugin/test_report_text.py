"""The text of a report, as somebody reads it who sees it for the first time."""

from __future__ import annotations

import pytest

from pytest_lambda_events import LambdaEvents, fidelity

TESTS = """
    import base64, json
    import boto3

    def charge(event, context):
        raise RuntimeError("the bank did not answer " + "in time " * 30)

    def count(event, context):
        numbers = [json.loads(base64.b64decode(record["kinesis"]["data"]))["n"] for record in event["Records"]]
        assert numbers == []

    def sign(event, context):
        try:
            boto3.client("lambda").list_code_signing_configs()
        except Exception:
            pass

    def test_long_message(lambda_events):
        function = lambda_events.function(charge)
        function.invoke_async({"order": 7})
        lambda_events.advance(30)
        function.invoke_async({"order": 8})
        lambda_events.run_until_idle()
        assert False

    def test_stream(lambda_events):
        clicks, function = lambda_events.stream("clicks"), lambda_events.function(count)
        function.add_event_source(clicks, starting_position="TRIM_HORIZON", maximum_retry_attempts=0)
        for number in range(5):
            clicks.put({"n": number}, partition_key="all")
        lambda_events.run_until_idle()
        assert False

    def test_nothing_ran(lambda_events):
        orders, function = lambda_events.queue("orders"), lambda_events.function(charge)
        function.add_event_source(orders)
        orders.send({"order": 7})
        assert function.attempts

    def test_refused_in_a_handler(lambda_events):
        lambda_events.function(sign).invoke({})

    def test_refused_in_the_test(lambda_events):
        boto3.client("lambda", "us-east-1").list_code_signing_configs()
    """


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The report of each failing test, by its name: from one run of pytest."""
    folder = tmp_path_factory.mktemp("reports")
    (folder / "test_it.py").write_text("\n".join(line[4:] for line in TESTS.splitlines()), encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n", encoding="utf-8")
    found: dict[str, str] = {}

    class Collector:
        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            if report.failed:
                found[report.nodeid.rpartition("::")[2]] = "\n".join([report.longreprtext, *dict(report.sections).values()])

    options = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", f"--rootdir={folder}"]
    pytest.main([*options, "-c", str(folder / "pytest.ini"), str(folder)], plugins=[Collector()])
    return found


def timeline_of(report: str) -> list[str]:
    return [line for line in report.splitlines() if " s " in line[:8]]


def test_a_long_message_does_not_widen_the_other_rows(reports: dict[str, str]) -> None:
    rows = timeline_of(reports["test_long_message"])

    assert len(rows) == 8
    assert max(map(len, rows)) < 160


def test_a_long_message_is_shown_whole_once_for_each_event(reports: dict[str, str]) -> None:
    text = " ".join(reports["test_long_message"].split())

    assert text.count("the bank did not answer " + "in time " * 30) == 2


def test_rows_of_a_later_event_show_the_time_since_it_was_accepted(reports: dict[str, str]) -> None:
    rows = timeline_of(reports["test_long_message"])

    assert [row[:15].rstrip() for row in rows] == [
        "  0 s", "  0 s", " 30 s", " 30 s", " 60 s", " 90 s (+60 s)", "180 s", "210 s (+180 s)",
    ]  # fmt: skip


def test_a_failed_row_of_a_stream_shows_the_data_of_its_first_records(reports: dict[str, str]) -> None:
    [row] = [row for row in timeline_of(reports["test_stream"]) if "attempt 1" in row]

    assert '5 failed: record-1 {"n": 0}, record-2 {"n": 1}, record-3 {"n": 2} and 2 more' in row


def test_the_report_of_a_test_in_which_nothing_ran_names_the_missing_call(reports: dict[str, str]) -> None:
    assert "Nothing ran: no time passed for this work. Call lambda_events.run_until_idle()" in reports["test_nothing_ran"]


@pytest.mark.parametrize("name", ["test_refused_in_a_handler", "test_refused_in_the_test"])
def test_a_refusal_is_the_last_line_of_the_traceback(reports: dict[str, str], name: str) -> None:
    lines = reports[name].splitlines()
    [error] = [index for index, line in enumerate(lines) if line.startswith("E   ")]

    assert "NotSimulatedError: The operation ListCodeSigningConfigs of Lambda is not simulated." in lines[error]
    assert "list_code_signing_configs()" in lines[error - 1]
    assert "site-packages" not in "".join(lines[:error])


def test_a_refusal_names_a_command_that_every_user_has(reports: dict[str, str]) -> None:
    assert "run: python -m pytest_lambda_events.fidelity" in reports["test_refused_in_the_test"]
    assert "| `CodeSigningConfigArn` |" in fidelity.main(["code", "SIGNING"])


def test_the_command_names_words_that_no_line_contains() -> None:
    assert fidelity.main(["code", "unheard-of"]) == (
        "No line contains 'code' and 'unheard-of'. Leave words out to see all lines."
    )


def test_an_attempt_has_the_time_since_its_event_was_accepted(lambda_events: LambdaEvents) -> None:
    def charge(event: object, context: object) -> None:
        raise RuntimeError("closed")

    function = lambda_events.function(charge)
    lambda_events.advance(30)
    event = function.invoke_async({"order": 7})
    lambda_events.run_until_idle()
    function.invoke({"order": 8})

    assert [attempt.started_after_accepted_seconds for attempt in event.attempts] == [0, 60, 180]
    assert [attempt.started_after_seconds for attempt in event.attempts] == [30, 90, 210]
    assert function.attempts[-1].started_after_accepted_seconds is None
