"""Changes a stack to another template, in CloudFormation's order: what is not needed any more is deleted at the end."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ..templates.source import StackSource
from ..templates.template import Declared
from .created import Created
from .deployment import Deployment
from .errors import DeployError


class Update:
    """One update of a stack. If a step fails, the stack is as before."""

    def __init__(self, stack: Deployment) -> None:
        self._stack = stack
        self._actions = list(stack.actions)
        self._state = {name: value for name, value in vars(stack).items() if name != "actions"}
        self._made, self._created = dict(stack.made), dict(stack.created)
        self._changed: list[Created] = []
        self._replaced: set[str] = set()

    def run(self, source: StackSource, parameters: Mapping[str, Any]) -> None:
        """Creates, changes, replaces and deletes resources."""
        stack = self._stack
        try:
            stack.read(source, parameters)
            for logical_id in self._created.keys() - stack.decisions.keys():
                del stack.made[logical_id], stack.created[logical_id]
            for declared in stack.template.creation_order:
                self._reach(declared)
            stack.conclude()
        except BaseException:
            self._take_back()
            raise
        self._delete_what_is_left()

    def _delete_what_is_left(self) -> None:
        """Deletes what the stack no longer needs. What AWS does not delete stays, and the update has succeeded."""
        stack, policies = self._stack, self._state["template"].resources
        gone = self._created.keys() - stack.created.keys() | self._replaced
        kept = {name for name in gone if str(self._policy(policies[name])).startswith("Retain")}
        stack.forget([one for one in self._actions if one.logical_id in kept])
        with suppress(DeployError):
            stack.undo([one for one in self._actions if one.logical_id in gone - kept])

    def _policy(self, declared: Declared) -> Any:
        """Returns the policy that decides whether a resource is kept that the stack no longer needs."""
        return declared.replace_policy if declared.logical_id in self._replaced else declared.deletion_policy

    def _reach(self, declared: Declared) -> None:
        """Gives one resource the properties of the new template."""
        stack, name = self._stack, declared.logical_id
        before = self._created.get(name)
        if before is None:
            stack.create_one(declared)
            return
        creator = stack.decisions[name].creator
        if before.type != declared.type:
            raise DeployError(
                "Update of resource type is not permitted. The new template modifies resource type of the following "
                f"resources: [{name}]"
            )
        making = stack.making(declared, before.replacement)
        if creator is None or making.properties == before.properties:
            return
        made = creator.changed(making, before)
        if made is not None:
            self._changed.append(before)
        else:
            creator.check_replaced(making, before)
            making = stack.making(declared, before.replacement + 1)
            self._replaced.add(name)
            made = creator(making)
        stack.keep(making, made)

    def _take_back(self) -> None:
        """Deletes what was created, and changes back what was changed."""
        stack = self._stack
        known = set(map(id, self._actions))
        with suppress(DeployError):
            stack.undo([one for one in stack.actions if id(one) not in known])
        after, decisions = dict(stack.created), stack.decisions
        vars(stack).update(self._state)
        stack.made.clear()
        stack.made.update(self._made)
        stack.created.clear()
        stack.created.update(self._created)
        for before in reversed(self._changed):
            creator = decisions[before.logical_id].creator
            making = stack.making_again(before)
            # The error that made the update fail is the one to report.
            with suppress(DeployError):
                if creator is not None:
                    stack.keep(making, creator.changed(making, after[before.logical_id]) or before.made)
