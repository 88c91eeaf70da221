"""The saga of the gallery as a durable function: the exploration finds no failure, but one of the plain function."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("aws_durable_execution_sdk_python", reason="the SDK needs Python 3.11")

from bugs import durable_saga, saga_without_compensation

from pytest_lambda_events import LambdaEvents, explore

OTHERS = ("timeouts", "duplicates", "throttles", "lost_acknowledgements", "errors", "order")
ONLY_CRASHES, NO_CRASHES = dict.fromkeys(OTHERS, False), {"crash": False, "timeouts": False}


def a_refused_customer_holds_no_seat(lambda_events: LambdaEvents, handler: Any) -> None:
    lambda_events.table("seats", partition_key="id")
    lambda_events.table("bookings", partition_key="id")
    dead = lambda_events.queue("dead")
    queue = lambda_events.queue("orders", dead_letter_queue=dead, max_receive_count=5, visibility_timeout=1000)
    function = lambda_events.function(handler, name="handle", timeout=120, durable_execution_timeout=900)
    function.publish_version().add_event_source(queue, batch_size=1)
    queue.send("ada")
    lambda_events.run_until_idle()
    [booking] = lambda_events.tables["bookings"].items
    assert booking["state"] == ("booked" if lambda_events.tables["seats"].items else "refused")


def test_the_durable_saga_passes_where_the_plain_one_fails() -> None:
    """`test_gallery.py` explores the plain one: a throttled call leaves a seat that nobody can buy."""
    result = explore(
        lambda env: a_refused_customer_holds_no_seat(env, durable_saga.right), max_faults=1, max_seconds=600, **NO_CRASHES
    )

    assert result.failures == []
    assert result.is_complete
    assert {"throttle", "error", "lost"} <= result.coverage.keys()


@pytest.fixture
def no_bookings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets each booking fail, so that each order is refused."""

    def store(customer: str, state: str) -> None:
        if state == "booked":
            raise RuntimeError("the hotel is closed")
        saga_without_compensation.store(customer, state)

    monkeypatch.setattr(durable_saga, "store", store)


@pytest.mark.usefixtures("no_bookings")
def test_the_compensation_survives_the_end_of_the_process_at_each_checkpoint() -> None:
    result = explore(
        lambda env: a_refused_customer_holds_no_seat(env, durable_saga.right), max_faults=1, max_seconds=600, **ONLY_CRASHES
    )

    assert result.failures == []
    assert result.coverage["crash"] > 10


@pytest.mark.usefixtures("no_bookings")
def test_a_saga_without_compensation_keeps_the_seat(lambda_events: LambdaEvents) -> None:
    with pytest.raises(AssertionError):
        a_refused_customer_holds_no_seat(lambda_events, durable_saga.wrong)
