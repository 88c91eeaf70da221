"""What moto's records of stacks know of their resources and outputs, which our deployment creates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from moto.cloudformation.parsing import Export, Output, OutputMap, ResourceMap

from ...templates.parameters import HIDDEN, given_text
from ...templates.place import Place
from ...templates.sections import section, without_metadata
from ...values import dataclass
from .failures import errors_of_cloudformation
from .stack_deployment import StackDeployment, StackServices

_NESTED = "AWS::CloudFormation::Stack"


@dataclass(frozen=True)
class StackResource:
    """A resource as moto's responses show it."""

    logical_resource_id: str
    physical_resource_id: str
    cf_resource_type: str

    @property
    def type(self) -> str:
        """The type."""
        return self.cf_resource_type


class StackResources(ResourceMap):
    """The resources of one stack."""

    services: ClassVar[StackServices]

    def load(self) -> None:
        """Reads the template. The first change set of a stack has none yet."""
        self.resolved_parameters = {}
        self.no_echo_parameter_keys = []
        self._is_created = False
        self.stack: StackDeployment | None = None
        if self._template:
            self._read(self._template)

    @contextmanager
    def _called_by_cloudformation(self) -> Iterator[None]:
        """Makes the calls of the block those of CloudFormation, which converts their errors."""
        with self.services.simulation.called_by_aws(), errors_of_cloudformation():
            yield

    def _read(self, template: Mapping[str, Any]) -> None:
        self.stack = self._deployment(template, self.input_parameters)
        self._show_parameters()

    def _deployment(self, template: Mapping[str, Any], parameters: Mapping[str, str]) -> StackDeployment:
        # moto names stacks of a stack set with a colon. AWS has a hyphen there.
        name = str(self._parsed_resources["AWS::StackName"]).replace(":", "-")
        place = Place(self._account_id, self._region_name, name, self.stack_id)
        with self._called_by_cloudformation():
            return StackDeployment(self.services, place, template, parameters, self.cross_stack_resources or {})

    def previous_values(self) -> dict[str, str]:
        """Returns what `UsePreviousValue` means for each parameter: the given value, or the default (TPL-I8)."""
        declared = section(self._template, "Parameters")
        defaults = {name: given_text(name, one["Default"]) for name, one in declared.items() if "Default" in one}
        return {**defaults, **self.input_parameters}

    def would_change(self, template: Mapping[str, Any], parameters: Mapping[str, str]) -> bool:
        """Returns whether an update with a template and parameters changes something (TPL-I7).

        The template of a nested stack may have changed.
        """
        if self.stack is None or any(one.type == _NESTED for one in self.stack.created.values()):
            return True
        values = self._deployment(template, parameters).values_of_parameters()
        is_same = without_metadata(template) == without_metadata(self._template)
        return not is_same or values != self.stack.values_of_parameters()

    def _show_parameters(self) -> None:
        if self.stack is not None:
            values, hidden = self.stack.values_of_parameters(), self.stack.template.hidden_parameters
            texts = {name: ",".join(value) if isinstance(value, list) else value for name, value in values.items()}
            self.resolved_parameters = {name: HIDDEN if name in hidden else text for name, text in texts.items()}

    def create(self, template: dict[str, Any]) -> bool:
        """Creates the resources, once. moto needs them earlier if the stack has exports."""
        if self.stack is not None and not self._is_created:
            self._is_created = True
            with self._called_by_cloudformation():
                self.stack.create()
        return True

    def creation_complete(self) -> bool:
        """Returns True, because creation does not wait."""
        return True

    def update(self, template: dict[str, Any], parameters: dict[str, Any] | None = None) -> None:
        """Changes the resources to those of another template. The first change set of a stack creates them."""
        before = self.input_parameters
        self.input_parameters = before if parameters is None else parameters
        try:
            if self.stack is None:
                self._read(template)
                self.create(template)
            else:
                with self._called_by_cloudformation():
                    self.stack.update(template, self.input_parameters)
        except BaseException:
            self.input_parameters = before
            raise
        self._template, self._resource_json_map = template, template["Resources"]
        self._show_parameters()

    def delete(self) -> None:
        """Deletes the resources."""
        if self.stack is not None:
            with self._called_by_cloudformation():
                self.stack.delete()
            self.stack.created.clear()

    def __iter__(self) -> Iterator[str]:
        return iter(() if self.stack is None else self.stack.created)

    def __getitem__(self, name: str) -> Any:
        if self.stack is None:
            raise KeyError(name)
        created = self.stack.created[name]
        return StackResource(name, str(created.made.ref), created.type)


class StackOutputs(OutputMap):
    """The outputs of one stack."""

    def __init__(self, resources: StackResources, template: dict[str, Any], stack_id: str) -> None:
        self._resources = resources
        self._template = template
        self._stack_id = stack_id

    def _values(self) -> Mapping[str, Any]:
        return {} if self._resources.stack is None else self._resources.stack.outputs

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())

    def __getitem__(self, name: str) -> Output:
        stack = self._resources.stack
        description = "" if stack is None else stack.template.outputs[name].get("Description")
        return Output(name, self._values()[name], description)

    @property
    def exports(self) -> list[Export]:
        """The exports. Their values need the resources, so these are created."""
        stack = self._resources.stack
        if stack is None or not any("Export" in one for one in stack.template.active_outputs.values()):
            return []
        self._resources.create(self._template)
        return [Export(self._stack_id, name, value) for name, value in stack.exports.items()]
