"""Custom resources: their functions run if a test asks for it (TPL-H0 to H5)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...arns import parse
from ...templates.names import stack_uuid
from ...templates.texts import as_text, json_text
from ..created import Made
from ..errors import DeployError
from ..making import Making
from ..response_urls import responses_received
from .created_type import CreatedType

RESPONSE_SIZE = 4096
"""The most bytes of a response."""
_ON_EVENT, _IS_COMPLETE = "USER_ON_EVENT_FUNCTION_ARN", "USER_IS_COMPLETE_FUNCTION_ARN"
"""Variables of the function with which CDK's `Provider` calls functions of the user."""


class NotRunError(DeployError):
    """The function of a custom resource cannot run here."""


def run_custom_resource(making: Making) -> Made:
    """Runs the function behind `ServiceToken` with a request to create the resource. Its response has the attributes.

    Raises:
        DeployError: The function fails, or sends no response.
        NotRunError: There is no function in Python.
    """
    token = str(making["ServiceToken"])
    response = _requested(making, token, _request(making, token, "Create"))
    physical = str(response.get("PhysicalResourceId") or making.logical_id)
    given = {**_request(making, token, "Delete"), "PhysicalResourceId": physical}
    making.stack.undo_with(lambda: _requested(making, token, given))
    attributes = response.get("Data") or {}
    return Made(physical, attributes, physical)


def _request(making: Making, token: str, kind: str) -> dict[str, Any]:
    place = making.stack.place
    request_id = stack_uuid(f"{place.stack_name}/{making.logical_id}/{kind}")
    host = _host(making)
    return {
        "RequestType": kind,
        "ServiceToken": token,
        "ResponseURL": f"https://{host}/{place.stack_id}%7C{making.logical_id}%7C{request_id}?X-Amz-Expires=7200",
        "StackId": place.stack_id,
        "RequestId": request_id,
        "LogicalResourceId": making.logical_id,
        "ResourceType": making.type,
        "ResourceProperties": _texts(making.properties, making.where),
    }


def _host(making: Making) -> str:
    region = making.stack.place.region
    return f"cloudformation-custom-resource-response-{region.replace('-', '')}.s3.{region}.invalid"


def _texts(value: Any, where: str) -> Any:
    """Returns a value whose scalars are texts (TPL-H1)."""
    if isinstance(value, Mapping):
        return {name: _texts(one, f"{where}/{name}") for name, one in value.items()}
    if isinstance(value, list):
        return [_texts(one, f"{where}/{index}") for index, one in enumerate(value)]
    return as_text(value, where)


def _requested(making: Making, token: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the response of the function."""
    variables = _variables(making, token)
    if _ON_EVENT in variables:
        return _provided(making, variables, request)
    _check_python(making, token)
    with responses_received(_host(making)) as received:
        _invoked(making, token, request)
    if not received:
        raise _failed(making, "its function returned without a response to ResponseURL")
    response = received[0]
    if response.get("Status") != "SUCCESS":
        raise _failed(making, str(response.get("Reason") or f"the Status of its response is {response.get('Status')!r}"))
    return _checked(making, response)


def _provided(making: Making, variables: Mapping[str, str], request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the response of the functions behind CDK's `Provider`. They return it (TPL-H5)."""
    _check_python(making, variables[_ON_EVENT])
    response = _invoked(making, variables[_ON_EVENT], request) or {}
    if not isinstance(response, Mapping):
        raise _failed(making, f"its function returned {response!r} instead of a map")
    if _IS_COMPLETE in variables:
        _check_python(making, variables[_IS_COMPLETE])
        complete = _invoked(making, variables[_IS_COMPLETE], {**request, **response}) or {}
        if not complete.get("IsComplete"):
            raise _failed(making, f"its function for isComplete returned {complete!r}, and it is called once here")
        response = {**response, "Data": {**(response.get("Data") or {}), **(complete.get("Data") or {})}}
    return _checked(making, response)


def _checked(making: Making, response: Mapping[str, Any]) -> Mapping[str, Any]:
    if len(json_text(response).encode()) > RESPONSE_SIZE:
        raise _failed(making, "Response object is too long.")
    return response


def _variables(making: Making, token: str) -> Mapping[str, str]:
    """Returns the variables of the function. Raises `NotRunError` if it does not exist."""
    if not token.startswith("arn:") or parse(token).service != "lambda":
        raise NotRunError(f"the ServiceToken {token!r} is not the ARN of a function")
    configuration = _configuration(making, token)
    found: Mapping[str, str] = (configuration.get("Environment") or {}).get("Variables") or {}
    return found


def _configuration(making: Making, function: str) -> dict[str, Any]:
    client = making.stack.client("lambda")
    try:
        configuration: dict[str, Any] = client.get_function_configuration(FunctionName=function)
    except client.exceptions.ResourceNotFoundException:
        raise NotRunError(f"the function {function!r} does not exist") from None
    return configuration


def _check_python(making: Making, function: str) -> None:
    configuration = _configuration(making, function)
    runtime = str(configuration.get("Runtime") or "python")
    if not runtime.startswith("python"):
        raise NotRunError(f"the runtime {runtime} of {configuration['FunctionName']!r} is not Python: pass handlers={{...}}")


def _invoked(making: Making, function: str, request: Mapping[str, Any]) -> Any:
    """Returns what a function returns. Raises `DeployError` if it fails."""
    found = parse(function).resource.split(":")
    name, qualifier = found[1], found[2] if len(found) > 2 else None
    answer = making.stack.api.invoke(name, qualifier, json.dumps(request).encode(), "")
    if answer.function_error is not None:
        error = answer.payload if isinstance(answer.payload, Mapping) else {}
        raise _failed(making, f"{name}: {error.get('errorType')}: {error.get('errorMessage')}")
    return answer.payload


def _failed(making: Making, reason: str) -> DeployError:
    stack = making.stack.place.stack_name
    return DeployError(
        f"Resource {making.logical_id} ({making.type}): Received response status [FAILED] from custom resource. Message "
        f"returned: {reason}. Nothing of the stack {stack!r} is left."
    )


RUN = CreatedType("cloudformation", "CreateStack", create=run_custom_resource)
"""A custom resource whose function runs."""
