"""Writes CDK assemblies as `app.synth()` does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_lambda_events.templates.construct_paths import logical_id_of

BUCKET = {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}
ROLE = "arn:aws:iam::123456789012:role/shop"
HANDLER = "def handler(event, context):\n    return {name!r}\n"
ASSET = "5ddb8432224c979493067873545a0af75e0f2035745a64e8c3f34e91ee41e5b8"
BOOTSTRAP = {"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"}}


def code_asset(assembly: Path, name: str = "app") -> None:
    """Writes the folder of the asset with the code of all functions."""
    folder = assembly / f"asset.{ASSET}"
    folder.mkdir(parents=True)
    (folder / "app.py").write_text(HANDLER.format(name=name))


def function(**properties: Any) -> dict[str, Any]:
    """Returns a function whose code is the asset."""
    code = {"S3Bucket": BUCKET, "S3Key": f"{ASSET}.zip"}
    settings = {"Code": code, "Handler": "app.handler", "Runtime": "python3.13", "Role": ROLE}
    return {"Type": "AWS::Lambda::Function", "Properties": {**settings, **properties}}


def resources(**by_path: Any) -> dict[str, Any]:
    """Returns resources by the logical ids that CDK computes from construct ids."""
    return {logical_id_of([name, "Resource"]): resource for name, resource in by_path.items()}


def write_stack(
    assembly: Path,
    template: Mapping[str, Any],
    *,
    artifact: str = "Main",
    display_name: str | None = None,
    asset_folder: str = "",
    dependencies: Sequence[str] = (),
    files: Mapping[str, str] | None = None,
    environment: str = "aws://unknown-account/unknown-region",
    **properties: Any,
) -> dict[str, Any]:
    """Writes the files of a stack, and returns its artifacts for the manifest.

    `asset_folder` is the way from the assembly to the folder of the asset. `files` are further assets: paths by S3 key.
    """
    assembly.mkdir(parents=True, exist_ok=True)
    (assembly / f"{artifact}.template.json").write_text(json.dumps({"Parameters": BOOTSTRAP, **template}))
    keys = {f"{ASSET}.zip": f"{asset_folder}asset.{ASSET}", **(files or {})}
    written = {
        key: {"source": {"path": path, "packaging": "zip"}, "destinations": {"current": {"objectKey": key}}}
        for key, path in keys.items()
    }
    manifest = {"version": "55.0.0", "files": written, "dockerImages": {}}
    (assembly / f"{artifact}.assets.json").write_text(json.dumps(manifest))
    return {
        f"{artifact}.assets": {"type": "cdk:asset-manifest", "properties": {"file": f"{artifact}.assets.json"}},
        artifact: {
            "type": "aws:cloudformation:stack",
            "environment": environment,
            "properties": {"templateFile": f"{artifact}.template.json", **properties},
            "dependencies": [*dependencies, f"{artifact}.assets"],
            "displayName": display_name or artifact,
        },
    }


def write_manifest(assembly: Path, *artifacts: Mapping[str, Any]) -> Path:
    """Writes `manifest.json` and returns the assembly."""
    assembly.mkdir(parents=True, exist_ok=True)
    merged = {name: one for some in artifacts for name, one in some.items()}
    (assembly / "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": merged}))
    return assembly
