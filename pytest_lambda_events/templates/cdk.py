"""Reads CDK assemblies: the folder `cdk.out` (TPL-B0 to B8)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..arguments import alternatives, shown
from ..values import dataclass
from .errors import TemplateError
from .files import read_template
from .references import ordered
from .source import StackSource

_STACK, _ASSEMBLY, _ASSETS, _TREE = (
    "aws:cloudformation:stack", "cdk:cloud-assembly", "cdk:asset-manifest", "cdk:tree",
)  # fmt: skip
_LOGICAL_ID = "aws:cdk:logicalId"
_ENVIRONMENT = re.compile(r"aws://([^/]+)/(.+)")
_LEGACY = re.compile(r"AssetParameters[0-9a-f]{32,}")


def stacks_of_assembly(folder: Path, wanted: Collection[str] | None = None) -> list[StackSource]:
    """Returns the stacks of an assembly in the order of their deployment.

    Args:
        folder: The folder with `manifest.json`.
        wanted: Names, construct paths, artifact ids or template files of the stacks to return. None means all.

    Raises:
        TemplateError: The assembly is not valid, has no such stack, or was made by `LegacyStackSynthesizer`.
    """
    artifacts = list(_stacks(folder, _tree_paths(folder)))
    if not artifacts:
        raise TemplateError(f"The CDK assembly {str(folder)!r} has no stacks.")
    if wanted is not None:
        names = {name: one for one in artifacts for name in (one.id, one.path, one.name, one.file)}
        for name in wanted:
            if name not in names:
                known = [one.path for one in artifacts]
                raise TemplateError(f"stacks={[name]!r}: {alternatives(name, known, label='The assembly has the stacks')}")
        chosen = {names[name].id for name in wanted}
        artifacts = [one for one in artifacts if one.id in chosen]
    return [one.source() for one in artifacts]


@dataclass(frozen=True)
class _Artifact:
    """A stack in the manifest of an assembly."""

    id: str
    folder: Path
    manifest: Mapping[str, Any]
    known_paths: Mapping[str, str]
    assets: Mapping[str, Path]

    @property
    def path(self) -> str:
        """The construct path."""
        return str(self.manifest.get("displayName") or self.id)

    @property
    def name(self) -> str:
        """The name of the stack."""
        return str(self.manifest["properties"].get("stackName") or self.id)

    @property
    def file(self) -> str:
        """The name of the template file."""
        return str(self.manifest["properties"]["templateFile"])

    def source(self) -> StackSource:
        """Returns the stack. Raises `TemplateError` for one of `LegacyStackSynthesizer`."""
        properties = self.manifest["properties"]
        file = self.folder / self.file
        body = _json(file)
        legacy = [name for name in body.get("Parameters") or {} if _LEGACY.match(name)]
        if legacy:
            raise TemplateError(
                f"The stack {shown(self.path)} has the parameter {legacy[0]!r}: it was made by LegacyStackSynthesizer, which "
                "is not read. Use DefaultStackSynthesizer, or deploy the other stacks with stacks=[...]."
            )
        account, region = _environment(str(self.manifest.get("environment", "")))
        return StackSource(
            file, body, name=self.name, assets=self.assets, construct_path=self.path, known_paths=self.known_paths,
            parameters=properties.get("parameters") or {}, account_id=account, region=region,
        )  # fmt: skip


def _stacks(folder: Path, tree: Mapping[str, str]) -> Iterator[_Artifact]:
    """Yields the stacks of an assembly and of those in it, in the order of their deployment (TPL-B8)."""
    artifacts = _artifacts(folder)
    kinds = (_STACK, _ASSEMBLY)
    order = {name: one for name, one in artifacts.items() if one.get("type") in kinds}
    needs = {name: [other for other in one.get("dependencies") or () if other in order] for name, one in order.items()}
    for name in ordered(needs):
        one = order[name]
        if one["type"] == _ASSEMBLY:
            yield from _stacks(folder / one["properties"]["directoryName"], tree)
            continue
        known = {**tree, **_metadata_paths(folder, one)}
        yield _Artifact(name, folder, one, known, _assets(folder, artifacts, one))


def _artifacts(folder: Path) -> dict[str, Any]:
    artifacts = _json(folder / "manifest.json").get("artifacts")
    if not isinstance(artifacts, dict):
        raise TemplateError(f"{str(folder / 'manifest.json')!r} is not the manifest of a CDK assembly: it has no artifacts.")
    return artifacts


def _json(path: Path) -> dict[str, Any]:
    try:
        return read_template(path)
    except TemplateError as error:
        raise TemplateError(f"Cannot read the CDK assembly. Run cdk synth again. {error}") from error


def _environment(text: str) -> tuple[str | None, str | None]:
    """Returns account and region of `aws://<account>/<region>`, each None if the stack is not bound to one."""
    found = _ENVIRONMENT.fullmatch(text)
    if found is None:
        return None, None
    account, region = found.groups()
    return (None if account == "unknown-account" else account), (None if region == "unknown-region" else region)


def _metadata_paths(folder: Path, artifact: Mapping[str, Any]) -> dict[str, str]:
    """Returns the logical ids that the metadata of a stack has, by construct path (TPL-B2)."""
    metadata = dict(artifact.get("metadata") or {})
    file = artifact.get("additionalMetadataFile")
    if file and (folder / file).is_file():
        metadata |= _json(folder / file)
    return {
        path.strip("/"): entry["data"]
        for path, entries in metadata.items()
        for entry in entries
        if entry.get("type") == _LOGICAL_ID
    }


def _tree_paths(folder: Path) -> dict[str, str]:
    """Returns the logical ids that the construct tree has, by construct path. Some resources have none there."""
    files = [one["properties"]["file"] for one in _artifacts(folder).values() if one.get("type") == _TREE]
    found: dict[str, str] = {}
    pending = [_json(folder / file).get("tree") for file in files if (folder / file).is_file()]
    while pending:
        node = pending.pop()
        if not isinstance(node, dict):
            continue
        logical_id = (node.get("attributes") or {}).get("aws:cdk:cloudformation:logicalId")
        if logical_id:
            found[str(node.get("path", ""))] = str(logical_id)
        pending.extend((node.get("children") or {}).values())
    return found


def _assets(folder: Path, artifacts: Mapping[str, Any], stack: Mapping[str, Any]) -> dict[str, Path]:
    """Returns files and folders by their S3 keys, and folders of images by their tags (TPL-B1)."""
    needed = set(stack.get("dependencies") or ()) | set(stack["properties"].get("additionalDependencies") or ())
    found: dict[str, Path] = {}
    for name, artifact in artifacts.items():
        if artifact.get("type") != _ASSETS or name not in needed:
            continue
        file = folder / artifact["properties"]["file"]
        manifest = _json(file)
        for kind, source_key, key in (("files", "path", "objectKey"), ("dockerImages", "directory", "imageTag")):
            for asset in (manifest.get(kind) or {}).values():
                path = asset["source"].get(source_key)
                for destination in asset["destinations"].values() if path else ():
                    found[destination[key]] = (file.parent / path).resolve()
    return found
