"""What a creator of a resource is given, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Any, Protocol

from ..arguments import shown
from ..handles.handlers import FunctionCode
from ..handles.lambda_api import Api
from ..templates.errors import TemplateError
from ..templates.names import generated_name
from ..templates.place import Place
from ..templates.source import StackSource
from ..values import dataclass
from .errors import DeployError
from .findings import Findings
from .input_shapes import fitted
from .names import ResourceNames
from .options import GivenCode, Options

Json = Any
Undo = Callable[[], object]


class FunctionApi(Api, Protocol):
    """The Lambda API that also creates functions which are active immediately."""

    def create(self, name: str, given: FunctionCode, settings: Mapping[str, Any]) -> str:
        """Creates a function. Returns its ARN."""


@dataclass(frozen=True)
class Made:
    """A resource that was created.

    `ref` is the value of `Ref`, `attributes` those of `Fn::GetAtt`. `name` is the physical name, by which the environment
    knows it. `notes` are for the report: what was not applied.
    """

    ref: Json
    attributes: Mapping[str, Json] = field(default_factory=dict)
    name: str = ""
    notes: tuple[str, ...] = ()


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

    def client(self, service_name: str) -> Any:
        """Returns a boto3 client."""

    def nest(self, logical_id: str, source: StackSource, parameters: Mapping[str, Json]) -> Nested:
        """Deploys a nested stack."""

    def undo_with(self, undo: Undo) -> None:
        """Registers what deletes the resource that is being created."""


@dataclass(frozen=True)
class Making:
    """One resource of a template that is being created. Its `properties` are computed."""

    logical_id: str
    type: str
    properties: Mapping[str, Json]
    metadata: Mapping[str, Json]
    stack: Deployed

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
        return generated_name(self.stack.place.stack_name, self.logical_id, limit, ending=ending)

    def arn(self, service: str, resource: str) -> str:
        """Returns an ARN in the account and region of the stack."""
        place = self.stack.place
        return f"arn:{place.partition}:{service}:{place.region}:{place.account_id}:{resource}"

    def not_applied(self, properties: Iterable[str]) -> None:
        """Notes properties that have no effect here."""
        self.stack.findings.does_not_apply(self.logical_id, properties)

    def apply(self, service_name: str, operation: str, parameters: Mapping[str, Json]) -> dict[str, Json]:
        """Calls an operation with properties. Those that it does not have are noted as not applied."""
        unknown: list[str] = []
        answer = self.call(service_name, operation, parameters, unknown)
        start = len(self.where) + 1
        self.not_applied(place[start:].replace("/", ".") for place in unknown)
        return answer

    @property
    def where(self) -> str:
        """The place of the properties in the template."""
        return f"Resources/{self.logical_id}/Properties"

    def call(
        self, service_name: str, operation: str, parameters: Mapping[str, Json], unknown: list[str] | None = None
    ) -> dict[str, Json]:
        """Calls an operation. Scalars are converted to the types that it takes; parameters that are None are left out.

        Args:
            service_name: The service in botocore.
            operation: The operation.
            parameters: Its parameters, in the form of the template.
            unknown: Receives the places of parameters that the operation does not have. Without it, botocore refuses them.

        Raises:
            DeployError: AWS refuses the call.
        """
        client = self.stack.client(service_name)
        given = {name: value for name, value in parameters.items() if value is not None}
        shape = client.meta.service_model.operation_model(operation).input_shape
        given = fitted(shape, given, self.where, unknown)
        method = next(name for name, known in client.meta.method_to_api_mapping.items() if known == operation)
        with self.errors_named(operation):
            answer: dict[str, Json] = getattr(client, method)(**given)
        return answer

    def errors_named(self, operation: str) -> _Named:
        """Returns a context that turns the errors of AWS into `DeployError`, which names the resource and the operation."""
        return _Named(self, operation)

    def undo(self, service_name: str, operation: str, parameters: Mapping[str, Json]) -> None:
        """Registers the call that deletes the resource."""
        self.stack.undo_with(lambda: self.call(service_name, operation, parameters))


class _Named:
    """Turns errors of AWS into `DeployError`."""

    def __init__(self, making: Making, operation: str) -> None:
        self._making, self._operation = making, operation

    def __enter__(self) -> None:
        """Begins."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is not None and _is_refusal(error):
            making = self._making
            raise DeployError(
                f"Resource {making.logical_id} ({making.type}): {self._operation} failed: {str(error).removesuffix('.')}. "
                f"Nothing of the stack {shown(making.stack.place.stack_name)} is left."
            ) from error


def _is_refusal(error: BaseException) -> bool:
    """Returns whether an error is a refusal of AWS or of botocore's validation. The libraries are not imported here."""
    return any(kind.__module__ == "botocore.exceptions" for kind in type(error).__mro__)
