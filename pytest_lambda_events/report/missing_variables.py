"""The text about environment variables that a function reads and does not have, although the test process has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..journal.attempts import Ended

NAMED = 3
"""How many variables are named."""


def hint_of_attempt(ended: Ended) -> str:
    """Returns the hint for an attempt that has ended. Empty if no variable was missing."""
    return hint(ended.missing_variables or (), ended.error_message or "")


def hint(names: Iterable[str], error_message: str = "") -> str:
    """Returns what is wrong and what to do. Empty without names.

    If the error names some of the variables, these are its cause, and the others are left out.
    """
    missing = list(names)
    if not missing:
        return ""
    missing = [name for name in missing if is_named(name, error_message)] or missing
    several = len(missing) > 1
    named = missing[:NAMED]
    rest = [f"{len(missing) - NAMED} more"] if len(missing) > NAMED else []
    variables = ", ".join(f'"{name}": ...' for name in named)
    patterns = ", ".join(f'"{name}"' for name in named)
    what = f"environment variables {_listed([*named, *rest])} are" if several else f"environment variable {named[0]} is"
    ways_out = f"pass environment={{{variables}}} or inherit_environment=[{patterns}]"
    return f"{what} set in the test process, not in the function: {ways_out}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def is_named(name: str, text: str) -> bool:
    """Returns whether the text has the name as a word, or names it as pydantic does."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None or is_field(name, text)


def is_field(name: str, text: str) -> bool:
    """Returns whether a line of the text is a field of a settings class for this name, such as `table` for `APP_TABLE`."""
    lines = {line.lower() for line in text.split("\n") if line.isidentifier()}
    variable = name.lower()
    return bool(lines) and (variable in lines or any(variable.endswith(f"_{line}") for line in lines))
