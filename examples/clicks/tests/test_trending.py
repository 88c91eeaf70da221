"""Tests of the announcements of pages with many views."""

from __future__ import annotations

from typing import Any

import pytest
import trending

from pytest_lambda_events import LambdaEvents


@pytest.mark.parametrize(("views", "announced"), [(99, 0), (100, 1), (101, 1)], ids=["too few", "just enough", "more"])
def test_a_page_with_a_hundred_views_is_announced(lambda_events: LambdaEvents, site: Any, views: int, announced: int) -> None:
    site.view("/shoes", times=views)

    lambda_events.run_until_idle()

    assert [message.json for message in site.trending.messages] == [{"page": "/shoes", "views": views}] * announced


def test_only_the_failed_announcement_is_retried(
    lambda_events: LambdaEvents, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = trending.sns.publish
    refused: list[dict[str, str]] = []

    def publish_unless_it_is_the_first_of_hats(**message: str) -> Any:
        if "/hats" in message["Message"] and not refused:
            refused.append(message)
            raise ConnectionError("no answer from SNS")
        return publish(**message)

    monkeypatch.setattr(trending.sns, "publish", publish_unless_it_is_the_first_of_hats)
    site.view("/shoes", times=100)
    site.view("/hats", times=200)

    lambda_events.run_until_idle()

    assert [message.json["page"] for message in site.trending.messages] == ["/shoes", "/hats"]
    assert [len(batch.records) for batch in site.announce.batches] == [2, 1]


def test_a_correction_is_not_announced(lambda_events: LambdaEvents, site: Any) -> None:
    site.views.put_item({"page": "/shoes", "part": "by hand", "views": 99})
    site.views.put_item({"page": "/shoes", "part": "by hand", "views": 100})

    lambda_events.run_until_idle()

    assert site.trending.messages == []
