"""What the names in `ignore` of `deploy` mean: resources, types, properties, and rules of warnings (TPL-06)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from ..arguments import alternatives, shown
from ..errors import LambdaEventsError, hides_frames
from ..templates.template import Declared

__tracebackhide__ = hides_frames


def is_named(declared: Declared, ignore: Iterable[str], property_name: str = "") -> bool:
    """Returns whether `ignore` names a resource or one of its properties by logical id, type or pattern of types."""
    dotted = f".{property_name}" if property_name else ""
    return any(
        one == f"{declared.logical_id}{dotted}" or fnmatchcase(f"{declared.type}{dotted}", one) for one in ignore
    )  # fmt: skip


def ignored_names(ignore: object) -> tuple[str, ...]:
    """Returns the names in `ignore`. A single text is one name.

    Raises:
        LambdaEventsError: `ignore` is something else than texts.
    """
    names = (ignore,) if isinstance(ignore, str) else tuple(ignore) if isinstance(ignore, Iterable) else (ignore,)
    if not all(isinstance(one, str) for one in names):
        raise LambdaEventsError(f'ignore={shown(ignore)} is not a list of names. Pass such as ignore=["Orders"].')
    return names


def check_ignored(ignore: Iterable[str], resources: Sequence[Declared], rules: Sequence[str], run_time: Sequence[str]) -> None:
    """Raises `LambdaEventsError` if a name fits nothing in the templates (TPL-0H).

    Args:
        ignore: The names that the test passes.
        resources: All resources of the templates, also those whose condition is false.
        rules: The rules of warnings that can be ignored for all resources or for one.
        run_time: The rules that can be ignored for all resources only.
    """
    unknown = [one for one in ignore if not _fits(one, resources, rules, run_time)]
    if unknown:
        raise LambdaEventsError(
            "\n".join(
                f"ignore=[{one!r}] matches nothing in the template. {_hint(one, resources, rules, run_time)}"
                for one in unknown
            )
        )


def _fits(name: str, resources: Sequence[Declared], rules: Sequence[str], run_time: Sequence[str]) -> bool:
    if name in rules or name in run_time:
        return True
    logical_id, _, rule = name.rpartition(".")
    if rule in rules:
        return any(one.logical_id == logical_id for one in resources)
    return any(is_named(one, [name]) or any(is_named(one, [name], each) for each in one.properties) for one in resources)


def _hint(name: str, resources: Sequence[Declared], rules: Sequence[str], run_time: Sequence[str]) -> str:
    """Returns the closest name of the same form, and all names of this form."""
    owner, _, rest = name.partition(".")
    if rest in run_time or any(one.startswith("TPL-") and one not in rules for one in (owner, rest)):
        return alternatives(rest or owner, [*rules, *run_time], label="Rules of warnings")
    owners = [one for one in resources if is_named(one, [owner])]
    if rest and owners and rest not in rules:
        known = dict.fromkeys(f"{owner}.{each}" for one in owners for each in one.properties)
        return alternatives(name, known, label="Properties in the template")
    if "::" in owner and rest not in rules:
        return alternatives(owner, dict.fromkeys(one.type for one in resources), label="Types in the template")
    return alternatives(owner, [one.logical_id for one in resources], label="Resources in the template")
