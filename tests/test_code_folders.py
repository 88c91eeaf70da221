"""Functions whose code lies in a folder of the project, as users have it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, LambdaEventsError


@pytest.fixture
def src(tmp_path: Path) -> Path:
    return tmp_path


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


BILLING = """
import os
TABLE = os.environ["TABLE"]
def handler(event, context):
    return {"table": TABLE}
"""
COUNTING = """
import time
calls = []
def handler(event, context):
    calls.append(event)
    time.sleep(1)
    return len(calls)
"""
CHARGING = """
import bank
def handler(event, context):
    return bank.charge()
"""
SHIPPING = """
calls = []
def handler(event, context):
    calls.append(event)
    return {"parcel": event["order"], "calls": len(calls)}
"""


def test_two_functions_with_the_same_module_name_run_their_own_code(lambda_events: LambdaEvents, src: Path) -> None:
    write(src, {"billing/app.py": BILLING, "shipping/app.py": SHIPPING})

    billing = lambda_events.function("app.handler", code_uri=src / "billing", environment={"TABLE": "invoices"})
    shipping = lambda_events.function("app.handler", code_uri=src / "shipping")

    assert (billing.name, shipping.name) == ("billing", "shipping")
    assert billing.invoke({"order": 7}).payload == {"table": "invoices"}
    assert shipping.invoke({"order": 7}).payload == {"parcel": 7, "calls": 1}
    assert shipping.invoke({"order": 8}).payload == {"parcel": 8, "calls": 2}
    assert billing.invoke({}).payload == {"table": "invoices"}
    assert "app" not in sys.modules


@pytest.mark.parametrize("handler", ["app.handler", "pkg/app.handler", "pkg.sub.app.handler", "space/app.handler"])
def test_a_handler_is_named_as_in_a_template(lambda_events: LambdaEvents, src: Path, handler: str) -> None:
    source = "from {0} import NAME\ndef handler(event, context):\n    return [NAME, __name__, __file__]\n"
    files = {
        "shared.py": "NAME = 'shared'", "app.py": source.format("shared"), "pkg/__init__.py": "",
        "pkg/app.py": source.format("shared"), "pkg/sub/__init__.py": "", "pkg/sub/names.py": "NAME = 'shared'",
        "pkg/sub/app.py": source.format(".names"), "space/app.py": source.format("shared"),
    }  # fmt: skip
    write(src, files)

    function = lambda_events.function(handler, code_uri=src, name="f")

    module = handler.rpartition(".")[0].replace("/", ".")
    assert function.invoke().payload == ["shared", module, str(src / (module.replace(".", "/") + ".py"))]


def test_a_patched_module_is_the_one_that_the_handler_uses(
    lambda_events: LambdaEvents, src: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        src,
        {
            "app.py": CHARGING,
            "bank.py": "def charge(): return 1",
        },
    )
    function = lambda_events.function("app.handler", code_uri=src, name="f")

    monkeypatch.setattr(function.module("bank"), "charge", lambda: "faked")

    assert function.invoke().payload == "faked"
    assert [attempt.is_cold_start for attempt in function.attempts] == [True]


def test_overlapping_invocations_have_modules_of_their_own(lambda_events: LambdaEvents, src: Path) -> None:
    write(
        src,
        {"app.py": COUNTING},
    )
    function = lambda_events.function("app.handler", code_uri=src, name="f")

    for _ in range(2):
        function.invoke_async()
    lambda_events.run_until_idle()

    assert [attempt.response for attempt in function.attempts] == [1, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"handler": "app.handler", "code_uri": "nowhere"}, "does not exist"),
        ({"handler": "other.handler", "code_uri": "."}, "has no module 'other'. It has: app.py"),
        ({"handler": "handler", "code_uri": "."}, "does not name a module and a function"),
        ({"handler": "app.py", "code_uri": "app.py"}, "is a file"),
        ({"handler": print, "code_uri": "."}, "needs the name of a handler in that folder"),
    ],
)
def test_code_that_is_not_there_is_refused_when_the_function_is_made(
    lambda_events: LambdaEvents, src: Path, arguments: dict[str, Any], message: str
) -> None:
    write(src, {"app.py": SHIPPING})

    with pytest.raises(LambdaEventsError, match=message):
        lambda_events.function(**{**arguments, "code_uri": src / arguments["code_uri"]})

    assert list(lambda_events.functions) == []


def test_the_package_of_an_isolated_function_is_loaded_for_each_execution_environment(
    lambda_events: LambdaEvents, src: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(src, {"shop_i/__init__.py": "", "shop_i/charge.py": "import helper_i\n" + SHIPPING, "helper_i.py": ""})
    monkeypatch.syspath_prepend(str(src))
    monkeypatch.setitem(sys.modules, "helper_i", ModuleType("helper_i"))
    path = [*sys.path]
    shared = sys.modules["helper_i"]

    functions = [lambda_events.function("shop_i.charge.handler", name=name, isolated=True) for name in "ab"]

    assert [function.invoke({"order": 1}).payload["calls"] for function in functions * 2] == [1, 1, 2, 2]
    assert [function.module("helper_i") is shared for function in functions] == [True, True]
    assert ([name for name in sys.modules if name.startswith("shop_i")], sys.path) == ([], path)


def test_a_module_without_a_package_can_be_isolated_too(
    lambda_events: LambdaEvents, src: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(src, {"alone_i.py": SHIPPING})
    monkeypatch.syspath_prepend(str(src))
    first = importlib.import_module("alone_i")
    monkeypatch.delitem(sys.modules, "alone_i")
    monkeypatch.setitem(sys.modules, "alone_i", first)

    function = lambda_events.function("alone_i.handler", isolated=True)

    assert function.invoke({"order": 1}).payload["calls"] == 1
    assert (first.calls, function.module("alone_i") is first, sys.modules["alone_i"] is first) == ([], False, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"handler": "nowhere_i.app.handler", "isolated": True}, "cannot import 'nowhere_i'. Pass code_uri"),
        ({"handler": "spaced_i.app.handler", "isolated": True}, "is in several folders or in an archive: "),
        ({"handler": "whole_i.missing.handler", "isolated": True}, "has no module 'whole_i.missing'"),
        ({"handler": "handler", "isolated": True}, "does not name a module and a function"),
        ({"handler": print, "isolated": True}, "needs the name of a handler as text"),
        ({"handler": "whole_i.app.handler", "isolated": "yes"}, "isolated='yes'"),
        ({"handler": "whole_i.app.handler", "isolated": True, "code_uri": "src"}, "exclude each other"),
    ],
)
def test_an_invalid_isolated_handler_is_refused(
    lambda_events: LambdaEvents, src: Path, monkeypatch: pytest.MonkeyPatch, arguments: dict[str, Any], message: str
) -> None:
    write(src, {"one/spaced_i/app.py": "", "two/spaced_i/other.py": "", "one/whole_i/__init__.py": ""})
    monkeypatch.syspath_prepend(str(src / "one"))
    monkeypatch.syspath_prepend(str(src / "two"))

    with pytest.raises(LambdaEventsError, match=message):
        lambda_events.function(**arguments)

    assert list(lambda_events.functions) == []


def test_the_option_code_uri_is_the_folder_of_handlers_that_are_text(src: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(src, {"billing/app.py": BILLING, "shop_o/__init__.py": "", "shop_o/app.py": SHIPPING})
    monkeypatch.syspath_prepend(str(src))

    with LambdaEvents(code_uri=str(src)) as lambda_events:
        by_option = lambda_events.function("billing/app.handler", environment={"TABLE": "invoices"})
        shared = lambda_events.function("shop_o.app.handler", name="shared", code_uri=None)
        own = lambda_events.function(lambda event, context: "callable", name="own")
        with pytest.raises(LambdaEventsError, match=r"no module 'absent'.*comes from the option code_uri: pass code_uri=None"):
            lambda_events.function("absent.handler")

        answers = [function.invoke({"order": 1}).payload for function in (by_option, shared, own)]

    assert (by_option.name, answers) == ("handler", [{"table": "invoices"}, {"parcel": 1, "calls": 1}, "callable"])
    assert {name for name in sys.modules if name.startswith(("billing", "shop_o"))} == {"shop_o", "shop_o.app"}
    del sys.modules["shop_o"], sys.modules["shop_o.app"]


def test_a_projects_root_as_the_folder_leaves_tests_and_virtual_environments_alone(
    lambda_events: LambdaEvents, src: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = "import installed_p, tests_p_helper, local_p, json\ndef handler(event, context): return installed_p.calls\n"
    write(
        src,
        {
            "app_p.py": handler,
            "local_p.py": "",
            "pyproject.toml": "",
            "tests/__init__.py": "",
            "test_app_p.py": "",
            ".venv/pyvenv.cfg": "",
            "env/pyvenv.cfg": "",
            "env/installed_p.py": "calls = []",
            "node_modules/x/y.js": "",
            "tests/support/tests_p_helper.py": "",
            "README.md": "",
        },
    )
    monkeypatch.syspath_prepend(str(src / "env"))
    monkeypatch.syspath_prepend(str(src / "tests" / "support"))
    function = lambda_events.function("app_p.handler", code_uri=src, name="f")

    assert function.invoke().payload == []

    kept = [name for name in ("app_p", "local_p", "installed_p", "tests_p_helper") if name in sys.modules]
    assert kept == ["installed_p", "tests_p_helper"]
    for name in kept:
        del sys.modules[name]
