"""Writes api.md and template-resources.md, and the table of options on pytest.md: `make reference`.

`--check` writes nothing and exits 1 if a page is out of date. What is public is what `pytest_lambda_events.__all__` names.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import itertools
import re
import sys
import textwrap
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from resource_page import resource_page

import pytest_lambda_events
from pytest_lambda_events.config import LambdaEventsConfig
from pytest_lambda_events.plugin.startup import text_of

FOLDER = Path(__file__).resolve().parent
API = FOLDER / "api.md"
PYTEST = FOLDER / "pytest.md"
RESOURCES = FOLDER / "template-resources.md"
OPTIONS = re.compile(r"(?<=<!-- options -->\n).*?(?=<!-- end of options -->)", re.DOTALL)
SECTION = re.compile(r"^(Args|Returns|Raises):\n((?:    .*\n?|\n)+)", re.MULTILINE)
SIGNATURE_WIDTH = 100
INTRODUCTION = """\
# API

<!-- Written by docs/reference/generate.py from the docstrings: change those, and run `make reference`. -->

You can import all names from `pytest_lambda_events`.

Errors:

- [`LambdaEventsError`](#lambdaeventserror): the API is used incorrectly.
- [`NotSimulatedError`](#notsimulatederror), a subclass: AWS has a feature that is not simulated.
- botocore's `ClientError`: AWS refuses the call.

If a handler raises one of the first two, the test fails, even if the handler catches the error.

Types:

- `*_at` is an aware datetime. `*_after_seconds` is a float: virtual seconds since `start_time`, exact to the microsecond.
  You can compare both with `==`.
- `Json` is decoded JSON: lists, numbers, text and mappings.
- `Handler` is a callable with the parameters event and context.
- `NamedValues` is a mapping of names to values, or a sequence of pairs, as the argument `params` of requests and httpx.
- `Instant` is a number of seconds or a timedelta since `start_time`, or an aware datetime.
"""
SECTIONS = {
    "Environment": "The simulated AWS of a test. It creates resources and moves virtual time.",
    "Handles": "A handle shows a resource and changes it. The methods and mappings of `LambdaEvents` return handles.",
    "Results": "Values that describe what happened. Attempts, batches, messages and records do not change later.",
    "Functions": "Functions for assertions.",
    "Errors": "The errors of this library.",
}
SETTINGS = "Keywords that several methods accept. The last value in a text is the default."
INTERNAL = {
    "Entry": ("instant", "subject", "microseconds", "origin", "source", "target", "ids", "invoked_arn"),
    "Journal": ("write", "call_failed", "positions_of_request", "close"),
}
"""Members that have public names but are not for tests."""
_HEADINGS = {
    name
    for name in pytest_lambda_events.__all__
    if getattr(getattr(pytest_lambda_events, name), "__module__", "").startswith("pytest_lambda_events.")
}
"""The public names that have a heading. The introduction describes the aliases."""
HANDLES = (
    "Bucket",
    "EventBus",
    "EventSourceMapping",
    "Function",
    "FunctionUrl",
    "HttpApi",
    "HttpEndpoint",
    "KafkaTopic",
    "LogGroup",
    "Pipe",
    "Queue",
    "RestApi",
    "Rule",
    "Schedule",
    "SchemaRegistry",
    "Stream",
    "StreamConsumer",
    "Table",
    "TargetGroup",
    "Topic",
)


def main() -> int:
    """Writes the pages, or checks whether they are up to date."""
    pages = {API: api_page(), PYTEST: pytest_page(), RESOURCES: resource_page()}
    if "--check" not in sys.argv[1:]:
        for path, text in pages.items():
            path.write_text(text, encoding="utf-8")
        return 0
    stale = [path.name for path, text in pages.items() if path.read_text(encoding="utf-8") != text]
    if stale:
        print(f"Out of date: {', '.join(stale)}. Run `make reference`.", file=sys.stderr)
    return int(bool(stale))


def pytest_page() -> str:
    """Returns the page on fixtures, markers, options and hooks, with a new table of options."""
    rows = [
        f"| `{field.name}` | `{text_of(field.default)}` | {field.metadata['help'].replace('|', '/')} |"
        for field in dataclasses.fields(LambdaEventsConfig)
    ]
    table = "\n".join(["| name | default | |", "| --- | --- | --- |", *rows]) + "\n"
    return OPTIONS.sub(lambda _: table, PYTEST.read_text(encoding="utf-8"))


def api_page() -> str:
    """The whole page."""
    public = {name: getattr(pytest_lambda_events, name) for name in pytest_lambda_events.__all__}
    parts = [INTRODUCTION]
    for section, about in SECTIONS.items():
        names = [name for name, value in public.items() if _section_of(name, value) == section]
        if names:
            parts.append(f"## {section}\n\n{about}\n")
            parts += ["\n".join(_entry(name, public[name])) for name in sorted(names, key=_environment_first)]
    kinds = {kind.__name__: kind for value in public.values() if isinstance(value, type) for kind in _settings_of(value)}
    kinds |= {name: value for name, value in public.items() if typing.is_typeddict(value) and name.endswith("Settings")}
    parts.append(f"## Settings\n\n{SETTINGS}\n")
    parts += ["\n".join(_settings(name, kinds[name])) for name in sorted(kinds)]
    return "\n".join(parts)


def _section_of(name: str, value: Any) -> str:
    if typing.is_typeddict(value):
        return "Settings"
    if name not in _HEADINGS:
        return "Aliases"
    if not isinstance(value, type):
        return "Functions"
    if issubclass(value, BaseException):
        return "Errors"
    if name.startswith("LambdaEvents"):
        return "Environment"
    return "Handles" if name in HANDLES else "Results"


def _environment_first(name: str) -> tuple[bool, str]:
    return (name != "LambdaEvents", name)


def _entry(name: str, value: Any) -> Iterator[str]:
    yield f"### {name}\n"
    if not isinstance(value, type):
        yield _code(f"{name}{_signature(value)}")
        yield _text(value) + "\n"
        return
    yield _text(value) + "\n"
    found = [*_class_variables(value), *_fields(value), *_attributes(value), *_properties(value)]
    rows = [row for row in found if row[0] not in INTERNAL.get(name, ())]
    if rows:
        yield "| | type | |\n| --- | --- | --- |"
        yield from (f"| `{attribute}` | {_linked(annotation)} | {about} |" for attribute, annotation, about in rows)
        yield ""
    for method, function in _methods(name, value):
        yield f"#### {name}.{method}\n"
        yield _code(f"{method}{_signature(function)}")
        yield _text(function) + "\n"
        kind = _settings_kind(function)
        if kind is not None:
            yield f"Its keywords are those of [`{kind.__name__}`](#{kind.__name__.lower()}).\n"


def _settings(name: str, kind: type) -> Iterator[str]:
    """What can be given as `**settings`."""
    texts = _texts_below(kind)
    yield f"### {name}\n"
    yield _text(kind) + "\n"
    yield "| | type | |\n| --- | --- | --- |"
    for key, annotation in kind.__annotations__.items():
        yield f"| `{key}` | {_linked(_plain(annotation))} | {texts.get(key, '')} |"
    yield ""


# ---------------------------------------------------------------------- the members of a class


def _class_variables(kind: type) -> Iterator[tuple[str, str, str]]:
    """Those that differ between the classes of a kind of values, which have a text below them."""
    texts = _texts_below(kind)
    for name, annotation in vars(kind).get("__annotations__", {}).items():
        if name.islower() and name in texts and str(annotation).startswith("ClassVar["):
            yield name, str(annotation).removeprefix("ClassVar[").removesuffix("]"), texts[name]


def _fields(kind: type) -> Iterator[tuple[str, str, str]]:
    """Those of a dataclass, whose texts stand below them in the source or in their metadata."""
    if not dataclasses.is_dataclass(kind):
        return
    for field in dataclasses.fields(kind):
        if field.name.startswith("_"):
            continue
        about = field.metadata.get("help") or _texts_below(kind).get(field.name, "")
        has_default = field.default is not dataclasses.MISSING
        yield field.name, str(field.type), about + (f" Default: `{text_of(field.default)}`" if has_default and about else "")


def _attributes(kind: type) -> Iterator[tuple[str, str, str]]:
    """Those that `__init__` sets, with a text below them."""
    if dataclasses.is_dataclass(kind):
        return
    for owner in reversed(_own(kind)):
        for node in _tree(owner).body:
            if isinstance(node, ast.FunctionDef) and node.name == "__init__":
                given = {one.arg: one.annotation for one in [*node.args.args, *node.args.kwonlyargs]}
                for target, following in itertools.pairwise(node.body):
                    if isinstance(target, ast.AnnAssign) and _is_text(following):
                        yield (
                            ast.unparse(target.target).removeprefix("self."),
                            ast.unparse(target.annotation),
                            _flat(following),
                        )
                    elif isinstance(target, ast.Assign) and _is_text(following):
                        annotation = given.get(ast.unparse(target.value)) or target.value
                        yield ast.unparse(target.targets[0]).removeprefix("self."), ast.unparse(annotation), _flat(following)


def _properties(kind: type) -> Iterator[tuple[str, str, str]]:
    for name, member in _members(kind, lambda member: isinstance(member, property)):
        yield name, str(inspect.signature(member.fget).return_annotation), _one_line(inspect.getdoc(member) or "")


def _members(kind: type, wanted: Any) -> Iterator[tuple[str, Any]]:
    """In the order of the source, those of a base first; nothing of Python's own or of another package."""
    seen: dict[str, Any] = {}
    for owner in reversed(_own(kind)):
        seen |= {name: member for name, member in vars(owner).items() if wanted(member)}
    yield from ((name, member) for name, member in seen.items() if not name.startswith("_"))


def _own(kind: type) -> list[type]:
    return [owner for owner in kind.__mro__ if owner.__module__.startswith("pytest_lambda_events")]


def _methods(name: str, kind: type) -> list[tuple[str, Any]]:
    return [
        (method, function) for method, function in _members(kind, inspect.isfunction) if method not in INTERNAL.get(name, ())
    ]


def _settings_of(kind: type) -> Iterator[type]:
    for _, function in _members(kind, inspect.isfunction):
        found = _settings_kind(function)
        if found is not None:
            yield found


def _settings_kind(function: Any) -> type | None:
    """What stands for a method's `**settings`."""
    for one in inspect.signature(function).parameters.values():
        found = re.fullmatch(r"Unpack\[(\w+)\]", str(one.annotation))
        if found is not None:
            kind: type = getattr(pytest_lambda_events, found[1])
            return kind
    return None


def _plain(annotation: Any) -> str:
    return str(getattr(annotation, "__forward_arg__", annotation))


# ---------------------------------------------------------------------- reading the source


@functools.cache
def _tree(kind: type) -> ast.ClassDef:
    parsed = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(parsed, ast.ClassDef)
    return parsed


def _texts_below(kind: type) -> dict[str, str]:
    """The text below each annotated name of a class, of its bases too."""
    found: dict[str, str] = {}
    owners = _own(kind) or [kind]
    for owner in reversed(owners):
        for target, following in itertools.pairwise(_tree(owner).body):
            if isinstance(target, ast.AnnAssign) and isinstance(target.target, ast.Name) and _is_text(following):
                found[target.target.id] = _flat(following)
    return found


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _flat(node: ast.stmt) -> str:
    return _one_line(ast.literal_eval(ast.unparse(node)))


# ---------------------------------------------------------------------- writing


def _signature(function: Any) -> str:
    """As it is written, without `self`; one parameter a line where it is long."""
    signature = inspect.signature(function)
    parameters = [one for name, one in signature.parameters.items() if name != "self"]
    texts = [str(one.replace(annotation=inspect.Parameter.empty)) for one in parameters]
    written = [
        text if one.annotation is one.empty else _annotated(text, str(one.annotation), one)
        for text, one in zip(texts, parameters, strict=True)
    ]
    keyword_only = [index for index, one in enumerate(parameters) if one.kind is one.KEYWORD_ONLY]
    if keyword_only and not any(one.kind is one.VAR_POSITIONAL for one in parameters):
        written.insert(keyword_only[0], "*")
    returned = "" if signature.return_annotation is signature.empty else f" -> {signature.return_annotation}"
    flat = f"({', '.join(written)}){returned}"
    if len(flat) <= SIGNATURE_WIDTH:
        return flat
    return "(\n" + "".join(f"    {one},\n" for one in written) + f"){returned}"


def _annotated(text: str, annotation: str, parameter: inspect.Parameter) -> str:
    name, equals, default = text.partition("=")
    default = "..." if parameter.default is Ellipsis else default
    return f"{name}: {annotation}" + (f" = {default}" if equals else "")


def _code(text: str) -> str:
    return f"```python\n{text}\n```\n"


def _text(value: Any) -> str:
    """A docstring as Markdown: `Args:` and `Raises:` become lists."""
    return SECTION.sub(_listed, inspect.getdoc(value) or "").rstrip()


def _listed(section: re.Match[str]) -> str:
    items = re.findall(r"^    (\S[^:]*): (.*(?:\n        .*)*)", section[2], re.MULTILINE)
    name = {"Args": "Arguments"}.get(section[1], section[1])
    return f"{name}:\n\n" + "".join(f"- `{one}`: {_one_line(about)}\n" for one, about in items) + "\n"


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "&#124;")


def _linked(annotation: str) -> str:
    """An annotation as code, linked to the first public class that it names."""
    # A bar ends a cell; in code, Markdown dialects disagree on how to write one.
    code = f"`{annotation}`" if "|" not in annotation else f"<code>{annotation.replace('|', '&#124;')}</code>"
    named = next((name for name in re.findall(r"\w+", annotation) if name in _HEADINGS), None)
    return code if named is None else f"[{code}](#{named.lower()})"


if __name__ == "__main__":
    sys.exit(main())
