"""The repairs of moto's DynamoDB and its streams. Only those that this release of moto needs are used."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import StreamShard, Table
from moto.dynamodb.responses import DynamoHandler
from moto.dynamodbstreams.responses import DynamoDBStreamsHandler

from ...contexts import ExitStack, contextmanager
from ...patching import Patch
from ...service.tracing import PassedTrace
from ...simulation.simulation import Simulation
from ...values import dataclass
from ..lasting import kept, lasting
from ..repairs import Repair, needed, patched, put_on
from . import batches, expiry, moto_bugs, reading, request_tokens, settings, table_calls
from .costs import checks, condition_expressions, item_checks, items, partitions, update_expressions
from .partiql.operations import PartiQL
from .simulated_tables import SimulatedTables, tables
from .table_states import TableStates
from .writes import Key, Operations, item_at, key_in, put_at


@dataclass(frozen=True)
class Shared:
    """The objects that the repairs of one simulated AWS share."""

    tables: SimulatedTables
    states: TableStates
    operations: Operations
    expiries: expiry.Expiries
    statements: PartiQL
    tokens: request_tokens.RequestTokens

    def lasting(self) -> Shared:
        """Returns the objects in the form in which kept patches may hold them."""
        return Shared(*(lasting(getattr(self, one.name)) for one in fields(self)))


def _shared(simulation: Simulation, passed: PassedTrace, state_change_seconds: float) -> Shared:
    tables = SimulatedTables(simulation, passed)
    operations = tables.operations
    return Shared(
        tables,
        TableStates(simulation, state_change_seconds),
        operations,
        expiry.Expiries(simulation, operations),
        PartiQL(simulation, operations),
        request_tokens.RequestTokens(simulation),
    )


@contextmanager
def tables_repaired(simulation: Simulation, passed: PassedTrace, state_change_seconds: float) -> Iterator[None]:
    """Repairs moto's DynamoDB while a simulated AWS is open. A table is CREATING or UPDATING for `state_change_seconds`."""
    names = needed_repairs()
    shared = _shared(simulation, passed, state_change_seconds)
    shared.tables.adopt()
    with ExitStack() as stack:
        stack.callback(shared.tables.give_back)
        stack.enter_context(kept("dynamodb", put_on, REPAIRS, names, shared.lasting()))
        for table in tables() if "expiry" in names else ():
            shared.expiries.settings_changed(table)
        yield


def needed_repairs() -> frozenset[str]:
    """Returns the names of the repairs that this release of moto needs."""
    return needed("dynamodb", REPAIRS, moto_bugs.moto_alone)


def _records(shared: Shared) -> Sequence[Patch]:
    tables = shared.tables
    return [
        (DynamoDBBackend, "simulated_tables", tables),
        (StreamShard, "add", lambda shard, old, new: tables.wrote(shard.table, old, new)),
        (Table, "set_stream_specification", settings.setting_streams(tables)),
        (DynamoDBBackend, "update_table_streams", settings.update_table_streams),
        (DynamoDBBackend, "delete_table", settings.deleting_table(tables, shared.expiries, DynamoDBBackend.delete_table)),
        (DynamoDBStreamsHandler, "list_streams", reading.list_streams),
        (DynamoDBStreamsHandler, "describe_stream", reading.describe_stream),
        (DynamoDBStreamsHandler, "get_shard_iterator", reading.get_shard_iterator),
        (DynamoDBStreamsHandler, "get_records", reading.get_records),
    ]


def _writes(shared: Shared) -> Sequence[Patch]:
    return [
        (Table, "put_item", _putting(shared, Table.put_item)),
        (Table, "delete_item", _deleting(shared, Table.delete_item)),
        (DynamoDBBackend, "update_item", _updating(shared, DynamoDBBackend.update_item)),
        (DynamoDBBackend, "transact_write_items", _in_one(shared, DynamoDBBackend.transact_write_items)),
        (DynamoDBBackend, "execute_transaction", _in_one(shared, DynamoDBBackend.execute_transaction)),
    ]


def _putting(shared: Shared, original: Callable[..., Any]) -> Callable[..., Any]:
    def put_item(table: Table, item_attrs: dict[str, Any], *others: Any, **named: Any) -> Any:
        key = key_in(table, item_attrs)
        _restored_on_failure(shared, table, key, _itself)
        item = original(table, item_attrs, *others, **named)
        _follow(shared, table, key)
        return item

    return put_item


def _deleting(shared: Shared, original: Callable[..., Any]) -> Callable[..., Any]:
    def delete_item(table: Table, hash_key: Any, range_key: Any) -> Any:
        key = (hash_key, range_key)
        _restored_on_failure(shared, table, key, _itself)
        item = original(table, hash_key, range_key)
        _follow(shared, table, key)
        return item

    return delete_item


def _updating(shared: Shared, original: Callable[..., Any]) -> Callable[..., Any]:
    """Replaces `update_item`: one change of one item, although moto may first put it and then update it in place."""

    def update_item(backend: DynamoDBBackend, table_name: str, key: dict[str, Any], *others: Any, **named: Any) -> Any:
        table = backend.get_table(table_name)
        with shared.operations.one():
            # A copy, because moto updates items in place.
            _restored_on_failure(shared, table, key_in(table, key), copy.deepcopy)
            item = original(backend, table_name, key, *others, **named)
        _follow(shared, table, key_in(table, key))
        return item

    return update_item


def _restored_on_failure(shared: Shared, table: Table, key: Key | None, kept: Callable[[Any], Any]) -> None:
    if key is None or not shared.operations.is_open:
        return
    before = kept(item_at(table, key))

    def restore() -> None:
        put_at(table, key, before)
        _follow(shared, table, key)

    shared.operations.on_failure(restore)


def _follow(shared: Shared, table: Table, key: Key | None) -> None:
    if key is not None:
        shared.expiries.follow(table, key)


def _in_one(shared: Shared, original: Callable[..., Any]) -> Callable[..., Any]:
    """Makes all writes of a call take effect, or none. moto would copy whole tables for that, and replace the originals."""

    def in_one(backend: DynamoDBBackend, *arguments: Any, **keywords: Any) -> Any:
        with shared.operations.one(), patched([(Table, "__deepcopy__", _itself)]):
            return original(backend, *arguments, **keywords)

    return in_one


def _itself(found: Any, memo: object = None) -> Any:
    return found


def _expiry(shared: Shared) -> Sequence[Patch]:
    updating = expiry.updating_time_to_live(shared.expiries, DynamoDBBackend.update_time_to_live)
    creating = expiry.creating_from_template(Table.create_from_cloudformation_json)
    return [(DynamoDBBackend, "update_time_to_live", updating), (Table, "create_from_cloudformation_json", creating)]


def _descriptions(shared: Shared) -> Sequence[Patch]:
    describe, states = Table.describe, shared.states
    return [
        (DynamoDBBackend, "table_states", states),
        (Table, "describe", table_calls.describing(states, describe)),
        (DynamoHandler, "create_table", table_calls.creating(states, DynamoHandler.create_table, describe)),
        (DynamoHandler, "update_table", table_calls.updating(states, DynamoHandler.update_table, describe)),
        (DynamoHandler, "describe_table", table_calls.describe_table),
        (DynamoHandler, "delete_table", table_calls.deleting(states, DynamoHandler.delete_table, describe)),
    ]


def _partiql(shared: Shared) -> Sequence[Patch]:
    return [(DynamoHandler, name, operation) for name, operation in shared.statements.patches().items()]


def _tokens(shared: Shared) -> Sequence[Patch]:
    names = ("transact_write_items", "execute_transaction")
    return [(DynamoHandler, name, request_tokens.once(shared.tokens, getattr(DynamoHandler, name))) for name in names]


REPAIRS: Sequence[Repair] = (
    Repair("records", [moto_bugs.reports_no_changes], _records),
    Repair(
        "writes",
        [
            moto_bugs.records_what_changes_nothing,
            moto_bugs.inserts_twice,
            moto_bugs.keeps_a_part_of_a_failed_update,
            moto_bugs.replaces_tables_after_a_failed_transaction,
            moto_bugs.keeps_expired,
        ],
        _writes,
    ),
    Repair(
        "batches",
        [moto_bugs.writes_an_item_twice_in_a_batch],
        lambda shared: [
            (DynamoHandler, "batch_write_item", batches.writing_batch(shared.operations, DynamoHandler.batch_write_item))
        ],
    ),
    Repair(
        "descriptions", [moto_bugs.answers_that_a_new_table_is_active, moto_bugs.fails_with_errors_of_python], _descriptions
    ),
    Repair("PartiQL", [moto_bugs.inserts_over_an_item], _partiql),
    Repair("request tokens", [moto_bugs.writes_again_by_the_same_token], _tokens),
    Repair(
        "expiry",
        [moto_bugs.keeps_expired],
        _expiry,
    ),
    Repair("update expressions", [checks.parses_an_update_again], lambda shared: update_expressions.patches()),
    Repair("condition expressions", [checks.parses_a_condition_again], lambda shared: condition_expressions.patches()),
    Repair("items", [checks.copies_what_never_changes], lambda shared: items.patches()),
    Repair("item checks", [checks.checks_each_value], lambda shared: item_checks.patches()),
    Repair("partitions", [checks.reads_other_partitions], lambda shared: partitions.patches()),
)
"""In the order in which they are applied."""
