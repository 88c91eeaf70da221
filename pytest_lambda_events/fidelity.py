"""Prints the page that lists what is simulated: `python -m pytest_lambda_events.fidelity [WORDS]`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

_SHIPPED = Path(__file__).with_name("fidelity.md")
_IN_THE_REPOSITORY = Path(__file__).parents[1] / "docs" / "reference" / "fidelity.md"


def page() -> str:
    """Returns the text of the page: that of the wheel, or in a checkout that of the documentation."""
    path = _SHIPPED if _SHIPPED.exists() else _IN_THE_REPOSITORY
    return path.read_text(encoding="utf-8")


def lines_about(text: str, words: Sequence[str]) -> list[str]:
    """Returns the lines of `text` that contain all `words`, in any case. Without words, returns all lines."""
    return [line for line in text.splitlines() if all(word.lower() in line.lower() for word in words)]


def main(words: Sequence[str]) -> str:
    """Returns what to print for the words of the command line."""
    found = lines_about(page(), words)
    return (
        "\n".join(found) if found else f"No line contains {' and '.join(map(repr, words))}. Leave words out to see all lines."
    )


if __name__ == "__main__":
    print(main(sys.argv[1:]))
