"""The table of choices in the documentation has each choice that an exploration knows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pytest_lambda_events import Bounds
from pytest_lambda_events.exploration.bounds import FLAGS
from pytest_lambda_events.exploration.choices import INPUT, TEXTS

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "exploration.md"
ROW = re.compile(r"^\| `(?P<kind>[^`]+)` \| (?P<alternatives>`.+?`) \| (?P<flags>`.+?`) \|", re.MULTILINE)


def codes(text: str) -> list[str]:
    """Returns what is between backticks."""
    return re.findall(r"`([^`]+)`", text)


def documented() -> dict[tuple[str, str], list[str]]:
    """Returns the alternatives of each kind of point, with their keywords."""
    rows = ROW.finditer(PAGE.read_text(encoding="utf-8"))
    return {(row["kind"], one): codes(row["flags"]) for row in rows for one in codes(row["alternatives"])}


def test_the_page_has_each_choice() -> None:
    known = {(kind, alternative or "item 2 first") for kind, alternative in TEXTS if kind != INPUT}

    assert documented().keys() == known


def test_a_choice_is_tried_only_with_its_keyword() -> None:
    for (kind, alternative), flags in documented().items():
        allowing = [flag for flag in FLAGS if Bounds(**only(flag)).allowed(kind, alternative)]

        assert allowing == flags


def only(flag: str) -> dict[str, Any]:
    """Returns keywords that allow one kind of choices."""
    return {name: name == flag for name in FLAGS}
