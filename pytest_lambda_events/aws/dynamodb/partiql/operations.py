"""`ExecuteStatement`, `BatchExecuteStatement` and `ExecuteTransaction`.

moto's parser of PartiQL fails with errors of its own, and an INSERT overwrites existing items. Here each write is a call of
`PutItem`, `UpdateItem` or `DeleteItem`, with the same checks, changes and stream records.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.dynamodb.exceptions import (
    ERROR_TYPE_PREFIX,
    ConditionalCheckFailed,
    MockValidationException,
    MultipleTransactionsException,
    ResourceNotFoundException,
    TransactionCanceledException,
)
from moto.dynamodb.responses import DynamoHandler

from ....errors import NotSimulatedError
from ....simulation.simulation import Simulation
from ..images import Image, as_boto3_has_it, image_of, key_text, plain
from ..writes import Operations, item_at, key_in
from .conditions import WrongOperand, equal_value, is_true, without_equality
from .reading import read
from .selecting import page_of
from .statements import All, Delete, Exists, Insert, Select, Statement, Update
from .tokens import Malformed, Unsupported, WrongParameters
from .writing import update_parameters

T = TypeVar("T")
Request = Mapping[str, Any]
Items = list[dict[str, Any]]

NO_KEY = "Where clause does not contain a mandatory equality on all key attributes"
BATCH_MAXIMUM = 25
TRANSACTION_MAXIMUM = 100


class DuplicateItem(JsonRESTError):
    """An item with this key already exists."""

    def __init__(self) -> None:
        super().__init__(f"{ERROR_TYPE_PREFIX}DuplicateItemException", "Duplicate primary key exists in table")


class PartiQL:
    """The statements of one environment. The methods with a handler replace moto's own."""

    def __init__(self, simulation: Simulation, operations: Operations) -> None:
        self._simulation = simulation
        self._operations = operations
        self._seen: dict[str, frozenset[str]] = {}

    def patches(self) -> Mapping[str, Callable[[DynamoHandler], Any]]:
        """Returns the replacements of moto's operations."""
        return {
            "execute_statement": lambda handler: self._execute(handler),
            "batch_execute_statement": lambda handler: self._execute_batch(handler),
            "execute_transaction": lambda handler: self._execute_transaction(handler),
        }

    def _execute(self, handler: DynamoHandler) -> Any:
        request = handler.body
        statement = self._read(request)
        if isinstance(statement, Exists):
            raise _malformed("EXISTS is a statement of transactions")
        if isinstance(statement, Select):
            return ActionResult(self._guarded(request, lambda: self._select(handler, statement, request)))
        with self._operations.one():
            items = self._guarded(request, lambda: self._write(handler, statement, request))
        return ActionResult({"Items": items})

    def _execute_batch(self, handler: DynamoHandler) -> Any:
        requests = handler.body["Statements"]
        _check_number(requests, "statements", BATCH_MAXIMUM)
        kinds = {request["Statement"].lstrip()[:6].upper() == "SELECT" for request in requests}
        if len(kinds) > 1:
            raise MockValidationException("Batch request cannot include both read and write statements")
        return ActionResult({"Responses": [self._one_of_batch(handler, request) for request in requests]})

    def _one_of_batch(self, handler: DynamoHandler, request: Request) -> dict[str, Any]:
        response: dict[str, Any] = {}
        try:
            statement = self._read(request)
            if isinstance(statement, Exists):
                raise _malformed("EXISTS is a statement of transactions")
            response["TableName"] = _table(handler, statement).name
            with self._operations.one():
                items = self._guarded(request, lambda: self._one(handler, statement, request, "BatchExecuteStatement"))
        except JsonRESTError as refusal:
            return {**response, "Error": _error(refusal)}
        return {**response, "Item": items[0]} if items else response

    def _execute_transaction(self, handler: DynamoHandler) -> Any:
        requests = handler.body["TransactStatements"]
        _check_number(requests, "transactStatements", TRANSACTION_MAXIMUM)
        statements = [self._read(request) for request in requests]
        is_reading = [isinstance(statement, Select) for statement in statements]
        if any(is_reading) and not all(is_reading):
            raise MockValidationException("Transaction request cannot include both read and write statements")
        _check_distinct(handler, statements)
        found: list[Items] = []
        reasons: list[tuple[str | None, str, Any]] = []
        with self._operations.one():
            for statement, request in zip(statements, requests, strict=True):
                found.append([])
                reasons.append((None, "", None))
                try:
                    found[-1] = self._guarded(
                        request,
                        lambda s=statement, r=request: self._one(handler, s, r, "ExecuteTransaction"),  # type: ignore[misc]
                    )
                except JsonRESTError as refusal:
                    error = _error(refusal)
                    reasons[-1] = (error["Code"], error["Message"], error.get("Item"))
            if any(code for code, _, _ in reasons):
                raise TransactionCanceledException(reasons)
        if all(is_reading):
            return ActionResult({"Responses": [{"Item": items[0]} if items else {} for items in found]})
        return ActionResult({"Responses": [{"Item": item} for items in found for item in items]})

    def _one(self, handler: DynamoHandler, statement: Statement, request: Request, operation: str) -> Items:
        """Runs one of several statements. It selects, changes or checks one item."""
        if isinstance(statement, Select | Exists):
            select = statement if isinstance(statement, Select) else statement.select
            if _key(_table(handler, statement), select.where) is None:
                raise MockValidationException(
                    f"Select statements within {operation} must specify the primary key in the where clause."
                )
            items: Items = self._select(handler, select, {})["Items"]
            if isinstance(statement, Exists):
                if not items:
                    raise ConditionalCheckFailed
                return []
            return items
        return self._write(handler, statement, request)

    def _read(self, request: Request) -> Statement:
        return self._guarded(request, lambda: read(request["Statement"], request.get("Parameters") or ()))

    def _guarded(self, request: Request, action: Callable[[], T]) -> T:
        try:
            return action()
        except Malformed as defect:
            raise _malformed(str(defect)) from None
        except WrongParameters:
            raise MockValidationException("Number of parameters in request and statement don't match.") from None
        except WrongOperand as wrong:
            raise MockValidationException(f"Incorrect operand type for operator or function; {wrong}") from None
        except Unsupported as unknown:
            message = (
                f"The PartiQL statement {request['Statement']!r} is not simulated: {unknown}. Use query, scan, get_item, "
                "put_item, update_item, delete_item or transact_write_items instead."
            )
            raise self._simulation.record_misuse(message, NotSimulatedError) from None

    def _select(self, handler: DynamoHandler, select: Select, request: Request) -> dict[str, Any]:
        table = _table(handler, select)
        token = request.get("NextToken")
        if token is not None and token not in self._seen:
            raise MockValidationException("NextToken is not valid")
        seen = frozenset[str]() if token is None else self._seen[token]
        is_consistent = bool(request.get("ConsistentRead"))
        page = page_of(table, select, limit=request.get("Limit"), seen=seen, is_consistent=is_consistent)
        answer: dict[str, Any] = {"Items": [_as_boto3_has_it(image) for image in page.items]}
        if page.seen is not None and page.last_key is not None:
            answer["NextToken"] = f"{len(self._seen) + 1:08d}"
            answer["LastEvaluatedKey"] = _as_boto3_has_it(page.last_key)
            self._seen[answer["NextToken"]] = page.seen
        return answer

    def _write(self, handler: DynamoHandler, statement: Insert | Update | Delete, request: Request) -> Items:
        table = _table(handler, statement)
        if isinstance(statement, Insert):
            return _insert(handler, table, statement)
        key = _key(table, statement.where)
        place = None if key is None else key_in(table, key)
        if key is None or place is None:
            raise MockValidationException(NO_KEY)
        item = item_at(table, place)
        if item is None and isinstance(statement, Delete):
            return []
        condition = without_equality(statement.where, table.table_key_attrs)
        if item is None or not is_true(condition, image_of(item)):
            is_told = item is not None and request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
            raise ConditionalCheckFailed(item=item.to_json()["Attributes"] if is_told else None)
        changes = update_parameters(statement) if isinstance(statement, Update) else {}
        operation = "update_item" if isinstance(statement, Update) else "delete_item"
        parameters = {"TableName": table.name, "Key": dict(key), "ReturnValues": statement.returning, **changes}
        attributes = _called(handler, operation, parameters).get("Attributes")
        if not attributes or statement.returning == "NONE":
            return []
        return [_as_boto3_has_it({name: plain(value) for name, value in attributes.items()})]


def _insert(handler: DynamoHandler, table: Any, insert: Insert) -> Items:
    key = key_in(table, insert.item)
    if key is not None and item_at(table, key) is not None:
        raise DuplicateItem
    _called(handler, "put_item", {"TableName": table.name, "Item": dict(insert.item)})
    return []


def _called(handler: DynamoHandler, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Returns the response of another operation of moto to these parameters."""
    before = handler.body
    handler.body = parameters
    try:
        answer = getattr(handler, operation)()
    finally:
        handler.body = before
    # Older releases of moto return it as text here.
    members: dict[str, Any] = json.loads(answer) if isinstance(answer, str) else answer.result
    return members


def _table(handler: DynamoHandler, statement: Statement) -> Any:
    table = handler.dynamodb_backend.tables.get(statement.table)
    if table is None:
        raise ResourceNotFoundException
    return table


def _key(table: Any, where: All) -> Mapping[str, Any] | None:
    """Returns the whole primary key, if a condition requires one."""
    values = {name: equal_value(where, name) for name in table.table_key_attrs}
    types = {attribute["AttributeName"]: attribute["AttributeType"] for attribute in table.attr}
    found = {name: value for name, value in values.items() if value is not None}
    if len(found) != len(values):
        return None
    if any(types[name] not in value for name, value in found.items()):
        raise MockValidationException("The provided key element does not match the schema")
    return found


def _check_distinct(handler: DynamoHandler, statements: Sequence[Statement]) -> None:
    seen = set()
    for statement in statements:
        table = _table(handler, statement)
        key = statement.item if isinstance(statement, Insert) else _key(table, statement.where) or {}
        names = table.table_key_attrs
        if not all(name in key for name in names):
            continue
        place = (table.name, key_text({name: plain(key[name]) for name in names}))
        if place in seen:
            raise MultipleTransactionsException
        seen.add(place)


def _check_number(requests: Sequence[Request], member: str, maximum: int) -> None:
    if len(requests) > maximum:
        raise MockValidationException(
            f"1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must have length less "
            f"than or equal to {maximum}"
        )


def _error(refusal: JsonRESTError) -> dict[str, Any]:
    """Returns a refusal in the form of responses for several statements."""
    name = str(refusal.error_type).rpartition("#")[2].removesuffix("Exception")
    code = "ValidationError" if name == "Validation" else name
    error: dict[str, Any] = {"Code": code, "Message": refusal.message}
    item = json.loads(refusal.description).get("Item") if isinstance(refusal, ConditionalCheckFailed) else None
    return {**error, "Item": {name: as_boto3_has_it(plain(value)) for name, value in item.items()}} if item else error


def _malformed(detail: str) -> MockValidationException:
    return MockValidationException(f"Statement wasn't well formed, can't be processed: {detail}")


def _as_boto3_has_it(image: Image) -> dict[str, Any]:
    return {name: as_boto3_has_it(value) for name, value in image.items()}
