from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from uploads import zipped

from pytest_lambda_events.service.model import Code, Configuration
from pytest_lambda_events.service.runtime import error_payloads
from pytest_lambda_events.service.runtime.call import call_handler
from pytest_lambda_events.service.runtime.code import CodeFolder, Loader
from pytest_lambda_events.service.runtime.errors import InitFault
from pytest_lambda_events.service.runtime.loading import load_handler
from pytest_lambda_events.service.runtime.process_state import ProcessState


def configuration(code: Code, handler: str = "app.handler") -> Configuration:
    return Configuration(
        function_name="charge",
        function_arn="arn:aws:lambda:us-east-1:123456789012:function:charge",
        runtime="python3.13",
        role="arn:aws:iam::123456789012:role/charge",
        handler=handler,
        code=code,
        revision_id="revision",
        last_modified="2026-01-01T00:00:00.000+0000",
        code_revision="code",
    )


def uploaded(source: str) -> Configuration:
    content = zipped(source)
    return configuration(Code("", len(content), zip_file=content))


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[CodeFolder]:
    """Folders for code below `tmp_path`."""
    folders = CodeFolder(tmp_path)
    yield folders
    folders.close()


def test_no_folder_is_made_before_there_is_code(folders: CodeFolder, tmp_path: Path) -> None:
    assert list(tmp_path.iterdir()) == []

    folders.of(zipped("x = 1"))

    assert [path.name.startswith("lambda_events") for path in tmp_path.iterdir()] == [True]


def test_code_is_unpacked_once_for_each_content(folders: CodeFolder) -> None:
    first, second, other = folders.of(zipped("x = 1")), folders.of(zipped("x = 1")), folders.of(zipped("x = 2"))

    assert (first / "app.py").read_text() == "x = 1"
    assert (first == second, first == other) == (True, False)


def test_closing_leaves_nothing_behind(folders: CodeFolder, tmp_path: Path) -> None:
    folder = folders.of(zipped("x = 1"))
    sys.path_importer_cache[str(folder)] = None

    folders.close()

    assert list(tmp_path.iterdir()) == []
    assert str(folder) not in sys.path_importer_cache


def test_content_that_is_not_a_zip_file_is_refused_with_the_text_of_aws(folders: CodeFolder) -> None:
    with pytest.raises(ValueError, match=r"^Could not unzip uploaded file\. Please check your file"):
        folders.of(b"not a zip file")


def test_a_callable_is_loaded_as_it_is(folders: CodeFolder) -> None:
    loader = Loader(folders)

    handler = loader.load(configuration(Code("", 0, handler=print)))

    assert handler is print


@pytest.mark.rule("RUN-44")
def test_an_error_in_uploaded_code_names_awss_folders(folders: CodeFolder, tmp_path: Path) -> None:
    loader = Loader(folders)
    settings = uploaded("import json\ndef handler(event, context):\n    json.loads('')\n")
    state = ProcessState({}, code_folders=loader.folders(settings), paths=loader.paths(settings))

    state.enter()
    handler = loader.load(settings)
    answer = call_handler(
        handler,
        b"{}",
        lambda: None,  # type: ignore[arg-type, return-value]
        request_id="id",
        runtime="python3.13",
        paths=state.paths,
    )
    state.leave()

    trace = json.loads(answer.payload)["stackTrace"]
    assert trace[0] == "  File \"/var/task/app.py\", line 3, in handler\n    json.loads('')\n"
    assert trace[1].startswith('  File "/var/lang/lib/python3.13/json/__init__.py", line ')
    assert str(tmp_path) not in answer.payload.decode()


@pytest.mark.rule("RUN-07", "RUN-44")
def test_an_error_while_loading_keeps_the_frames_of_the_import(folders: CodeFolder) -> None:
    loader = Loader(folders)
    settings = uploaded("raise ValueError('at import')")
    state = ProcessState({}, code_folders=loader.folders(settings), paths=loader.paths(settings))

    state.enter()
    with pytest.raises(InitFault) as fault:
        loader.load(settings)
    state.leave()

    trace = error_payloads.from_init_fault(fault.value, "python3.13", state.paths).stack_trace or ()
    assert trace[0].startswith('  File "/var/lang/lib/python3.13/importlib/__init__.py", line ')
    assert '  File "<frozen importlib._bootstrap>", line ' in trace[1]
    assert trace[-1].startswith('  File "/var/task/app.py", line 1, in <module>\n')


@pytest.mark.rule("RUN-10")
def test_a_module_that_failed_is_imported_again(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import tried\ntried.count += 1\nhandler = 1 // (tried.count - 1)\n")
    (tmp_path / "tried.py").write_text("count = 0\n")
    state = ProcessState({}, code_folders=[tmp_path])

    state.enter()
    with pytest.raises(InitFault, match="division"):
        load_handler("app.handler")
    handler = load_handler("app.handler")
    state.leave()

    assert handler == 1  # type: ignore[comparison-overlap]


@pytest.mark.rule("RUN-45")
def test_an_exit_while_loading_passes_through(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("raise SystemExit(3)\n")
    state = ProcessState({}, code_folders=[tmp_path])

    state.enter()
    with pytest.raises(SystemExit, match="3"):
        load_handler("app.handler")
    state.leave()


@pytest.mark.rule("RUN-01")
def test_the_module_is_what_stands_before_the_last_dot() -> None:
    assert load_handler("os.path.join") is load_handler("os/path.join")
