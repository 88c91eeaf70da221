"""Tables of DynamoDB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..created import Created, Made
from ..making import Making
from .changes import change_tags, differs
from .created_type import CreatedType, Values

_DEFAULT_CAPACITY = 5
_TABLE = {"Arn": "{answer[TableDescription][TableArn]}", "StreamArn": "{answer[TableDescription][LatestStreamArn]}"}


def _of_stream_and_encryption(making: Making) -> dict[str, Any]:
    given: dict[str, Any] = {}
    stream, encryption = making.get("StreamSpecification"), making.get("SSESpecification")
    if stream is not None:
        given["StreamSpecification"] = {"StreamEnabled": True, **stream}
    if encryption is not None:
        others = {name: value for name, value in encryption.items() if name != "SSEEnabled"}
        given["SSESpecification"] = {"Enabled": encryption.get("SSEEnabled", True), **others}
    return given


def _configure_table(making: Making, values: Values) -> None:
    key = {"TableName": values["name"]}
    expiry = making.get("TimeToLiveSpecification")
    if expiry is not None and str(expiry.get("Enabled", True)).lower() == "true":
        making.call("dynamodb", "UpdateTimeToLive", {**key, "TimeToLiveSpecification": {"Enabled": True, **expiry}})
    recovery = making.get("PointInTimeRecoverySpecification") or _replica(making).get("PointInTimeRecoverySpecification")
    if recovery is not None:
        making.apply("dynamodb", "UpdateContinuousBackups", {**key, "PointInTimeRecoverySpecification": recovery})
    tags = _replica(making).get("Tags")
    if tags:
        resource = values["answer"]["TableDescription"]["TableArn"]
        making.call("dynamodb", "TagResource", {"ResourceArn": resource, "Tags": tags})


def _replica(making: Making) -> Mapping[str, Any]:
    """Returns the replica of a global table in the region of the stack."""
    region = making.stack.place.region
    return next((one for one in making.get("Replicas") or () if one.get("Region") == region), {})


def _global_table(making: Making) -> dict[str, Any]:
    """Returns the table of one region. The others are not created (TPL-BA)."""
    replica = _replica(making)
    elsewhere = [one.get("Region") for one in making.get("Replicas") or () if one is not replica]
    making.not_applied(f"Replicas in {region}" for region in elsewhere)
    billing = making.get("BillingMode", "PAY_PER_REQUEST")
    given = {
        **_of_stream_and_encryption(making), "BillingMode": billing, "TableClass": replica.get("TableClass"),
        "DeletionProtectionEnabled": replica.get("DeletionProtectionEnabled"),
    }  # fmt: skip
    indexes = making.get("GlobalSecondaryIndexes")
    if billing == "PROVISIONED":
        given["ProvisionedThroughput"] = _capacity(making.properties, replica)
    if indexes is not None:
        given["GlobalSecondaryIndexes"] = [_index(one, replica, is_provisioned=billing == "PROVISIONED") for one in indexes]
    return given


def _index(index: Mapping[str, Any], replica: Mapping[str, Any], *, is_provisioned: bool) -> dict[str, Any]:
    own = {name: index[name] for name in ("IndexName", "KeySchema", "Projection") if name in index}
    if not is_provisioned:
        return own
    named = (one for one in replica.get("GlobalSecondaryIndexes") or () if one.get("IndexName") == index.get("IndexName"))
    return {**own, "ProvisionedThroughput": _capacity(index, next(named, {}))}


def _capacity(table: Mapping[str, Any], replica: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the capacity of a table or an index. A capacity that scales starts at its minimum."""
    name = "ReadProvisionedThroughputSettings"
    reads = {**(table.get(name) or {}), **(replica.get(name) or {})}
    writes = table.get("WriteProvisionedThroughputSettings") or {}
    return {"ReadCapacityUnits": _units(reads, "Read"), "WriteCapacityUnits": _units(writes, "Write")}


def _units(settings: Mapping[str, Any], kind: str) -> Any:
    scaling = settings.get(f"{kind}CapacityAutoScalingSettings") or {}
    return settings.get(f"{kind}CapacityUnits") or scaling.get("MinCapacity") or _DEFAULT_CAPACITY


def _change_table(making: Making, before: Created) -> Made:
    """Changes a table. A stream with other images is another stream."""
    written = {name: making.get(name) for name in ("BillingMode", *_CHANGEABLE)}
    return _changed_table(making, before, {**written, **_of_stream_and_encryption(making)})


def _change_global_table(making: Making, before: Created) -> Made:
    written = {"AttributeDefinitions": making.get("AttributeDefinitions")}
    return _changed_table(making, before, {**written, **_global_table(making)})


def _changed_table(making: Making, before: Created, given: Mapping[str, Any]) -> Made:
    """Changes a table to the parameters of `CreateTable`. Each change of an index is a call of its own."""
    key = {"TableName": before.made.name}
    now = making.call("dynamodb", "DescribeTable", key)["Table"]
    stream = given.get("StreamSpecification")
    if stream != now.get("StreamSpecification"):
        if now.get("StreamSpecification"):
            making.call("dynamodb", "UpdateTable", {**key, "StreamSpecification": {"StreamEnabled": False}})
        if stream is not None:
            making.call("dynamodb", "UpdateTable", {**key, "StreamSpecification": stream})
    names = {
        "BillingMode": ("BillingMode",), "ProvisionedThroughput": ("ProvisionedThroughput", "BillingMode"),
        "SSESpecification": ("SSESpecification",), "TableClass": ("TableClass", "Replicas"),
        "DeletionProtectionEnabled": ("DeletionProtectionEnabled", "Replicas"),
    }  # fmt: skip
    chosen = {name: given.get(name) for name, sources in names.items() if differs(making, before, *sources)}
    values = {name: _DEFAULTS.get(name) if value is None else value for name, value in chosen.items()}
    wanted = {name: value for name, value in values.items() if value is not None}
    if wanted:
        making.call("dynamodb", "UpdateTable", {**key, **wanted})
    _change_indexes(making, key, now, given)
    _configure_table(making, {"name": before.made.name, "answer": {"TableDescription": now}})
    expiry = before.properties.get("TimeToLiveSpecification")
    if expiry is not None and making.get("TimeToLiveSpecification") is None:
        off = {"Enabled": False, "AttributeName": expiry["AttributeName"]}
        making.call("dynamodb", "UpdateTimeToLive", {**key, "TimeToLiveSpecification": off})
    change_tags(making, before, "dynamodb", {"ResourceArn": now["TableArn"]})
    found = making.call("dynamodb", "DescribeTable", key)["Table"]
    attributes = {**before.made.attributes, "StreamArn": found.get("LatestStreamArn")}
    known = {name: value for name, value in attributes.items() if value is not None}
    return replace(before.made, attributes=known)


def _change_indexes(making: Making, key: Mapping[str, Any], now: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    old = {one["IndexName"]: one for one in now.get("GlobalSecondaryIndexes") or ()}
    new = {one["IndexName"]: one for one in given.get("GlobalSecondaryIndexes") or ()}
    same = [name for name, one in new.items() if name in old and one["KeySchema"] == old[name]["KeySchema"]]
    updates = [
        *({"Delete": {"IndexName": name}} for name in old if name not in same),
        *({"Create": one} for name, one in new.items() if name not in same),
    ]
    for update in updates:
        definitions = given.get("AttributeDefinitions") if "Create" in update else None
        parameters = {"AttributeDefinitions": definitions, "GlobalSecondaryIndexUpdates": [update]}
        making.call("dynamodb", "UpdateTable", {**key, **parameters})


_FIXED = ("KeySchema", "LocalSecondaryIndexes")
_CHANGEABLE = (
    "AttributeDefinitions", "ProvisionedThroughput", "GlobalSecondaryIndexes", "TableClass", "DeletionProtectionEnabled",
)  # fmt: skip
_DEFAULTS = {
    "BillingMode": "PROVISIONED", "SSESpecification": {"Enabled": False}, "TableClass": "STANDARD",
    "DeletionProtectionEnabled": False,
}  # fmt: skip
TABLES: Mapping[str, CreatedType] = {
    "AWS::DynamoDB::Table": CreatedType(
        "dynamodb", "CreateTable", name="TableName", limit=255, attributes=_TABLE,
        before=_of_stream_and_encryption, after=_configure_table,
        change=_change_table, fixed=_FIXED,
        elsewhere=(
            "StreamSpecification", "SSESpecification", "TimeToLiveSpecification", "PointInTimeRecoverySpecification",
        ),
        not_applied=("ContributorInsightsSpecification", "ImportSourceSpecification", "ResourcePolicy", "VectorIndexes"),
        refused={"KinesisStreamSpecification": "sends the changes of the table to a Kinesis stream"},
        undo=("DeleteTable", {"TableName": "{name}"}),
    ),
    "AWS::DynamoDB::GlobalTable": CreatedType(
        "dynamodb", "CreateTable", name="TableName", limit=255, before=_global_table, after=_configure_table,
        change=_change_global_table, fixed=_FIXED,
        attributes={**_TABLE, "TableId": "{answer[TableDescription][TableId]}"},
        elsewhere=(
            "StreamSpecification", "SSESpecification", "TimeToLiveSpecification", "Replicas", "BillingMode",
            "GlobalSecondaryIndexes", "WriteProvisionedThroughputSettings", "ReadProvisionedThroughputSettings",
        ),
        not_applied=(
            "GlobalTableWitnesses", "MultiRegionConsistency", "ReadOnDemandThroughputSettings", "TableType",
            "WriteOnDemandThroughputSettings", "GlobalTableSourceArn", "VectorIndexes",
        ),
        undo=("DeleteTable", {"TableName": "{name}"}),
    ),
}  # fmt: skip
"""The types of DynamoDB."""
