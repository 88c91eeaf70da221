"""The workers of pytest-xdist run one exploration together, with the result of one process."""

from __future__ import annotations

import re

import pytest
from plugin.test_exploration import ALWAYS, ONCE, run

OF_SESSION = """
    import os

    import pytest

    @pytest.fixture(scope="session", autouse=True)
    def of_session():
        yield
        with open("ended.txt", "a") as file:
            file.write(os.environ.get("PYTEST_XDIST_WORKER", "alone") + " ")
"""


def explorations(result: pytest.RunResult) -> list[str]:
    """What the reports tell about explorations, without real seconds."""
    lines = [line for line in result.outlines if line.startswith(("Execution ", "To repeat it:", "Explored ", "  the "))]
    return [re.sub(r" in [0-9.]+ s", "", line) for line in lines]


def test_two_workers_find_what_one_process_finds(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    # This test may run in a worker itself.
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    pytester.makeconftest(OF_SESSION)
    alone = run(pytester, ONCE, ALWAYS, flags=("-rP",))
    workers = ("-p", "xdist.plugin", "-n", "2", "--lambda-events-explore-workers=auto")

    together = run(pytester, ONCE, ALWAYS, flags=(*workers, "-rP", "--junitxml=junit.xml"))

    together.assert_outcomes(failed=1, passed=1)
    together.stdout.fnmatch_lines(["2 workers [[]4 items[]]"])
    assert explorations(together) == explorations(alone) != []
    assert 'tests="2"' in (pytester.path / "junit.xml").read_text()
    assert sorted((pytester.path / "ended.txt").read_text().split()) == ["alone", "gw0", "gw1"]


def test_an_unknown_number_of_workers_is_a_usage_error(pytester: pytest.Pytester) -> None:
    result = run(pytester, ALWAYS, flags=("--lambda-events-explore-workers=all",))

    result.stderr.fnmatch_lines(["*--lambda-events-explore-workers=all is not a number of workers. Pass a number or auto.*"])
