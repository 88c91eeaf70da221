"""Fixtures for the tests of the clicks service."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest
import trending
import visits

from pytest_lambda_events import EventSourceMapping, Function, LambdaEvents, Queue, Stream, Table, Topic


@dataclass(frozen=True)
class Site:
    """The resources of the service."""

    clicks: Stream
    count: Function
    feed: EventSourceMapping
    unreadable: Queue
    views: Table
    announce: Function
    trending: Topic

    def view(self, page: str, *, visitor: str = "alice", times: int = 1) -> None:
        """Sends clicks like the website."""
        self.clicks.put(*[{"page": page}] * times, partition_key=visitor)

    def counted(self) -> dict[str, int]:
        """The views of each page in all minutes."""
        sums = Counter[str]()
        for item in self.views.items:
            sums[item["page"]] += item["views"]
        return dict(sums)


@pytest.fixture
def site(lambda_events: LambdaEvents) -> Site:
    """Creates the functions, the stream, the table and the topic of the service."""
    clicks = lambda_events.stream("clicks", shard_count=2)
    unreadable = lambda_events.queue("unreadable-clicks")
    count = lambda_events.function(visits.handler, name="count")
    feed = count.add_event_source(
        clicks,
        starting_position="TRIM_HORIZON",
        tumbling_window_in_seconds=60,
        bisect_batch_on_function_error=True,
        maximum_retry_attempts=2,
        on_failure=unreadable,
    )
    views = lambda_events.table("views", partition_key="page", sort_key="part", stream_view_type="NEW_IMAGE")
    topic = lambda_events.topic("trending")
    announce = lambda_events.function(trending.handler, name="announce", environment={"TRENDING_TOPIC": topic.arn})
    announce.add_event_source(
        views,
        starting_position="TRIM_HORIZON",
        filters=[{"eventName": ["INSERT"]}],
        function_response_types=["ReportBatchItemFailures"],
    )
    return Site(clicks, count, feed, unreadable, views, announce, topic)
