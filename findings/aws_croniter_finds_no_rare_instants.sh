#!/usr/bin/env bash
# A surprise of the package aws-croniter 2.1.1, which computes when cron expressions of EventBridge fire:
#
# Two expressions with a fifth weekday of a month are asked for their next instant.
# Expected: the next instant, however far it is: 29 February 2048, a Saturday, and 31 August 2033, a Wednesday.
# Seen: occurrence(...).next() returns None, as for an expression that never fires again, because the search ends after ten
# steps. The same expression gives an instant if the search begins closer to it.
#
# So None does not mean that an expression never fires. Exits with 1 if the behaviour has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "aws-croniter==2.1.1"
"$folder/venv/bin/python" - <<'PYTHON'
import importlib.metadata
import sys
from datetime import datetime, timezone

from aws_croniter import AwsCroniter

print("aws-croniter", importlib.metadata.version("aws-croniter"))


def following(cron, *after):
    found = AwsCroniter(cron).occurrence(datetime(*after, tzinfo=timezone.utc)).next()
    return None if found is None else found.strftime("%Y-%m-%d")


seen = [
    following("0 12 ? 2 7#5 *", 2026, 9, 15),
    following("0 12 ? 2 7#5 *", 2047, 9, 15),
    following("0 12 ? FEB,AUG 4#5 *", 2029, 9, 15),
    following("0 12 ? FEB,AUG 4#5 *", 2033, 1, 1),
]
print(*seen)
as_described = seen == [None, "2048-02-29", None, "2033-08-31"]
print("as described" if as_described else "changed")
sys.exit(not as_described)
PYTHON
