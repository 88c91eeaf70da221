"""CloudWatch Logs, directly on moto's backend, because this makes the lines of an invocation cheap."""

from __future__ import annotations

from collections.abc import Sequence

from moto.logs.models import LogGroup, LogStream, logs_backends


class LogStore:
    """The log groups of one account and region."""

    def __init__(self, account_id: str, region_name: str) -> None:
        self._account_id = account_id
        self._region_name = region_name

    def put(self, group: str, stream: str, events: Sequence[tuple[int, str]]) -> None:
        """Appends events, each with its time in milliseconds since the epoch. Creates missing groups and streams."""
        log_stream = self._stream(self._group(group), stream)
        log_stream.put_log_events([{"timestamp": timestamp, "message": message} for timestamp, message in events])

    def _group(self, name: str) -> LogGroup:
        backend = logs_backends[self._account_id][self._region_name]
        if name not in backend.groups:
            backend.create_log_group(name, {})
        return backend.groups[name]

    def _stream(self, group: LogGroup, name: str) -> LogStream:
        if name not in group.streams:
            group.create_log_stream(name)
        return group.streams[name]
