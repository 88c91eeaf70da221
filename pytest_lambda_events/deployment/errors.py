"""Errors while a stack is created."""

from __future__ import annotations

from ..errors import LambdaEventsError


class DeployError(LambdaEventsError):
    """AWS refused a resource of a template. All resources that were created before are deleted again (TPL-0E)."""

    resource_type = ""
