"""Copies examples and the output of pytest into the pages that show them: `make reference`. `--check` writes nothing.

A comment above a block in a page selects its content:

- `<!-- docs/examples/NAME.py -->` above a Python block: the example file. The same works for a template, `NAME.yaml`.
- `<!-- output of docs/examples/NAME.py OPTIONS -->` above a text block: the line that failed, the first line of the error, and
  the sections that this plugin adds to the report.
- `<!-- error of docs/examples/NAME.py OPTIONS -->` above a text block: the message of the first error.
- `<!-- benchmarks/measured.json -->` above a table: the ratios to bare `mock_aws` that `benchmarks/run.py --save` measured.

OPTIONS are options of pytest. A test in docs/examples/projects/ runs in a copy of its project.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import itertools
import json
import os
import re
import shutil
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

PROJECT = Path(__file__).resolve().parents[1]
PAGES = [PROJECT / "README.md", *(PROJECT / "docs").rglob("*.md")]
BLOCK = re.compile(r"(<!-- (output|error) of (docs/examples/[\w/]+\.py)(.*?) -->\n```text\n).*?(?=```)", re.DOTALL)
EXAMPLE = re.compile(r"(<!-- (docs/examples/[\w/]+\.(?:py|yaml)) -->\n```(?:python|yaml)\n).*?(?=```)", re.DOTALL)
MEASURED = re.compile(r"(<!-- (benchmarks/measured\.json) -->\n\n)(?:\|.*\n)*")
HEADER = re.compile(r"[-=_]{3,} .* [-=_]{3,}|={10,}")
EXCEPTION = re.compile(r"^[\w.]+: ")
QUIET = {"CI", "BUILD_NUMBER", "PYTEST_ADDOPTS", "FORCE_COLOR", "PY_COLORS"}
"""Environment variables that change the output of pytest. The runs do not have them."""


def main() -> int:
    """Writes the pages. With `--check` it reports which pages are out of date."""
    pages = {page: page.read_text(encoding="utf-8") for page in PAGES}
    wanted = {page: BLOCK.sub(_run, MEASURED.sub(_measured, EXAMPLE.sub(_copied, text))) for page, text in pages.items()}
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


def _measured(block: re.Match[str]) -> str:
    measured = json.loads((PROJECT / block[2]).read_text(encoding="utf-8"))
    versions = measured["versions"]
    lines = [
        f"| Python {versions['python']}, moto {versions['moto']} | this plugin | `mock_aws` | ratio | lowest to highest |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for row in (row for rows in measured["groups"].values() for row in rows):
        name, _, against = row["name"].partition(" / ")
        if against == "bare mock_aws":
            ours, _, others = row["note"].partition(" against ")
            lowest, highest = row["spread"]
            lines.append(f"| {name} | {ours} | {others} | {row['measured']:.2g}x | {lowest:.2g}x to {highest:.2g}x |")
    return block[1] + "".join(f"{line}\n" for line in lines)


def _run(block: re.Match[str]) -> str:
    lines = _output(PROJECT / block[3], block[4].split())
    return block[1] + "".join(f"{line}\n" for line in (_error(lines) if block[2] == "error" else _shown(lines)))


def _output(example: Path, options: list[str]) -> list[str]:
    """Returns the output of pytest if only this plugin is installed."""
    printed = io.StringIO()
    with _reader() as folder, contextlib.redirect_stdout(printed):
        path = folder / example.name
        if example.parent.parent.name == "projects":
            shutil.copytree(example.parent, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(example, path)
        pytest.main(["-p", "pytest_lambda_events.plugin", "-p", "no:cacheprovider", *options, path.name])
        # Another example may have the same module name.
        sys.modules.pop(path.stem, None)
    return printed.getvalue().splitlines()


@contextlib.contextmanager
def _reader() -> Iterator[Path]:
    """Changes to an empty folder with the environment of a reader. All runs share this process, because this is faster."""
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


def _error(lines: list[str]) -> Iterator[str]:
    """Yields the message of the first error, without its class. Errors in the teardown of this plugin have no `E` lines."""
    marked = [line[1:] for line in lines if line.startswith("E  ")]
    if not marked:
        at = next(number for number, line in enumerate(lines) if "ERROR at teardown" in line)
        marked = list(itertools.takewhile(lambda line: not HEADER.fullmatch(line), lines[at + 1 :]))
    first, *rest = textwrap.dedent("\n".join(marked)).splitlines()
    yield EXCEPTION.sub("", first)
    yield from (line.rstrip() for line in rest)


if __name__ == "__main__":
    sys.exit(main())
