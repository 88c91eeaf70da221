from __future__ import annotations

import pytest

from pytest_lambda_events.service.control_plane.region import AliasVersion
from pytest_lambda_events.service.environments import WarmEnvironment
from pytest_lambda_events.simulation.choices import Chooser, DocumentedChooser, Named, SeededChooser
from pytest_lambda_events.simulation.identifiers import Identifiers

EQUAL = WarmEnvironment("function:work", "")


def weighted(chooser: Chooser, name: str, *weights: float) -> int:
    return chooser.choose(AliasVersion(name, weights), [str(number) for number in range(len(weights))])


def test_documented_weights_are_spread_evenly() -> None:
    chooser = DocumentedChooser()

    answers = [weighted(chooser, "alias", 0.75, 0.25) for _ in range(8)]

    assert answers.count(1) == 2
    assert answers == answers[:4] * 2


@pytest.mark.parametrize("weight", [0.1, 0.2, 0.3, 1 / 3])
def test_documented_weights_hold_over_a_long_run(weight: float) -> None:
    chooser = DocumentedChooser()

    answers = [weighted(chooser, "alias", 1 - weight, weight) for _ in range(3000)]

    assert answers.count(1) == pytest.approx(3000 * weight, abs=1)


def test_documented_questions_are_counted_apart() -> None:
    chooser = DocumentedChooser()

    first = [weighted(chooser, "a", 0.5, 0.5), weighted(chooser, "b", 0.5, 0.5)]

    assert first == [0, 0]


def test_documented_choices_are_the_first() -> None:
    assert DocumentedChooser().choose(EQUAL, "abcde") == 0


def test_shares_of_an_alias_are_still_owed_when_its_weights_change() -> None:
    chooser = DocumentedChooser()
    weighted(chooser, "alias", 0.6, 0.4)

    assert weighted(chooser, "alias", 0.5, 0.5) == 1


def test_alternatives_are_named_when_they_are_read() -> None:
    named: list[int] = []

    def name(index: int) -> str:
        named.append(index)
        return "abc"[index]

    alternatives = Named(3, name)
    DocumentedChooser().choose(EQUAL, alternatives)
    before = list(named)

    assert before == []
    assert list(alternatives) == ["a", "b", "c"]
    assert (alternatives[-1], alternatives[1:]) == ("c", ["b", "c"])


def test_a_seed_gives_the_same_answers_again() -> None:
    answers = [
        [chooser.choose(EQUAL, range(100)) for _ in range(10)]
        for chooser in (SeededChooser(7), SeededChooser(7), SeededChooser(8))
    ]

    assert answers[0] == answers[1]
    assert answers[0] != answers[2]


def test_seeded_weights_are_drawn() -> None:
    chooser = SeededChooser(1)

    answers = [weighted(chooser, "alias", 0.9, 0.1) for _ in range(1000)]

    assert 50 < answers.count(1) < 150


@pytest.mark.rule("ASY-04")
def test_ids_are_lower_case_uuids_that_follow_from_the_seed() -> None:
    first, again, other = (Identifiers(seed).uuid() for seed in (1, 1, 2))

    assert first == again != other
    assert len(first) == 36
    assert first == first.lower()
