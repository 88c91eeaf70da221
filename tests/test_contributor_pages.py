"""Checks ARCHITECTURE.md, CONTRIBUTING.md and the glossary against the code."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import boto3
import pytest
from page_tables import ARCHITECTURE, PROJECT, codes, table

from pytest_lambda_events import LambdaEvents

CONTRIBUTING = PROJECT / "CONTRIBUTING.md"
GLOSSARY = PROJECT / "docs" / "reference" / "glossary.md"
PACKAGE = PROJECT / "pytest_lambda_events"
WALKS = ("walk: a message", "walk: an event", "walk: an attempt")
MOST_TERMS = 40
FILE = re.compile(r"[\w./-]+\.(?:py|md|toml|ini)|[\w.-]+(?:/[\w.-]+)*/|\.ci/\w+|Makefile|LICENSE")
PLACEHOLDER = re.compile(r"[A-Z]{4,}")


@dataclass(frozen=True)
class Definition:
    """The place of a function or class: its file, and its first and last line."""

    path: str
    first: int
    last: int


def definition(path: str, name: str) -> Definition:
    """Returns the definition of `name`, such as `Queue.send`, in a file. Fails if it does not exist."""
    found: Any = ast.parse((PACKAGE / path).read_text(encoding="utf-8"))
    for part in name.split("."):
        inside = [node for node in found.body if getattr(node, "name", None) == part]
        assert inside, f"{path} defines no {name}"
        [found] = inside
    first = min([found.lineno, *(decorator.lineno for decorator in found.decorator_list)])
    return Definition(str(PACKAGE / path), first, found.end_lineno)


def steps(title: str) -> list[tuple[str, str]]:
    """Returns file and name of each row of an example in ARCHITECTURE.md."""
    return [(codes(file)[0], codes(name)[0]) for file, name, _ in table(ARCHITECTURE, title)]


def missing_files(page: Path) -> list[str]:
    """Returns the files and folders that a page names and that do not exist, in the package or in the repository."""
    roots = (PACKAGE, PROJECT, page.parent)
    named = [code for code in codes(page.read_text(encoding="utf-8")) if FILE.fullmatch(code) and not PLACEHOLDER.search(code)]
    return [name for name in named if not any((root / name).exists() for root in roots)]


class Calls:
    """Records the calls of functions of the package in this thread, in order."""

    def __init__(self) -> None:
        self.made: list[tuple[str, int]] = []

    def __enter__(self) -> Calls:
        self._before = sys.getprofile()
        sys.setprofile(self._record)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(self._before)

    def _record(self, frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(str(PACKAGE)):
            self.made.append((code.co_filename, code.co_firstlineno))

    def first_not_made(self, wanted: list[tuple[str, str]]) -> tuple[str, str] | None:
        """Returns the first of `wanted` that was not called after the ones before it; None if all were called in order."""
        calls = iter(self.made)
        for path, name in wanted:
            place = definition(path, name)
            if not any(file == place.path and place.first <= line <= place.last for file, line in calls):
                return path, name
        return None


@pytest.mark.parametrize("page", [ARCHITECTURE, CONTRIBUTING, GLOSSARY], ids=lambda page: page.name)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    assert missing_files(page) == []


def test_a_file_that_does_not_exist_is_found(tmp_path: Path) -> None:
    page = tmp_path / "PAGE.md"
    page.write_text("Read `wiring.py`, `service/`, `nowhere.py`, `docs/rules/check.py` and `aws/nothing/`.", encoding="utf-8")

    assert missing_files(page) == ["nowhere.py", "aws/nothing/"]


@pytest.mark.parametrize("title", WALKS)
def test_every_name_in_an_example_is_defined_in_its_file(title: str) -> None:
    assert [definition(path, name) for path, name in steps(title)] != []


def fails(event: Any, context: Any) -> None:
    raise ValueError("card expired")


def sleeps(event: Any, context: Any) -> None:
    import time

    time.sleep(1)


@pytest.mark.lambda_events(fast_calls=True)
def test_message_takes_the_steps_of_the_page(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("orders")
    lambda_events.function(sleeps).add_event_source(queue)

    with Calls() as calls:
        boto3.client("sqs").send_message(QueueUrl=queue.url, MessageBody="order 7")
        lambda_events.run_until_idle()

    assert calls.first_not_made(steps("walk: a message")) is None


@pytest.mark.lambda_events(fast_calls=True)
def test_asynchronous_event_takes_the_steps_of_the_page(lambda_events: LambdaEvents) -> None:
    lambda_events.function(fails, on_failure=lambda_events.queue("failures"))

    with Calls() as calls:
        boto3.client("lambda").invoke(FunctionName="fails", InvocationType="Event", Payload=b"{}")
        lambda_events.run_until_idle()

    assert calls.first_not_made(steps("walk: an event")) is None


def test_attempt_takes_the_steps_of_the_page(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(sleeps)

    with Calls() as calls:
        function.invoke_async({})
        lambda_events.run_until_idle()

    assert calls.first_not_made(steps("walk: an attempt")) is None


def test_a_step_in_the_wrong_order_is_found(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(sleeps)

    with Calls() as calls:
        function.invoke_async({})
        lambda_events.run_until_idle()

    before_its_time = [("service/invocation.py", "Invocation.finish"), ("service/invocation.py", "Invocation.begin")]
    assert calls.first_not_made(before_its_time) == before_its_time[1]


def called(node: ast.expr) -> list[str]:
    """Returns the names of the functions that an expression calls as a context manager: both of a condition."""
    if isinstance(node, ast.IfExp):
        return [*called(node.body), *called(node.orelse)]
    assert isinstance(node, ast.Call)
    return [node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)]


def function_body(path: str, name: str) -> ast.FunctionDef:
    tree = ast.parse((PACKAGE / path).read_text(encoding="utf-8"))
    [found] = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == name]
    return found


def opened_parts() -> Iterator[list[str]]:
    for node in ast.walk(function_body("opening.py", "_parts")):
        if isinstance(node, ast.Yield) and node.value is not None:
            yield called(node.value)


def opened_steps() -> Iterator[list[str]]:
    for node in ast.walk(function_body("aws/simulated_aws.py", "open_simulated_aws")):
        if isinstance(node, ast.Lambda) and isinstance(node.body, ast.Call | ast.IfExp):
            yield called(node.body)


@pytest.mark.parametrize(("title", "in_code"), [("parts", opened_parts), ("steps", opened_steps)])
def test_patches_are_listed_in_the_order_of_the_code(title: str, in_code: Callable[[], Iterator[list[str]]]) -> None:
    on_page = [[name.rpartition(".")[2] for name in codes(part)] for part, _, _ in table(ARCHITECTURE, title)]

    assert on_page == list(in_code())


@pytest.mark.parametrize("title", ["parts", "steps"])
def test_each_part_is_defined_in_its_file(title: str) -> None:
    rows = [(codes(file)[0], name) for part, file, _ in table(ARCHITECTURE, title) for name in codes(part)]

    assert [definition(file, name) for file, name in rows] != []


def test_clock_moves_only_in_the_files_of_the_page() -> None:
    """The driver of the process's clocks follows the virtual clock: `simulation/clock.py` moves it."""
    moves = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if re.search(r"\bclock\.move_to\(", path.read_text(encoding="utf-8"))
    }

    assert sorted(codes(file)[0] for file, _ in table(ARCHITECTURE, "time")) == sorted(moves)


def test_glossary_is_short_and_in_order() -> None:
    terms = [re.sub(r"[*`]", "", term) for term, _ in table(GLOSSARY, "terms")]

    assert terms == sorted(set(terms), key=str.lower)
    assert 0 < len(terms) <= MOST_TERMS


def test_every_target_of_make_on_a_page_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {name for page in (ARCHITECTURE, CONTRIBUTING) for name in re.findall(r"`make ([a-z-]+)", page.read_text("utf-8"))}

    assert named - targets == set()
    assert named
