"""A stack that cannot be made leaves nothing behind: what was made of it is deleted, as CloudFormation's rollback does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from ...errors import ends_the_run


@contextmanager
def failures_rolled_back() -> Iterator[None]:
    """Delete what moto has made of a stack that fails, until the end of the block.

    A stack that cannot be created is gone. One that cannot be updated, or that a change set cannot create, loses what the
    update has added; what the update has changed or deleted stays so.
    """
    from moto.cloudformation.models import CloudFormationBackend, Stack
    from moto.cloudformation.parsing import ResourceMap

    create_stack, update, change = CloudFormationBackend.create_stack, Stack.update, ResourceMap.update

    def stack_created(backend: Any, *positional: Any, **keywords: Any) -> Any:
        before = set(backend.stacks)
        try:
            return create_stack(backend, *positional, **keywords)
        except BaseException:
            for stack_id in backend.stacks.keys() - before:
                stack = backend.stacks.pop(stack_id)
                _forget_exports(backend, stack_id)
                _delete(stack.resource_map, stack.resource_map._parsed_resources)
            raise

    def stack_updated(stack: Any, *positional: Any, **keywords: Any) -> None:
        before = {name: getattr(stack, name) for name in ("template", "template_dict", "status")}
        try:
            update(stack, *positional, **keywords)
        except BaseException:
            vars(stack).update(before)
            raise

    def resources_changed(resources: Any, *positional: Any, **keywords: Any) -> None:
        before = {name: getattr(resources, name) for name in ("_template", "_resource_json_map", "input_parameters")}
        known = set(resources._parsed_resources)
        try:
            change(resources, *positional, **keywords)
        except BaseException:
            _delete(resources, [name for name in resources._parsed_resources if name not in known])
            vars(resources).update(before)
            raise

    with ExitStack() as patches:
        patches.enter_context(mock.patch.object(CloudFormationBackend, "create_stack", stack_created))
        patches.enter_context(mock.patch.object(Stack, "update", stack_updated))
        patches.enter_context(mock.patch.object(ResourceMap, "update", resources_changed))
        yield


def _forget_exports(backend: Any, stack_id: str) -> None:
    for name in [name for name, export in backend.exports.items() if export.exporting_stack_id == stack_id]:
        del backend.exports[name]


def _delete(resources: Any, names: Iterable[str]) -> None:
    """Delete the resources with these logical ids, the latest first. What others still need is tried again after them."""
    made = [name for name in names if name in resources._resource_json_map]
    left = made[::-1]
    while left:
        remaining = [name for name in left if not _is_deleted(resources, name)]
        if len(remaining) == len(left):
            break
        left = remaining
    for name in made:
        del resources._parsed_resources[name]


def _is_deleted(resources: Any, name: str) -> bool:
    try:
        resources._delete_resource(resources._parsed_resources[name], resources._resource_json_map[name])
    except Exception as error:
        # The error that made the stack fail is the one to tell.
        if ends_the_run(error):
            raise
        return False
    return True
