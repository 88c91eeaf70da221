"""Environments that other fixtures, classes and `setUp` methods open: options, markers and reports as with the fixture."""

from __future__ import annotations

import pytest

HANDLERS = """
import unittest
import pytest
from pytest_lambda_events import LambdaEvents

def refuse(event, context):
    raise ValueError("refused " + event["order"])
"""
FAILS = "*ValueError: refused {}*"


def run(pytester: pytest.Pytester, source: str, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(HANDLERS + source)
    return pytester.runpytest("-p", "no:randomly", *arguments)


OPENED = {
    "setUp and addCleanup": """
class TestOrders(unittest.TestCase):
    def setUp(self):
        self.lambda_events = LambdaEvents()
        self.lambda_events.__enter__()
        self.addCleanup(self.lambda_events.__exit__, None, None, None)

    {marker}
    def test_one(self):
        {body}
""",
    "setUp and tearDown": """
class TestOrders(unittest.TestCase):
    def setUp(self):
        self.lambda_events = LambdaEvents().__enter__()

    def tearDown(self):
        self.lambda_events.__exit__(None, None, None)

    {marker}
    def test_one(self):
        {body}
""",
    "setUpClass": """
class TestOrders(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lambda_events = LambdaEvents().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.lambda_events.__exit__(None, None, None)

    {marker}
    def test_one(self):
        {body}
""",
    "a module's fixture": """
@pytest.fixture(scope="module")
def own():
    with LambdaEvents() as lambda_events:
        yield lambda_events

class TestOrders:
    @pytest.fixture(autouse=True)
    def kept(self, own):
        self.lambda_events = own

    {marker}
    def test_one(self):
        {body}
""",
    "lambda_events_class": """
class TestOrders:
    @pytest.fixture(autouse=True)
    def kept(self, lambda_events_class):
        self.lambda_events = lambda_events_class

    {marker}
    def test_one(self):
        {body}
""",
    "lambda_events_session": """
class TestOrders:
    @pytest.fixture(autouse=True)
    def kept(self, lambda_events_session):
        self.lambda_events = lambda_events_session

    {marker}
    def test_one(self):
        {body}
""",
}
everywhere = pytest.mark.parametrize("source", OPENED.values(), ids=OPENED)


@everywhere
def test_a_failing_test_shows_its_timeline(pytester: pytest.Pytester, source: str) -> None:
    body = 'assert self.lambda_events.function(refuse).invoke({"order": "7"}).function_error is None'

    result = run(pytester, source.format(marker="", body=body), "--lambda-events-report=pages")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*lambda events: timeline*", FAILS.format(7)])
    assert [FAILS.strip("*").format(7) in page.read_text() for page in (pytester.path / "pages").glob("*-*.html")] == [True]


@everywhere
def test_a_marker_plans_a_failure(pytester: pytest.Pytester, source: str) -> None:
    marker = '@pytest.mark.lambda_failure("refuse", KeyError("planned"))'
    body = 'assert self.lambda_events.function(refuse).invoke({"order": "7"}).payload["errorType"] == "KeyError"'

    result = run(pytester, source.format(marker=marker, body=body))

    result.assert_outcomes(passed=1)


@everywhere
def test_a_marker_that_never_takes_effect_fails(pytester: pytest.Pytester, source: str) -> None:
    marker = '@pytest.mark.lambda_failure("refuse", KeyError("planned"))'

    result = run(pytester, source.format(marker=marker, body="self.lambda_events.function(refuse)"))

    assert result.parseoutcomes().keys() & {"failed", "errors"}
    result.stdout.fnmatch_lines(["*Planned for 'refuse' and never met*"])


@everywhere
def test_the_ini_file_sets_options(pytester: pytest.Pytester, source: str) -> None:
    body = 'assert self.lambda_events.config.account_id == "210987654321"'

    result = run(pytester, source.format(marker="", body=body), "-o", "lambda_events_account_id=210987654321")

    result.assert_outcomes(passed=1)


def test_tests_that_share_an_environment_show_their_own_part_and_their_own_markers(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.fixture(scope="module")
def function(lambda_events_module):
    return lambda_events_module.function(refuse)

def test_first(function):
    assert function.invoke({"order": "first"}).payload["errorType"] == "ValueError"

@pytest.mark.lambda_failure("refuse", KeyError("planned"))
def test_planned(function):
    assert function.invoke({"order": "planned"}).payload["errorType"] == "KeyError"

def test_last(function):
    assert function.invoke({"order": "last"}).payload["errorType"] != "ValueError"
""",
    )

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines([FAILS.format("last")])
    result.stdout.no_fnmatch_line(FAILS.format("first"))
    result.stdout.no_fnmatch_line("*planned*")


def test_the_markers_of_a_module_and_its_first_test_are_kept_apart(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
pytestmark = pytest.mark.lambda_events(seed=7)

@pytest.mark.lambda_events(seed=8)
def test_first(lambda_events_module):
    assert lambda_events_module.config.seed == 7

def test_second(lambda_events_module):
    assert lambda_events_module.config.seed == 7
""",
    )

    result.assert_outcomes(passed=2)


def test_an_environment_takes_the_options_of_the_marker_of_the_test_that_makes_it(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.mark.lambda_events(seed=8, account_id="210987654321")
def test_it():
    with LambdaEvents(seed=9) as own:
        assert (own.config.seed, own.config.account_id) == (9, "210987654321")
""",
    )

    result.assert_outcomes(passed=1)
