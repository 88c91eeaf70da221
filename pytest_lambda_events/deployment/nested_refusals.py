"""Finds what nested stacks refuse before anything is created (TPL-0D)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..templates.errors import TemplateError
from ..templates.files import read_template
from ..templates.nested import nested_source
from ..templates.sections import section
from ..templates.source import StackSource
from ..templates.template import Declared, Template

STACK = "AWS::CloudFormation::Stack"

Refusals = Callable[[str, StackSource, Mapping[str, Any]], Mapping[str, str]]
"""Returns what a nested stack refuses: its logical id, source and parameters."""


def refused_in_nested(declared: Declared, template: Template, parent: StackSource, refusals: Refusals) -> Mapping[str, str]:
    """Returns what a nested stack refuses, and the nested stack itself if its template is not a local file.

    Parameters that depend on resources have no value yet, so guesses replace them. What depends on such a value is found
    when the nested stack is created.
    """
    where = f"Resources/{declared.logical_id}/Properties"
    try:
        url = template.static_value(declared.properties.get("TemplateURL"), f"{where}/TemplateURL")
        source = nested_source(parent, declared.logical_id, str(url), read_template)
        if source is None:
            return {declared.logical_id: f"{declared.logical_id} ({STACK}) has the template {url!r}, which is no local file"}
        given = declared.properties.get("Parameters") or {}
        return refusals(declared.logical_id, source, _guessed(given, source, template))
    except TemplateError:
        return {}


def _guessed(given: Mapping[str, Any], source: StackSource, template: Template) -> dict[str, Any]:
    """Returns the parameters that need no resource, and values for those without a default."""
    values: dict[str, Any] = {}
    for name, written in given.items():
        try:
            values[name] = template.static_value(written, name)
        except TemplateError:
            declared = section(source.body, "Parameters").get(name)
            if isinstance(declared, Mapping) and "Default" not in declared:
                values[name] = declared.get("AllowedValues", ["0"])[0]
    return values
