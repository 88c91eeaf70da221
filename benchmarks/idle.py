"""What the plugin costs a test run that does not use it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from measuring import Row, interleaved

ROUNDS = 15
LIMIT_MS = 5


def measure() -> Iterator[Row]:
    """The CPU time of starting pytest on a file with one empty test, with and without the plugin."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_empty.py").write_text("def test_nothing(): ...\n", encoding="utf-8")
        _start(folder, "lambda_events")
        with_plugin, without = interleaved(
            lambda: _start(folder, "lambda_events"), lambda: _start(folder, "no:lambda_events"), rounds=ROUNDS
        )
    yield Row("start-up, installed but unused", (with_plugin - without) * 1000, "ms", LIMIT_MS)
    yield Row("pytest with the plugin", with_plugin * 1000, "ms")
    yield Row("pytest with -p no:lambda_events", without * 1000, "ms")


def _start(folder: str, plugin: str) -> float:
    """CPU seconds of one run. Other plugins stay out: they would only add noise to both sides."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", plugin, "."],
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        check=True,
        capture_output=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
