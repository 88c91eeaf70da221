"""The hooks: the handler of a name, an environment that opens and closes, what happens around each attempt."""

from __future__ import annotations

from collections.abc import Callable

import pytest

SHOP = """
    import time

    def ship(event, context):
        print("packing")
        return {"shipped": True}

    def drive(event, context):
        time.sleep(event["seconds"])

    def last_fails(event, context):
        record = event["Records"][-1]
        name = record.get("messageId") or record["kinesis"]["sequenceNumber"]
        return {"batchItemFailures": [{"itemIdentifier": name}]}
"""
WATCH = """
    def _told(what, attempt):
        known = [attempt.outcome, attempt.response, attempt.logs]
        print("TOLD", what, type(attempt).__name__, attempt.function_name, attempt.number, *known)

    def pytest_lambda_events_before_attempt(attempt):
        _told("before", attempt)

    def pytest_lambda_events_after_attempt(attempt):
        _told("after", attempt)
"""
BATCHES = """
    def pytest_lambda_events_before_attempt(attempt):
        print("TOLD before", attempt.number, attempt.data, attempt.batch_item_failures)

    def pytest_lambda_events_after_attempt(attempt):
        places = [record.get("messageId") or record["kinesis"]["sequenceNumber"] for record in attempt.records]
        failed = [places.index(name) for name in attempt.batch_item_failures]
        print("TOLD after", attempt.number, attempt.outcome, failed, attempt.shard_id, attempt.event_source_mapping.state)
"""


@pytest.fixture(autouse=True)
def stall(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(stall=SHOP)


def run(pytester: pytest.Pytester, text: str, *options: str) -> pytest.RunResult:
    """Run a file of tests, which may use `pytest` and `stall`."""
    pytester.makepyfile(test_orders="\n".join(["import pytest", "import stall", text]))
    return pytester.runpytest("-s", "-p", "no:randomly", *options)


def told(result: pytest.RunResult) -> list[str]:
    """What the hooks and the inner tests have printed."""
    return [line[line.index("TOLD") + 5 :] for line in result.outlines if "TOLD" in line]


# ------------------------------------------------------------------ the handler of a name

HANDLERS = """
    def pytest_lambda_events_handler(name):
        return {"ShipFunction": lambda event, context: "by a hook"}.get(name)
"""


def test_a_hook_has_the_handler_of_a_name(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(HANDLERS)

    result = run(
        pytester,
        """
def test_function(lambda_events):
    function = lambda_events.function("ShipFunction")
    assert (function.name, function.invoke().payload) == ("ShipFunction", "by a hook")

def test_update(lambda_events):
    function = lambda_events.function(stall.ship)
    function.update(handler="ShipFunction")
    assert function.invoke().payload == "by a hook"

def test_a_name_that_no_hook_knows_is_imported(lambda_events):
    assert lambda_events.function("stall.ship").invoke().payload == {"shipped": True}
""",
    )

    result.assert_outcomes(passed=3)


def test_the_hook_that_is_closest_to_the_test_is_asked_first(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(HANDLERS)
    folder = pytester.mkpydir("inner")
    (folder / "conftest.py").write_text("def pytest_lambda_events_handler(name):\n    return lambda event, context: name\n")
    (folder / "test_inner.py").write_text(
        "def test_one(lambda_events):\n    assert lambda_events.function('ShipFunction').invoke().payload == 'ShipFunction'\n"
    )

    result = pytester.runpytest()

    result.assert_outcomes(passed=1)


def test_an_unknown_handler_name_is_refused(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(HANDLERS)

    result = run(pytester, "def test_one(lambda_events):\n    lambda_events.function('stall.shop')")

    result.stdout.fnmatch_lines(
        ["E *Handler 'stall.shop': module 'stall' has no 'shop'. Did you mean 'ship'? Callables: drive, last_fails, ship."]
    )


def test_a_hook_that_has_something_else_than_a_callable_is_refused(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("def pytest_lambda_events_handler(name):\n    return 7")

    result = run(pytester, "def test_one(lambda_events):\n    lambda_events.function('stall.ship')")

    result.stdout.fnmatch_lines(
        ["E *LambdaEventsError: A hook pytest_lambda_events_handler returned 7 for 'stall.ship'. Return a callable or None."]
    )


# ------------------------------------------------------------------ an environment


def test_hooks_see_an_environment_open_before_fixtures_and_close_after_the_test(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        def pytest_lambda_events_started(lambda_events):
            lambda_events.queue("orders")
            print("TOLD started")

        def pytest_lambda_events_ended(lambda_events):
            print("TOLD ended", list(lambda_events.queues), lambda_events.elapsed)
        """
    )

    result = run(
        pytester,
        """
@pytest.fixture
def letters(lambda_events):
    print("TOLD fixture", list(lambda_events.queues))
    return lambda_events.queue("letters")

def test_one(lambda_events, letters):
    lambda_events.advance(5)
    print("TOLD test")

def test_two(lambda_events):
    assert False

def test_three():
    pass
""",
    )

    result.assert_outcomes(passed=2, failed=1)
    assert told(result) == [
        "started", "fixture ['orders']", "test", "ended ['orders', 'letters'] 5.0", "started", "ended ['orders'] 0.0",
    ]  # fmt: skip


def test_a_marker_plans_its_fault_when_the_environment_has_started(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import stall

        def pytest_lambda_events_started(lambda_events):
            assert lambda_events.function(stall.ship).invoke().function_error == "Unhandled"
        """
    )

    result = run(pytester, "@pytest.mark.lambda_failure('ship', KeyError())\ndef test_one(lambda_events):\n    pass")

    result.assert_outcomes(passed=1)


def test_a_hook_that_asserts_at_the_end_fails_the_test_in_its_teardown(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("def pytest_lambda_events_ended(lambda_events):\n    assert lambda_events.elapsed > 0")

    result = run(
        pytester, "def test_one(lambda_events):\n    pass\ndef test_two(lambda_events):\n    lambda_events.advance(1)"
    )

    result.assert_outcomes(passed=2, errors=1)


# ------------------------------------------------------------------ attempts


def test_hooks_are_called_at_the_start_and_at_the_end_of_each_attempt_of_an_event(
    pytester: pytest.Pytester,
) -> None:
    pytester.makeconftest(WATCH)

    result = run(
        pytester,
        """
@pytest.mark.lambda_throttle("ship", attempts=[1])
@pytest.mark.lambda_failure("ship", "service_error", attempts=[2])
@pytest.mark.lambda_failure("ship", ValueError("late"), attempts=[3])
def test_one(lambda_events):
    lambda_events.function(stall.ship).invoke_async()
    lambda_events.run_until_idle()
""",
    )

    result.assert_outcomes(passed=1)
    failed = "{'errorMessage': 'late', 'errorType': 'ValueError', "
    assert [line.partition("'requestId'")[0] for line in told(result)] == [
        "before Attempt ship 1 None None []",
        "after Attempt ship 1 throttled None []",
        "before Attempt ship 2 None None []",
        "after Attempt ship 2 service_error None []",
        "before Attempt ship 3 None None []",
        f"after Attempt ship 3 function_error {failed}",
        "before Attempt ship 4 None None []",
        "after Attempt ship 4 success {'shipped': True} ['packing']",
    ]


def test_hooks_are_called_for_synchronous_attempts_also_from_handlers(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(WATCH)

    result = run(
        pytester,
        """
def test_one(lambda_events):
    ship = lambda_events.function(stall.ship)

    def order(event, context):
        return ship.invoke().payload["shipped"]

    lambda_events.function(order).invoke()
""",
    )

    result.assert_outcomes(passed=1)
    assert told(result) == [
        "before Attempt order 1 None None []",
        "before Attempt ship 1 None None []",
        "after Attempt ship 1 success {'shipped': True} ['packing']",
        "after Attempt order 1 success True []",
    ]


def test_hooks_are_called_for_an_attempt_without_a_function(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(WATCH)

    result = run(
        pytester,
        """
def test_one(lambda_events):
    ship = lambda_events.function(stall.ship)
    ship.invoke_async()
    ship.delete()
    lambda_events.advance(1)
""",
    )

    assert told(result) == ["before Attempt ship 1 None None []", "after Attempt ship 1 not_found None []"]


def test_hooks_tell_overlapping_attempts_apart(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        def pytest_lambda_events_before_attempt(attempt):
            print("TOLD before", attempt.event["seconds"])

        def pytest_lambda_events_after_attempt(attempt):
            print("TOLD after", attempt.event["seconds"], attempt.ended_after_seconds)
        """
    )

    result = run(
        pytester,
        """
def test_one(lambda_events):
    drive = lambda_events.function(stall.drive, timeout=10)
    drive.invoke_async({"seconds": 5})
    drive.invoke_async({"seconds": 2})
    lambda_events.run_until_idle()
""",
    )

    assert told(result) == ["before 5", "before 2", "after 2 2.0", "after 5 5.0"]


def test_hooks_are_called_once_for_an_attempt_that_times_out(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        def pytest_lambda_events_after_attempt(attempt):
            print("TOLD", attempt.error_type, attempt.ended_after_seconds)
        """
    )

    result = run(pytester, "def test_one(lambda_events):\n    lambda_events.function(stall.drive).invoke({'seconds': 9})")

    assert told(result) == ["Sandbox.Timedout 3.0"]


def test_hooks_are_given_batches_of_a_queue_with_what_failed_of_them(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(BATCHES)

    result = run(
        pytester,
        """
def test_one(lambda_events):
    orders, function = lambda_events.queue("orders"), lambda_events.function(stall.last_fails)
    function.add_event_source(orders, function_response_types=["ReportBatchItemFailures"])
    function.throttle(attempts=[1])
    function.fail("service_error", attempts=[2])
    function.fail("response", attempts=[4])
    orders.send("a")
    orders.send("b")
    lambda_events.run_until_idle()
""",
    )

    result.assert_outcomes(passed=1)
    queue = "None Enabled"
    assert told(result) == [
        "before 1 ['a', 'b'] []", f"after 1 throttled [0, 1] {queue}",
        "before 2 ['a', 'b'] []", f"after 2 service_error [0, 1] {queue}",
        "before 3 ['a', 'b'] []", f"after 3 success [1] {queue}",
        "before 4 ['b'] []", f"after 4 success [] {queue}",
    ]  # fmt: skip


def test_hooks_are_given_batches_of_a_stream_with_what_failed_of_them(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(BATCHES)

    result = run(
        pytester,
        """
def test_one(lambda_events):
    clicks, function = lambda_events.stream("clicks"), lambda_events.function(stall.last_fails)
    function.add_event_source(
        clicks, starting_position="LATEST", function_response_types=["ReportBatchItemFailures"], maximum_retry_attempts=0)
    function.throttle(times=1)
    clicks.put("a", partition_key="a")
    clicks.put("b", partition_key="b")
    lambda_events.run_until_idle()
""",
    )

    result.assert_outcomes(passed=1)
    stream = "shardId-000000000000 Enabled"
    assert told(result) == [
        "before 1 ['a', 'b'] []", f"after 1 throttled [0, 1] {stream}",
        "before 2 ['a', 'b'] []", f"after 2 success [1] {stream}",
        "before 1 ['b'] []", f"after 1 success [0] {stream}",
    ]  # fmt: skip


@pytest.mark.parametrize("ending", ["mapping.delete()", "clicks.delete()", "function.delete()"])
def test_hooks_are_called_for_the_end_of_a_batch_whose_resources_are_deleted(pytester: pytest.Pytester, ending: str) -> None:
    pytester.makeconftest(WATCH)

    result = run(
        pytester,
        f"""
def test_one(lambda_events):
    clicks = lambda_events.stream("clicks")
    function = lambda_events.function(lambda event, context: stall.drive({{"seconds": 2}}, context), name="drive")
    mapping = function.add_event_source(clicks, starting_position="LATEST")
    clicks.put("a", partition_key="a")
    lambda_events.advance(1)
    {ending}
    lambda_events.advance(5)
""",
    )

    result.assert_outcomes(passed=1)
    assert told(result) == ["before Batch drive 1 None None []", "after Batch drive 1 success None []"]


def test_hooks_of_a_nested_conftest_are_called_for_the_tests_below_it(pytester: pytest.Pytester) -> None:
    folder = pytester.mkpydir("inner")
    (folder / "conftest.py").write_text(
        "def pytest_lambda_events_before_attempt(attempt):\n    print('TOLD', attempt.function_name)\n"
        "def pytest_lambda_events_started(lambda_events):\n    print('TOLD started')\n"
    )
    (folder / "test_inner.py").write_text(
        "import stall\ndef test_one(lambda_events):\n    lambda_events.function(stall.ship, name='inner').invoke()\n"
    )

    result = run(pytester, "def test_one(lambda_events):\n    lambda_events.function(stall.ship, name='outer').invoke()")

    result.assert_outcomes(passed=2)
    assert told(result) == ["started", "inner"]


# ------------------------------------------------------------------ what a hook may do


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_hook_may_use_the_environment(pytester: pytest.Pytester, moment: str) -> None:
    pytester.makeconftest(
        f"""
        import pytest
        WORLDS = pytest.StashKey()

        def pytest_configure(config):
            config.stash[WORLDS] = []

        @pytest.fixture(autouse=True)
        def kept(lambda_events, pytestconfig):
            pytestconfig.stash[WORLDS].append(lambda_events)
            global environment
            environment = lambda_events

        def pytest_lambda_events_{moment}_attempt(attempt):
            if attempt.function_name != "ship":
                return
            environment.client("sqs").send_message(QueueUrl=environment.queues["letters"].url, MessageBody="to be read")
            environment.tables["parcels"].put_item({{"id": attempt.request_id}})
            environment.functions["drive"].invoke_async({{"seconds": 0}})
            assert environment.queues["letters"].messages[0].body == "to be read"
        """
    )

    result = run(
        pytester,
        """
def test_one(lambda_events):
    letters, parcels = lambda_events.queue("letters"), lambda_events.table("parcels", partition_key="id")
    drive = lambda_events.function(stall.drive)
    event = lambda_events.function(stall.ship).invoke_async()
    lambda_events.run_until_idle()
    assert parcels.items == [{"id": event.request_id}]
    assert [attempt.outcome for attempt in drive.attempts] == ["success"]
""",
    )

    result.assert_outcomes(passed=1)


TRIES = """
def test_asynchronous(lambda_events):
    lambda_events.function(stall.ship).invoke_async()
    lambda_events.run_until_idle()

def test_synchronous(lambda_events):
    lambda_events.function(stall.ship).invoke()

def test_queue(lambda_events):
    orders = lambda_events.queue("orders")
    lambda_events.function(stall.ship).add_event_source(orders)
    orders.send("a")
    lambda_events.run_until_idle()

def test_within(lambda_events):
    def order(event, context):
        try:
            lambda_events.functions["ship"].invoke()
        except Exception:
            return "caught"

    lambda_events.function(stall.ship)
    lambda_events.function(order).invoke()
"""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    ("does", "line"),
    [
        pytest.param("raise ZeroDivisionError('mine')", "E * ZeroDivisionError: mine", id="raises"),
        pytest.param("pytest.fail('no parcels today')", "E * Failed: no parcels today", id="fails"),
        pytest.param("assert attempt.number > 1", "E * assert 1 > 1", id="asserts"),
    ],
)
def test_an_error_in_a_hook_fails_the_test(pytester: pytest.Pytester, moment: str, does: str, line: str) -> None:
    pytester.makeconftest(
        f"""
        import pytest

        def pytest_lambda_events_{moment}_attempt(attempt):
            if attempt.function_name == "ship":
                {does}
        """
    )

    result = run(pytester, TRIES)

    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines([line] * 4)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_hook_cannot_move_the_clock(pytester: pytest.Pytester, moment: str) -> None:
    pytester.makeconftest(f"import time\ndef pytest_lambda_events_{moment}_attempt(attempt):\n    time.sleep(5)")

    result = run(
        pytester,
        """
def test_asynchronous(lambda_events):
    lambda_events.function(stall.ship).invoke_async()
    lambda_events.run_until_idle()

def test_synchronous(lambda_events):
    lambda_events.function(stall.ship).invoke()
""",
    )

    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["E *LambdaEventsError: The clock is already moving, *"] * 2)


def test_hooks_of_attempts_are_called_under_xdist(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("def pytest_lambda_events_after_attempt(attempt):\n    assert attempt.outcome == 'throttled'")

    story = "def test_one(lambda_events):\n    lambda_events.function(stall.ship).invoke()"
    result = run(pytester, story, "-p", "xdist.plugin", "-n", "1")

    result.assert_outcomes(failed=1)


@pytest.mark.parametrize(
    ("hook", "watches"),
    [
        pytest.param("", 0, id="none"),
        pytest.param("def pytest_lambda_events_started(lambda_events):\n    pass", 0, id="another"),
        pytest.param("def pytest_lambda_events_before_attempt(attempt):\n    pass", 1, id="before"),
        pytest.param("def pytest_lambda_events_after_attempt(attempt):\n    pass", 1, id="after"),
    ],
)
def test_the_journal_is_read_for_hooks_only_where_one_wants_to_know_of_attempts(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, hook: str, watches: int
) -> None:
    made: list[object] = []

    def watch(api: object, hooks: object) -> Callable[..., None]:
        made.append(hooks)
        return print

    monkeypatch.setattr("pytest_lambda_events.wiring.AttemptWatch", watch)
    pytester.makeconftest(hook)

    result = run(pytester, "def test_one(lambda_events):\n    lambda_events.function(stall.ship).invoke()")

    result.assert_outcomes(passed=1)
    assert len(made) == watches
