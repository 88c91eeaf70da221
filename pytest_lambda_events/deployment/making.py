"""What a creator of a resource is given, and what it returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ..arguments import shown
from ..handles.handlers import FunctionCode
from ..handles.lambda_api import Api
from ..service.control_plane.validation import not_simulated
from ..templates.errors import TemplateError
from ..templates.names import generated_name
from ..templates.place import Place
from ..templates.source import StackSource
from ..values import dataclass
from .created import Deletion, Undo
from .errors import DeployError
from .findings import Findings
from .input_shapes import fitted, member_of
from .names import ResourceNames
from .options import GivenCode, Options

Json = Any


class FunctionApi(Api, Protocol):
    """The Lambda API that also creates functions which are active immediately."""

    def create(self, name: str, given: FunctionCode, settings: Mapping[str, Any]) -> str:
        """Creates a function. Returns its ARN."""


class Nested(Protocol):
    """A nested stack."""

    @property
    def place(self) -> Place:
        """Account, region and name of the stack."""

    @property
    def outputs(self) -> Mapping[str, Json]:
        """The values of the outputs."""


class Deployed(Protocol):
    """What creators need of the environment and of the stack that is being deployed."""

    @property
    def api(self) -> FunctionApi:
        """The Lambda API."""

    @property
    def source(self) -> StackSource:
        """The template file and its code."""

    @property
    def place(self) -> Place:
        """Account, region and name of the stack."""

    @property
    def code(self) -> GivenCode:
        """The code that the test gives for functions."""

    @property
    def names(self) -> ResourceNames:
        """The names of the resources of the stack."""

    @property
    def options(self) -> Options:
        """The options of `deploy`."""

    @property
    def code_paths(self) -> Mapping[str, str]:
        """The local code paths of SAM functions and layers, by logical id."""

    @property
    def findings(self) -> Findings:
        """What the stack does not do."""

    @property
    def is_strict(self) -> bool:
        """Whether what is not simulated is refused, as for a stack of CloudFormation's API. `deploy` notes it instead."""

    def client(self, service_name: str, region_name: str | None = None) -> Any:
        """Returns a boto3 client. The default is the region of the stack."""

    def nest(self, logical_id: str, source: StackSource, parameters: Mapping[str, Json]) -> Nested:
        """Deploys a nested stack."""

    def undo_with(self, undo: Undo) -> None:
        """Registers what deletes the resource that is being created."""


@dataclass(frozen=True)
class Making:
    """One resource of a template that is being created or changed. Its `properties` are computed.

    `replacement` is the number of resources that this one replaces, one after the other.
    """

    logical_id: str
    type: str
    properties: Mapping[str, Json]
    metadata: Mapping[str, Json]
    stack: Deployed
    replacement: int = 0

    def __getitem__(self, name: str) -> Json:
        """Returns a property. Raises `TemplateError` if it is missing."""
        if name not in self.properties:
            raise TemplateError(f"Resources/{self.logical_id}: the property {name} is missing. {self.type} needs it.")
        return self.properties[name]

    def get(self, name: str, default: Json = None) -> Json:
        """Returns a property, or the default."""
        return self.properties.get(name, default)

    def others(self, *known: str) -> dict[str, Json]:
        """Returns the properties without the known ones."""
        return {name: value for name, value in self.properties.items() if name not in known}

    def name(self, property_name: str, limit: int, *, ending: str = "") -> str:
        """Returns the physical name: the one of the template, or a generated one of at most `limit` characters."""
        given = self.properties.get(property_name)
        if given is not None:
            return str(given)
        return generated_name(self.stack.place.stack_name, self.logical_id, limit, ending=ending, replacement=self.replacement)

    def arn(self, service: str, resource: str) -> str:
        """Returns an ARN in the account and region of the stack."""
        place = self.stack.place
        return f"arn:{place.partition}:{service}:{place.region}:{place.account_id}:{resource}"

    def has_no_effect(self, properties: Iterable[str]) -> None:
        """Notes properties that a test cannot observe."""
        self.stack.findings.does_not_apply(self.logical_id, properties)

    def not_applied(self, properties: Iterable[str]) -> None:
        """Notes properties that are not simulated. Raises `NotSimulatedError` if the stack is strict."""
        names = list(properties)
        if names and self.stack.is_strict:
            raise not_simulated(f"{names[0]} of {self.type}")
        self.has_no_effect(names)

    def apply(
        self, service_name: str, operation: str, parameters: Mapping[str, Json], *, region_name: str | None = None
    ) -> dict[str, Json]:
        """Calls an operation with properties. Those that it does not have are noted as not applied."""
        unknown: list[str] = []
        client = self.stack.client(service_name, region_name)
        given = self._given(client, operation, parameters, unknown)
        start = len(self.where) + 1
        self.not_applied(place[start:].replace("/", ".") for place in unknown)
        return self._called(client, operation, given)

    @property
    def where(self) -> str:
        """The place of the properties in the template."""
        return f"Resources/{self.logical_id}/Properties"

    def call(
        self, service_name: str, operation: str, parameters: Mapping[str, Json], *, region_name: str | None = None
    ) -> dict[str, Json]:
        """Calls an operation. Scalars are converted to the types that it takes; parameters that are None are left out.

        Args:
            service_name: The service in botocore.
            operation: The operation.
            parameters: Its parameters, in the form of the template.
            region_name: The region of the call. The default is that of the stack.

        Raises:
            DeployError: AWS refuses the call.
        """
        client = self.stack.client(service_name, region_name)
        return self._called(client, operation, self._given(client, operation, parameters))

    def _given(
        self, client: Any, operation: str, parameters: Mapping[str, Json], unknown: list[str] | None = None
    ) -> dict[str, Json]:
        given = {name: value for name, value in parameters.items() if value is not None}
        found: dict[str, Json] = fitted(_input_shape(client, operation), given, self.where, unknown)
        return found

    def _called(self, client: Any, operation: str, given: Mapping[str, Json]) -> dict[str, Json]:
        method = next(name for name, known in client.meta.method_to_api_mapping.items() if known == operation)
        with self.errors_named(operation):
            answer: dict[str, Json] = getattr(client, method)(**given)
        return answer

    def has_member(self, service_name: str, operation: str, property_name: str) -> bool:
        """Returns whether an operation has a member for a property."""
        return member_of(_input_shape(self.stack.client(service_name), operation), property_name) is not None

    def fitted(self, service_name: str, operation: str, property_name: str, value: Json) -> Json:
        """Returns the value of a property in the type that an operation takes, if it has a member for the property."""
        shape = _input_shape(self.stack.client(service_name), operation)
        member = member_of(shape, property_name)
        return value if member is None or value is None else fitted(shape.members[member], value, self.where)

    def errors_named(self, operation: str) -> _Named:
        """Returns a context that turns the errors of AWS into `DeployError`, which names the resource and the operation."""
        return _Named(self, operation)

    def undo(
        self, service_name: str, operation: str, parameters: Mapping[str, Json], *, region_name: str | None = None
    ) -> None:
        """Registers the call that deletes the resource."""
        self.stack.undo_with(Deletion(self, service_name, operation, parameters, region_name))


def _input_shape(client: Any, operation: str) -> Any:
    return client.meta.service_model.operation_model(operation).input_shape


class _Named:
    """Turns errors of AWS into `DeployError`."""

    def __init__(self, making: Making, operation: str) -> None:
        self._making, self._operation = making, operation

    def __enter__(self) -> None:
        """Begins."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is not None and _is_refusal(error):
            making = self._making
            refusal = DeployError(
                f"Resource {making.logical_id} ({making.type}): {self._operation} failed: {str(error).removesuffix('.')}. "
                f"Nothing of the stack {shown(making.stack.place.stack_name)} is left."
            )
            refusal.resource_type = making.type
            raise refusal from error


def _is_refusal(error: BaseException) -> bool:
    """Returns whether an error is a refusal of AWS or of botocore's validation. The libraries are not imported here."""
    return any(kind.__module__ == "botocore.exceptions" for kind in type(error).__mro__)
