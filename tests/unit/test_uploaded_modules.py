"""Uploaded code in folders: packages with and without `__init__.py`, next to the test's modules of the same names."""

from __future__ import annotations

import json
import subprocess
import sys
import types
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from pytest_lambda_events.service.runtime.errors import InitFault
from pytest_lambda_events.service.runtime.loading import load_handler
from pytest_lambda_events.service.runtime.modules import FolderModules

LAYOUTS: Mapping[str, Mapping[str, str]] = {
    "namespaces": {
        "src/api/app.py": "from src.api import names\nfrom ..shared import more\ndef handler(): return names.X + more.X",
        "src/api/names.py": "X = 'api '",
        "src/shared/more.py": "X = 'shared'",
    },
    "packages": {
        "src/__init__.py": "X = 'src '",
        "src/api/__init__.py": "from src import X",
        "src/api/app.py": "from . import X\nfrom src.api import names\ndef handler(): return X + names.X",
        "src/api/names.py": "X = 'api'",
    },
    "package_in_namespace": {
        "src/api/__init__.py": "from . import app",
        "src/api/app.py": "import src.other.deep.down as down\ndef handler(): return down.X",
        "src/other/deep/down.py": "X = 'down'",
    },
    "namespace_in_package": {"src/__init__.py": "", "src/api/app.py": "def handler(): return __name__ + __package__"},
    "module_beside": {"src.py": "X = 1", "src/api/app.py": "def handler(): return 'never'"},
    "missing": {"src/api/other.py": ""},
    "stdlib": {"code/api/app.py": "def handler(): return 'never'"},
}
HANDLERS = (
    "src/api/app.handler", "src.api.app.handler", "src/api.app.handler", "src//api/app.handler", "src/api/app.none",
    "src/app.handler", "src/api.handler", "/src/api/app.handler", "code/api/app.handler",
)  # fmt: skip
ORACLE = """
import json, sys
from awslambdaric.bootstrap import _get_handler
from awslambdaric.lambda_runtime_exception import FaultException
known, answers = set(sys.modules), []
for folder, handler in json.load(sys.stdin):
    sys.path.insert(0, folder)
    try:
        answers.append([_get_handler(handler)()])
    except FaultException as fault:
        answers.append([fault.exception_type, fault.msg])
    except Exception as error:
        answers.append([type(error).__name__, str(error)])
    for name in set(sys.modules) - known:
        del sys.modules[name]
    sys.path.remove(folder)
print(json.dumps(answers))
"""


def written(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture(autouse=True)
def unchanged() -> Iterator[None]:
    """Checks that a test leaves no uploaded module behind, and the places of modules as they were."""
    before = (list(sys.path), list(sys.meta_path))
    yield
    assert [name for name in sys.modules if name.partition(".")[0] == "src"] == []
    assert (sys.path, sys.meta_path) == before


def simulated(folder: Path, handler: str) -> list[object]:
    modules = FolderModules([folder])
    modules.enter()
    try:
        return [load_handler(handler)()]
    except InitFault as fault:
        return [fault.error_type, str(fault)]
    finally:
        modules.leave()


@pytest.mark.rule("RUN-01", "RUN-02", "RUN-03", "RUN-04")
def test_handlers_in_folders_are_found_as_awss_runtime_client_finds_them(tmp_path: Path) -> None:
    folders = [written(tmp_path / name, files) for name, files in LAYOUTS.items()]
    cases = [(str(folder), handler) for folder in folders for handler in HANDLERS]

    output = subprocess.run(
        [sys.executable, "-c", ORACLE], input=json.dumps(cases), capture_output=True, text=True, check=True
    )

    expected = dict(zip(cases, json.loads(output.stdout), strict=True))
    found = {case: simulated(Path(case[0]), case[1]) for case in cases}
    assert found == expected
    assert ["api shared"] in found.values()


def test_modules_keep_their_state_from_one_entry_to_the_next(tmp_path: Path) -> None:
    folder = written(tmp_path, {"src/api/app.py": "calls = []\ndef handler():\n    calls.append(1)\n    return len(calls)"})
    modules = FolderModules([folder])
    counts = []

    for _ in range(3):
        modules.enter()
        counts.append(load_handler("src/api/app.handler")())
        modules.leave()

    assert counts == [1, 2, 3]


def test_two_uploads_with_the_same_folders_have_modules_of_their_own(tmp_path: Path) -> None:
    source = "def handler():\n    from src.api import names\n    return names.X"
    uploads = [
        FolderModules([written(tmp_path / one, {"src/api/app.py": source, "src/api/names.py": f"X = '{one}'"})])
        for one in ("first", "second")
    ]
    found = []

    for modules in uploads * 2:
        modules.enter()
        found.append(load_handler("src/api/app.handler")())
        modules.leave()

    assert found == ["first", "second", "first", "second"]


@pytest.mark.parametrize("is_package", [True, False], ids=["package", "namespace"])
@pytest.mark.parametrize("is_imported", [True, False], ids=["imported", "not imported"])
def test_an_uploaded_folder_wins_over_the_tests_folder_of_the_same_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_package: bool, is_imported: bool
) -> None:
    project = {"src/api/app.py": "def handler(): return 'project'", **({"src/__init__.py": ""} if is_package else {})}
    monkeypatch.syspath_prepend(str(written(tmp_path / "project", project)))
    upload = written(tmp_path / "upload", {"src/api/app.py": "def handler(): return 'upload'"})
    own = load_handler("src.api.app.handler") if is_imported else None

    found = simulated(upload, "src/api/app.handler")

    assert found == ["upload"]
    assert (sys.modules["src.api.app"].handler is own) if is_imported else "src" not in sys.modules
    for name in [name for name in sys.modules if name.partition(".")[0] == "src"]:
        del sys.modules[name]


def test_changes_of_the_code_to_its_package_do_not_reach_the_test(tmp_path: Path) -> None:
    source = (
        "import sys, types\nsys.modules['src.api.made'] = types.ModuleType('made')\nsys.modules['src.absent'] = None\n"
        "del sys.modules['src']\ndef handler(): return 'src.api.made' in sys.modules\n"
    )
    folder = written(tmp_path, {"src/api/app.py": source})
    modules = FolderModules([folder])

    modules.enter()
    sys.modules["src.api.app"] = types.ModuleType("src.api.app")
    modules.leave()
    modules.enter()
    first = sys.modules.pop("src.api.app").__dict__.get("__file__")
    found = load_handler("src/api/app.handler")()
    modules.leave()

    assert (first, found) == (None, True)


def test_modules_are_taken_away_although_code_reloads_the_last_module_of_the_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "the_last_module", types.ModuleType("the_last_module"))
    reload = "import sys\nsys.modules['the_last_module'] = sys.modules.pop('the_last_module')\n"
    folder = written(tmp_path, {"src/api/app.py": reload + "def handler(): return 'ran'"})

    assert simulated(folder, "src/api/app.handler") == ["ran"]

    assert [name for name in sys.modules if name.startswith("src") or "entered" in name] == []
