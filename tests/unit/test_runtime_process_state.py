"""What travels with a task: exchanged at every switch, the current value kept."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import io
import json
import logging
import os
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aws_lambda_powertools import Logger

from pytest_lambda_events.service.runtime.attributes import EventLoopState
from pytest_lambda_events.service.runtime.logs import InvocationLog
from pytest_lambda_events.service.runtime.process_state import ProcessState
from pytest_lambda_events.simulation.clock import VirtualClock

MADE_AT_IMPORT = logging.StreamHandler(sys.stdout)

NewLog = Callable[[], InvocationLog]


@pytest.fixture
def new_log(clock: VirtualClock) -> NewLog:
    return lambda: InvocationLog(clock=clock, request_id="id", version="$LATEST", memory_size=128)


@pytest.fixture
def log(new_log: NewLog) -> InvocationLog:
    return new_log()


@pytest.fixture
def state(log: InvocationLog) -> ProcessState:
    state = ProcessState({"TABLE": "orders"})
    state.begin(log, {})
    return state


@contextmanager
def inside(state: ProcessState) -> Iterator[None]:
    state.enter()
    try:
        yield
    finally:
        state.leave()


# Environment variables


@pytest.mark.rule("RUN-70")
def test_a_task_sees_its_variables_and_no_others(state: ProcessState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_TEST", "1")

    with inside(state):
        seen = dict(os.environ), os.getenv("TABLE"), os.environb[b"TABLE"]

    assert seen == ({"TABLE": "orders"}, "orders", b"orders")
    assert (os.environ["OF_THE_TEST"], "TABLE" in os.environ) == ("1", False)


def test_variables_set_in_a_task_are_there_when_it_goes_on_and_nowhere_else(state: ProcessState) -> None:
    with inside(state):
        os.environ["ADDED"] = "ü"
        del os.environ["TABLE"]

    in_test = os.environ.get("ADDED"), subprocess.check_output(["env"]).count(b"ADDED=")
    with inside(state):
        in_task = dict(os.environ)
    assert (in_test, in_task) == ((None, 0), {"ADDED": "ü"})


def test_a_variable_set_in_the_test_still_reaches_the_c_environment(state: ProcessState) -> None:
    with inside(state):
        pass

    os.environ["AFTER_A_TASK"] = "1"

    output = subprocess.check_output(["env"])
    del os.environ["AFTER_A_TASK"]
    assert b"AFTER_A_TASK=1" in output


def test_a_child_process_inherits_the_variables_of_the_task(state: ProcessState) -> None:
    code = "import os; print(os.environ['TABLE'])"

    with inside(state):
        output = subprocess.check_output([sys.executable, "-c", code], text=True)

    assert output == "orders\n"


def test_a_child_process_with_variables_of_its_own_keeps_them(state: ProcessState) -> None:
    with inside(state):
        output = subprocess.check_output(["/usr/bin/env"], env={"A": "b"})

    assert output == b"A=b\n"


@pytest.mark.rule("RUN-71")
def test_the_trace_variable_is_that_of_the_invocation_and_absent_without_one(state: ProcessState, log: InvocationLog) -> None:
    state.begin(log, {"_X_AMZN_TRACE_ID": "Root=1"})
    with inside(state):
        traced = os.environ.get("_X_AMZN_TRACE_ID")

    state.begin(log, {})
    with inside(state):
        untraced = os.environ.get("_X_AMZN_TRACE_ID")

    assert (traced, untraced) == ("Root=1", None)


# Output


@pytest.mark.rule("RUN-85")
def test_prints_go_into_the_log_and_on_to_the_test(
    state: ProcessState, log: InvocationLog, capsys: pytest.CaptureFixture[str]
) -> None:
    with inside(state):
        print("out")
        print("err", file=sys.stderr, flush=True)
    print("of the test")

    assert log.lines == ["out", "err"]
    assert capsys.readouterr() == ("out\nof the test\n", "err\n")


def test_redirected_output_stays_redirected_over_a_suspension(state: ProcessState, log: InvocationLog) -> None:
    target = io.StringIO()
    redirection = contextlib.redirect_stdout(target)

    with inside(state):
        redirection.__enter__()
        print("before")
    print("of the test")
    with inside(state):
        print("after")
        redirection.__exit__(None, None, None)
        print("at the end")

    assert (target.getvalue(), log.lines) == ("before\nafter\n", ["at the end"])


def test_each_invocation_has_its_own_output(state: ProcessState, log: InvocationLog, new_log: NewLog) -> None:
    second = new_log()
    with inside(state):
        print("first")

    state.begin(second, {})
    with inside(state):
        print("second")

    assert (log.lines, second.lines) == (["first"], ["second"])


@pytest.mark.rule("RUN-57")
def test_an_ended_invocation_writes_nothing_more(
    state: ProcessState, log: InvocationLog, capsys: pytest.CaptureFixture[str]
) -> None:
    with inside(state):
        print("before", end="")

    state.end()
    with inside(state):
        print("done waiting")
        logging.warning("done waiting")
    log.end()

    assert (log.lines, capsys.readouterr().out) == (["before"], "before")


def test_a_logger_that_was_given_stdout_at_import_writes_into_the_log(
    state: ProcessState, log: InvocationLog, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = logging.StreamHandler(sys.stdout)

    with inside(state):
        handler.emit(logging.makeLogRecord({"msg": "charged"}))
    handler.emit(logging.makeLogRecord({"msg": "of the test"}))

    assert log.lines == ["charged"]
    assert capsys.readouterr().out == "charged\nof the test\n"


def test_a_logger_made_when_the_module_was_imported_writes_into_the_log_beside_capsys(
    state: ProcessState, log: InvocationLog, capsys: pytest.CaptureFixture[str]
) -> None:
    with inside(state):
        MADE_AT_IMPORT.emit(logging.makeLogRecord({"msg": "charged"}))

    assert log.lines == ["charged"]


def test_a_logger_made_in_one_environment_writes_for_the_one_that_uses_it(
    state: ProcessState, log: InvocationLog, new_log: NewLog
) -> None:
    other, other_log = ProcessState({}), new_log()
    other.begin(other_log, {})
    with inside(state):
        handler = logging.StreamHandler(sys.stdout)

    with inside(other):
        handler.emit(logging.makeLogRecord({"msg": "charged"}))

    assert (log.lines, other_log.lines) == ([], ["charged"])


# Logging


@pytest.mark.rule("RUN-85")
def test_the_runtimes_log_handler_is_the_first_and_the_tests_remain(
    state: ProcessState, log: InvocationLog, caplog: pytest.LogCaptureFixture
) -> None:
    before = logging.root.handlers

    with inside(state):
        logging.warning("careful")
        handlers = logging.root.handlers

    assert handlers[1:] == before
    assert logging.root.handlers is before
    assert (len(log.lines), caplog.messages) == (1, ["careful"])


def test_log_handlers_of_a_task_are_kept_for_it(state: ProcessState, caplog: pytest.LogCaptureFixture) -> None:
    target = io.StringIO()
    with inside(state):
        logging.root.addHandler(logging.StreamHandler(target))

    logging.warning("of the test")
    with inside(state):
        logging.warning("of the handler")

    assert target.getvalue() == "of the handler\n"
    assert caplog.messages == ["of the test", "of the handler"]


@pytest.mark.rule("RUN-85")
def test_a_handler_that_removes_the_runtimes_log_handler_logs_nothing(
    state: ProcessState, log: InvocationLog, caplog: pytest.LogCaptureFixture
) -> None:
    with inside(state):
        logging.root.handlers.clear()

    with inside(state):
        logging.warning("careful")

    assert (log.lines, caplog.messages) == ([], ["careful"])


def test_what_powertools_silences_at_import_is_silent_for_the_runtimes_handler(
    state: ProcessState, log: InvocationLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.root, "handlers", [logging.NullHandler()])
    logger = Logger(service="silenced-at-import")

    with inside(state):
        logger.warning("once")
        logging.getLogger("other").warning("as ever")

    assert [json.loads(line)["message"] for line in log.lines[:1]] == ["once"]
    assert [line.rpartition("\t")[2] for line in log.lines[1:]] == ["as ever"]


def test_a_level_set_in_a_task_is_kept_for_it_alone(state: ProcessState, log: InvocationLog) -> None:
    with inside(state):
        logging.getLogger().setLevel(logging.DEBUG)

    in_test = logging.getLogger("shop").isEnabledFor(logging.DEBUG)
    with inside(state):
        in_task = logging.getLogger("shop").isEnabledFor(logging.DEBUG)

    assert (in_test, in_task) == (False, True)


@pytest.mark.rule("RUN-85")
@pytest.mark.parametrize(
    ("variables", "level"),
    [({}, logging.WARNING), ({"AWS_LAMBDA_LOG_LEVEL": "INFO"}, logging.INFO), ({"AWS_LAMBDA_LOG_LEVEL": "TRACE"}, 10)],
    ids=["unset", "INFO", "TRACE"],
)
def test_the_root_level_is_that_of_the_variable(
    variables: dict[str, str], level: int, log: InvocationLog, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    state = ProcessState(variables)
    state.begin(log, {})

    with inside(state):
        seen = logging.root.level

    assert (seen, logging.root.level) == (level, logging.WARNING)


# asyncio


def test_the_running_loop_of_a_suspended_task_is_not_that_of_others(state: ProcessState, log: InvocationLog) -> None:
    other = ProcessState({})
    other.begin(log, {})

    async def suspended() -> bool:
        mine = asyncio.get_running_loop()
        state.leave()
        with inside(other):
            asyncio.run(asyncio.sleep(0))
        asyncio.run(asyncio.sleep(0))
        state.enter()
        return asyncio.get_running_loop() is mine

    with inside(state):
        kept = asyncio.run(suspended())

    assert kept


def test_hooks_of_asynchronous_generators_stay_with_their_task(state: ProcessState) -> None:
    with inside(state):
        sys.set_asyncgen_hooks(firstiter=print)

    in_test = sys.get_asyncgen_hooks().firstiter
    with inside(state):
        in_task = sys.get_asyncgen_hooks().firstiter

    assert (in_test, in_task) == (None, print)


def test_the_current_loop_of_the_test_survives_asyncio_run_in_a_task(state: ProcessState) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)

    with inside(state):
        asyncio.run(asyncio.sleep(0))

    current = asyncio.get_event_loop()
    asyncio.set_event_loop(None)
    loop.close()
    assert current is loop


# Attributes


def test_given_attributes_are_exchanged(log: InvocationLog) -> None:
    module = types.SimpleNamespace(DEFAULT_SESSION="of the test")
    state = ProcessState({}, attributes=[(module, "DEFAULT_SESSION")])
    state.begin(log, {})

    with inside(state):
        at_first = module.DEFAULT_SESSION
        module.DEFAULT_SESSION = "of the handler"
    in_test = module.DEFAULT_SESSION
    module.DEFAULT_SESSION = "another of the test"
    with inside(state):
        later = module.DEFAULT_SESSION

    assert (at_first, in_test, later) == ("of the test", "of the test", "of the handler")
    assert module.DEFAULT_SESSION == "another of the test"


# Modules of uploaded code


def uploaded(folder: Path, log: InvocationLog, **files: str) -> ProcessState:
    for name, text in files.items():
        path = folder / (name.replace("__in__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    state = ProcessState({}, code_folders=[folder])
    state.begin(log, {})
    return state


def test_two_environments_have_modules_of_one_name(tmp_path: Path, log: InvocationLog) -> None:
    first = uploaded(tmp_path / "a", log, app="import part\nname = part.name", part="name = 'a'")
    second = uploaded(tmp_path / "b", log, app="import part\nname = part.name", part="name = 'b'")
    with inside(first):
        import app  # type: ignore[import-not-found]
    with inside(second):
        import app as other

    with inside(first):
        import app as again

    assert (app.name, other.name, again is app) == ("a", "b", True)
    assert "app" not in sys.modules
    assert "part" not in sys.modules


def test_module_state_is_per_environment_even_of_the_same_code(tmp_path: Path, log: InvocationLog) -> None:
    first = uploaded(tmp_path, log, app="calls = []")
    second = uploaded(tmp_path, log)
    with inside(first):
        import app

        app.calls.append(1)

    with inside(second):
        import app as other

    assert (app.calls, other.calls) == ([1], [])


def test_a_module_of_the_test_is_hidden_and_put_back(
    tmp_path: Path, log: InvocationLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, inner = types.ModuleType("app"), types.ModuleType("app.inner")
    monkeypatch.setitem(sys.modules, "app", ours)
    monkeypatch.setitem(sys.modules, "app.inner", inner)
    state = uploaded(tmp_path, log, app__in____init__="", app__in__inner="name = 'uploaded'")

    with inside(state):
        import app.inner  # type: ignore[import-not-found]

        name = app.inner.name

    assert name == "uploaded"
    assert (sys.modules["app"], sys.modules["app.inner"]) == (ours, inner)


def test_what_is_not_a_module_in_the_table_does_no_harm(
    tmp_path: Path, log: InvocationLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "app", "a mock")
    state = uploaded(tmp_path, log, app="name = 'uploaded'")

    with inside(state):
        import app

        name = app.name
        sys.modules["odd"] = object()  # type: ignore[assignment]

    assert (name, sys.modules.pop("odd") is not None, sys.modules["app"]) == ("uploaded", True, "a mock")  # type: ignore[comparison-overlap]


def test_the_search_path_of_a_task_is_its_own(tmp_path: Path, log: InvocationLog) -> None:
    source = "import os, sys\nsys.path.append(os.path.join(os.path.dirname(__file__), 'lib'))\nimport vendored"
    state = uploaded(tmp_path, log, app=source, lib__in__vendored="name = 'vendored'")
    before = list(sys.path)

    with inside(state):
        import app
    with inside(state):
        head, tail = sys.path[0], sys.path[-1]

    assert app.vendored.name == "vendored"
    assert (head, tail) == (str(tmp_path), str(tmp_path / "lib"))
    assert sys.path == before
    assert "vendored" not in sys.modules


def test_what_the_uploaded_code_imports_from_elsewhere_is_shared(tmp_path: Path, log: InvocationLog) -> None:
    state = uploaded(tmp_path, log, app="import json, wsgiref.util", json="raise ImportError")

    with inside(state):
        import app
    shared = sys.modules["wsgiref.util"]

    assert app.wsgiref.util is shared
    assert "dumps" in vars(app.json)


def test_a_packaged_aws_client_is_not_taken(tmp_path: Path, log: InvocationLog) -> None:
    import botocore

    state = uploaded(tmp_path, log, app="import botocore", botocore__in____init__="raise ImportError")

    with inside(state):
        import app

    assert app.botocore is botocore


def test_a_loop_that_a_task_leaves_open_is_closed_with_its_state() -> None:
    part = EventLoopState()
    part.enter()
    asyncio.set_event_loop(asyncio.new_event_loop())
    loop = asyncio.get_event_loop()
    part.leave()
    is_closed_before = loop.is_closed()
    del part
    gc.collect()

    assert (is_closed_before, loop.is_closed()) == (False, True)
