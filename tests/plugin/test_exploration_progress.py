"""A terminal shows how far an exploration is."""

from __future__ import annotations

import pytest
from plugin.test_exploration import ALWAYS, run

TERMINAL = """
    import pytest

    @pytest.hookimpl(trylast=True)
    def pytest_configure(config):
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        reporter.isatty = type(reporter.isatty)(True)
"""
LINE = "test_always: 1 executions, 0 failed, * per second*"


@pytest.fixture(autouse=True)
def no_continuous_integration(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)


def shown(result: pytest.RunResult) -> pytest.LineMatcher:
    """What was written, also lines that were overwritten."""
    return pytest.LineMatcher(result.stdout.str().replace("\r", "\n").splitlines())


def test_a_terminal_shows_executions_and_their_rate(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(TERMINAL)

    result = run(pytester, ALWAYS)

    result.assert_outcomes(passed=1)
    shown(result).fnmatch_lines([LINE, "*test_a_terminal_shows_executions_and_their_rate.py .*"])


def test_a_file_shows_no_progress(pytester: pytest.Pytester) -> None:
    shown(run(pytester, ALWAYS)).no_fnmatch_line(LINE)


def test_continuous_integration_shows_no_progress(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    pytester.makeconftest(TERMINAL)

    shown(run(pytester, ALWAYS)).no_fnmatch_line(LINE)
