"""The metrics of pipes, read from the journal (PIP-0B)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from ...arns import parse
from ...journal.batches import BatchResult, PipeStarted
from ...journal.entry import Entry

NAMESPACE = "AWS/EventBridge/Pipes"


class PipeSource(NamedTuple):
    """The pipe of a sample, by its ARN."""

    arn: str

    @property
    def namespace(self) -> str:
        """Returns the namespace in CloudWatch."""
        return NAMESPACE

    @property
    def dimensions(self) -> Mapping[str, str]:
        """Returns the only dimension in CloudWatch."""
        return {"PipeName": parse(self.arn).name}

    @property
    def place(self) -> tuple[str, str]:
        """Returns the account and the Region of the samples."""
        parsed = parse(self.arn)
        return parsed.account_id, parsed.region_name


class PipeSample(NamedTuple):
    """One value of one metric. `instant` is when the batch began."""

    metric_name: str
    source: PipeSource
    instant: datetime
    value: float

    @property
    def unit(self) -> str:
        """Returns `Count` or `Milliseconds`."""
        return "Milliseconds" if self.metric_name == "Duration" else "Count"


class PipeSamples:
    """Reads the journal entry by entry."""

    def __init__(self) -> None:
        self._begun: dict[tuple[str | None, int | None], PipeStarted] = {}

    def read(self, entry: Entry) -> Iterator[PipeSample]:
        """Yields the samples of the next entry. Records that match no filter do not count, since no batch has them."""
        key = entry.request_id, entry.attempt
        if isinstance(entry, PipeStarted):
            self._begun[key] = entry
            yield _sample("Invocations", entry, 1)
            yield _sample("EventCount", entry, len(entry.ids))
        elif isinstance(entry, BatchResult) and key in self._begun:
            begun = self._begun.pop(key)
            yield _sample("Duration", begun, (entry.microseconds - begun.microseconds) / 1000)
            if len(entry.failed) == entry.records:
                yield _sample("ExecutionFailed", begun, 1)


def _sample(metric_name: str, begun: PipeStarted, value: float) -> PipeSample:
    return PipeSample(metric_name, PipeSource(begun.origin.event_source_mapping), begun.at, value)
