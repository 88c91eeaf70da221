"""`record_snapshot`, and `normalize` beside the snapshots of others."""

from __future__ import annotations

import re

import pytest

HEADER = """
import pytest
from pytest_lambda_events import LambdaEvents, normalize

def charge(event, context):
    print(f"charging order {event['order']}")
    raise ValueError("card expired")

@pytest.fixture
def failures(lambda_events):
    failures = lambda_events.queue("failures")
    function = lambda_events.function(charge, on_failure=failures, dead_letter_queue=failures, maximum_retry_attempts=1)
    function.invoke_async({"order": 7})
    lambda_events.run_until_idle()
    return failures
"""
STORY = f"""{HEADER}
def test_record(failures, record_snapshot):
    assert failures.invocation_records == record_snapshot
"""
RECORDS = """\
# serializer version: 1
# name: test_record
  [
    {
      "version": "1.0",
      "timestamp": "<T+60.000s>",
      "requestContext": {
        "requestId": "<request-id-1>",
        "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:charge:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 2
      },
      "requestPayload": {
        "order": 7
      },
      "responseContext": {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled"
      },
      "responsePayload": {
        "errorMessage": "card expired",
        "errorType": "ValueError",
        "requestId": "<request-id-1>",
        "stackTrace": [
          "<test_story.py in charge>"
        ]
      }
    }
  ]
# ---
"""
MISSING = (
    'record_snapshot needs syrupy: pip install "pytest-lambda-events[golden]". normalize(record) == {...} works without it.'
)


@pytest.fixture(autouse=True)
def with_syrupy(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inner runs load syrupy besides our plugin."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p pytest_lambda_events.plugin -p syrupy")


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inner runs are not those of a worker, also where this suite runs in one: syrupy reports nothing there."""
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID"):
        monkeypatch.delenv(name, raising=False)


def golden_file(pytester: pytest.Pytester) -> str:
    return (pytester.path / "__snapshots__" / "test_story.golden").read_text(encoding="utf-8")


def lines_of(result: pytest.RunResult) -> list[str]:
    return [line.removeprefix("E").strip() for line in result.outlines]


def test_a_golden_file_is_made_and_then_compared_with(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_story=STORY)

    made = pytester.runpytest("--snapshot-update")
    compared = pytester.runpytest()

    made.assert_outcomes(passed=1)
    made.stdout.fnmatch_lines(["1 snapshot generated."])
    compared.assert_outcomes(passed=1)
    compared.stdout.fnmatch_lines(["1 snapshot passed."])
    assert golden_file(pytester) == RECORDS


def test_a_golden_file_holds_for_another_seed_and_another_start(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_story=STORY)
    pytester.runpytest("--snapshot-update").assert_outcomes(passed=1)

    result = pytester.runpytest("--lambda-events-seed=7", "--lambda-events-start-time=2024-02-29T12:00:00Z")

    result.assert_outcomes(passed=1)


def test_a_difference_is_shown_line_by_line(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_story=STORY)
    pytester.runpytest("--snapshot-update").assert_outcomes(passed=1)
    pytester.makepyfile(test_story=STORY.replace("maximum_retry_attempts=1", "maximum_retry_attempts=2"))

    result = pytester.runpytest("-vv")

    result.assert_outcomes(failed=1)
    lines = lines_of(result)
    assert '-     "timestamp": "<T+60.000s>",' in lines
    assert '+     "timestamp": "<T+180.000s>",' in lines
    assert '-       "approximateInvokeCount": 2' in lines
    assert '+       "approximateInvokeCount": 3' in lines


def test_a_difference_is_taken_over_with_an_update(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_story=STORY)
    pytester.runpytest("--snapshot-update").assert_outcomes(passed=1)
    pytester.makepyfile(test_story=STORY.replace("card expired", "no money"))

    result = pytester.runpytest("--snapshot-update")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["1 snapshot updated."])
    assert golden_file(pytester) == RECORDS.replace("card expired", "no money")


def test_a_comparison_without_a_golden_file_fails(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_story=STORY)

    result = pytester.runpytest()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*Snapshot 'test_record' does not exist!*"])


def test_a_golden_record_that_no_test_uses_is_reported(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_story=STORY + STORY.removeprefix(HEADER).replace("test_record", "test_again"))
    pytester.runpytest("--snapshot-update").assert_outcomes(passed=2)
    pytester.makepyfile(test_story=STORY)

    result = pytester.runpytest("--snapshot-details")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*1 snapshot unused*", "Unused test_again (__snapshots__?test_story.golden)"])


def test_golden_files_are_read_by_workers(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_story=STORY)
    pytester.runpytest("--snapshot-update").assert_outcomes(passed=1)

    result = pytester.runpytest("-p", "xdist.plugin", "-n", "1")

    result.assert_outcomes(passed=1)


def test_it_stands_beside_the_snapshot_of_syrupy(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_story=STORY.replace("record_snapshot)", "record_snapshot, snapshot)") + "    assert 'card expired' == snapshot\n"
    )

    made = pytester.runpytest("--snapshot-update")
    compared = pytester.runpytest()

    made.assert_outcomes(passed=1)
    compared.assert_outcomes(passed=1)
    compared.stdout.fnmatch_lines(["2 snapshots passed."])
    assert golden_file(pytester) == RECORDS


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        pytest.param("failures.invocation_records[0]", ['  "timestamp": "<T+60.000s>",'], id="record"),
        pytest.param("failures.dead_letters", ['    "error_message": "card expired"'], id="dead letters"),
        pytest.param(
            "failures.messages", ['    "message_id": "<message-id-1>",', '    "message_id": "<message-id-2>",'], id="messages"
        ),
        pytest.param("lambda_events.functions['charge'].attempts[0].event", ['  "order": 7'], id="event"),
        pytest.param(
            "lambda_events.functions['charge'].attempts",
            ['    "started_at": "<T+0.000s>",', '    "started_at": "<T+60.000s>",', '      "charging order 7"'],
            id="attempts",
        ),
        pytest.param(
            "lambda_events.journal", ['    "kind": "retried",', '      "condition": "RetriesExhausted",'], id="journal"
        ),
    ],
)
def test_any_value_of_a_test_has_a_golden_form(pytester: pytest.Pytester, value: str, lines: list[str]) -> None:
    story = f"{HEADER}\ndef test_value(lambda_events, failures, record_snapshot):\n    assert {value} == record_snapshot\n"
    pytester.makepyfile(test_story=story)

    made, compared = pytester.runpytest("--snapshot-update"), pytester.runpytest("--lambda-events-seed=7")

    made.assert_outcomes(passed=1)
    compared.assert_outcomes(passed=1)
    written = [line.removeprefix("  ") for line in golden_file(pytester).splitlines()]
    assert [line for line in lines if line not in written] == []


def test_a_timeline_stands_in_its_golden_file_as_it_is(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_story=f"{HEADER}\ndef test_timeline(lambda_events, failures, record_snapshot):\n"
        "    assert lambda_events.journal.timeline() == record_snapshot\n"
        "    print(lambda_events.journal.timeline())\n"
    )

    result = pytester.runpytest("--snapshot-update", "-s", "-p", "no:randomly")

    lines = [line.removeprefix("  ") for line in golden_file(pytester).splitlines()[2:-1]]
    assert "card expired" in lines[1]
    result.stdout.fnmatch_lines(lines, consecutive=True)


def test_batches_have_a_golden_form(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_story="""
        def test_batches(lambda_events, record_snapshot):
            orders = lambda_events.queue("orders")
            audit = lambda_events.function(lambda event, context: None, name="audit")
            audit.add_event_source(orders)
            orders.send({"id": 1}, "plain text")
            lambda_events.run_until_idle()
            assert audit.batches == record_snapshot
        """
    )

    made, compared = pytester.runpytest("--snapshot-update"), pytester.runpytest("--lambda-events-seed=7")

    made.assert_outcomes(passed=1)
    compared.assert_outcomes(passed=1)
    text = re.sub(r"\s+", " ", golden_file(pytester))
    assert '"messageId": "<message-id-1>", "receiptHandle": "<receipt-handle-1>", "body": { "id": 1 },' in text
    assert '"body": "plain text", "attributes": { "ApproximateReceiveCount": "1", "SentTimestamp": "<T+0.000s>",' in text
    assert '"event_source_mapping": "<event-source-mapping-id-1>"' in text


def test_parts_are_left_out_as_syrupy_does_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_story=STORY.replace(
            "== record_snapshot", "== record_snapshot(exclude=props('responsePayload', 'requestContext'))"
        )
        + "from syrupy.filters import props\n"
    )

    pytester.runpytest("--snapshot-update").assert_outcomes(passed=1)

    text = golden_file(pytester)
    assert "requestPayload" in text
    assert "responsePayload" not in text
    assert "requestContext" not in text


def test_without_syrupy_the_message_names_the_extra_and_normalize_works(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p pytest_lambda_events.plugin")
    pytester.makepyfile(
        test_story=f"{STORY}\ndef test_plain(failures):\n"
        "    [record] = failures.invocation_records\n"
        "    assert normalize(record)['timestamp'] == '<T+60.000s>'\n",
        no_syrupy="import sys\nsys.modules['syrupy'] = None\n",
    )

    result = pytester.runpytest_subprocess("-p", "no_syrupy")

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([MISSING])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*During handling*")
    result.stdout.no_fnmatch_line("*ModuleNotFoundError*")


def test_the_message_names_the_plugin_of_syrupy_if_it_is_turned_off(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_story=STORY)

    result = pytester.runpytest("-p", "no:syrupy")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["record_snapshot needs syrupy's plugin, which is turned off here (-p no:syrupy)."])


def test_an_inline_snapshot_is_written_into_the_test(pytester: pytest.Pytester) -> None:
    path = pytester.makepyfile(
        test_story=f"{HEADER}\nfrom inline_snapshot import snapshot\n\ndef test_inline(failures):\n"
        "    [record] = failures.invocation_records\n"
        "    assert normalize(record)['requestContext'] == snapshot()\n"
    )

    plugins = ("-p", "no:syrupy", "-p", "inline_snapshot.pytest_plugin")
    written = pytester.runpytest_subprocess(*plugins, "--inline-snapshot=create")
    compared = pytester.runpytest(*plugins, "--lambda-events-seed=7")

    assert "<request-id-1>" in path.read_text(encoding="utf-8")
    written.assert_outcomes(passed=1, errors=1)
    compared.assert_outcomes(passed=1)


def test_a_data_regression_is_written_and_compared(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_story=f"{HEADER}\ndef test_data(failures, data_regression):\n"
        "    [record] = failures.invocation_records\n"
        "    data_regression.check(normalize(record))\n"
    )

    plugins = ("-p", "pytest_datadir.plugin", "-p", "pytest_regressions.plugin")
    written = pytester.runpytest(*plugins, "--force-regen")
    compared = pytester.runpytest(*plugins, "--lambda-events-seed=7")

    written.assert_outcomes(failed=1)
    compared.assert_outcomes(passed=1)
    assert "requestId: <request-id-1>" in (pytester.path / "test_story" / "test_data.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("outside", [False, True], ids=["inside of the environment", "after it"])
def test_normalize_counts_from_the_start_of_the_environment(pytester: pytest.Pytester, outside: bool) -> None:
    pytester.makepyfile(
        test_story=f"""{HEADER}
def test_start():
    with LambdaEvents(start_time="2024-02-29T12:00:00Z") as environment:
        failures = environment.queue("failures")
        environment.function(charge, on_failure=failures).invoke_async({{"order": 7}})
        environment.run_until_idle()
        [record] = failures.invocation_records
        if not {outside}:
            assert normalize(record)["timestamp"] == "<T+180.000s>"
    if {outside}:
        assert normalize(record, start=environment.config.start)["timestamp"] == "<T+180.000s>"
        assert normalize(environment.journal)[-1]["at"] == "<T+180.000s>"
"""
    )

    result = pytester.runpytest()

    result.assert_outcomes(passed=1)
