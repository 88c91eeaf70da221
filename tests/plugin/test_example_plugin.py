"""The plugin of the page on writing one, as a conftest and as a plugin that is named on the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PLUGIN = (Path(__file__).resolve().parents[2] / "docs" / "examples" / "tries_plugin.py").read_text(encoding="utf-8")
TESTS = """
    def test_ship(lambda_events):
        ship = lambda_events.function("ShipFunction", name="ship")
        ship.add_event_source(lambda_events.queues["letters"])
        lambda_events.queues["letters"].send("a")
        lambda_events.run_until_idle()

    def test_charge(lambda_events):
        charge = lambda_events.function("ChargeFunction", name="charge", maximum_retry_attempts=1)
        charge.invoke_async()
        lambda_events.run_until_idle()
"""


@pytest.fixture(params=["conftest", "plugin"])
def options(request: pytest.FixtureRequest, pytester: pytest.Pytester) -> list[str]:
    pytester.makepyfile(TESTS)
    if request.param == "conftest":
        pytester.makeconftest(PLUGIN)
        return []
    pytester.makepyfile(tries_plugin=PLUGIN)
    pytester.syspathinsert()
    return ["-p", "tries_plugin"]


def test_the_example_has_handlers_and_a_queue_and_asks_that_nothing_is_lost(
    pytester: pytest.Pytester, options: list[str]
) -> None:
    result = pytester.runpytest(*options)

    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_charge*", "E *AssertionError: 1 of 1 accepted was lost: *"])


def test_the_example_shows_tries_where_that_is_wanted(pytester: pytest.Pytester, options: list[str]) -> None:
    result = pytester.runpytest(*options, "--show-tries", "-s", "-p", "no:randomly")

    assert re.findall(r"\d+ s: .*", result.stdout.str()) == [
        "0 s: ship begins try 1 with 1 records",
        "0 s: ship, success",
        "0 s: charge begins try 1 with an event",
        "0 s: charge, card expired",
        "60 s: charge begins try 2 with an event",
        "60 s: charge, card expired",
    ]


def test_the_example_shows_nothing_where_that_is_not_wanted(pytester: pytest.Pytester, options: list[str]) -> None:
    result = pytester.runpytest(*options, "-s")

    assert not any("begins try" in line for line in result.outlines)
