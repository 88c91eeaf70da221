"""The schema registries of Confluent of one simulated AWS. Those of AWS Glue are in moto."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .schema import Schema, SchemaRegistry


class ConfluentRegistry:
    """A schema registry of Confluent: schemas with numbers from 1 on."""

    is_glue = False

    def __init__(self) -> None:
        self._schemas: dict[str, Schema] = {}

    def schema(self, schema_id: str) -> Schema | None:
        """Returns a schema. None if the registry does not have it."""
        return self._schemas.get(schema_id)

    def schemas(self) -> Sequence[Schema]:
        """Returns all versions of all subjects, in order of registration."""
        return list(self._schemas.values())

    def register(self, subject: str, data_format: str, definition: str) -> Schema:
        """Registers a version of a subject. The same definition of a subject is the same version."""
        for one in self._schemas.values():
            if (one.name, one.data_format, one.definition) == (subject, data_format, definition):
                return one
        schema = Schema(subject, str(len(self._schemas) + 1), data_format, definition)
        self._schemas[schema.schema_id] = schema
        return schema


class SchemaRegistries:
    """Finds schema registries by the `SchemaRegistryURI` of a mapping. `find_glue` finds those of Glue by their ARNs."""

    def __init__(self, find_glue: Callable[[str], SchemaRegistry | None]) -> None:
        self._find_glue = find_glue
        self._confluent: dict[str, ConfluentRegistry] = {}

    @property
    def confluent(self) -> Mapping[str, ConfluentRegistry]:
        """The registries of Confluent by their URLs, in order of creation."""
        return self._confluent

    def create(self, url: str) -> ConfluentRegistry:
        """Creates a registry of Confluent."""
        registry = self._confluent[url] = ConfluentRegistry()
        return registry

    def delete(self, url: str) -> None:
        """Deletes a registry of Confluent with its schemas."""
        del self._confluent[url]

    def find(self, uri: str) -> SchemaRegistry | None:
        """Returns the registry of a URI, if it exists now."""
        return self._find_glue(uri) if is_glue(uri) else self._confluent.get(uri)


def is_confluent_url(name: str) -> bool:
    """Returns whether a name is the URL of a registry of Confluent, and not the name of a registry of Glue."""
    return name.startswith(("https://", "http://"))


def is_glue(uri: str) -> bool:
    """Returns whether a URI is the ARN of a registry of AWS Glue."""
    return uri.startswith("arn:")
