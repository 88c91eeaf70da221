"""The schema registries of AWS Glue, as event source mappings of Kafka use them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...arns import parse
from ...sources.kafka.schemas.schema import Schema
from ..backends import late_backends

glue_backends = late_backends("glue")


class GlueRegistry:
    """A registry of moto's Glue."""

    is_glue = True

    def __init__(self, registry: Any) -> None:
        self._registry = registry

    def schema(self, schema_id: str) -> Schema | None:
        """Returns a version of a schema by its UUID. None if the registry does not have it."""
        for schema in self._registry.schemas.values():
            version = schema.schema_versions.get(schema_id)
            if version is not None and version.schema_version_status != "DELETING":
                return _shown(schema, version)
        return None

    def schemas(self) -> Sequence[Schema]:
        """Returns all versions of all schemas, in order of creation of the schemas."""
        schemas = self._registry.schemas.values()
        return [_shown(schema, version) for schema in schemas for version in schema.schema_versions.values()]


def find_registry(arn: str) -> GlueRegistry | None:
    """Returns a registry of Glue, if it exists now."""
    place = parse(arn)
    try:
        registries = glue_backends[place.account_id][place.region_name].registries
    except KeyError:
        # There is no such region.
        return None
    found = next((one for one in registries.values() if one.registry_arn == arn), None)
    return None if found is None else GlueRegistry(found)


def _shown(schema: Any, version: Any) -> Schema:
    return Schema(schema.schema_name, version.schema_version_id, schema.data_format, version.schema_definition)
