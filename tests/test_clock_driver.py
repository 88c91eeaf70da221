"""What the drivers of the virtual clock reach: every reading of the time, and the copies that code took before."""

from __future__ import annotations

import copy
import datetime
import functools
import gc
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from bare_environments import bare_environment
from pydantic import BaseModel, Field

from pytest_lambda_events import LambdaEvents, LambdaEventsError
from pytest_lambda_events.simulation.builtin_functions import Redirection, are_redirectable, twin
from pytest_lambda_events.simulation.time_functions import NAMES, time_functions

EPOCH = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
SECONDS = EPOCH.timestamp()
drivers = pytest.mark.parametrize("driver", ["time-machine", "freezegun"])


# ---------------------------------------------------------------------- copies taken at import

NOW = datetime.datetime.now
MONOTONIC = functools.partial(time.perf_counter)


class Captured:
    """Readings as class attributes, which stay builtin functions."""

    read = staticmethod(time.time)
    pause = staticmethod(time.sleep)


@dataclass
class Order:
    """Has its readings in `default_factory`."""

    at: datetime.datetime = field(default_factory=datetime.datetime.now)
    ticks: float = field(default_factory=time.monotonic)


class Booking(BaseModel):
    """Has its reading in pydantic's `default_factory`."""

    at: datetime.datetime = Field(default_factory=datetime.datetime.utcnow)


def default_argument(read: Callable[[], float] = time.monotonic) -> float:
    """Reads through a default argument."""
    return read()


TABLE: dict[str, Callable[[], object]] = {"ns": time.time_ns, "ctime": time.ctime}

CAPTURED: dict[str, tuple[Callable[[], object], object]] = {
    "function": (lambda: NOW(), datetime.datetime(2026, 1, 1)),
    "partial": (MONOTONIC, SECONDS),
    "class attribute": (lambda: Captured.read(), SECONDS),
    "dataclass": (lambda: Order(), Order(datetime.datetime(2026, 1, 1), SECONDS)),
    "pydantic": (lambda: Booking().at, datetime.datetime(2026, 1, 1)),
    "default argument": (default_argument, SECONDS),
    "dictionary": (lambda: TABLE["ns"](), int(SECONDS) * 10**9),
    "formatted": (lambda: TABLE["ctime"](), "Thu Jan  1 00:00:00 2026"),
}


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
@pytest.mark.parametrize(("read", "expected"), CAPTURED.values(), ids=CAPTURED)
def test_a_copy_of_a_reading_that_was_taken_at_import_shows_the_virtual_time(
    read: Callable[[], object], expected: object
) -> None:
    with bare_environment():
        inside = read()

    assert inside == expected
    assert read() != expected


def test_a_copy_of_sleep_that_was_taken_at_import_lets_virtual_time_pass(lambda_events: LambdaEvents) -> None:
    Captured.pause(90)

    assert lambda_events.elapsed == 90


# ---------------------------------------------------------------------- readings

READINGS: dict[str, tuple[Callable[[], object], object]] = {
    "time": (lambda: time.time(), SECONDS),
    "time_ns": (lambda: time.time_ns(), int(SECONDS) * 10**9),
    "monotonic": (lambda: time.monotonic(), SECONDS),
    "monotonic_ns": (lambda: time.monotonic_ns(), int(SECONDS) * 10**9),
    "perf_counter": (lambda: time.perf_counter(), SECONDS),
    "gmtime": (lambda: time.gmtime()[:6], (2026, 1, 1, 0, 0, 0)),
    "localtime": (lambda: time.localtime()[:6], (2026, 1, 1, 0, 0, 0)),
    "strftime": (lambda: time.strftime("%Y %H"), "2026 00"),
    "now": (lambda: datetime.datetime.now(), datetime.datetime(2026, 1, 1)),
    "now with a zone": (lambda: datetime.datetime.now(datetime.timezone.utc), EPOCH),
    "today": (lambda: datetime.datetime.today(), datetime.datetime(2026, 1, 1)),
    "date": (lambda: datetime.date.today(), datetime.date(2026, 1, 1)),
}
IN_PLACE_ONLY: dict[str, tuple[Callable[[], object], object]] = {
    "zone of localtime": (lambda: (time.localtime().tm_zone, time.localtime().tm_gmtoff), ("UTC", 0)),
    "ctime": (lambda: time.ctime(), "Thu Jan  1 00:00:00 2026"),
    "ctime of None": (lambda: time.ctime(None), "Thu Jan  1 00:00:00 2026"),
    "asctime": (lambda: time.asctime(), "Thu Jan  1 00:00:00 2026"),
    "clock_gettime": (lambda: time.clock_gettime(time.CLOCK_REALTIME), SECONDS),
    "clock_gettime of another clock": (lambda: time.clock_gettime(time.CLOCK_MONOTONIC), SECONDS),
    "clock_gettime_ns": (lambda: time.clock_gettime_ns(time.CLOCK_MONOTONIC), int(SECONDS) * 10**9),
    "type of now": (lambda: type(datetime.datetime.now()), type(EPOCH)),
}


@drivers
@pytest.mark.parametrize(("read", "expected"), READINGS.values(), ids=READINGS)
def test_a_reading_shows_the_virtual_time(driver: str, read: Callable[[], object], expected: object) -> None:
    with bare_environment(clock_driver=driver):
        assert read() == expected


@pytest.mark.parametrize(("read", "expected"), IN_PLACE_ONLY.values(), ids=IN_PLACE_ONLY)
def test_a_reading_that_freezegun_leaves_alone_shows_the_virtual_time(read: Callable[[], object], expected: object) -> None:
    with bare_environment():
        assert read() == expected


@pytest.mark.parametrize("seconds", [0.0, 86_400.0])
def test_a_given_instant_is_formatted_as_it_is(seconds: float) -> None:
    expected = time.asctime(time.gmtime(seconds))

    with bare_environment():
        assert (time.ctime(seconds), time.asctime(time.gmtime(seconds))) == (expected, expected)


def test_clocks_that_count_cpu_time_go_on() -> None:
    with bare_environment():
        before = time.process_time(), time.clock_gettime(time.CLOCK_PROCESS_CPUTIME_ID)
        sum(range(200_000))
        after = time.process_time(), time.clock_gettime(time.CLOCK_PROCESS_CPUTIME_ID)

    assert before[0] < after[0] < before[0] + 3_600
    assert before[1] < after[1] < before[1] + 3_600


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", None])
def test_the_zone_of_the_machine_does_not_show(monkeypatch: pytest.MonkeyPatch, zone: str | None) -> None:
    if zone is None:
        monkeypatch.delenv("TZ", raising=False)
    else:
        monkeypatch.setenv("TZ", zone)
    time.tzset()
    before = time.tzname
    try:
        with bare_environment():
            inside = datetime.datetime.now(), time.localtime().tm_hour, time.tzname

        assert inside == (datetime.datetime(2026, 1, 1), 0, ("UTC", "UTC"))
        assert time.tzname == before
    finally:
        monkeypatch.undo()
        time.tzset()


@drivers
def test_a_handler_reads_the_virtual_time(driver: Literal["time-machine", "freezegun"]) -> None:
    def handler(event: Any, context: Any) -> list[float]:
        began = time.time()
        time.sleep(5)
        return [began, time.time(), time.monotonic()]

    with LambdaEvents(clock_driver=driver) as lambda_events:
        function = lambda_events.function(handler, timeout=30)
        lambda_events.advance(10)

        assert function.invoke().payload == [SECONDS + 10, SECONDS + 15, SECONDS + 15]


def test_an_unknown_driver_is_refused() -> None:
    with pytest.raises(LambdaEventsError, match="clock_driver='sundial' does not exist"):
        LambdaEvents(clock_driver="sundial")  # type: ignore[arg-type]


# ---------------------------------------------------------------------- redirected functions


@pytest.fixture
def redirected() -> tuple[Callable[..., Any], Redirection]:
    """A builtin function that nobody else has, and its redirection."""
    builtin = twin(time.sleep)
    return builtin, Redirection(builtin)


def test_a_redirected_function_keeps_its_identity(redirected: tuple[Callable[..., Any], Redirection]) -> None:
    builtin, redirection = redirected
    before = repr(builtin), builtin.__name__, builtin.__module__, builtin.__doc__

    redirection.to(lambda seconds: seconds * 2)
    try:
        assert builtin(21) == 42
        assert (repr(builtin), builtin.__name__, builtin.__module__, builtin.__doc__) == before
    finally:
        redirection.back()

    assert builtin(0) is None


def test_a_redirected_function_raises_what_its_target_raises(redirected: tuple[Callable[..., Any], Redirection]) -> None:
    builtin, redirection = redirected

    def fail(seconds: float) -> None:
        raise LookupError(seconds)

    redirection.to(fail)
    try:
        with pytest.raises(LookupError, match="3"):
            builtin(3)
        with pytest.raises(TypeError, match=r"sleep\(\) takes exactly one argument \(0 given\)"):
            builtin()
    finally:
        redirection.back()


@pytest.mark.parametrize("name", NAMES)
def test_functions_of_time_are_pickled_and_copied_by_name_while_they_are_driven(name: str) -> None:
    function = getattr(time, name)

    with bare_environment():
        assert pickle.loads(pickle.dumps(function)) is function
        assert copy.deepcopy(function) is function


def test_redirecting_again_and_again_leaves_no_objects_behind(redirected: tuple[Callable[..., Any], Redirection]) -> None:
    builtin, redirection = redirected

    def turn() -> None:
        for _ in range(500):
            redirection.to(len)
            gc.collect(0)
            redirection.back()

    turn()
    gc.collect()
    before = len(gc.get_objects())
    turn()
    gc.collect()

    # There may be fewer: objects of earlier tests may end in the meantime.
    assert len(gc.get_objects()) - before < 50
    assert builtin(0) is None


@pytest.mark.parametrize("make", [twin, Redirection], ids=["twin", "redirection"])
def test_an_object_that_is_not_a_builtin_function_is_not_written_to(make: Callable[[Callable[..., Any]], object]) -> None:
    with pytest.raises(TypeError, match="is not a builtin function"):
        make(lambda: None)


def test_the_first_environment_of_a_process_may_be_driven_by_freezegun() -> None:
    code = "from pytest_lambda_events import LambdaEvents\nwith LambdaEvents(clock_driver='freezegun'): print('open')"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "open\n")


def test_this_interpreter_can_be_driven_in_place() -> None:
    assert are_redirectable()
    assert set(time_functions().real) == set(NAMES)
