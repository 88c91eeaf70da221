"""Reads the tables of the pages for contributors."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
ARCHITECTURE = PROJECT / "ARCHITECTURE.md"


def table(page: Path, title: str) -> list[list[str]]:
    """Returns the cells of each row of the table that follows the comment `title`, without its header."""
    _, found, rest = page.read_text(encoding="utf-8").partition(f"<!-- {title} -->\n")
    assert found, f"{page.name} has no comment <!-- {title} -->"
    lines = rest.split("\n\n", 1)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def codes(text: str) -> list[str]:
    """Returns the texts in backticks."""
    return re.findall(r"`([^`\n]+)`", text)
