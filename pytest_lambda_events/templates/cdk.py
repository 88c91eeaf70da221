"""Reads CDK assemblies (TPL-B0 to B8)."""

from __future__ import annotations

from pathlib import Path

from .errors import TemplateError
from .source import StackSource


def stacks_of_assembly(folder: Path) -> list[StackSource]:
    """Returns the stacks of an assembly in the order of their deployment."""
    raise TemplateError(f"{str(folder)!r}: CDK assemblies are not read yet.")
