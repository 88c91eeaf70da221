"""Responses of batch operations in which one entry failed, as AWS returns them for entries that it throttles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Json = Any
Make = Callable[[Mapping[str, Json]], dict[str, Json]]

_TEXT = "Planned by the exploration: the service did not process this entry."
_METADATA = {"HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0, "RequestId": "00000000-0000-0000-0000-000000000000"}
_LISTS = {
    "SendMessageBatch": "Entries", "DeleteMessageBatch": "Entries", "PublishBatch": "PublishBatchRequestEntries",
    "PutEvents": "Entries", "PutRecords": "Records", "BatchWriteItem": "RequestItems",
}  # fmt: skip
"""The parameter with the entries, by operation."""
_SUCCESSES = {"SendMessageBatch": "Successful", "DeleteMessageBatch": "Successful", "PublishBatch": "Successful"}


def has_parts(operation: str, parameters: Mapping[str, Json]) -> bool:
    """Returns whether an operation may process a part of its entries."""
    return bool(parameters.get(_LISTS.get(operation, "")))


def partial_result(operation: str, parameters: Mapping[str, Json], make: Make) -> dict[str, Json]:
    """Makes a call without its last entry, and returns a response in which this entry failed."""
    if operation == "BatchWriteItem":
        return _unprocessed(parameters, make)
    name = _LISTS[operation]
    *before, last = parameters[name]
    response = make({**parameters, name: before}) if before else _empty()
    if operation in _SUCCESSES:
        response.setdefault(_SUCCESSES[operation], [])
        failed = {"Id": last["Id"], "SenderFault": False, "Code": "InternalError", "Message": _TEXT}
        response.setdefault("Failed", []).append(failed)
    elif operation == "PutEvents":
        response.setdefault("Entries", []).append({"ErrorCode": "ThrottlingException", "ErrorMessage": _TEXT})
        response["FailedEntryCount"] = response.get("FailedEntryCount", 0) + 1
    else:
        error = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": _TEXT}
        response.setdefault("Records", []).append(error)
        response["FailedRecordCount"] = response.get("FailedRecordCount", 0) + 1
    return response


def _unprocessed(parameters: Mapping[str, Json], make: Make) -> dict[str, Json]:
    tables = {table: list(requests) for table, requests in parameters["RequestItems"].items()}
    table = [*tables][-1]
    last = tables[table].pop()
    others = {name: requests for name, requests in tables.items() if requests}
    response = make({**parameters, "RequestItems": others}) if others else _empty()
    response.setdefault("UnprocessedItems", {}).setdefault(table, []).append(last)
    return response


def _empty() -> dict[str, Json]:
    return {"ResponseMetadata": dict(_METADATA)}
