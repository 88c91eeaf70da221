"""What editors, `help()` and a REPL show of the package."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
import typing
from pathlib import Path

import pytest

import pytest_lambda_events
from pytest_lambda_events import LambdaEvents, LambdaEventsConfig, LambdaEventsOptions
from pytest_lambda_events.option_defaults import OPTIONS

API = Path(__file__).parents[1] / "docs" / "reference" / "api.md"
PYTHONS_OWN = {
    "Any", "BaseException", "Callable", "Collection", "Exception", "False", "Iterable", "Iterator", "Literal", "Mapping",
    "ModuleType", "None",
    "PathLike", "Sequence", "True", "Unpack",
}  # fmt: skip


def test_dir_lists_the_public_names_and_nothing_else() -> None:
    assert set(dir(pytest_lambda_events)) == {*pytest_lambda_events.__all__, "__version__"}


def test_a_star_import_loads_every_public_name() -> None:
    loaded: dict[str, object] = {}

    exec("from pytest_lambda_events import *", loaded)

    assert loaded.keys() >= set(pytest_lambda_events.__all__)


def test_a_repl_completes_the_names_before_any_is_loaded() -> None:
    code = "import rlcompleter, pytest_lambda_events as p; print(rlcompleter.Completer({'p': p}).attr_matches('p.LambdaEv'))"

    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert "p.LambdaEvents(" in printed


def test_the_keywords_of_lambda_events_are_typed_as_its_options() -> None:
    wanted = {field.name: field.type for field in dataclasses.fields(LambdaEventsConfig)}
    typed = {name: getattr(kind, "__forward_arg__", kind) for name, kind in LambdaEventsOptions.__annotations__.items()}

    assert [*OPTIONS] == [*wanted]
    assert typed == wanted
    assert LambdaEvents.__init__.__annotations__["options"] == "Unpack[LambdaEventsOptions]"
    assert not typing.get_type_hints(LambdaEventsOptions).keys() ^ wanted.keys()


def annotated_types() -> set[str]:
    """The classes and aliases in the signatures and in the columns of types."""
    page = API.read_text(encoding="utf-8")
    texts = [*re.findall(r"```python\n(.*?)```", page, re.DOTALL), *re.findall(r"^\| `\w+` \| (.*?) \|", page, re.MULTILINE)]
    plain = [re.sub(r"\(#\w+\)|'[^']*'|\"[^\"]*\"", "", text) for text in texts]
    return {name for text in plain for name in re.findall(r"\b[A-Z][a-z]\w+", text)} - PYTHONS_OWN


@pytest.mark.parametrize("name", sorted(annotated_types()))
def test_a_type_that_the_reference_names_can_be_imported(name: str) -> None:
    assert hasattr(pytest_lambda_events, name)


def test_the_reference_names_types() -> None:
    assert annotated_types() >= {"Function", "Handler", "Instant", "Json", "QueueSettings"}
