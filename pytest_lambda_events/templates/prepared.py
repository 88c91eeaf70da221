"""Prepares a template for its deployment: parameters, includes, transforms (TPL-15). Equal templates are prepared once."""

from __future__ import annotations

import functools
from collections.abc import Hashable, Mapping
from dataclasses import field
from typing import Any

from ..errors import NotSimulatedError
from ..values import dataclass
from .extensions import extended
from .files import KEPT, Texts
from .includes import Includes, Stored, has_includes, texts_of
from .place import Place
from .sam import TRANSFORM, refuse_missing_transform, translated
from .sections import SECTIONS, check_nulls, section, transforms
from .source import StackSource
from .static_scope import StaticScope
from .template import Template
from .values import EXTENSIONS


@dataclass(frozen=True)
class Prepared:
    """A template whose parameters have values, without transforms. Deployments share it: do not change it.

    Args:
        template: The template.
        code_paths: The local code path of SAM functions and layers, by the logical id in the written template.
        original_ids: The logical id in the written template, for resources to which SAM gives another one.
        notes: What was left out, by logical id.
    """

    template: Template
    code_paths: Mapping[str, str] = field(default_factory=dict)
    original_ids: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Entry:
    """A prepared template, and what it was prepared from: its body, and the texts that it includes, by location."""

    body: Mapping[str, Any]
    texts: Mapping[str, str | None]
    prepared: Prepared


@functools.cache
def _kept() -> dict[Hashable, _Entry]:
    """Returns what a process keeps of templates. It has no state of a test: a body stands for the content of its file."""
    return {}


def prepared(source: StackSource, parameters: Mapping[str, Any], place: Place, stored: Stored) -> Prepared:
    """Returns a template that is ready for its deployment.

    Args:
        source: The template as it is written. Its body must not be changed.
        parameters: The values of its parameters.
        place: Where it is deployed.
        stored: Returns the texts of objects in S3, for includes.

    Raises:
        TemplateError: The template is invalid.
        NotSimulatedError: It uses a macro that is not simulated.
    """
    kept, read = _kept(), texts_of(source.folder, stored)
    values = tuple((name, tuple(value) if isinstance(value, list) else value) for name, value in parameters.items())
    key = (id(source.body), source.folder, values, place)
    found = kept.get(key)
    if found is None or any(read(location) != text for location, text in found.texts.items()):
        while len(kept) >= KEPT:
            del kept[next(iter(kept))]
        found = kept[key] = _prepared(source.body, parameters, place, read)
    return found.prepared


def prepared_once(source: StackSource, parameters: Mapping[str, Any], place: Place, stored: Stored) -> Prepared:
    """Returns a template that is ready for its deployment, and does not keep it for others."""
    return _prepared(source.body, parameters, place, texts_of(source.folder, stored)).prepared


def _prepared(written: Mapping[str, Any], parameters: Mapping[str, Any], place: Place, read: Texts) -> _Entry:
    body = written
    for name in SECTIONS:
        section(body, name)
    check_nulls(body)
    notes: Mapping[str, str] = {}
    texts: dict[str, str | None] = {}

    def recorded(location: str) -> str | None:
        texts[location] = read(location)
        return texts[location]

    if has_includes(body):
        mappings, conditions = section(body, "Mappings"), section(body, "Conditions")
        includes = Includes(StaticScope(place, parameters, mappings, conditions, extends_language=False), recorded)
        body, notes = includes.replaced(body), includes.notes
    names = transforms(body)
    refuse_missing_transform(body)
    code_paths: Mapping[str, str] = {}
    originals: Mapping[str, str] = {}
    for name in names:
        if name == TRANSFORM:
            body, sam = translated(body, parameters, place, recorded)
            code_paths, originals = sam.paths, sam.original_ids(body["Resources"])
        elif name == EXTENSIONS:
            body = extended(body, parameters, place)
        else:
            raise NotSimulatedError(
                f"The template has the transform {name!r}, which is not simulated. Simulated are: {TRANSFORM}, {EXTENSIONS}."
            )
    template = Template(body, parameters, place, extends_language=EXTENSIONS in names)
    return _Entry(written, texts, Prepared(template, code_paths, originals, notes))
