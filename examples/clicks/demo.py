"""The life of a minute of clicks, one of which names no page, and how long it took here."""

from __future__ import annotations

from time import perf_counter

import trending
import visits

from pytest_lambda_events import LambdaEvents


def story(lambda_events: LambdaEvents) -> str:
    """Let four clicks come, and tell what became of them."""
    clicks, unreadable = lambda_events.stream("clicks"), lambda_events.queue("unreadable-clicks")
    views = lambda_events.table("views", partition_key="page", sort_key="part", stream_view_type="NEW_IMAGE")
    topic = lambda_events.topic("trending")
    count = lambda_events.function(visits.handler, name="count")
    count.add_event_source(
        clicks,
        starting_position="TRIM_HORIZON",
        tumbling_window_in_seconds=60,
        bisect_batch_on_function_error=True,
        maximum_retry_attempts=1,
        on_failure=unreadable,
    )
    announce = lambda_events.function(trending.handler, name="announce", environment={"TRENDING_TOPIC": topic.arn})
    announce.add_event_source(views, starting_position="TRIM_HORIZON", function_response_types=["ReportBatchItemFailures"])
    clicks.put({"page": "/shoes"}, {"visitor": "alice"}, {"page": "/shoes"}, {"page": "/hats"}, partition_key="alice")
    lambda_events.run_until_idle()
    counted = ", ".join(f"{item['page']} {item['views']}" for item in views.items)
    told = f"In the table: {counted}. In the queue of unreadable clicks: {len(unreadable.messages)}."
    return f"Four clicks, of which one names no page:\n\n{lambda_events.journal.timeline()}\n\n{told}"


def told() -> str:
    """The story in a world of its own, and how long it took there and here."""
    started = perf_counter()
    with LambdaEvents() as lambda_events:
        text, elapsed = story(lambda_events), lambda_events.elapsed
    return f"{text}\n\n{elapsed:g} virtual seconds passed in {(perf_counter() - started) * 1000:.0f} real milliseconds."


def main() -> None:
    """Print the timeline. A first telling loads moto's services, which happens once in a test run: the second one counts."""
    visits.logger.setLevel("CRITICAL")
    told()
    print(told())


if __name__ == "__main__":
    main()
