"""The pages of docs/: their examples are files that our tests run, their links lead somewhere, their tables are whole."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from pytest_lambda_events import LambdaEventsConfig
from pytest_lambda_events.config import option_names

PROJECT = Path(__file__).resolve().parents[1]
DOCS = PROJECT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if path.parent.name != "rules" and path.name != "fidelity.md")
EXAMPLES = sorted(path.relative_to(PROJECT).as_posix() for path in (DOCS / "examples").glob("test_*.py"))
MARKED = re.compile(r"<!-- (docs/examples/\w+\.py) -->\n```python\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+\.\w+)(?:#([\w-]+))?\)")


def ids(path: Path) -> str:
    return path.relative_to(DOCS).as_posix()


def examples_on(page: Path) -> dict[str, str]:
    return dict(MARKED.findall(page.read_text(encoding="utf-8")))


def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_the_examples_of_a_page_are_the_files_that_our_tests_run(page: Path) -> None:
    shown = examples_on(page)

    assert shown == {name: (PROJECT / name).read_text(encoding="utf-8") for name in shown}


def test_every_example_file_is_shown_on_a_page() -> None:
    shown = {name for page in PAGES for name in examples_on(page)}

    assert sorted(shown) == EXAMPLES


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_the_links_of_a_page_lead_to_files_and_headings(page: Path) -> None:
    links = [(page.parent / target, anchor) for target, anchor in LINK.findall(page.read_text(encoding="utf-8"))]

    assert [str(target) for target, _ in links if not target.exists()] == []
    assert [anchor for target, anchor in links if anchor and anchor not in anchors_of(target)] == []


def test_the_reference_lists_every_option_with_its_default() -> None:
    text = (DOCS / "reference" / "pytest.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", text, re.MULTILINE)

    assert [name for name, _ in listed] == option_names()
    assert [default for _, default in listed] == [_text(field.default) for field in fields(LambdaEventsConfig)]


def _text(default: object) -> str:
    return str(default).lower() if isinstance(default, bool) else f"{default}"
