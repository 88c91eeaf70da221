"""CloudFormation's API: moto keeps the records of stacks, and our deployment creates, changes and deletes their resources."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from moto.cloudformation import models

from ...handles.resources import FunctionApi
from ...patching import attribute_patched
from ...service.control_plane.planes import ControlPlanes
from ...simulation.simulation import Simulation
from ..refusals.checks import Refusals
from .reading import template_of
from .stack_deployment import StackServices
from .stack_resources import StackOutputs, StackResources
from .stack_types import StackTypes


@contextmanager
def stacks_connected(
    planes: ControlPlanes, simulation: Simulation, api: FunctionApi, client: Callable[..., Any]
) -> Iterator[None]:
    """Connects stacks with the environment."""
    services = StackServices(simulation, planes, api, client, StackTypes(simulation), Refusals(simulation))
    resources = type(StackResources.__name__, (StackResources,), {"services": services})

    def parsed(change_set: Any) -> None:
        change_set.template_dict = template_of(change_set.template)

    with ExitStack() as patches:
        for owner, name, replacement in (
            (models, "ResourceMap", resources),
            (models, "OutputMap", StackOutputs),
            (models.Stack, "parse_template", staticmethod(template_of)),
            (models.ChangeSet, "_parse_template", parsed),
            (models.CloudFormationBackend, "create_stack", _created(models.CloudFormationBackend.create_stack)),
            (models.CloudFormationBackend, "delete_stack", _deleted(models.CloudFormationBackend.delete_stack)),
            (models.Stack, "update", _updated(models.Stack.update)),
        ):
            patches.enter_context(attribute_patched(owner, name, replacement))
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
