"""Reads the template of a call of CloudFormation's API."""

from __future__ import annotations

from typing import Any

from moto.cloudformation.exceptions import ValidationError

from ...templates.errors import TemplateError
from ...templates.files import parsed_value


def template_of(text: str) -> dict[str, Any]:
    """Returns the content of a template. An invalid one raises the `ValidationError` of CloudFormation."""
    kind = "JSON" if text.lstrip().startswith("{") else "YAML"
    try:
        template = parsed_value(text, "TemplateBody")
    except TemplateError as error:
        raise ValidationError(message=f"Template format error: {kind} not well-formed. ({error})") from error
    if not isinstance(template, dict):
        raise ValidationError(message="Template format error: unsupported structure.")
    if not template.get("Resources"):
        raise ValidationError(message="Template format error: At least one Resources member must be defined.")
    return template
