"""`Stack`: a deployed template."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from ..arguments import alternatives, shown
from ..errors import DoesNotExistError, LambdaEventsError, hides_frames
from ..handles.event_source_mapping import EventSourceMapping
from ..handles.function import Function
from ..handles.queue import Queue
from ..handles.resources import Resources
from ..handles.stream import Stream
from ..handles.table import Table
from ..handles.targets import Bucket, EventBus, Topic
from .deployment import Deployment
from .resource_types import Treatment
from .stack_report import StackResource, report_table

__tracebackhide__ = hides_frames

T = TypeVar("T")


class StackMap(Mapping[str, T], Generic[T]):
    """The resources of one kind of a stack, by logical id. Other names of a resource find it too."""

    def __init__(self, stack: Stack, kind: str, types: tuple[str, ...], find: Callable[[str], T]) -> None:
        self._stack, self._kind, self._types, self._find = stack, kind, types, find

    def __getitem__(self, name: str) -> T:
        logical_id = self._stack._logical_id(name, self._types)
        if logical_id is None:
            raise DoesNotExistError(
                f"The stack {shown(self._stack.name)} has no {self._kind} {shown(name)}. "
                f"{alternatives(name, self, label='It has')}"
            )
        return self._find(self._stack._physical_name(logical_id))

    def __iter__(self) -> Iterator[str]:
        return iter(self._stack._logical_ids(self._types))

    def __len__(self) -> int:
        return len(self._stack._logical_ids(self._types))

    def __repr__(self) -> str:
        return repr(dict(self))


class Stack:
    """A deployed template. Its collections have the same handles as the environment, by logical id."""

    def __init__(self, name: str, deployment: Deployment, resources: Resources) -> None:
        self.name = name
        """The name of the stack."""
        self._deployment = deployment
        self._resources = resources
        self.outputs: dict[str, Any] = deployment.outputs()
        """The values of the outputs, without those whose condition is false."""
        self.exports: dict[str, Any] = deployment.exports()
        """The exported outputs by their export names."""

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of the parameters."""
        return dict(self._deployment.template.parameters)

    @property
    def report(self) -> list[StackResource]:
        """What became of each resource of the template, in template order."""
        return self._deployment.report()

    @property
    def placeholders(self) -> dict[str, str]:
        """Why resources are not created, by logical id. Their attributes are made up."""
        made_up = (Treatment.PLACEHOLDER.value, Treatment.IGNORED.value)
        return {one.logical_id: one.reason for one in self.report if one.treatment in made_up}

    @property
    def not_delivered(self) -> list[str]:
        """What would call a function or send an event on AWS, and does not here, such as `"API GET /orders -> Orders"`."""
        return list(self._deployment.findings.not_delivered)

    @property
    def not_applied(self) -> dict[str, list[str]]:
        """Properties that change nothing here, by the logical ids of their resources."""
        return {name: list(properties) for name, properties in self._deployment.findings.not_applied.items()}

    @property
    def runtime(self) -> dict[str, str]:
        """Functions whose code cannot run here, or not as on AWS, and why."""
        return dict(self._deployment.findings.runtime)

    def _map(self, kind: str, types: tuple[str, ...], found: Mapping[str, T]) -> StackMap[T]:
        return StackMap(self, kind, types, found.__getitem__)

    @property
    def functions(self) -> Mapping[str, Function]:
        """The functions of the stack."""
        return self._map("function", ("AWS::Lambda::Function",), self._resources.functions)

    @property
    def queues(self) -> Mapping[str, Queue]:
        """The queues of the stack."""
        return self._map("queue", ("AWS::SQS::Queue",), self._resources.queues)

    @property
    def topics(self) -> Mapping[str, Topic]:
        """The topics of the stack."""
        return self._map("topic", ("AWS::SNS::Topic",), self._resources.topics)

    @property
    def streams(self) -> Mapping[str, Stream]:
        """The Kinesis streams of the stack."""
        return self._map("stream", ("AWS::Kinesis::Stream",), self._resources.streams)

    @property
    def tables(self) -> Mapping[str, Table]:
        """The tables of the stack."""
        return self._map("table", ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"), self._resources.tables)

    @property
    def buckets(self) -> Mapping[str, Bucket]:
        """The buckets of the stack."""
        return self._map("bucket", ("AWS::S3::Bucket",), self._resources.buckets)

    @property
    def event_buses(self) -> Mapping[str, EventBus]:
        """The event buses of the stack."""
        return self._map("event bus", ("AWS::Events::EventBus",), self._resources.event_buses)

    @property
    def event_source_mappings(self) -> Mapping[str, EventSourceMapping]:
        """The event source mappings of the stack."""
        types = ("AWS::Lambda::EventSourceMapping",)
        return self._map("event source mapping", types, self._resources.event_source_mappings)

    def __getitem__(self, name: str) -> Any:
        """Returns the handle of a resource, by any of its names."""
        for found in (
            self.functions, self.queues, self.topics, self.streams, self.tables, self.buckets, self.event_buses,
            self.event_source_mappings,
        ):  # fmt: skip
            if name in found:
                return found[name]
        known = [one.logical_id for one in self.report if one.treatment == Treatment.SIMULATED.value]
        others = alternatives(name, known, label="It has")
        raise DoesNotExistError(f"The stack {shown(self.name)} has no resource {shown(name)} with a handle. {others}")

    def delete(self) -> None:
        """Deletes the resources in reverse order. Those with `DeletionPolicy: Retain` stay."""
        self._deployment.delete()

    def __str__(self) -> str:
        return report_table(f"Stack {self.name}", self.report)

    def __repr__(self) -> str:
        return f"<Stack {self.name}: {len(self.report)} resources>"

    def _logical_ids(self, types: tuple[str, ...]) -> list[str]:
        resources = self._deployment.template.resources
        return [name for name in resources if resources[name].type in types and name in self._deployment.made]

    def _physical_name(self, logical_id: str) -> str:
        return self._deployment.made[logical_id].name

    def _logical_id(self, name: str, types: tuple[str, ...]) -> str | None:
        """Returns the logical id of a resource by any of its names (TPL-08). Raises `LambdaEventsError` if two fit."""
        ids = self._logical_ids(types)
        if name in ids:
            return name
        found = [one for one in ids if name in self._names(one)]
        if len(found) > 1:
            raise LambdaEventsError(f"The name {shown(name)} fits {' and '.join(found)}. Pass a logical id.")
        return found[0] if found else None

    def _names(self, logical_id: str) -> set[str]:
        made = self._deployment.made[logical_id]
        return {made.name, str(made.ref), *(str(value) for key, value in made.attributes.items() if key.endswith("Arn"))}
