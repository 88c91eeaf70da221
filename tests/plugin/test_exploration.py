"""The marker `lambda_explore`: a test runs many times, and is reported once, with the shortest list of failures."""

from __future__ import annotations

import re

import pytest

SHOP = """
    import json

    import pytest


    class Bank:
        def __init__(self):
            self.charges = []


    @pytest.fixture
    def bank():
        return Bank()


    @pytest.fixture(scope="module")
    def of_module():
        print("module fixture")
        yield 1
        print("module fixture ended")


    @pytest.fixture
    def orders(lambda_events, bank):
        db = lambda_events.client("dynamodb")

        def charge(event, context):
            for record in event["Records"]:
                order = record["body"]
                if "Item" not in db.get_item(TableName="payments", Key={"id": {"S": order}}):
                    bank.charges.append(order)
                    db.put_item(TableName="payments", Item={"id": {"S": order}})

        lambda_events.table("payments", partition_key="id")
        queue = lambda_events.queue("orders", dead_letter_queue=lambda_events.queue("dead"), max_receive_count=5)
        lambda_events.function(charge, name="charge").add_event_source(queue)
        return queue
"""
ONCE = """
    def test_once(lambda_events, orders, bank, of_module, tmp_path, monkeypatch, capsys):
        orders.send("7")
        lambda_events.run_until_idle()
        assert bank.charges == ["7"]
"""
ALWAYS = ONCE.replace("test_once", "test_always").replace('bank.charges == ["7"]', 'set(bank.charges) == {"7"}')
ALL_KINDS = "max_faults=1, max_seconds=600"
"""The arguments of a marker that explores every kind of choice."""
_OTHERS = (
    "duplicates=False, throttles=False, timeouts=False, lost_acknowledgements=False, errors=False, order=False, delays=False"
)
CRASHES = f"{ALL_KINDS}, {_OTHERS}"
"""The arguments of a marker that explores crashes alone. What pytest shows of an exploration does not depend on the kinds."""
EXPLORED = f"    @pytest.mark.lambda_explore({CRASHES})"
EXPLORED_FULLY = f"    @pytest.mark.lambda_explore({ALL_KINDS})"


def run(pytester: pytest.Pytester, *tests: str, flags: tuple[str, ...] = (), explored: str = EXPLORED) -> pytest.RunResult:
    """Runs a file with the shop and these tests, each with the marker."""
    marked = "\n".join(f"\n{explored}\n{test.strip(chr(10))}" for test in tests)
    pytester.makepyfile(f"{SHOP}\n{marked}")
    return pytester.runpytest("-p", "no:randomly", *flags)


def test_a_test_that_fails_with_a_planned_fault_is_one_failure_with_its_reason(pytester: pytest.Pytester) -> None:
    result = run(pytester, ONCE, explored=EXPLORED_FULLY)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E       AssertionError: assert [[]'7', '7'[]] == [[]'7'[]]",
            "*lambda events: exploration*",
            "Execution * of * failed, with 1 planned fault:",
            "  the process of charge ends before its call of dynamodb.PutItem payments",
            "To repeat it: @pytest.mark.lambda_explore(replay='v1;call/charge/dynamodb.PutItem payments/1/crash before')",
            "Explored * executions in * s: 1 without faults, *",
            "*lambda events: timeline*",
            "*charge*attempt 1*",
            "*Runtime exited with error: signal: killed (planned)",
        ]
    )


def test_a_test_that_passes_everything_reports_what_was_explored(pytester: pytest.Pytester) -> None:
    result = run(pytester, ALWAYS, flags=("-rP",), explored=EXPLORED_FULLY)

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["Explored * executions in * s: 1 without faults, *crashes*"])


def test_fixtures_of_a_wider_scope_are_set_up_once(pytester: pytest.Pytester) -> None:
    result = run(pytester, ALWAYS, ONCE, flags=("-s",))

    assert result.stdout.str().count("module fixture\n") == 1
    assert result.stdout.str().count("module fixture ended") == 1


def test_a_failure_is_repeated_by_the_text_of_the_report(pytester: pytest.Pytester) -> None:
    marker = "    @pytest.mark.lambda_explore(replay='v1;call/charge/dynamodb.PutItem payments/1/crash before')"
    pytester.makepyfile(f"{SHOP}\n{marker}\n{ONCE.strip(chr(10))}")

    result = pytester.runpytest()

    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*Explored*")


def test_a_replayed_fault_that_does_not_happen_is_a_warning(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.mark.lambda_explore(replay="v1;duplicate/charge//9/duplicate")
        def test_gone(lambda_events):
            pass
    """)

    result = pytester.runpytest("-W", "default")

    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(
        ["*PytestWarning: The marker lambda_explore(replay=...) plans a fault that did not happen: the * of charge is *"]
    )


def test_a_test_that_fails_around_a_named_function_is_repeated(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(card_bank="def charge(charges):\n    charges.append('7')\n")
    pytester.makepyfile("""
        import card_bank
        import pytest

        @pytest.mark.lambda_explore(crash_around=[card_bank.charge], max_faults=1, duplicates=False, timeouts=False)
        def test_once(lambda_events):
            charges = []
            function = lambda_events.function(lambda event, context: card_bank.charge(charges), name="charge")
            function.invoke_async({})
            lambda_events.run_until_idle()
            assert charges == ["7"]
    """)

    result = pytester.runpytest("-p", "no:randomly")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["  the process of charge ends after its call of card_bank.charge"])


def test_the_option_turns_explorations_off(pytester: pytest.Pytester) -> None:
    result = run(pytester, ONCE, flags=("--lambda-events-explore=off", "-rP"))

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*Explored*")


def test_an_unknown_mode_is_a_usage_error(pytester: pytest.Pytester) -> None:
    result = run(pytester, ONCE, flags=("--lambda-events-explore=fast",))

    result.stderr.fnmatch_lines(["*lambda_events_explore=fast: this choice does not exist. Pass off, quick or deep.*"])


def test_parameters_classes_and_async_tests_are_explored(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
    @pytest.mark.parametrize("order", ["7", "8"])
    def test_parameter(lambda_events, orders, bank, order):
        orders.send(order)
        lambda_events.run_until_idle()
        assert bank.charges == [order]
""",
        """
    class TestClass:
        def setup_method(self):
            self.sent = []

        def test_method(self, lambda_events, orders, bank):
            self.sent.append(1)
            orders.send("7")
            lambda_events.run_until_idle()
            assert self.sent == [1]
            assert bank.charges == ["7"]
""",
    )

    result.assert_outcomes(failed=3)
    assert result.stdout.str().count("ends before its call of dynamodb.PutItem payments") == 3


def test_a_test_that_behaves_differently_when_repeated_fails(pytester: pytest.Pytester) -> None:
    test = """
    def test_flaky(lambda_events, orders, bank):
        RUNS.append(1)
        orders.send("7")
        lambda_events.run_until_idle()
        assert len(RUNS) != 6
"""
    pytester.makepyfile(f"{SHOP}\n    RUNS = []\n\n{EXPLORED}\n{test.strip(chr(10))}")

    result = pytester.runpytest("-p", "no:randomly")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*This failed in the exploration, but not when it was repeated.*"])


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("(crsh=True)", "*The marker lambda_explore has no keyword 'crsh'. Did you mean 'crash'?*"),
        ("(1)", "*The marker lambda_explore takes keywords only, not 1.*"),
        ("(max_faults=0)", "*max_faults=0 is not a whole number of faults from 1 to 5.*"),
        ("(replay='x')", "*replay='x' is not a plan.*"),
    ],
)
def test_a_wrong_marker_is_one_message(marker: str, message: str, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(f"{SHOP}\n    @pytest.mark.lambda_explore{marker}\n{ONCE.strip(chr(10))}")

    result = pytester.runpytest()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])


def test_a_test_without_an_environment_is_refused(pytester: pytest.Pytester) -> None:
    result = run(pytester, "    def test_nothing():\n        pass")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*needs a test that uses the fixture lambda_events*"])


def test_a_skipped_test_is_skipped(pytester: pytest.Pytester) -> None:
    result = run(pytester, "    def test_skipped(lambda_events):\n        pytest.skip('not today')")

    result.assert_outcomes(skipped=1)


def test_a_bug_that_is_found_is_an_expected_failure(pytester: pytest.Pytester) -> None:
    marker = "    @pytest.mark.xfail(reason='issue 12', strict=True)\n"

    result = run(pytester, marker + ONCE.strip("\n"), flags=("-rx",))

    result.assert_outcomes(xfailed=1)


def test_a_test_that_declares_itself_an_expected_failure_is_one(pytester: pytest.Pytester) -> None:
    result = run(pytester, "    def test_later(lambda_events):\n        pytest.xfail('issue 12')")

    result.assert_outcomes(xfailed=1)


LOST = """
    def test_lost(lambda_events):
        lambda_events.function(lambda event, context: None, name="report", maximum_retry_attempts=0).invoke_async({})
        lambda_events.run_until_idle()
"""


def test_lost_data_fails_a_test_that_asserts_nothing(pytester: pytest.Pytester) -> None:
    result = run(pytester, LOST)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["1 of 1 accepted was lost: *", "*Execution * failed, with 1 planned fault:*"])


def test_a_repeated_execution_that_loses_data_fails(pytester: pytest.Pytester) -> None:
    marker = "    @pytest.mark.lambda_explore(replay='v1;handler/report//1/crash at end')"
    pytester.makepyfile(f"{SHOP}\n{marker}\n{LOST.strip(chr(10))}")

    result = pytester.runpytest()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["1 of 1 accepted was lost: *"])


def test_reports_and_junit_show_one_test(pytester: pytest.Pytester) -> None:
    result = run(pytester, ONCE, flags=("--junitxml=junit.xml", "--lambda-events-report=pages"))

    result.assert_outcomes(failed=1)
    text = (pytester.path / "junit.xml").read_text()
    assert 'tests="1"' in text
    assert "lambda_events_exploration" in text
    assert len(list((pytester.path / "pages").glob("*.html"))) == 2


def test_a_page_compares_two_executions(pytester: pytest.Pytester) -> None:
    run(pytester, ONCE, ALWAYS, flags=("--lambda-events-report=pages",))

    [failed] = [path.read_text() for path in (pytester.path / "pages").glob("*test_once*.html")]
    [passed] = [path.read_text() for path in (pytester.path / "pages").glob("*test_always*.html")]
    usual, failing = failed.split("<h2>With planned faults</h2>")
    assert "<li>the process of charge ends before its call of dynamodb.PutItem payments</li>" in failing
    assert ("mark fault" in usual, "mark fault" in failing, "mark success bar" in usual) == (False, True, True)
    numbers = [int(number) for number in re.findall('data-mark="([0-9]+)"', failed)]
    assert numbers == list(range(len(numbers)))
    assert "Without planned faults" not in passed


def test_a_test_that_fails_by_itself_is_not_explored(pytester: pytest.Pytester) -> None:
    result = run(pytester, "    def test_broken(lambda_events):\n        assert lambda_events.elapsed == 1")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 0.0 == 1*", "The test fails without planned faults, so it was not explored."])
    result.stdout.no_fnmatch_line("*replay*")


@pytest.mark.parametrize("call", ["run_until_idle()", "queue('orders')"])
def test_an_environment_of_a_wider_scope_is_refused(call: str, pytester: pytest.Pytester) -> None:
    result = run(pytester, f"    def test_shared(lambda_events_module):\n        lambda_events_module.{call}")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the environment of this test belongs to a fixture of a wider scope. Use the fixture *"])


def test_ini_values_are_defaults_of_the_marker(pytester: pytest.Pytester) -> None:
    pytester.makeini(
        """
        [pytest]
        lambda_events_explore_max_executions = 4
        lambda_events_explore_max_faults = 1
        """
    )
    marked = [f"    @pytest.mark.lambda_explore{given}\n{ALWAYS.strip(chr(10))}" for given in ("", "(max_executions=6)")]
    pytester.makepyfile("\n\n".join([SHOP, marked[0], marked[1].replace("test_always", "test_more")]))

    result = pytester.runpytest("-p", "no:randomly", "-rP")

    result.stdout.fnmatch_lines(
        ["Explored 4 executions *. [1-9]* were not run: the budget was used up.", "Explored 6 executions *. [1-9]* were not*"]
    )


IDLE = "    def test_idle(lambda_events):\n        lambda_events.run_until_idle()"


def test_text_that_is_not_a_number_is_a_usage_error(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nlambda_events_explore_max_seconds = soon")

    result = run(pytester, IDLE)

    result.stderr.fnmatch_lines(["*lambda_events_explore_max_seconds=soon is not a number*"])


def test_a_wrong_number_in_the_ini_file_is_one_message(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nlambda_events_explore_max_executions = 0")

    result = run(pytester, IDLE)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*max_executions=0 is not a whole number of executions*"])


def test_the_state_of_test_doubles_is_read_from_fixtures(pytester: pytest.Pytester) -> None:
    without, given = (
        f"    @pytest.mark.lambda_explore({ALL_KINDS}{state})\n{ALWAYS.strip(chr(10))}"
        for state in ("", ", state=lambda bank: len(bank.charges) > 5")
    )
    pytester.makepyfile("\n\n".join([SHOP, without, given.replace("test_always", "test_state")]))

    result = pytester.runpytest("-p", "no:randomly", "-rP")

    executions, fewer = map(int, re.findall(r"Explored (\d+) executions", result.stdout.str()))
    assert fewer == executions - 2


def test_an_exploration_that_is_cut_short_is_shown_at_the_end(pytester: pytest.Pytester) -> None:
    complete = ALWAYS.replace("test_always", "test_complete")
    cut = f"    @pytest.mark.lambda_explore(max_executions=3)\n{ALWAYS.strip(chr(10))}"
    pytester.makepyfile(f"{SHOP}\n{cut}\n\n{EXPLORED}\n{complete}")

    quiet = pytester.runpytest("-p", "no:randomly")
    verbose = pytester.runpytest("-p", "no:randomly", "-v")

    quiet.stdout.fnmatch_lines(["*= lambda events: explorations =*", "*::test_always: Explored 3 executions *"])
    quiet.stdout.no_fnmatch_line("*::test_complete: Explored*")
    verbose.stdout.fnmatch_lines(["*::test_always: Explored 3 *", "*::test_complete: Explored *"])


def test_a_test_that_asserts_more_than_aws_promises_gets_advice(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        ONCE,
        """
    def test_attempts(lambda_events, orders):
        orders.send("7")
        lambda_events.run_until_idle()
        assert len(lambda_events.functions["charge"].attempts) == 1
""",
        explored=EXPLORED_FULLY,
    )

    result.stdout.fnmatch_lines(["*AWS does not promise them. Assert the results instead*"])
    assert result.stdout.str().count("AWS does not promise them") == 1
