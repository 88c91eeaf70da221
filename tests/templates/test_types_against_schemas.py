"""Compares the table of types with the schemas of CloudFormation that cfn-lint contains, and with botocore's operations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from pytest_lambda_events.deployment.creators.created_type import CreatedType
from pytest_lambda_events.deployment.input_shapes import member_of
from pytest_lambda_events.deployment.resource_types import SIMULATED, STATE

TYPES: Mapping[str, CreatedType] = {**SIMULATED, **STATE}


@cache
def schemas() -> Path:
    """Returns the folder of the schemas."""
    found = find_spec("cfnlint")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "data" / "schemas"


@cache
def schema_of(type_name: str) -> Mapping[str, Any]:
    """Returns the schema of a type. Skips the test if the installed release has none."""
    files = json.loads((schemas() / "providers" / "us-east-1.json").read_text())
    if type_name not in files:
        pytest.skip(f"this cfn-lint has no schema of {type_name}")
    schema: Mapping[str, Any] = json.loads((schemas() / "resources" / f"{files[type_name]}.json").read_text())
    return schema


@cache
def session() -> botocore.session.Session:
    """Returns a session that reads botocore's models."""
    return botocore.session.get_session()


def read_only(schema: Mapping[str, Any]) -> set[str]:
    """Returns the attributes of a type at its first level."""
    return {path.split("/")[2] for path in schema.get("readOnlyProperties", ())}


COMPARED = "1.58"
"""The release of cfn-lint with which the table was compared. Later ones have properties that nobody decided about yet."""
needs_schemas = pytest.mark.skipif(
    find_spec("cfnlint") is None or not version("cfn-lint").startswith(f"{COMPARED}."),
    reason=f"the schemas of cfn-lint {COMPARED} are not installed",
)


@needs_schemas
@pytest.mark.rule("TPL-F5", "TPL-F8")
@pytest.mark.parametrize("type_name", TYPES)
def test_every_property_is_passed_converted_or_reported(type_name: str) -> None:
    kind, schema = TYPES[type_name], schema_of(type_name)
    shape: Any = session().get_service_model(kind.service).operation_model(kind.operation).input_shape
    handled = {*kind.elsewhere, *kind.not_applied, *kind.refused, *kind.only_elsewhere}

    missing = {
        name for name in schema["properties"] if name not in handled and not member_of(shape, kind.renamed.get(name, name))
    } - read_only(schema)

    assert missing == set()


@needs_schemas
@pytest.mark.rule("TPL-80", "TPL-81")
@pytest.mark.parametrize("type_name", TYPES)
def test_every_attribute_is_given_or_named(type_name: str) -> None:
    kind = TYPES[type_name]

    missing = read_only(schema_of(type_name)) - kind.attributes.keys() - set(kind.no_attribute)

    assert {name for name in missing if not any(known.startswith(f"{name}.") for known in kind.attributes)} == set()


@needs_schemas
@pytest.mark.parametrize("type_name", TYPES)
def test_names_of_properties_in_the_table_exist(type_name: str) -> None:
    kind, schema = TYPES[type_name], schema_of(type_name)
    named = {
        *kind.elsewhere,
        *kind.not_applied,
        *kind.refused,
        *kind.only_elsewhere,
        *kind.renamed,
        *filter(None, [kind.name]),
    }

    assert named - schema["properties"].keys() == set()


UNKNOWN_PARTS = {
    "AWS::DynamoDB::Table": {"GlobalSecondaryIndexes.ContributorInsightsSpecification"},
    "AWS::KinesisFirehose::DeliveryStream": {
        "DatabaseSourceConfiguration.Digest",
        "DatabaseSourceConfiguration.PublicCertificate",
    },
}
"""Parts of properties that the operations do not have. A stack lists them as not applied."""
DEEPEST = 8


@needs_schemas
@pytest.mark.rule("TPL-F8")
@pytest.mark.parametrize("type_name", TYPES)
def test_parts_of_properties_are_members_of_the_operation(type_name: str) -> None:
    kind, schema = TYPES[type_name], schema_of(type_name)
    shape: Any = session().get_service_model(kind.service).operation_model(kind.operation).input_shape
    apart = {*kind.elsewhere, *kind.not_applied, *kind.refused, *kind.only_elsewhere, *read_only(schema)}
    passed = {name: one for name, one in schema["properties"].items() if name not in apart}
    members = {name: member_of(shape, kind.renamed.get(name, name)) for name in passed}

    unknown = {
        part
        for name, member in members.items()
        if member is not None
        for part in unknown_parts(schema, passed[name], shape.members[member], name)
    }

    assert unknown == UNKNOWN_PARTS.get(type_name, set())


def unknown_parts(schema: Mapping[str, Any], written: Mapping[str, Any], shape: Any, where: str) -> Iterator[str]:
    """Yields the parts of a property that have no member in a shape."""
    while "$ref" in written:
        written = resolved_reference(schema, written["$ref"])
    if where.count(".") > DEEPEST:
        return
    if shape.type_name == "list":
        yield from unknown_parts(schema, written.get("items") or {}, shape.member, where)
    elif shape.type_name == "structure":
        for name, part in (written.get("properties") or {}).items():
            member = member_of(shape, name)
            if member is None:
                yield f"{where}.{name}"
            else:
                yield from unknown_parts(schema, part, shape.members[member], f"{where}.{name}")


def resolved_reference(schema: Mapping[str, Any], reference: str) -> Mapping[str, Any]:
    """Returns what `#/definitions/Name` names in a schema."""
    found: Any = schema
    for part in reference.lstrip("#/").split("/"):
        found = found[part]
    named: Mapping[str, Any] = found
    return named
