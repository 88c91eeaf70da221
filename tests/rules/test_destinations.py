"""DST-02 to 05, 15, 19, 25 to 27: what leaves a record, and that of a success. Configuration: test_event_invoke_config."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents

from .conftest import Refused

ARN = "arn:aws:lambda:us-east-1:123456789012:function"


def take(event: Any, context: Any) -> dict[str, bool]:
    return {"ok": True}


def decline(event: Any, context: Any) -> None:
    raise ValueError("declined")


# ------------------------------------------------------------------ what can be configured


@pytest.mark.rule("DST-06")
def test_an_arn_has_at_most_350_characters(lambda_events: LambdaEvents, refused: Refused) -> None:
    target = "arn:aws:sqs:us-east-1:123456789012:".ljust(350, "q")
    function = lambda_events.function(take, on_failure=target)

    refusal = refused(function.update, on_failure=f"{target}q")

    assert refusal["code"] == "ValidationException"
    assert refusal["message"].startswith(
        f"1 validation error detected: Value '{target}q' at 'destinationConfig.onFailure.destination' failed to satisfy "
    )
    assert refusal["message"].endswith("Member must have length less than or equal to 350")


@pytest.mark.rule("DST-08")
@pytest.mark.parametrize("qualifier", ["", ":1", ":live", ":$LATEST"], ids=["function", "version", "alias", "$LATEST"])
def test_no_version_of_the_function_can_be_its_own_destination(
    lambda_events: LambdaEvents, refused: Refused, qualifier: str
) -> None:
    function = lambda_events.function(take)
    function.publish_version()
    function.create_alias("live", function_version="1")

    refusal = refused(function.update, on_success=f"{function.arn}{qualifier}")

    assert refusal["message"] == "You can't specify the function as a destination for itself."


# ------------------------------------------------------------------ what leaves a record


@pytest.mark.rule("DST-02", "ASY-77")
@pytest.mark.parametrize(
    ("sides", "found"),
    [
        ((), []),
        (("on_success",), ["Success"]),
        (("on_failure",), ["RetriesExhausted"]),
        (("on_success", "on_failure"), ["Success", "RetriesExhausted"]),
    ],
    ids=["none", "success", "failure", "both"],
)
def test_each_side_is_served_by_itself(lambda_events: LambdaEvents, sides: tuple[str, ...], found: list[str]) -> None:
    records = lambda_events.queue("records")
    destinations: Any = dict.fromkeys(sides, records)

    for handler in (take, decline):
        lambda_events.function(handler, **destinations).invoke_async()
    lambda_events.run_until_idle()

    assert [record.condition for record in records.invocation_records] == found


@pytest.mark.rule("DST-02")
def test_the_two_sides_may_have_different_targets(lambda_events: LambdaEvents) -> None:
    receipts, failures = lambda_events.queue("receipts"), lambda_events.queue("failures")

    for handler in (take, decline):
        lambda_events.function(handler, on_success=receipts, on_failure=failures).invoke_async()
    lambda_events.run_until_idle()

    assert [record.condition for record in receipts.invocation_records] == ["Success"]
    assert [record.condition for record in failures.invocation_records] == ["RetriesExhausted"]


@pytest.mark.rule("DST-05")
@pytest.mark.parametrize("handler", [take, decline])
def test_a_synchronous_call_leaves_no_record(lambda_events: LambdaEvents, handler: Any) -> None:
    records, dead = lambda_events.queue("records"), lambda_events.queue("dead")
    function = lambda_events.function(handler, on_success=records, on_failure=records, dead_letter_queue=dead)

    function.invoke()
    lambda_events.run_until_idle()

    assert (records.messages, dead.messages) == ([], [])


@pytest.mark.rule("DST-03", "DST-17")
@pytest.mark.scenario("DST D12")
def test_an_alias_has_destinations_of_its_own(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")
    function = lambda_events.function(decline, maximum_retry_attempts=0)
    for timeout in (4, 5, 6):
        function.update(timeout=timeout)
        version = function.publish_version()
    live = function.create_alias("live", function_version="3")
    live.update(on_failure=failures, maximum_retry_attempts=0)

    live.invoke_async()
    version.invoke_async()
    function.invoke_async()
    lambda_events.run_until_idle()

    [record] = failures.invocation_records
    assert record.function_arn == f"{ARN}:decline:live"
    assert record.executed_version == "3"


@pytest.mark.rule("DST-04")
@pytest.mark.scenario("DST D10")
def test_destination_and_dead_letter_queue_get_one_message_each(lambda_events: LambdaEvents) -> None:
    failures, dead = lambda_events.queue("failures"), lambda_events.queue("dead")
    function = lambda_events.function(
        decline, maximum_retry_attempts=0, on_failure=failures, dead_letter_queue=dead
    )  # fmt: skip

    event = function.invoke_async(b' {"order": 7}')
    lambda_events.run_until_idle()

    assert [record.request_id for record in failures.invocation_records] == [event.request_id]
    assert [letter.body for letter in dead.dead_letters] == [' {"order": 7}']


# ------------------------------------------------------------------ the record of a success


@pytest.mark.rule("DST-15", "DST-20")
@pytest.mark.scenario("DST D1")
def test_the_record_of_a_success_is_this_text(lambda_events: LambdaEvents) -> None:
    receipts = lambda_events.queue("receipts")
    lambda_events.advance(25.1239)

    event = lambda_events.function(take, on_success=receipts).invoke_async({"order": 7})
    lambda_events.run_until_idle()

    [message] = receipts.messages
    assert message.body == (
        '{"version":"1.0","timestamp":"2026-01-01T00:00:25.123Z","requestContext":{"requestId":"' + event.request_id + '",'
        '"functionArn":"arn:aws:lambda:us-east-1:123456789012:function:take:$LATEST","condition":"Success",'
        '"approximateInvokeCount":1},"requestPayload":{"order": 7},'
        '"responseContext":{"statusCode":200,"executedVersion":"$LATEST"},"responsePayload":{"ok": true}}'
    )


@pytest.mark.rule("DST-15", "DST-27")
@pytest.mark.scenario("DST D13")
def test_the_payload_stands_in_the_record_byte_for_byte(lambda_events: LambdaEvents) -> None:
    receipts = lambda_events.queue("receipts")
    function = lambda_events.function(take, on_success=receipts)

    function.invoke_async(' {"a":  1, "é": "λ"}\n'.encode())
    lambda_events.run_until_idle()

    [message] = receipts.messages
    assert '"requestPayload": {"a":  1, "é": "λ"}\n,"responseContext"' in message.body


@pytest.mark.rule("DST-19", "ASY-77")
@pytest.mark.scenario("DST D14")
@pytest.mark.parametrize(
    ("counts_all", "count"),
    [
        pytest.param(False, 1, id="as now"),
        pytest.param(
            True, 2, id="as in 2022", marks=pytest.mark.lambda_events(success_counts_all_attempts=True)
        ),
    ],
)  # fmt: skip
def test_a_success_after_a_failure_counts_one_attempt_by_default(
    lambda_events: LambdaEvents, counts_all: bool, count: int
) -> None:
    receipts = lambda_events.queue("receipts")
    charge = lambda_events.function(decline, name="charge", on_success=receipts)
    event = charge.invoke_async()
    lambda_events.advance(30)

    charge.update(handler=take)
    lambda_events.run_until_idle()

    [record] = receipts.invocation_records
    assert (record.condition, record.approximate_invoke_count) == ("Success", count)
    assert event.ended_after_seconds == 60
    assert record.timestamp == event.ended_at


@pytest.mark.rule("DST-25")
def test_a_handler_that_returns_nothing_answers_null(lambda_events: LambdaEvents) -> None:
    receipts = lambda_events.queue("receipts")

    lambda_events.function(lambda event, context: None, name="nothing", on_success=receipts).invoke_async()
    lambda_events.run_until_idle()

    assert receipts.messages[0].body.endswith(',"responsePayload":null}')


@pytest.mark.rule("DST-26")
@pytest.mark.parametrize(
    "answer", [float("nan"), [float("inf")], b"\xff", b"not JSON"], ids=["NaN", "infinity", "no text", "no JSON"]
)
def test_a_response_that_is_not_json_is_left_out_with_an_error(lambda_events: LambdaEvents, answer: Any) -> None:
    receipts = lambda_events.queue("receipts")

    lambda_events.function(lambda event, context: answer, name="odd", on_success=receipts).invoke_async()
    lambda_events.run_until_idle()

    [record] = receipts.invocation_records
    assert record.condition == "Success"
    assert "responsePayload" not in record.json
    assert list(record.json)[-1] == "deliveryError"
    assert record.json["deliveryError"].items() >= {"statusCode": 400, "errorCode": "InvalidRequestContentException"}.items()


@pytest.mark.rule("DST-26")
def test_an_empty_answer_is_left_out_without_an_error(lambda_events: LambdaEvents) -> None:
    receipts = lambda_events.queue("receipts")

    lambda_events.function(lambda event, context: b"", name="empty", on_success=receipts).invoke_async()
    lambda_events.run_until_idle()

    assert list(receipts.invocation_records[0].json)[-1] == "responseContext"
