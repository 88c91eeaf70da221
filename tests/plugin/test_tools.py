"""Coverage and the debugger work in a handler, across its sleeps."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

STORY = """
    import time

    def handler(event, context):
        before = event["seconds"]
        time.sleep(before)
        after = before + 1
        return after

    def test_overlap(lambda_events):
        slow = lambda_events.function(handler, timeout=60)
        events = [slow.invoke_async({"seconds": seconds}) for seconds in (3, 1, 2)]
        lambda_events.advance(10)
        answers = [event.attempts[0].response for event in events]
        assert answers == [4, 2, 3]
"""


@pytest.mark.parametrize("branch", [False, True], ids=["lines", "branches"])
def test_coverage_of_handler_and_test_is_complete_with_the_default_tracer(pytester: pytest.Pytester, branch: bool) -> None:
    path = pytester.makepyfile(test_story=STORY)
    environment = {**os.environ, "COVERAGE_CORE": "ctrace", "COVERAGE_FILE": str(pytester.path / ".coverage")}
    environment.pop("COVERAGE_PROCESS_START", None)
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    command = [sys.executable, "-m", "coverage", "run", f"--include={path}", *(["--branch"] if branch else [])]

    subprocess.run(
        [*command, "-m", "pytest", "-q", "-p", "pytest_lambda_events.plugin", "-p", "no:cacheprovider", str(path)],
        env=environment, cwd=pytester.path, check=True, capture_output=True,
    )  # fmt: skip
    report = subprocess.run(
        [sys.executable, "-m", "coverage", "report", "-m"],
        env=environment,
        cwd=pytester.path,
        capture_output=True,
        text=True,
    )

    assert "100%" in report.stdout, report.stdout


def test_the_debugger_steps_over_a_sleep(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import time

        def handler(event, context):
            breakpoint()
            time.sleep(5)
            reached = "after the sleep"
            return reached

        def test_debug(lambda_events):
            fn = lambda_events.function(handler, timeout=60)
            assert fn.invoke().payload == "after the sleep"
            assert lambda_events.elapsed == 5
        """
    )

    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:randomly", "-p", "no:cacheprovider"],
        input="next\nnext\np reached\nnext\np 'still ' + 'here'\ncontinue\n",
        capture_output=True, text=True, cwd=Path(pytester.path), timeout=60,
    )  # fmt: skip

    assert "1 passed" in result.stdout, result.stdout
    assert "still here" in result.stdout
