"""What became of each resource of a template, as values and as a table."""

from __future__ import annotations

from collections.abc import Sequence

from ..values import dataclass


@dataclass(frozen=True)
class StackResource:
    """One resource of a template."""

    logical_id: str
    """The logical id, after the transform of SAM."""
    type: str
    """The type, such as `AWS::SQS::Queue`."""
    treatment: str
    """`"simulated"`, `"state"`, `"placeholder"`, `"ignored"` or `"left out"`."""
    name: str = ""
    """The physical name. It is made up if the resource is not created."""
    reason: str = ""
    """Why the resource is not created, or what was not applied."""
    construct_path: str = ""
    """The construct path of CDK."""


def report_table(title: str, resources: Sequence[StackResource]) -> str:
    """Returns the resources as a table in plain text."""
    head = ("resource", "type", "treatment", "name", "reason")
    rows = [(one.logical_id, one.type, one.treatment, one.name, one.reason) for one in resources]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)]
    return "\n".join([title, *lines])
