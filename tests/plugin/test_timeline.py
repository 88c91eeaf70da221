"""The report section that tells what happened to the events of a test."""

from __future__ import annotations

import pytest

STORY = """
    import pytest

    class CardExpired(Exception): ...

    def charge(event, context):
        raise CardExpired("card expired")

    @pytest.mark.parametrize("starts", [[0, 60], [0, 60, 180]], ids=["wrong", "right"])
    def test_retries(lambda_events, starts):
        event = lambda_events.function(charge).invoke_async({"order": 7, "card": "expired"})
        lambda_events.run_until_idle()
        assert [attempt.started_after_seconds for attempt in event.attempts] == starts
"""
SECTION = "*- lambda events: timeline -*"
LINES = [
    SECTION,
    '*0 s   charge * accepted * {"order": 7, "card": "expired"} * request-id-1',
    "*0 s   charge * attempt 1 * CardExpired: card expired * retry at 60 s",
    "*60 s   charge * attempt 2 * CardExpired: card expired * retry at 180 s",
    "*180 s   charge * attempt 3 * CardExpired: card expired * RetriesExhausted, count 3",
]


def test_a_failing_test_shows_its_timeline(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(STORY)

    result = pytester.runpytest()

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(LINES)


def test_the_report_shows_pending_work_if_too_little_time_passed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_nothing_ran(lambda_events):
            orders = lambda_events.queue("orders")
            lambda_events.function(lambda event, context: None, name="ship").add_event_source(orders)
            orders.send({"id": 1})
            assert orders.messages == []
        """
    )

    result = pytester.runpytest()

    result.stdout.fnmatch_lines(
        [
            SECTION,
            "Not idle at 0 s. Pending:",
            '- queue orders: message {"id": 1}, not received yet, visible since 0 s, expires at 345600 s',
        ]
    )


def test_pending_work_is_not_reported_twice(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_idle(lambda_events):
            lambda_events.function(lambda event, context: None, name="ship").invoke_async({"order": 7})
            lambda_events.assert_idle()
        """
    )

    # Where CI is set, the summary repeats messages in full.
    result = pytester.runpytest("-rN")

    assert result.stdout.str().count('- ship: attempt 1 of event {"order": 7}, due at 0 s') == 1


def test_a_passing_test_shows_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(STORY)

    result = pytester.runpytest("-k", "right", "-rP")

    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.no_fnmatch_line(SECTION)


@pytest.mark.parametrize("where", ["flag", "ini"])
def test_all_shows_the_timeline_of_passing_tests_too(pytester: pytest.Pytester, where: str) -> None:
    pytester.makepyfile(STORY)
    pytester.makeini(f"[pytest]\nlambda_events_timeline = {'all' if where == 'ini' else 'off'}")
    flags = ["--lambda-events-timeline=all"] if where == "flag" else []

    result = pytester.runpytest("-k", "right", "-rP", *flags)

    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(LINES)


def test_off_shows_nothing_for_a_failing_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(STORY)

    result = pytester.runpytest("-k", "wrong", "--lambda-events-timeline=off")

    result.assert_outcomes(failed=1, deselected=1)
    result.stdout.no_fnmatch_line(SECTION)


def test_a_failing_fixture_shows_the_timeline_so_far(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def charged(lambda_events):
            event = lambda_events.function(lambda event, context: 1, name="charge").invoke_async({"order": 7})
            lambda_events.run_until_idle()
            assert event.condition == "RetriesExhausted"

        def test_never_reached(charged): ...
        """
    )

    result = pytester.runpytest()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([SECTION, "*charge*attempt 1*returned 1*Success"])


def test_an_environment_in_which_nothing_happened_has_no_section(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_nothing(lambda_events): assert False")

    result = pytester.runpytest()

    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line(SECTION)


def test_a_warning_about_a_queue_is_in_the_report_once(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        def ship(event, context):
            return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in event["Records"]]}

        def test_nothing_is_lost(lambda_events):
            orders = lambda_events.queue("orders")
            lambda_events.function(ship).add_event_source(orders, batch_size=1)
            orders.send("1", "2")
            lambda_events.run_until_idle()
            assert len(orders.messages) == 2
    """)

    result = pytester.runpytest()

    result.assert_outcomes(failed=1)
    warned = [line for line in result.stdout.lines if "ReportBatchItemFailures" in line]
    assert len(warned) == 1
    result.stdout.fnmatch_lines(
        ["Warnings:", "  0 s   ship   'ship' returned batchItemFailures, but Lambda ignores them*"], consecutive=True
    )
