"""Counts which templates of a folder deploy, and prints why others do not.

    python benchmarks/count_templates.py FOLDER [--expected expected.json] [--verbose]

Each template is deployed as written. If resources are refused, it is deployed again with `ignore=` for them. Code that is not
there does not matter: functions are created without it. A template of a nested stack that is not there is replaced by one with
a queue, and parameters without a default and exports of other stacks get values.

`--expected` compares functions and resources with a file of JSON: for each template its `functions` and the number of
`resources after the SAM transform` of each type.
"""

from __future__ import annotations

import argparse
import collections
import json
import re
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

from pytest_lambda_events import LambdaEvents, Stack
from pytest_lambda_events.templates.files import read_template

_IGNORE = re.compile(r"ignore=(\[.*?\])")
_NESTED = re.compile(r"(\w+) \(AWS::CloudFormation::Stack\) has the template '([^']+)', which is no local file")
_LEVELS = "1234"
"""Folders in which a template is put, so that nested templates in folders above it can be added."""
_EXPORT = re.compile(r"No export named (\S+) found")
_NAMES = re.compile(r"'([^']+)'")
_TEXTS = (
    "value", "arn:aws:s3:::value", "person@example.com", "https://example.com", "10.0.0.0/16", "12345",
    "123456789012", "a-1", "fsvol-1", "fs-1", "vpc-1", "subnet-1", "sg-1",
)  # fmt: skip
"""Values for parameters without a default. A parameter gets the first value that its pattern allows."""


def main() -> None:
    """Prints a line for each template that does not deploy as written, and the counts."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--expected", type=Path, help="a file of JSON with the functions and resources of each template")
    parser.add_argument("--verbose", action="store_true", help="print the reasons of placeholders, and what is not delivered")
    options = parser.parse_args()
    expected = json.loads(options.expected.read_text()) if options.expected else {}
    counts: collections.Counter[str] = collections.Counter()
    paths = sorted(path for path in options.folder.rglob("*") if path.suffix in (".yaml", ".yml", ".json"))
    for path in paths:
        if path == options.expected or "Resources" not in (_read(path) or {}):
            continue
        result, text = _deployed(path, expected.get(path.name), is_verbose=options.verbose)
        counts[result] += 1
        if text:
            print(f"{path.relative_to(options.folder)}: {result}\n{text}")
    total = sum(counts.values())
    for result, number in counts.most_common():
        print(f"{number:5} of {total} {result}")


def _read(path: Path) -> Any:
    try:
        return read_template(path)
    except Exception:
        return None


def _deployed(path: Path, expected: dict[str, Any] | None, *, is_verbose: bool) -> tuple[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        given = _Given(path, Path(folder).resolve())
        while True:
            with warnings.catch_warnings(), LambdaEvents() as environment:
                warnings.simplefilter("ignore")
                _store(environment, given.body, given.parameters)
                try:
                    stack = environment.deploy(
                        given.path, parameters=given.parameters, ignore=given.ignore, exports=given.exports
                    )
                except Exception as error:
                    if given.adds_what_is_missing(str(error)):
                        continue
                    return "not deployed", f"  {type(error).__name__}: {error}"
                differences = _differences(stack, expected)
                result = "deployed with ignore" if given.ignore else "deployed as written"
                details = _details(stack) if is_verbose else ""
                return result, "\n".join(text for text in (given.reasons, differences, details) if text)


class _Given:
    """What a template is deployed with. It is copied into a folder, where templates of nested stacks can be added."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path = folder.joinpath(*_LEVELS, path.name)
        self.path.parent.mkdir(parents=True)
        shutil.copy(path, self.path)
        self.body = _read(path)
        self.parameters = _parameters(self.body)
        self.ignore: list[str] = []
        self.exports: dict[str, str] = {}
        self.reasons = ""

    def adds_what_is_missing(self, error: str) -> bool:
        """Returns whether an error names something that can be given: a nested template, a resource to ignore, an export."""
        nested, refused, export = _NESTED.search(error), _IGNORE.search(error), _EXPORT.search(error)
        if nested is not None and not (place := (self.path.parent / nested[2]).resolve()).exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(json.dumps(self._nested(nested[1])))
            return True
        names = _NAMES.findall(refused[1]) if refused is not None else []
        if set(names) - set(self.ignore):
            self.ignore += names
            self.reasons += error
            return True
        if export is not None and export[1] not in self.exports:
            self.exports[export[1]] = "value"
            return True
        return False

    def _nested(self, logical_id: str) -> dict[str, Any]:
        """Returns a template of a queue with the outputs that the template reads."""
        named = set(re.findall(rf"{logical_id}\.Outputs\.(\w+)", self.path.read_text()))
        values = {"Arn": {"Fn::GetAtt": ["Q", "Arn"]}, "Url": {"Ref": "Q"}}
        outputs = {name: {"Value": values.get(name[-3:], {"Fn::GetAtt": ["Q", "QueueName"]})} for name in named}
        body = self.body["Resources"][logical_id].get("Properties") or {}
        parameters = {name: {"Type": "String"} for name in body.get("Parameters") or {}}
        return {"Parameters": parameters, "Resources": {"Q": {"Type": "AWS::SQS::Queue"}}, "Outputs": outputs}


def _parameters(body: Any) -> dict[str, str]:
    """Returns values for parameters without a default."""
    declared = body.get("Parameters") or {}
    return {name: _value(name, one) for name, one in declared.items() if "Default" not in one}


def _value(name: str, parameter: dict[str, Any]) -> str:
    allowed = parameter.get("AllowedValues")
    if allowed:
        return str(allowed[0])
    if parameter.get("Type") == "Number":
        return str(parameter.get("MinValue", 1))
    pattern = str(parameter.get("AllowedPattern", ""))
    if "SSM" in str(parameter.get("Type")) or name.lower().endswith("path"):
        return f"/{name}"
    for text in _TEXTS if not name.lower().endswith("arn") else _TEXTS[1:]:
        shortest = text.ljust(int(parameter.get("MinLength", 0)), "x")
        if not pattern or re.fullmatch(pattern, shortest):
            return shortest
    return "value"


def _store(environment: LambdaEvents, body: Any, given: dict[str, str]) -> None:
    """Stores the parameters of SSM that the template's parameters name."""
    ssm = environment.client("ssm")
    for name, one in (body.get("Parameters") or {}).items():
        if str(one.get("Type")).startswith("AWS::SSM::Parameter::Value"):
            ssm.put_parameter(
                Name=str(one.get("Default", given.get(name))),
                Value=_stored(str(one).lower()),
                Type="String",
                Overwrite=True,
            )


def _stored(declared: str) -> str:
    if "bus" in declared and "name" in declared:
        return "default"
    return _TEXTS["arn" in declared]


def _differences(stack: Stack, expected: dict[str, Any] | None) -> str:
    if expected is None:
        return ""
    types = collections.Counter(one.type for one in stack.report)
    types -= collections.Counter(one.type for nested in stack.stacks.values() for one in nested.report)
    if "functions" not in expected:
        return ""
    wanted = collections.Counter(expected["resources after the SAM transform"])
    functions = {one.logical_id for one in stack.report if one.type == "AWS::Lambda::Function"}
    lines = [
        f"  {kind}: {types[kind]} instead of {wanted[kind]}" for kind in sorted(types | wanted) if types[kind] != wanted[kind]
    ]
    lines += [f"  function {name}" for name in sorted(functions ^ set(expected["functions"]))]
    return "\n".join(lines)


def _details(stack: Stack) -> str:
    lines = [f"  {name}: {reason}" for name, reason in stack.placeholders.items()]
    lines += [f"  not delivered: {text}" for text in stack.not_delivered]
    lines += [f"  not applied: {name}.{prop}" for name, props in stack.not_applied.items() for prop in props]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
