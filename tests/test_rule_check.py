"""The check that ties the tests to the rule sheets, on small sheets and tests made up here."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).resolve().parents[1]
README = "# Rules\n\n| sheet | ids |\n| --- | --- |\n| zebra.md | ZEB |\n| apple.md | APP |\n"
SHEET = """\
# Zebras (ZEB)

- **ZEB-01** [recorded] A zebra has stripes, e.g. `black. White`. It has many. *Src: LS:zoo.*
- **ZEB-02** [doc][recorded] A zebra runs.
- **ZEB-E1** [inferred] A zebra sleeps | dreams.

| id | animal | when |
| --- | --- | --- |
| **ZEB-10** [doc] | foal | at night |

| Id | food | result |
| --- | --- | --- |
| ZEB-11 | grass | eaten |
| ZEB-12 | stone | refused |

All [doc] ZOO; ZEB-12 [recorded].

| topic | source |
| --- | --- |
| ZEB-99 | no definition |

## Scenarios

| # | do |
| --- | --- |
| Z1 | run |
"""
EVERYTHING = ["ZEB-01", "ZEB-02", "ZEB-E1", "ZEB-10", "ZEB-11", "ZEB-12"]
Project = Callable[..., Path]


@pytest.fixture(scope="module")
def check() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("rule_check", PROJECT / "docs" / "rules" / "check.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    def write(*, tests: str = "", listed: str = "", finished: str = "[]", sheets: Mapping[str, str] | None = None) -> Path:
        files = {
            "docs/rules/README.md": README,
            "docs/rules/not_simulated.toml": listed,
            "docs/rules/finished.toml": f"finished = {finished}",
            "tests/test_zebra.py": tests,
            **{f"docs/rules/{name}": text for name, text in (sheets or {"zebra.md": SHEET}).items()},
        }
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return write


def marked(*ids: str, scenario: str = "ZEB Z1") -> str:
    return f"@pytest.mark.scenario({scenario!r})\n@pytest.mark.rule({', '.join(map(repr, ids))})\ndef test_it(): ...\n"


def test_rules_are_found_in_lists_and_in_tables(check: ModuleType, project: Project) -> None:
    root = project()

    [sheet] = check.read_status(root).sheets

    assert (sheet.prefix, sheet.title) == ("ZEB", "Zebras")
    assert {rule.id: rule.tags for rule in sheet.rules} == {
        "ZEB-01": ("recorded",),
        "ZEB-02": ("doc", "recorded"),
        "ZEB-E1": ("inferred",),
        "ZEB-10": ("doc",),
        "ZEB-11": ("doc",),
        "ZEB-12": ("doc", "recorded"),
    }
    assert sheet.scenarios == ("ZEB Z1",)


@pytest.mark.parametrize(
    "tests",
    [
        pytest.param('@pytest.mark.rule("ZEB-01")\ndef test_it(): ...', id="decorator"),
        pytest.param('@pytest.mark.rule("ZEB-01")\nasync def test_it(): ...', id="async"),
        pytest.param('@mark.rule("ZEB-01")\ndef test_it(): ...', id="mark imported by name"),
        pytest.param('pytestmark = pytest.mark.rule("ZEB-01")\ndef test_it(): ...', id="module"),
        pytest.param('pytestmark = [pytest.mark.rule("ZEB-01")]\ndef test_it(): ...', id="module, list"),
        pytest.param('@pytest.mark.rule("ZEB-01")\nclass TestIt:\n    def test_it(self): ...', id="class"),
        pytest.param('class It(TestCase):\n    @pytest.mark.rule("ZEB-01")\n    def test_it(self): ...', id="unittest"),
        pytest.param(
            '@pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.rule("ZEB-01"))])\ndef test_it(n): ...',
            id="parameter",
        ),
        pytest.param(
            'CASES = [pytest.param(1, marks=pytest.mark.rule("ZEB-01"))]\n'
            '@pytest.mark.parametrize("n", CASES)\ndef test_it(n): ...',
            id="parameter in a constant",
        ),
    ],
)
def test_a_mark_counts_wherever_pytest_would_see_it(check: ModuleType, project: Project, tests: str) -> None:
    root = project(tests=tests)

    marks = check.read_marks(root)

    assert marks.tests == {"ZEB-01": 1}
    assert marks.problems == []


def test_every_test_under_a_mark_is_counted(check: ModuleType, project: Project) -> None:
    one = '@pytest.mark.rule("ZEB-01")\ndef test_one(): ...\n'
    two = '@pytest.mark.rule("ZEB-01")\nclass TestTwo:\n    def test_a(self): ...\n    def test_b(self): ...\n'

    marks = check.read_marks(project(tests=one + two))

    assert marks.tests == {"ZEB-01": 3}


@pytest.mark.parametrize(
    ("tests", "problem"),
    [
        pytest.param('@pytest.mark.rule("ZEB-01")\ndef helper(): ...', "on no test that runs", id="no test"),
        pytest.param(
            '@pytest.mark.skip\n@pytest.mark.rule("ZEB-01")\ndef test_it(): ...', "on no test that runs", id="skipped"
        ),
        pytest.param(
            '@pytest.mark.xfail()\n@pytest.mark.rule("ZEB-01")\ndef test_it(): ...',
            "on no test that runs",
            id="expected failure",
        ),
        pytest.param("@pytest.mark.rule(SOME)\ndef test_it(): ...", "literal strings", id="no literal"),
        pytest.param("@pytest.mark.rule()\ndef test_it(): ...", "literal strings", id="empty"),
    ],
)
def test_a_mark_that_proves_nothing_is_named(check: ModuleType, project: Project, tests: str, problem: str) -> None:
    root = project(tests=tests)

    [found] = check.problems(check.read_status(root))

    assert problem in found
    assert found.startswith("tests/test_zebra.py:")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param(
            {"tests": marked(*EVERYTHING[1:])},
            "zebra.md: ZEB-01 is neither tested nor listed in not_simulated.toml",
            id="untested rule",
        ),
        pytest.param(
            {"tests": '@pytest.mark.rule("ZEB-01")\ndef test_it(): ...'.replace('"ZEB-01"', str(EVERYTHING)[1:-1])},
            "zebra.md: ZEB Z1 is neither tested nor listed in not_simulated.toml",
            id="untested scenario",
        ),
        pytest.param(
            {"listed": 'ZEB-01 = "a reason"'},
            "not_simulated.toml: ZEB-01 is listed although it is tested (tests/test_zebra.py:2)",
            id="tested and listed",
        ),
        pytest.param(
            {"listed": 'ZEB-77 = "a reason"'}, "not_simulated.toml: rule ZEB-77 does not exist", id="unknown in list"
        ),
        pytest.param(
            {"tests": marked(*EVERYTHING, "ZEB-99")}, "tests/test_zebra.py:2: rule ZEB-99 does not exist", id="unknown in test"
        ),
        pytest.param({"finished": '["ZEB", "CAT"]'}, "finished.toml: sheet CAT does not exist", id="unknown sheet"),
        pytest.param(
            {"sheets": {"zebra.md": SHEET + "\n- **ZEB-01** [doc] Again.\n"}},
            "zebra.md: ZEB-01 is defined 2 times",
            id="defined twice",
        ),
        pytest.param(
            {"sheets": {"zebra.md": SHEET.replace("[inferred] ", "")}},
            "zebra.md:5: ZEB-E1 has no certainty",
            id="no certainty",
        ),
        pytest.param(
            {"tests": marked(*EVERYTHING[1:]), "listed": 'ZEB-01 = " "'},
            "not_simulated.toml: ZEB-01 has no reason",
            id="no reason",
        ),
    ],
)
def test_the_error_names_what_is_wrong(check: ModuleType, project: Project, changes: dict[str, object], problem: str) -> None:
    root = project(**{"tests": marked(*EVERYTHING), "finished": '["ZEB"]', **changes})

    found = check.problems(check.read_status(root))

    assert found == [problem]


def test_a_sheet_that_is_not_finished_may_have_untested_rules(check: ModuleType, project: Project) -> None:
    root = project(tests=marked("ZEB-01"), finished="[]")

    assert check.problems(check.read_status(root)) == []


def test_the_page_shows_certainty_and_status_of_each_rule(check: ModuleType, project: Project) -> None:
    root = project(tests=marked("ZEB-01"), listed='ZEB-02 = "Zebras stand still."\n"ZEB Z1" = "No room to run."')

    page = check.fidelity(check.read_status(root))

    assert "| [Zebras](#zebras-zeb) | ZEB | 6 | 1 | 1 | 4 |" in page
    assert "| ZEB-01 | recorded | tested by 1 test | A zebra has stripes, e.g. `black. White`. |" in page
    assert "| ZEB-02 | doc, recorded | not simulated: Zebras stand still. | A zebra runs. |" in page
    assert "| ZEB-E1 | **inferred** | not yet | A zebra sleeps \\| dreams. |" in page
    assert "| ZEB-10 | doc | not yet | foal · at night |" in page


def test_sheets_stand_in_the_order_of_the_readme(check: ModuleType, project: Project) -> None:
    apples = "# Apples (APP)\n\n- **APP-01** [doc] An apple falls.\n"

    root = project(sheets={"apple.md": apples, "zebra.md": SHEET})

    assert [sheet.prefix for sheet in check.read_status(root).sheets] == ["ZEB", "APP"]


def test_a_page_that_was_written_is_up_to_date(check: ModuleType, project: Project) -> None:
    root = project(tests=marked(*EVERYTHING), finished='["ZEB"]')

    assert check.main([], root=root) == 0
    assert check.main(["--check"], root=root) == 0


def test_a_page_that_is_out_of_date_fails_and_stays(
    check: ModuleType, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    root = project(tests=marked(*EVERYTHING), finished='["ZEB"]')
    page = root / "docs/reference/fidelity.md"
    page.parent.mkdir()
    page.write_text("old", encoding="utf-8")

    code = check.main(["--check"], root=root)

    assert code == 1
    assert "fidelity.md is out of date" in capsys.readouterr().err
    assert page.read_text(encoding="utf-8") == "old"


def test_a_problem_is_an_exit_code_and_a_list(check: ModuleType, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    root = project(finished='["ZEB"]')

    code = check.main([], root=root)

    assert code == 1
    assert capsys.readouterr().err.count("is neither tested nor listed") == 7


def test_our_own_sheets_define_every_rule_once_and_with_its_certainty(check: ModuleType) -> None:
    sheets = [check.read_sheet(path) for path in sorted((PROJECT / "docs" / "rules").glob("*.md"))]
    rules = [rule for sheet in sheets if sheet for rule in sheet.rules]

    assert len(rules) > 700
    assert len({rule.id for rule in rules}) == len(rules)
    assert [rule.id for rule in rules if not rule.tags] == []
