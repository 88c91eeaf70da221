"""`Stack`: a deployed template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..arguments import alternatives, shown
from ..errors import DoesNotExistError, LambdaEventsError, hides_frames
from ..handles.event_bus import EventBus
from ..handles.event_source_mapping import EventSourceMapping
from ..handles.function import Function
from ..handles.log_group import LogGroup
from ..handles.queue import Queue
from ..handles.resources import Resources
from ..handles.stream import Stream
from ..handles.table import Table
from ..handles.targets import Bucket, Topic
from ..values import dataclass
from .decisions import NOT_MADE, Treatment
from .deployment import Deployment
from .findings import StackWarning
from .shown_parameters import ShownParameters
from .stack_report import StackResource, report_table

if TYPE_CHECKING:
    from ..handles.apis import HttpApi, RestApi

__tracebackhide__ = hides_frames

T = TypeVar("T")
_KINDS: Mapping[str, tuple[str, ...]] = {
    "function": ("AWS::Lambda::Function",),
    "queue": ("AWS::SQS::Queue",),
    "topic": ("AWS::SNS::Topic",),
    "stream": ("AWS::Kinesis::Stream",),
    "table": ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"),
    "bucket": ("AWS::S3::Bucket",),
    "event bus": ("AWS::Events::EventBus",),
    "event source mapping": ("AWS::Lambda::EventSourceMapping",),
    "log group": ("AWS::Logs::LogGroup",),
    "API": ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"),
}
"""The kinds of handles, and the types of their resources."""


class StackMap(Mapping[str, T], Generic[T]):
    """The resources of one kind of a stack, by logical id. Other names of a resource find it too."""

    def __init__(self, stack: Stack, kind: str, find: Callable[[str], T]) -> None:
        self._stack, self._kind, self._find = stack, kind, find

    def __getitem__(self, name: str) -> T:
        found = self._stack._search(name, _KINDS[self._kind])
        if found is None:
            raise DoesNotExistError(
                f"The stack {shown(self._stack.name)} has no {self._kind} {shown(name)}. "
                f"{alternatives(name, self._stack._shown_names(_KINDS[self._kind]), label='It has')}"
            )
        return self._find(found.name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._stack._search(name, _KINDS[self._kind]) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._stack._keys(_KINDS[self._kind]))

    def __len__(self) -> int:
        return len(self._stack._keys(_KINDS[self._kind]))

    def __repr__(self) -> str:
        return repr(dict(self))


class Stack:
    """A deployed template. Its collections have the same handles as the environment, by logical id.

    Other names find a resource too: its CDK construct path, its function key in `serverless.yml`, its physical name, ARN or
    URL. The collections also have the resources of `stacks`. If two stacks have the same logical id, the key is
    `"<stack>/<logical id>"`, and the same holds for outputs.
    """

    def __init__(
        self, name: str, resources: Resources, deployment: Deployment | None, stacks: Mapping[str, Stack] | None = None
    ) -> None:
        self.name = name
        """The name of the stack."""
        self._deployment = deployment
        self._resources = resources
        nested = {} if deployment is None else deployment.nested
        inner = {logical_id: Stack(one.place.stack_name, resources, one) for logical_id, one in nested.items()}
        self.stacks: Mapping[str, Stack] = StackStacks(self, {**inner, **(stacks or {})})
        """The nested stacks by logical id, or the stacks of a CDK assembly that has several, by name."""
        self.outputs: dict[str, Any] = self._all_outputs()
        """The values of the outputs, without those whose condition is false."""
        self.exports: dict[str, Any] = {} if deployment is None else dict(deployment.exports)
        """The exported outputs by their export names."""
        for one in self._group.values():
            self.exports |= one.exports

    @property
    def _group(self) -> Mapping[str, Stack]:
        """The stacks of an assembly, whose outputs and parameters count as those of this one. Nested stacks have their own."""
        return self.stacks if self._deployment is None else {}

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of the parameters. Those with `NoEcho` are printed as `****`."""
        return self._parameters()

    def _parameters(self) -> ShownParameters:
        shown = ShownParameters()
        if self._deployment is not None:
            shown.add(self._deployment.template)
        for one in self._group.values():
            shown.add_all(one._parameters())
        return shown

    @property
    def report(self) -> list[StackResource]:
        """What became of each resource of the template, in template order. The resources of `stacks` follow."""
        own = [] if self._deployment is None else self._deployment.report()
        return [*own, *(resource for one in self.stacks.values() for resource in one.report)]

    @property
    def placeholders(self) -> dict[str, str]:
        """Why resources are not created, by logical id. Their attributes are made up."""
        made_up = (Treatment.PLACEHOLDER.value, Treatment.IGNORED.value)
        return {one.logical_id: one.reason for one in self.report if one.treatment in made_up}

    @property
    def _deployments(self) -> list[Deployment]:
        """What was deployed for this stack and its stacks."""
        own = [] if self._deployment is None else [self._deployment]
        return [*own, *(deployment for one in self.stacks.values() for deployment in one._deployments)]

    @property
    def not_delivered(self) -> list[str]:
        """What would call a function or send an event on AWS, and does not here, such as `"API GET /orders -> Orders"`."""
        return [one for deployment in self._deployments for one in deployment.findings.not_delivered]

    @property
    def warnings(self) -> list[StackWarning]:
        """Mistakes in the template that AWS does not report, and lifecycle rules, which have no effect here (TPL-W9).

        `ignore=["TPL-W0"]` of `deploy` leaves out those of a rule.
        """
        return [one for deployment in self._deployments for one in deployment.findings.warnings]

    @property
    def not_applied(self) -> dict[str, list[str]]:
        """Properties that change nothing here, by the logical ids of their resources."""
        found = [one for deployment in self._deployments for one in deployment.findings.not_applied.items()]
        return {name: list(properties) for name, properties in found}

    @property
    def runtime(self) -> dict[str, str]:
        """Functions whose code cannot run here, or not as on AWS, and why."""
        return {name: why for deployment in self._deployments for name, why in deployment.findings.runtime.items()}

    def _map(self, kind: str, found: Mapping[str, T]) -> StackMap[T]:
        return StackMap(self, kind, found.__getitem__)

    @property
    def functions(self) -> Mapping[str, Function]:
        """The functions of the stack."""
        return self._map("function", self._resources.functions)

    @property
    def queues(self) -> Mapping[str, Queue]:
        """The queues of the stack."""
        return self._map("queue", self._resources.queues)

    @property
    def topics(self) -> Mapping[str, Topic]:
        """The topics of the stack."""
        return self._map("topic", self._resources.topics)

    @property
    def streams(self) -> Mapping[str, Stream]:
        """The Kinesis streams of the stack."""
        return self._map("stream", self._resources.streams)

    @property
    def tables(self) -> Mapping[str, Table]:
        """The tables of the stack."""
        return self._map("table", self._resources.tables)

    @property
    def buckets(self) -> Mapping[str, Bucket]:
        """The buckets of the stack."""
        return self._map("bucket", self._resources.buckets)

    @property
    def event_buses(self) -> Mapping[str, EventBus]:
        """The event buses of the stack."""
        return self._map("event bus", self._resources.event_buses)

    @property
    def log_groups(self) -> Mapping[str, LogGroup]:
        """The log groups of the stack. That of a function is in `lambda_events.log_groups`."""
        return self._map("log group", self._resources.log_groups)

    @property
    def event_source_mappings(self) -> Mapping[str, EventSourceMapping]:
        """The event source mappings of the stack."""
        return self._map("event source mapping", self._resources.event_source_mappings)

    @property
    def apis(self) -> Mapping[str, HttpApi | RestApi]:
        """The REST APIs and HTTP APIs of the stack. `function.url` is the URL of a function."""
        return self._map("API", self._resources.apis)

    def __getitem__(self, name: str) -> Any:
        """Returns the handle of a resource, by any of its names."""
        found = self._search(name, tuple(_KIND_OF))
        if found is None:
            known = self._shown_names(tuple(_KIND_OF))
            others = alternatives(name, known, label="It has")
            raise DoesNotExistError(f"The stack {shown(self.name)} has no resource {shown(name)} with a handle. {others}")
        return self._handles[_KIND_OF[found.type]][found.name]

    @property
    def _handles(self) -> Mapping[str, Mapping[str, Any]]:
        """The handles of the environment by kind and physical name."""
        there = self._resources
        return {
            "function": there.functions, "queue": there.queues, "topic": there.topics, "stream": there.streams,
            "table": there.tables, "bucket": there.buckets, "event bus": there.event_buses,
            "event source mapping": there.event_source_mappings, "log group": there.log_groups, "API": there.apis,
        }  # fmt: skip

    def delete(self) -> None:
        """Deletes the resources in reverse order. Those with `DeletionPolicy: Retain` stay.

        The name of the stack can be used again.
        """
        if self._deployment is not None:
            self._deployment.delete()
        for one in reversed(list(self._group.values())):
            one.delete()

    def __str__(self) -> str:
        own: list[str] = []
        if self._deployment is not None:
            own = [report_table(f"Stack {self.name}", self._deployment.report()), str(self._deployment.findings)]
        return "\n\n".join([*filter(None, own), *map(str, self.stacks.values())])

    def __repr__(self) -> str:
        return f"<Stack {self.name}: {len(self.report)} resources>"

    # ------------------------------------------------------------------ how resources are found

    def _search(self, name: str, types: tuple[str, ...]) -> _Resource | None:
        """Returns a resource by any of its names (TPL-08). Raises `LambdaEventsError` if two fit."""
        found = self._fitting(name, types)
        if len(found) > 1:
            raise LambdaEventsError(
                f"The name {shown(name)} fits {' and '.join(one.key for one in found)}. Pass a logical id."
            )
        return found[0] if found else None

    def _fitting(self, name: str, types: tuple[str, ...]) -> list[_Resource]:
        """Returns the resources that a name fits. Those of this stack have priority over those of nested stacks."""
        own = [] if self._deployment is None else self._deployment.names.fitting(name, self._logical_ids(types))
        if own:
            return [self._resource(logical_id) for logical_id in own]
        found: dict[str, _Resource] = {}
        for key, stack in self.stacks.items():
            inside = name[len(key) + 1 :] if name.startswith(f"{key}/") else None
            for one in [*stack._fitting(name, types), *(stack._fitting(inside, types) if inside else [])]:
                found[f"{key}/{one.key}"] = replace(one, key=f"{key}/{one.key}")
        return list(found.values())

    def _resource(self, logical_id: str) -> _Resource:
        assert self._deployment is not None
        kind = self._deployment.template.resources[logical_id].type
        return _Resource(logical_id, kind, self._deployment.made[logical_id].name)

    def _logical_ids(self, types: tuple[str, ...]) -> list[str]:
        if self._deployment is None:
            return []
        resources, decisions = self._deployment.template.resources, self._deployment.decisions
        made = [name for name in resources if resources[name].type in types and name in self._deployment.made]
        return [name for name in made if decisions[name].treatment not in NOT_MADE]

    def _keys(self, types: tuple[str, ...]) -> list[str]:
        """Returns the logical ids of this stack and its stacks, each once. Equal ones get the name of the stack."""
        inner = [(key, own) for key, stack in self.stacks.items() for own in stack._keys(types)]
        times = Counter([*self._logical_ids(types), *(own for _, own in inner)])
        return [*self._logical_ids(types), *(own if times[own] == 1 else f"{key}/{own}" for key, own in inner)]

    def _shown_names(self, types: tuple[str, ...]) -> list[str]:
        """Returns the names of the resources for messages."""
        own = [] if self._deployment is None else map(self._deployment.names.shown, self._logical_ids(types))
        return [*own, *(f"{key}/{one}" for key, stack in self.stacks.items() for one in stack._shown_names(types))]

    def _all_outputs(self) -> dict[str, Any]:
        own = {} if self._deployment is None else self._deployment.outputs.copy()
        times = Counter(name for one in self._group.values() for name in one.outputs)
        for key, one in self._group.items():
            own |= {name if times[name] == 1 else f"{key}/{name}": value for name, value in one.outputs.items()}
        return own


class StackStacks(Mapping[str, Stack]):
    """The stacks of a stack. A construct path of CDK finds a stack too."""

    def __init__(self, stack: Stack, stacks: Mapping[str, Stack]) -> None:
        self._stack, self._stacks = stack, stacks

    def __getitem__(self, name: str) -> Stack:
        found = self._stacks.get(name)
        for one in () if found is not None else self._stacks.values():
            path = "" if one._deployment is None else one._deployment.source.construct_path
            if name in (path, one.name) or (path and path.endswith(f"/{name}")):
                return one
        if found is None:
            known = alternatives(name, self._stacks, label="It has")
            raise DoesNotExistError(f"The stack {shown(self._stack.name)} has no stack {shown(name)}. {known}")
        return found

    def __contains__(self, name: object) -> bool:
        try:
            return isinstance(name, str) and self[name] is not None
        except DoesNotExistError:
            return False

    def __iter__(self) -> Iterator[str]:
        return iter(self._stacks)

    def __len__(self) -> int:
        return len(self._stacks)

    def __repr__(self) -> str:
        return repr(dict(self))


@dataclass(frozen=True)
class _Resource:
    """A resource that was found: its key in the stack, type and physical name."""

    key: str
    type: str
    name: str


_KIND_OF: Mapping[str, str] = {kind: name for name, kinds in _KINDS.items() for kind in kinds}
