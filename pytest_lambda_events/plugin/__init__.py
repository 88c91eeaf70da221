"""pytest's endpoint: options, markers, fixtures and reports.

Importing this loads nothing of boto3, moto or freezegun: what a test does not use, it does not pay for.
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
    """What reports show, and the options of an environment."""
    group = parser.getgroup("lambda-events", "AWS Lambda events (pytest-lambda-events)")
    reports.add_options(parser, group)
    pages.add_options(group)
    options.add_options(parser, group)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Let `conftest.py` files import modules that make boto3 clients."""
    with region_for_conftests(options.early_region(early_config)):
        return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, refuse invalid options, and set a default region for clients that modules make at import."""
    config.addinivalue_line(
        "markers",
        "lambda_events(*, region_name=..., account_id=..., seed=..., start_time=..., ...): "
        "set options of the fake AWS for this test, class or module, by the names of LambdaEventsConfig's fields; "
        "the closest marker wins for each option.",
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
    pages.check_options(config)
    config.add_cleanup(set_default_region(region_name))


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Make the hooks known that others may implement."""
    from .. import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """Explain `==` between our values, lists of them, and matchers of them; leave all else to pytest."""
    if op != "==":
        return None
    # Only a comparison that has failed is explained: most runs never come here.
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
    """The environment of a fixture of any scope, until its teardown."""
    from ..environment import LambdaEvents
    from ..handles.unmet_faults import FaultNotMet

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
    # A test that has failed, or skipped the rest, says more by itself.
    if unmet and (not isinstance(node, pytest.Item) or faults.has_passed(node)):
        pytest.fail(unmet, pytrace=False)


@pytest.fixture
def lambda_events(request: pytest.FixtureRequest, lambda_events_config: LambdaEventsConfig) -> Iterator[LambdaEvents]:
    """A fake AWS with a virtual clock, in which Lambda handlers really run: a `LambdaEvents`, fresh for each test.

    Make what you need, such as `lambda_events.function(handler)` and `lambda_events.queue("orders")`, or use boto3; send
    something; let time pass with `lambda_events.run_until_idle()` or `lambda_events.advance(seconds)`; then look at what
    happened. Afterwards the clock, moto and the environment are as before. A planned fault that was never met fails the
    test at its end.
    """
    yield from _opened(request, lambda_events_config)


@pytest.fixture(scope="class")
def lambda_events_class(request: pytest.FixtureRequest, lambda_events_config: LambdaEventsConfig) -> Iterator[LambdaEvents]:
    """`lambda_events` for all tests of a class, which share its state and its clock. Reports show each test's own part."""
    yield from _opened(request, lambda_events_config)


@pytest.fixture(scope="module")
def lambda_events_module(request: pytest.FixtureRequest, lambda_events_config: LambdaEventsConfig) -> Iterator[LambdaEvents]:
    """`lambda_events` for all tests of a module, which share its state and its clock. Reports show each test's own part."""
    yield from _opened(request, lambda_events_config)


@pytest.fixture(scope="session")
def lambda_events_session(request: pytest.FixtureRequest, lambda_events_config: LambdaEventsConfig) -> Iterator[LambdaEvents]:
    """`lambda_events` for all tests of a run, which share its state and its clock. Reports show each test's own part."""
    yield from _opened(request, lambda_events_config)
