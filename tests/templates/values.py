"""Templates for tests of values: the outputs show them, and the only resource is not created."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent, indent
from typing import Any

from pytest_lambda_events import Stack

Deploy = Callable[..., Stack]

HEAD = "Transform: AWS::Serverless-2016-10-31\n"
FUNCTION = "Type: AWS::Serverless::Function, Properties: {Runtime: python3.13, Handler: app.handler, CodeUri: src/"


def template_of(value: str, rest: str = "") -> str:
    """Returns a template with the output `Value`, and further sections. The resource `W` is a placeholder."""
    return (
        f"{dedent(rest)}\nResources:\n  W: {{Type: AWS::CloudFormation::WaitConditionHandle}}\n"
        f"Outputs:\n  Value: {{Value: {value}}}\n"
    )


def value_of(deploy: Deploy, value: str, rest: str = "", **keywords: Any) -> Any:
    """Returns what a value of a template is, written in YAML's flow style."""
    return deploy(template_of(value, rest), **keywords).outputs["Value"]


def sam(*resources: str, rest: str = "") -> str:
    """Returns a template of SAM. `FN` in a resource stands for the start of a function, whose properties follow."""
    lines = "\n".join(resources).replace("FN", FUNCTION)
    return f"{HEAD}{rest}\nResources:\n{indent(lines, '  ')}\n"
