"""What Python offers works in modules of a function's folder as it does in others."""

from __future__ import annotations

import json
import linecache
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents

MODELS = """
from __future__ import annotations
import enum
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Optional
from pydantic import BaseModel, Field


class Status(enum.Enum):
    NEW = "new"


@dataclass
class Order:
    id: int
    status: Status = Status.NEW
    lines: list[str] = field(default_factory=list)


class Point(NamedTuple):
    x: int


class Parcel(BaseModel):
    order: int
    parent: Optional["Parcel"] = None
    at: datetime = Field(default_factory=datetime.now)
"""
FEATURES = '''
import copy, importlib.resources, inspect, json, logging, pathlib, pickle, sys, typing, warnings
from .models import Order, Parcel, Point, Status
from . import models

logger = logging.getLogger(__name__)


class Local:
    """A class of the handler's own module."""


def dataclasses(): return repr(Order(7, lines=["a"])), Order(7) == copy.deepcopy(Order(7))
def enums(): return Status("new") is Status.NEW, pickle.loads(pickle.dumps(Status.NEW)) is Status.NEW
def pydantic(): return Parcel.model_validate_json('{"order": 1, "parent": {"order": 2}}').parent.order, Parcel(order=1).at.year
def pickling():
    order = pickle.loads(pickle.dumps([Order(7), Point(1), Local]))
    return order[0] == Order(7), type(order[0]) is Order, order[1] == Point(1), order[2] is Local
def source(): return inspect.getsource(pickling).splitlines()[0], inspect.getdoc(Local), inspect.getmodule(Order) is models
def hints(): return typing.get_type_hints(Order)["status"] is Status
def resources():
    return (importlib.resources.files(__package__).joinpath("data.json").read_text(),
            importlib.resources.files("pkg_f").joinpath("data.json").read_text(),
            pathlib.Path(__file__).with_name("data.json").read_text())
def logging_names():
    logger.warning("logged")
    return logger.name, __name__, __package__, Order.__module__
def import_inside(): from .late import VALUE; import pkg_f.late; return VALUE, pkg_f.late.VALUE
def main():
    return guarded
guarded = "imported"
if __name__ == "__main__":
    guarded = "run"


def handler(event, context):
    return globals()[event["do"]]()
'''
EXPECTED: dict[str, Any] = {
    "dataclasses": ["Order(id=7, status=<Status.NEW: 'new'>, lines=['a'])", True],
    "enums": [True, True],
    "pydantic": [2, 2026],
    "pickling": [True, True, True, True],
    "source": ["def pickling():", "A class of the handler's own module.", True],
    "hints": True,
    "resources": ["{}", "{}", "{}"],
    "logging_names": ["pkg_f.app", "pkg_f.app", "pkg_f", "pkg_f.models"],
    "import_inside": [5, 5],
    "main": "imported",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    package = tmp_path / "pkg_f"
    package.mkdir()
    files = {"__init__.py": "", "app.py": FEATURES, "models.py": MODELS, "late.py": "VALUE = 5", "data.json": "{}"}
    for name, text in files.items():
        (package / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("how", ["folder", "isolated"])
def test_modules_of_a_folder_can_do_what_other_modules_can(
    lambda_events: LambdaEvents, folder: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    if how == "folder":
        functions = [lambda_events.function("pkg_f.app.handler", code_uri=folder, name=name) for name in "ab"]
    else:
        monkeypatch.syspath_prepend(str(folder))
        functions = [lambda_events.function("pkg_f.app.handler", isolated=True, name=name) for name in "ab"]

    answers = [{name: function.invoke({"do": name}).payload for name in EXPECTED} for function in functions]

    assert answers == [EXPECTED, EXPECTED]
    assert ["[WARNING]" in line and "logged" in line for line in functions[0].logs] == [True]
    assert [name for name in sys.modules if name.startswith("pkg_f")] == []


BRANCHES = """
import time


def kind_of(total):
    if total > 100:
        return "large"
    return "small"


def handler(event, context):
    time.sleep(1)
    kind = kind_of(event["total"])
    return kind
"""


def test_coverage_sees_lines_and_branches_of_every_execution_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(BRANCHES)
    (tmp_path / "test_app.py").write_text(
        "import pytest\n\n"
        "@pytest.mark.parametrize('totals', [[5, 6], [500, 600]])\n"
        "def test_kinds(lambda_events, totals):\n"
        "    function = lambda_events.function('app.handler', code_uri='src')\n"
        "    for total in totals:\n"
        "        function.invoke_async({'total': total})\n"
        "    lambda_events.run_until_idle()\n"
        "    assert len(function.attempts) == 2\n"
    )
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.chdir(tmp_path)
    pytest_options = ["-q", "-p", "pytest_lambda_events.plugin", "-p", "no:cacheprovider"]

    run = [sys.executable, "-m", "coverage", "run", "--branch", "--source=src", "-m", "pytest", *pytest_options]
    ran = subprocess.run(run, capture_output=True, text=True, check=False)
    subprocess.run([sys.executable, "-m", "coverage", "json", "-q"], check=True)

    found = json.loads((tmp_path / "coverage.json").read_text())["files"][str(Path("src/app.py"))]
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (found["missing_lines"], found["missing_branches"], found["summary"]["covered_branches"]) == ([], [], 2)


def test_a_debugger_finds_the_source_of_a_module(lambda_events: LambdaEvents, folder: Path) -> None:
    module = lambda_events.function("pkg_f.app.handler", code_uri=folder, name="f").module("pkg_f.app")

    code = module.handler.__code__

    assert Path(code.co_filename) == folder / "pkg_f" / "app.py"
    assert linecache.getline(code.co_filename, code.co_firstlineno) == "def handler(event, context):\n"
