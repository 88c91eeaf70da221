"""Checks the imports of the package: they point down, and only aws/ knows moto. Reads the source and imports nothing.

ARCHITECTURE.md shows the same tables. Change both.
"""

from __future__ import annotations

import ast
import functools
import graphlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from page_tables import ARCHITECTURE, codes, table

PACKAGE = "pytest_lambda_events"
SOURCE = Path(__file__).resolve().parents[1] / PACKAGE
LONGEST_MODULE = 400
ARE_LONGER: set[str] = set()

LEAVES = {
    "values", "arns", "errors", "arguments", "config", "contexts", "limits", "option_defaults", "patching",
    "process_variables",
}  # fmt: skip
BELOW_SERVICE = {*LEAVES, "faults", "journal", "simulation", "records", "report"}
BELOW_ENVIRONMENT = {*BELOW_SERVICE, "http", "service", "sources", "handles"}
# What each part, a top-level package or module, may import in addition to itself.
MAY_IMPORT = {
    "values": set(),
    "patching": set(),
    "arns": {"values"},
    "limits": set(),
    "errors": set(),
    "contexts": {"errors"},
    "arguments": {"errors", "values"},
    "process_variables": {"arguments", "errors"},
    "option_defaults": set(),
    "config": {"arguments", "errors", "limits", "option_defaults", "process_variables", "values"},
    "http": LEAVES,
    "journal": LEAVES,
    "simulation": {*LEAVES, "journal"},
    "records": {*LEAVES, "journal", "simulation"},
    "report": {*LEAVES, "faults", "journal", "simulation", "records"},
    "faults": {*LEAVES, "simulation", "journal"},
    "service": BELOW_SERVICE,
    "sources": {*BELOW_SERVICE, "http", "service"},
    "handles": {*BELOW_SERVICE, "http", "service", "sources"},
    "templates": {*LEAVES},
    "deployment": {*BELOW_ENVIRONMENT, "templates"},
    "aws": {*BELOW_ENVIRONMENT, "deployment", "templates"},
    "wiring": {*BELOW_ENVIRONMENT, "aws"},
    "opened": set(),
    "opening": {*BELOW_ENVIRONMENT, "aws", "wiring"},
    "fidelity": set(),
    "normalization": {*BELOW_ENVIRONMENT, "aws"},
    "environment": {*BELOW_ENVIRONMENT, "aws", "deployment", "wiring", "opened", "opening"},
    "exploration": {*BELOW_ENVIRONMENT, "environment"},
    "hookspecs": {"environment", "handles"},
    "plugin": {*BELOW_ENVIRONMENT, "deployment", "environment", "exploration", "hookspecs", "opened"},
    "__init__": {*BELOW_ENVIRONMENT, "deployment", "environment", "exploration", "normalization", "templates"},
}
# Libraries that only some parts may import, at any depth of a file.
ONLY_IN = {
    "boto3": {"aws"},
    "botocore": {"aws"},
    "freezegun": {"aws"},
    "jinja2": {"report"},
    "moto": {"aws"},
    "responses": {"aws"},
    "samtranslator": {"templates"},
    "yaml": {"templates"},
    "syrupy": {"records"},
    "_pytest": set(),
    "pytest": {"plugin", "hookspecs", "environment", "handles", "records", "report"},
}
# Loading the plugin in a project that does not use it must stay cheap.
NOT_LOADED_WHEN_UNUSED = {"boto3", "botocore", "moto", "freezegun", "greenlet", "jinja2", "syrupy"}

Sources = Mapping[str, str]


@dataclass(frozen=True)
class Import:
    """One import statement's target, as seen from the importing module.

    `when` is "loaded", "called" for imports inside functions, or "typed" for those under TYPE_CHECKING.
    """

    importer: str
    target: str
    line: int
    when: str

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.target}"


@functools.cache
def our_sources() -> Sources:
    """The text of each module of the package by its dotted name without the package: "aws.time", "" for the package."""
    return {name_of(path.relative_to(SOURCE)): path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py")}


def name_of(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(sources: Sources) -> list[Import]:
    """Every import of every module, also those inside functions and under TYPE_CHECKING."""
    packages = {"", *(above for name in sources for above in packages_above(name))}
    return [
        Import(name, target, node.lineno, when)
        for name, text in sources.items()
        for node, when in statements_of(text)
        for target in targets(node, name if name in packages else name.rpartition(".")[0], sources)
    ]


@functools.cache
def statements_of(text: str) -> tuple[tuple[ast.Import | ast.ImportFrom, str], ...]:
    """The import statements of a module. Each module is parsed once, though many tests read it."""
    return tuple(import_statements(ast.parse(text).body, when="loaded"))


def packages_above(name: str) -> Iterator[str]:
    """The packages that a module lies in: "aws.clock.sdk" lies in "aws.clock" and "aws"."""
    while name := name.rpartition(".")[0]:
        yield name


def import_statements(body: list[ast.stmt], *, when: str) -> Iterator[tuple[ast.Import | ast.ImportFrom, str]]:
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node, when
        elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            yield from import_statements(node.body, when="typed")
            yield from import_statements(node.orelse, when=when)
        else:
            is_function = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            for block in blocks(node):
                yield from import_statements(block, when="called" if is_function and when == "loaded" else when)


def blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        yield getattr(node, name, [])
    for part in (*getattr(node, "handlers", []), *getattr(node, "cases", [])):
        yield part.body


def targets(node: ast.Import | ast.ImportFrom, package: str, sources: Sources) -> Iterator[str]:
    """What a statement imports: our modules as ".simulation.clock" (with a dot before), others by their full name."""
    if isinstance(node, ast.Import):
        yield from (ours_with_a_dot(alias.name) for alias in node.names)
        return
    base = node.module or ""
    if node.level:
        above = package.split(".")[: len(package.split(".")) - node.level + 1] if package else []
        base = ".".join([PACKAGE, *above, *filter(None, [base])])
    for alias in node.names:
        full = ours_with_a_dot(f"{base}.{alias.name}")
        yield full if full.removeprefix(".") in sources else ours_with_a_dot(base)


def ours_with_a_dot(name: str) -> str:
    return "." + name.removeprefix(PACKAGE).removeprefix(".") if name.split(".")[0] == PACKAGE else name


def part_of(name: str) -> str:
    return name.split(".")[0] or "__init__"


def imports_that_point_up(sources: Sources) -> list[str]:
    return [
        str(found)
        for found in imports_of(sources)
        if found.target.startswith(".")
        and part_of(found.importer) != (part := part_of(found.target[1:]))
        and part not in {*MAY_IMPORT.get(part_of(found.importer), set()), "__init__"}
        and not is_in_a_function_of_the_plugin(found)
    ]


def is_in_a_function_of_the_plugin(found: Import) -> bool:
    return part_of(found.importer) == "plugin" and part_of(found.target[1:]) == "aws" and found.when == "called"


def libraries_in_the_wrong_part(sources: Sources) -> list[str]:
    return [
        str(found)
        for found in imports_of(sources)
        if found.when != "typed"
        and part_of(found.importer) not in ONLY_IN.get(found.target.split(".")[0], {part_of(found.importer)})
    ]


def import_cycle(sources: Sources) -> list[str]:
    graph: dict[str, set[str]] = {name: set() for name in sources}
    for found in imports_of(sources):
        if found.when == "loaded" and found.target.startswith(".") and found.target[1:] != found.importer:
            graph[found.importer].add(found.target[1:])
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def known_by(sources: Sources) -> dict[str, set[str]]:
    """The modules of ours that each module imports anywhere, under TYPE_CHECKING too."""
    known: dict[str, set[str]] = {name: set() for name in sources}
    for found in imports_of(sources):
        if found.target.startswith(".") and found.target[1:] in sources and found.target[1:] != found.importer:
            known[found.importer].add(found.target[1:])
    return known


def in_circles(sources: Sources) -> set[str]:
    """The modules that know themselves by way of other modules."""
    known = known_by(sources)
    return {name for name in sources if name in reached_from(known[name], known)}


def reached_from(start: set[str], known: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = list(start)
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            waiting += known[module]
    return reached


def loaded_with(name: str, sources: Sources) -> set[str]:
    """Everything that importing one module loads, ours (with a dot before) and others."""
    imports: dict[str, list[str]] = {}
    for found in imports_of(sources):
        if found.when == "loaded":
            imports.setdefault(f".{found.importer}", []).append(found.target)
    loaded, waiting = set(), [f".{name}", "."]
    while waiting:
        module = waiting.pop()
        if module not in loaded:
            loaded.add(module)
            waiting += imports.get(module, [])
    return loaded


def test_every_part_of_the_package_has_a_row() -> None:
    assert {part_of(name) for name in our_sources()} == set(MAY_IMPORT)


def test_packages_on_the_page_are_those_of_this_file() -> None:
    rows = table(ARCHITECTURE, "packages")

    assert {codes(part)[0]: imports_on_page(cell) for part, _, cell in rows} == MAY_IMPORT


def test_packages_on_the_page_import_only_from_rows_above() -> None:
    parts = [codes(part)[0] for part, *_ in table(ARCHITECTURE, "packages")]

    assert {part: MAY_IMPORT[part] - set(parts[:place]) for place, part in enumerate(parts)} == {part: set() for part in parts}


def test_basics_on_the_page_are_those_of_this_file() -> None:
    [line] = re.findall(r"\"The basics\" are the modules (.*?)\.", ARCHITECTURE.read_text(encoding="utf-8"), re.DOTALL)

    assert set(codes(line)) == LEAVES


def test_libraries_on_the_page_are_those_of_this_file() -> None:
    rows = table(ARCHITECTURE, "libraries")

    assert {library: set(codes(parts)) for libraries, parts in rows for library in codes(libraries)} == ONLY_IN


def imports_on_page(cell: str) -> set[str]:
    return {*codes(cell), *(LEAVES if "the basics" in cell else set())}


def test_imports_point_down() -> None:
    assert imports_that_point_up(our_sources()) == []


def test_libraries_are_imported_only_in_their_parts() -> None:
    assert libraries_in_the_wrong_part(our_sources()) == []


def test_there_is_no_cycle_of_imports() -> None:
    assert import_cycle(our_sources()) == []


def test_no_modules_know_each_other_in_a_circle_even_for_types() -> None:
    assert in_circles(our_sources()) == set()


@pytest.mark.parametrize("entry", ["", "hookspecs", "plugin"], ids=["package", "hookspecs", "plugin"])
def test_an_entry_module_imports_no_large_library(entry: str) -> None:
    libraries = {name.split(".")[0] for name in loaded_with(entry, our_sources())}

    assert libraries & NOT_LOADED_WHEN_UNUSED == set()


SPLIT_ARN = re.compile(r"\w*arn\w*\.r?(?:split|partition)\(\":\"")
MAY_SPLIT_ARNS = {"aws.sqs.settings", "service.control_plane.layers"}
"""They exchange the last part of an ARN, whatever is before it."""


def test_arns_are_read_through_one_value() -> None:
    assert {name for name, text in our_sources().items() if SPLIT_ARN.search(text)} == MAY_SPLIT_ARNS


def test_no_module_is_too_long() -> None:
    lengths = {name: len(text.splitlines()) for name, text in our_sources().items()}

    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE}.keys() == ARE_LONGER


@pytest.mark.parametrize(
    ("importer", "statement"),
    [
        pytest.param("simulation.clock", "from ..service import invoker", id="relative"),
        pytest.param("simulation.clock", "from ..service.invoker import Invoker", id="relative, a name"),
        pytest.param("simulation.clock", "import pytest_lambda_events.service.invoker", id="absolute"),
        pytest.param("simulation.clock", "from pytest_lambda_events.service import invoker", id="absolute, from"),
        pytest.param("simulation.clock", "def f():\n    from ..service import invoker", id="inside a function"),
        pytest.param("limits", "from .simulation import clock", id="from the package's own folder"),
        pytest.param("service.invoker", "from ..sources import sqs", id="sideways"),
        pytest.param("handles.function", "from ..aws import time", id="to aws"),
        pytest.param("plugin", "from .aws import time", id="plugin to aws when loaded"),
        pytest.param("plugin", "try:\n    from .aws import time\nexcept ImportError: ...", id="inside try"),
        pytest.param("handles.function", "if TYPE_CHECKING:\n    from ..aws import time", id="for types only"),
        pytest.param("plugin", "if TYPE_CHECKING:\n    from .aws import time", id="plugin to aws for types only"),
    ],
)
def test_an_import_that_points_up_is_found(importer: str, statement: str) -> None:
    package = dict.fromkeys(["", "limits", "plugin", "simulation.clock", "service.invoker", "sources.sqs", "aws.time"], "")

    assert len(imports_that_point_up({**package, importer: statement})) == 1


@pytest.mark.parametrize(
    ("importer", "statement"),
    [
        pytest.param("service.invoker", "from ..simulation import clock", id="down"),
        pytest.param("service.invoker", "from . import queue", id="the same part"),
        pytest.param("plugin", "def fixture():\n    from .aws import time", id="plugin to aws in a function"),
        pytest.param("simulation.clock", "from .. import __version__", id="the package itself"),
        pytest.param("plugin", "if TYPE_CHECKING:\n    from .environment import LambdaEvents", id="down for types only"),
    ],
)
def test_an_import_that_points_down_is_allowed(importer: str, statement: str) -> None:
    package = dict.fromkeys(["", "plugin", "environment", "simulation.clock", "service.queue", "aws.time"], "")

    assert imports_that_point_up({**package, importer: statement}) == []


@pytest.mark.parametrize(
    ("importer", "statement"),
    [
        pytest.param("service.invoker", "import boto3", id="boto3"),
        pytest.param("environment", "def f():\n    from moto import mock_aws", id="moto in a function"),
        pytest.param("handles.function", "from botocore.exceptions import ClientError", id="a part of botocore"),
        pytest.param("aws.time", "from _pytest.config import Config", id="pytest's private modules"),
        pytest.param("simulation.clock", "import pytest", id="pytest below"),
    ],
)
def test_a_library_in_the_wrong_part_is_found(importer: str, statement: str) -> None:
    assert len(libraries_in_the_wrong_part({importer: statement})) == 1


def test_a_cycle_is_found() -> None:
    package = {"service.a": "from . import b", "service.b": "from .a import thing"}

    assert set(import_cycle(package)) == {"service.a", "service.b"}


def test_a_circle_of_types_is_found() -> None:
    types = "if TYPE_CHECKING:\n    from .a import Thing"
    package = {"aws": "", "aws.a": "from . import b", "aws.b": types, "aws.c": "from .a import thing"}

    assert in_circles(package) == {"aws.a", "aws.b"}


def test_an_import_inside_a_function_makes_no_cycle() -> None:
    package = {"service.a": "from . import b", "service.b": "def f():\n    from .a import thing"}

    assert import_cycle(package) == []


def test_imports_of_an_entry_module_are_followed_through_the_package() -> None:
    package = {"": "", "plugin": "from .report import timeline", "report.timeline": "import greenlet"}

    assert "greenlet" in loaded_with("plugin", package)
