"""Beside other plugins, and without this one."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

STORY = """
    import pytest

    def charge(event, context):
        raise ValueError("card expired")

    @pytest.mark.parametrize("number", range(6))
    def test_retries(lambda_events, number):
        event = lambda_events.function(charge).invoke_async({"order": number})
        lambda_events.run_until_idle()
        assert [attempt.started_after_seconds for attempt in event.attempts] == [0, 60, 180]
        assert event.request_id == "REQUEST_ID"
"""


@pytest.fixture
def story(pytester: pytest.Pytester) -> None:
    """Tests that all see one and the same request id, since each environment draws from the same seed."""
    from pytest_lambda_events import LambdaEvents

    with LambdaEvents() as environment:
        function = environment.function(lambda event, context: None, name="charge")
        request_id = function.invoke_async({"order": 0}).request_id
    pytester.makepyfile(STORY.replace("REQUEST_ID", request_id))


@pytest.mark.usefixtures("beside_all", "story")
@pytest.mark.parametrize("arguments", [("-p", "no:randomly"), ("-p", "no:xdist")], ids=["in order", "shuffled"])
def test_the_same_journal_in_any_order_of_tests(pytester: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    result = pytester.runpytest(*arguments)

    result.assert_outcomes(passed=6)


@pytest.mark.usefixtures("beside_all", "story")
def test_the_same_journal_in_two_other_processes(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("-n", "2")

    result.assert_outcomes(passed=6)


@pytest.mark.usefixtures("beside_all")
@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_an_async_test_of_pytest_asyncio_shares_the_clock(pytester: pytest.Pytester, mode: str) -> None:
    pytester.makepyfile(
        """
        import asyncio
        import time
        import pytest

        def charge(event, context):
            raise ValueError("card expired")

        async def wait(seconds):
            await asyncio.sleep(seconds)
            return time.time()

        def handler(event, context):
            return asyncio.run(wait(5))

        @pytest.mark.asyncio
        async def test_sleep(lambda_events):
            event = lambda_events.function(charge).invoke_async()
            await asyncio.sleep(60)
            assert (len(event.attempts), lambda_events.elapsed) == (2, 60)

        @pytest.mark.asyncio
        async def test_advance_and_a_handler_with_a_loop_of_its_own(lambda_events):
            event = lambda_events.function(handler, timeout=10).invoke_async()
            lambda_events.advance(10)
            assert (event.condition, event.ended_after_seconds) == ("Success", 5)
        """
    )

    result = pytester.runpytest(f"--asyncio-mode={mode}")

    result.assert_outcomes(passed=2)


@pytest.mark.usefixtures("beside_all")
def test_an_async_test_of_anyio_shares_the_clock(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import anyio
        import pytest

        def charge(event, context):
            raise ValueError("card expired")

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.mark.anyio
        async def test_sleep(lambda_events):
            event = lambda_events.function(charge).invoke_async()
            await anyio.sleep(60)
            assert (len(event.attempts), lambda_events.elapsed) == (2, 60)
        """
    )

    result = pytester.runpytest("-p", "no:asyncio", "-W", "ignore")

    result.assert_outcomes(passed=1)


@pytest.mark.usefixtures("beside_all")
def test_hypothesis_opens_an_environment_for_each_example(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from hypothesis import given, settings, strategies as st
        from pytest_lambda_events import LambdaEvents

        @given(retries=st.integers(0, 2))
        @settings(deadline=None, max_examples=5)
        def test_attempts(retries):
            def charge(event, context):
                raise ValueError("card expired")

            with LambdaEvents() as environment:
                event = environment.function(charge, maximum_retry_attempts=retries).invoke_async()
                environment.run_until_idle()
                assert len(event.attempts) == retries + 1
        """
    )

    result = pytester.runpytest()

    result.assert_outcomes(passed=1)


@pytest.mark.usefixtures("beside_all")
def test_without_the_plugin_there_is_no_fixture_and_nothing_is_patched(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import time

        def test_asks(lambda_events): ...

        def test_does_not_ask():
            assert type(time.sleep).__name__ == "builtin_function_or_method"
        """
    )

    result = pytester.runpytest_subprocess("-p", "no:lambda_events")

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*fixture 'lambda_events' not found*"])


UNUSED = """
import json, sys, time
import pytest

sleep = time.sleep
status = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:randomly", *sys.argv[1:]])
heavy = {"boto3", "botocore", "moto", "freezegun", "greenlet"} & sys.modules.keys()
print(json.dumps([int(status), sorted(heavy), "pytest_lambda_events.plugin" in sys.modules, time.sleep is sleep]))
"""


@pytest.mark.usefixtures("beside_all")
def test_installed_but_unused_it_loads_nothing_heavy_and_patches_nothing(pytester: pytest.Pytester) -> None:
    path = pytester.makepyfile("def test_nothing(): ...")

    output = subprocess.run(
        [sys.executable, "-c", UNUSED, str(path)], cwd=pytester.path, capture_output=True, text=True, check=True
    ).stdout

    assert json.loads(output.splitlines()[-1]) == [0, [], True, True]


LOADED = """
import json, sys
import pytest

before = set(sys.modules)
import pytest_lambda_events.plugin
others = {name for name in set(sys.modules) - before if not name.startswith("pytest_lambda_events")}
status = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "pytest_lambda_events.plugin", *sys.argv[1:]])
others |= {"configparser"} & (set(sys.modules) - before)
ours = {name for name in sys.modules if name.startswith("pytest_lambda_events")}
print(json.dumps([int(status), sorted(ours), sorted(others)]))
"""


def test_a_run_that_does_not_use_it_loads_a_few_small_modules(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(pytester.path / "missing"))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    path = pytester.makepyfile("def test_nothing(): ...")

    output = subprocess.run(
        [sys.executable, "-c", LOADED, str(path)], cwd=pytester.path, capture_output=True, text=True, check=True
    ).stdout

    modules = ["", ".hookspecs", ".opened", ".option_defaults", ".plugin"]
    of_plugin = [".environments", ".startup"]
    expected = [f"pytest_lambda_events{name}" for name in [*modules, *(f".plugin{name}" for name in of_plugin)]]
    assert json.loads(output.splitlines()[-1]) == [0, sorted(expected), []]
