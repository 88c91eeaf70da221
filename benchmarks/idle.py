"""What the plugin costs a test run that does not use it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from measuring import Row, interleaved, seconds_of

ROUNDS = 25
LIMIT_MS = 5
NEIGHBORS = ("anyio", "asyncio", "hypothesispytest", "randomly", "xdist", "xdist.looponfail")


def measure() -> Iterator[Row]:
    """The time of starting pytest on a file with one empty test, with and without the plugin."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_empty.py").write_text("def test_nothing(): ...\n", encoding="utf-8")
        _start(folder)
        with_plugin, without = interleaved(
            lambda: seconds_of(lambda: _start(folder)),
            lambda: seconds_of(lambda: _start(folder, "-p", "no:lambda_events")),
            rounds=ROUNDS,
        )
    yield Row("start-up, installed but unused", (with_plugin - without) * 1000, "ms", LIMIT_MS)
    yield Row("pytest with the plugin", with_plugin * 1000, "ms")
    yield Row("pytest with -p no:lambda_events", without * 1000, "ms")


def _start(folder: str, *arguments: str) -> None:
    """One run. Other plugins stay out: they would only add noise to both sides."""
    others = [argument for name in NEIGHBORS for argument in ("-p", f"no:{name}")]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *others, *arguments, "."]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
