"""Deploys the stacks of a source into an environment, and keeps their names and exports."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ..arguments import alternatives, shown
from ..config import LambdaEventsConfig
from ..errors import LambdaEventsError, hides_frames
from ..handles.handlers import Handler
from ..handles.resources import FunctionApi, Resources
from ..templates.errors import TemplateError
from ..templates.place import Place
from ..templates.source import StackSource
from ..templates.sources import sources_of
from .deployment import Deployment, Options
from .stack import Stack

__tracebackhide__ = hides_frames

_STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")


class Stacks:
    """The stacks that an environment has."""

    def __init__(self, config: LambdaEventsConfig, api: FunctionApi, client: Callable[[str], Any]) -> None:
        self._config = config
        self._api = api
        self._client = client
        self._deployed: dict[str, Stack] = {}

    def deploy(
        self,
        source: str | os.PathLike[str] | Any,
        resources: Resources,
        root: Path,
        name: str,
        parameters: Mapping[str, Any] | None,
        ignore: Iterable[str],
        handlers: Mapping[str, Handler | str | os.PathLike[str]] | None,
        exports: Mapping[str, Any] | None,
    ) -> Stack:
        """Deploys the only stack of a source."""
        options = Options(parameters or {}, tuple(ignore), handlers or {}, exports or {})
        [found] = sources_of(source, root)
        return self._deploy(found, found.name or name, options, resources)

    def _deploy(self, source: StackSource, name: str, options: Options, resources: Resources) -> Stack:
        if not _STACK_NAME.fullmatch(name):
            raise LambdaEventsError(
                f"name={shown(name)} is not the name of a stack. Pass 1 to 128 letters, digits and hyphens, first a letter."
            )
        if name in self._deployed:
            raise LambdaEventsError(
                f"The stack {shown(name)} is deployed already. Pass another name; updates are not simulated."
            )
        place = Place(self._config.account_id, self._config.region_name, name)
        deployment = Deployment(source, place, options, self._api, self._client, lambda export: self._export(export, options))
        deployment.check()
        deployment.create()
        stack = Stack(name, deployment, resources)
        self._deployed[name] = stack
        return stack

    def _export(self, name: str, options: Options) -> Any:
        known: dict[str, Any] = {}
        for stack in self._deployed.values():
            known |= stack.exports
            known |= {f"{stack.name}.{output}": value for output, value in stack.outputs.items()}
        known |= options.exports
        if name not in known:
            hint = f"Pass exports={{{name!r}: ...}}. {alternatives(name, known, label='Known exports')}"
            raise TemplateError(f"No export named {name} found. {hint}")
        return known[name]
