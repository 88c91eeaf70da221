"""Responses of services that do not process a request, as an exploration plans them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..fast_calls.call import Answer

THROTTLED = "error"
INTERNAL = "internal error"
CONFLICT = "conflict"
_THROTTLES = {
    "dynamodb": "ProvisionedThroughputExceededException",
    "kinesis": "ProvisionedThroughputExceededException",
    "lambda": "TooManyRequestsException",
    "s3": "SlowDown",
}
_INTERNAL_ERRORS = {
    "dynamodb": "InternalServerError",
    "events": "InternalException",
    "lambda": "ServiceException",
    "s3": "InternalError",
    "sns": "InternalError",
}
_TEXT = "Planned by the exploration: the service rejects this request for now."
_ONGOING = "Transaction is ongoing for the item"
_TRANSACTIONS = ("TransactWriteItems", "TransactGetItems")
_SINGLE_WRITES = ("PutItem", "UpdateItem", "DeleteItem")


class Conflicts:
    """Which calls may conflict with a transaction that another attempt makes at the same time."""

    def __init__(self) -> None:
        self._tables: set[str] = set()

    def may_happen(self, service: str, operation: str, tables: str | None) -> bool:
        """Returns whether a call of these tables may conflict. A single write does so only in a table with transactions."""
        if service != "dynamodb" or tables is None:
            return False
        if operation in _TRANSACTIONS:
            self._tables.update(tables.split(","))
            return True
        return operation in _SINGLE_WRITES and tables in self._tables


def failed_answer(kind: str, service_model: Any, operation: str, parameters: Mapping[str, Any]) -> Answer:
    """Returns the answer to a request that a service throttles, or that meets an internal error or a conflict."""
    service = service_model.service_name
    protocol = service_model.metadata.get("protocol")
    if kind == CONFLICT:
        return _conflict(operation, parameters)
    if kind == INTERNAL:
        return _answer(protocol, 500, _INTERNAL_ERRORS.get(service, "InternalFailure"), "Receiver")
    code = _THROTTLES.get(service, "Throttling" if protocol in ("query", "ec2") else "ThrottlingException")
    status = 503 if protocol == "rest-xml" else 429 if protocol == "rest-json" else 400
    return _answer(protocol, status, code, "Sender")


def _answer(protocol: str, status: int, code: str, fault: str) -> Answer:
    if protocol == "rest-xml":
        body = f"<Error><Code>{code}</Code><Message>{_TEXT}</Message></Error>"
        return status, {"content-type": "application/xml"}, body.encode()
    if protocol in ("query", "ec2"):
        error = f"<Error><Type>{fault}</Type><Code>{code}</Code><Message>{_TEXT}</Message></Error>"
        body = f"<ErrorResponse>{error}<RequestId>planned</RequestId></ErrorResponse>"
        return status, {"content-type": "text/xml"}, body.encode()
    return _json_answer(status, code, {"message": _TEXT})


def _conflict(operation: str, parameters: Mapping[str, Any]) -> Answer:
    """Returns the answer of DynamoDB. In a transaction the conflict is about its first item."""
    if operation not in _TRANSACTIONS:
        return _json_answer(400, "TransactionConflictException", {"message": _ONGOING})
    others = len(parameters["TransactItems"]) - 1
    reasons = [{"Code": "TransactionConflict", "Message": _ONGOING}, *({"Code": "None"} for _ in range(others))]
    codes = ", ".join(reason["Code"] for reason in reasons)
    text = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    return _json_answer(400, "TransactionCanceledException", {"Message": text, "CancellationReasons": reasons})


def _json_answer(status: int, code: str, members: Mapping[str, Any]) -> Answer:
    headers = {"content-type": "application/json", "x-amzn-errortype": code}
    return status, headers, json.dumps({"__type": code, **members}).encode()
