"""Measures in two processes in turn: this version against bare `mock_aws`, or against the commit before calls became fast.

A module with measurements has the dictionary `MEASUREMENTS`: functions that get a side, and return the seconds (or bytes) that
one call, message or attempt takes. A process of each side answers on request, so that its imports are not measured.
"""

from __future__ import annotations

import gc
import importlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from measuring import Pairs, Row, paired, text_of

PROJECT = Path(__file__).resolve().parents[1]
THIS = "this version"
MOCK_AWS = "bare mock_aws"
FORMER = "the former version"
FORMER_COMMIT = "dedfb12"
PAIRS = 7
MILLISECONDS = 1000.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """A measurement of this version against another side, and the limit of their ratio."""

    name: str
    against: str
    ratio: float
    unit: str = "ms"
    scale: float = MILLISECONDS
    """What the numbers of the measurement are multiplied with."""


@contextmanager
def opened(side: str) -> Iterator[None]:
    """Opens moto's simulated AWS or an environment. Nothing else is imported in the process."""
    if side == MOCK_AWS:
        from moto import mock_aws

        with mock_aws():
            yield
    else:
        from pytest_lambda_events import LambdaEvents

        with LambdaEvents():
            yield


def compared(module: str, comparisons: Iterable[Comparison]) -> Iterator[Row]:
    """Yields the rows of the comparisons. Their measurements are in `module`."""
    with ExitStack() as stack:
        processes: dict[str, _Process] = {}
        for comparison in comparisons:
            for side in (THIS, comparison.against):
                if side not in processes:
                    processes[side] = stack.enter_context(_Process(module, side, stack.enter_context(folder_of(side))))
            yield _row(comparison, processes[THIS], processes[comparison.against])


def _row(comparison: Comparison, this: _Process, other: _Process) -> Row:
    name = comparison.name
    # The first measurement fills caches and is not counted.
    this.measured(name), other.measured(name)
    return row_of(comparison, paired(lambda: this.measured(name), lambda: other.measured(name), rounds=PAIRS))


def row_of(comparison: Comparison, pairs: Pairs) -> Row:
    """Returns the row with the ratio."""
    name, unit, scale = comparison.name, comparison.unit, comparison.scale
    ours, others = (text_of(median * scale) for median in pairs.medians)
    note = f"{ours} {unit} against {others} {unit}"
    return pairs.ratio(f"{name} / {comparison.against}", limit=comparison.ratio, note=note)


@contextmanager
def folder_of(side: str) -> Iterator[Path]:
    """Yields the folder with the package of a side. That of the former version is taken from git."""
    if side != FORMER:
        yield PROJECT
        return
    with tempfile.TemporaryDirectory() as folder:
        command = ["git", "archive", "--format=tar", FORMER_COMMIT, "pytest_lambda_events"]
        try:
            archive = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True).stdout
        except (OSError, subprocess.CalledProcessError) as error:
            raise SystemExit(
                f"git does not have commit {FORMER_COMMIT}, with which some rows compare. Run the benchmarks in a full clone."
            ) from error
        subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
        yield Path(folder)


def variables_of(folder: Path) -> dict[str, str]:
    """Returns the environment variables of a process that imports the package from `folder`, and keeps compiled modules."""
    variables = {**os.environ, "PYTHONPATH": str(folder), "PYTHONHASHSEED": "0"}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    return variables


class _Process:
    """A process of one side. It measures on request."""

    def __init__(self, module: str, side: str, folder: Path) -> None:
        self._command = [sys.executable, __file__, module, side]
        self._folder = folder

    def __enter__(self) -> _Process:
        self._process = subprocess.Popen(
            self._command, env=variables_of(self._folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *error: object) -> None:
        # Without input it ends.
        self._process.communicate()

    def measured(self, name: str) -> float:
        """Returns what the measurement returns in that process."""
        print(name, file=self._pipe(self._process.stdin), flush=True)
        answer = self._pipe(self._process.stdout).readline()
        if not answer:
            raise RuntimeError(f"The process that measured {name!r} has ended: {' '.join(self._command)}")
        return float(answer)

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        if pipe is None:
            raise RuntimeError("The process has no pipe.")
        return pipe


def main() -> None:
    """Answers each line of the standard input, the name of a measurement, with the measured number."""
    module, side = sys.argv[1:]
    measurements = importlib.import_module(module).MEASUREMENTS
    # Handlers print to the standard output.
    answers, sys.stdout = sys.stdout, sys.stderr
    if side != MOCK_AWS:
        _check_package()
    for line in sys.stdin:
        gc.collect()
        print(measurements[line.strip()](side), file=answers, flush=True)


def _check_package() -> None:
    import pytest_lambda_events

    if Path(pytest_lambda_events.__file__).parents[1] != Path(os.environ["PYTHONPATH"]):
        raise RuntimeError(f"The package was imported from {pytest_lambda_events.__file__}, not {os.environ['PYTHONPATH']}.")


if __name__ == "__main__":
    main()
