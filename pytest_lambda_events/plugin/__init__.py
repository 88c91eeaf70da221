"""The pytest plugin: options, markers, fixtures and reports.

Each test run loads this package, also one that does not use the plugin. So it does not import boto3, moto or freezegun, and
imports modules of its own inside functions if only some test runs need them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ..option_defaults import RegionOfProcess
from . import startup

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from syrupy.assertion import SnapshotAssertion

    from ..config import LambdaEventsConfig
    from ..deployment.stack import Stack
    from ..environment import LambdaEvents


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options of reports and of environments."""
    startup.add_options(parser, parser.getgroup("lambda-events", "AWS Lambda events (pytest-lambda-events)"))


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Lets `conftest.py` files import modules that create boto3 clients."""
    with startup.region_for_conftests(startup.early_region(early_config)):
        return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Registers the markers, checks the options, and sets a default region for clients that modules create at import."""
    from . import environments

    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    config.pluginmanager.register(environments, "lambda_events_environments")
    if startup.has_options(config):
        from .options import checked_region

        region_name = checked_region(config)
    else:
        # Most projects set no option. Then nothing is checked, and the checks are not imported.
        region_name = RegionOfProcess.current()
    if startup.timeline_mode(config) != "failed":
        from .reports import check_timeline

        check_timeline(config)
    if config.getoption(startup.REPORT_FLAG) is not None:
        from . import pages

        pages.configure(config)
    if startup.explore_workers(config) != "1":
        from . import workers

        workers.configure(config)
    config.add_cleanup(startup.set_default_region(region_name))


_MARKERS = (
    (
        "lambda_events(*, region_name=..., account_id=..., seed=..., start_time=..., ...): "
        "sets options of the simulated AWS for this test, class or module. The names are the fields of LambdaEventsConfig. "
        "For each option the closest marker applies."
    ),
    (
        "lambda_failure(function, failure, *, after_handler=False, payload=None, exit_status=1, sizes=(), attempts=None, "
        "times=None, until=None, when=None, optional=False): plans a failure of the function with this name in this "
        "test, class or module. `failure` is an exception or one of timeout, out_of_memory, exit, load_error, response, "
        "service_error, destination, dead_letter_queue, delete, checkpoint, duplicate, split. attempts, times, until and when "
        "select the attempts. The closest marker wins. If the failure does not happen and is not optional, the test fails."
    ),
    (
        "lambda_throttle(function, *, reason=..., attempts=None, times=None, until=None, when=None, optional=False): plans "
        "throttles (status 429) of the function with this name in this test, class or module. The selection is that of "
        "lambda_failure."
    ),
    (
        "lambda_explore(*, crash=True, timeouts=True, duplicates=True, throttles=True, lost_acknowledgements=True, "
        "errors=True, order=True, delays=True, crash_around=(), max_faults=2, max_executions=2000, max_seconds=10, "
        "random_executions=0, seed=0, state=None, replay=None): runs this test many times, each time with other failures, "
        "duplicates and orders that AWS allows, and reports the shortest list of them with which it fails."
    ),
    (
        "lambda_template(source, *, parameters=None, name='stack', ignore=(), handlers=None, exports=None): the template that "
        "the fixture lambda_stack deploys for this test, class or module. The closest marker applies."
    ),
)


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Prints the table of a template instead of running tests, if the flag is given."""
    if not config.getoption(startup.SHOW_STACK_FLAG):
        return None
    from .templates import show_stack

    return show_stack(config)


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


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Explores the examples of an async test of Hypothesis when its function has become synchronous."""
    if startup.AROUND_CALL not in pyfuncitem.stash:
        return (yield)
    with pyfuncitem.stash[startup.AROUND_CALL]():
        return (yield)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Opens one environment before the first test of Hypothesis, so that its deadline does not count the imports."""
    if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
        from .property_tests import warm_up

        warm_up(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows what happened to the events of a test that fails, also in a fixture."""
    if call.excinfo is not None and not item.config.getoption("fulltrace"):
        from .tracebacks import shorten_traceback

        shorten_traceback(call)
    report = yield
    owner, environment = startup.environment_of(item)
    if startup.IS_COPY in item.stash:
        return report
    if item.get_closest_marker(startup.EXPLORE_MARKER) is not None and isinstance(item, pytest.Function):
        from . import exploration

        exploration.complete(item, report)
    if environment is not None:
        from . import reports

        reports.complete(item, report, owner, environment)
    return report


def _opened(request: pytest.FixtureRequest, config: LambdaEventsConfig) -> Iterator[LambdaEvents]:
    """Yields the environment of a fixture of any scope, and closes it at teardown."""
    from ..environment import LambdaEvents
    from ..errors import LambdaEventsError
    from ..faults.unmet import FaultNotMet
    from .options import options_of

    node = request.node
    unmet = refused = ""
    is_open = False
    try:
        with LambdaEvents(**options_of(node, config)) as environment:
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
    if unmet and (not isinstance(node, pytest.Item) or startup.has_passed(node)):
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


@pytest.fixture
def lambda_stack(request: pytest.FixtureRequest, lambda_events: LambdaEvents) -> Stack:
    """The deployed template of the test, a `Stack`: that of the marker `lambda_template`, or the ini value
    `lambda_events_template`.

    Override it in a conftest.py to deploy with other arguments: `return lambda_events.deploy("template.yaml", ...)`.
    """
    from .templates import stack_of

    return stack_of(request, lambda_events)


@pytest.fixture(scope="session")
def lambda_events_config(pytestconfig: pytest.Config) -> LambdaEventsConfig:
    """The options from the ini file, a `LambdaEventsConfig`.

    Override this fixture in a conftest.py or a module to change them there, with
    `return dataclasses.replace(lambda_events_config, seed=7)`. Markers and flags win over it.
    """
    from .options import configured

    return configured(pytestconfig, flags=False)


@pytest.fixture
def record_snapshot(request: pytest.FixtureRequest, lambda_events_config: LambdaEventsConfig) -> SnapshotAssertion:
    """Compares normalized values with a golden file: `assert queue.invocation_records == record_snapshot`.

    It is the snapshot of syrupy, and accepts records, dead letters, messages, events, batches, journal entries and
    timelines. `--snapshot-update` writes and updates the files. Needs the extra `golden`.
    """
    from .golden import snapshot_of

    return snapshot_of(request, lambda_events_config)
