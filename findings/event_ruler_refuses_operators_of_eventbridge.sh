#!/usr/bin/env bash
# A surprise of the package event-ruler 0.3.0, which has the name of the matcher that AWS publishes for Java:
#
# Eleven patterns of EventBridge's documentation are matched with events that fit them, and one pattern has a number.
# Expected: each pattern matches its event, as with TestEventPattern of EventBridge.
# Seen: suffix, wildcard, numeric, cidr, equals-ignore-case, $or, and anything-but with a prefix or wildcard end in
# "invalid pattern". The pattern [5] does not match the number 5.0. Exact values, null and exists are right.
#
# So the package cannot check a matcher of event patterns. Exits with 1 if the behaviour has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "event-ruler==0.3.0"
"$folder/venv/bin/python" - <<'PYTHON'
import importlib.metadata
import json
import sys

import event_ruler

print("event-ruler", importlib.metadata.version("event-ruler"))
FITTING = {
    "exact": ({"a": ["x"]}, {"a": "x"}),
    "null": ({"a": [None]}, {"a": None}),
    "exists": ({"b": [{"exists": False}]}, {"a": "x"}),
    "suffix": ({"a": [{"suffix": ".png"}]}, {"a": "x.png"}),
    "wildcard": ({"a": [{"wildcard": "d*/f"}]}, {"a": "dir/f"}),
    "numeric": ({"a": [{"numeric": [">", 0, "<=", 5]}]}, {"a": 5}),
    "cidr": ({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "10.0.0.7"}),
    "equals-ignore-case": ({"a": [{"equals-ignore-case": "Alice"}]}, {"a": "alice"}),
    "$or": ({"$or": [{"a": ["x"]}, {"b": ["y"]}]}, {"b": "y"}),
    "anything-but prefix": ({"a": [{"anything-but": {"prefix": "in"}}]}, {"a": "out"}),
    "anything-but wildcard": ({"a": [{"anything-but": {"wildcard": "in*"}}]}, {"a": "out"}),
    "a number": ({"a": [5]}, {"a": 5.0}),
}


def answer(pattern, event):
    try:
        return str(event_ruler.test_event_pattern(json.dumps(event), json.dumps(pattern)))
    except RuntimeError as error:
        return str(error)


seen = {name: answer(*case) for name, case in FITTING.items()}
for name, text in seen.items():
    print(f"{name}: {text}")
right = {name for name, text in seen.items() if text == "True"}
refused = {name for name, text in seen.items() if text == "invalid pattern"}
as_described = right == {"exact", "null", "exists"} and refused == set(FITTING) - right - {"a number"}
print("as described" if as_described and seen["a number"] == "False" else "changed")
sys.exit(not (as_described and seen["a number"] == "False"))
PYTHON
