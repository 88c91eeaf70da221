"""What a handler changes of the process is kept for its execution environment, and no later test sees it."""

from __future__ import annotations

import copy
import decimal
import locale
import logging
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from os import environ
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import greenlet
import pytest
from process_state import fingerprint

from pytest_lambda_events import LambdaEvents


def rebind(value: object) -> None:
    os.environ = value  # type: ignore[assignment]  # noqa: B003


def table_of(event: Any, context: Any) -> str:
    return os.environ["TABLE"]


def variables_of_child() -> list[str]:
    return subprocess.check_output(["/usr/bin/env"], text=True).splitlines()


# ---------------------------------------------------------------------- os.environ


REBOUND: dict[str, Callable[[], Any]] = {
    "dict": lambda: {"TABLE": "rebound"},
    "copy": lambda: {**os.environ.copy(), "TABLE": "rebound"},
    "deepcopy": lambda: copy.deepcopy(os.environ),
    "empty": dict,
}


@pytest.mark.parametrize("made", REBOUND.values(), ids=REBOUND.keys())
def test_a_handler_that_rebinds_os_environ_changes_it_for_its_execution_environment_alone(made: Callable[[], Any]) -> None:
    before = os.environ, dict(os.environ)
    seen: list[object] = []

    def handler(event: Any, context: Any) -> None:
        if event == "rebind":
            rebind(made())
        seen.append(os.environ)
        boto3.client("sts").get_caller_identity()
        time.sleep(1)
        seen.append(os.environ)

    with LambdaEvents() as lambda_events:
        function = lambda_events.function(handler)
        other = lambda_events.function(lambda event, context: os.environ["AWS_LAMBDA_FUNCTION_NAME"], name="other")
        inside = os.environ
        function.invoke_async("rebind")
        lambda_events.advance(0.5)
        named = other.invoke().payload
        during = os.environ
        lambda_events.run_until_idle()
        function.invoke("again")

    assert (during, named) == (inside, "other")
    assert all(one is seen[0] for one in seen)
    assert (os.environ, dict(os.environ)) == before
    assert os.environ is before[0]


def test_a_rebound_os_environ_gets_the_trace_of_each_invocation(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> object:
        if event == "rebind":
            rebind({"TABLE": "rebound"})
        return os.environ.get("_X_AMZN_TRACE_ID"), os.environ["TABLE"]

    function = lambda_events.function(handler, environment={"TABLE": "orders"})
    function.invoke("rebind")

    first, second = function.invoke("again").payload, function.invoke("again").payload

    assert first[0].startswith("Root=1-")
    assert first[0] != second[0]
    assert (first[1], second[1]) == ("rebound", "rebound")


def test_what_was_imported_by_name_has_the_handler_s_variables_also_after_a_rebinding(
    lambda_events: LambdaEvents,
) -> None:
    def handler(event: Any, context: Any) -> object:
        rebind({})
        return environ["TABLE"], len(os.environ)

    result = lambda_events.function(handler, environment={"TABLE": "orders"}).invoke()

    assert result.payload == ["orders", 0]
    assert "TABLE" not in environ


def test_a_handler_that_rebinds_os_environb_changes_it_for_itself_alone() -> None:
    before = os.environb

    def handler(event: Any, context: Any) -> int:
        os.environb = {}  # type: ignore[assignment]
        return len(os.environb)

    with LambdaEvents() as lambda_events:
        seen = lambda_events.function(handler).invoke().payload

    assert seen == 0
    assert os.environb is before
    assert os.environb[b"PATH"] == os.fsencode(os.environ["PATH"])


def test_a_handler_that_clears_its_variables_clears_them_for_itself_and_its_children(
    lambda_events: LambdaEvents,
) -> None:
    def handler(event: Any, context: Any) -> object:
        os.environ.clear()
        return dict(os.environ), variables_of_child()

    path = os.environ["PATH"]

    result = lambda_events.function(handler).invoke()

    assert result.payload == [{}, []]
    assert f"PATH={path}" in variables_of_child()


def test_putenv_in_a_handler_reaches_the_child_processes_of_its_execution_environment_alone(
    lambda_events: LambdaEvents,
) -> None:
    def handler(event: Any, context: Any) -> object:
        if event == "change":
            os.putenv("ONLY_IN_C", "1")
            os.unsetenv("TABLE")
            rebind({"NOT_IN_C": "1"})
        children = variables_of_child()
        return [name for name in ("ONLY_IN_C=1", "TABLE=orders", "NOT_IN_C=1") if name in children]

    function = lambda_events.function(handler, environment={"TABLE": "orders"})

    seen = [function.invoke(event).payload for event in ("look", "change", "look")]

    assert seen == [["TABLE=orders"], ["ONLY_IN_C=1"], ["ONLY_IN_C=1"]]
    assert "ONLY_IN_C=1" not in variables_of_child()


@pytest.mark.parametrize("made", REBOUND.values(), ids=REBOUND.keys())
def test_a_test_that_rebinds_os_environ_inside_gets_python_s_own_object_back(made: Callable[[], Any]) -> None:
    before = os.environ, dict(os.environ)

    with LambdaEvents() as lambda_events:
        function = lambda_events.function(
            lambda event, context: os.environ["TABLE"], name="f", environment={"TABLE": "orders"}
        )
        orders = lambda_events.queue("orders")
        rebind(made())
        seen = function.invoke().payload
        orders.send("hello")

    assert seen == "orders"
    assert (os.environ, dict(os.environ)) == before
    assert os.environ is before[0]


@pytest.mark.parametrize("lost", [None, "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION"])
def test_a_test_that_removes_variables_inside_has_them_back_afterwards(
    lost: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = dict(os.environ)
    # A variable that an environment changes is put back as it was before.
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "MOTO_ACCOUNT_ID", "TZ"):
        monkeypatch.delenv(name, raising=False)
    before = dict(os.environ)
    for name in before:
        # Puts them back in C too.
        monkeypatch.setenv(name, before[name])

    with LambdaEvents():
        if lost is None:
            os.environ.clear()
        else:
            del os.environ[lost]
    left = dict(os.environ)
    monkeypatch.undo()

    # An environment puts back what it has changed itself, and nothing else.
    assert left == ({} if lost is None else before)
    assert dict(os.environ) == original


def test_an_environment_works_while_os_environ_is_a_dictionary() -> None:
    before = os.environ, dict(os.environ)
    patched = {"PATH": os.environ["PATH"]}

    with mock.patch("os.environ", patched):
        with LambdaEvents() as lambda_events:
            lambda_events.queue("orders").send("hello")
            seen = lambda_events.function(
                lambda event, context: os.environ["TABLE"], name="f", environment={"TABLE": "orders"}
            ).invoke()
        inside: Any = os.environ

    assert seen.payload == "orders"
    assert (inside, inside == {"PATH": before[1]["PATH"]}) == (patched, True)
    assert (os.environ, dict(os.environ)) == before


def test_the_first_environment_of_a_process_may_open_while_os_environ_is_a_dictionary() -> None:
    story = (
        "import os\n"
        "from pytest_lambda_events import LambdaEvents\n"
        "own = os.environ\n"
        "os.environ = dict(os.environ)\n"
        "seen = []\n"
        "with LambdaEvents() as env:\n"
        "    env.function(lambda event, context: seen.append(own['TABLE']), name='f', environment={'TABLE': '1'}).invoke()\n"
        "assert seen == ['1'], seen\n"
        "assert 'TABLE' not in own and own is not os.environ and type(os.environ) is dict\n"
    )

    done = subprocess.run([sys.executable, "-c", story], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")


# ---------------------------------------------------------------------- attributes of sys and others


@pytest.mark.parametrize(
    ("place", "name", "value"),
    [
        (sys, "argv", ["handler", "--fast"]),
        (sys, "path", ["/layer"]),
        (sys, "modules", {}),
        (sys, "excepthook", print),
        (threading, "excepthook", print),
        (tempfile, "tempdir", "/nowhere"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_attribute_that_a_handler_rebinds_is_put_back_and_kept_for_its_execution_environment(
    place: Any, name: str, value: Any, lambda_events: LambdaEvents
) -> None:
    before = getattr(place, name)
    seen: list[Any] = []

    def handler(event: Any, context: Any) -> None:
        seen.append(getattr(place, name))
        setattr(place, name, value)

    function = lambda_events.function(handler)
    function.invoke()
    between = getattr(place, name)
    function.invoke()

    assert seen[0] is between is getattr(place, name) is before
    assert seen[1] is value


# ---------------------------------------------------------------------- settings


def test_a_working_directory_belongs_to_its_execution_environment_also_while_invocations_overlap(
    lambda_events: LambdaEvents, tmp_path: Path
) -> None:
    start = os.getcwd()
    seen: list[tuple[str, str]] = []

    def handler(event: Any, context: Any) -> None:
        seen.append((event, Path.cwd().name))
        if event in "ab":
            (tmp_path / event).mkdir()
            os.chdir(tmp_path / event)
        time.sleep(10)
        seen.append((event, Path.cwd().name))

    function = lambda_events.function(handler, timeout=30)
    for event in "abc":
        function.invoke_async(event)
    lambda_events.advance(5)
    during = os.getcwd()
    lambda_events.run_until_idle()
    after = os.getcwd()
    function.invoke("d")

    name = Path(start).name
    assert (during, after) == (start, start)
    assert seen[:6] == [("a", name), ("b", name), ("c", name), ("a", "a"), ("b", "b"), ("c", name)]
    assert seen[6][1] in {"a", "b", name}
    assert os.getcwd() == start


@pytest.mark.parametrize("ending", ["return", "raise", "exit", "time out"])
def test_a_working_directory_is_put_back_however_the_attempt_ends(
    ending: str, lambda_events: LambdaEvents, tmp_path: Path
) -> None:
    start = os.getcwd()

    def handler(event: Any, context: Any) -> None:
        os.chdir(tmp_path)
        if ending == "raise":
            raise ValueError("declined")
        if ending == "exit":
            os._exit(3)
        if ending == "time out":
            time.sleep(100)

    result = lambda_events.function(handler).invoke()

    assert (result.function_error is None) == (ending == "return")
    assert os.getcwd() == start


def test_a_working_directory_that_is_gone_does_no_harm(lambda_events: LambdaEvents, tmp_path: Path) -> None:
    start = os.getcwd()
    folder = tmp_path / "gone"
    folder.mkdir()

    def handler(event: Any, context: Any) -> None:
        if event == "change":
            os.chdir(folder)
            folder.rmdir()

    function = lambda_events.function(handler)

    results = [function.invoke(event).function_error for event in ("change", "look")]

    assert results == [None, None]
    assert os.getcwd() == start


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


SETTINGS: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
    "umask": (_umask, lambda: os.umask(0o077)),
    "locale": (lambda: locale.setlocale(locale.LC_ALL), lambda: locale.setlocale(locale.LC_ALL, "C.UTF-8")),
    "socket timeout": (socket.getdefaulttimeout, lambda: socket.setdefaulttimeout(7)),
    "logging.disable": (lambda: logging.root.manager.disable, lambda: logging.disable(logging.CRITICAL)),
    "log records": (logging.getLogRecordFactory, lambda: logging.setLogRecordFactory(_record)),
    "recursion limit": (sys.getrecursionlimit, lambda: sys.setrecursionlimit(5_000)),
    "decimal precision": (lambda: decimal.getcontext().prec, lambda: setattr(decimal.getcontext(), "prec", 5)),
}


def _record(*arguments: Any, **keywords: Any) -> logging.LogRecord:
    return logging.LogRecord(*arguments, **keywords)


@pytest.mark.parametrize(("read", "change"), SETTINGS.values(), ids=SETTINGS.keys())
def test_a_setting_that_a_handler_changes_is_put_back_and_kept_for_its_execution_environment(
    read: Callable[[], object], change: Callable[[], object], lambda_events: LambdaEvents
) -> None:
    before = read()
    seen: list[object] = []

    def handler(event: Any, context: Any) -> None:
        if event == "change":
            change()
        seen.append(read())
        time.sleep(1)
        seen.append(read())

    function = lambda_events.function(handler)
    function.invoke_async("look")
    function.invoke_async("change")
    lambda_events.advance(0.5)
    during = read()
    lambda_events.run_until_idle()

    function.invoke("look in the environment that was used last")

    assert seen[0] == seen[2] == during == read() == before
    assert seen[1] == seen[3] != before
    assert seen[4] in (before, seen[1])


def test_a_handler_sees_a_setting_that_the_test_changes_later(
    lambda_events: LambdaEvents, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    function = lambda_events.function(lambda event, context: os.getcwd(), name="look")
    first = function.invoke().payload
    monkeypatch.chdir(tmp_path)

    assert (first, function.invoke().payload) == (str(Path(__file__).parents[1]), str(tmp_path))


def test_nothing_that_a_handler_changes_is_left_after_its_environment() -> None:
    def handler(event: Any, context: Any) -> None:
        rebind({})
        os.chdir("/")
        for _, change in SETTINGS.values():
            change()

    with LambdaEvents() as lambda_events:
        lambda_events.function(handler).invoke()
    before = fingerprint()

    with LambdaEvents() as lambda_events:
        lambda_events.function(handler).invoke()

    assert fingerprint() == before


@pytest.fixture
def greenlets(lambda_events: LambdaEvents) -> Callable[[str], object]:
    """Returns a function that invokes the function with this name, and returns the greenlet in which its handler ran."""
    seen: list[object] = []
    for name in ("first", "second"):
        lambda_events.function(lambda event, context: seen.append(greenlet.getcurrent()), name=name)

    def ran_in(name: str) -> object:
        lambda_events.functions[name].invoke({})
        return seen[-1]

    return ran_in


@contextmanager
def traced_by(tracer: Any) -> Iterator[None]:
    """Replaces the trace function of the thread, such as that of coverage."""
    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        yield
    finally:
        sys.settrace(before)


def test_attempts_of_an_execution_environment_run_in_one_greenlet(greenlets: Callable[[str], object]) -> None:
    with traced_by(None):
        first, second, again = greenlets("first"), greenlets("second"), greenlets("first")

    assert first is again
    assert second is not first


def test_a_tracer_observes_each_attempt_in_a_new_greenlet(greenlets: Callable[[str], object]) -> None:
    with traced_by(None):
        before = greenlets("first")
    with traced_by(lambda frame, event, argument: None):
        traced = [greenlets("first") for _ in range(2)]

    assert len({before, *traced}) == 3


def test_context_variables_do_not_last_until_the_next_attempt(lambda_events: LambdaEvents) -> None:
    tenant: ContextVar[str] = ContextVar("tenant", default="nobody")

    def handler(event: Any, context: Any) -> str:
        before = tenant.get()
        tenant.set("acme")
        return before

    fn = lambda_events.function(handler)

    assert [fn.invoke({}).payload for _ in range(2)] == ["nobody", "nobody"]
    assert tenant.get() == "nobody"
