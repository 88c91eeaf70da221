"""pytest.exit, pytest.fail and pytest.skip in a handler do what they do in a test, however the handler is invoked."""

from __future__ import annotations

import pytest

INVOCATIONS = {
    "invoke": "lambda_events.function(handler).invoke()",
    "boto3": "lambda_events.function(handler)\n    lambda_events.client('lambda').invoke(FunctionName='handler')",
    "invoke_async": "lambda_events.function(handler).invoke_async()\n    lambda_events.run_until_idle()",
    "queue": (
        "orders = lambda_events.queue('orders')\n    lambda_events.function(handler).add_event_source(orders)\n"
        "    orders.send('hello')\n    lambda_events.run_until_idle()"
    ),
    "by another handler": (
        "lambda_events.function(handler)\n"
        "    def outer(event, context):\n"
        "        try:\n"
        "            lambda_events.client('lambda').invoke(FunctionName='handler')\n"
        "        except Exception:\n"
        "            pass\n"
        "    lambda_events.function(outer).invoke()"
    ),
    "asyncio": (
        "async def body(event, context):\n        handler(event, context)\n"
        "    lambda_events.function(lambda event, context: asyncio.run(body(event, context)), name='f').invoke()"
    ),
    "a thread of the test": (
        "function = lambda_events.function(handler)\n"
        "    thread = threading.Thread(target=function.invoke, daemon=True)\n    thread.start()\n    thread.join()"
    ),
    "its module": "lambda_events.function('module_that_ends.handler')",
}


def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, call: str, invocation: str) -> pytest.RunResult:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(module_that_ends=f"import pytest\n{call}\n")
    pytester.makepyfile(
        "import asyncio, threading, time\n"
        "import pytest\n"
        "def handler(event, context):\n"
        "    time.sleep(1)\n"
        f"    {call}\n"
        "def test_it(lambda_events):\n"
        f"    {invocation}\n"
        "    assert False, 'the test went on'\n"
        "def test_next(lambda_events): pass\n"
    )
    return pytester.runpytest_inprocess("-p", "pytest_lambda_events.plugin", "-p", "no:randomly")


@pytest.mark.parametrize("invocation", INVOCATIONS.values(), ids=INVOCATIONS.keys())
def test_pytest_exit_in_a_handler_ends_the_run(
    invocation: str, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(pytester.path)

    result = run(pytester, monkeypatch, "pytest.exit('the shop is closed', returncode=7)", invocation)

    assert result.ret == 7
    result.assert_outcomes()
    result.stdout.fnmatch_lines(["*no tests ran in*", "*Exit: the shop is closed*"])


@pytest.mark.skipif(pytest.version_tuple < (8, 4), reason="an older pytest puts its own threading.excepthook in our place")
@pytest.mark.parametrize("is_joined", [True, False], ids=["joined", "left running"])
def test_pytest_exit_in_a_thread_of_a_handler_ends_the_run(
    is_joined: bool, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    join = "thread.join()" if is_joined else "time.sleep(1)"
    call = f"thread = threading.Thread(target=pytest.exit, args=('the shop is closed', 7)); thread.start(); {join}"

    result = run(pytester, monkeypatch, call, INVOCATIONS["invoke"])

    assert result.ret == 7
    result.stdout.fnmatch_lines(["*Exit: the shop is closed*"])


def test_pytest_exit_in_uploaded_code_ends_the_run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = (
        "import io, zipfile\n"
        "    data = io.BytesIO()\n"
        "    with zipfile.ZipFile(data, 'w') as archive:\n"
        "        archive.writestr('app.py', 'import pytest; pytest.exit(\"the shop is closed\", 7)')\n"
        "    api = lambda_events.client('lambda')\n"
        "    role = lambda_events.client('iam').create_role(RoleName='r', AssumeRolePolicyDocument='{}')['Role']['Arn']\n"
        "    api.create_function(FunctionName='f', Runtime='python3.13', Handler='app.handler', Role=role,\n"
        "                        Code={'ZipFile': data.getvalue()})\n"
        "    lambda_events.advance(60)\n"
        "    lambda_events.functions['f'].invoke()"
    )

    result = run(pytester, monkeypatch, "pass", upload)

    assert result.ret == 7
    result.stdout.fnmatch_lines(["*Exit: the shop is closed*"])


@pytest.mark.parametrize("invocation", ["invoke", "invoke_async", "queue", "by another handler"])
@pytest.mark.parametrize(
    ("call", "outcomes", "line"),
    [
        ("pytest.fail('no money')", {"failed": 1}, "*Failed: no money*"),
        ("pytest.skip('not today')", {"skipped": 1}, "*1 skipped*"),
        ("pytest.xfail('known')", {"xfailed": 1}, "*1 xfailed*"),
    ],
    ids=["fail", "skip", "xfail"],
)
def test_other_outcomes_in_a_handler_are_those_of_the_test(
    call: str,
    outcomes: dict[str, int],
    line: str,
    invocation: str,
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = run(pytester, monkeypatch, call, INVOCATIONS[invocation])

    result.assert_outcomes(passed=1, **outcomes)
    result.stdout.fnmatch_lines([line])


def test_an_environment_that_ended_by_pytest_exit_leaves_nothing_open(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(pytester, monkeypatch, "pytest.exit('the shop is closed')", INVOCATIONS["invoke_async"])

    result = run(pytester, monkeypatch, "pytest.fail('again')", INVOCATIONS["invoke"])

    result.assert_outcomes(passed=1, failed=1)
