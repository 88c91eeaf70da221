"""What a function pays for modules of its own, which are loaded for each execution environment."""

from __future__ import annotations

import functools
import importlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from measuring import Row, interleaved, seconds_of

from pytest_lambda_events import LambdaEvents

ROUNDS = 60
MODULES = 20
SOURCE = "".join(f"def function_{number}(value):\n    return value + {number}\n" for number in range(10))
HANDLER = "def handler(event, context): return None\n"


def measure() -> Iterator[Row]:
    """Tests with a callable, with a folder of one module, and with a folder of 20 modules."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        names = [f"module_{number}" for number in range(MODULES - 1)]
        for name in names:
            (root / f"{name}.py").write_text(SOURCE)
        (root / "many.py").write_text(f"import {', '.join(names)}\n{HANDLER}")
        (root / "one").mkdir()
        (root / "one" / "app.py").write_text(HANDLER)
        tests = [
            functools.partial(_test, lambda environment: environment.function(_handler)),
            functools.partial(_test, lambda environment: environment.function("app.handler", code_uri=root / "one")),
            functools.partial(_test, lambda environment: environment.function("many.handler", code_uri=root)),
        ]
        for test in tests:
            test()
        with_callable, with_one = _medians(tests[0], tests[1])
        one, many = _medians(tests[1], tests[2])
        plain = _plain_import(root, [*names, "many"])
    loading = (many - one) * MODULES / (MODULES - 1)
    yield Row("20 modules of a folder, loaded again / imported again by Python", loading / plain, "x", 1.0)
    yield Row("loading them", loading * 1000, "ms")
    yield Row("importing them", plain * 1000, "ms")
    yield Row("a test with a folder of one module, more than with a callable", (with_one - with_callable) * 1000, "ms", 1.0)


def _handler(event: object, context: object) -> None:
    """Does nothing."""


def _test(make: Callable[[LambdaEvents], object]) -> None:
    with LambdaEvents() as environment:
        make(environment).invoke()


def _medians(first: Callable[[], None], second: Callable[[], None]) -> tuple[float, float]:
    return interleaved(lambda: seconds_of(first), lambda: seconds_of(second), rounds=ROUNDS)


def _plain_import(root: Path, names: list[str]) -> float:
    """Seconds for what `importlib.reload` would do to all of them: they have been compiled before."""

    def load() -> None:
        for name in names:
            sys.modules.pop(name, None)
        importlib.import_module("many")

    sys.path.insert(0, str(root))
    try:
        load()
        seconds, _ = interleaved(lambda: seconds_of(load), lambda: 0.0, rounds=ROUNDS)
    finally:
        sys.path.remove(str(root))
        for name in names:
            sys.modules.pop(name, None)
    return seconds
