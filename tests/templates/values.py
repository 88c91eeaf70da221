"""Templates for tests of values: the outputs show them, and the only resource is not created."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent
from typing import Any

from pytest_lambda_events import Stack

Deploy = Callable[..., Stack]


def template_of(value: str, rest: str = "") -> str:
    """Returns a template with the output `Value`, and further sections. The resource `W` is a placeholder."""
    return (
        f"{dedent(rest)}\nResources:\n  W: {{Type: AWS::CloudFormation::WaitConditionHandle}}\n"
        f"Outputs:\n  Value: {{Value: {value}}}\n"
    )


def value_of(deploy: Deploy, value: str, rest: str = "", **keywords: Any) -> Any:
    """Returns what a value of a template is, written in YAML's flow style."""
    return deploy(template_of(value, rest), **keywords).outputs["Value"]
