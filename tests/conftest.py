"""What every folder of tests shares."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator, Iterator
from types import ModuleType
from typing import Any

import pytest
from example_counts import examples
from hypothesis import HealthCheck, settings

# Property-based tests run a quarter of their examples unless LAMBDA_EVENTS_THOROUGH=1 is set: see example_counts.py.
# How fast the machine is says nothing about the code.
settings.register_profile("suite", max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

pytest_plugins = ["pytester"]


def pytest_configure(config: pytest.Config) -> None:
    """Register the two markers that tie a test to the sheets in docs/rules."""
    if hasattr(config, "workerinput") or not getattr(config.option, "numprocesses", None):
        # Processes that tests start keep the package compiled: to compile it is most of what a start takes.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    config.addinivalue_line("markers", "rule(*ids): the rules that this test checks, as in rule('ASY-41', 'ASY-42')")
    config.addinivalue_line("markers", "scenario(*ids): the scenarios that this test plays, as in scenario('ASY A12')")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuses ids that differ between two processes, because pytest-xdist compares those of its workers."""
    different = [item.nodeid for item in items if " at 0x" in item.nodeid]
    if different:
        raise pytest.UsageError(f"The ids of these tests have an address in memory. Pass `ids`: {different[:5]}")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Looks for no garbage while tests are loaded: nearly everything stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Spare the garbage collector the tests: they live as long as the process, and going through them takes a second."""
    gc.collect()
    gc.freeze()
    # A sixth of the suite's time went into looking for garbage at the usual threshold of 700.
    gc.set_threshold(20_000, *gc.get_threshold()[1:])


@pytest.fixture(scope="module", autouse=True)
def garbage_of_the_module() -> Iterator[None]:
    """Spares the garbage collector the service models and modules that the tests of a module have loaded.

    Otherwise each search for garbage goes through everything that the process has loaded: up to a second.
    """
    yield
    # The second number counts how often the limit of new objects was reached since the last time.
    if gc.get_count()[1]:
        gc.collect()
        gc.freeze()


LIBRARIES = ("boto3", "botocore", "hypothesis", "moto", "py_partiql_parser", "pytest_lambda_events")


class LoadedLibraries:
    """A plugin of inner runs, which remembers the modules of libraries that are loaded when a run ends."""

    def __init__(self) -> None:
        self._modules: dict[str, ModuleType] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        self._modules.update((name, module) for name, module in sys.modules.items() if name.partition(".")[0] in LIBRARIES)

    def register(self) -> None:
        """Registers the modules again that were removed."""
        for name, module in self._modules.items():
            sys.modules.setdefault(name, module)


@pytest.fixture
def loaded_libraries() -> Iterator[LoadedLibraries]:
    """Keeps the libraries that inner runs load. It ends after `pytester`, which removes all modules loaded since its start."""
    libraries = LoadedLibraries()
    yield libraries
    libraries.register()


@pytest.fixture
def pytester(loaded_libraries: LoadedLibraries, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """pytest's own, whose inner runs do not load the same libraries again.

    pytester removes all modules that an inner run loads. To load moto and the package again takes longer than most runs, and
    each copy stays in memory.
    """
    inline_run = pytester.inline_run

    def run(*args: Any, plugins: Any = (), **options: Any) -> pytest.HookRecorder:
        try:
            return inline_run(*args, plugins=[*plugins, loaded_libraries], **options)
        finally:
            loaded_libraries.register()

    monkeypatch.setattr(pytester, "inline_run", run)
    return pytester
