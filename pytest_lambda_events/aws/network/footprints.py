"""The resources that an AWS call uses: two calls without a common resource can run in any order with the same result."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from ...arns import parse_or_none
from ..backends import backend_of, late_backends

dynamodb_backends = late_backends("dynamodb")

_OF_SEVERAL = ("dynamodb", "events")
"""The services with calls whose target is a list of names."""


def resources_of(
    service: str, operation: str, target: str | None, parameters: Mapping[str, Any], account_id: str, region_name: str
) -> list[str]:
    """Returns the resources of a call. A transaction or a batch uses each of its items.

    The name of a table alone stands for all of its items. It is used if the keys of the items are not known.
    """
    if service == "dynamodb":
        try:
            items = _items(operation, parameters)
            found = [_item(name, key, is_whole, account_id, region_name) for name, key, is_whole in items]
        except (AttributeError, InvalidOperation, KeyError, TypeError, ValueError):
            # botocore or moto refuses the call.
            found = []
        if found and None not in found:
            return [one for one in found if one is not None]
    targets = [target] if target is None or service not in _OF_SEVERAL else target.split(",")
    return [f"{service} {short(one)}" for one in targets]


@functools.lru_cache(maxsize=1024)
def short(target: str | None) -> str:
    """Returns the name at the end of a URL or ARN."""
    if target is None:
        return ""
    arn = parse_or_none(target)
    if arn is not None:
        return arn.name
    return target.rpartition("/")[2] if "://" in target else target


_Item = tuple[str, Mapping[str, Any], bool]
"""The table of an item, its key, and whether that is the whole item."""


def _items(operation: str, parameters: Mapping[str, Any]) -> Iterable[_Item]:
    """Returns the items of a call."""
    read = _READERS.get(operation)
    if read is not None:
        return read(parameters)
    key = parameters.get("Key")
    return [(parameters["TableName"], key, False)] if isinstance(key, Mapping) else []


def _of_put(parameters: Mapping[str, Any]) -> Iterable[_Item]:
    return [(parameters["TableName"], parameters["Item"], True)]


def _of_transaction(parameters: Mapping[str, Any]) -> Iterator[_Item]:
    for entry in parameters["TransactItems"]:
        for kind, part in entry.items():
            yield part["TableName"], part["Item" if kind == "Put" else "Key"], kind == "Put"


def _of_batch_write(parameters: Mapping[str, Any]) -> Iterator[_Item]:
    for name, requests in parameters["RequestItems"].items():
        for request in requests:
            for kind, part in request.items():
                yield name, part["Item" if kind == "PutRequest" else "Key"], kind == "PutRequest"


def _of_batch_get(parameters: Mapping[str, Any]) -> Iterator[_Item]:
    for name, request in parameters["RequestItems"].items():
        for key in request["Keys"]:
            yield name, key, False


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Iterable[_Item]]] = {
    "PutItem": _of_put,
    "TransactWriteItems": _of_transaction,
    "TransactGetItems": _of_transaction,
    "BatchWriteItem": _of_batch_write,
    "BatchGetItem": _of_batch_get,
}


def _item(name: str, key: Mapping[str, Any], is_whole: bool, account_id: str, region_name: str) -> str | None:
    """Returns the resource of an item, or None if the table that would have its key schema does not exist."""
    if is_whole:
        arn = parse_or_none(name)
        place = (account_id, region_name) if arn is None else (arn.account_id, arn.region_name)
        table: Any = backend_of(dynamodb_backends.loaded(), *place).tables.get(short(name))
        if table is None:
            return None
        attributes = [one for one in (table.hash_key_attr, table.range_key_attr) if one is not None]
        key = {attribute: key[attribute] for attribute in attributes}
    return f"dynamodb {short(name)} {sorted([(attribute, *_typed(value)) for attribute, value in key.items()])}"


def _typed(value: Any) -> tuple[str, str]:
    """Returns type and value of an attribute of a key, in the same form for clients and for resources of boto3."""
    if isinstance(value, (dict, Mapping)):
        # Nearly all are dictionaries, for which Python asks no abstract class.
        [(kind, value)] = value.items()
    elif isinstance(value, str):
        kind = "S"
    else:
        kind = "B" if isinstance(value, (bytes, bytearray)) or hasattr(value, "value") else "N"
    if kind == "N":
        return kind, str(Decimal(value).normalize())
    if kind == "B":
        value = getattr(value, "value", value)
        return kind, (value.encode() if isinstance(value, str) else bytes(value)).hex()
    return kind, value
