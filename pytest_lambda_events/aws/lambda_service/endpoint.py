"""The HTTP endpoint of the Lambda API: converts requests of boto3 for our control plane, and its responses."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.loaders import create_loader
from botocore.model import OperationModel, ServiceModel, Shape

from ...config import LambdaEventsConfig
from ...errors import NotSimulatedError, hides_frames
from ...service.api_response import ApiResponse, Parameters
from ...service.caller_permissions import CallerPermissions
from ...service.control_plane.planes import ControlPlanes
from ...service.control_plane.validation import not_simulated
from ...service.errors import ServiceError
from ...simulation.simulation import Simulation
from ...values import dataclass
from ..network.api_calls import PreparedRequest
from ..network.signing import account_of

__tracebackhide__ = hides_frames

LAYERS = frozenset(
    {
        "AddLayerVersionPermission", "DeleteLayerVersion", "GetLayerVersion", "GetLayerVersionByArn",
        "GetLayerVersionPolicy", "ListLayerVersions", "ListLayers", "PublishLayerVersion",
        "RemoveLayerVersionPermission",
    }
)  # fmt: skip
"""Operations that do not concern functions: moto answers them."""
_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/")
_HOST = re.compile(r"lambda(?:-fips)?\.([a-z0-9-]+)\.")

HttpAnswer = tuple[int, Mapping[str, str], bytes]
"""Status, headers and body."""


class LambdaEndpoint:
    """Answers every request to the `lambda` service except those about layers."""

    def __init__(
        self, planes: ControlPlanes, simulation: Simulation, config: LambdaEventsConfig, callers: CallerPermissions
    ) -> None:
        self._planes = planes
        self._simulation = simulation
        self._callers = callers
        self._account_id = config.account_id
        self._region_name = config.region_name

    def answer(self, operation_name: str, request: PreparedRequest) -> HttpAnswer | None:
        """Returns the response to a request, or None for a request that moto answers.

        Raises `NotSimulatedError` for an operation or a member of AWS that is not simulated.
        """
        if operation_name in LAYERS:
            return None
        try:
            with self._simulation.locked():
                return self._answered(self._called(operation_name, request))
        except NotSimulatedError as refusal:
            raise self._simulation.record_misuse(str(refusal), NotSimulatedError) from None
        except ServiceError as error:
            return self._refused(error)

    def _called(self, operation_name: str, request: PreparedRequest) -> ApiResponse:
        place = self._place(request)
        plane = self._planes.at(*place)
        if operation_name not in plane.operations:
            raise not_simulated(f"The operation {operation_name} of Lambda")
        parameters = _read(operation_name, request)
        self._callers.check(operation_name, *place, parameters)
        return plane.call(operation_name, parameters)

    def _place(self, request: PreparedRequest) -> tuple[str, str]:
        """Returns the account and the region of a request."""
        credential = _CREDENTIAL.search(_text(request.headers.get("Authorization")))
        host = _HOST.match(urlsplit(request.url).netloc)
        if credential is not None:
            return account_of(credential[1]) or self._account_id, credential[2]
        return self._account_id, host[1] if host else self._region_name

    def _answered(self, answer: ApiResponse) -> HttpAnswer:
        body = answer.payload
        if body is None:
            body = b"" if answer.status in (202, 204) and not answer.body else json.dumps(dict(answer.body)).encode()
        return answer.status, self._headers(answer.headers, body), body

    def _refused(self, error: ServiceError) -> HttpAnswer:
        body = json.dumps(_error_body(error)).encode()
        return error.status, self._headers({"x-amzn-ErrorType": error.code}, body), body

    def _headers(self, headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:
        common = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        if not any(name.lower() == "x-amzn-requestid" for name in headers):
            common["x-amzn-RequestId"] = self._simulation.identifiers.uuid()
        return {**common, **headers}


@cache
def lambda_model() -> ServiceModel:
    """Returns botocore's own description of the API."""
    return ServiceModel(create_loader().load_service_model("lambda", "service-2"), "lambda")


def runtime_names() -> Sequence[str]:
    """Returns every runtime that the installed botocore knows, including those that AWS has retired."""
    names: Sequence[str] = lambda_model().shape_for("Runtime").enum  # type: ignore[attr-defined]
    return names


def _read(operation_name: str, request: PreparedRequest) -> Parameters:
    return parameters_of(lambda_model().operation_model(operation_name), request)


def parameters_of(model: OperationModel, request: PreparedRequest) -> dict[str, Any]:
    """Returns the API parameters of a request from all its parts, with blobs as bytes, and `TraceHeader` if there is one."""
    places = _places(model)
    headers = {name.lower(): value for name, value in request.headers.items()}
    found: dict[str, Any] = {}
    if places.uri or places.query:
        url = urlsplit(request.url)
        path = places.path.fullmatch(url.path.rstrip("/")) if places.uri else None
        if path is not None:
            found.update({name: _typed(shape, unquote(path[key])) for name, key, shape in places.uri})
        query = parse_qs(url.query, keep_blank_values=True) if url.query else {}
        for name, key, shape in places.query:
            if key in query:
                found[name] = query[key] if shape.type_name == "list" else _typed(shape, query[key][0])
    for name, key, shape in places.headers:
        if headers.get(key) is not None:
            found[name] = _typed(shape, _text(headers[key]))
    if places.payload is not None:
        found.update(_payload(*places.payload, _bytes(request.body)))
    elif places.body:
        text = _bytes(request.body)
        content: Mapping[str, Any] = json.loads(text) if text else {}
        found.update({name: _decoded(shape, content[key]) for name, key, shape in places.body if content.get(key) is not None})
    trace = headers.get("x-amzn-trace-id")
    return {**found, "TraceHeader": _text(trace)} if trace and model.name == "Invoke" else found


_Members = tuple[tuple[str, str, Any], ...]
"""The name of each member, its name in the request, and its shape."""


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a request has the members of an operation. Names of headers are in lower case."""

    path: re.Pattern[str]
    uri: _Members
    query: _Members
    headers: _Members
    body: _Members
    payload: tuple[str, Shape] | None


@cache
def _places(model: OperationModel) -> _Places:
    template = urlsplit(model.http["requestUri"]).path.rstrip("/")
    path = re.compile(re.sub(r"\\{(\w+)\\?\+?\\}", r"(?P<\1>[^/]*)", re.escape(template)))
    shape: Any = model.input_shape
    members: list[tuple[str, str, str, Any]] = [] if shape is None else [
        (member.serialization.get("location", "body"), name, member.serialization.get("name", name), member)
        for name, member in shape.members.items()
    ]  # fmt: skip

    def at(location: str) -> _Members:
        return tuple((name, key, member) for place, name, key, member in members if place == location)

    headers = tuple((name, key.lower(), member) for name, key, member in at("header"))
    payload = None if shape is None else shape.serialization.get("payload")
    of_payload = None if payload is None else (payload, shape.members[payload])
    return _Places(path, at("uri"), at("querystring"), headers, at("body"), of_payload)


def _payload(name: str, shape: Shape, body: bytes) -> dict[str, Any]:
    """Returns the member that is the whole body of a request. A structure without a body is missing."""
    if shape.type_name != "structure":
        return {name: body}
    return {name: _decoded(shape, json.loads(body))} if body else {}


def _decoded(shape: Shape, value: Any) -> Any:
    if shape.type_name == "blob":
        return base64.b64decode(value)
    if shape.type_name == "structure":
        members: Mapping[str, Shape] = shape.members  # type: ignore[attr-defined]
        return {name: _decoded(member, value[name]) for name, member in members.items() if value.get(name) is not None}
    return value


def _typed(shape: Shape, text: str) -> Any:
    if shape.type_name in ("integer", "long"):
        return int(text)
    if shape.type_name == "boolean":
        return text.lower() == "true"
    return text


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if hasattr(body, "read"):
        body = body.read()
    return body.encode() if isinstance(body, str) else bytes(body)


def _error_body(error: ServiceError) -> dict[str, str]:
    """Returns the body of a refusal. The name of its message member depends on the error (FUN-60, CON-20)."""
    model = lambda_model()
    members: Mapping[str, Any] = {}
    if error.code in model.shape_names:
        members = model.shape_for(error.code).members  # type: ignore[attr-defined]
    body = dict(error.members)
    if "Type" in members and error.has_type:
        body["Type"] = "User"
    body["Message" if "Message" in members else "message"] = error.message
    return body
