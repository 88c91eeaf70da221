"""Generated calls have the same results, errors, journals and ids with and without fast calls.

The calls are made from botocore's models: each operation of the simulated services, and the most used ones of others. Half of
the environments make the calls with fast calls first, and the others without.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from random import Random
from typing import Any

import pytest
from both_ways import difference
from compared_calls import Clients, Scenario, Ways
from example_counts import examples
from shop_values import SIMULATED

SCENARIOS = examples(26)
CARELESS_SCENARIOS = 1
CALLS = examples(760)
"""The number of generated calls in each environment."""
LEAST_FAST = 0.9
LEAST_SUCCESSFUL = 0.28


@pytest.fixture(scope="module")
def clients() -> Clients:
    """Clients that all environments share, because they are slow to create."""
    return Clients()


@pytest.fixture(scope="module")
def careless_clients() -> Clients:
    """Clients that send parameters of wrong types too."""
    return Clients(checks=False)


def operations_of(clients: Clients, scenario: int) -> Sequence[tuple[str, str]]:
    """Returns the operations of a scenario. All scenarios together repeat all operations, in a random order."""
    everything = clients.operations()
    first = scenario * CALLS
    rounds = range(first // len(everything), (first + CALLS) // len(everything) + 1)
    shuffled = list(chain.from_iterable(Random(number).sample(everything, len(everything)) for number in rounds))
    start = first - rounds[0] * len(everything)
    return shuffled[start : start + CALLS]


def first_difference(one: Sequence[Any], other: Sequence[Any]) -> tuple[Any, Any] | None:
    """Returns the first two items that differ."""
    return next(((first, second) for first, second in zip(one, other, strict=True) if first != second), None)


def compare(number: int, clients: Clients) -> None:
    """Makes the calls of a scenario in two environments. Most of them take the fast path, and many succeed."""
    ways = Ways()
    scenario = Scenario(clients, ways, seed=number)
    is_fast_first = number % 2 == 0

    seen, calls = scenario.generated(operations_of(clients, number), fast_calls=is_fast_first)
    again = scenario.repeated(calls, fast_calls=not is_fast_first)

    found = first_difference(seen, again)
    assert found is None, f"{found[0]}\n{difference(*found)}"
    assert sum(ways.fast.values()) > LEAST_FAST * sum(ways.made.values()) / 2
    assert sum(ways.successful.values()) / 2 > LEAST_SUCCESSFUL * CALLS


@pytest.mark.parametrize("number", range(SCENARIOS))
def test_generated_calls_are_the_same_with_and_without_fast_calls(number: int, clients: Clients) -> None:
    compare(number, clients)


@pytest.mark.parametrize("number", range(SCENARIOS, SCENARIOS + CARELESS_SCENARIOS))
def test_generated_calls_of_wrong_types_are_the_same_with_and_without_fast_calls(
    number: int, careless_clients: Clients
) -> None:
    compare(number, careless_clients)


def test_scenarios_have_at_least_2000_calls_of_all_operations(clients: Clients) -> None:
    called = Counter(chain.from_iterable(operations_of(clients, number) for number in range(SCENARIOS + CARELESS_SCENARIOS)))

    assert called.total() >= 2_000
    for service in SIMULATED:
        assert {name for called_service, name in called if called_service == service} == set(
            clients.client(service).meta.service_model.operation_names
        )
