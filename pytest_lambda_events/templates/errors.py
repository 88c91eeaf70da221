"""The errors of templates."""

from __future__ import annotations

from ..errors import LambdaEventsError


class TemplateError(LambdaEventsError):
    """A template is invalid, or a value for it is missing. CloudFormation refuses it with a `ValidationError` too.

    No resource is created.
    """
