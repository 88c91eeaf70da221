"""Checks of batches of writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.responses import DynamoHandler

from .images import key_text, plain
from .writes import Operations

WRITES_MAXIMUM = 25


def writing_batch(operations: Operations, original: Callable[..., Any]) -> Callable[..., Any]:
    """Runs `BatchWriteItem`. A refused batch changes nothing, and no item is written twice."""

    def batch_write_item(handler: DynamoHandler) -> Any:
        requests = handler.body["RequestItems"]
        if sum(len(of_table) for of_table in requests.values()) > WRITES_MAXIMUM:
            raise MockValidationException("Too many items requested for the BatchWriteItem call")
        for table_name, of_table in requests.items():
            _check_keys(handler.dynamodb_backend.get_table(table_name), of_table)
        with operations.one():
            return original(handler)

    return batch_write_item


def _check_keys(table: Any, requests: list[dict[str, Any]]) -> None:
    names = [name for name in (table.hash_key_attr, table.range_key_attr) if name is not None]
    seen = set()
    for request in requests:
        sent = request["PutRequest"]["Item"] if "PutRequest" in request else request["DeleteRequest"]["Key"]
        if not all(sent.get(name) for name in names):
            # moto has the text for that.
            continue
        text = key_text({name: plain(sent[name]) for name in names})
        if text in seen:
            raise MockValidationException("Provided list of item keys contains duplicates")
        seen.add(text)
