"""`explore` finds failures, duplicates and orders with which a scenario fails, and no others."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from exploration.shops import Bank, charged_once, charging, counting, items, marking, orders_of, scenario_of, storing

from pytest_lambda_events import Exploration, LambdaEvents, LambdaEventsError, explore, replay

SECONDS = 600.0
"""More than any of these explorations needs."""
KINDS = ("crash", "timeouts", "duplicates", "throttles", "lost_acknowledgements", "errors", "order")
ONLY_CRASHES = {kind: kind == "crash" for kind in KINDS}
ONLY_ERRORS = {kind: kind == "errors" for kind in KINDS}
ONLY_ORDER = {kind: kind == "order" for kind in KINDS}


def explored(scenario: Any, **options: Any) -> Exploration:
    """An exploration that is not cut short."""
    result = explore(scenario, max_seconds=SECONDS, **options)
    assert result.is_complete
    return result


def plans(result: Exploration) -> list[list[str]]:
    """The choices of each failure."""
    return [[str(choice) for choice in failure.plan] for failure in result.failures]


def test_a_charge_before_its_mark_is_repeated() -> None:
    result = explored(scenario_of(charging, charged_once), max_faults=1)

    assert plans(result) == [["the process of charge ends before its call of dynamodb.PutItem payments"]]
    assert str(result.failures[0].error).startswith("the bank has ['7', '7']")


def test_a_charge_after_its_mark_is_left_out() -> None:
    result = explored(scenario_of(marking, charged_once), max_faults=1, duplicates=False)

    assert plans(result) == [
        ["the process of charge ends after its call of dynamodb.PutItem payments, before it reads the response"]
    ]


def test_a_count_is_too_high_after_a_lost_response() -> None:
    def is_one(db: Any, bank: Bank) -> None:
        assert items(db) == [{"id": {"S": "count"}, "orders": {"N": "1"}}]

    result = explored(scenario_of(counting, is_one), max_faults=1, **ONLY_ERRORS)

    assert plans(result) == [
        ["the response to the call of dynamodb.UpdateItem payments by charge is lost, and boto3 repeats the call"]
    ]


def test_two_orders_are_charged_twice_only_if_attempts_overlap() -> None:
    def handler(db: Any, bank: Bank) -> Any:
        def charge(event: Any, context: Any) -> None:
            for _ in orders_of(event):
                if "Item" not in db.get_item(TableName="payments", Key={"id": {"S": "welcome"}}):
                    db.put_item(TableName="payments", Item={"id": {"S": "welcome"}})
                    bank.charge("welcome gift")

        return charge

    def one_gift(db: Any, bank: Bank) -> None:
        assert bank.charges == ["welcome gift"]

    result = explored(scenario_of(handler, one_gift, "1", "2"), max_faults=1, **ONLY_ORDER)

    assert plans(result) == [["charge pauses before its call of dynamodb.PutItem payments, and other attempts go on"]]


def test_a_handler_that_may_be_repeated_passes_everything() -> None:
    def is_paid(db: Any, bank: Bank) -> None:
        assert items(db) == [{"id": {"S": "7"}, "state": {"S": "paid"}}]

    result = explored(scenario_of(storing, is_paid), max_faults=1)

    assert result.failures == []
    assert result.coverage.keys() >= {"crash", "timeout", "duplicate", "throttle", "lost", "error"}
    assert result.executions == 1 + sum(result.coverage.values())


def test_pairs_are_explored_after_single_choices() -> None:
    """The attempt after a failed one cleans up. If it fails too, the next one does not know what it has done."""

    def handler(db: Any, bank: Bank) -> Any:
        def charge(event: Any, context: Any) -> None:
            for order in orders_of(event):
                key = {"id": {"S": order}}
                if "Item" not in db.get_item(TableName="payments", Key=key):
                    db.put_item(TableName="payments", Item=key)
                    bank.charge(order)
                elif not bank.charges:
                    db.delete_item(TableName="payments", Key=key)
                    bank.charge(order)
                    db.put_item(TableName="payments", Item=key)

        return charge

    def at_most_one(db: Any, bank: Bank) -> None:
        assert bank.charges == ["7"], f"the bank has {bank.charges}"

    single = explored(scenario_of(handler, at_most_one), max_faults=1, **ONLY_CRASHES)
    double = explored(scenario_of(handler, at_most_one), max_faults=2, **ONLY_CRASHES)

    assert single.failures == []
    assert plans(double) == [
        [
            "the process of charge ends after its call of dynamodb.PutItem payments, before it reads the response",
            "the process of charge ends before its 2nd call of dynamodb.PutItem payments",
        ]
    ]


def test_a_failure_is_repeated_by_its_text() -> None:
    scenario = scenario_of(charging, charged_once)
    [failure] = explored(scenario, max_faults=1).failures

    with pytest.raises(AssertionError, match=r"the bank has \['7', '7'\]"):
        replay(scenario, failure.replay)


@pytest.mark.parametrize("text", ["", "v2;", "v1;call", 7])
def test_a_wrong_plan_is_refused(text: Any) -> None:
    with pytest.raises(LambdaEventsError, match="is not a plan"):
        replay(lambda env: None, text)


def test_a_scenario_is_a_function() -> None:
    scenario: Any = 5

    with pytest.raises(LambdaEventsError, match=r"scenario=5 is not a function\. Pass a function that takes an environment"):
        explore(scenario)
    with pytest.raises(LambdaEventsError, match=r"scenario=5 is not a function"):
        replay(scenario, "v1;duplicate/charge//1/duplicate")


def test_the_same_seed_gives_the_same_exploration() -> None:
    first, second = (explored(scenario_of(charging, charged_once), max_faults=2) for _ in range(2))

    assert (first.executions, first.coverage, plans(first)) == (second.executions, second.coverage, plans(second))
    assert [one.replay for one in first.failures] == [one.replay for one in second.failures]


def test_an_event_without_retries_is_lost_if_its_process_ends() -> None:
    def scenario(env: LambdaEvents) -> None:
        function = env.function(lambda event, context: None, name="report", maximum_retry_attempts=0)
        function.invoke_async({"day": 1})
        env.run_until_idle()

    [failure] = explored(scenario, max_faults=1, throttles=False).failures

    assert failure.is_loss
    assert "report" in str(failure.error)


def test_a_message_in_the_dead_letter_queue_is_no_failure_of_the_test() -> None:
    """With two receives, two faults use up what SQS promises."""

    def is_paid(db: Any, bank: Bank) -> None:
        assert items(db) == [{"id": {"S": "7"}, "state": {"S": "paid"}}]

    result = explored(scenario_of(storing, is_paid, max_receive_count=2), max_faults=2, errors=False, order=False)

    assert result.failures == []
    assert result.ignored > 0
    assert "discarded after all its attempts" in result.summary()


def test_a_message_that_is_discarded_after_one_fault_is_a_failure_of_the_test() -> None:
    """The ended process leaves a lock behind, so the next four attempts fail without planned faults."""

    def handler(db: Any, bank: Bank) -> Any:
        def charge(event: Any, context: Any) -> None:
            lock = {"id": {"S": "lock"}}
            db.put_item(TableName="payments", Item=lock, ConditionExpression="attribute_not_exists(id)")
            db.put_item(TableName="payments", Item={"id": {"S": "7"}})
            db.delete_item(TableName="payments", Key=lock)

        return charge

    def is_stored(db: Any, bank: Bank) -> None:
        assert {"id": {"S": "7"}} in items(db)

    result = explored(scenario_of(handler, is_stored), max_faults=1, **ONLY_CRASHES)

    assert plans(result) == [
        ["the process of charge ends after its call of dynamodb.PutItem payments, before it reads the response"]
    ]


def test_no_code_of_an_ended_process_runs_before_the_checks() -> None:
    seen: list[str] = []

    def scenario(env: LambdaEvents) -> None:
        sqs, queue = env.client("sqs"), env.queue("work")

        def handler(event: Any, context: Any) -> None:
            try:
                sqs.send_message(QueueUrl=queue.url, MessageBody="x")
            except BaseException:
                seen.append("caught")
                raise
            finally:
                seen.append("finally")

        env.function(handler, name="work", maximum_retry_attempts=0).invoke_async({})
        env.run_until_idle()
        seen.append("checked")

    crash = "v1;call/work/sqs.SendMessage work/1/crash after"
    with pytest.raises(AssertionError, match="lost"):
        replay(scenario, crash)

    assert seen == ["checked", "caught", "finally"]


def test_a_process_that_ends_at_a_checkpoint() -> None:
    def scenario(env: LambdaEvents) -> None:
        bank = Bank()

        def handler(event: Any, context: Any) -> None:
            bank.charge("7")
            env.checkpoint("after the bank")

        env.function(handler, name="charge").invoke_async({})
        env.run_until_idle()
        assert bank.charges == ["7"]

    result = explored(scenario, max_faults=1, duplicates=False)

    assert ["the process of charge ends at the checkpoint after the bank"] in plans(result)


def test_a_checkpoint_does_nothing_without_an_exploration(lambda_events: LambdaEvents) -> None:
    lambda_events.checkpoint("anywhere")

    function = lambda_events.function(lambda event, context: lambda_events.checkpoint("here"), name="charge")

    assert function.invoke().payload is None


def test_state_that_outlives_a_scenario_is_refused() -> None:
    calls: list[int] = []

    def scenario(env: LambdaEvents) -> None:
        def handler(event: Any, context: Any) -> None:
            calls.append(1)
            if len(calls) == 1:
                env.client("sqs").list_queues()

        env.function(handler, name="work").invoke_async({})
        env.run_until_idle()

    with pytest.raises(LambdaEventsError, match="does not behave the same in two executions"):
        explore(scenario)


def test_a_scenario_that_fails_by_itself_is_not_explored() -> None:
    def scenario(env: LambdaEvents) -> None:
        raise ValueError("broken")

    result = explore(scenario)

    assert (result.executions, plans(result)) == (1, [[]])
    assert isinstance(result.failures[0].error, ValueError)


def test_an_exploration_that_is_cut_short_is_not_complete() -> None:
    result = explore(scenario_of(storing, lambda db, bank: None), max_executions=5, max_seconds=SECONDS)

    assert result.executions == 5
    assert not result.is_complete
    assert f"{result.left} were not run: the budget was used up." in result.summary()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_faults": 0}, "max_faults=0 is not a whole number of faults from 1 to 5"),
        ({"crash": "yes"}, "crash='yes' is not True or False"),
        ({"max_seconds": 0}, "max_seconds=0 is not a number of seconds above 0"),
        ({"max_executions": 1.5}, "max_executions=1.5 is not a whole number"),
        ({"crsh": True}, r"explore has no option 'crsh'\. Did you mean 'crash'\? Options: crash, .*seed"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(LambdaEventsError, match=message):
        explore(lambda env: None, **options)


def test_streams_repeat_and_divide_batches() -> None:
    def scenario(env: LambdaEvents) -> None:
        clicks, seen = env.stream("clicks"), list[str]()
        function = env.function(
            lambda event, context: seen.extend(record["kinesis"]["sequenceNumber"] for record in event["Records"]),
            name="count",
        )
        function.add_event_source(clicks, starting_position="TRIM_HORIZON")
        clicks.put({"n": 1}, partition_key="a")
        clicks.put({"n": 2}, partition_key="a")
        env.run_until_idle()
        assert len(seen) == 2

    result = explored(scenario, max_faults=1, crash=False, timeouts=False)

    assert plans(result) == [["the event or batch of count is delivered twice"]]
    assert result.coverage.keys() >= {"duplicate", "lost", "split", "throttle"}


def test_time_passes_as_without_an_exploration() -> None:
    waited: list[float] = []

    def scenario(env: LambdaEvents) -> None:
        def handler(event: Any, context: Any) -> None:
            time.sleep(5)

        function = env.function(handler, name="wait", timeout=10)
        function.invoke_async(json.loads("{}"))
        env.run_until_idle()
        waited.append(env.elapsed)

    explored(scenario, max_faults=1, crash=False, timeouts=False, throttles=False, duplicates=False)

    assert set(waited) == {5.0}


def test_a_process_that_ends_while_it_waits() -> None:
    def scenario(env: LambdaEvents) -> None:
        bank = Bank()

        def handler(event: Any, context: Any) -> None:
            bank.charge("7")
            time.sleep(5)
            bank.charges.clear()

        env.function(handler, name="wait", timeout=10, maximum_retry_attempts=1).invoke_async({})
        env.run_until_idle()
        assert bank.charges == [], f"the bank has {bank.charges}"

    replayed = "v1;suspension/wait//1/crash;suspension/wait//2/crash"
    with pytest.raises(AssertionError, match=r"the bank has \['7', '7'\]"):
        replay(scenario, replayed)


def test_a_function_times_out_while_it_waits() -> None:
    waited: list[float] = []

    def scenario(env: LambdaEvents) -> None:
        def handler(event: Any, context: Any) -> None:
            time.sleep(5)
            waited.append(env.elapsed)

        env.function(handler, name="wait", timeout=20, maximum_retry_attempts=1).invoke_async({})
        env.run_until_idle()

    replay(scenario, "v1;suspension/wait//1/timeout")

    assert waited == [20 + 60 + 5]
