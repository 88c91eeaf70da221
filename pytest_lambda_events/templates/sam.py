"""Translates templates of AWS SAM with AWS's own translator, which is the extra `sam` (TPL-05, 87 to 8H)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from .errors import TemplateError
from .files import Texts
from .place import Place
from .sam_sources import WrittenSam
from .sections import section, transforms
from .values import attribute_of, function_of

TRANSFORM = "AWS::Serverless-2016-10-31"
_SILENT = logging.CRITICAL + 1


def refuse_missing_transform(body: Mapping[str, Any]) -> None:
    """Raises `TemplateError` if a template has resources of SAM without its transform (TPL-8H)."""
    if TRANSFORM in transforms(body):
        return
    types = {str(one.get("Type")) for one in section(body, "Resources").values() if isinstance(one, Mapping)}
    foreign = sorted(name for name in types if name.startswith("AWS::Serverless::"))
    if foreign:
        raise TemplateError(f"Unrecognized resource types: [{', '.join(foreign)}]. Add Transform: {TRANSFORM}.")


def translated(
    body: Mapping[str, Any], parameters: Mapping[str, Any], place: Place, read: Texts
) -> tuple[dict[str, Any], WrittenSam]:
    """Returns the template without SAM, and what was taken out before the translation: local paths.

    Args:
        body: The template.
        parameters: The values of its parameters.
        place: The translator needs the region.
        read: Reads local files that the template names, such as definitions of state machines.

    Raises:
        TemplateError: The translator is not installed, or refuses the template.
    """
    try:
        from samtranslator.model.exceptions import InvalidDocumentException
        from samtranslator.parser.parser import Parser
        from samtranslator.translator.translator import Translator
    except ImportError:
        raise TemplateError(
            'AWS::Serverless templates need aws-sam-translator: pip install "pytest-lambda-events[sam]"'
        ) from None
    _check_attributes(body, body, "")
    written = WrittenSam(body, read)
    try:
        with _nothing_kept():
            translator = Translator(None, Parser(), boto_session=SimpleNamespace(region_name=place.region))
            try:
                output: dict[str, Any] = translator.translate(written.body, dict(parameters))
            finally:
                translator.metrics.publish()
    except InvalidDocumentException as error:
        reasons = "\n".join(f"  {cause.message}" for cause in error.causes)
        raise TemplateError(f"{error.message}\n{reasons}") from None
    except Exception as error:
        raise TemplateError(f"aws-sam-translator cannot translate the template: {type(error).__name__}: {error}") from error
    output["Resources"] = written.ordered(output["Resources"])
    return output, written


@contextmanager
def _nothing_kept() -> Iterator[None]:
    """Silences the translator, and restores what it keeps in its classes."""
    from samtranslator.metrics.method_decorator import MetricsMethodWrapperSingleton
    from samtranslator.translator.arn_generator import ArnGenerator

    logger = logging.getLogger("samtranslator")
    region, level = ArnGenerator.BOTO_SESSION_REGION_NAME, logger.level
    metrics = MetricsMethodWrapperSingleton.get_instance()
    logger.setLevel(_SILENT)
    try:
        yield
    finally:
        ArnGenerator.BOTO_SESSION_REGION_NAME = region
        MetricsMethodWrapperSingleton.set_instance(metrics)
        logger.setLevel(level)


def _check_attributes(value: Any, body: Mapping[str, Any], where: str) -> None:
    """Raises `TemplateError` for `Fn::GetAtt` of a published version or alias, from which SAM makes a broken function."""
    found = function_of(value)
    if found is not None and found[0] == "Fn::GetAtt":
        logical_id, attribute = attribute_of(found[1], where)
        if attribute in ("Version", "Alias") and _is_function(section(body, "Resources").get(str(logical_id))):
            raise TemplateError(
                f"{where}: Fn::GetAtt {logical_id}.{attribute} does not exist. Write !Ref {logical_id}.{attribute}."
            )
    elif isinstance(value, Mapping):
        for key, one in value.items():
            _check_attributes(one, body, f"{where}/{key}" if where else str(key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            _check_attributes(one, body, f"{where}/{index}")


def _is_function(resource: Any) -> bool:
    return isinstance(resource, Mapping) and resource.get("Type") == "AWS::Serverless::Function"
