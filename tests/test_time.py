"""What the process reads as the time, and what waits on it."""

from __future__ import annotations

import asyncio
import datetime
import importlib
import inspect
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from types import ModuleType

import pytest
from bare_environments import BareAws, bare_environment, simulated

from pytest_lambda_events.aws.clock.freezer import Freezer
from pytest_lambda_events.aws.clock.real_time import REAL_TIME_MODULES
from pytest_lambda_events.config import LambdaEventsConfig
from pytest_lambda_events.simulation.threads import real_monotonic

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)


@pytest.fixture
def bare() -> Iterator[BareAws]:
    """An environment that starts at the default instant."""
    with bare_environment() as environment:
        yield environment


# ---------------------------------------------------------------------- reading


def test_every_reading_of_the_time_gives_the_virtual_instant(bare: BareAws) -> None:
    bare.simulation.advance(90.25)

    assert datetime.datetime.now(datetime.timezone.utc) == START + datetime.timedelta(seconds=90.25)
    assert time.time() == START.timestamp() + 90.25
    assert time.time_ns() == round(START.timestamp() + 90) * 10**9 + 25 * 10**7
    assert time.strftime("%H:%M:%S", time.gmtime()) == "00:01:30"


def test_durations_measured_in_an_environment_are_virtual(bare: BareAws) -> None:
    before = time.perf_counter(), time.monotonic()

    bare.simulation.advance(60)

    assert (time.perf_counter() - before[0], time.monotonic() - before[1]) == (60, 60)


def test_microseconds_are_kept(bare: BareAws) -> None:
    bare.simulation.advance(0.000001)

    assert datetime.datetime.now(datetime.timezone.utc).microsecond == 1


@pytest.mark.parametrize("name", ["queue_worker", "gift_api", "threading_utils"])
def test_modules_whose_names_begin_like_the_standard_librarys_are_frozen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType(name)
    exec("import time\nfrom time import time as read", module.__dict__)
    monkeypatch.setitem(sys.modules, name, module)

    with bare_environment():
        readings = module.read(), eval("time.time()", module.__dict__)

    assert readings == (START.timestamp(), START.timestamp())


def test_a_module_loads_its_lazy_attributes_before_the_time_is_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    lazy = ModuleType("lazy_models")

    def load(name: str) -> object:
        if datetime.datetime.__name__ != "datetime":
            raise ValueError("no model can be made of a FakeDatetime")
        setattr(lazy, name, datetime.datetime)
        return datetime.datetime

    vars(lazy).update(__getattr__=load, __dir__=lambda: ["Order"])
    monkeypatch.setitem(sys.modules, "lazy_models", lazy)

    with bare_environment():
        now = lazy.Order.now(datetime.timezone.utc)

    assert now == START


@pytest.mark.parametrize(
    "start",
    [lambda target: ThreadPoolExecutor(1).submit(target).result(), lambda target: _in_thread(target)],
    ids=["pool", "thread"],
)
def test_a_thread_reads_the_virtual_time_at_any_depth_of_its_stack(start: object, bare: BareAws) -> None:
    readings: list[float] = []

    start(lambda: readings.append(time.time()))  # type: ignore[operator]

    assert readings == [START.timestamp()]


def _in_thread(target: object) -> None:
    thread = threading.Thread(target=target)  # type: ignore[arg-type]
    thread.start()
    thread.join()


@pytest.mark.parametrize("name", sorted(REAL_TIME_MODULES))
def test_a_module_that_waits_in_real_time_measures_in_real_time(name: str) -> None:
    module = pytest.importorskip(name)

    with bare_environment() as environment:
        environment.simulation.advance(3600)
        readings = _readings(module)

    assert readings, f"{name} reads no time any more"
    assert [reading for reading in readings if reading >= START.timestamp()] == []


def _readings(module: ModuleType) -> list[float]:
    """What the module's own names for readings of the time say, as seconds since some start of the real clocks."""
    clocks = ("monotonic", "perf_counter")
    direct = [value for value in vars(module).values() if getattr(value, "__name__", "") in clocks]
    own = getattr(module, "time", None)
    through = [getattr(own, name) for name in clocks] if isinstance(own, ModuleType) else []
    return [float(read()) for read in direct + through]


def test_a_module_that_is_imported_inside_measures_in_real_time_and_keeps_its_loader(
    bare: BareAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = importlib.import_module("queue")
    loader = type(loaded.__loader__)
    monkeypatch.delitem(sys.modules, "queue")

    imported = importlib.import_module("queue")

    assert imported is not loaded
    assert [reading for reading in _readings(imported) if reading >= START.timestamp()] == []
    assert type(imported.__loader__) is type(getattr(imported.__spec__, "loader", None)) is loader


def test_a_module_that_was_imported_inside_reads_the_real_time_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "socketserver", raising=False)
    finders = list(sys.meta_path)

    with bare_environment():
        imported = importlib.import_module("socketserver")

    assert all(inspect.isbuiltin(value) for name, value in vars(imported).items() if name in ("time", "monotonic"))
    assert sys.meta_path == finders


# ---------------------------------------------------------------------- Hypothesis


PROPERTY = """
import sys
import time
import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from pytest_lambda_events import LambdaEvents

def handler(event, context):
    time.sleep(60)

def use(env):
    env.function(handler, name="f", timeout=900).invoke()
    env.advance(60)

slow_to_draw = st.integers().map(lambda number: time.sleep(30) or number)
quiet = settings(
    deadline=20_000, max_examples=3, database=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

@quiet
@given(st.integers())
def test_block(number):
    assert "moto" in sys.modules
    with LambdaEvents() as env:
        use(env)

@quiet
@given(st.integers())
def test_fixture(lambda_events, number):
    lambda_events.function(handler, name=f"f{len(lambda_events.functions)}", timeout=900).invoke()
    lambda_events.advance(60)

@quiet
@given(slow_to_draw)
def test_draw_in_fixture(lambda_events, number):
    assert lambda_events.elapsed > 0

@quiet
@given(st.data())
def test_draw_in_block(data):
    with LambdaEvents() as env:
        data.draw(slow_to_draw)

@settings(quiet, deadline=20)
@given(st.integers())
def test_really_slow(lambda_events, number):
    import threading
    threading.Event().wait(0.05)
"""


def test_hypothesis_measures_its_deadlines_and_health_checks_in_real_time(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(PROPERTY)

    result = pytester.runpytest_subprocess("-p", "pytest_lambda_events.plugin", "-p", "_hypothesis_pytestplugin")

    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines(["*DeadlineExceeded*exceeds the deadline of 20.00ms*"])


def test_queue_get_times_out_in_real_time(bare: BareAws) -> None:
    queue = importlib.import_module("queue")
    started = real_monotonic()

    with pytest.raises(queue.Empty):
        queue.Queue().get(timeout=0.01)

    assert 0.01 <= real_monotonic() - started < 5
    assert bare.elapsed == 0


@pytest.mark.parametrize("arguments", [(), ("-p", "xdist.plugin", "-n", "1")], ids=["plain", "worker"])
def test_pytest_reports_how_long_tests_really_took(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(
        """
        import time
        def test_a_day(lambda_events):
            time.sleep(86400)
        """
    )

    result = pytester.runpytest_subprocess("-p", "pytest_lambda_events.plugin", "--durations=0", "-vv", *arguments)

    result.assert_outcomes(passed=1)
    durations = [float(line.split("s ")[0]) for line in result.outlines if " setup " in line or " call " in line]
    assert len(durations) >= 1
    assert max(durations) < 60
    assert "in 86400" not in result.outlines[-1]


def test_a_driver_that_has_not_started_can_be_moved() -> None:
    freezer = Freezer(START)

    freezer.move_to(START + datetime.timedelta(days=1))

    with freezer.running():
        assert time.time() == START.timestamp() + 86400


# ---------------------------------------------------------------------- sleeping


def test_sleeping_in_the_test_advances_the_clock(bare: BareAws) -> None:
    time.sleep(30)

    assert bare.elapsed == 30


def test_a_copy_of_sleep_that_was_imported_by_name_advances_the_clock(bare: BareAws) -> None:
    globals()["sleep"](30)

    assert bare.elapsed == 30


def test_work_that_is_due_during_a_sleep_runs_at_its_time(bare: BareAws) -> None:
    instants: list[float] = []
    bare.at(10, lambda: instants.append(time.time()))

    time.sleep(30)

    assert instants == [START.timestamp() + 10]


def test_sleeping_in_a_handler_suspends_it(bare: BareAws) -> None:
    results = bare.run_handler(lambda: (time.sleep(100), time.time())[1])

    before = list(results)
    bare.simulation.advance(100)

    assert (before, results) == ([], [START.timestamp() + 100])


def test_three_handlers_that_overlap_end_in_order_of_their_sleeps(bare: BareAws) -> None:
    ended: list[tuple[int, float]] = []
    for seconds in (1, 100, 5):
        bare.run_handler(lambda seconds=seconds: (time.sleep(seconds), ended.append((seconds, bare.elapsed))))

    bare.simulation.advance(200)

    assert ended == [(1, 1), (5, 5), (100, 100)]


@pytest.mark.parametrize(
    ("seconds", "error"),
    [(-1, ValueError), (float("nan"), ValueError), ("1", TypeError), (None, TypeError), (1e30, OverflowError)],
    ids=["negative", "nan", "text", "none", "too long"],
)
def test_a_length_that_time_sleep_refuses_is_refused_in_its_words(
    seconds: object, error: type[Exception], bare: BareAws
) -> None:
    with pytest.raises(error) as refusal:
        time.sleep(seconds)  # type: ignore[arg-type]

    assert _refusal_of_the_builtin(seconds) == (type(refusal.value), str(refusal.value))
    assert bare.elapsed == 0


def _refusal_of_the_builtin(seconds: object) -> tuple[type[Exception], str]:
    from pytest_lambda_events.aws.process import process

    with pytest.raises((ValueError, TypeError, OverflowError)) as refusal:
        process().real_sleep(seconds)  # type: ignore[arg-type]
    return type(refusal.value), str(refusal.value)


def test_a_thread_from_outside_the_environment_really_sleeps() -> None:
    go, slept = threading.Event(), threading.Event()
    durations: list[float] = []

    def outside() -> None:
        go.wait()
        started = real_monotonic()
        time.sleep(0.01)
        durations.append(real_monotonic() - started)
        slept.set()

    thread = threading.Thread(target=outside)
    thread.start()
    with bare_environment() as environment:
        go.set()
        slept.wait(5)
        elapsed = environment.elapsed
    thread.join()

    assert durations[0] >= 0.01
    assert elapsed == 0


def test_a_replacement_of_time_sleep_stays_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)

    with bare_environment() as environment:
        time.sleep(7)
        elapsed = environment.elapsed

    assert (slept, elapsed) == ([7], 0)


def test_a_module_imported_in_one_environment_sleeps_virtually_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("imported_in_an_environment")
    monkeypatch.setitem(sys.modules, "imported_in_an_environment", module)
    with bare_environment():
        exec("from time import sleep", module.__dict__)

    with bare_environment() as environment:
        module.sleep(3)
        elapsed = environment.elapsed

    assert elapsed == 3


# ---------------------------------------------------------------------- asyncio


def test_asyncio_sleep_in_a_test_advances_the_clock(bare: BareAws) -> None:
    asyncio.run(asyncio.sleep(30))

    assert bare.elapsed == 30


def test_timers_of_one_loop_run_side_by_side(bare: BareAws) -> None:
    async def story() -> float:
        await asyncio.gather(asyncio.sleep(30), asyncio.sleep(10), asyncio.sleep(20))
        return bare.elapsed

    assert asyncio.run(story()) == 30


@pytest.mark.parametrize(("timeout", "outcome"), [(4.999, "late"), (5.001, "done")], ids=["before", "after"])
def test_wait_for_ends_at_its_virtual_instant(timeout: float, outcome: str, bare: BareAws) -> None:
    async def story() -> str:
        try:
            return await asyncio.wait_for(asyncio.sleep(5, "done"), timeout)
        except asyncio.TimeoutError:
            return "late"

    assert asyncio.run(story()) == outcome
    assert bare.elapsed == min(timeout, 5)


@pytest.mark.parametrize("seconds", [0.000001, 0.1, 0.123457, 1 / 3, 86399.999999])
def test_an_asyncio_sleep_is_exact_to_the_microsecond(seconds: float, bare: BareAws) -> None:
    time.sleep(0.7654321)
    before = bare.simulation.clock.microseconds

    asyncio.run(asyncio.sleep(seconds))

    assert bare.simulation.clock.microseconds - before == round(seconds * 1e6)


def test_a_thousand_sleeps_in_a_row_do_not_drift(bare: BareAws) -> None:
    async def story() -> None:
        for _ in range(1000):
            await asyncio.sleep(0.001)

    asyncio.run(story())

    assert bare.elapsed == 1


def test_a_handler_that_sleeps_in_asyncio_is_suspended(bare: BareAws) -> None:
    results = bare.run_handler(lambda: asyncio.run(asyncio.sleep(5, "slept")))

    bare.simulation.advance(4.999999)
    before = list(results)
    bare.simulation.advance(0.000001)

    assert (before, results) == ([], ["slept"])


def test_a_result_of_an_executor_is_noticed_before_time_moves(bare: BareAws) -> None:
    async def story() -> tuple[str, float]:
        loop = asyncio.get_running_loop()
        result = await asyncio.wait_for(loop.run_in_executor(None, lambda: "computed"), 60)
        return result, bare.elapsed

    assert asyncio.run(story()) == ("computed", 0)


def test_a_thread_that_sleeps_wakes_its_loop_at_its_instant(bare: BareAws) -> None:
    async def story() -> float:
        loop = asyncio.get_running_loop()
        await asyncio.wait_for(loop.run_in_executor(None, time.sleep, 3), 60)
        return bare.elapsed

    assert asyncio.run(story()) == 3


def test_awaiting_a_thread_that_sleeps_lets_time_pass_without_any_timer(bare: BareAws) -> None:
    async def story() -> float:
        await asyncio.to_thread(time.sleep, 3)
        return bare.elapsed

    assert asyncio.run(story()) == 3


def test_a_call_from_another_thread_wakes_a_loop_that_sleeps(bare: BareAws) -> None:
    async def story() -> float:
        loop, called = asyncio.get_running_loop(), asyncio.Event()
        thread = threading.Thread(target=lambda: (time.sleep(2), loop.call_soon_threadsafe(called.set)))
        thread.start()
        await asyncio.wait_for(called.wait(), 60)
        thread.join()
        return bare.elapsed

    assert asyncio.run(story()) == 2


def test_a_loop_made_before_the_environment_keeps_virtual_time_in_it() -> None:
    loop = asyncio.new_event_loop()

    with bare_environment() as environment:
        loop.run_until_complete(asyncio.sleep(30))
        elapsed = environment.elapsed
    loop.run_until_complete(asyncio.sleep(0.001))
    loop.close()

    assert elapsed == 30


def test_a_timer_from_before_the_environment_keeps_the_time_that_it_has_left() -> None:
    async def story() -> str:
        async def in_environment() -> str:
            with bare_environment():
                await asyncio.sleep(59)
                return "done"

        return await asyncio.wait_for(in_environment(), 60)

    assert asyncio.run(story()) == "done"


def test_a_timer_from_before_the_environment_ends_in_it_when_its_time_is_over() -> None:
    async def story() -> None:
        with bare_environment():
            await asyncio.sleep(61)

    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(asyncio.wait_for(story(), 60))


def test_a_timer_from_an_environment_keeps_the_time_that_it_has_left_after_it() -> None:
    async def story() -> float:
        with bare_environment():
            sleeping = asyncio.ensure_future(asyncio.sleep(10.01))
            await asyncio.sleep(10)
        started = real_monotonic()
        await asyncio.wait_for(sleeping, 5)
        return real_monotonic() - started

    assert asyncio.run(story()) < 4


def test_the_clock_of_a_closed_environment_moves_nothing() -> None:
    simulation, freezer = simulated(LambdaEventsConfig())
    with freezer.running():
        pass

    simulation.clock.move_to(5)

    assert time.time() != START.timestamp()


def test_uuid1_follows_the_virtual_clock(bare: BareAws) -> None:
    instant = (uuid.uuid1().time - 0x01B21DD213814000) / 1e7

    assert abs(instant - START.timestamp()) < 0.001


def test_the_copy_of_sleep_in_this_module_is_the_real_one_outside_an_environment() -> None:
    assert inspect.isbuiltin(sleep)
