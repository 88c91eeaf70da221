"""Tests the plugin of docs/how-to/write-a-plugin.md, as a conftest.py and with -p on the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PLUGIN = (Path(__file__).resolve().parents[2] / "docs" / "examples" / "attempts_plugin.py").read_text(encoding="utf-8")
TESTS = """
    def test_ship(lambda_events):
        ship = lambda_events.function("ShipFunction", name="ship")
        ship.add_event_source(lambda_events.queues["parcels"])
        lambda_events.queues["parcels"].send("a")
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
    pytester.makepyfile(attempts_plugin=PLUGIN)
    pytester.syspathinsert()
    return ["-p", "attempts_plugin"]


def test_plugin_finds_handlers_and_creates_a_queue_and_reports_lost_data(
    pytester: pytest.Pytester, options: list[str]
) -> None:
    result = pytester.runpytest(*options)

    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_charge*", "E *AssertionError: 1 of 1 accepted was lost: *"])


def test_plugin_prints_attempts_with_the_option(pytester: pytest.Pytester, options: list[str]) -> None:
    result = pytester.runpytest(*options, "--show-attempts", "-s", "-p", "no:randomly")

    assert re.findall(r"\d+ s: .*", result.stdout.str()) == [
        "0 s: ship starts attempt 1 with 1 records",
        "0 s: ship ended: success",
        "0 s: charge starts attempt 1 with an event",
        "0 s: charge ended: card expired",
        "60 s: charge starts attempt 2 with an event",
        "60 s: charge ended: card expired",
    ]


def test_plugin_prints_nothing_without_the_option(pytester: pytest.Pytester, options: list[str]) -> None:
    result = pytester.runpytest(*options, "-s")

    assert not any("starts attempt" in line for line in result.outlines)
