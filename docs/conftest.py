"""Excludes examples that pytest does not collect here: projects run in their own folder, and failing tests only for pages."""

from __future__ import annotations

import sys

collect_ignore = ["examples/projects", "examples/failing"]
if sys.version_info < (3, 11):
    # The SDK for durable functions needs Python 3.11.
    collect_ignore.append("examples/test_durable_functions.py")
