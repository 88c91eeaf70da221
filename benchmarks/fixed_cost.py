"""What an empty test pays for its environment."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import boto3
from measuring import Row, interleaved, now, seconds_of
from moto import mock_aws

from pytest_lambda_events import LambdaEvents

ROUNDS = 15
LIMIT = 0.3


def measure() -> Iterator[Row]:
    """A environment that is opened and closed, against moto alone with the one client that a test needs at least."""
    _empty_environment()
    _bare_moto()
    ours, bare = interleaved(lambda: seconds_of(_empty_environment), lambda: seconds_of(_bare_moto), rounds=ROUNDS)
    yield Row("fixed cost per test / bare mock_aws with one client", ours / bare, "x", LIMIT)
    yield Row("an empty test with the fixture", ours * 1000, "ms")
    yield Row('mock_aws() and boto3.client("sqs")', bare * 1000, "ms")
    yield from _parts(ours)


def _empty_environment() -> None:
    with LambdaEvents():
        pass


def _bare_moto() -> None:
    with mock_aws():
        boto3.client("sqs", region_name="us-east-1")


def _parts(whole: float) -> Iterator[Row]:
    """What opening and closing each part of a environment takes without the parts inside it, largest first."""
    runs = [_timed_parts() for _ in range(ROUNDS)]
    medians = {name: statistics.median(run.get(name, 0.0) for run in runs) for name in runs[-1]}
    for name, seconds in sorted(medians.items(), key=lambda part: -part[1]):
        if seconds >= whole / 100:
            yield Row(f"of it: {name}", seconds * 1000, "ms")


def _timed_parts() -> dict[str, float]:
    """Everything that a environment opens goes through an `ExitStack`, so timing what is entered there finds all parts."""
    spent: defaultdict[str, float] = defaultdict(float)
    running: list[str] = []
    enter_context = ExitStack.enter_context
    since = now()

    def switch(to: list[str]) -> None:
        nonlocal since
        instant = now()
        spent[running[-1] if running else "the rest"] += instant - since
        since, running[:] = instant, to

    def enter_timed(stack: ExitStack, manager: Any) -> Any:
        return enter_context(stack, _timed(manager, running, switch))

    with mock.patch.object(ExitStack, "enter_context", enter_timed):
        since = now()
        _empty_environment()
        switch([])
    return dict(spent)


@contextmanager
def _timed(manager: Any, running: list[str], switch: Any) -> Iterator[Any]:
    generator = getattr(manager, "gen", None)
    name = getattr(generator, "__qualname__", None) or type(manager).__qualname__
    outside = [*running]
    switch([*running, name])
    entered = manager.__enter__()
    switch(outside)
    error: tuple[Any, Any, Any] = (None, None, None)
    try:
        yield entered
    finally:
        outside = [*running]
        switch([*running, name])
        manager.__exit__(*error)
        switch(outside)
