"""The CloudWatch metrics of functions and event source mappings, in a form for assertions."""

from __future__ import annotations

from ..arguments import alternatives, shown
from ..errors import LambdaEventsError, hides_frames
from ..journal.journal import Journal
from ..service.metric_units import UNITS
from ..service.metrics import MappingSource, Source, samples_of
from .event_source_mapping import EventSourceMapping
from .function import Function
from .misuse import reports_misuse

__tracebackhide__ = hides_frames


@reports_misuse
class Metrics:
    """The metrics of namespace `AWS/Lambda`: single samples, which CloudWatch combines to minutes.

    A function handle without a qualifier selects the metrics of the whole function. With a qualifier it selects the
    invocations through this version or alias (CloudWatch's dimension `Resource`). An event source mapping has metrics if it
    was created with `metrics=["EventCount"]`. They are not metrics of its function (MET-40).
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def values(self, metric_name: str, source: Function | EventSourceMapping) -> list[float]:
        """Returns the samples of a metric in order of time. `Duration` and `AsyncEventAge` are in milliseconds.

        Returns `[]` if there are no samples. This differs from `[0]`, a sample of zero, as on AWS. Raises
        `LambdaEventsError` if the metric does not exist.
        """
        if metric_name not in list(UNITS):
            names = alternatives(metric_name, UNITS, label="Metrics")
            raise LambdaEventsError(f"Metric {shown(metric_name)} does not exist. {names}")
        wanted = _source_of(source)
        entries = self._journal.of_function(source.name) if isinstance(source, Function) else self._journal
        found = [sample for sample in samples_of(entries, metric_name) if sample.source == wanted]
        return [sample.value for sample in sorted(found, key=lambda sample: sample.instant)]

    def sum(self, metric_name: str, source: Function | EventSourceMapping) -> float:
        """Returns the sum of the samples, like CloudWatch's statistic `Sum`. Returns 0 if there are no samples."""
        return sum(self.values(metric_name, source))


def _source_of(handle: Function | EventSourceMapping) -> Source | MappingSource:
    if isinstance(handle, EventSourceMapping):
        return MappingSource(handle.uuid)
    if not isinstance(handle, Function):
        raise LambdaEventsError(
            f"source={shown(handle)} has no metrics. Pass the handle of a function or of an event source mapping, such as "
            'lambda_events.functions["orders"].'
        )
    source = Source.as_invoked(handle.arn)
    return source.of_function if handle.qualifier is None else source
