"""What a deployed template costs: against moto's `create_stack` of the same template, and of AWS SAM for the first time."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measuring import Row, seconds_of
from sides import MOCK_AWS, PROJECT, Comparison, compared, opened, variables_of

FUNCTIONS, QUEUES, STACKS = 10, 5, 5
DEPLOY = f"deploy {FUNCTIONS} functions, {FUNCTIONS} roles, {QUEUES} queues and {QUEUES} event source mappings"
FIRST = f"first deploy of {FUNCTIONS} functions of AWS SAM in a process, without the environment"
LIMIT_OF_FIRST = 500
SOURCE = f"""
import sys, time
sys.path.insert(0, {str(PROJECT / "benchmarks")!r})
import templates
print(templates.first_deploy())
"""


def measure() -> Iterator[Row]:
    """Yields a deploy of a template that the process knows, then the first one with the translator of SAM."""
    yield from compared("templates", [Comparison(DEPLOY, MOCK_AWS, ratio=0.7)])
    seconds = float(subprocess.check_output([sys.executable, "-c", SOURCE], cwd=PROJECT, env=variables_of(PROJECT)))
    yield Row(FIRST, seconds * 1000, "ms", limit=LIMIT_OF_FIRST)


def _deploy(side: str) -> float:
    """Returns the seconds of a stack in an environment of its own, in a process that has deployed it before."""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder, "template.json")
        template.write_text(json.dumps(_cloudformation()))
        _deployed(side, template)
        return sum(_deployed(side, template) for _ in range(STACKS)) / STACKS


def _deployed(side: str, template: Path) -> float:
    if side == MOCK_AWS:
        import boto3

        with opened(side):
            client = boto3.client("cloudformation", region_name="us-east-1")
            text = template.read_text()
            return seconds_of(lambda: client.create_stack(StackName="stack", TemplateBody=text))
    from pytest_lambda_events import LambdaEvents

    with LambdaEvents() as environment:
        return seconds_of(lambda: environment.deploy(template))


def first_deploy() -> float:
    """Returns the CPU seconds of a process's first deploy of a template of AWS SAM, the import of the translator included."""
    from pytest_lambda_events import LambdaEvents

    with tempfile.TemporaryDirectory() as folder, LambdaEvents() as environment:
        Path(folder, "app.py").write_text("def handler(event, context): ...")
        Path(folder, "template.json").write_text(json.dumps(_sam()))
        return seconds_of(lambda: environment.deploy(folder))


def _sam() -> dict[str, Any]:
    function = {"Runtime": "python3.13", "Handler": "app.handler"}
    functions = {f"F{index}": {"Type": "AWS::Serverless::Function", "Properties": function} for index in range(FUNCTIONS)}
    return {"Transform": "AWS::Serverless-2016-10-31", "Resources": functions}


def _cloudformation() -> dict[str, Any]:
    """Returns the template. Its functions have inline code, which moto needs."""
    statement = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    resources: dict[str, Any] = {}
    for index in range(FUNCTIONS):
        resources[f"Role{index}"] = {"Type": "AWS::IAM::Role", "Properties": role}
        properties = {
            "FunctionName": f"function-{index}",
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Timeout": 10,
            "Role": {"Fn::GetAtt": [f"Role{index}", "Arn"]},
            "Code": {"ZipFile": "def handler(event, context): ..."},
        }
        resources[f"F{index}"] = {"Type": "AWS::Lambda::Function", "Properties": properties}
    for index in range(QUEUES):
        queue = {"QueueName": f"queue-{index}", "VisibilityTimeout": 60}
        resources[f"Q{index}"] = {"Type": "AWS::SQS::Queue", "Properties": queue}
        mapping = {
            "FunctionName": {"Ref": f"F{index}"},
            "EventSourceArn": {"Fn::GetAtt": [f"Q{index}", "Arn"]},
            "BatchSize": 5,
        }
        resources[f"M{index}"] = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping}
    return {"Resources": resources}


MEASUREMENTS = {DEPLOY: _deploy}
