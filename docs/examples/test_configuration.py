from __future__ import annotations

from datetime import datetime, timezone

import boto3
import pytest

from pytest_lambda_events import LambdaEvents


@pytest.mark.lambda_events(region_name="eu-west-1", account_id="210987654321")
def test_queue_url_has_the_region_and_account_of_the_marker(lambda_events: LambdaEvents) -> None:
    url = boto3.client("sqs").create_queue(QueueName="orders")["QueueUrl"]

    assert url == "https://sqs.eu-west-1.amazonaws.com/210987654321/orders"


@pytest.mark.lambda_events(start_time="2026-03-29T00:59:30Z")
class TestDaylightSavingTime:
    def test_clock_starts_at_the_start_time_of_the_marker(self, lambda_events: LambdaEvents) -> None:
        lambda_events.advance(30)

        assert datetime.now(timezone.utc) == datetime(2026, 3, 29, 1, tzinfo=timezone.utc)

    @pytest.mark.lambda_events(seed=1)
    def test_markers_of_class_and_test_are_merged(self, lambda_events: LambdaEvents) -> None:
        assert (lambda_events.config.seed, lambda_events.now.month) == (1, 3)


def test_same_seed_gives_the_same_request_id() -> None:
    def request_id(seed: int) -> str:
        with LambdaEvents(seed=seed) as lambda_events:
            charge = lambda_events.function(lambda event, context: None, name="charge")
            return charge.invoke_async({"order": 7}).request_id

    assert request_id(1) == request_id(1)
    assert request_id(1) != request_id(2)
