"""Translates templates of AWS SAM with AWS's own translator, which is the extra `sam` (TPL-05, 87 to 8H)."""

from __future__ import annotations

import copy
import logging
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from .errors import TemplateError
from .place import Place
from .template import transforms

TRANSFORM = "AWS::Serverless-2016-10-31"
LOCAL_CODE = "lambda-events-local-code"
"""The bucket that stands for a local path while the translator runs, because it accepts only S3 locations."""
_CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}


def is_sam(body: Mapping[str, Any]) -> bool:
    """Returns whether a template needs the translator. Raises `TemplateError` if the transform is missing."""
    if TRANSFORM in transforms(body):
        return True
    types = {str(one.get("Type")) for one in (body.get("Resources") or {}).values() if isinstance(one, Mapping)}
    foreign = sorted(name for name in types if name.startswith("AWS::Serverless::"))
    if foreign:
        raise TemplateError(f"Unrecognized resource types: [{', '.join(foreign)}]. Add Transform: {TRANSFORM}.")
    return False


def translated(body: Mapping[str, Any], parameters: Mapping[str, Any], place: Place) -> tuple[dict[str, Any], dict[str, str]]:
    """Returns the template without SAM, and the local code path of each function and layer.

    A code path belongs to a logical id of the written template: `Code.S3Key` in the returned template names it.

    Raises:
        TemplateError: The translator is not installed, or refuses the template.
    """
    try:
        from samtranslator.model.exceptions import InvalidDocumentException
        from samtranslator.parser.parser import Parser
        from samtranslator.translator.arn_generator import ArnGenerator
        from samtranslator.translator.translator import Translator
    except ImportError:
        raise TemplateError(
            'AWS::Serverless templates need aws-sam-translator: pip install "pytest-lambda-events[sam]"'
        ) from None
    given, paths = without_local_code(body)
    before = ArnGenerator.BOTO_SESSION_REGION_NAME
    logger = logging.getLogger("samtranslator")
    was_disabled, logger.disabled = logger.disabled, True
    try:
        session = SimpleNamespace(region_name=place.region)
        translator = Translator(None, Parser(), boto_session=session)
        output: dict[str, Any] = translator.translate(given, dict(parameters))
        translator.metrics.publish()
    except InvalidDocumentException as error:
        reasons = "\n".join(f"  {cause.message}" for cause in error.causes)
        raise TemplateError(f"{error.message}\n{reasons}") from None
    finally:
        ArnGenerator.BOTO_SESSION_REGION_NAME = before
        logger.disabled = was_disabled
    return output, paths


def without_local_code(body: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Returns a copy in which local code paths are S3 locations, and the path of each logical id."""
    given = copy.deepcopy(dict(body))
    shared = ((given.get("Globals") or {}).get("Function") or {}).pop("CodeUri", None)
    paths: dict[str, str] = {}
    for logical_id, declared in (given.get("Resources") or {}).items():
        property_name = _CODE.get(declared.get("Type", "")) if isinstance(declared, dict) else None
        if property_name is None:
            continue
        properties = declared.setdefault("Properties", {})
        if not isinstance(properties, dict) or "InlineCode" in properties or "ImageUri" in properties:
            continue
        if properties.get("PackageType") == "Image":
            properties["ImageUri"] = f"{LOCAL_CODE}:latest"
            continue
        path = properties.get(property_name, shared if property_name == "CodeUri" else None)
        if path is None or (isinstance(path, str) and not path.startswith("s3://")):
            paths[logical_id] = path or "."
            properties[property_name] = {"Bucket": LOCAL_CODE, "Key": logical_id}
    return given, paths
