"""Deploys one stack: decides what happens to each resource, creates them in order, and undoes that on failure."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import NotSimulatedError
from ..handles.handlers import Handler
from ..handles.resources import FunctionApi
from ..templates.errors import TemplateError
from ..templates.parameters import parameter_values
from ..templates.place import Place
from ..templates.prepared import Prepared, prepared
from ..templates.scope import Nothing, Scope
from ..templates.sections import section
from ..templates.source import StackSource
from ..templates.template import Declared
from ..templates.values import resolved
from ..values import dataclass
from .dynamic_values import with_dynamic_values
from .errors import DeployError
from .findings import Findings
from .made_up import made_up_attribute, made_up_ref
from .making import Made, Making, Undo
from .resource_types import Decision, Treatment, decision_of
from .stack_report import StackResource

FUNCTIONS = ("AWS::Lambda::Function", "AWS::Lambda::Alias", "AWS::Lambda::Version")
NOT_MADE = (Treatment.PLACEHOLDER, Treatment.IGNORED)


@dataclass(frozen=True)
class Options:
    """What a test passes to `deploy` in addition to the source."""

    parameters: Mapping[str, Any]
    ignore: tuple[str, ...]
    handlers: Mapping[str, Handler | str | os.PathLike[str]]
    exports: Mapping[str, Any]


class Deployment(Scope):
    """One stack while it is deployed, and what it knows afterwards."""

    def __init__(
        self,
        source: StackSource,
        place: Place,
        options: Options,
        api: FunctionApi,
        client: Callable[[str], Any],
        exports: Callable[[str], Any],
    ) -> None:
        self.source = source
        self.options = options
        self.api = api
        self.client = client
        self._place = place
        self._exports = exports
        self._undo: list[tuple[str, Undo]] = []
        self.made: dict[str, Made] = {}
        self.findings = Findings()
        self._prepared = self._prepare()
        self.template, self.code_paths = self._prepared.template, self._prepared.code_paths
        self.decisions = {one.logical_id: self._decision(one) for one in self.template.made}
        self._current = ""

    # ------------------------------------------------------------------ what creators need

    @property
    def place(self) -> Place:
        return self._place

    @property
    def handlers(self) -> Mapping[str, Handler | str | os.PathLike[str]]:
        return self.options.handlers

    def undo_with(self, undo: Undo) -> None:
        self._undo.append((self._current, undo))

    # ------------------------------------------------------------------ what functions of the template need

    @property
    def mappings(self) -> Mapping[str, Any]:
        return self.template.mappings

    @property
    def extends_language(self) -> bool:
        return self.template.extends_language

    def ref(self, name: str) -> Any:
        if self.template.is_value(name):
            return self.template.value(name)
        if name in self.made:
            return self.made[name].ref
        declared = self._declared(name)
        return made_up_ref(declared.type, name, self._place)

    def attribute(self, logical_id: str, attribute: str) -> Any:
        declared = self._declared(logical_id)
        if self.decisions[logical_id].treatment in NOT_MADE:
            return made_up_attribute(declared.type, logical_id, attribute, self._place)
        made = self.made[logical_id]
        if attribute not in made.attributes:
            raise TemplateError(
                f"Template error: resource {logical_id} does not support attribute type {attribute} in Fn::GetAtt. "
                f"{declared.type} has: {', '.join(made.attributes) or 'none'}."
            )
        return made.attributes[attribute]

    def condition(self, name: str) -> bool:
        return self.template.holds(name)

    def imported(self, name: str) -> Any:
        return self._exports(name)

    def output_of(self, stack_name: str, output_name: str) -> Any:
        return self._exports(f"{stack_name}.{output_name}")

    def _declared(self, name: str) -> Declared:
        if name not in self.decisions:
            raise TemplateError(
                f"Template format error: Unresolved resource dependencies [{name}] in the Resources block of the template"
            )
        return self.template.resources[name]

    # ------------------------------------------------------------------ the steps

    def check(self) -> None:
        """Raises `NotSimulatedError` with all resources that are refused."""
        refused = {name: one for name, one in self.decisions.items() if one.treatment is Treatment.REFUSED}
        if not refused:
            return
        lines = [f"  {name} ({self.template.resources[name].type}) {one.reason}" for name, one in refused.items()]
        ignore = [".".join((name, *one.ignored)) for name, one in refused.items()]
        raise NotSimulatedError(
            "The template has resources that deliver events in a way that is not simulated:\n"
            + "\n".join(lines)
            + f"\nDeploy the rest with ignore={ignore!r}."
        )

    def create(self) -> None:
        """Creates all resources in order. If one fails, deletes those that were created."""
        order = self.template.creation_order
        try:
            for declared in order:
                self._create(declared)
        except BaseException:
            self.delete(keep_retained=False)
            raise

    def _create(self, declared: Declared) -> None:
        decision = self.decisions[declared.logical_id]
        if decision.creator is None:
            return
        self._current = declared.logical_id
        properties = resolved(declared.properties, self, f"Resources/{declared.logical_id}/Properties")
        if properties is Nothing.VALUE:
            properties = {}
        properties = with_dynamic_values(properties, declared.logical_id, declared.type, self.client)
        properties = {name: value for name, value in properties.items() if name not in decision.ignored}
        making = Making(declared.logical_id, declared.type, properties, declared.metadata, self)
        making.not_applied(decision.ignored)
        try:
            self.made[declared.logical_id] = decision.creator(making)
        except DeployError as refusal:
            if not decision.creator.or_placeholder:
                raise
            self.decisions[declared.logical_id] = Decision(Treatment.PLACEHOLDER, str(refusal.__cause__))

    def delete(self, *, keep_retained: bool = True) -> None:
        """Deletes what was created, in reverse order. `DeletionPolicy: Retain` keeps a resource."""
        undo, self._undo = self._undo, []
        for logical_id, action in reversed(undo):
            policy = self.template.resources[logical_id].deletion_policy
            if keep_retained and str(policy).startswith("Retain"):
                continue
            try:
                action()
            except DeployError:
                # The test has deleted it already.
                continue

    def outputs(self) -> dict[str, Any]:
        """Returns the values of the outputs."""
        return {
            name: resolved(one.get("Value"), self, f"Outputs/{name}/Value")
            for name, one in self.template.active_outputs.items()
        }

    def exports(self) -> dict[str, Any]:
        """Returns the exported outputs by their export names."""
        active = self.template.active_outputs
        named = {name: one["Export"]["Name"] for name, one in active.items() if isinstance(one.get("Export"), Mapping)}
        values = self.outputs()
        return {resolved(export, self, f"Outputs/{name}/Export"): values[name] for name, export in named.items()}

    def report(self) -> list[StackResource]:
        """Returns what became of each resource, in template order."""
        return [self._reported(one) for one in self.template.resources.values()]

    def _reported(self, declared: Declared) -> StackResource:
        name = declared.logical_id
        path = self.source.construct_paths.get(name, "")
        if name not in self.decisions:
            condition = f"the condition {declared.condition} is false"
            return StackResource(name, declared.type, Treatment.LEFT_OUT.value, "", condition, path)
        decision, made = self.decisions[name], self.made.get(name)
        physical = str(self.ref(name)) if made is None else made.name or str(made.ref)
        reason = decision.reason if made is None else "; ".join(made.notes)
        if name in self._prepared.notes:
            reason = "; ".join(one for one in (reason, self._prepared.notes[name]) if one)
        return StackResource(name, declared.type, decision.treatment.value, physical, reason, path)

    def _prepare(self) -> Prepared:
        given = {**self.source.parameters, **self.options.parameters}
        values = parameter_values(section(self.source.body, "Parameters"), given, self._stored)
        return prepared(self.source, values, self._place, self._object)

    def _object(self, bucket: str, key: str) -> str | None:
        s3 = self.client("s3")
        try:
            return str(s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode())
        except (s3.exceptions.NoSuchKey, s3.exceptions.NoSuchBucket):
            return None

    def _stored(self, name: str) -> tuple[str, str] | None:
        ssm = self.client("ssm")
        try:
            parameter = ssm.get_parameter(Name=name)["Parameter"]
            return str(parameter["Type"]), str(parameter["Value"])
        except ssm.exceptions.ParameterNotFound:
            return None

    def _decision(self, declared: Declared) -> Decision:
        return decision_of(declared, self.options.ignore, self._function_named_by)

    def _function_named_by(self, declared: Declared) -> str | None:
        found = (one.name for one in self.template.references[declared.logical_id])
        functions = {name for name, one in self.template.resources.items() if one.type in FUNCTIONS}
        return next((name for name in found if name in functions), None)
