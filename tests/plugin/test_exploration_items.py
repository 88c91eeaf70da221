"""Explorations of tests of unittest, Hypothesis and pytest-asyncio, and with pytest's own options."""

from __future__ import annotations

import pytest
from plugin.test_exploration import ALWAYS, CRASHES, EXPLORED, ONCE, SHOP, run

FAILED = "Execution * of * failed, with 1 planned fault:"
CRASH = "  the process of charge ends before its call of dynamodb.PutItem payments"
UNITTEST = """
    import unittest

    import pytest
    from pytest_lambda_events import LambdaEvents


    class TestShop(unittest.TestCase):
        def setUp(self):
            self.env = LambdaEvents()
            self.env.__enter__()
            self.addCleanup(self.env.__exit__, None, None, None)
            self.charges = []
            db = self.env.client("dynamodb")

            def charge(event, context):
                self.charges.append(event)
                db.put_item(TableName="payments", Item={"id": {"S": event}})

            self.env.table("payments", partition_key="id")
            queue = self.env.queue("failed")
            self.function = self.env.function(charge, name="charge", on_failure=queue)

        def charged(self):
            self.function.invoke_async("7")
            self.env.run_until_idle()
            return self.charges
"""
HYPOTHESIS = """
    import pytest
    from hypothesis import Phase, given, settings, strategies
    from pytest_lambda_events import LambdaEvents

    @pytest.mark.lambda_explore(max_faults=1, max_seconds=600, duplicates=False, throttles=False, errors=False, timeouts=False)
    @settings(max_examples=5, database=None, derandomize=True, phases=[Phase.generate, Phase.shrink])
    @given(strategies.lists(strategies.integers(1, 9), min_size=1, max_size=3))
    def test_orders(orders):
        with LambdaEvents() as env:
            charges, db = [], env.client("dynamodb")
            env.table("payments", partition_key="id")

            def charge(event, context):
                charges.append(event)
                db.put_item(TableName="payments", Item={"id": {"S": str(event)}})

            function = env.function(charge, name="charge", on_failure=env.queue("failed"))
            for order in orders:
                function.invoke_async(order)
            env.run_until_idle()
            assert CHECK
"""


def hypothesis_test(
    pytester: pytest.Pytester, check: str, *, replay: str = "", flags: tuple[str, ...] = ()
) -> pytest.RunResult:
    """Runs the test of Hypothesis with this assertion."""
    text = HYPOTHESIS.replace("CHECK", check).replace("lambda_explore(", f"lambda_explore({replay}")
    pytester.makepyfile(text)
    return pytester.runpytest("-p", "no:randomly", *flags)


def test_a_method_of_unittest_is_explored(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        f"""{UNITTEST}
        @pytest.mark.lambda_explore({CRASHES})
        def test_once(self):
            self.assertEqual(self.charged(), ["7"])

        @pytest.mark.lambda_explore({CRASHES})
        def test_at_least_once(self):
            self.assertIn("7", self.charged())

        @pytest.mark.lambda_explore
        @unittest.skip("not today")
        def test_skipped(self):
            pass
"""
    )

    result = pytester.runpytest("-p", "no:randomly")

    result.assert_outcomes(failed=1, passed=1, skipped=1)
    result.stdout.fnmatch_lines(["E*Lists differ: *", FAILED, "To repeat it: *", "Explored * executions *"])


def test_a_subtest_of_unittest_is_reported_once(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        f"""{UNITTEST}
        @pytest.mark.lambda_explore({CRASHES})
        def test_once(self):
            with self.subTest(order="7"):
                self.assertEqual(self.charged(), ["7"])
"""
    )

    result = pytester.runpytest("-p", "no:randomly")

    assert result.stdout.str().count("E           AssertionError: Lists differ") == 1
    result.stdout.no_fnmatch_line("*not when it was repeated*")


def test_lost_data_fails_a_method_of_unittest(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        f"""{UNITTEST}
        @pytest.mark.lambda_explore({CRASHES})
        def test_lost(self):
            self.env.function(lambda event, context: None, name="report", maximum_retry_attempts=0).invoke_async({{}})
            self.env.run_until_idle()
"""
    )

    result = pytester.runpytest()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["1 of 1 accepted was lost: *", FAILED])


def test_an_example_of_hypothesis_is_shrunk_with_its_planned_fault(pytester: pytest.Pytester) -> None:
    result = hypothesis_test(pytester, "len(charges) == len(orders)")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E   *orders=[[]1[]],",
            "E   *With planned faults:",
            "E   *the process of charge ends *",
            "*lambda events: exploration*",
            "An example failed, with 1 planned fault:",
            "To repeat it: *",
            "Explored * executions in * s: * without faults, *",
        ]
    )


def test_examples_of_hypothesis_pass_with_all_planned_faults(pytester: pytest.Pytester) -> None:
    result = hypothesis_test(pytester, "set(charges) == set(orders)", flags=("-rP",))

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["Explored * executions in * s: 5 without faults, * crashes*"])


def test_an_example_of_hypothesis_repeats_a_plan(pytester: pytest.Pytester) -> None:
    replay = "replay='v1;handler/charge//1/crash at end', "

    result = hypothesis_test(pytester, "len(charges) == len(orders)", replay=replay, flags=("--lambda-events-explore=off",))

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E   *With planned faults:", "E   *the process of charge ends after its handler *"])


def test_a_test_of_hypothesis_needs_one_environment_for_each_example(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from hypothesis import given, strategies

        @pytest.mark.lambda_explore
        @given(strategies.integers())
        def test_nothing(number):
            pass
        """
    )

    result = pytester.runpytest()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*needs a test of Hypothesis that opens a LambdaEvents() in each example*"])


@pytest.mark.usefixtures("beside_all")
def test_tests_of_hypothesis_that_are_not_explored_are_refused_by_name(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from hypothesis import given, stateful, strategies

        class Machine(stateful.RuleBasedStateMachine):
            @stateful.rule()
            def send(self):
                raise AssertionError("runs")

        @pytest.mark.lambda_explore
        class TestMachine(Machine.TestCase):
            pass

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.mark.lambda_explore
        @pytest.mark.anyio
        @given(strategies.integers())
        async def test_numbers(number):
            raise AssertionError("runs")
        """
    )

    result = pytester.runpytest("-p", "no:randomly")

    result.assert_outcomes(failed=1, errors=1)
    result.stdout.fnmatch_lines_random(
        [
            "The marker lambda_explore does not work on stateful tests of Hypothesis. Use @given on a function that takes *",
            "The marker lambda_explore does not work on this async test of Hypothesis, because pytest-asyncio does not run *",
        ]
    )
    result.stdout.no_fnmatch_line("*Error*runs*")


@pytest.mark.usefixtures("beside_all")
def test_an_async_test_is_explored(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
    @pytest.mark.asyncio
    async def test_async(lambda_events, orders, bank):
        orders.send("7")
        lambda_events.run_until_idle()
        assert bank.charges == ["7"]
""",
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([FAILED, CRASH])


def test_the_debugger_stops_once_in_the_shortest_failure(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        stops="""
        class Debugger:
            quitting = False

            def __init__(self, *arguments, **options):
                pass

            reset = __init__

            def interaction(self, frame, stopped):
                # Python 3.13 passes the exception.
                traceback = getattr(stopped, "__traceback__", stopped)
                while traceback.tb_next is not None:
                    traceback = traceback.tb_next
                print("stopped with", traceback.tb_frame.f_locals["bank"].charges)
        """
    )

    result = run(pytester, ONCE, flags=("--pdb", "--pdbcls=stops:Debugger"))

    assert [line for line in result.outlines if line.startswith("stopped")] == ["stopped with ['7', '7']"]


def test_options_that_select_tests_see_one_test(pytester: pytest.Pytester) -> None:
    all_of_them = run(pytester, ONCE, ALWAYS, flags=("-x",))
    last_failed = pytester.runpytest("-p", "no:randomly", "--lf")
    selected = pytester.runpytest("-p", "no:randomly", "-k", "always")

    all_of_them.assert_outcomes(failed=1)
    last_failed.assert_outcomes(failed=1)
    selected.assert_outcomes(passed=1, deselected=1)


@pytest.mark.skipif(not hasattr(pytest, "Subtests"), reason="pytest has subtests since 9.0")
def test_subtests_are_reported_for_the_failing_execution_only(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
    def test_parts(lambda_events, orders, bank, subtests):
        orders.send("7")
        lambda_events.run_until_idle()
        with subtests.test("charged"):
            assert "7" in bank.charges
        with subtests.test("charged once"):
            assert bank.charges == ["7"]
""",
    )

    subtests = [line for line in result.outlines if line.startswith("____") and "[charged" in line]
    assert len(subtests) == 1
    assert "[charged once]" in subtests[0]
    result.stdout.fnmatch_lines([FAILED, CRASH])
    result.stdout.no_fnmatch_line("*not when it was repeated*")


@pytest.mark.skipif(not hasattr(pytest, "Subtests"), reason="pytest has subtests since 9.0")
def test_subtests_that_pass_in_each_execution_pass(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
    def test_parts(lambda_events, orders, bank, subtests):
        orders.send("7")
        lambda_events.run_until_idle()
        with subtests.test("charged"):
            assert "7" in bank.charges
        with subtests.test("not today"):
            pytest.skip("not today")
""",
    )

    assert result.ret == 0
    result.stdout.no_fnmatch_line("*SUBFAIL*")


def test_the_fixture_subtests_is_refused_in_other_fixtures(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        f"""{SHOP}
    @pytest.fixture
    def subtests():
        pass

    @pytest.fixture
    def checked(subtests):
        pass

{EXPLORED}
    def test_parts(lambda_events, checked):
        pass
"""
    )

    result = pytester.runpytest()

    result.stdout.fnmatch_lines(["*if another fixture uses the fixture subtests*"])


SEVERAL = f"""
    import pytest
    from pytest_lambda_events import LambdaEvents

    def charged(name):
        with LambdaEvents() as env:
            charges, db = [], env.client("dynamodb")
            env.table("payments", partition_key="id")

            def charge(event, context):
                charges.append(event)
                db.put_item(TableName="payments", Item={{"id": {{"S": event}}}})

            env.function(charge, name=name, on_failure=env.queue("failed")).invoke_async("7")
            env.run_until_idle()
            return charges

{EXPLORED}
    def test_once():
        assert charged("first")
        assert charged("second") == ["7"]

{EXPLORED}
    def test_at_least_once():
        assert charged("first")
        assert charged("second")

{EXPLORED}
    def test_lost():
        assert charged("first")
        with LambdaEvents() as env:
            env.function(lambda event, context: None, name="report", maximum_retry_attempts=0).invoke_async({{}})
            env.run_until_idle()
"""


def test_a_test_with_several_environments_is_explored_in_each(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SEVERAL)

    result = pytester.runpytest("-p", "no:randomly")

    result.assert_outcomes(failed=2, passed=1)
    result.stdout.fnmatch_lines(
        [FAILED, "  the process of second ends after its call of dynamodb.PutItem payments, *", "1 of 1 accepted was lost: *"]
    )


@pytest.mark.usefixtures("beside_all")
def test_an_async_example_of_hypothesis_is_explored(pytester: pytest.Pytester) -> None:
    text = HYPOTHESIS.replace("CHECK", "len(charges) == len(orders)").replace("    def test", "    async def test")
    pytester.makepyfile(text.replace("    @settings", "    @pytest.mark.asyncio\n    @settings"))

    result = pytester.runpytest("-p", "no:randomly")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E   *orders=[[]1[]],",
            "E   *With planned faults:",
            "An example failed, with 1 planned fault:",
            "Explored * executions *",
        ]
    )


WARNING = """
    def test_warned(lambda_events, tmp_path):
        import warnings

        attempts = []

        def charge(event, context):
            attempts.append(event)
            warnings.warn("charged again" if attempts[1:] else "charged", UserWarning)

        function = lambda_events.function(charge, name="charge", on_failure=lambda_events.queue("failed"))
        function.invoke_async({})
        lambda_events.run_until_idle()
        assert list(tmp_path.parent.glob("test_warned[0-9]*")) == [tmp_path]
        assert not lambda_events.queues["failed"].messages
"""
SHOWN = ("-W", "always::UserWarning")


def test_filters_of_warnings_apply_to_each_execution(pytester: pytest.Pytester) -> None:
    result = run(pytester, WARNING, flags=(*SHOWN, "-W", "error:charged again:UserWarning"))

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([FAILED])


def test_executions_repeat_no_warnings_and_leave_no_folders(pytester: pytest.Pytester) -> None:
    result = run(pytester, WARNING, flags=SHOWN)

    result.assert_outcomes(passed=1)
    # pytest 8.0 adds a warning of its own.
    assert result.parseoutcomes()["warnings"] < 3
