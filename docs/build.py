"""Builds the website from the pages of this repository: `make docs`, or `python docs/build.py` if zensical is installed.

The pages are copied into one folder with their paths in the repository, so relative links work in a checkout and on the site.
This includes links from docs/ to examples/ and to the changelog. A link to a page or heading that does not exist fails the
build. tests/test_docs.py checks links to other files, and that the navigation has each page once.

The site uses zensical, the successor of Material for MkDocs, which is in maintenance mode. zensical checks links and headings
and builds in two seconds. The pages are plain Markdown, and only docs/zensical.toml is specific to zensical. So another
generator can replace it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
BUILD = PROJECT / "build" / "docs"
PAGES = ("README.md", "CHANGELOG.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "LICENSE", "docs", "examples")


def lay_out(pages: Path) -> None:
    """Copies the pages and their files."""
    for name in PAGES:
        origin = PROJECT / name
        if origin.is_dir():
            shutil.copytree(origin, pages / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        else:
            shutil.copy(origin, pages / name)


def main() -> int:
    """Builds the site and returns the exit status of zensical."""
    shutil.rmtree(BUILD, ignore_errors=True)
    (BUILD / "pages").mkdir(parents=True)
    lay_out(BUILD / "pages")
    config = shutil.copy(PROJECT / "docs" / "zensical.toml", BUILD)
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean", "--config-file", config]
    built = subprocess.run(command, cwd=BUILD, check=False).returncode
    if built == 0:
        print(f"Site: {BUILD / 'site' / 'index.html'}")
    return built


if __name__ == "__main__":
    sys.exit(main())
