"""Lets the workers of pytest-xdist run one exploration together.

pytest-xdist runs each test in one worker. So each explored test gets companion items at the end of the run, one for each
other worker. They run executions of its exploration if a worker has nothing else to do, and have no report.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Generator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from .startup import EXPLORE_MARKER, EXPLORE_WORKERS_FLAG, SHARED_FOLDER, explore_workers

_FOLDER = "lambda_events_explorations"
"""The key of the folder in what the controller sends to its workers."""


def configure(config: pytest.Config) -> None:
    """Registers what controller and workers need. Raises `pytest.UsageError` for an invalid number."""
    given = explore_workers(config)
    if given != "auto" and not (given.isdecimal() and int(given)):
        raise pytest.UsageError(f"{EXPLORE_WORKERS_FLAG}={given} is not a number of workers. Pass a number or auto.")
    workerinput: dict[str, Any] | None = getattr(config, "workerinput", None)
    if workerinput is None:
        config.pluginmanager.register(_Controller(config), "lambda_events_explore_controller")
        return
    folder = Path(workerinput.get(_FOLDER, ""))
    # A worker on another machine has no access to it.
    if workerinput.get(_FOLDER) and folder.is_dir():
        count = int(workerinput["workercount"])
        config.stash[SHARED_FOLDER] = folder
        helpers = (count if given == "auto" else min(int(given), count)) - 1
        config.pluginmanager.register(_Worker(helpers), "lambda_events_explore_worker")


class _Controller:
    """Creates the folder if there are workers, and removes it at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @cached_property
    def _folder(self) -> str:
        folder = tempfile.mkdtemp(prefix="lambda_events_explorations")
        self._config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        return folder

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Sends the folder to a worker."""
        node.workerinput[_FOLDER] = self._folder


class Helper(pytest.Item):
    """Helps another worker to explore a test."""

    def __init__(self, *, item: pytest.Function, **options: Any) -> None:
        super().__init__(**options)
        self.item = item

    def runtest(self) -> None:
        """Does nothing. The executions run before the item itself, as those of an explored test."""


class _Worker:
    def __init__(self, helpers: int) -> None:
        self._helpers = helpers

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, None, None]:
        """Adds companion items for the explored tests that are left when all others have selected theirs."""
        yield
        explored = [item for item in items if item.get_closest_marker(EXPLORE_MARKER) and isinstance(item, pytest.Function)]
        for number in range(self._helpers):
            items += [_helper(item, number + 1) for item in explored]

    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Runs a companion item. Only an error in the teardown of fixtures of a wider scope is reported."""
        if not isinstance(item, Helper):
            return None
        from .exploration import help_to_explore

        help_to_explore(item.item, item)
        _run(item, "setup", lambda: item.ihook.pytest_runtest_setup(item=item))
        _run(item, "teardown", lambda: item.ihook.pytest_runtest_teardown(item=item, nextitem=nextitem))
        return True


def _helper(item: pytest.Function, number: int) -> Helper:
    parent: Any = item.parent
    made: Helper = Helper.from_parent(parent, name=f"{item.name} (helper {number})", item=item)
    return made


def _run(item: pytest.Item, when: Any, run: Callable[[], None]) -> None:
    call = pytest.CallInfo.from_call(run, when=when, reraise=(pytest.exit.Exception, KeyboardInterrupt))
    report = item.ihook.pytest_runtest_makereport(item=item, call=call)
    if report.failed:
        item.ihook.pytest_runtest_logreport(report=report)
