"""Items that DynamoDB deletes itself after the time that they contain (DDB-E7, DDB-E8)."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from itertools import count
from typing import Any

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table

from ...journal.entry import NOBODY
from ...journal.pending import ItemExpiry
from ...simulation.clock import MICROSECONDS
from ...simulation.scheduler import Timer
from ...simulation.simulation import Simulation
from .simulated_stream import EPOCH
from .writes import Key, Operations, item_at

OLDEST_SECONDS = 5 * 365 * 86_400
"""An item whose time is longer ago than this is kept."""
LAST_SECOND = 253_402_300_799
"""The end of the calendar. Milliseconds that were passed as seconds are later."""


class Expiries:
    """The expiries of all tables of one simulated AWS. The cost of a write grows with the logarithm of the number of items
    that expire.
    """

    def __init__(self, simulation: Simulation, operations: Operations) -> None:
        self._simulation = simulation
        self._operations = operations
        self._tables: dict[Table, _TableExpiries] = {}

    def follow(self, table: Any, key: Key) -> None:
        """Is called when the item of a key was written or deleted."""
        if table in self._tables:
            self._tables[table].follow(key)

    def settings_changed(self, table: Any) -> None:
        """Is called when the attribute for the expiry has changed or was removed."""
        self.forget(table)
        if table.ttl.get("TimeToLiveStatus") == "ENABLED":
            self._tables[table] = _TableExpiries(table, self._simulation, self._operations)

    def forget(self, table: Any) -> None:
        """Removes all expiries of a table."""
        expiries = self._tables.pop(table, None)
        if expiries is not None:
            expiries.end()


class _TableExpiries:
    def __init__(self, table: Any, simulation: Simulation, operations: Operations) -> None:
        self._table = table
        self._simulation = simulation
        self._operations = operations
        self._start = (simulation.clock.start - EPOCH) // timedelta(microseconds=1)
        self._due: dict[Key, int] = {}
        self._heap: list[tuple[int, int, Key]] = []
        self._order = count()
        self._timer: Timer | None = None
        for item in table.all_items():
            self._note((item.hash_key, item.range_key))
        self._wait()

    def follow(self, key: Key) -> None:
        self._note(key)
        self._wait()

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _note(self, key: Key) -> None:
        due = self._due_of(item_at(self._table, key))
        if due is None:
            self._due.pop(key, None)
        elif self._due.get(key) != due:
            self._due[key] = due
            heapq.heappush(self._heap, (due, next(self._order), key))

    def _due_of(self, item: Any) -> int | None:
        """Returns when an item expires, in microseconds since the clock's start."""
        value = None if item is None else item.attrs.get(self._table.ttl["AttributeName"])
        if value is None or value.type != "N":
            return None
        try:
            second = Decimal(value.value)
        except InvalidOperation:
            return None
        now = self._start + self._simulation.clock.microseconds
        if not now // MICROSECONDS - OLDEST_SECONDS <= second <= LAST_SECOND:
            return None
        return -int(-second * MICROSECONDS // 1) - self._start

    def _wait(self) -> None:
        """Keeps one timer, for the item that expires first."""
        due = self._first_due()
        if due is not None:
            due = max(due, self._simulation.clock.microseconds)
        if self._timer is not None and self._timer.is_due:
            if self._timer.due == due:
                return
            self._timer.cancel()
        if due is not None:
            self._timer = self._simulation.scheduler.call_at(
                due, self._expire, ItemExpiry(NOBODY, str(self._table.name)), background=True
            )

    def _first_due(self) -> int | None:
        while self._heap:
            due, _, key = self._heap[0]
            if self._due.get(key) == due:
                return due
            heapq.heappop(self._heap)
        return None

    def _expire(self) -> None:
        while (due := self._first_due()) is not None and due <= self._simulation.clock.microseconds:
            hash_key, range_key = heapq.heappop(self._heap)[2]
            self._due.pop((hash_key, range_key))
            with self._operations.of_expiry():
                self._table.delete_item(hash_key, range_key)
        self._wait()


def updating_time_to_live(expiries: Expiries, original: Callable[..., None]) -> Callable[..., None]:
    """Replaces `DynamoDBBackend.update_time_to_live`."""

    def update_time_to_live(backend: Any, table_name: str, ttl_spec: dict[str, Any]) -> None:
        _check_change(backend.tables.get(table_name), ttl_spec)
        original(backend, table_name, ttl_spec)
        expiries.settings_changed(backend.get_table(table_name))

    return update_time_to_live


def _check_change(table: Any, specification: Mapping[str, Any]) -> None:
    """Raises the refusal of a change without an effect, or with another attribute."""
    if table is None or not {"Enabled", "AttributeName"} <= specification.keys():
        # moto has the text for that.
        return
    is_enabled = table.ttl.get("TimeToLiveStatus") == "ENABLED"
    if is_enabled and specification["AttributeName"] != table.ttl["AttributeName"]:
        raise MockValidationException(
            f"TimeToLive is active on a different AttributeName: current AttributeName is {table.ttl['AttributeName']}"
        )
    if is_enabled == bool(specification["Enabled"]):
        raise MockValidationException(f"TimeToLive is already {'enabled' if is_enabled else 'disabled'}")


def creating_from_template(original: Callable[..., Any]) -> Any:
    """Replaces `Table.create_from_cloudformation_json`, and adds the `TimeToLiveSpecification`, which moto ignores."""

    def create_from_cloudformation_json(
        owner: type[Any], /, name: str, template: Mapping[str, Any], account_id: str, region_name: str, **others: Any
    ) -> Any:
        table = original(name, template, account_id, region_name, **others)
        specification = template["Properties"].get("TimeToLiveSpecification")
        if specification and str(specification.get("Enabled")).lower() == "true":
            backend = dynamodb_backends[account_id][region_name]
            backend.update_time_to_live(table.name, {**specification, "Enabled": True})
        return table

    return classmethod(create_from_cloudformation_json)
