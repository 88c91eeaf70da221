"""Checks of a template before anything is created: its form, and the references of its resources."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ...errors import ends_the_run
from ...patching import attribute_patched

_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")
"""The references that `Fn::Sub` replaces."""
_PARTS_WITH_NAMES = ("Parameters", "Resources")


@contextmanager
def templates_checked() -> Iterator[None]:
    """Checks each template that moto reads during the block.

    An invalid template raises the `ValidationError` of CloudFormation.
    """
    from moto.cloudformation.models import Stack

    parse = Stack.parse_template

    def parsed(text: str) -> Any:
        template = _read(parse, text)
        _check(template)
        return template

    with attribute_patched(Stack, "parse_template", staticmethod(parsed)):
        yield


def _read(parse: Callable[[str], Any], text: str) -> Any:
    kind = "JSON" if text.lstrip().startswith("{") else "YAML"
    try:
        return parse(text)
    except Exception as error:
        if ends_the_run(error):
            raise
        line = str(error).strip().splitlines()[0]
        raise _refusal(f"Template format error: {kind} not well-formed. ({line})") from error


def _check(template: Any) -> None:
    if not isinstance(template, dict):
        raise _refusal("Template format error: unsupported structure.")
    resources = template.get("Resources")
    if not isinstance(resources, dict) or not resources:
        raise _refusal("Template format error: At least one Resources member must be defined.")
    if "Transform" in template or any(name.startswith("Fn::") for name in resources):
        # A transform may add the target of a reference.
        return
    names = {name for part in _PARTS_WITH_NAMES for name in template.get(part) or ()}
    for part in ("Resources", "Outputs"):
        missing = {name for name in _references(template.get(part) or {}) if name not in names and "::" not in name}
        if missing:
            raise _refusal(
                f"Template format error: Unresolved resource dependencies [{', '.join(sorted(missing))}] in the {part} block "
                "of the template"
            )
    _check_for_circles({name: set(_references(resource)) & resources.keys() for name, resource in resources.items()})


def _references(value: Any) -> Iterator[str]:
    """Yields the names of parameters and resources to which a part of a template refers."""
    if isinstance(value, list):
        for member in value:
            yield from _references(member)
    elif isinstance(value, Mapping):
        for key, member in value.items():
            yield from _references_of(key, member)
            yield from _references(member)


def _references_of(key: Any, member: Any) -> Iterator[str]:
    if key == "Ref" and isinstance(member, str):
        yield member
    elif key == "Fn::GetAtt":
        name = member.partition(".")[0] if isinstance(member, str) else member[0] if isinstance(member, list) else None
        if isinstance(name, str):
            yield name
    elif key == "Fn::Sub":
        text, own = (member[0], member[1]) if isinstance(member, list) and len(member) == 2 else (member, {})
        names = _VARIABLE.findall(text) if isinstance(text, str) else ()
        yield from (name.partition(".")[0].strip() for name in names if name not in own)
    elif key == "DependsOn":
        yield from (name for name in ([member] if isinstance(member, str) else member) if isinstance(name, str))


def _check_for_circles(needs: Mapping[str, set[str]]) -> None:
    left = dict(needs)
    while left:
        free = [name for name, needed in left.items() if not needed & left.keys()]
        if not free:
            raise _refusal(f"Circular dependency between resources: [{', '.join(sorted(_in_circles(left)))}]")
        for name in free:
            del left[name]


def _in_circles(left: Mapping[str, set[str]]) -> set[str]:
    """Returns the resources that are part of a circle. The others only depend on one."""
    names = set(left)
    while True:
        needed = {one for name in names for one in left[name]} & names
        if needed == names:
            return names
        names = needed


def _refusal(message: str) -> Exception:
    from moto.cloudformation.exceptions import ValidationError

    return ValidationError(message=message)
