"""Shows on a terminal how far an exploration is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ..exploration.result import Exploration
from ..simulation.threads import real_monotonic

_REAL_SECONDS_BETWEEN_LINES = 0.5
_CI_VARIABLES = ("CI", "BUILD_NUMBER")
"""The variables by which pytest recognizes continuous integration."""


@contextmanager
def shown_progress(item: pytest.Item) -> Iterator[Callable[[Exploration], None] | None]:
    """Yields what shows the progress of an exploration. It is None if nobody would see it."""
    plugins = item.config.pluginmanager
    reporter, capture = plugins.get_plugin("terminalreporter"), plugins.get_plugin("capturemanager")
    if reporter is None or capture is None or not reporter.isatty or any(map(os.environ.get, _CI_VARIABLES)):
        yield None
        return
    line = _Line(item.name, reporter, capture)
    try:
        yield line.show
    finally:
        line.clear()


class _Line:
    """One line on the terminal, which is written again and again."""

    def __init__(self, name: str, reporter: Any, capture: Any) -> None:
        self._name = name
        self._reporter = reporter
        self._capture = capture
        self._began = real_monotonic()
        self._last: float | None = None

    def show(self, result: Exploration) -> None:
        """Shows how many executions have run, unless it has been shown just before."""
        now = real_monotonic()
        if self._last is not None and now - self._last < _REAL_SECONDS_BETWEEN_LINES:
            return
        rate = result.executions / max(now - self._began, 0.001)
        text = f"{self._name}: {result.executions} executions, {result.failed} failed, {rate:.0f} per second"
        with self._capture.global_and_fixture_disabled():
            if self._last is None:
                self._reporter.ensure_newline()
            self._reporter.rewrite(text, erase=True)
            self._reporter.flush()
        self._last = now

    def clear(self) -> None:
        """Removes the line. pytest then begins a new one for the result of the test."""
        if self._last is not None:
            with self._capture.global_and_fixture_disabled():
                self._reporter.rewrite("", erase=True)
                self._reporter.flush()
