"""Builds the site from the pages of this repository: `make docs`, or `python docs/build.py` where zensical is installed.

The pages are copied into one folder in which they lie as they lie here, so that each relative link holds in a checkout and
in the site alike, also one from docs/ to examples/ or to the changelog. A link to a page or a heading that does not exist
stops the build; tests/test_docs.py checks the links to other files and that each page is in the navigation.

Why zensical: it is what the makers of Material for MkDocs now build, who keep that one in maintenance only; the last
release of MkDocs is from 2024. It checks links and headings by itself and builds in two seconds. It is young, so nothing
but docs/zensical.toml is written for it: the pages are plain Markdown, which any other generator can take.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
BUILD = PROJECT / "build" / "docs"
PAGES = ("README.md", "CHANGELOG.md", "LICENSE", "docs", "examples")


def lay_out(pages: Path) -> None:
    """Copy what the site is made of."""
    for name in PAGES:
        origin = PROJECT / name
        if origin.is_dir():
            shutil.copytree(origin, pages / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        else:
            shutil.copy(origin, pages / name)


def main() -> int:
    """Build the site, and return what the builder returns."""
    shutil.rmtree(BUILD, ignore_errors=True)
    (BUILD / "pages").mkdir(parents=True)
    lay_out(BUILD / "pages")
    config = shutil.copy(PROJECT / "docs" / "zensical.toml", BUILD)
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean", "--config-file", config]
    built = subprocess.run(command, cwd=BUILD, check=False).returncode
    if built == 0:
        print(f"The site: {BUILD / 'site' / 'index.html'}")
    return built


if __name__ == "__main__":
    sys.exit(main())
