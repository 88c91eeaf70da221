"""The state of durable executions that handlers read in pages, through the API and without the SDK."""

from __future__ import annotations

from typing import Any

import pytest
from durable_protocol import DONE, Session, start, step, update

from pytest_lambda_events import LambdaEvents


@pytest.mark.rule("DUR-5D", "DUR-5E")
def test_state_is_read_in_pages_in_the_order_of_the_starts(lambda_events: LambdaEvents) -> None:
    pages: list[Any] = []

    def script(session: Session) -> Any:
        session.checkpoint(*(step("START", f"s{number}") for number in range(120)))
        pages.append(session.state())
        pages.append(session.state(Marker=pages[0]["NextMarker"]))
        pages.append(session.state(MaxItems=0))
        pages.append(session.state(MaxItems=1000))
        return DONE

    start(lambda_events, script)

    ids = [[one["Id"] for one in page["Operations"]] for page in pages]
    assert [len(page) for page in ids] == [100, 21, 100, 121]
    assert ids[0][1:] + ids[1] == [f"s{number}" for number in range(120)] == ids[3][1:]
    assert [bool(page.get("NextMarker")) for page in pages] == [True, False, True, False]


@pytest.mark.rule("DUR-5D")
def test_children_of_a_completed_context_are_left_out_unless_they_run_again(lambda_events: LambdaEvents) -> None:
    ids: list[Any] = []

    def script(session: Session) -> Any:
        for name, options in (("c", {}), ("d", {"ReplayChildren": True})):
            inner = update("CONTEXT", "START", f"{name}-inner", ParentId=name)
            session.checkpoint(
                update("CONTEXT", "START", name), inner, step("SUCCEED", f"{name}-step", ParentId=f"{name}-inner")
            )
            session.checkpoint(update("CONTEXT", "SUCCEED", f"{name}-inner"))
            ids.append([one["Id"] for one in session.state()["Operations"][1:]])
            session.checkpoint(update("CONTEXT", "SUCCEED", name, ContextOptions=options))
        ids.append([one["Id"] for one in session.state()["Operations"][1:]])
        return DONE

    start(lambda_events, script)

    assert ids == [["c", "c-inner"], ["c", "d", "d-inner"], ["c", "d", "d-inner"]]
