"""Run real AWS Lambda handlers in a test's own process, with their retries and throttles on a virtual clock."""

from __future__ import annotations

__version__ = "0.1.0"
