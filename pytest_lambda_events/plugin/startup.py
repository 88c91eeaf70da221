"""What each test run with the plugin needs, also one that opens no environment: the definitions of the options, the default
region, and what the hooks share about a test.

pytest rewrites modules of plugins, and loads each object of such a module slowly. So all other code is in other modules.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from ..option_defaults import OPTIONS, OUR_DEFAULT, REGION_VARIABLES, RegionOfProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from ..environment import LambdaEvents

ENVIRONMENT: pytest.StashKey[LambdaEvents] = pytest.StashKey()
"""In the stash of a test, or of the class, module or session whose fixture opened the environment."""
BEGAN: pytest.StashKey[int] = pytest.StashKey()
"""In the stash of a test: the length of the journal of a shared environment when the test began."""
PAGES: pytest.StashKey[Any] = pytest.StashKey()
"""In the stash of the configuration: what writes report pages, if the flag is given."""
PASSED: pytest.StashKey[bool] = pytest.StashKey()
FAULT_MARKERS = ("lambda_failure", "lambda_throttle")
AROUND_CALL: pytest.StashKey[Callable[[], AbstractContextManager[None]]] = pytest.StashKey()
"""What is open while the function of a test is called."""
EXECUTION: pytest.StashKey[Any] = pytest.StashKey()
"""In the stash of an explored test: what chooses in its environment."""
COMPARED: pytest.StashKey[Any] = pytest.StashKey()
"""In the stash of an explored test that failed: what its page shows above the failure."""
SUMMARY_PROPERTY = "lambda_events_exploration"
"""The property of a report with the summary of its exploration."""
NOT_RUN = "were not run: the budget was used up"
"""A part of the summary of an exploration that was cut short."""
CLOSING: pytest.StashKey[Callable[[LambdaEvents], None]] = pytest.StashKey()
"""In the stash of an explored test: what is called before its environment closes."""
IS_COPY: pytest.StashKey[bool] = pytest.StashKey()
"""In the stash of a copy of an explored test."""
SHARED_FOLDER: pytest.StashKey[Any] = pytest.StashKey()
"""In the stash of the configuration of a worker of pytest-xdist: the folder of explorations that several workers run."""
EXPLORE_MARKER = "lambda_explore"
EXPLORE_FLAG = "--lambda-events-explore"
EXPLORE_BOUNDS = {
    "max_faults": ("2", "How many faults happen in one execution of an exploration."),
    "max_executions": ("2000", "How many executions of one exploration run."),
    "max_seconds": ("10", "How many real seconds one exploration takes."),
    "random_executions": ("0", "How many executions of one exploration draw their choices, after all others."),
    "seed": ("0", "The seed of these choices."),
}
"""Bounds of explorations that ini values can change: their defaults, and texts for the help."""
EXPLORE_WORKERS_FLAG = "--lambda-events-explore-workers"
TEMPLATE_MARKER = "lambda_template"
TEMPLATE_FLAGS = {
    "template": "--lambda-events-template",
    "template_parameters": "--lambda-events-template-parameters",
    "template_ignore": "--lambda-events-template-ignore",
}
SHOW_STACK_FLAG = "--lambda-events-show-stack"
REPORT_FLAG = "--lambda-events-report"
TIMELINE_FLAG = "--lambda-events-timeline"
AWS_FILES = {"AWS_CONFIG_FILE": "~/.aws/config", "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials"}
"""The variables that name AWS's configuration files, and the paths that are used if they are not set."""


def environment_of(item: pytest.Item) -> tuple[Any, LambdaEvents | None]:
    """Returns the environment that a test uses, and the test, class, module or session that it belongs to."""
    for node in reversed(item.listchain()):
        environment = node.stash.get(ENVIRONMENT, None)
        if environment is not None:
            return node, environment
    return None, None


def has_passed(item: pytest.Item) -> bool:
    """Returns whether the test function itself has passed so far."""
    return item.stash.get(PASSED, False)


def add_options(parser: pytest.Parser, group: pytest.OptionGroup) -> None:
    """Adds the options of reports, and an ini value and a flag for each option of an environment."""
    timeline = "Which tests show the timeline of their events: failed, all (seen with -rP) or off. Default: failed"
    parser.addini("lambda_events_timeline", timeline, default="failed")
    group.addoption(TIMELINE_FLAG, default=None, metavar="failed|all|off", help=timeline)
    group.addoption(
        REPORT_FLAG, default=None, metavar="DIR",
        help="Write an HTML page for each test into this folder, with the timeline of its events as a picture, and an "
        "index.html of all tests. Default: none",
    )  # fmt: skip
    _add_template_options(parser, group)
    explored = "How tests with the marker lambda_explore are explored: off, quick or deep. Default: quick"
    parser.addini("lambda_events_explore", explored, default="quick")
    group.addoption(EXPLORE_FLAG, default=None, metavar="off|quick|deep", help=explored)
    for name, (default, text) in EXPLORE_BOUNDS.items():
        parser.addini(f"lambda_events_explore_{name}", f"{text} Default: {default}", default=None)
    workers = "How many workers of pytest-xdist run one exploration together: a number or auto, which is all. Default: 1"
    parser.addini("lambda_events_explore_workers", workers, default="1")
    group.addoption(EXPLORE_WORKERS_FLAG, default=None, metavar="NUMBER|auto", help=workers)
    for name, option in OPTIONS.items():
        help_text = f"{option.help} Default: {text_of(option.default)}"
        kind: Any = "linelist" if isinstance(option.default, tuple) else None
        parser.addini(f"lambda_events_{name}", help_text, type=kind, default=None)
        metavar = option.metavar or _METAVARS[type(option.default)]
        # Without `dest`, pytest compares the name with all other options.
        group.addoption(flag_of(name), default=None, metavar=metavar, help=help_text, dest=f"lambda_events_{name}")


def _add_template_options(parser: pytest.Parser, group: pytest.OptionGroup) -> None:
    texts = {
        "template": "The template file or folder that the fixture lambda_stack deploys, relative to pytest's rootdir.",
        "template_parameters": "Values of the template's parameters, as NAME=VALUE.",
        "template_ignore": "Resources that are not created although they deliver events: logical ids, types, patterns.",
    }
    for name, flag in TEMPLATE_FLAGS.items():
        is_list = name != "template"
        help_text = f"{texts[name]} Default: none"
        kind: Any = "linelist" if is_list else None
        parser.addini(f"lambda_events_{name}", help_text, type=kind, default=None)
        metavar = {"template": "PATH", "template_parameters": "NAME=VALUE", "template_ignore": "NAME"}[name]
        group.addoption(flag, action="append" if is_list else "store", default=None, metavar=metavar, help=help_text)
    group.addoption(
        SHOW_STACK_FLAG, action="store_true", default=False,
        help="Print what the template's resources become, and run no tests.",
    )  # fmt: skip


def flag_of(name: str) -> str:
    """Returns the flag of an option."""
    return f"--lambda-events-{name.replace('_', '-')}"


_METAVARS: dict[type, str] = {bool: "true|false", int: "NUMBER", float: "SECONDS"}


def text_of(default: object) -> str:
    """Returns the default of an option as text for the command line."""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return ",".join(default) or "none"
    return f"{default:.15g}" if isinstance(default, float) else str(default)


def has_options(config: pytest.Config) -> bool:
    """Returns whether an ini value or a flag sets an option of environments."""
    return any(config.getini(f"lambda_events_{name}") is not None for name in OPTIONS) or any(
        config.getoption(flag_of(name)) is not None for name in OPTIONS
    )


def timeline_mode(config: pytest.Config) -> str:
    """Returns the option that selects the timelines to show."""
    return str(config.getoption(TIMELINE_FLAG) or config.getini("lambda_events_timeline"))


def explore_workers(config: pytest.Config) -> str:
    """Returns the option that decides how many workers of pytest-xdist run one exploration."""
    return str(config.getoption(EXPLORE_WORKERS_FLAG) or config.getini("lambda_events_explore_workers"))


def early_region(config: pytest.Config) -> str:
    """Returns the region from the command line, the ini file or a variable, before pytest parses options. Checks nothing."""
    flag = getattr(config.known_args_namespace, "lambda_events_region_name", None)
    return str(flag or config.getini("lambda_events_region_name") or RegionOfProcess.current())


def set_default_region(region_name: str) -> Callable[[], None]:
    """Sets `AWS_DEFAULT_REGION` unless boto3 already finds a region. Returns a function that undoes it."""
    variable = REGION_VARIABLES[0]
    if os.environ.get(variable) or _has_region_in_files():
        return _nothing
    os.environ[variable] = os.environ[OUR_DEFAULT] = region_name

    def undo() -> None:
        os.environ.pop(OUR_DEFAULT, None)
        # A value that other code has set since stays.
        if os.environ.get(variable) == region_name:
            del os.environ[variable]

    return undo


def _nothing() -> None:
    """Does nothing, because nothing was set."""


def _has_region_in_files() -> bool:
    if not any(_exists(os.path.expanduser(os.environ.get(name) or path)) for name, path in AWS_FILES.items()):
        return False
    from .aws_files import has_region_in_files

    return has_region_in_files(os.environ, AWS_FILES)


def _exists(path: str) -> bool:
    """Returns whether a file exists. Also true if that is unknown."""
    try:
        os.stat(path)
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        pass
    return True


@contextmanager
def region_for_conftests(region_name: str) -> Iterator[None]:
    """Lets boto3 find a region in a separate configuration file while pytest loads the first `conftest.py` files.

    These may still set `AWS_DEFAULT_REGION`, also with `setdefault`, so this variable is not changed. An existing
    configuration file is not changed either.
    """
    variable, path = next(iter(AWS_FILES.items()))
    if os.environ.get(REGION_VARIABLES[0]) or os.environ.get(variable) or os.path.exists(os.path.expanduser(path)):
        yield
        return
    descriptor, file = tempfile.mkstemp(prefix="lambda_events")
    with open(descriptor, "w", encoding="utf-8") as stream:
        stream.write(f"[default]\nregion = {region_name}\n")
    os.environ[variable] = file
    try:
        yield
    finally:
        if os.environ.get(variable) == file:
            del os.environ[variable]
        with suppress(FileNotFoundError):
            os.unlink(file)
