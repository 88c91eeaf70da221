#!/usr/bin/env bash
# pydantic-core (2.50.5 with pydantic 2.14.4) does not always build a validator from the schema that it is given.
#
# A core schema of type "model" names the model's class. Somebody takes the core schema of a finished model, changes it (here: a
# string gets a maximum length of 3) and builds `SchemaValidator(changed)`.
# Expected: the new validator refuses a longer string.
# Seen: it accepts it. Since the class is complete, pydantic-core takes the validator that the class already has, and ignores the
# schema. With `__pydantic_complete__` set to False while the validator is built, it is built from the schema.
#
# It matters to whoever rewrites core schemas of models that exist, as this plugin does to let `PastDatetime` and `FutureDatetime`
# follow a virtual clock. Nothing raises: the change is just without effect.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "pydantic==2.14.4"
"$folder/venv/bin/python" - <<'PYTHON'
import copy
import sys

import pydantic
import pydantic_core
from pydantic import BaseModel, ValidationError
from pydantic_core import SchemaValidator

print("pydantic", pydantic.__version__, "pydantic-core", pydantic_core.__version__)


class Room(BaseModel):
    name: str


def changed():
    schema = dict(Room.__pydantic_core_schema__)
    schema["schema"] = copy.deepcopy({key: value for key, value in schema["schema"].items()})
    schema["schema"]["fields"]["name"]["schema"]["max_length"] = 3
    return schema


def accepts(validator):
    try:
        validator.validate_python({"name": "twelve"})
    except ValidationError:
        return False
    return True


complete = accepts(SchemaValidator(changed()))
Room.__pydantic_complete__ = False
incomplete = accepts(SchemaValidator(changed()))
Room.__pydantic_complete__ = True
print("built while the model is complete, accepts a longer string:", complete)
print("built while it is marked incomplete, accepts a longer string:", incomplete)
sys.exit(0 if (complete, incomplete) == (True, False) else 1)
PYTHON
