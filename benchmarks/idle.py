"""What the plugin costs a test run that does not use it."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

from measuring import Row, paired
from sides import FORMER, MILLISECONDS, PROJECT, Comparison, folder_of, row_of, variables_of

PAIRS_OF_STARTS = 40
PAIRS_OF_OTHERS = 15
WITHOUT = "without the plugin"
PLUGIN = "lambda_events"
TIME_MACHINE = "time_machine"
"""A dependency that is a plugin of pytest too."""
IMPORTED = """
import time, pytest
started = time.process_time()
import pytest_lambda_events.plugin
print(time.process_time() - started)
"""


def measure() -> Iterator[Row]:
    """Yields the import of the plugin, and the start of pytest on a file with one empty test, with and without the plugin."""
    yield from _importing()
    yield from _starting()


def _importing() -> Iterator[Row]:
    with folder_of(FORMER) as former:
        _imported(PROJECT), _imported(former)
        pairs = paired(lambda: _imported(PROJECT), lambda: _imported(former), rounds=PAIRS_OF_OTHERS)
    yield row_of(Comparison("importing the plugin", FORMER, ratio=0.2), pairs)


def _starting() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_empty.py").write_text("def test_nothing(): ...\n", encoding="utf-8")
        _start(folder, PLUGIN)
        pairs = paired(lambda: _start(folder, PLUGIN), lambda: _start(folder), rounds=PAIRS_OF_STARTS)
        yield row_of(Comparison("pytest, the plugin is unused", WITHOUT, ratio=1.02), pairs)
        pairs = paired(lambda: _start(folder, PLUGIN, TIME_MACHINE), lambda: _start(folder, PLUGIN), rounds=PAIRS_OF_OTHERS)
    yield pairs.difference("pytest, time-machine's plugin is unused too - without it", "ms", scale=MILLISECONDS)


def _imported(package: Path) -> float:
    """Returns the CPU seconds of importing the plugin in a new process that has imported pytest."""
    # Python imports from the working directory first.
    return float(subprocess.check_output([sys.executable, "-c", IMPORTED], cwd=package, env=variables_of(package)))


def _start(folder: str, *plugins: str) -> float:
    """Returns the CPU seconds of a whole run of pytest. Of the installed plugins it loads these."""
    off = ["cacheprovider", *(plugin.name for plugin in entry_points(group="pytest11") if plugin.name not in plugins)]
    command = [sys.executable, "-m", "pytest", "-q", *(f"-pno:{name}" for name in off), "."]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, env=variables_of(PROJECT), check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
