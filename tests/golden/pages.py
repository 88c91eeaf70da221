"""The pages of the library of golden records: made by running stories, written as Markdown."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pytest_lambda_events import LambdaEvents, normalize

MADE = "<!-- Made by `make golden`. The tests compare it. -->"
INTRODUCTION = """\
These pages show what Lambda delivers, for each condition and each kind of target. The values are normalized with `normalize`:
ids are labels, times are offsets from `start_time`, keys have AWS's order, and JSON inside text is decoded. The tests of this
project compare these values with the simulation. Your tests can do the same: [use golden
records](../../how-to/use-golden-records.md)."""


@dataclass(frozen=True)
class Golden:
    """One value of the library; `story` makes it in an environment of its own."""

    title: str
    told: str
    story: Callable[[LambdaEvents], object]

    def made(self) -> str:
        """Its section."""
        with LambdaEvents() as environment:
            value = normalize(self.story(environment))
        text = json.dumps(value, indent=2, ensure_ascii=False)
        return "\n\n".join(part for part in (f"## {self.title}", self.told, f"```json\n{text}\n```") if part)


@dataclass(frozen=True)
class Page:
    """One file of docs/reference/golden."""

    title: str
    told: str
    goldens: list[Golden]

    def made(self) -> str:
        """The text of the file."""
        return "\n\n".join([f"# {self.title}", MADE, self.told, *(golden.made() for golden in self.goldens)]) + "\n"


def index_of(pages: Mapping[str, Page]) -> str:
    """The page that leads to the others."""
    parts = [
        "# Golden records",
        MADE,
        INTRODUCTION,
    ]
    for name, page in pages.items():
        links = "\n".join(f"- [{golden.title}]({name}#{anchor_of(golden.title)})" for golden in page.goldens)
        parts.append(f"## [{page.title}]({name})\n\n{links}")
    return "\n\n".join(parts) + "\n"


def anchor_of(title: str) -> str:
    """The anchor that a heading gets."""
    return "".join(letter for letter in title.lower().replace(" ", "-") if letter.isalnum() or letter in "-_")
