"""Only one clock can set the time: freeze_time and time-machine are refused, around an environment and inside it."""

from __future__ import annotations

import datetime
import importlib
import inspect
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from unittest import mock

import boto3
import pytest
import time_machine
from bare_environments import bare_environment
from freezegun import freeze_time
from freezegun.api import freeze_factories

from pytest_lambda_events import LambdaEvents, LambdaEventsError
from pytest_lambda_events.aws.clock.freezer import load_lazy_attributes

START = 1767225600
"""The default start, 2026-01-01 in UTC."""


def refusal(call: str, where: str, text: str, start: str) -> str:
    return (
        f'{call}("{text}") is active {where} lambda_events, but only one clock can set the time. '
        "Remove it and set the start of the virtual clock instead:\n"
        f'@pytest.mark.lambda_events(start_time="{start}"), or LambdaEvents(start_time="{start}").\n'
        "Then move the clock with lambda_events.advance(seconds)."
    )


# ---------------------------------------------------------------------- freeze_time inside


def succeed(event: Any, context: Any) -> str:
    return "done"


USES: dict[str, Callable[[LambdaEvents], object]] = {
    "advance": lambda env: env.advance(1),
    "advance by 0": lambda env: env.advance(0),
    "run_until_idle": lambda env: env.run_until_idle(),
    "run": lambda env: env.run(until=5),
    "step": lambda env: env.step(),
    "sleep": lambda env: time.sleep(1),
    "now": lambda env: env.now,
    "function": lambda env: env.function(succeed, name="other"),
    "invoke": lambda env: env.functions["succeed"].invoke(),
    "invoke_async": lambda env: env.functions["succeed"].invoke_async(),
    "update": lambda env: env.functions["succeed"].update(timeout=5),
    "send": lambda env: env.queues["orders"].send("hello"),
    "publish": lambda env: env.topics["news"].publish("hello"),
    "put": lambda env: env.streams["clicks"].put("hello", partition_key="a"),
    "put_item": lambda env: env.tables["items"].put_item({"id": "a"}),
    "put_events": lambda env: env.event_buses["default"].put_event(source="shop", detail_type="Made", detail={}),
    "put_object": lambda env: env.client("s3").put_object(Bucket="files", Key="a", Body=b"1"),
    "boto3": lambda env: boto3.client("sts").get_caller_identity(),
    "boto3 invoke": lambda env: boto3.client("lambda").invoke(FunctionName="succeed"),
}


@pytest.fixture(autouse=True)
def loaded() -> None:
    """Modules that load their attributes on first use do so before freezegun asks them: models of pydantic fail then."""
    load_lazy_attributes()


@pytest.fixture
def shop(lambda_events: LambdaEvents) -> LambdaEvents:
    """Some resources of each kind, and work that is due."""
    function = lambda_events.function(succeed)
    lambda_events.queue("orders")
    lambda_events.topic("news")
    lambda_events.stream("clicks")
    lambda_events.table("items", partition_key="id")
    lambda_events.client("s3").create_bucket(Bucket="files")
    function.invoke_async()
    return lambda_events


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_a_freeze_time_inside_is_refused_at_the_first_use_of_the_virtual_clock_until_it_ends(
    use: Callable[[LambdaEvents], object], shop: LambdaEvents
) -> None:
    before = len(shop.journal)

    with freeze_time("2024-01-01"), pytest.raises(LambdaEventsError) as raised:
        use(shop)

    assert str(raised.value) == refusal("freeze_time", "inside", "2024-01-01", "2024-01-01T00:00:00Z")
    assert len(shop.journal) == before
    assert "other" not in shop.functions
    use(shop)


def test_a_freeze_time_at_the_very_instant_of_the_virtual_clock_is_refused_too(lambda_events: LambdaEvents) -> None:
    with freeze_time("2026-01-01 00:00:00"), pytest.raises(LambdaEventsError, match="only one clock can set the time"):
        lambda_events.advance(0)


def test_the_refusal_of_a_freeze_time_has_its_whole_instant(lambda_events: LambdaEvents) -> None:
    with freeze_time("2024-01-01 10:20:30"), pytest.raises(LambdaEventsError) as raised:
        lambda_events.advance(0)

    assert str(raised.value) == refusal("freeze_time", "inside", "2024-01-01 10:20:30", "2024-01-01T10:20:30Z")


@pytest.mark.parametrize("is_swallowed", [True, False], ids=["swallowed", "raised"])
def test_a_freeze_time_in_a_handler_fails_the_test(is_swallowed: bool, lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        with freeze_time("2024-01-01"):
            try:
                boto3.client("sts").get_caller_identity()
            except LambdaEventsError:
                if not is_swallowed:
                    raise

    lambda_events.function(handler).invoke_async()

    with pytest.raises(LambdaEventsError, match=r'^freeze_time\("2024-01-01"\) is active inside'):
        lambda_events.run_until_idle()


def test_time_goes_on_after_a_freeze_time_that_only_a_reading_has_seen(lambda_events: LambdaEvents) -> None:
    with freeze_time("2024-01-01"):
        inside = time.time()

    time.sleep(5)

    assert (inside, time.time()) == (1704067200, START + 5)


def test_a_freeze_time_that_is_left_active_inside_is_named_and_ended() -> None:
    other = freeze_time("2024-01-01")

    with pytest.raises(LambdaEventsError, match=r'freeze_time\("2024-01-01"\) is active inside'), bare_environment():
        other.start()

    assert freeze_factories == []
    assert abs(time.time() - datetime.datetime.now().timestamp()) < 5
    assert not hasattr(datetime.datetime, "_times_to_freeze")


def test_a_freeze_time_that_is_stopped_twice_inside_is_named_and_everything_thawed() -> None:
    other = freeze_time("2024-01-01")

    def stop_twice() -> None:
        with bare_environment(clock_driver="freezegun"):
            other.start()
            other.stop()
            # freezegun does not expect it and raises an AttributeError.
            other.stop()

    with pytest.raises(LambdaEventsError, match="freeze_time was stopped more often than it was started"):
        stop_twice()

    assert freeze_factories == []
    assert inspect.isbuiltin(time.time)
    assert datetime.datetime.__name__ == "datetime"
    assert time.time() > 1_700_000_000


# ---------------------------------------------------------------------- time-machine inside


def travel_by_context(env: LambdaEvents) -> None:
    with time_machine.travel("2024-01-01"):
        env.advance(1)


def travel_by_decorator(env: LambdaEvents) -> None:
    time_machine.travel(datetime.datetime(2024, 1, 1))(lambda: None)()


def travel_by_start(env: LambdaEvents) -> None:
    time_machine.travel(1704067200, tick=False).start()


def travel_by_fixture(env: LambdaEvents) -> None:
    time_machine.TimeMachineFixture().move_to("2024-01-01T00:00:00Z")


@pytest.mark.parametrize(
    "travel",
    [travel_by_context, travel_by_decorator, travel_by_start, travel_by_fixture],
    ids=["context", "decorator", "start", "fixture"],
)
def test_time_machine_inside_is_refused_in_our_words(
    travel: Callable[[LambdaEvents], None], lambda_events: LambdaEvents
) -> None:
    with pytest.raises(LambdaEventsError) as raised:
        travel(lambda_events)

    assert str(raised.value) == refusal("time_machine.travel", "inside", "2024-01-01", "2024-01-01T00:00:00Z")
    assert time.time() == START


def test_time_machine_in_a_handler_fails_the_test(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        with suppress(LambdaEventsError):
            time_machine.travel("2024-01-01").start()

    lambda_events.function(handler).invoke_async()

    with pytest.raises(LambdaEventsError, match=r'^time_machine.travel\("2024-01-01"\) is active inside'):
        lambda_events.run_until_idle()


def test_time_machine_is_refused_where_it_is_imported_inside(
    lambda_events: LambdaEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "time_machine")
    imported = importlib.import_module("time_machine")

    with pytest.raises(LambdaEventsError, match=r'^time_machine.travel\("2024-01-01"\) is active inside'):
        imported.travel("2024-01-01").start()


def test_time_machine_works_after_an_environment() -> None:
    with LambdaEvents():
        pass

    with time_machine.travel(1704067200, tick=False):
        inside = time.time()

    assert (inside, time.time() > START) == (1704067200, True)


# ---------------------------------------------------------------------- around


@pytest.mark.parametrize(
    ("clock", "call"),
    [(freeze_time("2024-01-01"), "freeze_time"), (time_machine.travel("2024-01-01"), "time_machine.travel")],
    ids=["freeze_time", "time_machine"],
)
def test_another_clock_around_is_refused_on_entering_and_stays(clock: Any, call: str) -> None:
    with clock, pytest.raises(LambdaEventsError) as raised:
        LambdaEvents().__enter__()
    with clock:
        inside = int(time.time())

    assert str(raised.value) == refusal(call, "around", "2024-01-01", "2024-01-01T00:00:00Z")
    assert inside == 1704067200
    assert time.time() > 1_700_000_000


def test_a_mistake_of_another_clock_leaves_nothing_open() -> None:
    with freeze_time("2024-01-01"), pytest.raises(LambdaEventsError, match="is active around"):
        LambdaEvents().__enter__()

    with LambdaEvents() as lambda_events:
        lambda_events.advance(1)

    assert lambda_events.journal is not None
    assert freeze_factories == []


# ---------------------------------------------------------------------- fixtures, decorators and markers of other plugins


CONFTEST = """
import pytest
from freezegun import freeze_time

@pytest.fixture
def freezer():
    "As in pytest-freezer and pytest-freezegun."
    with freeze_time("2024-01-01") as factory:
        yield factory
"""

STORIES = {
    "freezer before": ("def test_it(freezer, lambda_events): pass", "around", "errors"),
    "freezer after": ("def test_it(lambda_events, freezer): lambda_events.advance(1)", "inside", "failed"),
    "freeze_time on a function": (
        "@freeze_time('2024-01-01')\ndef test_it(lambda_events): lambda_events.function(print, name='f').invoke()",
        "inside", "failed",
    ),
    "freeze_time on a class": (
        "@freeze_time('2024-01-01')\nclass TestIt:\n    def test_it(self, lambda_events): lambda_events.queue('q')",
        "inside", "failed",
    ),
    "freeze_time around a block": (
        "@freeze_time('2024-01-01')\ndef test_it():\n    with LambdaEvents(): pass", "around", "failed",
    ),
    "time_machine on a function": ("@travel('2024-01-01')\ndef test_it(lambda_events): pass", "inside", "failed"),
    "time_machine around a block": (
        "@travel('2024-01-01')\ndef test_it():\n    with LambdaEvents(): pass", "around", "failed",
    ),
    "time_machine's fixture": (
        "def test_it(lambda_events, time_machine): time_machine.move_to('2024-01-01')", "inside", "failed",
    ),
    "time_machine's marker": (
        "@pytest.mark.time_machine('2024-01-01')\ndef test_it(lambda_events): pass", "around", "errors",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "where", "outcome"), STORIES.values(), ids=STORIES.keys())
def test_each_way_to_start_another_clock_is_refused_with_the_way_out(
    body: str, where: str, outcome: str, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        "import pytest\nfrom freezegun import freeze_time\nfrom time_machine import travel\n"
        f"from pytest_lambda_events import LambdaEvents\n{body}\n"
        "def test_next(lambda_events): assert lambda_events.now.year == 2026\n"
    )

    result = pytester.runpytest_inprocess("-p", "pytest_lambda_events.plugin", "-p", "time_machine", "-p", "no:randomly")

    result.assert_outcomes(passed=1, **{outcome: 1})
    result.stdout.fnmatch_lines([
        f"*(\"2024-01-01\") is active {where} lambda_events, but only one clock can set the time.*",
        '*@pytest.mark.lambda_events(start_time="2024-01-01T00:00:00Z"), or LambdaEvents(start_time=*',
    ])  # fmt: skip


@pytest.mark.parametrize("clock_driver", ["time-machine", "freezegun"])
@pytest.mark.parametrize("name", ["datetime", "date"])
def test_a_replaced_class_of_datetime_is_refused_on_entering(name: str, clock_driver: Any) -> None:
    with (
        mock.patch(f"datetime.{name}"),
        pytest.raises(LambdaEventsError, match=rf"^datetime\.{name} is replaced by .*MagicMock.* own module"),
        LambdaEvents(clock_driver=clock_driver),
    ):
        pass

    with LambdaEvents(clock_driver=clock_driver) as lambda_events:
        lambda_events.advance(1)
