"""Deploys the stacks of a source into an environment, and keeps their names and exports."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..arguments import alternatives, shown
from ..config import LambdaEventsConfig
from ..errors import LambdaEventsError, NotSimulatedError, hides_frames
from ..handles.resources import FunctionApi, Resources
from ..journal.entry import NOBODY
from ..journal.events import Warned
from ..journal.journal import Journal
from ..templates.errors import TemplateError
from ..templates.names import generated_name
from ..templates.place import Place
from ..templates.source import StackSource
from ..templates.sources import sources_of
from .deployment import Deployment
from .ignored import check_ignored
from .options import Options
from .stack import Stack
from .template_warnings import FILTERS, RULES, RUN_TIME, run_time_rules, warnings_of

__tracebackhide__ = hides_frames

_STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_LONGEST_NAME = 128


class Stacks:
    """The stacks that an environment has, also nested ones."""

    def __init__(self, config: LambdaEventsConfig, api: FunctionApi, client: Callable[[str], Any], journal: Journal) -> None:
        self._config = config
        self._journal = journal
        self._api = api
        self._client = client
        self._deployed: dict[str, Deployment] = {}

    def deploy(
        self,
        source: str | os.PathLike[str] | Any,
        root: Path,
        stacks: Collection[str] | None,
        name: str,
        options: Options,
        resources: Resources,
    ) -> Stack:
        """Deploys the stacks of a source in order. Several stacks become one `Stack` that has all of them.

        Args:
            source: A path, or a CDK application or assembly.
            root: The folder at which a relative path starts.
            stacks: Which stacks of a CDK assembly are deployed. None means all.
            name: The name of the stacks that have none of their own.
            options: What the test gives.
            resources: The handles of the environment.
        """
        sources = sources_of(source, root, stacks)
        for one in sources:
            self._check_place(one)
        given = _parameters_of(sources, options.parameters)
        deployments = [
            self._prepared(one, one.name or name, parameters, options) for one, parameters in zip(sources, given, strict=True)
        ]
        _check(deployments)
        # Event source mappings warn as soon as they are created.
        self._journal.silence(run_time_rules(options.ignore))
        self._create(deployments, options)
        self._warn([inner for one in deployments for inner in one.with_nested()], options.ignore)
        made = {one.place.stack_name: Stack(one.place.stack_name, resources, one) for one in deployments}
        return next(iter(made.values())) if len(made) == 1 else Stack(name, resources, None, made)

    def _prepared(self, source: StackSource, name: str, parameters: Mapping[str, Any], options: Options) -> Deployment:
        if not _STACK_NAME.fullmatch(name):
            raise LambdaEventsError(
                f"name={shown(name)} is not the name of a stack. Pass 1 to 128 letters, digits and hyphens, first a letter."
            )
        if name in self._deployed:
            raise LambdaEventsError(
                f"The stack {shown(name)} is deployed already. Pass another name; updates are not simulated."
            )
        place = Place(self._config.account_id, self._config.region_name, name)
        return Deployment(
            source, place, parameters, options, self._api, self._client,
            lambda export: self._export(export, options), self,
        )  # fmt: skip

    def _create(self, deployments: Sequence[Deployment], options: Options) -> None:
        """Creates all stacks. If one fails, deletes those that were created."""
        done: list[Deployment] = []
        try:
            for one in deployments:
                one.create()
                done.append(one)
                self._keep(one)
            options.custom_resources.check_all_used()
            options.code.check_all_used([name for one in deployments for name in one.functions()])
            resources = [it for one in deployments for inner in one.with_nested() for it in inner.template.resources.values()]
            check_ignored(options.ignore, resources, RULES, tuple(RUN_TIME))
        except BaseException:
            for one in reversed(done):
                one.delete(keep_retained=False)
            raise

    def _warn(self, deployments: Sequence[Deployment], ignore: Collection[str]) -> None:
        """Finds mistakes in the stacks of one call together. The journal has them too (TPL-W7)."""
        found = warnings_of([resource for one in deployments for resource in one.created.values()], ignore)
        for one in deployments:
            one.findings.warnings = [warning for warning in found if warning.stack == one.place.stack_name]
        for warning in found:
            # The journal already has the warning of the event source mapping about its filter (FIL-21).
            if warning.rule != FILTERS:
                self._journal.write(Warned(NOBODY, f"Stack {warning.stack}, {warning}"))

    def _keep(self, deployment: Deployment) -> None:
        name = deployment.place.stack_name
        self._deployed[name] = deployment
        deployment.when_deleted(lambda: self._deployed.pop(name, None))

    def planned(self, parent: Deployment, logical_id: str, source: StackSource, parameters: Mapping[str, Any]) -> Deployment:
        """Returns a nested stack that is not created yet (TPL-7B)."""
        name = generated_name(parent.place.stack_name, logical_id, _LONGEST_NAME)
        return self._prepared(source, name, parameters, parent.options)

    def create_nested(self, nested: Deployment) -> None:
        """Creates a nested stack."""
        _check([nested])
        nested.create()
        self._keep(nested)

    def _check_place(self, source: StackSource) -> None:
        """Raises `LambdaEventsError` if a stack is bound to another account or region (TPL-B8)."""
        config = self._config
        others = {
            option: (wanted, there)
            for option, wanted, there in (
                ("account_id", source.account_id, config.account_id), ("region_name", source.region, config.region_name),
            )
            if wanted is not None and wanted != there
        }  # fmt: skip
        if others:
            what = " and ".join(f"{option} {wanted}" for option, (wanted, _) in others.items())
            here = " and ".join(f"{option} {there}" for option, (_, there) in others.items())
            options = ", ".join(f"{option}={wanted!r}" for option, (wanted, _) in others.items())
            path = source.construct_path or source.name
            raise LambdaEventsError(
                f"The stack {shown(path)} is bound to {what}, but this environment has {here}. "
                f"Set the options {options}, or deploy the other stacks with stacks=[...]."
            )

    def _export(self, name: str, options: Options) -> Any:
        known: dict[str, Any] = {}
        for stack_name, deployment in self._deployed.items():
            known |= deployment.exports
            known |= {f"{stack_name}.{output}": value for output, value in deployment.outputs.items()}
        known |= options.exports
        if name not in known:
            hint = f"Pass exports={{{name!r}: ...}}. {alternatives(name, known, label='Known exports')}"
            raise TemplateError(f"No export named {name} found. {hint}")
        return known[name]


def _check(deployments: Sequence[Deployment]) -> None:
    """Raises `NotSimulatedError` with all resources of all stacks that are refused (TPL-0D)."""
    refused = {name: line for one in deployments for name, line in one.refused().items()}
    if refused:
        raise NotSimulatedError(
            "The template has resources whose effects are not simulated:\n"
            + "\n".join(f"  {line}" for line in refused.values())
            + f"\nDeploy the rest with ignore={list(refused)!r}."
        )


def _parameters_of(sources: Sequence[StackSource], given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Returns the given parameters of each stack.

    Of several stacks, each gets those that it has. `"Stack:Name"` is the parameter of one stack, as for the command cdk.
    """
    if len(sources) == 1:
        return [given]
    declared = [source.body.get("Parameters") or {} for source in sources]
    split: list[dict[str, Any]] = [{} for _ in sources]
    unknown = []
    for name, value in given.items():
        stack, colon, own = name.rpartition(":")
        fitting = [
            index
            for index, source in enumerate(sources)
            if own in declared[index] and (not colon or stack in (source.name, source.construct_path))
        ]
        for index in fitting:
            split[index][own] = value
        if not fitting:
            unknown.append(name)
    if unknown:
        known = ", ".join(dict.fromkeys(name for one in declared for name in one))
        raise TemplateError(f"Parameters: [{', '.join(unknown)}] do not exist in the templates. They have: {known or 'none'}.")
    return list(split)
