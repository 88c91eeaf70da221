"""What a user gets: the wheel, its metadata, and a README whose example is one that runs."""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

import pytest_lambda_events

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROJECT = Path(__file__).resolve().parents[1]
METADATA = f"pytest_lambda_events-{pytest_lambda_events.__version__}.dist-info"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    [path] = WheelBuilder(str(PROJECT)).build(directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"])
    with zipfile.ZipFile(path) as archive:
        yield archive


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    return Parser().parsestr(wheel.read(f"{METADATA}/METADATA").decode())


def test_the_version_is_the_package_s_own(metadata: Message) -> None:
    assert metadata["Version"] == pytest_lambda_events.__version__


def test_pytest_finds_the_plugin_by_its_entry_point(wheel: zipfile.ZipFile) -> None:
    entry_points = wheel.read(f"{METADATA}/entry_points.txt").decode()

    assert entry_points.split("\n", 2)[:2] == ["[pytest11]", "lambda_events = pytest_lambda_events.plugin"]


def test_the_wheel_has_its_metadata(metadata: Message) -> None:
    classifiers = metadata.get_all("Classifier", [])

    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.10"
    assert {"Framework :: Pytest", "Typing :: Typed"} <= set(classifiers)


def test_the_wheel_is_typed(wheel: zipfile.ZipFile) -> None:
    assert "pytest_lambda_events/py.typed" in wheel.namelist()


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    package = PROJECT / "pytest_lambda_events"
    files = {path.relative_to(PROJECT).as_posix() for path in package.rglob("*.*") if "__pycache__" not in path.parts}

    packed = {name for name in wheel.namelist() if not name.startswith(METADATA)}

    assert packed == {*files, "pytest_lambda_events/fidelity.md"}


def test_the_wheel_holds_the_page_that_messages_name(wheel: zipfile.ZipFile) -> None:
    page = (PROJECT / "docs" / "reference" / "fidelity.md").read_text(encoding="utf-8")

    assert wheel.read("pytest_lambda_events/fidelity.md").decode() == page


def test_the_wheel_carries_the_licence(wheel: zipfile.ZipFile) -> None:
    assert f"{METADATA}/licenses/LICENSE" in wheel.namelist()


def test_the_oldest_dependencies_are_the_lower_bounds() -> None:
    pyproject = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    bounds = dict(text.split(">=") for text in pyproject["project"]["dependencies"] if ">=" in text)
    pins = dict(text.split("==") for text in pyproject["dependency-groups"]["oldest"])
    python = pyproject["project"]["requires-python"].removeprefix(">=")

    assert {name: re.sub(r"(\.0)+$", "", pin) for name, pin in pins.items()} == bounds
    assert f"OLDEST_PYTHON := {python}\n" in (PROJECT / "Makefile").read_text(encoding="utf-8")


def test_the_readme_s_examples_are_files_that_our_tests_run() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")

    examples = re.findall(r"<!-- (docs/examples/test_\w+\.py) -->\n```python\n(.*?)```", readme, re.DOTALL)

    assert len(examples) == readme.count("```python")
    assert dict(examples) == {name: (PROJECT / name).read_text(encoding="utf-8") for name, _ in examples}


def test_the_newest_changes_stand_first_in_the_changelog() -> None:
    changelog = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert re.findall(r"^## \[(.+?)\]", changelog, re.MULTILINE)[0] in {"Unreleased", pytest_lambda_events.__version__}
