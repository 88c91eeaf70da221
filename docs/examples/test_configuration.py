from __future__ import annotations

from datetime import datetime, timezone

import boto3
import pytest

from pytest_lambda_events import LambdaEvents


@pytest.mark.lambda_events(region_name="eu-west-1", account_id="210987654321")
def test_names_follow_region_and_account(lambda_events: LambdaEvents) -> None:
    url = boto3.client("sqs").create_queue(QueueName="orders")["QueueUrl"]

    assert url == "https://sqs.eu-west-1.amazonaws.com/210987654321/orders"


@pytest.mark.lambda_events(start_time="2026-03-29T00:59:30Z")
class TestOnTheNightOfTheChange:
    def test_the_clock_starts_where_the_marker_says(self, lambda_events: LambdaEvents) -> None:
        lambda_events.advance(30)

        assert datetime.now(timezone.utc) == datetime(2026, 3, 29, 1, tzinfo=timezone.utc)

    @pytest.mark.lambda_events(seed=1)
    def test_options_of_class_and_test_are_merged(self, lambda_events: LambdaEvents) -> None:
        assert (lambda_events.config.seed, lambda_events.now.month) == (1, 3)


def test_one_seed_one_story() -> None:
    def story(seed: int) -> str:
        with LambdaEvents(seed=seed) as world:
            world.function(lambda event, context: None, name="charge").invoke_async({"order": 7})
            world.run_until_idle()
            return world.journal[0].request_id or ""

    assert story(1) == story(1)
    assert story(1) != story(2)
