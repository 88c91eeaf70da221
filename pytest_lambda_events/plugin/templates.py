"""The marker `lambda_template`, the fixture `lambda_stack`, and the options for templates."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from ..arguments import alternatives, shown
from ..errors import LambdaEventsError
from .startup import TEMPLATE_FLAGS, TEMPLATE_MARKER

if TYPE_CHECKING:
    from ..deployment.stack import Stack
    from ..environment import LambdaEvents

KEYWORDS = ("parameters", "name", "ignore", "handlers", "exports", "stacks", "run_custom_resources")
"""The keywords of the marker, which are those of `LambdaEvents.deploy`."""
_FLAGS_BY_ARGUMENT = {"parameters": TEMPLATE_FLAGS["template_parameters"], "ignore": TEMPLATE_FLAGS["template_ignore"]}
"""The flags that stand for arguments of `deploy` in messages."""


def stack_of(request: pytest.FixtureRequest, environment: LambdaEvents) -> Stack:
    """Deploys the template of a test: that of its closest marker, or that of the ini file or flag."""
    source, keywords = _given(request.node)
    try:
        return environment.deploy(source, **keywords)
    except LambdaEventsError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


def _given(node: Any) -> tuple[Any, dict[str, Any]]:
    configured = options_of(node.config)
    marker = node.get_closest_marker(TEMPLATE_MARKER)
    if marker is None:
        if "source" not in configured:
            pytest.fail(
                'The fixture lambda_stack has no template. Add the marker @pytest.mark.lambda_template("template.yaml"), '
                "or set the ini value lambda_events_template.", pytrace=False,
            )  # fmt: skip
        return configured.pop("source"), configured
    unknown = [name for name in marker.kwargs if name not in KEYWORDS]
    if unknown:
        known = alternatives(unknown[0], KEYWORDS, label="Keywords")
        pytest.fail(f"The marker lambda_template has no keyword {unknown[0]!r}. {known}", pytrace=False)
    if len(marker.args) > 1 or not (marker.args or "source" in configured):
        pytest.fail(
            f"The marker lambda_template takes one template, not {len(marker.args)}. Pass a path, such as "
            '@pytest.mark.lambda_template("template.yaml").', pytrace=False,
        )  # fmt: skip
    if marker.args:
        return marker.args[0], dict(marker.kwargs)
    source = configured.pop("source")
    return source, {**configured, **marker.kwargs}


def options_of(config: pytest.Config) -> dict[str, Any]:
    """Returns the arguments of `LambdaEvents.deploy` from the ini file and flags. `source` is missing if there is none.

    Raises `pytest.UsageError` for a parameter without a value.
    """
    options: dict[str, Any] = {}
    source = _option(config, "template")
    if source:
        options["source"] = source
    parameters = dict(_pair(text) for text in _option(config, "template_parameters") or ())
    if parameters:
        options["parameters"] = parameters
    ignore = tuple(word for text in _option(config, "template_ignore") or () for word in text.replace(",", " ").split())
    if ignore:
        options["ignore"] = ignore
    return options


def _option(config: pytest.Config, name: str) -> Any:
    return config.getoption(TEMPLATE_FLAGS[name]) or config.getini(f"lambda_events_{name}")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise pytest.UsageError(
            f"lambda_events_template_parameters: {shown(text)} is not NAME=VALUE. Pass such as Stage=test."
        )
    return name.strip(), value.strip()


def refuse_marker(item: pytest.Item) -> None:
    """Fails a test whose own marker `lambda_template` would do nothing, because it does not use the fixture."""
    pytest.fail(
        "This test has the marker lambda_template, but does not use the fixture lambda_stack, which deploys the template. "
        "Add the argument lambda_stack to the test.", pytrace=False,
    )  # fmt: skip


def show_stack(config: pytest.Config) -> int:
    """Prints the table of the template, and returns the exit status: 1 if a resource is refused."""
    from ..environment import LambdaEvents
    from .options import configured

    options: Mapping[str, Any] = options_of(config)
    if "source" not in options:
        raise pytest.UsageError("--lambda-events-show-stack needs a template. Pass --lambda-events-template=template.yaml.")
    status = pytest.ExitCode.OK
    with LambdaEvents(**vars(configured(config))) as environment:
        environment._root = config.rootpath
        try:
            stack = environment.deploy(**options)
            text = str(stack)
        except LambdaEventsError as error:
            flags = [f"{flag}=..." for name, flag in _FLAGS_BY_ARGUMENT.items() if f"{name}=" in str(error)]
            hint = f"{os.linesep}On the command line: {', '.join(flags)}" if flags else ""
            text, status = f"{error}{hint}", pytest.ExitCode.TESTS_FAILED
    sys.stdout.write(f"{text}{os.linesep}")
    return int(status)
