"""The states of tables during creation and changes, and the parts of their descriptions that moto does not have."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any

from ...simulation.clock import MICROSECONDS
from ...simulation.simulation import Simulation
from ...values import dataclass

Description = dict[str, Any]

ON_DEMAND = "PAY_PER_REQUEST"
_KEPT_AS_GIVEN = ("OnDemandThroughput",)
_NOT_IN_DELETED = ("AttributeDefinitions", "KeySchema", "CreationDateTime")


@dataclass(frozen=True, slots=True)
class TableChange:
    """One call of the control plane: the status that it sets for a table and, by their names, for global indexes.

    `leaving` are the descriptions of the indexes that it deletes.
    """

    status: str
    index_status: Mapping[str, str] = field(default_factory=dict)
    leaving: Sequence[Description] = ()


@dataclass(eq=False, slots=True)
class _Facts:
    """The facts about a table that moto does not store. `until` is when `change` is over."""

    table_id: str
    on_demand_since: datetime | None
    given: Description = field(default_factory=dict)
    change: TableChange | None = None
    until: int = 0


class TableStates:
    """The states of the tables of one environment. `seconds` is how long a table is CREATING or UPDATING."""

    def __init__(self, simulation: Simulation, seconds: float) -> None:
        self._clock = simulation.clock
        self._duration = round(seconds * MICROSECONDS)
        self._facts: dict[Any, _Facts] = {}
        self._known = 0

    def described(self, table: Any, description: Description) -> Description:
        """Returns moto's description of a table in the form of the current response of `DescribeTable`."""
        facts = self._facts_of(table)
        is_over = self._clock.microseconds >= facts.until
        return _described(table, description, facts, None if is_over else facts.change)

    def answered(self, table: Any, description: Description) -> Description:
        """Returns moto's description of a table in the form of the response to the last change."""
        facts = self._facts_of(table)
        return _described(table, description, facts, facts.change)

    def begin(self, table: Any, change: TableChange, given: Mapping[str, Any]) -> None:
        """Is called when a call has created or changed a table. `given` are its parameters."""
        facts = self._facts_of(table)
        facts.change, facts.until = change, self._clock.microseconds + self._duration
        facts.given |= {name: given[name] for name in _KEPT_AS_GIVEN if name in given}
        if "TableClass" in given:
            changed = {} if change.status == "CREATING" else {"LastUpdateDateTime": self._now()}
            facts.given["TableClassSummary"] = {"TableClass": given["TableClass"], **changed}

    def switched_to_on_demand(self, table: Any) -> None:
        """Is called when the billing mode has changed."""
        self._facts_of(table).on_demand_since = self._now()

    def make_active(self, table: Any) -> None:
        """Ends the change of a table immediately."""
        self._facts_of(table).until = 0

    def forget(self, table: Any) -> None:
        """Is called when a table was deleted."""
        self._facts.pop(table, None)

    def _facts_of(self, table: Any) -> _Facts:
        if table not in self._facts:
            self._known += 1
            # Not a random number, because later random numbers would then depend on this table.
            table_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{table.table_arn} {self._known}"))
            since = table.created_at if table.billing_mode == ON_DEMAND else None
            self._facts[table] = _Facts(table_id, since)
        return self._facts[table]

    def _now(self) -> datetime:
        return self._clock.now.replace(tzinfo=None)


def _described(table: Any, description: Description, facts: _Facts, change: TableChange | None) -> Description:
    described_table = {**description, **facts.given, "TableId": facts.table_id}
    described_table["TableStatus"] = "ACTIVE" if change is None else change.status
    described_table["ProvisionedThroughput"] = _throughput(described_table["ProvisionedThroughput"])
    described_table["GlobalSecondaryIndexes"] = [
        _global_index(table, index, change) for index in described_table["GlobalSecondaryIndexes"]
    ]
    if change is not None:
        described_table["GlobalSecondaryIndexes"] += change.leaving
    described_table["LocalSecondaryIndexes"] = [_index(table, index) for index in described_table["LocalSecondaryIndexes"]]
    described_table.pop("BillingModeSummary")
    if facts.on_demand_since is not None:
        since = {"LastUpdateToPayPerRequestDateTime": facts.on_demand_since}
        is_created = change is not None and change.status == "CREATING"
        described_table["BillingModeSummary"] = {"BillingMode": table.billing_mode, **({} if is_created else since)}
    if described_table["TableStatus"] in ("CREATING", "DELETING"):
        described_table.pop("WarmThroughput", None)
    left_out = [name for name in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes") if not described_table[name]]
    if described_table["TableStatus"] == "DELETING":
        left_out += _NOT_IN_DELETED
    return {name: value for name, value in described_table.items() if name not in left_out}


def _global_index(table: Any, description: Description, change: TableChange | None) -> Description:
    described_table = _index(table, description)
    described_table["ProvisionedThroughput"] = _throughput(described_table["ProvisionedThroughput"])
    status = None if change is None else change.index_status.get(described_table["IndexName"])
    if status is not None:
        described_table["IndexStatus"] = status
    if described_table["IndexStatus"] == "CREATING":
        described_table["ItemCount"] = 0
        described_table.pop("WarmThroughput", None)
    return described_table


def _index(table: Any, description: Description) -> Description:
    names = [key["AttributeName"] for key in description["KeySchema"]]
    items = sum(1 for item in table.all_items() if all(name in item.attrs for name in names))
    arn = f"{table.table_arn}/index/{description['IndexName']}"
    return {**description, "IndexSizeBytes": 0, "ItemCount": items, "IndexArn": arn}


def _throughput(members: Mapping[str, Any]) -> Description:
    return {"NumberOfDecreasesToday": 0, **members}
