"""Generated event patterns and events: our matcher and a second, plain one give the same answers."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from naive_patterns import matches

from pytest_lambda_events.sources.filtering.exact_json import object_with_spelling
from pytest_lambda_events.sources.push.event_patterns import compiled

PAIRS = 150
KEYS = ("a", "b", "c")
TEXTS = ("", "x", "xy", "Xy", "xyz", "yx", "10.0.0.7", "*")
LEAVES = (*TEXTS, 0, 1, 2, -1, 1.5, 300, True, False, None)


class Generator:
    """Makes patterns and events of few keys and values, so that many pairs match."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def event(self, depth: int = 3) -> dict[str, Any]:
        keys = [key for key in KEYS if self._random.random() < 0.85]
        return {key: self._value(depth - 1) for key in keys}

    def _value(self, depth: int) -> Any:
        chance = self._random.random()
        if depth and chance < 0.25:
            return self.event(depth)
        if depth and chance < 0.55:
            return [self._value(depth - 1) for _ in range(self._random.randrange(4))]
        return self._random.choice(LEAVES)

    def pattern(self, depth: int = 3, keys: tuple[str, ...] = KEYS) -> dict[str, Any]:
        """Returns a pattern. Members of `$or` have other keys than the object around them."""
        chosen = self._random.sample(keys, self._random.randint(1, min(2, len(keys))))
        made: dict[str, Any] = {}
        for key in chosen:
            is_inner = depth > 1 and self._random.random() < 0.3
            made[key] = self.pattern(depth - 1) if is_inner else self._condition()
        free = tuple(key for key in keys if key not in chosen)
        if len(free) > 1 and self._random.random() < 0.3:
            made["$or"] = [self.pattern(1, free[:1]), self.pattern(1, free[1:])]
        return made

    def _condition(self) -> list[Any]:
        return [self._member() for _ in range(self._random.randint(1, 5))]

    def _member(self) -> Any:
        text, number = self._random.choice(TEXTS), self._random.choice((0, 1, 1.5, 300))
        return self._random.choice([
            self._random.choice(LEAVES), self._random.choice(LEAVES), {"exists": True}, {"exists": False}, {"prefix": text},
            {"suffix": text}, {"equals-ignore-case": text}, {"wildcard": self._random.choice(("*", "x*", "*y", "x*z", "x"))},
            {"numeric": [self._random.choice(("=", "<", "<=", ">", ">=")), number]}, {"numeric": [">=", -1, "<", number]},
            {"anything-but": text}, {"anything-but": [text, "x"]}, {"anything-but": number}, {"anything-but": [number, 2]},
            {"anything-but": {"prefix": "x"}}, {"anything-but": {"suffix": ["y", "z"]}}, {"anything-but": {"wildcard": "*y*"}},
            {"anything-but": {"equals-ignore-case": ["XY", "x"]}}, {"prefix": {"equals-ignore-case": text}},
            {"suffix": {"equals-ignore-case": text}}, {"cidr": "10.0.0.0/24"}, {"exactly": text},
        ])  # fmt: skip


def answers(seed: int) -> tuple[list[bool], list[bool]]:
    """Returns the answers of our matcher and of the plain one."""
    generator = Generator(seed)
    pairs = [(generator.pattern(), generator.event()) for _ in range(PAIRS)]
    ours = [compiled(json.dumps(pattern)).matches(_read(event)) for pattern, event in pairs]
    return ours, [matches(pattern, event) for pattern, event in pairs]


def _read(event: dict[str, Any]) -> dict[str, Any]:
    read = object_with_spelling(json.dumps(event))
    assert read is not None
    return read


@pytest.mark.rule("EVB-30", "EVB-31", "FIL-26", "FIL-27")
@pytest.mark.parametrize("seed", range(30))
def test_both_matchers_agree_on_generated_patterns_and_events(seed: int) -> None:
    ours, plain = answers(seed)

    assert ours == plain


def test_many_generated_pairs_match_and_many_do_not() -> None:
    found = [answer for seed in range(30) for answer in answers(seed)[0]]

    assert len(found) == 4_500
    assert 1_000 < sum(found) < 3_500
