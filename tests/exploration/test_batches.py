"""How an exploration divides batches, and changes the order of their messages."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lambda_events import Exploration, LambdaEvents, explore

ONLY_ORDER: dict[str, Any] = {
    "max_faults": 1, "max_seconds": 600.0, "crash": False, "timeouts": False, "duplicates": False, "throttles": False,
    "lost_acknowledgements": False, "errors": False, "delays": False,
}  # fmt: skip


def explored(source: str, bodies: str) -> tuple[Exploration, list[list[str]]]:
    """An exploration of a function that gets a batch, and the batches of each execution after the second."""
    seen: list[list[str]] = []

    def scenario(env: LambdaEvents) -> None:
        batches: list[str] = []
        seen.append(batches)
        is_stream, is_fifo = source == "stream", source == "fifo"

        def handler(event: Any, context: Any) -> None:
            records = [one["kinesis"]["partitionKey"] if is_stream else one["body"] for one in event["Records"]]
            batches.append("".join(records))

        function = env.function(handler, name="f")
        if is_stream:
            stream = env.stream("work")
            function.add_event_source(stream, starting_position="TRIM_HORIZON")
            for body in bodies:
                stream.put("x", partition_key=body)
        else:
            queue = env.queue("work.fifo" if is_fifo else "work")
            for body in bodies:
                group, deduplication = ("g", body) if is_fifo else (None, None)
                queue.send(body, message_group_id=group, message_deduplication_id=deduplication)
            function.add_event_source(queue)
        env.run_until_idle()

    return explore(scenario, **ONLY_ORDER), seen[2:]


@pytest.mark.parametrize(
    ("source", "bodies", "batches"),
    [
        ("standard", "a", []),
        ("standard", "ab", [["ba"], ["a", "b"]]),
        ("standard", "abc", [["cba"], ["a", "bc"], ["ab", "c"], ["a", "b", "c"]]),
        ("stream", "ab", [["a", "b"]]),
        ("stream", "abc", [["a", "bc"], ["ab", "c"], ["a", "b", "c"]]),
        ("fifo", "abc", []),
    ],
)
def test_batches_are_divided_and_reversed(source: str, bodies: str, batches: list[list[str]]) -> None:
    result, seen = explored(source, bodies)

    assert sorted(seen) == sorted(batches)
    assert result.failures == []
