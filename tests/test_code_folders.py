"""Functions whose code lies in a folder of the project, as users have it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
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
