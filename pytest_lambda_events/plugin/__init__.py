"""The pytest plugin: options, markers, fixtures and reports.

This package does not import boto3, moto or freezegun, so tests that do not use the plugin are not slowed down.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

from ..config import LambdaEventsConfig
from ..errors import LambdaEventsError
from . import environments, faults, options, pages, reports
from .default_region import region_for_conftests, set_default_region
from .golden import record_snapshot
from .property_tests import pytest_runtest_setup
from .reports import pytest_runtest_makereport

if TYPE_CHECKING:
    from ..environment import LambdaEvents

__all__ = [
    "lambda_events",
    "lambda_events_class",
    "lambda_events_config",
    "lambda_events_module",
    "lambda_events_session",
    "pytest_addhooks",
    "pytest_addoption",
    "pytest_assertrepr_compare",
    "pytest_configure",
    "pytest_load_initial_conftests",
    "pytest_runtest_makereport",
    "pytest_runtest_setup",
    "record_snapshot",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options of reports and of environments."""
    group = parser.getgroup("lambda-events", "AWS Lambda events (pytest-lambda-events)")
    reports.add_options(parser, group)
    pages.add_options(group)
    options.add_options(parser, group)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Lets `conftest.py` files import modules that create boto3 clients."""
    with region_for_conftests(options.early_region(early_config)):
        return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Registers the markers, checks the options, and sets a default region for clients that modules create at import."""
    config.addinivalue_line(
        "markers",
        "lambda_events(*, region_name=..., account_id=..., seed=..., start_time=..., ...): "
        "sets options of the simulated AWS for this test, class or module. The names are the fields of LambdaEventsConfig. "
        "For each option the closest marker applies.",
    )
    for marker in faults.MARKERS:
        config.addinivalue_line("markers", marker)
    config.pluginmanager.register(faults, "lambda_events_faults")
    config.pluginmanager.register(environments, "lambda_events_environments")
    try:
        region_name = options.configured(config).region_name
    except LambdaEventsError as error:
        raise pytest.UsageError(str(error)) from None
    reports.check_options(config)
    pages.configure(config)
    config.add_cleanup(set_default_region(region_name))


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Adds the hooks of this plugin."""
    from .. import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """Explains a failed `==` between values of this library, lists of them, and matchers."""
    if op != "==":
        return None
    # Imported here, because most test runs have no failed comparison.
    from .comparisons import explained

    return explained(left, right, is_whole=config.getoption("verbose") > 1)


@pytest.fixture(scope="session")
def lambda_events_config(pytestconfig: pytest.Config) -> LambdaEventsConfig:
    """The options from the ini file, a `LambdaEventsConfig`.

    Override this fixture in a conftest.py or a module to change them there, with
    `return dataclasses.replace(lambda_events_config, seed=7)`. Markers and flags win over it.
    """
    return options.configured(pytestconfig, flags=False)


def _opened(request: pytest.FixtureRequest, config: LambdaEventsConfig) -> Iterator[LambdaEvents]:
    """Yields the environment of a fixture of any scope, and closes it at teardown."""
    from ..environment import LambdaEvents
    from ..faults.unmet import FaultNotMet

    node = request.node
    unmet = refused = ""
    is_open = False
    try:
        with LambdaEvents(**options.options_of(node, config)) as environment:
            is_open = True
            yield environment
    except FaultNotMet as error:
        unmet = str(error)
    except LambdaEventsError as error:
        if is_open:
            raise
        refused = str(error)
    if refused:
        pytest.fail(refused, pytrace=False)
    # If the test failed or was skipped, its report is more useful than this message.
    if unmet and (not isinstance(node, pytest.Item) or faults.has_passed(node)):
        pytest.fail(unmet, pytrace=False)


@pytest.fixture
def lambda_events(request: pytest.FixtureRequest, lambda_events_config: LambdaEventsConfig) -> Iterator[LambdaEvents]:
    """A simulated AWS with a virtual clock, in which Lambda handlers run: a new `LambdaEvents` for each test.

    Create resources, for example with `lambda_events.function(handler)`, `lambda_events.queue("orders")` or boto3. Send
    something. Let virtual time pass with `lambda_events.run_until_idle()` or `lambda_events.advance(seconds)`. Then check
    the results. At teardown the clock, moto and the environment variables are restored. If a planned fault did not happen,
    the test fails.
    """
    yield from _opened(request, lambda_events_config)


@pytest.fixture(scope="class")
def lambda_events_class(request: pytest.FixtureRequest, lambda_events_config: LambdaEventsConfig) -> Iterator[LambdaEvents]:
    """`lambda_events` for all tests of a class, which share it. Each report shows only the part of its test."""
    yield from _opened(request, lambda_events_config)


@pytest.fixture(scope="module")
def lambda_events_module(request: pytest.FixtureRequest, lambda_events_config: LambdaEventsConfig) -> Iterator[LambdaEvents]:
    """`lambda_events` for all tests of a module, which share it. Each report shows only the part of its test."""
    yield from _opened(request, lambda_events_config)


@pytest.fixture(scope="session")
def lambda_events_session(request: pytest.FixtureRequest, lambda_events_config: LambdaEventsConfig) -> Iterator[LambdaEvents]:
    """`lambda_events` for all tests of a run, which share it. Each report shows only the part of its test."""
    yield from _opened(request, lambda_events_config)
