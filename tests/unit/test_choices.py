from __future__ import annotations

import pytest

from pytest_lambda_events.simulation.choices import DocumentedChooser, SeededChooser
from pytest_lambda_events.simulation.identifiers import Identifiers


def test_documented_weights_are_spread_evenly() -> None:
    chooser = DocumentedChooser()

    answers = [chooser.weighted("alias", [0.75, 0.25]) for _ in range(8)]

    assert answers.count(1) == 2
    assert answers == answers[:4] * 2


@pytest.mark.parametrize("weight", [0.1, 0.2, 0.3, 1 / 3])
def test_documented_weights_hold_over_a_long_run(weight: float) -> None:
    chooser = DocumentedChooser()

    answers = [chooser.weighted("alias", [1 - weight, weight]) for _ in range(3000)]

    assert answers.count(1) == pytest.approx(3000 * weight, abs=1)


def test_documented_questions_are_counted_apart() -> None:
    chooser = DocumentedChooser()

    first = [chooser.weighted("a", [0.5, 0.5]), chooser.weighted("b", [0.5, 0.5])]

    assert first == [0, 0]


def test_documented_choices_are_the_first() -> None:
    assert DocumentedChooser().pick(5) == 0
    assert DocumentedChooser().rank() == 0


def test_a_seed_gives_the_same_answers_again() -> None:
    answers = [[chooser.pick(100) for _ in range(10)] for chooser in (SeededChooser(7), SeededChooser(7), SeededChooser(8))]

    assert answers[0] == answers[1]
    assert answers[0] != answers[2]


def test_seeded_weights_are_drawn() -> None:
    chooser = SeededChooser(1)

    answers = [chooser.weighted("alias", [0.9, 0.1]) for _ in range(1000)]

    assert 50 < answers.count(1) < 150


@pytest.mark.rule("ASY-04")
def test_ids_are_lower_case_uuids_that_follow_from_the_seed() -> None:
    first, again, other = (Identifiers(seed).uuid() for seed in (1, 1, 2))

    assert first == again != other
    assert len(first) == 36
    assert first == first.lower()
