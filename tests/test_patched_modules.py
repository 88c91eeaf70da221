"""A test that patches modules of a function's folder: the function's own copy is patched, or the test is told how."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import pytest

from pytest_lambda_events import LambdaEvents, LambdaEventsError
from pytest_lambda_events.handles.function import Function

HANDLER = """
import json
from . import gateway
from .gateway import refund
class Client:
    def send(self): return "sent"
client = Client()
calls = []
cached = None
def charge():
    return "charged"
def handler(event, context):
    global cached
    calls.append(event)
    cached = charge
    if event.get("lazy"):
        from . import lazy
    return [charge(), refund(), client.send(), Client().send(), gateway.name()]
"""
FILES = {
    "pay_p/__init__.py": "",
    "pay_p/app.py": HANDLER,
    "pay_p/gateway.py": "def refund(): return 'refunded'\ndef name(): return 'bank'",
    "pay_p/lazy.py": "def send(): pass",
}
REAL = ["charged", "refunded", "sent", "sent", "bank"]


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The test's own copy of the module."""
    write(tmp_path, FILES)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("pay_p.app")
    for name in [name for name in sys.modules if name.startswith("pay_p")]:
        del sys.modules[name]


@pytest.fixture
def function(lambda_events: LambdaEvents, tmp_path: Path) -> Function:
    return lambda_events.function("pay_p.app.handler", code_uri=tmp_path, name="pay")


def faked(*_: object) -> str:
    return "faked"


class FakeClient:
    def send(self) -> str:
        return "faked"


@pytest.mark.parametrize(
    ("patch", "name"),
    [
        (lambda app: mock.patch.object(app, "charge"), "pay_p.app.charge"),
        (lambda app: mock.patch("pay_p.app.charge", autospec=True), "pay_p.app.charge"),
        (lambda app: mock.patch("pay_p.app.charge", faked), "pay_p.app.charge"),
        (lambda app: mock.patch.object(app, "refund", len), "pay_p.app.refund"),
        (lambda app: mock.patch.object(app, "client", FakeClient()), "pay_p.app.client"),
        (lambda app: mock.patch.object(app, "Client", FakeClient), "pay_p.app.Client"),
        (lambda app: mock.patch.object(app.Client, "send", faked), "pay_p.app.Client.send"),
        (lambda app: mock.patch.object(app, "json"), "pay_p.app.json"),
        (lambda app: mock.patch("pay_p.gateway.name"), "pay_p.gateway.name"),
    ],
    ids=["mock", "autospec", "function", "imported function", "object", "class", "method", "module", "other module"],
)
def test_a_patch_of_the_tests_copy_of_a_module_is_refused(
    app: Any, function: Function, patch: Callable[[Any], Any], name: str
) -> None:
    owner, _, attribute = name.removeprefix("pay_p.").partition(".")[2].rpartition(".")
    module = f'function.module("{".".join(name.split(".")[:2])}")' + (f".{owner}" if owner else "")

    with patch(app), pytest.raises(LambdaEventsError) as raised:
        function.invoke({})

    assert f"{name} is patched in this test, but function 'pay' has its own copy" in str(raised.value)
    assert f'mock.patch.object({module}, "{attribute}", ...)' in str(raised.value)
    assert function.invoke({}).payload == REAL


def test_a_patch_is_found_in_a_warm_environment_and_in_modules_that_the_handler_imports(app: Any, function: Function) -> None:
    assert function.invoke({}).payload == REAL
    lazy = importlib.import_module("pay_p.lazy")

    with mock.patch.object(lazy, "send"):
        assert function.invoke({}).payload == REAL
        with pytest.raises(LambdaEventsError, match=r"pay_p\.lazy\.send is patched"):
            function.invoke({"lazy": True})


def test_a_copy_with_another_name_is_found_by_its_file(app: Any, lambda_events: LambdaEvents, tmp_path: Path) -> None:
    write(tmp_path, {"pay_p/plain.py": "def charge(): return 1\ndef handler(event, context): return charge()"})
    function = lambda_events.function("plain.handler", code_uri=tmp_path / "pay_p")

    with mock.patch("pay_p.plain.charge"), pytest.raises(LambdaEventsError, match=r'function\.module\("plain"\)'):
        function.invoke({})


def test_the_functions_copy_can_be_patched_alone_or_beside_the_tests(
    app: Any, function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(function.module("pay_p.app"), "charge", lambda: "faked")
    monkeypatch.setattr(app, "charge", function.module("pay_p.app").charge)

    with (
        mock.patch.object(app, "refund"),
        mock.patch.object(function.module("pay_p.app"), "refund", return_value="mocked"),
    ):
        answer = function.invoke({})

    assert answer.payload == ["faked", "mocked", *REAL[2:]]


WAITING = """
import time
def charge(): return "charged"
def handler(event, context):
    time.sleep(event["wait"])
    return charge()
"""


@pytest.mark.parametrize(
    "cause",
    [
        lambda function, lambda_events: [function.invoke_async({"wait": 1}), function.invoke_async({"wait": 1})],
        lambda function, lambda_events: [function.invoke_async({"wait": 5})],
        lambda function, lambda_events: [function.update(timeout=2), function.invoke_async({"wait": 1})],
    ],
    ids=["overlap", "timeout", "update"],
)
def test_an_attempt_in_another_execution_environment_than_the_patched_one_is_refused(
    lambda_events: LambdaEvents, tmp_path: Path, cause: Callable[..., object]
) -> None:
    write(tmp_path, {"waiting_p.py": WAITING})
    function = lambda_events.function("waiting_p.handler", code_uri=tmp_path, name="pay", timeout=3)
    module = function.module("waiting_p")

    with mock.patch.object(module, "charge", return_value="mocked"):
        assert function.invoke({"wait": 1}).payload == "mocked"
        cause(function, lambda_events)
        with pytest.raises(LambdaEventsError, match=r'function\.module\("waiting_p"\)\.charge is patched in one execution'):
            lambda_events.run_until_idle()

    assert function.invoke({"wait": 1}).payload == "charged"


def test_state_that_differs_from_copy_to_copy_does_not_count_as_a_patch(app: Any, function: Function) -> None:
    app.calls.append("of the test")
    app.cached = {"of": "the test"}
    app.handler({}, None)
    app.later = mock.Mock()

    assert function.invoke({}).payload == REAL


def test_a_package_that_is_isolated_is_looked_at_too(app: Any, lambda_events: LambdaEvents) -> None:
    function = lambda_events.function("pay_p.app.handler", isolated=True)

    with mock.patch.object(app, "charge"), pytest.raises(LambdaEventsError, match=r"pay_p\.app\.charge is patched"):
        function.invoke({})


def test_a_module_that_only_the_function_can_import_is_named_where_a_test_patches_it_by_name(
    lambda_events: LambdaEvents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {**FILES, "only_p.py": "def charge(): pass\ndef handler(event, context): import absent_p"})
    function = lambda_events.function("only_p.handler", code_uri=tmp_path, name="billing")
    message = r"No module named 'only_p'.*Function 'billing'.*function\.module\(\"only_p\"\)"

    with pytest.raises(ModuleNotFoundError, match=message), mock.patch("only_p.charge"):
        pass
    with pytest.raises(ModuleNotFoundError, match=message):
        monkeypatch.setattr("only_p.charge", len)
    with pytest.raises(ModuleNotFoundError, match=r"function\.module\(\"pay_p\"\)"):
        importlib.import_module("pay_p.app")

    assert importlib.util.find_spec("only_p") is None
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'absent_p'$"):
        importlib.import_module("absent_p")
    assert function.invoke({}).payload["errorMessage"] == "No module named 'absent_p'"


def test_modules_are_found_as_before_once_the_environment_is_closed(tmp_path: Path) -> None:
    write(tmp_path, {"only_p.py": "def handler(event, context): pass"})
    before = [*sys.meta_path]

    with LambdaEvents() as lambda_events:
        lambda_events.function("only_p.handler", code_uri=tmp_path, name="f")

    assert sys.meta_path == before
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'only_p'$"):
        importlib.import_module("only_p")
    assert not isinstance(sys.modules.get("only_p"), ModuleType)
