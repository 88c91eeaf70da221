"""Lets the tests import the project without installing it."""

from __future__ import annotations

import sys
from pathlib import Path

PROJECT = str(Path(__file__).parent)
if PROJECT not in sys.path:
    sys.path.insert(0, PROJECT)
