"""`CreateEventSourceMapping` and the other operations on event source mappings (ESM)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ... import limits
from ...service.api_response import ApiResponse, Operation, Parameters, page
from ...service.control_plane import function_names
from ...service.control_plane.dependencies import Dependencies
from ...service.control_plane.outcome_targets import check_delivery
from ...service.control_plane.region import Region
from ...service.control_plane.tags import check_count
from ...service.errors import ServiceError, conflict, invalid_parameter, not_found
from ...service.model import Target
from ..kafka.arns import destination_topic, is_same_topic
from ..mapping import EventSourceMapping, KafkaSource, Settings, StartingPosition, service_of
from ..ports import FindQueue, FindStream, Keys
from ..registry import PollerRegistry
from . import answers, kafka, positions, validation
from .access import Access
from .lifecycle import Lifecycle, MappingRecord
from .records import MappingRecords

_KMS_FAILURES = {
    "DisabledException": "key is disabled. Please check your KMS key settings",
    "NotFoundException": "key was not found. Please check your KMS key settings",
    "KMSInvalidStateException": "key is in an invalid state. Please check your KMS key settings",
}


class EventSourceMappings:
    """The operations on the event source mappings of one region. Calls that are refused change nothing (ESM-2D).

    `stream_finders` are by service, `kinesis` and `dynamodb`. A service without one is refused by name.
    `has_cluster` is whether a cluster of Amazon MSK exists. `find_schema_registry` finds a registry by its URI.
    `has_unique_groups` is whether a consumer group of Kafka has at most one mapping.
    """

    def __init__(
        self,
        region: Region,
        dependencies: Dependencies,
        pollers: PollerRegistry,
        keys: Keys,
        *,
        find_queue: FindQueue,
        stream_finders: Mapping[str, FindStream],
        has_cluster: Callable[[str], bool],
        find_schema_registry: Callable[[str], object | None],
        transition_seconds: float,
        update_delay_seconds: float,
        has_unique_groups: bool,
    ) -> None:
        self._region = region
        self._dependencies = dependencies
        self._stream_finders = stream_finders
        self._access = Access(region, dependencies.authority, find_queue, stream_finders, has_cluster, find_schema_registry)
        self._keys = keys
        self._has_unique_groups = has_unique_groups
        self._lifecycle = Lifecycle(dependencies.scheduler, pollers, transition_seconds, update_delay_seconds)
        self._records = MappingRecords()

    @property
    def operations(self) -> Mapping[str, Operation]:
        """Returns the operations by their names in the API."""
        return {
            "CreateEventSourceMapping": self.create_event_source_mapping,
            "UpdateEventSourceMapping": self.update_event_source_mapping,
            "GetEventSourceMapping": self.get_event_source_mapping,
            "ListEventSourceMappings": self.list_event_source_mappings,
            "DeleteEventSourceMapping": self.delete_event_source_mapping,
        }

    @property
    def by_uuid(self) -> Mapping[str, EventSourceMapping]:
        """Returns the existing mappings by UUID, in order of creation."""
        return self._records.mappings

    def shown_of(self, function_name: str) -> list[dict[str, Any]]:
        """Returns the mappings of a function and of its versions and aliases, as lists show them."""
        return [self._listed(record) for record in self._records.of_function(function_name)]

    def create_event_source_mapping(self, parameters: Parameters) -> ApiResponse:
        """Returns 202. The source is polled when the mapping is Enabled. The checks are in the order of ESM-2A."""
        source_arn, topic = self._source_of(parameters)
        validation.check_kind(parameters, source_arn)
        # The position is checked after the access to a cluster of Kafka, and before that to other sources.
        position = None if topic is not None else positions.checked(parameters, source_arn, self._now())
        function_arn = self._arn_of(parameters["FunctionName"])
        target = self._target(function_arn)
        self._access.check(source_arn, target)
        is_queue = topic is not None and topic.is_queue
        if topic is not None and not is_queue:
            position = positions.checked(parameters, source_arn, self._now())
        before = validation.defaults(function_arn, source_arn, is_queue=is_queue)
        settings = self._changed(before, source_arn, topic, parameters)
        self._access.check_registry(settings, target)
        self._check_destination(settings, target, parameters)
        self._check_encryption(None, settings, parameters)
        self._check_unique(source_arn, function_arn)
        self._check_group(topic)
        self._check_poller_group(settings)
        check_count(parameters.get("Tags") or {})
        record = self._made(source_arn, settings, position, parameters, topic)
        return self._answer(record, self._lifecycle.create(record))

    def update_event_source_mapping(self, parameters: Parameters) -> ApiResponse:
        """Returns 202. Settings that the call leaves out stay, and the response already has the new values (ESM-52, 71,
        72).
        """
        record = self._found(parameters)
        self._check_settled(record, "update")
        before, source_arn = record.mapping.settings, record.mapping.event_source_arn
        if record.mapping.kafka is None:
            kafka.refuse_members("UpdateEventSourceMapping", parameters)
        validation.check_kind(parameters, source_arn)
        given = parameters.get("FunctionName")
        function_arn = before.function_arn if given is None else self._arn_of(given)
        target = self._target(function_arn)
        if given is not None:
            self._access.check(source_arn, target)
        settings = self._changed(replace(before, function_arn=function_arn), source_arn, record.mapping.kafka, parameters)
        if settings.schemas != before.schemas or given is not None:
            self._access.check_registry(settings, target)
        self._check_destination(settings, target, parameters)
        self._check_encryption(before, settings, parameters)
        self._check_unique(source_arn, function_arn, but=record)
        self._check_poller_group(settings, but=record)
        if record.mapping.kafka is not None and parameters.get("SourceAccessConfigurations"):
            access = tuple(parameters["SourceAccessConfigurations"])
            record.mapping.kafka = replace(record.mapping.kafka, access=access)
        record.last_modified = self._now()
        state = self._lifecycle.update(record, settings)
        self._records.change_function(record, before.function_arn)
        return self._answer(record, state)

    def get_event_source_mapping(self, parameters: Parameters) -> ApiResponse:
        """Returns 200 with the current state."""
        record = self._found(parameters)
        return ApiResponse(200, self._read(record, record.state))

    def list_event_source_mappings(self, parameters: Parameters) -> ApiResponse:
        """Returns the mappings of a source and of exactly one function reference, if the call names them (ESM-59)."""
        name = parameters.get("FunctionName")
        found = self._records.of(parameters.get("EventSourceArn"), None if name is None else self._arn_anywhere(name))
        return page(found, parameters, "EventSourceMappings", limits.MAPPINGS_PAGE_SIZE, shown=self._listed)

    def delete_event_source_mapping(self, parameters: Parameters) -> ApiResponse:
        """Returns 202 with the whole configuration (ESM-53)."""
        record = self._found(parameters)
        self._check_settled(record, "delete")
        state = self._lifecycle.delete(record, lambda: self._forget(record))
        return ApiResponse(202, self._read(record, state))

    def _made(
        self, source_arn: str, settings: Settings, position: StartingPosition | None, parameters: Parameters,
        topic: KafkaSource | None,
    ) -> MappingRecord:  # fmt: skip
        uuid = self._dependencies.identifiers.uuid()
        arn = f"arn:aws:lambda:{self._region.name}:{self._region.account_id}:event-source-mapping:{uuid}"
        tags = dict(parameters.get("Tags") or {})
        mapping = EventSourceMapping(
            uuid, arn, source_arn, settings, in_force=settings, tags=tags, starting_position=position,
            kafka=None if topic is None else replace(topic, group_id=topic.group_id or uuid),
        )  # fmt: skip
        record = MappingRecord(mapping, self._now())
        self._records.add(record)
        self._region.mapping_tags[arn] = tags
        return record

    def _changed(self, before: Settings, source_arn: str, topic: KafkaSource | None, parameters: Parameters) -> Settings:
        """Returns the settings with the changes of a call, after their checks."""
        settings = validation.changed(before, parameters, is_kafka=topic is not None)
        if topic is not None:
            settings = kafka.with_schemas(settings, topic, parameters)
        is_queue = topic is not None and topic.is_queue
        if is_queue:
            validation.check_queue_mode(parameters, settings)
        validation.check_settings(settings, source_arn, is_queue=is_queue)
        return settings

    def _source_of(self, parameters: Parameters) -> tuple[str, KafkaSource | None]:
        """Returns the ARN of the queue, stream or topic, with the topic if the source is Kafka."""
        if kafka.is_kafka(parameters):
            return kafka.checked(parameters, self._region)
        kafka.refuse_members("CreateEventSourceMapping", parameters)
        return validation.check_source(parameters.get("EventSourceArn"), self._stream_finders), None

    def _found(self, parameters: Parameters) -> MappingRecord:
        record = self._records.by_uuid.get(parameters["UUID"])
        if record is None:
            raise not_found("The resource you requested does not exist.")
        return record

    def _forget(self, record: MappingRecord) -> None:
        self._records.remove(record)
        del self._region.mapping_tags[record.mapping.arn]

    def _now(self) -> float:
        return round(self._dependencies.clock.now.timestamp(), 3)

    def _check_settled(self, record: MappingRecord, verb: str) -> None:
        if record.transition is not None:
            message = f"Cannot {verb} the event source mapping because it is in use."
            raise ServiceError("ResourceInUseException", message)

    def _check_destination(self, settings: Settings, target: Target, parameters: Parameters) -> None:
        """Raises 400 if the function may not deliver to a new destination (PRM-20, 21, 24)."""
        is_new = parameters.get("DestinationConfig") is not None or parameters.get("FunctionName") is not None
        # IAM does not decide who may write to a topic of Kafka.
        if settings.on_failure is not None and is_new and destination_topic(settings.on_failure) is None:
            configuration = target.configuration
            check_delivery(
                self._dependencies.authority, configuration.function_name, configuration.role, settings.on_failure
            )  # fmt: skip

    def _check_unique(self, source_arn: str, function_arn: str, but: MappingRecord | None = None) -> None:
        """Raises 409 if a mapping of the source and the same function reference already exists (ESM-40, 41, 43)."""
        found = self._records.of(source_arn, function_arn)
        if service_of(source_arn) == "kafka":
            # One common server is enough (ESM-42).
            found = [
                record for record in self._records.of(None, function_arn)
                if is_same_topic(source_arn, record.mapping.event_source_arn)
            ]  # fmt: skip
        if any(record is not but for record in found):
            raise conflict(answers.duplicate(found[0].mapping))

    def _check_group(self, topic: KafkaSource | None) -> None:
        """Raises 400 if another mapping has the consumer group in the other mode, or at all if the test wants that (KAF-05).

        The texts are ours.
        """
        if topic is None:
            return
        of_topics = [record.mapping.kafka for record in self._records.by_uuid.values() if record.mapping.kafka]
        if any(one.group_id == topic.group_id and one.is_queue != topic.is_queue for one in of_topics):
            raise invalid_parameter(
                f"The consumer group {topic.group_id} is already used with another ConsumptionMode. A group has one mode."
            )
        if not self._has_unique_groups:
            return
        if topic.group_id in {one.group_id for one in of_topics}:
            raise invalid_parameter(f"The consumer group {topic.group_id} is already used by another event source mapping.")

    def _check_poller_group(self, settings: Settings, but: MappingRecord | None = None) -> None:
        """Raises 400 if a group has too many mappings, or if their pollers are too many (KAF-64). The texts are ours."""
        name = settings.poller_group_name
        if name is None:
            return
        records = (record for record in self._records.by_uuid.values() if record is not but)
        others = [record.mapping.settings for record in records if record.mapping.settings.poller_group_name == name]
        if len(others) >= limits.POLLER_GROUP_MAPPINGS:
            raise invalid_parameter(
                f"The poller group {name} already has {len(others)} event source mappings, which is the limit."
            )
        pollers = sum(one.maximum_pollers or 0 for one in (*others, settings))
        if pollers > limits.POLLER_GROUP_POLLERS:
            raise invalid_parameter(
                f"The MaximumPollers of the event source mappings of the poller group {name} would be {pollers} in total. The "
                f"limit is {limits.POLLER_GROUP_POLLERS}."
            )

    def _arn_of(self, name: str) -> str:
        """Returns the ARN of the function, with the qualifier of the call if there is one (ESM-60)."""
        reference = self._region.reference(name)
        return self._region.arn(reference.name, reference.qualifier)

    def _arn_anywhere(self, name: str) -> str:
        """Returns the same ARN, also for functions of other regions."""
        reference = function_names.parse(name)
        account_id, region_name = reference.account_id or self._region.account_id, reference.region_name or self._region.name
        return function_names.function_arn(account_id, region_name, reference.name, reference.qualifier)

    def _target(self, function_arn: str) -> Target:
        try:
            target = self._region.named(function_arn)
        except ServiceError as error:
            if error.status != 404:
                raise
            raise invalid_parameter("Function does not exist") from None
        if target.configuration.has_tenants:
            raise invalid_parameter("Event source mappings are not supported for functions with tenancy configuration.")
        return target

    def _check_encryption(self, before: Settings | None, settings: Settings, parameters: Parameters) -> None:
        """Raises 400 if the key cannot encrypt new filters, or decrypt existing ones for another key (FIL-0B)."""
        key = settings.kms_key_arn
        if before is None or parameters.get("FilterCriteria") is not None:
            failure = self._failure(key, "encrypt") if settings.filters else None
        else:
            failure = self._failure(before.kms_key_arn, "decrypt") if before.kms_key_arn != key and before.filters else None
        if failure is not None:
            raise invalid_parameter(failure["Message"])

    def _failure(self, key_arn: str | None, verb: str) -> Mapping[str, str] | None:
        code = None if key_arn is None else self._keys.failure(key_arn)
        if code is None:
            return None
        message = f"Lambda was unable to {verb} your filter criteria because the KMS {_KMS_FAILURES[code]}."
        return {"ErrorCode": code, "Message": f"{message} KMS Exception: {code}"}

    def _answer(self, record: MappingRecord, state: str) -> ApiResponse:
        return ApiResponse(202, self._shown(record, state))

    def _shown(self, record: MappingRecord, state: str) -> dict[str, object]:
        return answers.shown(record.mapping, state, record.last_modified, self._filter_error(record.mapping.settings))

    def _read(self, record: MappingRecord, state: str) -> dict[str, object]:
        """Returns the mapping as all calls show it, except those that just changed it."""
        last_modified = answers.last_modified_when_read(record.mapping, record.last_modified)
        return answers.shown(record.mapping, state, last_modified, self._filter_error(record.mapping.settings))

    def _listed(self, record: MappingRecord) -> dict[str, Any]:
        return answers.listed(self._read(record, record.state))

    def _filter_error(self, settings: Settings) -> Mapping[str, str] | None:
        return self._failure(settings.kms_key_arn, "decrypt") if settings.filters else None
