#!/usr/bin/env bash
# freezegun 1.5.5 cannot start once Powertools' parser (aws-lambda-powertools 3.37.0, pydantic 2.14.4) is imported.
#
# Expected: `freeze_time(...)` in a test of a handler that uses `aws_lambda_powertools.utilities.parser` freezes the time.
# Seen: the start raises pydantic's PydanticSchemaGenerationError. freezegun reads every attribute of every loaded module. The
# parser package loads its models when an attribute is first read. At that moment `datetime` is freezegun's FakeDatetime already,
# for which pydantic cannot make a schema.
# If the models were loaded before (import `...parser.models` and read its names), freezegun starts.
#
# It matters to whoever freezes the time in tests of such handlers, and to tools that start freezegun: load lazy attributes first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "freezegun==1.5.5" "aws-lambda-powertools[parser]==3.37.0" "pydantic==2.14.4"
cat > "$folder/freeze.py" <<'PYTHON'
import sys

import freezegun
import pydantic

import aws_lambda_powertools.utilities.parser as parser

if sys.argv[1] == "loaded before":
    import aws_lambda_powertools.utilities.parser.envelopes
    import aws_lambda_powertools.utilities.parser.models

    for module in [parser, parser.models, parser.envelopes]:
        for name in dir(module):
            getattr(module, name)
try:
    with freezegun.freeze_time("2024-01-01"):
        print("frozen")
except pydantic.errors.PydanticSchemaGenerationError as error:
    print(type(error).__name__, str(error).partition(".")[0])
PYTHON
"$folder/venv/bin/pip" list 2>/dev/null | grep -E "^(freezegun|aws.lambda.powertools|pydantic) "
lazy=$("$folder/venv/bin/python" "$folder/freeze.py" lazy)
loaded=$("$folder/venv/bin/python" "$folder/freeze.py" "loaded before")
echo "models not loaded yet: $lazy"
echo "models loaded before:  $loaded"
[[ $lazy == PydanticSchemaGenerationError* && $loaded == frozen ]]
