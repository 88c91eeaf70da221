"""Local paths in a template of AWS SAM, which its translator does not accept (TPL-7D, 8F)."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from typing import Any

from .files import Texts, parsed_value

LOCAL_CODE = "lambda-events-local-code"
"""The bucket that stands for a local path while the translator runs, because it accepts only S3 locations."""
REPOSITORY = "application-repository:"
"""What a template URL starts with if the application is in the AWS Serverless Application Repository."""
_CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}
_DEFINITIONS = {
    "AWS::Serverless::StateMachine": "Definition",
    "AWS::Serverless::Api": "DefinitionBody",
    "AWS::Serverless::HttpApi": "DefinitionBody",
}


class WrittenSam:
    """A template of SAM with S3 locations instead of local paths.

    `paths` are the local paths of code, by logical id: `Code.S3Key` in the translated template has this logical id.
    """

    def __init__(self, body: Mapping[str, Any], read: Texts) -> None:
        self._read = read
        self.body: dict[str, Any] = copy.deepcopy(dict(body))
        self.paths: dict[str, str] = {}
        shared_settings = self.body.get("Globals")
        functions = shared_settings.get("Function") if isinstance(shared_settings, dict) else None
        shared = functions.pop("CodeUri", None) if isinstance(functions, dict) else None
        for logical_id, declared in (self.body.get("Resources") or {}).items():
            if isinstance(declared, dict) and isinstance(declared.setdefault("Properties", {}), dict):
                self._replace(logical_id, declared, shared)

    def _replace(self, logical_id: str, declared: dict[str, Any], shared: Any) -> None:
        kind, properties = str(declared.get("Type")), declared["Properties"]
        if kind in _CODE:
            self._replace_code(logical_id, properties, _CODE[kind], shared if _CODE[kind] == "CodeUri" else None)
        elif kind in _DEFINITIONS and _is_local(properties.get("DefinitionUri")):
            path = properties.pop("DefinitionUri")
            text = self._read(path)
            if text is None:
                properties["DefinitionUri"] = {"Bucket": LOCAL_CODE, "Key": logical_id}
            else:
                properties[_DEFINITIONS[kind]] = parsed_value(text, path)
        elif kind == "AWS::Serverless::Application" and isinstance(properties.get("Location"), dict):
            # The translator would ask AWS for it.
            application = properties["Location"].get("ApplicationId")
            declared["Type"] = "AWS::CloudFormation::Stack"
            declared["Properties"] = {"TemplateURL": f"{REPOSITORY}{application}"}

    def _replace_code(self, logical_id: str, properties: dict[str, Any], name: str, shared: Any) -> None:
        if "InlineCode" in properties or "ImageUri" in properties:
            return
        if properties.get("PackageType") == "Image":
            properties["ImageUri"] = f"{LOCAL_CODE}:latest"
            return
        path = properties.get(name, shared)
        if path is None or _is_local(path):
            self.paths[logical_id] = path or "."
            properties[name] = {"Bucket": LOCAL_CODE, "Key": logical_id}
        else:
            properties[name] = path

    def original_ids(self, output: Mapping[str, Any]) -> dict[str, str]:
        """Returns the written logical id of layers: SAM adds a hash to it (TPL-8A)."""
        layers = [name for name, one in output.items() if one.get("Type") == "AWS::Lambda::LayerVersion"]
        originals: dict[str, str] = {}
        for name in self.body["Resources"]:
            pattern = re.compile(re.escape(name) + "[0-9a-f]{10}")
            originals |= {layer: name for layer in layers if pattern.fullmatch(layer)}
        return originals

    def ordered(self, output: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the translated resources in the order of the written ones, each before what SAM made for it (TPL-98)."""
        written = list(self.body["Resources"])
        owners = {name: name if name in self.body["Resources"] else _owner(name, written) for name in output}
        place = {name: index for index, name in enumerate(written)}
        last = len(written)
        return dict(sorted(output.items(), key=lambda one: (place.get(owners[one[0]] or "", last), one[0] not in place)))


def _owner(name: str, written: Iterable[str]) -> str | None:
    """Returns the written resource with the longest logical id that a made one begins with."""
    return max((one for one in written if name.startswith(one)), key=len, default=None)


def _is_local(path: Any) -> bool:
    return isinstance(path, str) and not path.startswith(("s3://", "https://"))
