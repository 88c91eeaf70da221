"""Checks that each rule of a finished sheet is tested or listed as not simulated, and writes docs/reference/fidelity.md.

Run `python docs/rules/check.py` in any folder. With `--check` it compares the page instead of writing it. It reads the sheets
in its folder, and the marks `@pytest.mark.rule("ASY-41")` and `@pytest.mark.scenario("ASY A12")` in tests/, examples/ and
docs/. It parses these files and does not import them. The page takes its section on other services from
`pytest_lambda_events/aws/refusals/other_services.py`, and its section on settings from
`pytest_lambda_events/service/control_plane/members.py`. If there are problems, it lists them and exits with 1.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SHEETS = "docs/rules"
ROOT = Path(__file__).resolve().parents[2]
FIDELITY = "docs/reference/fidelity.md"
TEST_FOLDERS = ("tests", "examples", "docs")
MARKS = ("rule", "scenario")
FURTHER_PREFIXES = {"EVB": ("SCH", "PIP")}
"""Prefixes of rules in a sheet whose other rules have another one."""

ID = r"[A-Z]{3}-[0-9A-Z]{2,3}"
TAGS = r"(?:\[[a-z]+\])+"
BULLET = re.compile(rf"- \*\*(?P<id>{ID})\*\* ?(?P<tags>{TAGS})? ?(?P<text>.*)")
ROW = re.compile(rf"\| (?P<bold>\*\*)?(?P<id>{ID})(?:\*\*)? ?(?P<tags>{TAGS})? ?\| (?P<text>.*) \|")
SCENARIO = re.compile(r"\| (?P<id>[A-Z]\d+[a-z]?) \|")
TAGGED_TOGETHER = re.compile(rf"(?P<ids>(?:All|{ID})[^\[;]*)(?P<tags>{TAGS})")

ABBREVIATED = re.compile(r"(?:\be\.g|\bi\.e|\bvs|\bff|\bincl|\.)$")

INTRODUCTION = """\
# Fidelity

This page shows, rule by rule, which behaviour of AWS Lambda the plugin simulates. `docs/rules/check.py` writes it from the
sheets in [docs/rules](../rules/README.md) and from the tests that carry the id of a rule. The sheets contain the full text
and the sources of each rule.

Status:

- **tested**: at least one test fails if the simulation does not follow the rule.
- **not simulated**: the simulation does not follow the rule. The reason describes what happens instead.
- **not yet**: no test checks the rule.

Certainty:

- *recorded*: a recording of real AWS shows the behaviour.
- *doc*: the documentation or the API model of AWS states it.
- *observed*: public reports quote it.
- **inferred**: AWS does not document the behaviour, and no recording shows it. The simulation makes one deterministic choice.
  Real AWS may behave differently, so do not depend on it in a test.
"""

SETTINGS = """\
## Settings of functions

This table shows how the simulation treats each setting of a function. A setting is a member of `CreateFunction`,
`UpdateFunctionConfiguration`, `UpdateFunctionCode` or `PublishVersion`, or a property of `AWS::Lambda::Function`. Settings
that are accepted without effect are returned by `GetFunction`, `ListFunctions` and similar operations. Settings that are
refused raise `NotSimulatedError` when the operation is called. So do members that this version does not know, such as those
of a newer botocore.
"""

OTHER_SERVICES = """\
## Other services

These tables show what other AWS services deliver to functions, queues and topics. Services and operations have the names
of boto3's clients. A delivery that is not simulated raises `NotSimulatedError` when the operation is called or when the stack
is created. The error appears only if the parameters ask for this delivery.
"""


@dataclass(frozen=True)
class Rule:
    """One rule of a sheet: its id, its certainty as the sheet's tags, and its text."""

    id: str
    tags: tuple[str, ...]
    text: str
    line: int


@dataclass(frozen=True)
class Sheet:
    """One sheet: the prefix that its ids share, its title, rules and scenario ids ("ASY A12") in the sheet's order."""

    name: str
    prefix: str
    title: str
    rules: tuple[Rule, ...]
    scenarios: tuple[str, ...]

    @property
    def ids(self) -> list[str]:
        """Returns the ids of all rules and scenarios of this sheet."""
        return [*(rule.id for rule in self.rules), *self.scenarios]


@dataclass
class Marks:
    """The number of tests for each id, the first place of each id, and the problems with marks."""

    tests: Counter[str] = field(default_factory=Counter)
    places: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Status:
    """The sheets, the marks of the tests, the rules listed as not simulated with their reasons, and the finished sheets."""

    sheets: tuple[Sheet, ...]
    marks: Marks
    not_simulated: Mapping[str, str]
    finished: tuple[str, ...]


def read_sheet(path: Path) -> Sheet | None:
    """Returns the rules and scenarios of one sheet, or None if the file defines no rule."""
    lines = path.read_text(encoding="utf-8").splitlines()
    rules = _with_tags_of_the_table(list(_rules(lines)), lines)
    if not rules:
        return None
    prefix = rules[0].id[:3]
    title = re.sub(rf" \({prefix}\)$|: rules$", "", lines[0].removeprefix("# "))
    scenarios = tuple(f"{prefix} {name}" for name in _scenarios(lines))
    return Sheet(path.name, prefix, title, tuple(rules), scenarios)


def _rules(lines: Iterable[str]) -> Iterator[Rule]:
    table_of_rules = False
    for number, line in enumerate(lines, 1):
        if bullet := BULLET.match(line):
            yield Rule(bullet["id"], _tags(bullet["tags"]), bullet["text"], number)
        if not line.startswith("|"):
            table_of_rules = False
        elif line.lower().startswith("| id |"):
            table_of_rules = True
        elif (row := ROW.match(line)) and (table_of_rules or row["bold"]):
            cells = row["text"].split(" | ")
            tags = _tags(row["tags"]) or _tags(cells[-1])
            yield Rule(row["id"], tags, " · ".join(cells if row["tags"] or not tags else cells[:-1]), number)


def _with_tags_of_the_table(rules: list[Rule], lines: list[str]) -> list[Rule]:
    """Adds the certainty from the sentence below a table, such as "All [doc]; FIL-42 [recorded]", to rows without one."""
    completed = []
    for rule in rules:
        tags = list(rule.tags)
        if not tags and lines[rule.line - 1].startswith("|"):
            below = next((line for line in lines[rule.line :] if line and not line.startswith("|")), "")
            for group in TAGGED_TOGETHER.finditer(below):
                if group["ids"].startswith("All") or rule.id in group["ids"]:
                    tags.extend(_tags(group["tags"]))
        completed.append(Rule(rule.id, tuple(tags), rule.text, rule.line))
    return completed


def _scenarios(lines: Iterable[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        if line.startswith("## "):
            inside = line.rstrip() == "## Scenarios"
        elif inside and (row := SCENARIO.match(line)):
            yield row["id"]


def _tags(text: str | None) -> tuple[str, ...]:
    return tuple(re.findall(r"\[([a-z]+)\]", text or ""))


def read_marks(root: Path) -> Marks:
    """Returns the rule and scenario marks of all test files below the root."""
    marks = Marks()
    for folder in TEST_FOLDERS:
        for path in sorted((root / folder).rglob("test_*.py")):
            _read_marks_of(path, path.relative_to(root).as_posix(), marks)
    return marks


def _read_marks_of(path: Path, name: str, marks: Marks) -> None:
    module = ast.parse(path.read_text(encoding="utf-8"), filename=name)
    calls = [node for node in ast.walk(module) if _is_mark(node, MARKS)]
    if not calls:
        return
    read = _TestFile(module)
    for ids in read.tests:
        marks.tests.update(ids)
    for call in calls:
        assert isinstance(call, ast.Call)
        place = f"{name}:{call.lineno}"
        for id_ in _literals(call):
            marks.places.setdefault(id_, place)
        if len(_literals(call)) < len(call.args) or not call.args:
            marks.problems.append(f"{place}: pass one or more literal strings as the ids of a mark")
        if call not in read.used:
            marks.problems.append(f"{place}: this mark is on no test that runs")


class _TestFile:
    """The ids that each test function of one file carries, and the mark calls that reached a test.

    A test carries the marks of its decorators (parameters included), of its classes, of `pytestmark`, and of constants
    of the module that its decorators name. A test that is skipped or expected to fail carries nothing.
    """

    def __init__(self, module: ast.Module) -> None:
        self.tests: list[set[str]] = []
        self.used: set[ast.AST] = set()
        self._constants = dict(_assignments(module.body))
        self._visit(module.body, [])

    def _visit(self, body: list[ast.stmt], around: list[ast.expr]) -> None:
        around = [*around, *(value for name, value in _assignments(body) if name == "pytestmark")]
        for node in body:
            if isinstance(node, ast.ClassDef) and _is_collected(node):
                self._visit(node.body, [*around, *node.decorator_list])
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test"):
                self._test([*around, *node.decorator_list])

    def _test(self, expressions: list[ast.expr]) -> None:
        nodes = list(self._reached(expressions))
        if any(_names_mark(expression, ("skip", "xfail")) for expression in expressions):
            return
        calls = [node for node in nodes if isinstance(node, ast.Call) and _is_mark(node, MARKS)]
        self.used.update(calls)
        self.tests.append({id_ for call in calls for id_ in _literals(call)})

    def _reached(self, expressions: Iterable[ast.expr]) -> Iterator[ast.AST]:
        waiting: list[ast.expr] = list(expressions)
        seen: set[str] = set()
        while waiting:
            for node in ast.walk(waiting.pop()):
                yield node
                if isinstance(node, ast.Name) and node.id in self._constants and node.id not in seen:
                    seen.add(node.id)
                    waiting.append(self._constants[node.id])


def _is_collected(node: ast.ClassDef) -> bool:
    return node.name.startswith("Test") or any("TestCase" in ast.unparse(base) for base in node.bases)


def _assignments(body: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for node in body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            yield node.target.id, node.value


def _is_mark(node: ast.AST, names: tuple[str, ...]) -> bool:
    return isinstance(node, ast.Call) and _names_mark(node, names)


def _names_mark(node: ast.AST, names: tuple[str, ...]) -> bool:
    """Returns whether this node itself is `pytest.mark.NAME` or a call of it."""
    mark = node.func if isinstance(node, ast.Call) else node
    return isinstance(mark, ast.Attribute) and mark.attr in names and ast.unparse(mark.value).endswith("mark")


def _literals(node: ast.AST) -> list[str]:
    arguments = node.args if isinstance(node, ast.Call) else []
    return [item.value for item in arguments if isinstance(item, ast.Constant) and isinstance(item.value, str)]


def read_status(root: Path) -> Status:
    """Reads the sheets, the marks and the lists below the root of the project."""
    folder = root / SHEETS
    order = (folder / "README.md").read_text(encoding="utf-8")
    paths = sorted(folder.glob("*.md"), key=lambda path: (order.find(path.name), path.name))
    return Status(
        sheets=tuple(sheet for sheet in map(read_sheet, paths) if sheet),
        marks=read_marks(root),
        not_simulated=tomllib.loads((folder / "not_simulated.toml").read_text(encoding="utf-8")),
        finished=tuple(tomllib.loads((folder / "finished.toml").read_text(encoding="utf-8"))["finished"]),
    )


def problems(status: Status) -> list[str]:
    """Returns one sentence for each problem."""
    return [
        *_problems_of_the_sheets(status),
        *status.marks.problems,
        *_problems_of_the_list(status),
        *_problems_of_the_tests(status),
    ]


def _problems_of_the_sheets(status: Status) -> Iterator[str]:
    for sheet in status.sheets:
        for id_, count in Counter(sheet.ids).items():
            if count > 1:
                yield f"{sheet.name}: {id_} is defined {count} times"
        for rule in sheet.rules:
            if not rule.id.startswith((sheet.prefix, *FURTHER_PREFIXES.get(sheet.prefix, ()))):
                yield f"{sheet.name}:{rule.line}: {rule.id} does not have the prefix of this sheet ({sheet.prefix})"
            if not rule.tags:
                yield f"{sheet.name}:{rule.line}: {rule.id} has no certainty"
    for prefix, count in Counter(sheet.prefix for sheet in status.sheets).items():
        if count > 1:
            yield f"{count} sheets have the prefix {prefix}"
    for prefix in status.finished:
        if prefix not in {sheet.prefix for sheet in status.sheets}:
            yield f"finished.toml: sheet {prefix} does not exist"


def _problems_of_the_list(status: Status) -> Iterator[str]:
    known = {id_ for sheet in status.sheets for id_ in sheet.ids}
    for id_, reason in status.not_simulated.items():
        if id_ not in known:
            yield f"not_simulated.toml: rule {id_} does not exist"
        if not str(reason).strip():
            yield f"not_simulated.toml: {id_} has no reason"
        if id_ in status.marks.tests:
            yield f"not_simulated.toml: {id_} is listed although it is tested ({status.marks.places[id_]})"


def _problems_of_the_tests(status: Status) -> Iterator[str]:
    known = {id_ for sheet in status.sheets for id_ in sheet.ids}
    for id_, place in status.marks.places.items():
        if id_ not in known:
            yield f"{place}: rule {id_} does not exist"
    for sheet in status.sheets:
        if sheet.prefix in status.finished:
            for id_ in sheet.ids:
                if id_ not in status.marks.tests and id_ not in status.not_simulated:
                    yield f"{sheet.name}: {id_} is neither tested nor listed in not_simulated.toml"


def fidelity(status: Status) -> str:
    """Returns the text of docs/reference/fidelity.md."""
    sections = (_section(sheet, status) for sheet in status.sheets)
    return "\n".join([INTRODUCTION, _overview(status), *sections, SETTINGS, _settings(), OTHER_SERVICES, _other_services()])


def _settings() -> str:
    """Returns the rows of the table in the package, and the other members that are refused."""
    from pytest_lambda_events.service.control_plane.members import MEMBERS, REFUSED, SETTINGS

    lines = ["| setting | what happens | how |", "| --- | --- | --- |"]
    lines += [f"| `{setting.member}` | {setting.treatment.value} | {_cell(setting.text)} |" for setting in SETTINGS]
    lines += ["", "Members of other calls that are refused:", "", "| operation | members |", "| --- | --- |"]
    settings = {setting.member for setting in SETTINGS}
    for operation, members in sorted(MEMBERS.items()):
        refused = [name for name, treatment in members.items() if treatment is REFUSED and name not in settings]
        if refused:
            lines.append(f"| `{operation}` | {', '.join(f'`{name}`' for name in sorted(refused))} |")
    return "\n".join(lines) + "\n"


def _other_services() -> str:
    """Returns the rows of the tables in the package, by service."""
    from pytest_lambda_events.aws.refusals.other_services import DELIVERED, REFUSED, WARNED

    lines = ["### Simulated deliveries", "", "| service | deliveries |", "| --- | --- |"]
    lines += [f"| `{row.service}` | {_cell(row.what)} |" for row in DELIVERED]
    for heading, rows in (("### What is refused", REFUSED), ("### What is accepted with a warning", WARNED)):
        lines += ["", heading, "", "| service | what | operations, resources of stacks | use instead |"]
        lines.append("| --- | --- | --- | --- |")
        for row in sorted(rows, key=lambda one: one.service):
            asked = ", ".join(f"`{name}`" for name in (*row.operations, *row.resources))
            lines.append(f"| `{row.service}` | {_cell(row.what)} | {asked} | {_cell(row.instead)} |")
    return "\n".join(lines) + "\n"


def _overview(status: Status) -> str:
    rows = ["| sheet | ids | rules | tested | not simulated | not yet |", "| --- | --- | ---: | ---: | ---: | ---: |"]
    for sheet in status.sheets:
        tested = sum(rule.id in status.marks.tests for rule in sheet.rules)
        listed = sum(rule.id in status.not_simulated for rule in sheet.rules)
        counts = f"{len(sheet.rules)} | {tested} | {listed} | {len(sheet.rules) - tested - listed}"
        rows.append(f"| [{sheet.title}](#{_anchor(sheet)}) | {sheet.prefix} | {counts} |")
    return "\n".join(rows) + "\n"


def _section(sheet: Sheet, status: Status) -> str:
    lines = [f"## {_heading(sheet)}", "", f"Full text: [{sheet.name}](../rules/{sheet.name}).", ""]
    lines += ["| rule | certainty | status | rule text, shortened |", "| --- | --- | --- | --- |"]
    for rule in sheet.rules:
        certainty = ", ".join(f"**{tag}**" if tag == "inferred" else tag for tag in rule.tags)
        lines.append(f"| {rule.id} | {certainty} | {_status_of(rule.id, status)} | {first_sentence(rule.text)} |")
    tested = [id_ for id_ in sheet.scenarios if id_ in status.marks.tests]
    lines += ["", f"Scenarios tested: {len(tested)} of {len(sheet.scenarios)}."]
    lines += [f"- {id_} is {_status_of(id_, status)}" for id_ in sheet.scenarios if id_ in status.not_simulated]
    return "\n".join(lines) + "\n"


def _heading(sheet: Sheet) -> str:
    return f"{sheet.title} ({sheet.prefix})"


def _anchor(sheet: Sheet) -> str:
    return re.sub(r"[^\w -]", "", _heading(sheet).lower()).replace(" ", "-")


def _status_of(id_: str, status: Status) -> str:
    if count := status.marks.tests[id_]:
        return f"tested by {count} test{'s' if count > 1 else ''}"
    if id_ in status.not_simulated:
        return f"not simulated: {_cell(status.not_simulated[id_])}"
    return "not yet"


def first_sentence(text: str) -> str:
    """Returns the first sentence without sources, for a table cell. A full stop in code or brackets does not end it."""
    text = re.sub(r"\s*\*(?:Src: [^*]*|LS:[^*]*)\*\s*$", "", text)
    depth = 0
    quoted = False
    for position, character in enumerate(text):
        quoted ^= character == "`"
        depth += not quoted and (character in "([") - (character in ")]")
        ends = character == "." and not quoted and depth <= 0
        if ends and re.match(r"\s+[^a-z\s]|\s*$", text[position + 1 :]) and not ABBREVIATED.search(text[:position]):
            return _cell(text[: position + 1])
    return _cell(text)


def _cell(text: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", text.strip())


def main(arguments: list[str] | None = None, *, root: Path = ROOT) -> int:
    """Checks the rules, and writes or compares the page. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help=f"fail if {FIDELITY} is out of date instead of writing it")
    options = parser.parse_args(arguments)
    status = read_status(root)
    found = problems(status)
    page, path = fidelity(status), root / FIDELITY
    if not options.check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    elif not path.exists() or path.read_text(encoding="utf-8") != page:
        found.append(f"{FIDELITY} is out of date; write it with: python docs/rules/check.py")
    if found:
        print(f"{len(found)} problems with the rules:", *found, sep="\n- ", file=sys.stderr)
        return 1
    print(_summary(status))
    return 0


def _summary(status: Status) -> str:
    finished = [sheet for sheet in status.sheets if sheet.prefix in status.finished]
    count = sum(len(sheet.ids) for sheet in finished)
    return f"All {count} rules and scenarios of {', '.join(sheet.prefix for sheet in finished)} are tested or listed."


if __name__ == "__main__":
    sys.exit(main())
