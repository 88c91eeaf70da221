"""What the plugin costs a test run that does not use it."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

from measuring import Row

PAIRS = 40
LIMIT_MS = 5
LIMIT_OF_THE_IMPORT_MS = 1.5
NAME = "lambda_events"
IMPORTED = """
import time, pytest
started = time.process_time()
import pytest_lambda_events.plugin
print(time.process_time() - started)
"""


def measure() -> Iterator[Row]:
    """The CPU time of starting pytest on a file with one empty test, with and without the plugin."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_empty.py").write_text("def test_nothing(): ...\n", encoding="utf-8")
        _start(folder)
        _imported(folder)
        differences = [_difference(folder, with_plugin_first=bool(number % 2)) for number in range(PAIRS)]
        imported = [_imported(folder) for _ in range(PAIRS)]
    yield Row("start-up, installed but unused", statistics.median(differences) * 1000, "ms", LIMIT_MS)
    quarters = statistics.quantiles(differences)
    yield Row("a quarter of the pairs differ by more than", quarters[2] * 1000, "ms")
    yield Row("and a quarter by less than", quarters[0] * 1000, "ms")
    yield Row("of it: importing the plugin", statistics.median(imported) * 1000, "ms", LIMIT_OF_THE_IMPORT_MS)


def _difference(folder: str, *, with_plugin_first: bool) -> float:
    """CPU seconds with the plugin minus those without; who begins takes turns, since caches favor the second."""
    if with_plugin_first:
        with_plugin, without = _start(folder), _start(folder, NAME)
    else:
        without, with_plugin = _start(folder, NAME), _start(folder)
    return with_plugin - without


def _start(folder: str, *off: str) -> float:
    """CPU seconds of one run without the plugins named, and without those of others."""
    turned_off = ["cacheprovider", *off, *(plugin.name for plugin in entry_points(group="pytest11") if plugin.name != NAME)]
    command = [sys.executable, "-m", "pytest", "-q", *(f"-pno:{name}" for name in turned_off), "."]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, env=_environment(folder), check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _imported(folder: str) -> float:
    """CPU seconds of importing the plugin where pytest is imported already."""
    return float(subprocess.check_output([sys.executable, "-c", IMPORTED], env=_environment(folder)))


def _environment(folder: str) -> dict[str, str]:
    """With compiled modules kept from run to run, as wherever something is installed."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": f"{folder}/compiled"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment
