"""The script that counts which templates of a folder deploy."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "count_templates.py"
TEMPLATES = {
    "whole.yaml": "Resources: {Q: {Type: AWS::SQS::Queue}}",
    "refused.yaml": "Resources: {Q: {Type: AWS::SQS::Queue}, R: {Type: AWS::IoT::TopicRule}}",
    "wrong.yaml": "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: no name}}}",
    "given.yaml": """
        Parameters: {Name: {Type: String, AllowedPattern: "[0-9]+"}, Stored: {Type: "AWS::SSM::Parameter::Value<String>"}}
        Resources:
          Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Name}}
          N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ../nested.yaml, Parameters: {A: b}}}
        Outputs: {Arn: {Value: !GetAtt N.Outputs.QueueArn}, Other: {Value: !ImportValue other}}
    """,
    "other.yaml": "name: not a template",
}


def test_counts_and_reasons_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in TEMPLATES.items():
        (tmp_path / name).write_text(text)
    expected = {"whole.yaml": {"functions": ["F"], "resources after the SAM transform": {"AWS::SQS::Queue": 2}}}
    (tmp_path / "expected.json").write_text(json.dumps(expected))
    arguments = [str(SCRIPT), str(tmp_path), "--expected", str(tmp_path / "expected.json")]
    monkeypatch.setattr(sys, "argv", arguments)

    runpy.run_path(str(SCRIPT), run_name="__main__")

    printed = capsys.readouterr().out
    assert "whole.yaml: deployed as written\n  AWS::SQS::Queue: 1 instead of 2\n  function F" in printed
    assert "Deploy the rest with ignore=['R']." in printed
    assert "wrong.yaml: not deployed\n  DeployError: Resource Q (AWS::SQS::Queue): CreateQueue failed" in printed
    assert printed.endswith("    2 of 4 deployed as written\n    1 of 4 deployed with ignore\n    1 of 4 not deployed\n")
