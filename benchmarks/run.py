"""Measures ratios in one run and prints them as a table. Exits 0 unless --check is given and a limit is passed."""

from __future__ import annotations

import argparse
import sys

import destinations
import events
import fixed_cost
import folders
import idle
import journal
import long_journals
import queues
import streams
from measuring import Row, table

PARTS = {
    "idle": idle,
    "fixed": fixed_cost,
    "folders": folders,
    "events": events,
    "destinations": destinations,
    "queues": queues,
    "streams": streams,
    "long": long_journals,
    # Last, since it loads pytest's plugins, and environments cost more where more modules are.
    "journal": journal,
}


def main() -> int:
    """Run what the command line asks for, all by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all if none is named")
    parser.add_argument("--check", action="store_true", help="exit 1 if a limit is passed")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.parts) - PARTS.keys())
    if unknown:
        parser.error(f"no part {unknown[0]!r}; choose from {', '.join(PARTS)}")
    rows: list[Row] = []
    for name in arguments.parts or PARTS:
        rows += PARTS[name].measure()
    print(table(rows))
    return int(arguments.check and not all(row.is_ok for row in rows))


if __name__ == "__main__":
    sys.exit(main())
