"""Rolls back a stack that fails: deletes the resources that it created, as CloudFormation does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from ...errors import ends_the_run
from ...patching import attribute_patched


@contextmanager
def failures_rolled_back() -> Iterator[None]:
    """Deletes the resources that moto has created for a failed stack, during the block.

    A stack whose creation fails is removed. If an update or the creation by a change set fails, the new resources are deleted,
    but changes and deletions stay.
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
        patches.enter_context(attribute_patched(CloudFormationBackend, "create_stack", stack_created))
        patches.enter_context(attribute_patched(Stack, "update", stack_updated))
        patches.enter_context(attribute_patched(ResourceMap, "update", resources_changed))
        yield


def _forget_exports(backend: Any, stack_id: str) -> None:
    for name in [name for name, export in backend.exports.items() if export.exporting_stack_id == stack_id]:
        del backend.exports[name]


def _delete(resources: Any, names: Iterable[str]) -> None:
    """Deletes the resources with these logical ids, the latest first. Resources that others still need are tried again
    later.
    """
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
        # The error that made the stack fail is the one to report.
        if ends_the_run(error):
            raise
        return False
    return True
