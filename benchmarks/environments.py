"""What an empty test pays for its environment, and what the first test of a process pays."""

from __future__ import annotations

import functools
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from measuring import Row, now, paired, seconds_of
from sides import MOCK_AWS, PAIRS, PROJECT, THIS, Comparison, compared, opened, row_of, variables_of

ENVIRONMENT = "open and close an environment"
ENVIRONMENTS = 20
ROUNDS = 15
SERVICES = {
    "dynamodb": "list_tables",
    "events": "list_rules",
    "iam": "list_roles",
    "kinesis": "list_streams",
    "lambda": "list_functions",
    "logs": "describe_log_groups",
    "s3": "list_buckets",
    "sns": "list_topics",
    "sqs": "list_queues",
}
FIRST = "first environment of a process, imports included"
SOURCE = f"""
import sys, time, pytest
started = time.process_time()
sys.path.insert(0, {str(PROJECT / "benchmarks")!r})
import sides
with sides.opened(sys.argv[1]):
    import boto3
    boto3.client("sqs", region_name="us-east-1")
print(time.process_time() - started)
"""


def measure() -> Iterator[Row]:
    """Yields an environment of many, then the first one. `mock_aws` gets the one client that a test needs at least."""
    yield from compared("environments", [Comparison(ENVIRONMENT, MOCK_AWS, ratio=0.04)])
    yield from _parts()
    yield from _first()


def _environment(side: str) -> float:
    """Returns the seconds of an empty environment, or of `mock_aws` and a new client, in a process that has used services."""
    import boto3

    _use_services(side)

    def run() -> None:
        for _ in range(ENVIRONMENTS):
            with opened(side):
                if side == MOCK_AWS:
                    boto3.client("sqs", region_name="us-east-1")

    return seconds_of(run) / ENVIRONMENTS


@functools.cache
def _use_services(side: str) -> None:
    """Calls the services that tests use most, as the earlier tests of a process do."""
    import boto3

    with opened(side):
        for service, operation in SERVICES.items():
            getattr(boto3.client(service, region_name="us-east-1"), operation)()


def _first() -> Iterator[Row]:
    _first_of(THIS), _first_of(MOCK_AWS)
    pairs = paired(lambda: _first_of(THIS), lambda: _first_of(MOCK_AWS), rounds=PAIRS)
    yield row_of(Comparison(FIRST, MOCK_AWS, ratio=1.22), pairs)


def _first_of(side: str) -> float:
    """Returns the CPU seconds after the import of pytest until the first environment is closed, in a new process."""
    return float(subprocess.check_output([sys.executable, "-c", SOURCE, side], cwd=PROJECT, env=variables_of(PROJECT)))


def _parts() -> Iterator[Row]:
    """What opening and closing each part of an environment takes without the parts inside it, largest first."""
    _use_services(THIS)
    _timed_parts()
    runs = [_timed_parts() for _ in range(ROUNDS)]
    medians = {name: statistics.median(run.get(name, 0.0) for run in runs) for name in runs[-1]}
    for name, seconds in sorted(medians.items(), key=lambda part: -part[1]):
        if seconds >= sum(medians.values()) / 100:
            yield Row(f"of it: {name}", seconds * 1000, "ms")


def _timed_parts() -> dict[str, float]:
    """Everything that an environment opens goes through an `ExitStack`, so timing what is entered there finds all parts."""
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
        with opened(THIS):
            pass
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


MEASUREMENTS = {ENVIRONMENT: _environment}
