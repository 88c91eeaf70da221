"""Writes examples, and what pytest says of them, into the pages that show them: `make reference`. `--check` writes nothing.

A page asks for an example with a comment above a block of Python, `<!-- docs/examples/NAME.py -->`, and for what pytest says
with one above a block of text, `<!-- output of docs/examples/NAME.py OPTIONS -->`. Shown are the line that failed, the first
line of why, and the sections that this plugin adds to the report. A test in docs/examples/projects/ is run in its project.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

PROJECT = Path(__file__).resolve().parents[1]
PAGES = [PROJECT / "README.md", *(PROJECT / "docs").rglob("*.md")]
BLOCK = re.compile(r"(<!-- output of (docs/examples/([\w/]+)\.py)(.*?) -->\n```text\n).*?(?=```)", re.DOTALL)
EXAMPLE = re.compile(r"(<!-- (docs/examples/[\w/]+\.py) -->\n```python\n).*?(?=```)", re.DOTALL)
HEADER = re.compile(r"[-=_]{3,} .* [-=_]{3,}|={10,}")
QUIET = {"CI", "BUILD_NUMBER", "PYTEST_ADDOPTS", "FORCE_COLOR", "PY_COLORS"}
"""What makes pytest write otherwise than it does for a reader at a terminal."""


def main() -> int:
    """Write the pages, or say whether they are up to date."""
    pages = {page: page.read_text(encoding="utf-8") for page in PAGES}
    wanted = {page: BLOCK.sub(_run, EXAMPLE.sub(_copied, text)) for page, text in pages.items()}
    stale = [page for page in PAGES if wanted[page] != pages[page]]
    if "--check" in sys.argv[1:]:
        for page in stale:
            print(f"Out of date: {page.name}. Run `make reference`. It would change:", file=sys.stderr)
            print(*difflib.unified_diff(pages[page].splitlines(), wanted[page].splitlines(), n=0), sep="\n", file=sys.stderr)
        return int(bool(stale))
    for page in stale:
        page.write_text(wanted[page], encoding="utf-8")
    return 0


def _copied(block: re.Match[str]) -> str:
    return block[1] + (PROJECT / block[2]).read_text(encoding="utf-8")


def _run(block: re.Match[str]) -> str:
    return block[1] + "".join(f"{line}\n" for line in _shown(_output(PROJECT / block[2], block[4].split())))


def _output(example: Path, options: list[str]) -> list[str]:
    """What pytest prints where nothing but this plugin is installed."""
    printed = io.StringIO()
    with _reader() as folder, contextlib.redirect_stdout(printed):
        path = folder / example.name
        if example.parent.parent.name == "projects":
            shutil.copytree(example.parent, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(example, path)
        pytest.main(["-p", "pytest_lambda_events.plugin", "-p", "no:cacheprovider", *options, path.name])
        # The next example may have the same name.
        sys.modules.pop(path.stem, None)
    return printed.getvalue().splitlines()


@contextlib.contextmanager
def _reader() -> Iterator[Path]:
    """Go to an empty folder, with a reader's environment. All runs share this process: a new one takes longer than a run."""
    environment = {name: value for name, value in os.environ.items() if name not in QUIET}
    environment |= {"COLUMNS": "80", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    before = Path.cwd()
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch.object(sys, "path", [*sys.path]),
    ):
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(before)


def _shown(lines: list[str]) -> Iterator[str]:
    has_failed = in_section = False
    for line in lines:
        if HEADER.fullmatch(line):
            in_section = "lambda events" in line
        if in_section or line.startswith(">") or (line.startswith("E  ") and not has_failed):
            yield line.rstrip()
        has_failed = has_failed or line.startswith("E  ")


if __name__ == "__main__":
    sys.exit(main())
