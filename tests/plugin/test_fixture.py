"""The fixture in the kinds of tests that pytest knows, and the hooks around it."""

from __future__ import annotations

import pytest

RETRIED = """
    def charge(event, context):
        raise ValueError("card expired")

    def test_retries(lambda_events):
        event = lambda_events.function(charge).invoke_async({"order": 7})
        lambda_events.run_until_idle()
        assert [attempt.started_after_seconds for attempt in event.attempts] == [0, 60, 180]
"""


def test_a_plain_test_gets_an_environment(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(RETRIED)

    result = pytester.runpytest()

    result.assert_outcomes(passed=1)


def test_each_test_gets_an_environment_of_its_own(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", [1, 2])
        def test_fresh(lambda_events, number):
            assert (lambda_events.elapsed, list(lambda_events.functions), len(lambda_events.journal)) == (0, [], 0)
            lambda_events.function(lambda event, context: None, name="answer").invoke_async()
            lambda_events.advance(60)
        """
    )

    result = pytester.runpytest()

    result.assert_outcomes(passed=2)


def test_a_test_that_does_not_ask_for_the_fixture_keeps_the_real_clock(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import time

        def test_environment(lambda_events):
            assert time.time() == 1767225600

        def test_no_environment():
            assert time.time() != 1767225600
            assert time.sleep.__module__ == "time"
        """
    )

    result = pytester.runpytest("-p", "no:randomly")

    result.assert_outcomes(passed=2)


def test_usefixtures_opens_an_environment_for_a_test_that_uses_only_boto3(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import boto3
        import pytest

        @pytest.mark.usefixtures("lambda_events")
        def test_boto3():
            assert boto3.client("sqs").list_queues().get("QueueUrls") is None
        """
    )

    result = pytester.runpytest()

    result.assert_outcomes(passed=1)


def test_a_unittest_case_uses_it_through_an_autouse_fixture(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import unittest
        import pytest

        def charge(event, context):
            return {"charged": event["order"]}

        class ChargeTest(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def use(self, lambda_events):
                self.lambda_events = lambda_events

            def test_a_charge(self):
                self.assertEqual(self.lambda_events.function(charge).invoke({"order": 7}).payload, {"charged": 7})
        """
    )

    result = pytester.runpytest()

    result.assert_outcomes(passed=1)


def test_pytest_fixtures_describes_the_fixture(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("--fixtures")

    shown = ["*lambda_events -- *", "*a new `LambdaEvents` for each test*", "*lambda_events_config*session*"]
    result.stdout.fnmatch_lines(shown)


def test_pytest_markers_describes_the_marker(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("--markers")

    result.stdout.fnmatch_lines(
        ["@pytest.mark.lambda_events(*): sets options of the simulated AWS for this test, class or module*"]
    )


def test_hooks_are_called_when_an_environment_opens_and_before_it_closes(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        def pytest_lambda_events_started(lambda_events):
            print("started at", lambda_events.elapsed)

        def pytest_lambda_events_ended(lambda_events):
            print("ended at", lambda_events.elapsed, list(lambda_events.functions))
        """
    )
    pytester.makepyfile(
        """
        def test_story(lambda_events):
            lambda_events.function(lambda event, context: None, name="answer")
            lambda_events.advance(5)
            print("the test ends")
        """
    )

    result = pytester.runpytest("-s")

    result.stdout.fnmatch_lines(["*started at 0.0", "the test ends", "*ended at 5.0 [[]'answer']"])


def test_the_environment_closes_although_a_hook_raises(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        def pytest_lambda_events_ended(lambda_events):
            raise RuntimeError("a broken hook")
        """
    )
    pytester.makepyfile(
        """
        import time

        def test_first(lambda_events): pass

        def test_second():
            assert time.time() != 1767225600
        """
    )

    result = pytester.runpytest("-p", "no:randomly")

    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*RuntimeError: a broken hook"])


def test_a_failing_test_leaves_the_next_one_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import time

        def slow(event, context):
            time.sleep(100)

        def test_fails_amid_an_invocation(lambda_events):
            lambda_events.function(slow, timeout=200).invoke_async()
            lambda_events.advance(10)
            assert False

        def test_next(lambda_events):
            assert lambda_events.elapsed == 0
            assert lambda_events.function(slow, timeout=200).invoke().payload is None
        """
    )

    result = pytester.runpytest("-p", "no:randomly")

    result.assert_outcomes(passed=1, failed=1)


def test_durations_are_real_however_far_the_clock_moves(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_six_hours(lambda_events):
            lambda_events.advance(21_600)
        """
    )

    result = pytester.inline_run("--durations=5", "-vv")

    durations = [report.duration for report in result.getreports("pytest_runtest_logreport")]
    assert len(durations) == 3
    assert min(durations) >= 0
    assert max(durations) < 60
