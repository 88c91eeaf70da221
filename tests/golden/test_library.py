"""The library of golden records in docs/reference/golden is what the stories make."""

from __future__ import annotations

import re

import pytest

from .library import FOLDER, PAGES
from .pages import index_of

AS_IT_WAS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|2026-01-01|17672256|File \"")
REWRITE = "rewrite them with: make golden"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_the_current_values_of_its_examples(name: str) -> None:
    assert PAGES[name].made() == (FOLDER / name).read_text(encoding="utf-8"), REWRITE


def test_the_index_leads_to_every_page() -> None:
    assert index_of(PAGES) == (FOLDER / "README.md").read_text(encoding="utf-8"), REWRITE


def test_each_page_is_generated() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*PAGES, "README.md"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_nothing_that_differs_from_run_to_run(name: str) -> None:
    assert AS_IT_WAS.findall((FOLDER / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", PAGES)
def test_each_example_has_its_own_title(name: str) -> None:
    titles = [golden.title for golden in PAGES[name].goldens]

    assert sorted(titles) == sorted(set(titles))
