"""What CloudWatch knows of functions and of event source mappings, as a test reads it in one line."""

from __future__ import annotations

from ..arguments import alternatives, shown
from ..errors import LambdaEventsError, hides_frames
from ..service.metrics import UNITS, MappingSource, Source, samples_of
from ..simulation.journal import Journal
from .event_source_mapping import EventSourceMapping
from .function import Function
from .misuse import reports_misuse

__tracebackhide__ = hides_frames


@reports_misuse
class Metrics:
    """The metrics of namespace `AWS/Lambda`: the samples that CloudWatch has, without the rounding to minutes.

    A handle without a qualifier stands for all of its function; one with a qualifier for the invocations that named it,
    CloudWatch's dimension `Resource`. An event source mapping has metrics of its own if it was made with
    `metrics=["EventCount"]`; its function has none of them (MET-40).
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def values(self, metric_name: str, source: Function | EventSourceMapping) -> list[float]:
        """The samples in order of time, `Duration` and `AsyncEventAge` in milliseconds; `[]` where there is none.

        No sample is not a zero: `[]` and `[0]` differ as on AWS. Raises `LambdaEventsError` for a name that no metric has.
        """
        if metric_name not in list(UNITS):
            names = alternatives(metric_name, UNITS, label="Metrics")
            raise LambdaEventsError(f"Metric {shown(metric_name)} does not exist. {names}")
        wanted = _source_of(source)
        entries = self._journal.of_function(source.name) if isinstance(source, Function) else self._journal
        found = [sample for sample in samples_of(entries) if sample.metric_name == metric_name and sample.source == wanted]
        return [sample.value for sample in sorted(found, key=lambda sample: sample.instant)]

    def sum(self, metric_name: str, source: Function | EventSourceMapping) -> float:
        """The sum of the samples, as CloudWatch's statistic `Sum` over all time; 0 where there is none."""
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
