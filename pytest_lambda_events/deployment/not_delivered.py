"""Finds what would call a function on AWS and does not here (TPL-F1, 0C)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..templates.references import references
from ..templates.template import Declared, Template
from ..templates.values import function_of
from .resource_types import NEVER_DELIVER, STATE

FUNCTION = "AWS::Lambda::Function"
QUALIFIERS = ("AWS::Lambda::Alias", "AWS::Lambda::Version")
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method")
_ANY, _DEFAULT = "ANY", "$default"
_INTEGRATION = "x-amazon-apigateway-integration"
_ALARMS = "AWS::CloudWatch::*"
_NAMES_ONLY = (
    "AWS::Logs::LogGroup", "AWS::CloudWatch::Dashboard", "AWS::SSM::", "AWS::CloudFormation::", "Custom::",
    *(pattern.rstrip("*") for pattern in NEVER_DELIVER if pattern != _ALARMS),
)  # fmt: skip
"""The beginnings of types that name functions and call none."""


def not_delivered(template: Template, resources: Iterable[str]) -> list[str]:
    """Returns the deliveries that do not happen, such as `"API GET /orders -> Orders"`.

    Args:
        template: The template.
        resources: The logical ids of the resources that deliver nothing here.
    """
    named = _Functions(template)
    found: list[str] = []
    for declared in (template.resources[name] for name in resources):
        calls_none = declared.type in STATE and declared.type not in _FINDERS
        if not calls_none and not declared.type.startswith(_NAMES_ONLY):
            found += _FINDERS.get(declared.type, _general)(declared, named)
    return list(dict.fromkeys(found))


class _Functions:
    """The functions to which values of a template refer."""

    def __init__(self, template: Template) -> None:
        self.template = template

    def of(self, value: Any) -> list[str]:
        """Returns the functions to which a value refers, also by an alias or a version."""
        names = [one.name for one in references(value, self.template.holds)]
        resources = [self.template.resources[name] for name in names if name in self.template.resources]
        found = [one.logical_id for one in resources if one.type == FUNCTION]
        for one in resources:
            if one.type in QUALIFIERS:
                found += self.of(one.properties.get("FunctionName"))
        return list(dict.fromkeys(found))

    def resources(self, value: Any, kind: str) -> list[Declared]:
        """Returns the resources of a type to which a value refers."""
        names = [one.name for one in references(value, self.template.holds)]
        found = (self.template.resources.get(name) for name in names)
        return [one for one in found if one is not None and one.type == kind]

    def taken(self, value: Any) -> Any:
        """Returns a value without `Fn::If` around it."""
        function = function_of(value)
        if function is not None and function[0] == "Fn::If":
            condition, then, otherwise = function[1]
            return self.taken(then if self.template.holds(condition) else otherwise)
        return value


def _general(declared: Declared, functions: _Functions) -> Iterator[str]:
    kind = declared.type.rpartition("::")[2]
    yield from (f"{kind} {declared.logical_id} -> {name}" for name in functions.of(declared.properties))


def _api_body(declared: Declared, functions: _Functions) -> Iterator[str]:
    """Yields the routes of an API that is written as OpenAPI."""
    body = functions.taken(declared.properties.get("Body"))
    paths = functions.taken(body.get("paths")) if isinstance(body, Mapping) else None
    for path, written in paths.items() if isinstance(paths, Mapping) else ():
        methods = functions.taken(written)
        for method, operation in methods.items() if isinstance(methods, Mapping) else ():
            operation = functions.taken(operation)
            if method in _METHODS and isinstance(operation, Mapping):
                for name in functions.of(operation.get(_INTEGRATION)):
                    yield _route(_ANY if method == _METHODS[-1] else method.upper(), path, name)


def _route(method: str, path: str, function: str) -> str:
    # The route $default of an HTTP API has no method.
    return f"API {path} -> {function}" if path == _DEFAULT else f"API {method} {path} -> {function}"


def _method(declared: Declared, functions: _Functions) -> Iterator[str]:
    path = _path(declared.properties.get("ResourceId"), functions)
    for name in functions.of(declared.properties.get("Integration")):
        yield _route(str(declared.properties.get("HttpMethod")), path or "/", name)


def _path(resource: Any, functions: _Functions) -> str:
    parents = functions.resources(resource, "AWS::ApiGateway::Resource")
    if not parents:
        return ""
    written = parents[0].properties
    return f"{_path(written.get('ParentId'), functions)}/{written.get('PathPart')}"


def _route_of_http_api(declared: Declared, functions: _Functions) -> Iterator[str]:
    key = str(declared.properties.get("RouteKey"))
    for integration in functions.resources(declared.properties.get("Target"), "AWS::ApiGatewayV2::Integration"):
        for name in functions.of(integration.properties.get("IntegrationUri")):
            yield f"API {key} -> {name}"


def _triggers(declared: Declared, functions: _Functions) -> Iterator[str]:
    triggers = functions.taken(declared.properties.get("LambdaConfig"))
    for trigger, value in triggers.items() if isinstance(triggers, Mapping) else ():
        yield from (f"UserPool {declared.logical_id} {trigger} -> {name}" for name in functions.of(value))


def _alarm(declared: Declared, functions: _Functions) -> Iterator[str]:
    """Yields the actions of an alarm. Its dimensions only name what it watches."""
    actions = [declared.properties.get(name) for name in ("AlarmActions", "OKActions", "InsufficientDataActions")]
    yield from (f"Alarm {declared.logical_id} -> {name}" for name in functions.of(actions))


def _nothing(declared: Declared, functions: _Functions) -> Iterator[str]:
    return iter(())


_FINDERS: Mapping[str, Callable[[Declared, _Functions], Iterator[str]]] = {
    "AWS::ApiGateway::RestApi": _api_body,
    "AWS::ApiGateway::Method": _method,
    "AWS::ApiGatewayV2::Api": _api_body,
    "AWS::ApiGatewayV2::Route": _route_of_http_api,
    "AWS::Cognito::UserPool": _triggers,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::StepFunctions::StateMachine": _general,
    "AWS::KinesisFirehose::DeliveryStream": _general,
    **dict.fromkeys(
        ("AWS::ApiGateway::Deployment", "AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Integration",
         "AWS::ApiGatewayV2::Stage", "AWS::ApiGatewayV2::Deployment", "AWS::Lambda::Permission"),
        _nothing,
    ),
}  # fmt: skip
