"""What every folder of tests shares."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

# How fast the machine is says nothing about the code.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

pytest_plugins = ["pytester"]


def pytest_configure(config: pytest.Config) -> None:
    """Register the two markers that tie a test to the sheets in docs/rules."""
    config.addinivalue_line("markers", "rule(*ids): the rules that this test checks, as in rule('ASY-41', 'ASY-42')")
    config.addinivalue_line("markers", "scenario(*ids): the scenarios that this test plays, as in scenario('ASY A12')")
