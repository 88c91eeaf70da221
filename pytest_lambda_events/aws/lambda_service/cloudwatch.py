"""The metrics of Lambda, EventBridge rules, EventBridge Scheduler, pipes, topics and log groups in moto's CloudWatch.

They are written when code asks for metrics, so other tests pay nothing. As on AWS they are kept by the minute, and a query is
answered from the samples that have exactly its dimensions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ...journal.entry import Entry
from ...patching import attributes_patched
from ...service.metrics import NAMESPACE as LAMBDA
from ...service.metrics import Sample, Samples
from ...sources.pipes.metrics import NAMESPACE as PIPES
from ...sources.pipes.metrics import PipeSample, PipeSamples
from ...sources.push.push_counts import LOGS, RULES, SCHEDULES, TOPICS, CountedSample, PushCounts

if TYPE_CHECKING:
    from moto.cloudwatch.models import MetricDatumBase, Statistics

NAMESPACES = frozenset({LAMBDA, RULES, SCHEDULES, PIPES, TOPICS, LOGS})
"""The namespaces of the services that are simulated here."""
_NO_DIMENSIONS = [{"Name": "", "Value": ""}]
"""No sample has these dimensions. moto treats a query without dimensions as a query for all samples, and AWS for samples
without any.
"""

Dimensions = Sequence[Mapping[str, str]]


@contextmanager
def metrics_written(writer: Writer) -> Iterator[None]:
    """Lets moto's CloudWatch have the metrics of `writer`."""
    from moto.cloudwatch import models

    backend = models.CloudWatchBackend
    get_statistics, get_data, list_metrics = backend.get_metric_statistics, backend.get_metric_data, backend.list_metrics

    def get_metric_statistics(
        self: Any, namespace: str, metric_name: str, start_time: datetime, end_time: datetime, period: int,
        stats: list[str], dimensions: list[dict[str, str]], unit: str | None = None,
    ) -> list[Statistics]:  # fmt: skip
        writer.write()
        if namespace not in NAMESPACES or start_time >= end_time:
            return get_statistics(self, namespace, metric_name, start_time, end_time, period, stats, dimensions, unit)
        wanted = [
            datum
            for datum in self.metric_data
            if datum.namespace == namespace
            and datum.name == metric_name
            and _is_exactly(datum, dimensions)
            and unit in (None, datum.unit)
        ]
        return statistics(wanted, _minute(start_time), end_time, period, stats)

    def get_metric_data(
        self: Any, queries: list[dict[str, Any]], start_time: datetime, end_time: datetime, *others: Any, **named: Any
    ) -> list[dict[str, Any]]:
        writer.write()
        if any(_is_ours(query) for query in queries):
            queries, start_time = [_exact(query) for query in queries], _minute(start_time)
        return get_data(self, queries, start_time, end_time, *others, **named)

    def listed(self: Any, *arguments: Any, **named: Any) -> Any:
        writer.write()
        return list_metrics(self, *arguments, **named)

    with attributes_patched(
        (backend, "get_metric_statistics", get_metric_statistics),
        (backend, "get_metric_data", get_metric_data),
        (backend, "list_metrics", listed),
        (models, "are_dimensions_same", are_dimensions_same),
    ):
        yield


class Writer:
    """Updates moto's CloudWatch from the journal and from the counts of pushes."""

    def __init__(self, journal: Sequence[Entry], counts: PushCounts) -> None:
        self._journal = journal
        self._counts = counts
        self._counted: dict[object, int] = {}
        self._samples = Samples()
        self._pipes = PipeSamples()
        self._read = 0

    def write(self) -> None:
        """Writes the samples since the last time."""
        entries = self._journal[self._read :]
        self._read += len(entries)
        put(sample for entry in entries for sample in self._samples.read(entry))
        put(sample for entry in entries for sample in self._pipes.read(entry))
        put(self._counts.samples(self._counted))


def put(samples: Iterable[Sample | CountedSample | PipeSample]) -> None:
    """Adds samples to the CloudWatch of their source's account and region: one statistic set for each minute."""
    from moto.cloudwatch.models import MetricAggregatedDatum, cloudwatch_backends

    sources: defaultdict[Any, defaultdict[tuple[str, datetime, str], list[float]]] = defaultdict(lambda: defaultdict(list))
    for sample in samples:
        sources[sample.source][sample.metric_name, _minute(sample.instant), sample.unit].append(sample.value)
    for source, sets in sources.items():
        account_id, region_name = source.place
        dimensions = [{"Name": name, "Value": value} for name, value in source.dimensions.items()]
        data = cloudwatch_backends[account_id][region_name].metric_data
        data += [
            MetricAggregatedDatum(
                source.namespace, metric_name, min(values), max(values), float(len(values)), float(sum(values)), dimensions,
                minute, unit,
            )
            for (metric_name, minute, unit), values in sets.items()
        ]  # fmt: skip


def statistics(
    data: Iterable[MetricDatumBase], start: datetime, end: datetime, period: int, names: list[str]
) -> list[Statistics]:
    """Returns the periods from `start` on that have a sample before `end`, each with the time at which it begins."""
    from moto.cloudwatch.models import Statistics

    length = timedelta(seconds=period)
    periods: dict[int, Statistics] = {}
    for datum in sorted(data, key=lambda datum: datum.timestamp):
        if start <= datum.timestamp < end:
            number = (datum.timestamp - start) // length
            if number not in periods:
                periods[number] = Statistics(names, start + number * length, datum.unit)
            periods[number].metric_data.append(datum)
    return list(periods.values())


def are_dimensions_same(some: Iterable[Any], others: Iterable[Any]) -> bool:
    """Returns whether two metrics have the same dimensions. moto's own check is wrong for two or more dimensions."""
    return _pairs(some) == _pairs(others)


def _pairs(dimensions: Iterable[Any]) -> set[tuple[str, str]]:
    return {(dimension.name, dimension.value) for dimension in dimensions}


def _is_exactly(datum: MetricDatumBase, dimensions: Dimensions) -> bool:
    return _pairs(datum.dimensions) == {(dimension["Name"], dimension["Value"]) for dimension in dimensions}


def _is_ours(query: Mapping[str, Any]) -> bool:
    metric: Mapping[str, Any] = query.get("MetricStat", {}).get("Metric", {})
    return metric.get("Namespace") in NAMESPACES


def _exact(query: dict[str, Any]) -> dict[str, Any]:
    """Returns the query in the form that moto answers correctly: it compares dimensions in order, and ours are sorted by
    name.
    """
    if not _is_ours(query):
        return query
    statistic = query["MetricStat"]
    dimensions = sorted(statistic["Metric"].get("Dimensions") or _NO_DIMENSIONS, key=lambda dimension: dimension["Name"])
    return {**query, "MetricStat": {**statistic, "Metric": {**statistic["Metric"], "Dimensions": dimensions}}}


def _minute(instant: datetime) -> datetime:
    """Returns the whole minute of a time, in UTC without a zone as in moto."""
    return instant.replace(second=0, microsecond=0, tzinfo=None)
