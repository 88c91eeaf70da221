"""Prints the timeline of four clicks. One of them has no page."""

from __future__ import annotations

from time import perf_counter

import trending
import visits

from pytest_lambda_events import LambdaEvents


def four_clicks(lambda_events: LambdaEvents) -> str:
    """Sends four clicks, and returns their timeline."""
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
    result = f"In the table: {counted}. In the queue of unreadable clicks: {len(unreadable.messages)}."
    return f"Four clicks, one without a page:\n\n{lambda_events.journal.timeline()}\n\n{result}"


def run() -> str:
    """Runs the example in its own simulated AWS. Returns its text with the virtual and the real time that it took."""
    started = perf_counter()
    with LambdaEvents() as lambda_events:
        text, elapsed = four_clicks(lambda_events), lambda_events.elapsed
    return f"{text}\n\n{elapsed:g} virtual seconds passed in {(perf_counter() - started) * 1000:.0f} real milliseconds."


def main() -> None:
    """Prints the timeline. The first run imports moto's services, so only the second run is timed."""
    visits.logger.setLevel("CRITICAL")
    run()
    print(run())


if __name__ == "__main__":
    main()
