"""What tests of templates share: a folder with a handler, and templates written there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, Stack

Deploy = Callable[..., Stack]

HANDLER = """
import os

def handler(event, context):
    return {"event": event, "variables": dict(os.environ)}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with `src/app.py`, whose handler returns its event and its environment variables."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(HANDLER)
    return tmp_path


@pytest.fixture
def deploy(lambda_events: LambdaEvents, folder: Path) -> Deploy:
    """Deploys a template that is given as text. The text is written into the folder."""

    def deployed(text: str, **keywords: Any) -> Stack:
        template = folder / "template.yaml"
        template.write_text(dedent(text))
        return lambda_events.deploy(template, **keywords)

    return deployed
