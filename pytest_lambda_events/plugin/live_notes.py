"""Notes that the terminal shows while a test still runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest

Node = Any
"""A test, or the class, module or session of a fixture with a wider scope."""


def shown_at_once(node: Node) -> Callable[[str], None]:
    """Returns a function that writes a text to the terminal immediately. pytest does not capture the text.

    The terminal reporter of a pytest-xdist worker shows nothing. There, the text goes to the standard error stream.
    """
    config: pytest.Config = node.config

    def show(text: str) -> None:
        capture: Any = config.pluginmanager.getplugin("capturemanager")
        terminal: Any = config.pluginmanager.getplugin("terminalreporter")
        note = f"{node.nodeid}: {text}" if node.nodeid else text
        with nullcontext() if capture is None else capture.global_and_fixture_disabled():
            if terminal is not None and not hasattr(config, "workerinput"):
                terminal.ensure_newline()
                terminal.write_line(note)
            elif sys.__stderr__ is not None:
                print(note, file=sys.__stderr__, flush=True)

    return show
