"""What is known about an operation before it is called: its handler in moto, and how its parameters and results are read."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.core.parse import PROTOCOL_PARSERS, default_timestamp_parser
from moto.core.utils import get_service_model

from ...values import dataclass
from .shapes import Convert, NotCompiled, QueryResultShapes, ResultShapes, Shapes, parameters_of_json, results_of_json


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of one client.

    `read` returns the parameters in a body, as moto's handlers expect them. `write` returns a handler's result as it stands
    in a body; None if moto's own code must do it. `parse` returns the result for the caller from that, or None if botocore's
    own code must do it.
    """

    name: str
    is_query: bool
    content_type: str
    read: Callable[[Any], Any]
    write: Convert | None
    parse: Convert | None


def operation_of(model: Any, timestamp: Convert, service_name: str, *, reads_by_model: bool) -> Operation:
    """Returns the operation of a client's model. `timestamp` is the client's own function for timestamps.

    `service_name` is that of botocore. `reads_by_model` tells whether moto's handlers expect parameters in the types of the
    model, or as in the body.
    """
    is_query = model.service_model.resolved_protocol == "query"
    content_type, read, write = _of_moto(service_name, model.name, is_query=is_query, reads_by_model=reads_by_model)
    parse = _same if is_query else _compiled(results_of_json(timestamp), model.output_shape)
    return Operation(model.name, is_query, content_type, read, write, parse)


def result_of_rest_json(model: Any, timestamp: Convert) -> Convert | None:
    """Returns what reads the result of an operation with REST-JSON from its decoded body.

    Returns None if botocore's own code must do it: the result has parts of other places, or the body is the result.
    """
    shape = model.output_shape
    if model.service_model.resolved_protocol != "rest-json" or model.has_event_stream_output:
        return None
    if shape is not None:
        places = [member.serialization.get("location") for member in shape.members.values()]
        if any(places) or "payload" in shape.serialization:
            return None
    return _compiled(results_of_json(timestamp), shape)


@functools.cache
def _of_moto(
    service_name: str, operation_name: str, *, is_query: bool, reads_by_model: bool
) -> tuple[str, Callable[[Any], Any], Convert | None]:
    """Returns the values of an operation that do not depend on its client.

    Modules that are imported in each execution environment create many clients.
    """
    own = get_service_model(service_name)
    operation = own.operation_model(operation_name)
    if is_query:
        return "text/xml", _query_parameters(operation), _compiled(QueryResultShapes(), operation.output_shape)
    read = _json_parameters(operation) if reads_by_model else _decoded
    return _type_of_json(own), read, _compiled(ResultShapes(), operation.output_shape)


def _type_of_json(service: Any) -> str:
    """Returns moto's `Content-Type` of JSON, which is not AWS's for services that prefer another protocol."""
    return f"application/x-amz-json-{service.metadata.get('jsonVersion', '1.0')}" if service.protocol == "json" else "text"


def _compiled(shapes: Shapes, shape: Any) -> Convert | None:
    if shape is None:
        return _nothing
    try:
        return shapes.of(shape)
    except NotCompiled:
        return None


def _json_parameters(operation: Any) -> Callable[[Any], Any]:
    if operation.input_shape is None:
        return lambda body: {}
    try:
        convert = parameters_of_json(default_timestamp_parser).of(operation.input_shape)
    except NotCompiled:
        parser: Any = PROTOCOL_PARSERS["json"](operation)
        return lambda body: parser.parse({"body": body})
    return lambda body: convert(_decoded(body))


def _decoded(body: Any) -> Any:
    return json.loads(body) if body else {}


def _query_parameters(operation: Any) -> Callable[[Mapping[str, Any]], Any]:
    parser: Any = PROTOCOL_PARSERS["query"](operation)
    return lambda body: parser.parse({"values": {name: str(value) for name, value in body.items()}})


def _nothing(value: Any) -> dict[str, Any]:
    return {}


def _same(value: Any) -> Any:
    return value
