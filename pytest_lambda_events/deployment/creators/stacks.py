"""Nested stacks (TPL-7B, 7C)."""

from __future__ import annotations

from collections.abc import Mapping

from ...templates.errors import TemplateError
from ...templates.files import read_template
from ...templates.nested import nested_source
from ...templates.texts import as_text
from ..created import Made
from ..making import Making
from .created_type import CreatedType


def create_nested_stack(making: Making) -> Made:
    """Deploys the template of a nested stack as a stack of its own. Its outputs are attributes."""
    url = str(making["TemplateURL"])
    where = f"Resources/{making.logical_id}/Properties"
    source = nested_source(making.stack.source, making.logical_id, url, read_template)
    if source is None:
        raise TemplateError(f"{where}/TemplateURL: {url!r} is no local file. Pass ignore=[{making.logical_id!r}].")
    parameters = {
        name: value if isinstance(value, list) else as_text(value, f"{where}/Parameters/{name}")
        for name, value in (making.get("Parameters") or {}).items()
    }
    nested = making.stack.nest(making.logical_id, source, parameters)
    outputs = {f"Outputs.{name}": value for name, value in nested.outputs.items()}
    return Made(nested.place.stack_id, outputs, nested.place.stack_name)


NESTED: Mapping[str, CreatedType] = {
    "AWS::CloudFormation::Stack": CreatedType(
        "cloudformation", "CreateStack", create=create_nested_stack, no_attribute=("StackId",)
    ),
}
"""Nested stacks."""
