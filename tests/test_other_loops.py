"""trio and uvloop in handlers and tests: refused by name, with what to use instead."""

from __future__ import annotations

import asyncio
import gc
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest

from pytest_lambda_events import LambdaEvents, NotSimulatedError


@pytest.fixture(autouse=True)
def refused_coroutines_forgotten() -> Iterator[None]:
    """A loop that is refused never awaits its coroutine. Python warns of that when it collects the coroutine: do so here."""
    yield
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
        gc.collect()


trio = pytest.importorskip("trio")
uvloop = pytest.importorskip("uvloop")


async def answer() -> str:
    await anyio.sleep(0)
    return "answer"


def in_a_loop_of_uvloop() -> str:
    loop = uvloop.new_event_loop()
    try:
        return str(loop.run_until_complete(answer()))
    finally:
        loop.close()


RUNS: dict[str, Callable[[], Any]] = {
    "trio.run": lambda: trio.run(answer),
    "anyio": lambda: anyio.run(answer, backend="trio"),
    "uvloop.run": lambda: uvloop.run(answer()),
    "loop of uvloop": in_a_loop_of_uvloop,
}
every_run = pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
ADVICE = "Use asyncio"


@every_run
def test_a_handler_that_runs_another_loop_is_refused(lambda_events: LambdaEvents, run: Callable[[], Any]) -> None:
    fn = lambda_events.function(lambda event, context: run(), name="fn")

    with pytest.raises(NotSimulatedError, match=ADVICE):
        fn.invoke()


@every_run
def test_a_test_that_runs_another_loop_is_refused(lambda_events: LambdaEvents, run: Callable[[], Any]) -> None:
    with pytest.raises(NotSimulatedError, match=ADVICE):
        run()


@every_run
def test_other_loops_run_again_when_the_environment_has_closed(run: Callable[[], Any]) -> None:
    with LambdaEvents():
        pass

    assert run() == "answer"


@pytest.mark.parametrize("run", [trio.run, lambda main: uvloop.run(main())], ids=["trio", "uvloop"])
def test_an_environment_is_not_opened_inside_another_loop(run: Callable[[Any], Any]) -> None:
    async def main() -> None:
        with LambdaEvents():
            pass

    with pytest.raises(NotSimulatedError, match=ADVICE):
        run(main)


def test_a_library_that_is_imported_in_the_handler_is_refused_too(
    lambda_events: LambdaEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "uvloop" and name != "uvloop.loop"]:
        monkeypatch.delitem(sys.modules, name)

    def handler(event: Any, context: Any) -> Any:
        import uvloop as imported_here

        return imported_here.run(answer())

    with pytest.raises(NotSimulatedError, match=ADVICE):
        lambda_events.function(handler).invoke()


def test_asyncio_is_not_refused(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> list[str]:
        return [asyncio.run(answer()), anyio.run(answer, backend="asyncio")]

    assert lambda_events.function(handler).invoke().payload == ["answer", "answer"]
