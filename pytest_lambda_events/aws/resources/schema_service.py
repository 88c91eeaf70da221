"""Schema registries for handles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...sources.kafka.schemas.registries import SchemaRegistries, is_confluent_url
from ...sources.kafka.schemas.schema import Schema
from ..kafka.glue_registry import glue_backends


class SchemaService:
    """The schema registries of one account and region: those of Glue by their names, those of Confluent by their URLs."""

    def __init__(self, account_id: str, region_name: str, client: Callable[[str], Any], registries: SchemaRegistries) -> None:
        self._account_id = account_id
        self._region_name = region_name
        self._client = client
        self._registries = registries

    def names(self) -> list[str]:
        """Returns the names of the registries of Glue, and the URLs of those of Confluent."""
        return [*glue_backends[self._account_id][self._region_name].registries, *self._registries.confluent]

    def create(self, name: str) -> None:
        """Creates a registry."""
        if is_confluent_url(name):
            self._registries.create(name)
        else:
            self._client("glue").create_registry(RegistryName=name)

    def delete(self, name: str) -> None:
        """Deletes a registry with its schemas."""
        if is_confluent_url(name):
            self._registries.delete(name)
        else:
            self._client("glue").delete_registry(RegistryId={"RegistryName": name})

    def uri(self, name: str) -> str:
        """Returns the `SchemaRegistryURI` of a registry."""
        return name if is_confluent_url(name) else f"arn:aws:glue:{self._region_name}:{self._account_id}:registry/{name}"

    def schemas(self, name: str) -> Sequence[Schema]:
        """Returns all versions of all schemas of a registry."""
        registry = self._registries.find(self.uri(name))
        return () if registry is None else registry.schemas()

    def register(self, name: str, schema_name: str, data_format: str, definition: str) -> Schema:
        """Registers a version of a schema, whose first version creates it."""
        if is_confluent_url(name):
            return self._registries.confluent[name].register(schema_name, data_format, definition)
        glue = self._client("glue")
        if any(schema.name == schema_name for schema in self.schemas(name)):
            place = {"RegistryName": name, "SchemaName": schema_name}
            made = glue.register_schema_version(SchemaId=place, SchemaDefinition=definition)
        else:
            made = glue.create_schema(
                RegistryId={"RegistryName": name}, SchemaName=schema_name, DataFormat=data_format, Compatibility="NONE",
                SchemaDefinition=definition,
            )  # fmt: skip
        return next(schema for schema in self.schemas(name) if schema.schema_id == made["SchemaVersionId"])
