"""Observes the environments that open while a test runs: they get the options, hooks and faults of the test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from .startup import ENVIRONMENT, EXECUTION

if TYPE_CHECKING:
    from ..environment import LambdaEvents

Node = Any
"""A test, or the class, module or session of a fixture with a wider scope."""


class TestObserver:
    """Observes the environments that open while one test runs."""

    __test__ = False

    def __init__(self, item: pytest.Item) -> None:
        self.nodes: list[Node] = [item]
        """The test, followed by the nodes of the fixtures that are being set up."""

    def options(self) -> Mapping[str, Any]:
        """Returns the options from the ini file, markers and flags."""
        from . import options

        node = self.nodes[-1]
        return options.options_of(node, options.configured(node.config, flags=False))

    def opens(self, environment: LambdaEvents) -> None:
        """Sets the hooks of the test's plugins, and the folder at which a relative `code_uri` starts."""
        from . import faults

        node = self.nodes[-1]
        environment._hooks = faults.hooks_of(node)
        environment._root = node.config.rootpath
        execution = self.nodes[0].stash.get(EXECUTION, None)
        if execution is not None:
            environment._explore(execution)

    def has_opened(self, environment: LambdaEvents) -> None:
        """Announces the environment to reports, plans the faults of the markers, and calls the hook."""
        from . import faults

        node = self.nodes[-1]
        node.stash[ENVIRONMENT] = environment
        faults.plan(node, environment)
        node.ihook.pytest_lambda_events_started(lambda_events=environment)

    def closes(self, environment: LambdaEvents) -> None:
        """Calls the hook."""
        self.nodes[0].ihook.pytest_lambda_events_ended(lambda_events=environment)
