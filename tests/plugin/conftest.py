"""What the tests of the plugin share."""

from __future__ import annotations

import importlib

import pytest

from pytest_lambda_events import LambdaEvents


def answer(event: object, context: object) -> None:
    """A handler that does nothing."""


@pytest.fixture(scope="session", autouse=True)
def loaded_before() -> None:
    """Load what inner runs load, since pytester forgets it after each: moto cannot be imported twice, others are slow."""
    importlib.import_module("hypothesis")
    with LambdaEvents() as environment:
        environment.client("sqs").list_queues()
        environment.client("lambda").list_functions()
        environment.function(answer).invoke_async()
        environment.run_until_idle()


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """pytest's own. Inner runs load this plugin only: to load all that are installed takes longer than most stories do."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    # pytest 8.0 warns that the plugin, which the outer run has loaded, cannot be rewritten.
    ignored = "-W 'ignore:Module already imported:pytest.PytestAssertRewriteWarning'"
    monkeypatch.setenv("PYTEST_ADDOPTS", f"-p pytest_lambda_events.plugin {ignored}")
    return pytester


@pytest.fixture
def beside_all(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inner runs load all plugins that are installed, and spare us a warning about an option that they do not set."""
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-o asyncio_default_fixture_loop_scope=function")
