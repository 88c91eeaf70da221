"""Projects of their own, which tests/test_docs.py runs each in its own folder."""

from __future__ import annotations

collect_ignore = ["examples/projects"]
