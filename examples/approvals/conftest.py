"""Lets the tests import the project without installing it."""

from __future__ import annotations

import sys
from pathlib import Path

# The SDK for durable functions needs Python 3.11.
collect_ignore = [] if sys.version_info >= (3, 11) else ["tests"]
PROJECT = str(Path(__file__).parent)
if PROJECT not in sys.path:
    sys.path.insert(0, PROJECT)
