"""The tables of moto with our own streams behind them. boto3, handles and pollers use the same ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.table import StreamRecord, StreamShard, Table

from ...service.tracing import PassedTrace
from ...simulation.clock import MICROSECONDS
from ...simulation.simulation import Simulation
from .images import as_boto3_has_it, plain
from .simulated_stream import EPOCH, Change, SimulatedStream
from .writes import Operations


class SimulatedTables:
    """The tables of one simulated AWS: their streams, and the changes that are due by themselves."""

    def __init__(self, simulation: Simulation, passed: PassedTrace) -> None:
        self.simulation = simulation
        self._passed = passed
        self.operations = Operations(self._changed)
        self._streams: dict[str, SimulatedStream] = {}
        self._enabled: dict[Table, SimulatedStream] = {}

    def stream(self, arn: str) -> SimulatedStream | None:
        """Returns the stream of an ARN, if it exists now. It exists for a day after it was disabled or its table was
        deleted.
        """
        found = self._streams.get(arn)
        if found is not None and found.is_gone:
            del self._streams[arn]
            return None
        return found

    def streams(self, account_id: str, region_name: str) -> Sequence[SimulatedStream]:
        """Returns the streams of an account and region, in order of creation."""
        place = f":dynamodb:{region_name}:{account_id}:"
        return [found for arn in list(self._streams) if place in arn and (found := self.stream(arn)) is not None]

    def enable(self, table: Any, view_type: str) -> None:
        """Gives a table a new stream."""
        label = self._new_label(table)
        stream = SimulatedStream(table, label, view_type, self.simulation)
        self._streams[stream.arn] = self._enabled[table] = stream
        table.latest_stream_label = label
        table.stream_shard = StreamShard(table.account_id, table)

    def disable(self, table: Any) -> None:
        """Stops recording the changes of a table."""
        stream = self._enabled.pop(table, None)
        if stream is not None:
            stream.disable()
        table.stream_shard = None

    def wrote(self, table: Table, old: Any, new: Any) -> None:
        """Is called when an item of a table with a stream was written or deleted."""
        self.operations.wrote(table, old, new)

    def _changed(self, table: Table, change: Change) -> None:
        stream = self._enabled.get(table)
        if stream is not None:
            stream.append(change, self._passed.header)

    def _new_label(self, table: Any) -> str:
        instant = self.simulation.clock.now
        while True:
            label = instant.replace(tzinfo=None).isoformat(timespec="milliseconds")
            if f"{table.table_arn}/stream/{label}" not in self._streams:
                return label
            instant += timedelta(milliseconds=1)

    def adopt(self) -> None:
        """Takes over the streams that moto stored in its own form."""
        for table in tables():
            if table.stream_shard is not None and table.stream_specification.get("StreamEnabled"):
                self._adopt(table)

    def _adopt(self, table: Any) -> None:
        view_type = table.stream_specification["StreamViewType"]
        stream = SimulatedStream(table, table.latest_stream_label, view_type, self.simulation)
        self._streams[stream.arn] = self._enabled[table] = stream
        for kept in table.stream_shard.items:
            stated = kept.record["dynamodb"]
            content = {**kept.record, "eventVersion": "1.1", "awsRegion": table.region_name, "dynamodb": dict(stated)}
            for part in ("Keys", "NewImage", "OldImage"):
                if part in stated:
                    content["dynamodb"][part] = {name: plain(value) for name, value in stated[part].items()}
            second = (_aware(stated["ApproximateCreationDateTime"]) - EPOCH) // timedelta(seconds=1)
            content["dynamodb"]["ApproximateCreationDateTime"] = float(second)
            arrived_at = (_aware(stated["ApproximateCreationDateTime"]) - self.simulation.clock.start) // timedelta(seconds=1)
            stream.adopt(content, content["dynamodb"]["Keys"], min(arrived_at * MICROSECONDS, stream.now))

    def give_back(self) -> None:
        """Gives the records of enabled streams back to moto, in its own form."""
        for table, stream in self._enabled.items():
            records = [_given_back(record.content) for record in stream.records()]
            shard: Any = table.stream_shard
            shard.items = records
            if records:
                shard.starting_sequence_number = int(records[0].record["dynamodb"]["SequenceNumber"])


def simulated_tables() -> SimulatedTables:
    """Returns the tables of the open simulated AWS."""
    found: SimulatedTables = DynamoDBBackend.simulated_tables  # type: ignore[attr-defined]
    return found


def tables() -> Iterator[Any]:
    """Returns all tables of moto."""
    for account in list(dynamodb_backends.values()):
        for backend in list(account.values()):
            yield from list(backend.tables.values())


def boto3_record(content: Any) -> dict[str, Any]:
    """Returns a record in the form in which moto encodes it for boto3's `get_records`."""
    stated = dict(content["dynamodb"])
    for part in ("Keys", "NewImage", "OldImage"):
        if part in stated:
            stated[part] = {name: as_boto3_has_it(value) for name, value in stated[part].items()}
    second = stated["ApproximateCreationDateTime"]
    stated["ApproximateCreationDateTime"] = datetime.fromtimestamp(second, timezone.utc).replace(tzinfo=None)
    answered = {**content, "dynamodb": stated}
    identity = content.get("userIdentity")
    if identity is not None:
        answered["userIdentity"] = {"PrincipalId": identity["principalId"], "Type": identity["type"]}
    return answered


def _given_back(content: Any) -> Any:
    record: Any = StreamRecord.__new__(StreamRecord)
    record.record = boto3_record(content)
    return record


def _aware(stated: Any) -> datetime:
    instant = datetime.fromisoformat(stated) if isinstance(stated, str) else stated
    return instant if instant.tzinfo else instant.replace(tzinfo=timezone.utc)
