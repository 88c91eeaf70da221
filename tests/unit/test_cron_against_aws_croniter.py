"""Generated cron expressions fire as in the package aws-croniter, apart from the forms that it gets wrong (EVB-5F)."""

from __future__ import annotations

import random
from datetime import datetime, timezone
from typing import Any

import pytest

from pytest_lambda_events.sources.push.schedules.cron import Cron

aws_croniter: Any = pytest.importorskip("aws_croniter")

AFTER = datetime(2026, 9, 15, 22, 32, tzinfo=timezone.utc)
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
EACH = 500
FIRINGS = 4


def numbers(chosen: random.Random, lowest: int, highest: int, *, has_steps: bool = True) -> str:
    """A field of numbers: any, one, a list, a range, or steps."""
    first, second = sorted(chosen.sample(range(lowest, highest + 1), 2))
    forms = ["*", str(first), f"{first},{second}", f"{first}-{second}"]
    steps = [f"{first}/{chosen.randint(1, 12)}", f"*/{chosen.randint(1, 12)}"]
    return chosen.choice([*forms, *steps] if has_steps else forms)


def names(chosen: random.Random, all_names: list[str]) -> str:
    """A field of names: one, a list, or a range."""
    first, second = sorted(chosen.sample(range(len(all_names)), 2))
    return chosen.choice(
        ["*", all_names[first], f"{all_names[first]},{all_names[second]}", f"{all_names[first]}-{all_names[second]}"]
    )


def expression(seed: str) -> str:
    chosen = random.Random(seed)
    day_of_month, day_of_week = "?", "?"
    # The package stops its search after ten steps, which is too early for a fifth day of the week.
    if chosen.random() < 0.5:
        last, near = f"L-{chosen.randint(1, 20)}", f"{chosen.randint(1, 28)}W"
        day_of_month = chosen.choice([numbers(chosen, 1, 31), "L", last, near])
    else:
        number = chosen.randint(1, 7)
        day_of_week = chosen.choice([names(chosen, DAYS), f"{number}L", f"{number}#{chosen.randint(1, 4)}"])
    month = chosen.choice([names(chosen, MONTHS), numbers(chosen, 1, 12)])
    year = chosen.choice(["*", "*", numbers(chosen, 2026, 2040, has_steps=False)])
    return f"{numbers(chosen, 0, 59)} {numbers(chosen, 0, 23)} {day_of_month} {month} {day_of_week} {year}"


def ours(text: str) -> list[datetime]:
    cron, found = Cron(text), list[datetime]()
    following = cron.next_after(AFTER.replace(tzinfo=None))
    while following is not None and len(found) < FIRINGS:
        found.append(following.replace(tzinfo=timezone.utc))
        following = cron.next_after(following)
    return found


def theirs(text: str) -> list[datetime]:
    cron, found, at = aws_croniter.AwsCroniter(text), list[datetime](), AFTER
    for _ in range(FIRINGS):
        following = cron.occurrence(at).next()
        if following is None:
            break
        found.append(following)
        at = following
    return found


@pytest.mark.rule("EVB-5F")
@pytest.mark.parametrize("group", range(4))
def test_expressions_fire_as_in_aws_croniter(group: int) -> None:
    texts = [expression(f"{group} {number}") for number in range(EACH)]

    assert {text: ours(text) for text in texts} == {text: theirs(text) for text in texts}
