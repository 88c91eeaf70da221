"""Deploys one stack: decides what happens to each resource, creates them in order, and undoes that on failure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

from ..errors import NotSimulatedError
from ..handles.resources import FunctionApi
from ..templates.errors import TemplateError
from ..templates.parameters import BOOTSTRAP_RULE, parameter_values
from ..templates.place import Place
from ..templates.prepared import Prepared, prepared
from ..templates.scope import MadeUp, Nothing, Scope
from ..templates.sections import section
from ..templates.source import StackSource
from ..templates.template import Declared
from ..templates.texts import as_text
from ..templates.values import resolved
from ..values import dataclass
from .created import Created, Made, Undo
from .creators.created_type import CreatedType
from .creators.custom_resources import NotRunError
from .decisions import FUNCTIONS, NOT_MADE, Decision, Treatment, decisions_of
from .dynamic_values import with_dynamic_values
from .errors import DeployError
from .findings import Findings
from .made_up import made_up_attribute, made_up_ref
from .making import Making
from .names import ResourceNames
from .nested_refusals import STACK, refused_in_nested
from .not_delivered import not_delivered
from .options import GivenCode, Options
from .stack_report import StackResource


@dataclass(frozen=True)
class Action:
    """What deletes a resource, or a part of it."""

    logical_id: str
    replacement: int
    run: Undo


class NestedStacks(Protocol):
    """Deploys nested stacks."""

    def planned(self, parent: Deployment, logical_id: str, source: StackSource, parameters: Mapping[str, Any]) -> Deployment:
        """Returns a nested stack that is not created yet."""

    def create_nested(self, nested: Deployment) -> None:
        """Creates a nested stack."""


class Deployment(Scope):
    """One stack while it is deployed, and what it knows afterwards."""

    is_strict = False
    """See `Deployed.is_strict`."""

    def __init__(
        self,
        source: StackSource,
        place: Place,
        parameters: Mapping[str, Any],
        options: Options,
        api: FunctionApi,
        client: Callable[..., Any],
        exports: Callable[[str], Any],
        stacks: NestedStacks,
    ) -> None:
        self.options = options
        self.api = api
        self._client = client
        self._place = place
        self._imported = exports
        self._stacks = stacks
        self.actions: list[Action] = []
        self._when_deleted: Callable[[], object] = lambda: None
        self._keeps_retained = True
        self.made: dict[str, Made] = {}
        self.findings = Findings()
        self.created: dict[str, Created] = {}
        self.nested: dict[str, Deployment] = {}
        self._current = ("", 0)
        self.outputs: dict[str, Any] = {}
        self.exports: dict[str, Any] = {}
        self.read(source, parameters)

    def read(self, source: StackSource, parameters: Mapping[str, Any]) -> None:
        """Prepares a template, and decides what happens to its resources."""
        self.source = source
        self.parameters = parameters
        self._prepared = self._prepare()
        self.template, self.code_paths = self._prepared.template, self._prepared.code_paths
        self.findings.does_not_apply("Rules", (name for name in self.template.rules if name != BOOTSTRAP_RULE))
        self.names = ResourceNames(self.source, self._prepared.original_ids, self.made.get)
        self.decisions = self._decisions()

    # ------------------------------------------------------------------ what creators need

    @property
    def place(self) -> Place:
        return self._place

    @property
    def code(self) -> GivenCode:
        return self.options.code

    def nest(self, logical_id: str, source: StackSource, parameters: Mapping[str, Any]) -> Deployment:
        """Deploys a nested stack. It is deleted with this one."""
        nested = self.nested[logical_id] = self._stacks.planned(self, logical_id, source, parameters)
        self._stacks.create_nested(nested)
        self.undo_with(lambda: nested.delete(keep_retained=self._keeps_retained))
        return nested

    def undo_with(self, undo: Undo) -> None:
        action = Action(*self._current, undo)
        # Only a change of a resource repeats calls.
        if action.logical_id not in self.created or action not in self.actions:
            self.actions.append(action)

    def client(self, service_name: str, region_name: str | None = None) -> Any:
        """Returns a boto3 client. The default is the region of the stack."""
        return self._client(service_name) if region_name is None else self._client(service_name, region_name=region_name)

    def _decisions(self) -> dict[str, Decision]:
        """Returns what happens to each resource."""
        return decisions_of(self.template, self.options.ignore, self._runs)

    def _runs(self, logical_id: str) -> bool:
        return self.options.custom_resources.has(self.names.before_creation(logical_id, logical_id))

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
        return MadeUp(made_up_ref(declared.type, name, self._place))

    def attribute(self, logical_id: str, attribute: str) -> Any:
        declared = self._declared(logical_id)
        known = self.made.get(logical_id)
        is_known = known is not None and attribute in known.attributes
        if self.decisions[logical_id].treatment in NOT_MADE and not is_known:
            return MadeUp(made_up_attribute(declared.type, logical_id, attribute, self._place))
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
        return self._imported(name)

    def output_of(self, stack_name: str, output_name: str) -> Any:
        return self._imported(f"{stack_name}.{output_name}")

    def _declared(self, name: str) -> Declared:
        if name not in self.decisions:
            raise TemplateError(
                f"Template format error: Unresolved resource dependencies [{name}] in the Resources block of the template"
            )
        return self.template.resources[name]

    # ------------------------------------------------------------------ the steps

    def refused(self) -> dict[str, str]:
        """Returns the resources that are refused, also those of nested stacks, and why."""
        refused: dict[str, str] = {}
        for name, one in self.decisions.items():
            declared = self.template.resources[name]
            if one.treatment is Treatment.REFUSED:
                refused[".".join((name, *one.ignored))] = f"{name} ({declared.type}) {one.reason}"
            elif declared.type == STACK and one.creator is not None:
                refused |= refused_in_nested(declared, self.template, self.source, self._refused_in)
        return refused

    def _refused_in(self, logical_id: str, source: StackSource, parameters: Mapping[str, Any]) -> Mapping[str, str]:
        return self._stacks.planned(self, logical_id, source, parameters).refused()

    def functions(self) -> list[str]:
        """Returns the names of the functions for messages, also those of nested stacks."""
        own = [self.names.shown(name) for name, one in self.template.resources.items() if one.type == FUNCTIONS[0]]
        return [*own, *(name for one in self.nested.values() for name in one.functions())]

    def with_nested(self) -> list[Deployment]:
        """Returns this stack and its nested stacks."""
        return [self, *(inner for one in self.nested.values() for inner in one.with_nested())]

    def create(self) -> None:
        """Creates all resources in order. If one fails, deletes those that were created."""
        order = self.template.creation_order
        try:
            for declared in order:
                self.create_one(declared)
            self.conclude()
        except BaseException:
            self.delete(keep_retained=False)
            raise

    def create_one(self, declared: Declared) -> None:
        """Creates one resource."""
        decision = self.decisions[declared.logical_id]
        if decision.creator is None:
            return
        making = self.making(declared)
        try:
            self.keep(making, decision.creator(making))
        except DeployError as refusal:
            if self.is_strict or not self._becomes_placeholder(decision.creator, refusal):
                raise
            self.decisions[declared.logical_id] = Decision(Treatment.PLACEHOLDER, str(refusal.__cause__ or refusal))
        except NotSimulatedError as refusal:
            if self.is_strict or "ignore=" in str(refusal):
                raise
            name = declared.logical_id
            advice = f"Deploy the rest with ignore=[{name!r}]."
            raise NotSimulatedError(f"Resource {name} ({declared.type}): {refusal} {advice}") from refusal

    def making(self, declared: Declared, replacement: int = 0) -> Making:
        """Returns a resource with its computed properties. What is registered from now on deletes this resource."""
        decision = self.decisions[declared.logical_id]
        self._current = (declared.logical_id, replacement)
        properties = resolved(self._read(declared, decision), self, f"Resources/{declared.logical_id}/Properties")
        if properties is Nothing.VALUE:
            properties = {}
        properties = with_dynamic_values(properties, declared.logical_id, declared.type, self.client)
        properties = {name: value for name, value in properties.items() if name not in decision.ignored}
        making = Making(declared.logical_id, declared.type, properties, declared.metadata, self, replacement)
        making.not_applied(decision.ignored)
        return making

    def making_again(self, created: Created) -> Making:
        """Returns a resource with the properties that it had."""
        self._current = (created.logical_id, created.replacement)
        metadata = self.template.resources[created.logical_id].metadata
        return Making(created.logical_id, created.type, created.properties, metadata, self, created.replacement)

    def keep(self, making: Making, made: Made) -> None:
        """Keeps a resource that was created or changed."""
        name = making.logical_id
        self.made[name] = made
        self.created[name] = Created(
            name, making.type, making.properties, made, self._place.stack_name, making.replacement
        )  # fmt: skip

    def _becomes_placeholder(self, creator: CreatedType, refusal: DeployError) -> bool:
        cannot_run = isinstance(refusal, NotRunError) and self.options.custom_resources.are_all
        return creator.or_placeholder or cannot_run

    def _read(self, declared: Declared, decision: Decision) -> Mapping[str, Any]:
        """Returns the properties that are computed: those of a placeholder may refer to what does not exist."""
        reads = None if decision.creator is None else decision.creator.reads
        if reads is None:
            return declared.properties
        return {name: declared.properties[name] for name in reads if name in declared.properties}

    def when_deleted(self, callback: Callable[[], object]) -> None:
        """Sets what is called when the stack is deleted."""
        self._when_deleted = callback

    def delete(self, *, keep_retained: bool = True) -> None:
        """Deletes what was created, in reverse order. `DeletionPolicy: Retain` keeps a resource."""
        self._when_deleted()
        self._keeps_retained = keep_retained
        policies = {name: str(one.deletion_policy) for name, one in self.template.resources.items()}
        kept = [one for one in self.actions if keep_retained and policies.get(one.logical_id, "").startswith("Retain")]
        self.forget(kept)
        self.undo(list(self.actions))

    def undo(self, actions: Collection[Action]) -> None:
        """Deletes resources, the latest first. What also deletes another resource stays."""
        self.forget(actions)
        kept = [one.run for one in self.actions]
        failed: list[tuple[Action, DeployError]] = []
        for action in reversed([one for one in actions if one.run not in kept]):
            try:
                action.run()
            except DeployError as error:
                if not self._is_deleted(error):
                    failed.append((action, error))
        self.actions += [action for action, _ in reversed(failed)]
        if failed:
            raise failed[0][1]

    def forget(self, actions: Collection[Action]) -> None:
        """Keeps resources when the stack is deleted."""
        forgotten = set(map(id, actions))
        self.actions = [one for one in self.actions if id(one) not in forgotten]

    def _is_deleted(self, error: DeployError) -> bool:
        """Returns whether a resource that AWS does not delete does not exist any more: the test has deleted it."""
        return True

    def conclude(self) -> None:
        """Computes the outputs and exports, and what is not delivered."""
        quiet = [name for name, one in self.decisions.items() if one.treatment not in (Treatment.SIMULATED, Treatment.REFUSED)]
        self.findings.does_not_deliver(not_delivered(self.template, quiet))
        active = self.template.active_outputs
        self.outputs = {name: self._output(name, one["Value"]) for name, one in active.items()}
        named = {name: one["Export"]["Name"] for name, one in active.items() if isinstance(one.get("Export"), Mapping)}
        names = {name: resolved(export, self, f"Outputs/{name}/Export") for name, export in named.items()}
        self.exports = {export: self.outputs[name] for name, export in names.items()}

    def _output(self, name: str, written: Any) -> Any:
        where = f"Outputs/{name}/Value"
        value = resolved(written, self, where)
        if value is Nothing.VALUE:
            raise TemplateError(f"{where}: the value is AWS::NoValue. Give the output a condition instead.")
        # CloudFormation gives texts.
        return as_text(value, where) if isinstance(value, (bool, int, float)) else value

    def report(self) -> list[StackResource]:
        """Returns what became of each resource, in template order."""
        paths = self.source.construct_paths
        return [self._reported(one, paths) for one in self.template.resources.values()]

    def _reported(self, declared: Declared, paths: Mapping[str, str]) -> StackResource:
        name = declared.logical_id
        path = paths.get(name, "")
        if name not in self.decisions:
            condition = f"the condition {declared.condition} is false"
            return StackResource(name, declared.type, Treatment.LEFT_OUT.value, "", condition, path)
        decision, made = self.decisions[name], self.made.get(name)
        physical = str(self.ref(name)) if made is None else made.name or str(made.ref)
        reason = decision.reason if made is None or decision.treatment in NOT_MADE else "; ".join(made.notes)
        if name in self._prepared.notes:
            reason = "; ".join(one for one in (reason, self._prepared.notes[name]) if one)
        return StackResource(name, declared.type, decision.treatment.value, physical, reason, path)

    def _prepare(self) -> Prepared:
        given = {**self.source.parameters, **self.parameters}
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
