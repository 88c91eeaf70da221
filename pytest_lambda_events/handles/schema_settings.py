"""The settings of a mapping about its schema registry, as API parameters (KAF-66)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arguments import Kind, is_text, list_kind
from ..errors import LambdaEventsError, hides_frames

__tracebackhide__ = hides_frames

AMAZON, SELF = "AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig"


def _uri_of(registry: object) -> object:
    return registry if isinstance(registry, str) else getattr(registry, "uri", None)


SCHEMA_KINDS: Mapping[str, Kind] = {
    "schema_registry": Kind(
        "a schema registry", lambda value: is_text(_uri_of(value)),
        'lambda_events.schema_registry("https://registry.example.com")', "a handle or a SchemaRegistryURI",
    ).optional(),
    "event_record_format": Kind("a format", is_text, repr("JSON"), "JSON or SOURCE").optional(),
    "schema_validation_configs": list_kind('["VALUE"]', "a list of KEY and VALUE", is_text).optional(),
}  # fmt: skip


def schema_parameters(settings: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the API parameters of the schema registry. `shown` has the configuration of Kafka in its current form.

    Settings that are not passed stay as they are. None removes the registry.

    Raises:
        LambdaEventsError: A setting has a wrong type, the source is not Kafka, or there is no registry.
    """
    given = {name: settings[name] for name in SCHEMA_KINDS if name in settings}
    first, value = next(iter(given.items()))
    for name, one in given.items():
        SCHEMA_KINDS[name].check(name, one)
    member = next((name for name in (AMAZON, SELF) if shown.get(name) is not None), None)
    if member is None:
        raise LambdaEventsError(f"{first}={value!r}: only a topic of Kafka has a schema registry. Leave it out.")
    before = shown[member].get("SchemaRegistryConfig") or {}
    registry = given.get("schema_registry", before.get("SchemaRegistryURI"))
    if registry is None and first == "schema_registry":
        return {member: {"SchemaRegistryConfig": {}}}
    if registry is None:
        raise LambdaEventsError(f"{first} needs schema_registry. Pass both.")
    attributes = given.get("schema_validation_configs")
    configs = before.get("SchemaValidationConfigs", [{"Attribute": "VALUE"}])
    config = {
        **before,
        "SchemaRegistryURI": _uri_of(registry),
        "EventRecordFormat": given.get("event_record_format") or before.get("EventRecordFormat", "JSON"),
        "SchemaValidationConfigs": configs if attributes is None else [{"Attribute": one} for one in attributes],
    }
    return {member: {"SchemaRegistryConfig": config}}
