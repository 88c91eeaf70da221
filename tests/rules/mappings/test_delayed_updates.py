"""ESM-62, ESM-72, FIL-0C and SQS-09: an update is shown at once, and in force when its delay is over."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lambda_events import Function, LambdaEvents, Queue

from .conftest import Create, charge_cards

DELAY = 10
pytestmark = pytest.mark.lambda_events(event_source_mapping_update_delay_seconds=DELAY)

at_the_boundary = pytest.mark.parametrize(("seconds", "is_in_force"), [(9.999, False), (10, True), (10.001, True)])


def only(kind: str) -> dict[str, Any]:
    return {"Filters": [{"Pattern": f'{{"body":{{"kind":["{kind}"]}}}}'}]}


@at_the_boundary
@pytest.mark.rule("FIL-0C", "SQS-09", "ESM-72")
def test_messages_meet_the_old_filter_until_the_new_one_is_in_force(
    lambda_events: LambdaEvents, charge: Function, orders: Queue, create: Create, aws_lambda: Any,
    seconds: float, is_in_force: bool,
) -> None:  # fmt: skip
    uuid = create(FilterCriteria=only("old"))["UUID"]
    answer = aws_lambda.update_event_source_mapping(UUID=uuid, FilterCriteria=only("new"))

    lambda_events.advance(seconds)
    orders.send({"kind": "old"}, {"kind": "new"})
    lambda_events.run_until_idle()

    assert answer["FilterCriteria"] == only("new")
    assert [data for batch in charge.batches for data in batch.data] == [{"kind": "new" if is_in_force else "old"}]


@at_the_boundary
@pytest.mark.rule("ESM-62", "SQS-05")
def test_messages_reach_the_old_function_until_the_new_one_is_in_force(
    lambda_events: LambdaEvents, charge: Function, orders: Queue, uuid: str, aws_lambda: Any,
    seconds: float, is_in_force: bool,
) -> None:  # fmt: skip
    ship = lambda_events.function(charge_cards, name="ship")
    aws_lambda.update_event_source_mapping(UUID=uuid, FunctionName="ship")

    lambda_events.advance(seconds)
    orders.send("an order")
    lambda_events.run_until_idle()

    assert (len(charge.batches), len(ship.batches)) == ((0, 1) if is_in_force else (1, 0))


@pytest.mark.rule("SQS-09")
def test_a_mapping_is_made_with_its_settings_in_force(
    lambda_events: LambdaEvents, charge: Function, orders: Queue, create: Create
) -> None:
    create(BatchSize=1)

    orders.send("first", "second")
    lambda_events.run_until_idle()

    assert [batch.data for batch in charge.batches] == [["first"], ["second"]]
