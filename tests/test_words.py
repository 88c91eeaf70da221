"""The check of words in the lint step, on small pages, modules and tests."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).resolve().parents[1]
NOTHING_ALLOWED = "allowed = []"
Project = Callable[..., Path]


@pytest.fixture(scope="module")
def words() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("words", PROJECT / "docs" / "words.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    def write(files: dict[str, str], allowed: str = NOTHING_ALLOWED) -> Path:
        for name, text in {"docs/words_allowed.toml": allowed, **files}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return write


SENTENCES = {
    "of which": "A batch of which a part fails is retried.",
    "is told": "The handler is told the rest.",
    "are told": "Tasks are told that time moves.",
    "what is none": "What is none is rejected.",
    "cannot be": "Values that cannot be are rejected.",
    "so many": "It reads so many records.",
    "all the same": "It is reported all the same.",
    "by hand": "The test takes it away by hand.",
    "besides": "It also counts the others besides.",
    "world": "Each test has its own world.",
    "worlds": "Worlds end with the test.",
    "doors": "Handles and boto3 are two doors.",
    "lives": "It draws the timelines of four lives.",
    "verdict": "The verdict is in the journal.",
    "each try": "Each try is counted.",
    "the tries": "It returns the tries.",
    "says": "The page says how.",
    "at once": "It ends at once.",
    "anew": "It is made anew.",
    "whoever": "Whoever reads it deletes it.",
    "is given up": "The record is given up.",
    "what there is": "It reads what there is.",
    "in the place of": "One mark in the place of many.",
    "for want of": "It stops for want of records.",
    "alike": "Alike marks are collapsed.",
    "stories": "The test tells stories.",
}


@pytest.mark.parametrize("sentence", SENTENCES.values(), ids=SENTENCES)
def test_a_page_with_a_habit_fails(words: ModuleType, project: Project, sentence: str) -> None:
    root = project({"docs/how-to/test-queues.md": f"# Test queues\n\n{sentence}\n"})

    [problem] = words.check(root)

    assert problem.startswith("docs/how-to/test-queues.md:3: ")


def test_every_habit_has_a_sentence_in_these_tests(words: ModuleType, project: Project) -> None:
    root = project({"README.md": "\n".join(SENTENCES.values())})

    problems = words.check(root)

    assert {problem.split(": ", 2)[2].removesuffix(".") for problem in problems} == set(words.HABITS.values())


@pytest.mark.parametrize(
    "text",
    [
        "Lambda tries again after one minute. Each attempt is counted.",
        "The function that failed lives in this account.",
        "The records whose processing failed are retried. The sword is not a word.",
        "The report shows what failed.",
        "`world_size` and `verdicts_of` are names.",
    ],
)
def test_plain_text_passes(words: ModuleType, project: Project, text: str) -> None:
    assert words.check(project({"README.md": text, "CHANGELOG.md": text, "docs/a.md": text})) == []


def test_the_message_shows_the_place_the_words_and_what_to_write_instead(
    words: ModuleType, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    root = project({"CHANGELOG.md": "# Changelog\n\nA second\nverdict.\n"})

    assert words.main(root) == 1
    assert capsys.readouterr().err == (
        "CHANGELOG.md:4: 'verdict': use 'batch result'.\n"
        "1 problems. Reword these texts, or allow a line with its reason in docs/words_allowed.toml.\n"
    )


@pytest.mark.parametrize(
    ("module", "line"),
    [
        pytest.param('"""Reads a queue.\n\nIts verdict counts.\n"""', 3, id="docstring"),
        pytest.param('limit = 3\n"""Messages, of\nwhich some wait."""', 2, id="text below an attribute"),
        pytest.param("limit = 3  # the verdict", 1, id="comment"),
        pytest.param("# A message of\n# which none is left.\nlimit = 3", 1, id="comment over two lines"),
        pytest.param('text = (\n    "A message of "\n    "which none is left"\n)', 2, id="text in two parts"),
        pytest.param('text = f"{1} messages, of which {2} are visible"', 1, id="f-string"),
        pytest.param('text = "First\\nline, then a verdict"', 1, id="text with an escaped newline"),
    ],
)
def test_docstrings_comments_and_messages_of_the_package_are_checked(
    words: ModuleType, project: Project, module: str, line: int
) -> None:
    [problem] = words.check(project({"pytest_lambda_events/sources/queue.py": module}))

    assert problem.startswith(f"pytest_lambda_events/sources/queue.py:{line}: ")


def test_names_and_keys_of_the_package_are_not_checked(words: ModuleType, project: Project) -> None:
    module = 'def verdict(world):\n    return world["verdict"]\n'

    assert words.check(project({"pytest_lambda_events/queue.py": module})) == []


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("tests/test_queue.py", "def test_a_verdict_counts(): ..."),
        ("tests/test_queue.py", "class TestQueue:\n    async def test_a_verdict_counts(self): ..."),
        ("docs/examples/test_queue.py", "class TestVerdict: ..."),
        ("examples/orders/test_verdict.py", ""),
    ],
    ids=["function", "method", "class", "file"],
)
def test_names_of_tests_are_checked(words: ModuleType, project: Project, name: str, module: str) -> None:
    [problem] = words.check(project({name: module}))

    assert problem.startswith(f"{name}:")


def test_comments_are_checked_in_examples_but_not_in_tests(words: ModuleType, project: Project) -> None:
    module = '"""The verdict of one test."""\n# The verdict of another.\n'

    problems = words.check(project({"tests/test_queue.py": module, "docs/examples/test_queue.py": module}))

    assert [problem.partition(": ")[0] for problem in problems] == [
        "docs/examples/test_queue.py:1",
        "docs/examples/test_queue.py:2",
    ]


def test_rule_sheets_are_not_checked(words: ModuleType, project: Project) -> None:
    files = {
        "docs/rules/sqs.md": "A verdict.",
        "docs/reference/fidelity.md": "A verdict.",
        "docs/rules/README.md": "A verdict.",
    }

    [problem] = words.check(project(files))

    assert problem.startswith("docs/rules/README.md:1: ")


def test_an_allowed_line_passes(words: ModuleType, project: Project) -> None:
    allowed = '[[allowed]]\npath = "README.md"\nline = "AWS replies: a verdict."\nreason = "The words of AWS."\n'

    assert words.check(project({"README.md": "  AWS replies: a verdict.\n"}, allowed)) == []


@pytest.mark.parametrize("text", ["Another verdict line.", "AWS replies."], ids=["line is gone", "line needs no permission"])
def test_a_permission_that_nothing_needs_fails(words: ModuleType, project: Project, text: str) -> None:
    allowed = '[[allowed]]\npath = "CHANGELOG.md"\nline = "AWS replies."\nreason = "The words of AWS."\n'

    problems = words.check(project({"CHANGELOG.md": text}, allowed))

    assert "docs/words_allowed.toml: nothing needs this permission: CHANGELOG.md: 'AWS replies.'." in problems


def test_a_permission_needs_a_reason(words: ModuleType, project: Project) -> None:
    allowed = '[[allowed]]\npath = "README.md"\nline = "A verdict."\nreason = ""\n'

    assert words.check(project({"README.md": "A verdict."}, allowed)) == [
        "docs/words_allowed.toml: give a reason for README.md: 'A verdict.'."
    ]
