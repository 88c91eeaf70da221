"""Tests of the function that counts clicks, also when a batch, a shard or the table fails."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import visits

from pytest_lambda_events import LambdaEvents


def test_the_views_of_a_minute_are_one_item_for_each_page(lambda_events: LambdaEvents, site: Any) -> None:
    site.view("/shoes", times=3)
    lambda_events.advance(30)
    site.view("/shoes", times=2)
    site.view("/hats")

    lambda_events.run_until_idle()

    assert sorted((item["page"], item["views"]) for item in site.views.items) == [("/hats", 1), ("/shoes", 5)]


def test_each_minute_has_its_own_sums(lambda_events: LambdaEvents, site: Any) -> None:
    site.view("/shoes", times=3)
    lambda_events.advance(60)
    site.view("/shoes")

    lambda_events.run_until_idle()

    minutes = {item["part"].partition("/")[0]: item["views"] for item in site.views.items}
    assert minutes == {"2026-01-01T00:00:00Z": 3, "2026-01-01T00:01:00Z": 1}


def test_a_page_is_counted_in_each_shard(lambda_events: LambdaEvents, site: Any) -> None:
    site.view("/shoes", visitor="alice", times=3)
    site.view("/shoes", visitor="bob")

    lambda_events.run_until_idle()

    assert sorted(item["views"] for item in site.views.items) == [1, 3]


def test_sums_are_written_when_the_next_minute_s_first_click_is_read(lambda_events: LambdaEvents, site: Any) -> None:
    site.view("/shoes")
    lambda_events.advance(70)
    before = site.counted()
    site.view("/shoes")
    lambda_events.advance(1)

    assert (before, site.counted()) == ({}, {"/shoes": 1})


def test_an_unreadable_click_does_not_affect_the_others(lambda_events: LambdaEvents, site: Any) -> None:
    site.view("/shoes", times=40)
    [broken] = site.clicks.put("{broken", partition_key="alice")
    site.view("/shoes", times=40)

    lambda_events.run_until_idle()

    assert site.counted() == {"/shoes": 80}
    [record] = site.unreadable.invocation_records
    assert (record.batch_info.batch_size, record.batch_info.start_sequence_number) == (1, broken.sequence_number)


def test_sums_that_could_not_be_written_are_written_once(
    lambda_events: LambdaEvents, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = visits.views.put_item
    answers: list[Any] = []

    def put_and_lose_the_first_answer(**item: Any) -> Any:
        answers.append(put(**item))
        if len(answers) == 1:
            raise ConnectionError("no answer from DynamoDB")

    monkeypatch.setattr(visits.views, "put_item", put_and_lose_the_first_answer)
    site.view("/shoes", times=3)

    lambda_events.run_until_idle()

    assert [batch.outcome for batch in site.count.batches] == ["success", "function_error", "success"]
    assert site.counted() == {"/shoes": 3}


def test_a_reshard_within_a_minute_loses_no_view(lambda_events: LambdaEvents, site: Any) -> None:
    site.view("/shoes", visitor="alice", times=3)
    site.view("/shoes", visitor="bob", times=2)
    site.clicks.update_shard_count(4)
    site.view("/shoes", visitor="alice")
    site.view("/shoes", visitor="bob")

    lambda_events.run_until_idle()

    assert site.counted() == {"/shoes": 7}


def test_clicks_of_an_hour_without_the_function_are_counted_in_their_minutes(lambda_events: LambdaEvents, site: Any) -> None:
    site.feed.update(enabled=False)
    site.view("/shoes")
    lambda_events.advance(timedelta(minutes=30))
    site.view("/shoes")
    lambda_events.advance(timedelta(minutes=30))

    site.feed.update(enabled=True)
    lambda_events.run_until_idle()

    minutes = sorted(item["part"].partition("/")[0] for item in site.views.items)
    assert minutes == ["2026-01-01T00:00:00Z", "2026-01-01T00:30:00Z"]
