"""The event source mappings of one region, indexed by what calls select them by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from ...service.control_plane.function_names import parse
from ..mapping import EventSourceMapping
from .lifecycle import MappingRecord


class MappingRecords:
    """Records of mappings by UUID, by source, by function and by both. All lists are in order of creation."""

    def __init__(self) -> None:
        self.mappings: dict[str, EventSourceMapping] = {}
        """The mappings by UUID."""
        self.by_uuid: dict[str, MappingRecord] = {}
        """The records by UUID."""
        self._by_source: defaultdict[str | None, dict[str, MappingRecord]] = defaultdict(dict)
        self._by_function_name: defaultdict[str, dict[str, MappingRecord]] = defaultdict(dict)
        # AWS refuses a second mapping of the same source and function reference.
        self._by_both: dict[tuple[str, str], MappingRecord] = {}
        self._numbers: dict[str, int] = {}
        self._added = 0

    def add(self, record: MappingRecord) -> None:
        """Adds the record of a new mapping."""
        mapping = record.mapping
        self._added += 1
        self._numbers[mapping.uuid] = self._added
        self.mappings[mapping.uuid] = mapping
        self.by_uuid[mapping.uuid] = record
        self._by_source[mapping.listed_source_arn][mapping.uuid] = record
        self._add_function(record)

    def remove(self, record: MappingRecord) -> None:
        """Removes the record of a deleted mapping."""
        mapping = record.mapping
        del self._numbers[mapping.uuid], self.mappings[mapping.uuid], self.by_uuid[mapping.uuid]
        del self._by_source[mapping.listed_source_arn][mapping.uuid]
        self._remove_function(record, mapping.settings.function_arn)

    def change_function(self, record: MappingRecord, before: str) -> None:
        """Moves a record whose function reference was `before` to its current one."""
        self._remove_function(record, before)
        self._add_function(record)

    def of(self, source_arn: str | None, function_arn: str | None) -> list[MappingRecord]:
        """Returns the records of a source and a function reference. None selects all."""
        if source_arn is None and function_arn is None:
            return list(self.by_uuid.values())
        if function_arn is None:
            return list(self._by_source.get(source_arn or "", {}).values())
        if source_arn is None:
            found = self.of_function(parse(function_arn).name)
            return [record for record in found if record.mapping.settings.function_arn == function_arn]
        one = self._by_both.get((source_arn, function_arn))
        return [] if one is None else [one]

    def of_function(self, name: str) -> list[MappingRecord]:
        """Returns the records of a function and of its versions and aliases."""
        return self._ordered(self._by_function_name.get(name, {}))

    def _ordered(self, records: Mapping[str, MappingRecord]) -> list[MappingRecord]:
        return [records[uuid] for uuid in sorted(records, key=self._numbers.__getitem__)]

    def _add_function(self, record: MappingRecord) -> None:
        mapping, function_arn = record.mapping, record.mapping.settings.function_arn
        self._by_function_name[parse(function_arn).name][mapping.uuid] = record
        self._by_both[(mapping.event_source_arn, function_arn)] = record

    def _remove_function(self, record: MappingRecord, function_arn: str) -> None:
        mapping = record.mapping
        del self._by_function_name[parse(function_arn).name][mapping.uuid]
        del self._by_both[(mapping.event_source_arn, function_arn)]
