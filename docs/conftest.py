"""Excludes examples that pytest does not collect here: projects run in their own folder, and failing tests only for pages."""

from __future__ import annotations

collect_ignore = ["examples/projects", "examples/failing"]
