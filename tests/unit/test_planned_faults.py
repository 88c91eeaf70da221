"""What a planned fault says of itself."""

from __future__ import annotations

import pytest

from pytest_lambda_events import PlannedFault
from pytest_lambda_events.faults.failures import failure_of
from pytest_lambda_events.faults.plans import Plan, Selection
from pytest_lambda_events.faults.splitting import split_sizes


@pytest.mark.parametrize(("qualifier", "name"), [(None, "charge"), ("live", "charge:live")], ids=["function", "alias"])
def test_fault_names_what_it_is_planned_for(qualifier: str | None, name: str) -> None:
    plan = Plan("charge", failure_of("timeout"), Selection(), qualifier=qualifier, text="timeout")
    fault = PlannedFault(plan, lambda: None)

    assert repr(fault) == f"<PlannedFault {name}: timeout, met 0 times>"


@pytest.mark.parametrize(
    ("sizes", "parts"),
    [([], [5]), ([2], [2, 3]), ([1, 2], [1, 2, 2]), ([4], [4, 1]), ([5], [5]), ([6], [5]), ([2, 9], [2, 3])],
    ids=str,
)
def test_a_split_divides_a_batch_into_the_sizes_and_a_rest(sizes: list[int], parts: list[int]) -> None:
    assert split_sizes(5, sizes) == parts
