"""Reads packages of the Serverless Framework (TPL-C0 to C6)."""

from __future__ import annotations

from pathlib import Path

from .files import read_template
from .source import StackSource


def package_source(path: Path) -> StackSource:
    """Returns the stack of `.serverless/cloudformation-template-update-stack.json`."""
    return StackSource(path, read_template(path), code_folder=path.parent.parent)
