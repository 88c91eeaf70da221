"""Checks the pages: examples equal the tested files, links work, and generated parts are up to date."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# pytester forgets what an inner run loads, and PyYAML loads correctly only once in a process.
importlib.import_module("yaml")

PROJECT = Path(__file__).resolve().parents[1]
DOCS = PROJECT / "docs"
AT_THE_TOP = [PROJECT / name for name in ("README.md", "CHANGELOG.md", "ARCHITECTURE.md", "CONTRIBUTING.md")]
SITE = sorted([*AT_THE_TOP, *DOCS.rglob("*.md"), *(PROJECT / "examples").rglob("*.md")])
PAGES = [path for path in SITE if path.parent.name != "rules" and path.name != "fidelity.md"]
EXAMPLES = sorted(path.relative_to(PROJECT).as_posix() for path in (DOCS / "examples").rglob("*.py"))
PROJECTS = DOCS / "examples" / "projects"

MARKED = re.compile(r"<!-- (docs/examples/[\w/]+\.(?:py|yaml)) -->\n```(?:python|yaml)\n(.*?)```", re.DOTALL)
SHOWN = re.compile(r"<!-- (?:(?:output|error) of )?(docs/examples/[\w/]+\.py)")
LINK = re.compile(r"\]\(([^)#:]*)(?:#([\w-]+))?\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def ids(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def examples_on(page: Path) -> dict[str, str]:
    return dict(MARKED.findall(page.read_text(encoding="utf-8")))


def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_examples_of_a_page_equal_the_tested_files(page: Path) -> None:
    shown = examples_on(page)

    assert shown == {name: (PROJECT / name).read_text(encoding="utf-8") for name in shown}


@pytest.mark.parametrize(
    ("project", "outcomes"),
    [("shipping_first", {"failed": 1}), ("shipping_second", {"failed": 1}), ("shipping", {"passed": 1}),
     ("code_folder", {"passed": 5}), ("template_first", {"failed": 1}), ("template", {"passed": 1}),
     ("payments_first", {"failed": 1}), ("payments_second", {"failed": 1}), ("payments", {"passed": 1})],
)  # fmt: skip
def test_project_has_the_expected_outcomes(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, project: str, outcomes: dict[str, int]
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    shutil.copytree(PROJECTS / project, pytester.path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    # Another example may have loaded a module of the same name.
    for module in pytester.path.rglob("*.py"):
        monkeypatch.delitem(sys.modules, module.stem, raising=False)

    result = pytester.runpytest_inprocess("-p", "pytest_lambda_events.plugin", "-p", "no:cacheprovider")

    result.assert_outcomes(**outcomes)


def test_every_project_is_tested() -> None:
    names = [
        "code_folder",
        "payments",
        "payments_first",
        "payments_second",
        "shipping",
        "shipping_first",
        "shipping_second",
        "template",
        "template_first",
    ]

    assert sorted(path.name for path in PROJECTS.iterdir()) == names


def test_every_example_file_is_shown_on_a_page() -> None:
    shown = {name for page in PAGES for name in SHOWN.findall(page.read_text(encoding="utf-8"))}

    assert sorted(shown) == EXAMPLES


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_links_of_a_page_lead_to_files_and_headings(page: Path) -> None:
    links = [(page.parent / target if target else page, anchor) for target, anchor in links_of(page)]

    assert [str(target) for target, _ in links if not target.exists()] == []
    assert [anchor for target, anchor in links if anchor and anchor not in anchors_of(target)] == []


def test_navigation_of_the_site_has_every_page_once() -> None:
    nav = tomllib.loads((DOCS / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"]

    assert sorted(pages_in(nav)) == sorted(map(ids, SITE))


def test_docs_readme_lists_every_page() -> None:
    listed = {(DOCS / target).resolve() for target, _ in links_of(DOCS / "README.md")}

    assert [ids(path) for path in PAGES if DOCS in path.parents and path not in {*listed, DOCS / "README.md"}] == []


@pytest.mark.parametrize("script", ["docs/reference/generate.py", "docs/outputs.py"])
def test_generated_parts_of_pages_are_up_to_date(script: str) -> None:
    checked = subprocess.run([sys.executable, PROJECT / script, "--check"], capture_output=True, text=True, check=False)

    assert (checked.stderr, checked.returncode) == ("", 0)


def test_api_reference_describes_every_attribute() -> None:
    text = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")

    assert re.findall(r"^\| `\w+` \|.*\|  \|$", text, re.MULTILINE) == []
    assert re.findall(r"^#+ ([\w.]+)\n\n(?:```python\n[^`]*```\n\n)?\n", text, re.MULTILINE) == []


def test_site_builds_without_broken_links() -> None:
    pytest.importorskip("zensical", reason="zensical is in the dependency group docs: make docs")

    built = subprocess.run([sys.executable, str(DOCS / "build.py")], capture_output=True, text=True, check=False)

    assert built.returncode == 0, built.stdout + built.stderr


def links_of(page: Path) -> list[tuple[str, str]]:
    """Returns relative links outside of code."""
    found = LINK.findall(CODE.sub("`code`", page.read_text(encoding="utf-8")))
    return [(target, anchor) for target, anchor in found if target or anchor]


def pages_in(nav: list[Any]) -> Iterator[str]:
    for one in nav:
        for below in one.values() if isinstance(one, dict) else [one]:
            yield from [below] if isinstance(below, str) else pages_in(below)
