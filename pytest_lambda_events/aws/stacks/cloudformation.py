"""CloudFormation's API: moto keeps the records of stacks, and our deployment creates, changes and deletes their resources."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any

from moto.cloudformation import models
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.responses import CloudFormationResponse

from ...handles.resources import FunctionApi
from ...patching import attributes_patched
from ...service.control_plane.planes import ControlPlanes
from ...simulation.simulation import Simulation
from ...templates.parameters import HIDDEN, hidden_parameters
from ..refusals.checks import Refusals
from .reading import template_of
from .stack_deployment import StackServices
from .stack_resources import StackOutputs, StackResources
from .stack_types import StackTypes

_NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


@contextmanager
def stacks_connected(
    planes: ControlPlanes, simulation: Simulation, api: FunctionApi, client: Callable[..., Any]
) -> Iterator[None]:
    """Connects stacks with the environment."""
    services = StackServices(simulation, planes, api, client, StackTypes(simulation), Refusals(simulation))
    resources = type(StackResources.__name__, (StackResources,), {"services": services})

    def parsed(change_set: Any) -> None:
        change_set.template_dict = template_of(change_set.template)

    with attributes_patched(
        (models, "ResourceMap", resources),
        (models, "OutputMap", StackOutputs),
        (models.Stack, "parse_template", staticmethod(template_of)),
        (models.ChangeSet, "_parse_template", parsed),
        (models.CloudFormationBackend, "create_stack", _created(models.CloudFormationBackend.create_stack)),
        (models.CloudFormationBackend, "delete_stack", _deleted(models.CloudFormationBackend.delete_stack)),
        (models.Stack, "update", _updated(models.Stack.update)),
        (models.Stack, "stack_parameters", property(lambda stack: stack.resource_map.previous_values())),
        (models.CloudFormationBackend, "update_stack", _update_stack),
        (models.CloudFormationBackend, "create_change_set", _compared(models.CloudFormationBackend.create_change_set)),
        (models.CloudFormationBackend, "describe_change_set", _masked(models.CloudFormationBackend.describe_change_set)),
        (CloudFormationResponse, "create_change_set", _with_default_type(CloudFormationResponse.create_change_set)),
        (CloudFormationResponse, "_validate_different_update", lambda *_: None),
    ):
        yield


def _created(create: Callable[..., Any]) -> Callable[..., Any]:
    """Returns moto's method, after which a stack whose creation fails does not exist."""

    def create_stack(backend: Any, *positional: Any, **keywords: Any) -> Any:
        before = set(backend.stacks)
        try:
            return create(backend, *positional, **keywords)
        except BaseException:
            for stack_id in backend.stacks.keys() - before:
                stack = backend.stacks.pop(stack_id)
                _forget_exports(backend, stack_id)
                stack.resource_map.delete()
            raise

    return create_stack


def _deleted(delete: Callable[..., Any]) -> Callable[..., Any]:
    """Returns moto's method, after which a stack that has a resource left still exists."""

    def delete_stack(backend: Any, *positional: Any, **keywords: Any) -> None:
        before = dict(backend.stacks)
        try:
            delete(backend, *positional, **keywords)
        except BaseException:
            for stack_id in before.keys() - backend.stacks.keys():
                before[stack_id].status = "DELETE_FAILED"
                backend.stacks[stack_id] = before[stack_id]
            raise

    return delete_stack


def _update_stack(
    backend: Any, name: str, template: str, role_arn: Any, parameters: Sequence[Mapping[str, Any]], tags: Any
) -> Any:
    """Updates a stack. Raises the `ValidationError` of an update that changes nothing (TPL-I7)."""
    stack = backend.get_stack(name)
    values = {one["ParameterKey"]: one["ParameterValue"] for one in parameters if "ParameterValue" in one}
    kept = {one["ParameterKey"] for one in parameters if one.get("UsePreviousValue")}
    given = {**values, **{key: value for key, value in stack.stack_parameters.items() if key in kept}}
    if not _would_change(stack, template, given, tags):
        raise ValidationError(message="No updates are to be performed.")
    stack.update(template, role_arn, parameters=given, tags=tags)
    return stack


def _would_change(stack: Any, template: str, parameters: Mapping[str, str], tags: Any) -> bool:
    return stack.resource_map.would_change(template_of(template), parameters) or bool(tags and tags != stack.tags)


def _compared(create: Callable[..., Any]) -> Callable[..., Any]:
    """Returns moto's method, after which a change set without changes has failed (TPL-I7).

    A change set that creates a stack is refused if there is one with this name.
    """

    @wraps(create)
    def create_change_set(backend: Any, **given: Any) -> Any:
        name, change_set_name = given["stack_name"], given["change_set_name"]
        is_there = any(one.name == name and one.status != "REVIEW_IN_PROGRESS" for one in backend.stacks.values())
        if given["change_set_type"] == "CREATE" and is_there:
            raise ValidationError(
                message=f"Stack [{name}] already exists and cannot be created again with the changeSet [{change_set_name}]."
            )
        change_set_id, stack_id = create(backend, **given)
        change_set, stack = backend.change_sets[change_set_id], backend.stacks[stack_id]
        if _would_change(stack, change_set.template, change_set.parameters, change_set.tags):
            change_set.status, change_set.execution_status, change_set.status_reason = "CREATE_COMPLETE", "AVAILABLE", None
        else:
            change_set.status, change_set.execution_status = "FAILED", "UNAVAILABLE"
            change_set.status_reason = _NO_CHANGES
        return change_set_id, stack_id

    return create_change_set


def _masked(describe: Callable[..., Any]) -> Callable[..., Any]:
    """Returns moto's method, which returns a change set whose parameters with `NoEcho` have no value (TPL-IA)."""

    @wraps(describe)
    def describe_change_set(backend: Any, *positional: Any, **keywords: Any) -> Any:
        change_set = describe(backend, *positional, **keywords)
        hidden = hidden_parameters(change_set.template_dict)
        shown = copy.copy(change_set)
        shown.parameters = {name: HIDDEN if name in hidden else value for name, value in change_set.parameters.items()}
        return shown

    return describe_change_set


def _with_default_type(create: Callable[..., Any]) -> Callable[..., Any]:
    """Returns moto's method, in which a change set without a type updates a stack."""

    @wraps(create)
    def create_change_set(response: Any) -> Any:
        response.params.setdefault("ChangeSetType", "UPDATE")
        return create(response)

    return create_change_set


def _updated(update: Callable[..., Any]) -> Callable[..., Any]:
    """Returns moto's method, after which a stack whose update fails has its former template and status."""

    def update_stack(stack: Any, *positional: Any, **keywords: Any) -> None:
        before = {name: getattr(stack, name) for name in ("template", "template_dict", "status")}
        try:
            update(stack, *positional, **keywords)
        except BaseException:
            vars(stack).update(before)
            raise
        backend = models.cloudformation_backends[stack.account_id][stack.region_name]
        _forget_exports(backend, stack.stack_id)
        backend.exports.update({export.name: export for export in stack.exports})

    return update_stack


def _forget_exports(backend: Any, stack_id: str) -> None:
    for name in [name for name, export in backend.exports.items() if export.exporting_stack_id == stack_id]:
        del backend.exports[name]
