"""What DynamoDB tells of its tables: how far they are in being created or changed, and what moto leaves out of that."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...simulation.clock import MICROSECONDS
from ...simulation.simulation import Simulation

Description = dict[str, Any]

ON_DEMAND = "PAY_PER_REQUEST"
_KEPT_AS_GIVEN = ("OnDemandThroughput",)
_NOT_TOLD_OF_DELETED = ("AttributeDefinitions", "KeySchema", "CreationDateTime")


@dataclass(frozen=True, slots=True)
class TableChange:
    """One call of the control plane: the status that it gives to a table and, by their names, to global indexes.

    `leaving` are the descriptions of the indexes that it deletes.
    """

    status: str
    index_status: Mapping[str, str] = field(default_factory=dict)
    leaving: Sequence[Description] = ()


@dataclass(eq=False, slots=True)
class _Facts:
    """What moto does not keep of a table. `until` is the instant at which `change` is over."""

    table_id: str
    on_demand_since: datetime | None
    given: Description = field(default_factory=dict)
    change: TableChange | None = None
    until: int = 0


class TableStates:
    """Those of the tables of one environment. `seconds` is how long a table is CREATING or UPDATING."""

    def __init__(self, simulation: Simulation, seconds: float) -> None:
        self._clock = simulation.clock
        self._duration = round(seconds * MICROSECONDS)
        self._facts: dict[Any, _Facts] = {}
        self._known = 0

    # ------------------------------------------------------------------ looking

    def described(self, table: Any, description: Description) -> Description:
        """moto's description of a table, as AWS answers `DescribeTable` now."""
        facts = self._facts_of(table)
        is_over = self._clock.microseconds >= facts.until
        return _told(table, description, facts, None if is_over else facts.change)

    def answered(self, table: Any, description: Description) -> Description:
        """moto's description of a table, as AWS answers the call that made the last change."""
        facts = self._facts_of(table)
        return _told(table, description, facts, facts.change)

    # ------------------------------------------------------------------ changing

    def begin(self, table: Any, change: TableChange, given: Mapping[str, Any]) -> None:
        """A call has created or changed a table; `given` are its parameters."""
        facts = self._facts_of(table)
        facts.change, facts.until = change, self._clock.microseconds + self._duration
        facts.given |= {name: given[name] for name in _KEPT_AS_GIVEN if name in given}
        if "TableClass" in given:
            changed = {} if change.status == "CREATING" else {"LastUpdateDateTime": self._now()}
            facts.given["TableClassSummary"] = {"TableClass": given["TableClass"], **changed}

    def switched_to_on_demand(self, table: Any) -> None:
        """The billing mode is another one from now on."""
        self._facts_of(table).on_demand_since = self._now()

    def make_active(self, table: Any) -> None:
        """End the change of a table now."""
        self._facts_of(table).until = 0

    def forget(self, table: Any) -> None:
        """A table was deleted."""
        self._facts.pop(table, None)

    # ------------------------------------------------------------------ inside

    def _facts_of(self, table: Any) -> _Facts:
        if table not in self._facts:
            self._known += 1
            # Not a random number: others would be different from those without this table.
            table_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{table.table_arn} {self._known}"))
            since = table.created_at if table.billing_mode == ON_DEMAND else None
            self._facts[table] = _Facts(table_id, since)
        return self._facts[table]

    def _now(self) -> datetime:
        return self._clock.now.replace(tzinfo=None)


def _told(table: Any, description: Description, facts: _Facts, change: TableChange | None) -> Description:
    told = {**description, **facts.given, "TableId": facts.table_id}
    told["TableStatus"] = "ACTIVE" if change is None else change.status
    told["ProvisionedThroughput"] = _throughput(told["ProvisionedThroughput"])
    told["GlobalSecondaryIndexes"] = [_global_index(table, index, change) for index in told["GlobalSecondaryIndexes"]]
    if change is not None:
        told["GlobalSecondaryIndexes"] += change.leaving
    told["LocalSecondaryIndexes"] = [_index(table, index) for index in told["LocalSecondaryIndexes"]]
    told.pop("BillingModeSummary")
    if facts.on_demand_since is not None:
        since = {"LastUpdateToPayPerRequestDateTime": facts.on_demand_since}
        is_created = change is not None and change.status == "CREATING"
        told["BillingModeSummary"] = {"BillingMode": table.billing_mode, **({} if is_created else since)}
    if told["TableStatus"] in ("CREATING", "DELETING"):
        told.pop("WarmThroughput", None)
    left_out = [name for name in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes") if not told[name]]
    if told["TableStatus"] == "DELETING":
        left_out += _NOT_TOLD_OF_DELETED
    return {name: value for name, value in told.items() if name not in left_out}


def _global_index(table: Any, description: Description, change: TableChange | None) -> Description:
    told = _index(table, description)
    told["ProvisionedThroughput"] = _throughput(told["ProvisionedThroughput"])
    status = None if change is None else change.index_status.get(told["IndexName"])
    if status is not None:
        told["IndexStatus"] = status
    if told["IndexStatus"] == "CREATING":
        told["ItemCount"] = 0
        told.pop("WarmThroughput", None)
    return told


def _index(table: Any, description: Description) -> Description:
    names = [key["AttributeName"] for key in description["KeySchema"]]
    items = sum(1 for item in table.all_items() if all(name in item.attrs for name in names))
    arn = f"{table.table_arn}/index/{description['IndexName']}"
    return {**description, "IndexSizeBytes": 0, "ItemCount": items, "IndexArn": arn}


def _throughput(members: Mapping[str, Any]) -> Description:
    return {"NumberOfDecreasesToday": 0, **members}
