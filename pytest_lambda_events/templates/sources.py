"""Finds what `deploy` is given: a template file, a folder, or a CDK application (TPL-06, 07)."""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

from .errors import TemplateError
from .files import read_template, read_text
from .source import StackSource

_SERVERLESS = "cloudformation-template-update-stack.json"
PACKAGES = ("manifest.json", "cdk.out/manifest.json", f".serverless/{_SERVERLESS}", _SERVERLESS)
TEMPLATES = ("template.yaml", "template.yml", "template.json")


def sources_of(given: str | os.PathLike[str] | Any, root: Path, stacks: Collection[str] | None = None) -> list[StackSource]:
    """Returns the stacks of a source in the order of their deployment.

    Args:
        given: A template file, a folder, or an object with `directory` or `synth()`: a CDK application or assembly.
        root: The folder at which a relative path starts.
        stacks: Which stacks of a CDK assembly are returned. None means all.

    Raises:
        TemplateError: There is no template, or more than one.
    """
    path = (root / _path_of(given)).resolve()
    if path.is_dir():
        path = _in_folder(path)
    elif not path.is_file():
        raise TemplateError(
            f"{str(path)!r} does not exist. Pass a template file or a folder that has one, relative to {str(root)!r}."
        )
    is_in_assembly = path.name.endswith(".template.json") and (path.parent / "manifest.json").is_file()
    if path.name == "manifest.json" or is_in_assembly:
        from .cdk import stacks_of_assembly

        return stacks_of_assembly(path.parent, [path.name] if is_in_assembly else stacks)
    if stacks is not None:
        raise TemplateError(f"stacks={list(stacks)!r} is for CDK assemblies, but {str(path)!r} is none. Leave it out.")
    if path.name == _SERVERLESS:
        from .serverless import package_source

        return [package_source(path)]
    if path.name in ("serverless.yml", "serverless.yaml"):
        raise TemplateError('serverless.yml is not read. Run "serverless package" first; deploy reads the folder .serverless.')
    return [StackSource(path, read_template(path))]


def _path_of(given: Any) -> Path:
    if isinstance(given, (str, os.PathLike)):
        return Path(given)
    if hasattr(given, "synth"):
        given = given.synth()
    directory = getattr(given, "directory", None)
    if not isinstance(directory, str):
        raise TemplateError(f"{given!r} is not a template. Pass a path, or a CDK App or CloudAssembly.")
    return Path(directory)


def _is_package(path: Path) -> bool:
    """Returns whether a file exists and is that of a package. Web applications have a `manifest.json` too."""
    if not path.is_file():
        return False
    if path.name != "manifest.json":
        return True
    try:
        content = json.loads(read_text(path))
    except ValueError:
        return False
    return isinstance(content, dict) and "artifacts" in content


def _in_folder(folder: Path) -> Path:
    packages = [folder / name for name in PACKAGES if _is_package(folder / name)]
    templates = [folder / name for name in TEMPLATES if (folder / name).is_file()]
    if (packages and templates) or len(packages) > 1:
        there = ", ".join(str(path.relative_to(folder)) for path in [*packages, *templates])
        raise TemplateError(f"{str(folder)!r} has several templates: {there}. Pass one of them.")
    found = [*packages, *templates]
    if found:
        return found[0]
    if any((folder / name).is_file() for name in ("serverless.yml", "serverless.yaml")):
        raise TemplateError('serverless.yml is not read. Run "serverless package" first; deploy reads the folder .serverless.')
    raise TemplateError(f"{str(folder)!r} has none of: {', '.join([*PACKAGES, *TEMPLATES])}.")
