"""Measures ratios in one run and prints them as a table. Exits with 1 if a row is over its limit."""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import json
import os
import platform
import sys
from dataclasses import asdict
from pathlib import Path

from measuring import FULL, Row, table

MEASURED = Path(__file__).with_name("measured.json")
"""The numbers that the README shows. `docs/outputs.py` copies them."""

GROUPS = (
    "idle",
    "environments",
    "calls",
    "only_boto3",
    "queues",
    "streams",
    "kafka",
    "durable",
    "events",
    "pushes",
    "destinations",
    "http_requests",
    "buses",
    "folders",
    "templates",
    "explorations",
    "long_journals",
    # Last, since it loads pytest's plugins, and environments cost more where more modules are.
    "journal",
)


def main() -> int:
    """Measures the groups that the command line names, or all, and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"one of {', '.join(GROUPS)}; all if none is named")
    parser.add_argument("--full", action="store_true", help="larger sizes, such as 200,000 messages; takes many minutes")
    parser.add_argument("--save", action="store_true", help=f"write the rows to {MEASURED.name}; `make reference` copies them")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.groups) - set(GROUPS))
    if unknown:
        parser.error(f"There is no group {unknown[0]!r}. Choose from {', '.join(GROUPS)}.")
    if arguments.full:
        os.environ[FULL] = "1"
    over: list[Row] = []
    for name in arguments.groups or GROUPS:
        rows = list(importlib.import_module(name).measure())
        print(f"{name}\n{table(rows)}\n", flush=True)
        over += [row for row in rows if not row.is_ok]
        if arguments.save:
            _save(name, rows)
    for row in over:
        print(f"Over its limit: {row.text}", file=sys.stderr)
    if over and (others := os.getloadavg()[0] - 1) > 0.5:
        print(f"About {others:.0f} other processes were running. They make costs in ms higher.", file=sys.stderr)
    return int(bool(over))


def _save(group: str, rows: list[Row]) -> None:
    saved = json.loads(MEASURED.read_text(encoding="utf-8")) if MEASURED.exists() else {}
    versions = {"python": platform.python_version(), "moto": importlib.metadata.version("moto")}
    groups = {**saved.get("groups", {}), group: [asdict(row) for row in rows]}
    ordered = {name: groups[name] for name in GROUPS if name in groups}
    MEASURED.write_text(json.dumps({"versions": versions, "groups": ordered}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
