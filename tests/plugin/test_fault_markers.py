"""The markers `lambda_failure` and `lambda_throttle`: where they stand, which wins, what is said of those never met."""

from __future__ import annotations

import re

import pytest

SHOP = """
    class CardExpired(Exception):
        pass

    def charge(event, context):
        raise CardExpired("card expired")

    def audit(event, context):
        return len(event)
"""
OUTCOMES = """
        event = lambda_events.function(stall.audit).invoke_async({"order": 7})
        lambda_events.run_until_idle()
        print("TOLD", request.node.name, [attempt.error_type or attempt.outcome for attempt in event.attempts])
"""
TAKES = (
    "It takes (function, failure, *, after_handler=False, payload=None, exit_status=1, sizes=(), attempts=None, times=None, "
    "until=None, when=None, optional=False)."
)
HEADER = re.compile(r"(?:_{3,}|-{3,}|={3,}) .* (?:_{3,}|-{3,}|={3,})")


@pytest.fixture(autouse=True)
def stall(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(stall=SHOP)


def run(pytester: pytest.Pytester, text: str, *options: str) -> pytest.RunResult:
    """Run a file of tests, which may use `pytest`, `stall` and `timedelta`."""
    head = "from datetime import timedelta\nimport pytest\nimport stall\n"
    pytester.makepyfile(test_orders="\n".join([head, text.strip("\n")]))
    return pytester.runpytest("-s", "-p", "no:randomly", *options)


def told(result: pytest.RunResult, where: str) -> str:
    """What stands below the headline that says `where`, up to the next."""
    lines = result.outlines
    [place] = [index for index, line in enumerate(lines) if HEADER.fullmatch(line) and f" {where} " in line]
    end = next(index for index, line in enumerate(lines) if index > place and HEADER.fullmatch(line))
    return "\n".join(lines[place + 1 : end])


def attempts(result: pytest.RunResult) -> dict[str, str]:
    """What each inner test printed of its attempts."""
    return dict(line[line.index("TOLD") + 5 :].split(" ", 1) for line in result.outlines if "TOLD" in line)


# ------------------------------------------------------------------ where they stand


def test_a_marker_makes_a_function_fail_that_the_test_makes_later(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        f"""
@pytest.mark.lambda_failure("audit", TimeoutError("bank is closed"), attempts=[1])
def test_one(lambda_events, request):
    if True:{OUTCOMES}
""",
    )

    result.assert_outcomes(passed=1)
    assert attempts(result) == {"test_one": "['TimeoutError', 'success']"}


def test_markers_of_module_class_and_test_are_added_to_each_other(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        f"""
pytestmark = pytest.mark.lambda_throttle("audit", attempts=[1])

@pytest.mark.lambda_failure("audit", "timeout", attempts=[2])
class TestIt:
    @pytest.mark.lambda_failure("audit", ValueError(), attempts=[3])
    def test_one(self, lambda_events, request):{OUTCOMES}
""",
    )

    result.assert_outcomes(passed=1)
    assert attempts(result) == {"test_one": "['throttled', 'Sandbox.Timedout', 'ValueError', 'success']"}


def test_the_closest_marker_wins_and_the_wider_need_not_be_met(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        f"""
pytestmark = pytest.mark.lambda_failure("audit", KeyError(), attempts=[1])

@pytest.mark.lambda_failure("audit", TypeError(), attempts=[1])
class TestIt:
    @pytest.mark.lambda_failure("audit", ValueError(), attempts=[1])
    def test_closest(self, lambda_events, request):{OUTCOMES}
    def test_wider(self, lambda_events, request):{OUTCOMES}
""",
    )

    result.assert_outcomes(passed=2)
    assert attempts(result) == {
        "test_closest": "['ValueError', 'success']",
        "test_wider": "['TypeError', 'success']",
    }


def test_a_call_wins_over_a_marker(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.mark.lambda_failure("audit", KeyError(), attempts=[1])
def test_one(lambda_events):
    function = lambda_events.function(stall.audit)
    function.fail(ValueError(), attempts=[1])
    event = function.invoke_async()
    lambda_events.run_until_idle()
    assert event.attempts[0].error_type == "ValueError"
""",
    )

    result.assert_outcomes(passed=1)


def test_a_parameter_may_bring_a_marker(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        f"""
@pytest.mark.parametrize("case", [
    pytest.param(0, id="well"),
    pytest.param(1, id="late", marks=pytest.mark.lambda_failure("audit", "timeout", times=1)),
    pytest.param(2, id="full", marks=pytest.mark.lambda_throttle("audit", times=2)),
])
def test_one(lambda_events, request, case):
    if True:{OUTCOMES}
""",
    )

    result.assert_outcomes(passed=3)
    assert attempts(result) == {
        "test_one[well]": "['success']",
        "test_one[late]": "['Sandbox.Timedout', 'success']",
        "test_one[full]": "['throttled', 'throttled', 'success']",
    }


def test_nothing_that_one_test_plans_reaches_the_next(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        f"""
@pytest.mark.lambda_failure("audit", ValueError(), optional=True)
def test_before(lambda_events):
    lambda_events.function(stall.audit).throttle(optional=True)

def test_after(lambda_events, request):
    if True:{OUTCOMES}
""",
    )

    result.assert_outcomes(passed=2)
    assert attempts(result) == {"test_after": "['success']"}


def test_a_marker_names_an_alias_with_a_colon(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.mark.lambda_failure("audit:live", ValueError())
def test_one(lambda_events):
    function = lambda_events.function(stall.audit)
    live = function.create_alias("live", function_version=function.publish_version().version)
    assert live.invoke().function_error == "Unhandled"
    assert function.invoke().function_error is None
""",
    )

    result.assert_outcomes(passed=1)


def test_markers_work_where_a_unittest_test_case_gets_the_environment_from_a_fixture(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
import unittest

@pytest.mark.lambda_failure("audit", ValueError(), attempts=[1])
class TestIt(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def environment(self, lambda_events):
        self.environment = lambda_events

    def test_met(self):
        event = self.environment.function(stall.audit).invoke_async()
        self.environment.run_until_idle()
        assert [attempt.error_type for attempt in event.attempts] == ["ValueError", None]

    @pytest.mark.lambda_throttle("audit", times=9)
    def test_unmet(self):
        self.environment.function(stall.audit)
""",
    )

    result.assert_outcomes(passed=2, errors=1)
    assert "Planned for 'audit' and never met: throttle, times=9" in told(result, "ERROR at teardown of TestIt.test_unmet")


@pytest.mark.usefixtures("beside_all")
@pytest.mark.parametrize("mark", ["asyncio", "anyio"])
def test_markers_work_on_async_tests(pytester: pytest.Pytester, mark: str) -> None:
    pytester.makeconftest("import pytest\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'")
    result = run(
        pytester,
        f"""
@pytest.mark.{mark}
@pytest.mark.lambda_failure("audit", ValueError(), attempts=[1])
async def test_met(lambda_events):
    event = lambda_events.function(stall.audit).invoke_async()
    lambda_events.run_until_idle()
    assert [attempt.error_type for attempt in event.attempts] == ["ValueError", None]

@pytest.mark.{mark}
@pytest.mark.lambda_throttle("audit", times=9)
async def test_unmet(lambda_events):
    lambda_events.function(stall.audit)
""",
    )

    result.assert_outcomes(passed=2, errors=1)
    assert "Planned for 'audit' and never met: throttle, times=9" in told(result, "ERROR at teardown of test_unmet")


def test_markers_work_under_xdist(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.mark.lambda_failure("audit", ValueError(), attempts=[1])
def test_met(lambda_events):
    event = lambda_events.function(stall.audit).invoke_async()
    lambda_events.run_until_idle()
    assert [attempt.error_type for attempt in event.attempts] == ["ValueError", None]

@pytest.mark.lambda_failure("audit", ValueError("a"), attempts=[9])
def test_unmet(lambda_events):
    lambda_events.function(stall.audit)
""",
        "-p", "xdist.plugin", "-n", "1",
    )  # fmt: skip

    result.assert_outcomes(passed=2, errors=1)
    assert told(result, "ERROR at teardown of test_unmet").endswith(NEVER_TRIED.format("ValueError('a'), attempts=[9]", 11))


# ------------------------------------------------------------------ never met

NEVER_TRIED = (
    "Planned for 'audit' and never met: {}  (marker, test_orders.py:{})\n"
    "What ran: nothing, 'audit' was never tried.\n"
    "Let it run, for example with run_until_idle(), give optional=True, or set lambda_events_assert_all_faults_met = false."
)


def test_a_marker_for_an_unknown_function_lists_those_that_there_are(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.mark.lambda_failure("chrage", TimeoutError("bank is closed"))
def test_one(lambda_events):
    lambda_events.function(stall.charge, on_failure=lambda_events.queue("failures"), maximum_retry_attempts=0)
    orders = lambda_events.queue("orders")
    clicks = lambda_events.stream("clicks")
    lambda_events.function(stall.audit, timeout=9).add_event_source(orders)
    lambda_events.function(stall.audit, name="index").add_event_source(
        clicks, starting_position="LATEST", bisect_batch_on_function_error=True)
""",
    )

    result.assert_outcomes(passed=1, errors=1)
    assert told(result, "ERROR at teardown of test_one") == (
        "lambda_failure names function 'chrage', but this test had none of that name (marker, test_orders.py:5). "
        "Its functions:\n"
        "- charge   (asynchronous, on_failure=failures, maximum_retry_attempts=0)\n"
        "- audit    (queue orders, batch_size=10, timeout=9)\n"
        "- index    (stream clicks, batch_size=100, bisect_batch_on_function_error=True)\n"
        "Correct the name, or give optional=True where not every test of the class has it."
    )


def test_a_marker_fails_the_test_if_there_is_no_function(pytester: pytest.Pytester) -> None:
    result = run(pytester, "@pytest.mark.lambda_throttle('charge')\ndef test_one(lambda_events):\n    pass")

    assert told(result, "ERROR at teardown of test_one") == (
        "lambda_throttle names function 'charge', but this test had none (marker, test_orders.py:5), nor any other.\n"
        "Make it in the test, or give optional=True."
    )


def test_a_marker_for_an_unknown_alias_lists_those_that_there_are(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.mark.lambda_failure("audit:life", "timeout")
def test_one(lambda_events):
    function = lambda_events.function(stall.audit)
    function.create_alias("live", function_version=function.publish_version().version)
""",
    )

    assert told(result, "ERROR at teardown of test_one") == (
        "lambda_failure names 'audit:life', but 'audit' has no version or alias 'life' (marker, test_orders.py:5). It has: "
        "$LATEST, 1, live.\n"
        "Correct the name, or give optional=True where not every test of the class has it."
    )


def test_a_planned_fault_that_did_not_happen_fails_the_test_and_shows_what_ran(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.mark.lambda_failure("charge", TimeoutError("bank is closed"), attempts=[4])
def test_one(lambda_events):
    lambda_events.function(stall.charge).invoke_async({"order": 7})
    lambda_events.run_until_idle()
""",
    )

    result.assert_outcomes(passed=1, errors=1)
    assert told(result, "ERROR at teardown of test_one") == (
        "Planned for 'charge' and never met: TimeoutError('bank is closed'), attempts=[4]  (marker, test_orders.py:5)\n"
        "What ran: 1 event, attempts 1 to 3, all function_error, RetriesExhausted at 180 s (maximum_retry_attempts=2).\n"
        "Plan it for attempts 1 to 3, give optional=True, or set lambda_events_assert_all_faults_met = false."
    )


@pytest.mark.parametrize(
    ("marker", "story", "planned", "ran"),
    [
        pytest.param(
            '"timeout", until=timedelta(seconds=20)',
            "lambda_events.advance(30); audit.invoke({})",
            "timeout, until=datetime.timedelta(seconds=20)",
            "What ran: 1 call, attempt 1, success.\nPlan it until later than 30 s, when its first attempt began, ",
            id="too late",
        ),
        pytest.param(
            '"exit", exit_status=0, when=lambda event: event["order"] == 8',
            'audit.invoke({"order": 7}); audit.invoke({"order": 9})',
            "exit, exit_status=0, when=<lambda>",
            "What ran: 2 calls, attempt 1, all success.\nLet its predicate be true of an event such as {\"order\": 9}, ",
            id="another event",
        ),
        pytest.param(
            '"timeout", attempts=[2]',
            'audit.fail("load_error", attempts=[1]); audit.invoke_async(); lambda_events.advance(1)',
            "timeout, attempts=[2]",
            "What ran: 1 event, attempt 1, function_error.\nLet it run on, for example with run_until_idle(), ",
            id="not yet",
        ),
        pytest.param(
            'ValueError("b")',
            'audit.throttle(); audit.invoke_async(); lambda_events.advance(3)',
            "ValueError('b')",
            "What ran: 1 event, attempts 1 to 3, all throttled.\nLet an attempt reach the handler, ",
            id="throttled",
        ),
        pytest.param(
            '"delete"',
            'orders = lambda_events.queue("orders"); audit.add_event_source(orders); audit.fail(KeyError()); '
            'orders.send("a"); lambda_events.advance(30)',
            "delete",
            "What ran: 2 batch attempts, attempts 1 to 2, all function_error.\nLet a batch succeed, ",
            id="no success",
        ),
        pytest.param(
            '"destination"',
            'audit.update(on_failure=lambda_events.queue("failures")); audit.invoke_async(); lambda_events.run_until_idle()',
            "destination",
            "What ran: 1 event, attempt 1, success, Success at 0 s.\nLet something be sent to a destination, ",
            id="no delivery",
        ),
        pytest.param(
            '"timeout", attempts=[5]',
            "audit.fail(ValueError(), times=1); audit.invoke_async(); audit.invoke_async(); lambda_events.run_until_idle()",
            "timeout, attempts=[5]",
            "What ran: 2 events, attempts 1 to 2, 1 function_error and 2 success, 2 Success.\nPlan it for attempts 1 to 2, ",
            id="several events",
        ),
    ],
)  # fmt: skip
def test_the_advice_fits_the_reason_why_the_fault_did_not_happen(
    pytester: pytest.Pytester, marker: str, story: str, planned: str, ran: str
) -> None:
    result = run(
        pytester,
        f"""
@pytest.mark.lambda_failure("audit", {marker})
def test_one(lambda_events):
    audit = lambda_events.function(stall.audit)
    {story}
""",
    )

    assert told(result, "ERROR at teardown of test_one") == (
        f"Planned for 'audit' and never met: {planned}  (marker, test_orders.py:5)\n"
        f"{ran}give optional=True, or set lambda_events_assert_all_faults_met = false."
    )


def test_an_alias_that_was_not_invoked_is_distinguished_from_its_function(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.mark.lambda_failure("audit:1", "timeout")
def test_one(lambda_events):
    function = lambda_events.function(stall.audit)
    function.publish_version()
    function.invoke()
""",
    )

    assert told(result, "ERROR at teardown of test_one") == (
        "Planned for 'audit:1' and never met: timeout  (marker, test_orders.py:5)\n"
        "What ran: nothing, 'audit:1' was never tried.\n"
        "Invoke 'audit:1' or plan it for 'audit', give optional=True, or set lambda_events_assert_all_faults_met = false."
    )


def test_a_function_that_the_test_has_deleted_is_known_by_what_it_did(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.mark.lambda_failure("charge", "timeout", attempts=[4])
def test_one(lambda_events):
    charge = lambda_events.function(stall.charge)
    charge.invoke_async()
    lambda_events.run_until_idle()
    charge.delete()
""",
    )

    assert told(result, "ERROR at teardown of test_one") == (
        "Planned for 'charge' and never met: timeout, attempts=[4]  (marker, test_orders.py:5)\n"
        "What ran: 1 event, attempts 1 to 3, all function_error, RetriesExhausted at 180 s.\n"
        "Plan it for attempts 1 to 3, give optional=True, or set lambda_events_assert_all_faults_met = false."
    )


def test_a_call_that_had_no_effect_names_the_call_that_was_used(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
def test_one(lambda_events):
    audit = lambda_events.function(stall.audit)
    audit.fail(ValueError("a"))
    audit.fail(ValueError("b"))
    audit.invoke()
""",
    )

    assert told(result, "ERROR at teardown of test_one") == (
        "Planned for 'audit' and never met: ValueError('b')  (test_orders.py:8)\n"
        "What ran: 1 call, attempt 1, function_error.\n"
        "In its place struck: ValueError('a')  (test_orders.py:7)\n"
        "Plan one of the two for other attempts, give optional=True, or set lambda_events_assert_all_faults_met = false."
    )


def test_two_faults_that_did_not_happen_are_both_reported(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.mark.lambda_throttle("audit", times=2)
@pytest.mark.lambda_failure("audit", "response", payload={"ok": False})
def test_one(lambda_events):
    lambda_events.function(stall.audit)
""",
    )

    assert told(result, "ERROR at teardown of test_one") == "\n\n".join([
        NEVER_TRIED.format("response, payload={'ok': False}", 5), NEVER_TRIED.format("throttle, times=2", 5),
    ])  # fmt: skip


def test_a_marker_of_a_class_is_found_at_the_class(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.mark.lambda_throttle("audit")
class TestIt:

    def test_one(self, lambda_events):
        lambda_events.function(stall.audit)
""",
    )

    assert told(result, "ERROR at teardown of TestIt.test_one") == NEVER_TRIED.format("throttle", 5)


def test_the_message_of_an_impossible_fault_has_the_reason(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.mark.lambda_failure("charge", "delete")
def test_marker(lambda_events):
    lambda_events.function(stall.charge)

def test_call(lambda_events):
    lambda_events.function(stall.charge).fail("delete")
""",
    )

    why = 'lambda_failure("charge", "delete"): \'charge\' has no SQS event source, so nothing is ever deleted for it.'
    assert told(result, "ERROR at teardown of test_marker") == f"{why}  (marker, test_orders.py:5)"
    result.stdout.fnmatch_lines(
        ["E *LambdaEventsError: charge.fail(\"delete\"): 'charge' has no SQS event source, so nothing is ever deleted for it."]
    )


def test_a_fault_that_happened_writes_nothing(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.mark.lambda_failure("audit", ValueError())
def test_one(lambda_events):
    lambda_events.function(stall.audit).invoke()
""",
    )

    result.assert_outcomes(passed=1)
    assert not any("audit" in line for line in result.outlines)


def test_an_optional_fault_need_not_be_met_nor_have_a_function(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.mark.lambda_failure("audit", "delete", optional=True)
@pytest.mark.lambda_throttle("nobody", optional=True)
@pytest.mark.lambda_throttle("audit:nobody", optional=True)
def test_one(lambda_events):
    lambda_events.function(stall.audit)
""",
    )

    result.assert_outcomes(passed=1)


UNMET = """
{}
@pytest.mark.lambda_failure("audit", "timeout")
def test_one(lambda_events):
    lambda_events.function(stall.audit)
"""
OVERRIDE = """
from dataclasses import replace
import pytest

@pytest.fixture(scope="session")
def lambda_events_config(lambda_events_config):
    return replace(lambda_events_config, assert_all_faults_met=False)
"""


@pytest.mark.parametrize(
    ("ini", "flags", "marker", "conftest"),
    [
        pytest.param("lambda_events_assert_all_faults_met = false", [], "", "", id="ini"),
        pytest.param("", ["--lambda-events-assert-all-faults-met=false"], "", "", id="flag"),
        pytest.param("", [], "@pytest.mark.lambda_events(assert_all_faults_met=False)", "", id="marker"),
        pytest.param("", [], "", OVERRIDE, id="fixture"),
    ],
)
def test_a_setting_lets_faults_be_unmet(
    pytester: pytest.Pytester, ini: str, flags: list[str], marker: str, conftest: str
) -> None:
    pytester.makeini(f"[pytest]\n{ini}")
    pytester.makeconftest(conftest)

    result = run(pytester, UNMET.format(marker), *flags)

    result.assert_outcomes(passed=1)


def test_a_marker_asks_for_all_faults_where_the_ini_file_does_not(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nlambda_events_assert_all_faults_met = false")

    result = run(pytester, UNMET.format("@pytest.mark.lambda_events(assert_all_faults_met=True)"))

    result.assert_outcomes(passed=1, errors=1)


def test_a_misspelt_name_is_reported_also_without_the_check_of_planned_faults(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nlambda_events_assert_all_faults_met = false")

    result = run(pytester, '@pytest.mark.lambda_throttle("nobody")\ndef test_one(lambda_events):\n    pass')

    assert "names function 'nobody'" in told(result, "ERROR at teardown of test_one")


@pytest.mark.parametrize(
    ("before", "ends", "outcomes"),
    [
        pytest.param("", "assert False", {"failed": 1}, id="failed"),
        pytest.param("", "pytest.skip('not today')", {"skipped": 1}, id="skipped"),
        pytest.param("", "pytest.xfail('known')", {"xfailed": 1}, id="xfailed within"),
        pytest.param("@pytest.mark.xfail\n", "assert False", {"xfailed": 1}, id="xfailed"),
    ],
)
def test_a_test_that_did_not_pass_is_not_asked_for_faults(
    pytester: pytest.Pytester, before: str, ends: str, outcomes: dict[str, int]
) -> None:
    result = run(
        pytester,
        f"""
{before}@pytest.mark.lambda_failure("audit", "timeout")
@pytest.mark.lambda_failure("nobody", "timeout")
def test_one(lambda_events):
    lambda_events.function(stall.audit)
    {ends}
""",
    )

    result.assert_outcomes(**outcomes)
    assert not any("never met" in line or "had none" in line for line in result.outlines)


@pytest.mark.skipif(not hasattr(pytest, "Subtests"), reason="pytest has subtests since 9.0")
@pytest.mark.parametrize(("ends", "is_asked"), [("assert False", False), ("pass", True)], ids=["failed", "passed"])
def test_a_test_with_a_failed_subtest_is_not_checked_for_planned_faults(
    pytester: pytest.Pytester, ends: str, is_asked: bool
) -> None:
    result = run(
        pytester,
        f"""
@pytest.mark.lambda_failure("audit", "timeout")
def test_one(lambda_events, subtests):
    lambda_events.function(stall.audit)
    with subtests.test("first"):
        {ends}
    with subtests.test("second"):
        pass
""",
    )

    assert any("never met" in line for line in result.outlines) is is_asked


def test_a_test_whose_other_fixture_fails_is_not_asked_for_faults(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.fixture
def broken(lambda_events):
    raise ValueError("broken")

@pytest.mark.lambda_failure("audit", "timeout")
def test_one(lambda_events, broken):
    pass
""",
    )

    result.assert_outcomes(errors=1)
    assert not any("audit" in line for line in result.outlines if line.startswith(("Planned", "lambda_failure")))


# ------------------------------------------------------------------ without the fixture

PLAIN = """
from pytest_lambda_events import LambdaEvents

def test_one():
    with LambdaEvents() as environment:
        function = environment.function(stall.audit)
        function.throttle(times=2)
        {}
"""


def test_leaving_the_block_of_an_environment_raises_for_a_fault_that_was_never_met(pytester: pytest.Pytester) -> None:
    result = run(pytester, PLAIN.format("pass"))

    result.stdout.fnmatch_lines(
        [
            "E *FaultNotMet: Planned for 'audit' and never met: throttle, times=2  (test_orders.py:10)",
            "E       What ran: nothing, 'audit' was never tried.",
        ]
    )
    assert not any("environment.py" in line for line in result.outlines)


def test_the_error_is_an_assertion_error(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        "import unittest\n" + PLAIN.format("pass").replace("    with", "  with pytest.raises(AssertionError):\n    with"),
    )

    result.assert_outcomes(passed=1)


def test_a_fault_that_was_never_met_hides_no_exception_of_the_block(pytester: pytest.Pytester) -> None:
    result = run(pytester, PLAIN.format('raise ValueError("mine")'))

    result.stdout.fnmatch_lines(["E *ValueError: mine"])
    assert not any("never met" in line for line in result.outlines)


# ------------------------------------------------------------------ given wrongly


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        pytest.param(
            'lambda_failure("charge", "time-out")',
            'lambda_failure("charge", "time-out"): \'time-out\' is not a failure. Pass an exception, or a name. Did you mean '
            "'timeout'? Names: timeout, out_of_memory, exit, load_error, response, service_error, "
            "destination, dead_letter_queue, delete, checkpoint, duplicate, split.",
            id="no such failure",
        ),
        pytest.param(
            'lambda_failure("charge")',
            f"lambda_failure(\"charge\"): missing a required argument: 'failure'. {TAKES}",
            id="no failure",
        ),
        pytest.param(
            'lambda_failure(function="charge", failure="timeout", attempt=[1])',
            'lambda_failure(function="charge", failure="timeout"): got an unexpected keyword argument \'attempt\'. ' + TAKES,
            id="unknown keyword",
        ),
        pytest.param(
            'lambda_failure("charge", "timeout", [1])',
            f'lambda_failure("charge", "timeout", [1]): too many positional arguments. {TAKES}',
            id="positional selection",
        ),
        pytest.param(
            'lambda_throttle("charge", "busy")',
            'lambda_throttle("charge", "busy"): too many positional arguments. It takes (function, *, reason=..., '
            "attempts=None, times=None, until=None, when=None, optional=False).",
            id="positional reason",
        ),
        pytest.param(
            'lambda_failure(stall.charge, "timeout")',
            'lambda_failure(charge, "timeout"): the function name is invalid. Pass text such as "charge", or "charge:live" '
            "for its alias live.",
            id="a function",
        ),
        pytest.param(
            'lambda_throttle("arn:aws:lambda:us-east-1:123456789012:function:charge")',
            'lambda_throttle("arn:aws:lambda:us-east-1:123456789012:function:charge"): the function name is invalid. Pass '
            'text such as "charge", or "charge:live" for its alias live.',
            id="an ARN",
        ),
        pytest.param(
            'lambda_failure("charge", TimeoutError)',
            'lambda_failure("charge", TimeoutError): TimeoutError is a class. Pass an exception, such as '
            "TimeoutError('reason').",
            id="a class",
        ),
        pytest.param(
            'lambda_failure("charge", "timeout", attempts=1)',
            'lambda_failure("charge", "timeout"): attempts=1 is not a list of attempt numbers. Pass attempts=[1, 2], for '
            "example.",
            id="a number for attempts",
        ),
        pytest.param(
            'lambda_failure("charge", "delete", after_handler=True)',
            "lambda_failure(\"charge\", \"delete\"): after_handler=True needs an exception, 'timeout', 'out_of_memory' or "
            "'exit': 'delete' does not happen in the handler. Leave after_handler out.",
            id="a combination that cannot be",
        ),
    ],
)
def test_an_invalid_marker_fails_the_test_immediately(pytester: pytest.Pytester, marker: str, message: str) -> None:
    result = run(pytester, f"@pytest.mark.{marker}\ndef test_one(lambda_events):\n    print('RAN')")

    result.assert_outcomes(errors=1)
    assert told(result, "ERROR at setup of test_one") == message
    assert "RAN" not in result.outlines


def test_a_marker_on_a_test_without_the_fixture_is_refused(pytester: pytest.Pytester) -> None:
    result = run(pytester, '@pytest.mark.lambda_failure("charge", "timeout")\ndef test_one():\n    pass')

    assert told(result, "ERROR at teardown of test_one") == (
        'lambda_failure("charge", "timeout"): this test opens no simulated AWS, so the marker has no effect. Use the fixture '
        "lambda_events, or pass optional=True if only some tests of the class or module use it."
    )


def test_a_test_may_ask_for_the_fixture_while_it_runs_but_must_ask_if_it_has_a_marker(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
pytestmark = pytest.mark.lambda_failure("audit", "timeout")

def test_asks(request):
    request.getfixturevalue("lambda_events").function(stall.audit).invoke()

def test_does_not(request):
    pass
""",
    )

    result.assert_outcomes(passed=2, errors=1)
    assert told(result, "ERROR at teardown of test_does_not").startswith(
        'lambda_failure("audit", "timeout"): this test opens no simulated AWS, so the marker has no effect.'
    )


def test_an_optional_marker_of_a_class_spares_its_tests_without_the_fixture(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.mark.lambda_failure("audit", ValueError(), optional=True)
class TestIt:
    def test_without(self):
        pass

    def test_with(self, lambda_events):
        assert lambda_events.function(stall.audit).invoke().function_error == "Unhandled"
""",
    )

    result.assert_outcomes(passed=2)


def test_a_fixture_may_bring_the_environment_to_a_test_with_a_marker(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.fixture
def audit(lambda_events):
    return lambda_events.function(stall.audit)

@pytest.mark.lambda_failure("audit", ValueError())
def test_one(audit):
    assert audit.invoke().function_error == "Unhandled"
""",
    )

    result.assert_outcomes(passed=1)


def test_the_markers_are_listed_with_what_they_take(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("--markers")

    listed = [line for line in result.outlines if line.startswith("@pytest.mark.lambda_")]
    assert [line.partition("(")[0] for line in listed] == [
        "@pytest.mark.lambda_events", "@pytest.mark.lambda_failure", "@pytest.mark.lambda_throttle",
        "@pytest.mark.lambda_explore", "@pytest.mark.lambda_template",
    ]  # fmt: skip
    assert TAKES.removeprefix("It takes ").removesuffix(".") in listed[1]
