#!/usr/bin/env bash
# A surprise of the package aws-durable-execution-sdk-python 3.0.0, seen with aws-durable-execution-sdk-python-testing 1.4.0:
#
# A step returns a text, and the runner of AWS runs the handler.
# Expected: a result of 700,000 or 800,000 characters is stored, or refused with an error. The API allows 1 MB and more.
# Seen: with 700,000 characters the execution succeeds. With 800,000 characters it never ends: the SDK sends at most 750 KiB in
# one checkpoint, and an update that alone is larger is put back into its queue again and again. The history has StepStarted
# and nothing else. In Lambda the invocation would run until the timeout of the function.
#
# Needs Python 3.11 or newer. Exits with 1 if the behaviour has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "aws-durable-execution-sdk-python==3.0.0" \
    "aws-durable-execution-sdk-python-testing==1.4.0"
"$folder/venv/bin/python" - <<'PYTHON'
import importlib.metadata
import os

from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python_testing.runner import DurableFunctionTestRunner

print("aws-durable-execution-sdk-python", importlib.metadata.version("aws-durable-execution-sdk-python"))


def run(length):
    handler = durable_execution(lambda event, context: len(context.step(lambda step: "x" * length, name="large")))
    runner = DurableFunctionTestRunner(handler=handler)
    arn = runner.run_async(input="{}", execution_timeout=1000)
    try:
        end = runner.wait_for_result(arn, timeout=5).status.value
    except TimeoutError:
        end = "not ended after 5 s"
    return end, [event.event_type for event in runner.get_execution_history(arn).events][:3]


seen = [run(700_000), run(800_000)]
print(*seen, sep="\n")
as_described = seen == [
    ("SUCCEEDED", ["ExecutionStarted", "StepStarted", "StepSucceeded"]),
    ("not ended after 5 s", ["ExecutionStarted", "StepStarted"]),
]
print("as described" if as_described else "changed", flush=True)
os._exit(not as_described)  # The thread of the second execution never ends.
PYTHON
