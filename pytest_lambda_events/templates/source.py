"""What is deployed: one stack of a template file, a CDK assembly, or a package of the Serverless Framework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from ..values import dataclass


@dataclass(frozen=True)
class StackSource:
    """The template of one stack, and where its code is.

    Args:
        path: The template file. Local paths in it are relative to its folder.
        body: Its content, as written.
        name: The name of the stack, if the source has one.
        assets: Files and folders by the S3 key under which the template names them.
        construct_paths: The CDK construct path of each logical id, as far as they are known.
        dependencies: The names of the stacks of the same source that are deployed before.
        parameters: Values of parameters that the source itself gives.
        code_folder: The folder of handlers whose code has no path of its own (Serverless Framework).
    """

    path: Path
    body: Mapping[str, Any]
    name: str | None = None
    assets: Mapping[str, Path] = field(default_factory=dict)
    construct_paths: Mapping[str, str] = field(default_factory=dict)
    dependencies: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    code_folder: Path | None = None

    @property
    def folder(self) -> Path:
        """The folder where local paths in the template start."""
        return self.path.parent
