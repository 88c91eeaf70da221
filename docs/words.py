"""Fails on expressions that are hard to understand, and names the words to use instead. `make lint` runs it.

It reads:

- pages: docs/**/*.md, examples/**/*.md, and README.md, CHANGELOG.md, ARCHITECTURE.md and CONTRIBUTING.md
- the package: docstrings, comments and texts
- docs/ and examples/: docstrings and comments of modules
- the names of all tests

It reads docs/rules/README.md, but not the rule sheets in this folder and the fidelity page, which is generated from them.

`words_allowed.toml` in the same folder lists lines that may keep an expression, each with its reason. A listed line that does
not exist, or that needs no permission, fails too. If there are problems, it lists them and exits with 1.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = "docs/words_allowed.toml"
PACKAGE = "pytest_lambda_events"
PAGES = ("README.md", "CHANGELOG.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/**/*.md", "examples/**/*.md")
PAGES_FROM_SHEETS = re.compile(r"docs/rules/(?!README\.md)|docs/reference/fidelity\.md")
TEST_FOLDERS = ("tests", "docs", "examples")

_ATTEMPT_BEFORE = r"(?:the|a|an|each|every|first|second|third|last|next|another|no|per|failed|one)"
_TRIES_BEFORE = r"(?:the|of|all|both|no|more|many|few|two|three|four|five|their|its|these|those|\d+)"

HABITS = {
    r"of which": "say it in two sentences, or use 'whose' or 'that'",
    r"(?:is|are|was|were|be|been) told": "use 'receives', 'is notified', or name what is reported",
    r"what is none": "name the thing: 'a value that is not a function'",
    r"cannot be": "use 'is invalid', 'is not possible', or the active voice: 'AWS rejects ...', 'you cannot ...'",
    r"so many": "give the number, or use 'this many' or 'that number of'",
    r"all the same": "use 'still' or 'nevertheless', or 'identical'",
    r"by hand": "use 'manually', or say who does it: 'the test deletes it'",
    r"besides": "use 'also', 'in addition to' or 'apart from'",
    r"worlds?": "use 'simulated AWS' in pages, 'environment' in code",
    r"doors?": "use 'endpoint', 'API' or 'interface'",
    r"(?:the|their|its|our|two|three|four|five|many|of|all) lives": "name it: 'examples', 'runs', 'lifetimes'",
    r"verdicts?": "use 'batch result'",
    rf"{_ATTEMPT_BEFORE} try": "use 'attempt'",
    rf"{_TRIES_BEFORE} tries": "use 'attempts'",
    r"says": "things do not speak: use 'shows', 'states', 'contains', 'reports', or 'according to'",
    r"at once": "use 'immediately', or 'at the same time'",
    r"anew": "use 'again' or 'new'",
    r"whoever": "name the caller, the user or the code",
    r"(?:is|are|was|were|be|been|being) given up": "use 'discarded'",
    r"what there is": "name it: 'the available records', 'what exists'",
    r"in the place of": "use 'instead of' or 'replaces'",
    r"for want of": "use 'because there is no ...' or 'without'",
    r"alike": "use 'similar', 'equal' or 'both'",
    r"stor(?:y|ies)": "use 'example', 'test', 'scenario' or 'journal'",
}
"""Regular expressions (a space is any white space, words are whole words, case does not count), and what to write instead."""

_PATTERNS = {re.compile(rf"\b{habit}\b".replace(" ", r"\s+"), re.IGNORECASE): instead for habit, instead in HABITS.items()}


@dataclass(frozen=True)
class Text:
    """A text to check, and the numbers of its first and last line."""

    first: int
    last: int
    text: str


@dataclass(frozen=True)
class Finding:
    """An expression at a line of a file, that line, and what to write instead."""

    path: str
    number: int
    line: str
    words: str
    instead: str

    def __str__(self) -> str:
        return f"{self.path}:{self.number}: '{self.words}': {self.instead}."


@dataclass(frozen=True)
class Permission:
    """A line of a file that may keep its expression."""

    path: str
    line: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Returns whether the finding is at this line."""
        return self.path == finding.path and self.line.strip() == finding.line.strip()


def main(root: Path = ROOT) -> int:
    """Prints what is wrong. Returns the exit code."""
    problems = check(root)
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(f"{len(problems)} problems. Reword these texts, or allow a line with its reason in {ALLOWED}.", file=sys.stderr)
    return int(bool(problems))


def check(root: Path) -> list[str]:
    """Returns one message for each expression that is not allowed, and for each permission that nothing needs."""
    settings = tomllib.loads((root / ALLOWED).read_text(encoding="utf-8"))
    permissions = [Permission(**entry) for entry in settings.get("allowed", [])]
    findings = [finding for path in _files(root) for finding in _findings(root, path)]
    problems = [str(finding) for finding in findings if not any(permission.covers(finding) for permission in permissions)]
    for permission in permissions:
        if not any(permission.covers(finding) for finding in findings):
            problems.append(f"{ALLOWED}: nothing needs this permission: {permission.path}: {permission.line.strip()!r}.")
        if not permission.reason.strip():
            problems.append(f"{ALLOWED}: give a reason for {permission.path}: {permission.line.strip()!r}.")
    return problems


def _files(root: Path) -> list[Path]:
    pages = {path for pattern in PAGES for path in root.glob(pattern)}
    modules = {path for folder in (PACKAGE, *TEST_FOLDERS) for path in (root / folder).rglob("*.py")}
    tools = {root / "docs/words.py", root / "tests/test_words.py"}
    wanted = (pages | modules) - tools
    return sorted(path for path in wanted if not PAGES_FROM_SHEETS.match(path.relative_to(root).as_posix()))


def _findings(root: Path, path: Path) -> Iterator[Finding]:
    name = path.relative_to(root).as_posix()
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines() or [""]
    for text in [Text(1, len(lines), source)] if path.suffix == ".md" else _texts(name, source):
        for pattern, instead in _PATTERNS.items():
            for match in pattern.finditer(text.text):
                number = _number(text, match, lines)
                yield Finding(name, number, lines[number - 1], " ".join(match[0].split()), instead)


def _number(text: Text, match: re.Match[str], lines: list[str]) -> int:
    """Returns the number of the line of a match. An escaped newline in a string makes no new line in the source."""
    start = match[0].split()[0]
    counted = text.first + text.text.count("\n", 0, match.start())
    possible = [counted, *range(text.first, text.last + 1)]
    return next((number for number in possible if number <= text.last and start in lines[number - 1]), text.first)


def _texts(name: str, source: str) -> Iterator[Text]:
    """Yields what is checked of a module: it depends on the folder."""
    module = ast.parse(source, filename=name)
    if name.startswith(f"{PACKAGE}/"):
        yield from _strings(module)
        yield from _comments(source)
        return
    yield from _test_names(name, module)
    if not name.startswith("tests/"):
        yield from _docstrings(module)
        yield from _comments(source)


def _strings(module: ast.Module) -> Iterator[Text]:
    """Yields docstrings and messages. A string without a space is a name or a key; a value in an f-string becomes `{}`."""
    parts = {id(part) for node in ast.walk(module) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(module):
        if isinstance(node, ast.JoinedStr):
            pieces = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            text = "".join(map(str, pieces))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            text = node.value
        else:
            continue
        if " " in text.strip():
            yield Text(node.lineno, node.end_lineno or node.lineno, text)


def _docstrings(module: ast.Module) -> Iterator[Text]:
    """Yields the strings that are statements: docstrings, and texts below attributes."""
    for node in ast.walk(module):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield Text(node.lineno, node.end_lineno or node.lineno, node.value.value)


def _comments(source: str) -> Iterator[Text]:
    """Yields each block of comments; lines that follow each other are one text."""
    block: list[str] = []
    first = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        if block and token.start[0] != first + len(block):
            yield Text(first, first + len(block) - 1, "\n".join(block))
            block = []
        if not block:
            first = token.start[0]
        block.append(token.string.lstrip("#"))
    if block:
        yield Text(first, first + len(block) - 1, "\n".join(block))


def _test_names(name: str, module: ast.Module) -> Iterator[Text]:
    """Yields the names of tests as sentences; also the name of a file of tests."""
    stem = Path(name).stem
    if stem.startswith("test_"):
        yield Text(1, 1, stem.replace("_", " "))
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield Text(node.lineno, node.lineno, node.name.replace("_", " "))
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield Text(node.lineno, node.lineno, _spaced(node.name))


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)


if __name__ == "__main__":
    sys.exit(main())
