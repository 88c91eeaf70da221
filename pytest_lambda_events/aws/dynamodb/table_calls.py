"""The calls that create, change, delete and describe tables, with the responses of AWS."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.dynamodb.exceptions import MockValidationException, ResourceNotFoundException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.responses import DynamoHandler

from .table_states import ON_DEMAND, Description, TableChange, TableStates

Call = Callable[[DynamoHandler], Any]

_CHANGED_BY_UPDATES = (
    "attr", "billing_mode", "deletion_protection_enabled", "global_indexes", "throughput", "warm_throughput",
)  # fmt: skip
_INDEX_STATUS = {"Create": "CREATING", "Update": "UPDATING", "Delete": "DELETING"}


def make_active(table: Any) -> None:
    """Ends the creation of a table of the open environment immediately."""
    states: TableStates | None = getattr(DynamoDBBackend, "table_states", None)
    if states is not None:
        states.make_active(table)


def describing(states: TableStates, original: Callable[..., dict[str, Description]]) -> Callable[..., dict[str, Description]]:
    """Replaces `Table.describe`."""

    def describe(table: Any, base_key: str = "TableDescription") -> dict[str, Description]:
        return {base_key: states.described(table, original(table, base_key)[base_key])}

    return describe


def creating(states: TableStates, original: Call, describe: Callable[..., dict[str, Description]]) -> Call:
    """Runs `CreateTable`. The table is usable immediately, whatever its status."""

    def create_table(handler: DynamoHandler) -> Any:
        original(handler)
        table: Any = handler.dynamodb_backend.get_table(handler.body["TableName"])
        indexes = {index.name: "CREATING" for index in table.global_indexes}
        states.begin(table, TableChange("CREATING", indexes), handler.body)
        return _answer(states, table, describe)

    return create_table


def updating(states: TableStates, original: Call, describe: Callable[..., dict[str, Description]]) -> Call:
    """Runs `UpdateTable`. A refused call changes nothing."""

    def update_table(handler: DynamoHandler) -> Any:
        table: Any = handler.dynamodb_backend.get_table(handler.body["TableName"])
        _check_update(table, handler.body)
        before = {name: copy.deepcopy(table.__dict__[name]) for name in _CHANGED_BY_UPDATES}
        change = _change(table, handler.body, table.describe()["TableDescription"])
        try:
            original(handler)
        except BaseException:
            table.__dict__.update(before)
            raise
        states.begin(table, change, handler.body)
        if table.billing_mode == ON_DEMAND and before["billing_mode"] != ON_DEMAND:
            states.switched_to_on_demand(table)
            for owner in (table, *table.global_indexes):
                owner.throughput = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
        return _answer(states, table, describe)

    return update_table


def describe_table(handler: DynamoHandler) -> Any:
    """Runs `DescribeTable`."""
    return ActionResult(handler.dynamodb_backend.describe_table(handler.body["TableName"]))


def deleting(states: TableStates, original: Call, describe: Callable[..., dict[str, Description]]) -> Call:
    """Runs `DeleteTable`. The table is deleted when it returns."""

    def delete_table(handler: DynamoHandler) -> Any:
        table: Any = handler.dynamodb_backend.get_table(handler.body["TableName"])
        original(handler)
        states.begin(table, TableChange("DELETING", {index.name: "DELETING" for index in table.global_indexes}), {})
        answer = _answer(states, table, describe)
        states.forget(table)
        return answer

    return delete_table


def _answer(states: TableStates, table: Any, describe: Callable[..., dict[str, Description]]) -> Any:
    description = describe(table)["TableDescription"]
    return ActionResult({"TableDescription": states.answered(table, description)})


def _change(table: Any, body: Mapping[str, Any], described: Description) -> TableChange:
    """Returns the change that a call will make to a table and its indexes."""
    status: dict[str, str] = {}
    for update in body.get("GlobalSecondaryIndexUpdates", ()):
        status.update({members["IndexName"]: _INDEX_STATUS[kind] for kind, members in update.items()})
    indexes = described.get("GlobalSecondaryIndexes", ())
    leaving = [{**index, "IndexStatus": "DELETING"} for index in indexes if status.get(index["IndexName"]) == "DELETING"]
    return TableChange("UPDATING", status, leaving)


def _check_update(table: Any, body: Mapping[str, Any]) -> None:
    """Raises the refusal of AWS where moto changes nothing, too much, or fails with an error of Python."""
    if not body.keys() - {"TableName", "AttributeDefinitions"}:
        raise MockValidationException(
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or "
            "SSESpecification or ReplicaUpdates is required"
        )
    mode, throughput = body.get("BillingMode"), body.get("ProvisionedThroughput")
    if mode == "PROVISIONED" and table.billing_mode == ON_DEMAND and throughput is None:
        raise MockValidationException(
            "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when "
            "BillingMode is PROVISIONED"
        )
    if throughput is not None and (mode or table.billing_mode) == ON_DEMAND:
        raise MockValidationException(
            "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified "
            "when BillingMode is PAY_PER_REQUEST"
        )
    names = {index.name for index in table.global_indexes}
    for update in body.get("GlobalSecondaryIndexUpdates", ()):
        for kind, members in update.items():
            if kind == "Create" and members["IndexName"] in names:
                raise MockValidationException("Attempting to create an index which already exists")
            if kind != "Create" and members["IndexName"] not in names:
                raise ResourceNotFoundException
