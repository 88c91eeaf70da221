"""What is deployed: one stack of a template file, a CDK assembly, or a package of the Serverless Framework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from ..values import dataclass
from .construct_paths import paths_in_stack


@dataclass(frozen=True)
class StackSource:
    """The template of one stack, and where its code is.

    Args:
        path: The template file. Local paths in it are relative to its folder.
        body: Its content, as written.
        name: The name of the stack, if the source has one.
        assets: Files and folders by the S3 key under which the template names them.
        construct_path: The CDK construct path of the stack.
        known_paths: Logical ids by CDK construct path, as far as they are known, also of other stacks.
        parameters: Values of parameters that the source itself gives.
        account_id: The account to which the stack is bound. None if it can be deployed to each.
        region: The region to which the stack is bound. None if it can be deployed to each.
        function_names: Names of functions that only the source has, by logical id (Serverless Framework).
        code_folder: The folder of handlers whose code has no path of its own (Serverless Framework).
    """

    path: Path
    body: Mapping[str, Any]
    name: str | None = None
    assets: Mapping[str, Path] = field(default_factory=dict)
    construct_path: str = ""
    known_paths: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    account_id: str | None = None
    region: str | None = None
    function_names: Mapping[str, str] = field(default_factory=dict)
    code_folder: Path | None = None

    @property
    def folder(self) -> Path:
        """The folder where local paths in the template start."""
        return self.path.parent

    @property
    def construct_paths(self) -> dict[str, str]:
        """The CDK construct path of each logical id of this stack, as far as they are known."""
        written = self.body.get("Resources") or {}
        paths = paths_in_stack(self.known_paths, self.construct_path) if self.known_paths else {}
        for logical_id, declared in written.items():
            metadata = declared.get("Metadata") if isinstance(declared, Mapping) else None
            if isinstance(metadata, Mapping) and isinstance(metadata.get("aws:cdk:path"), str):
                paths[logical_id] = metadata["aws:cdk:path"]
        return paths
