"""The library of golden records that ships with the docs. Run as a program, it writes the pages anew."""

from __future__ import annotations

from pathlib import Path

from .asynchronous import ASYNCHRONOUS, DEAD_LETTERS, DESTINATIONS
from .durable import DURABLE
from .kafka import KAFKA
from .pages import index_of
from .pipes import PIPES
from .pushed import PUSHED
from .sources import EVENTS, KINESIS, TABLES

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference" / "golden"
PAGES = {
    "asynchronous-events.md": ASYNCHRONOUS,
    "destinations.md": DESTINATIONS,
    "dead-letters.md": DEAD_LETTERS,
    "kinesis-streams.md": KINESIS,
    "dynamodb-streams.md": TABLES,
    "kafka-topics.md": KAFKA,
    "events.md": EVENTS,
    "pushed-events.md": PUSHED,
    "pipes.md": PIPES,
    "durable-executions.md": DURABLE,
}


def write() -> None:
    """Write all pages, as the stories make them now."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page.made(), encoding="utf-8")
    (FOLDER / "README.md").write_text(index_of(PAGES), encoding="utf-8")


if __name__ == "__main__":
    write()
