"""All pipes of a simulated AWS, each with the poller of its source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from ...journal.entry import Subject
from ...journal.events import Warned
from ...report.balance import ExpectedRecord
from ..dependencies import PollerDependencies
from ..mapping import EventSourceMapping
from ..registry import Poller
from ..sqs.poller import QueuePoller
from ..streams.poller import StreamPoller
from .consumers import PipeOfQueue, PipeOfStream
from .pipe import Pipe
from .runs import PipeTools


class _RunningPipe:
    """A pipe, the settings of its poller, and the poller. A pipe keeps them when it is updated or stopped."""

    def __init__(self, pipe: Pipe, dependencies: PollerDependencies, tools: PipeTools) -> None:
        self.pipe = pipe
        self.mapping = EventSourceMapping(
            pipe.arn, pipe.arn, pipe.source_arn, pipe.settings, pipe.settings, starting_position=pipe.starting_position
        )
        current: Callable[[], Pipe] = lambda: self.pipe  # noqa: E731
        self.poller: Poller = (
            QueuePoller(dependencies, self.mapping, partial(PipeOfQueue, current, tools))
            if pipe.source_service == "sqs"
            else StreamPoller(dependencies, self.mapping, partial(PipeOfStream, current, tools))
        )

    def set(self, pipe: Pipe, *, is_running: bool) -> None:
        """Adapts to the current state of the pipe. Batches on their way continue with the former state."""
        self.pipe = pipe
        self.mapping.settings = self.mapping.in_force = pipe.settings
        self.mapping.is_polled = is_running
        self.poller.changed()


class Pipes:
    """Runs pipes. A pipe that is stopped continues where it stopped."""

    def __init__(self, dependencies: PollerDependencies, tools: PipeTools) -> None:
        self._deps = dependencies
        self._tools = tools
        self._by_arn: dict[str, _RunningPipe] = {}

    def set(self, pipe: Pipe, *, is_running: bool) -> None:
        """Is called when a pipe was created, updated, started or stopped."""
        if pipe.arn not in self._by_arn:
            self._warn_of_missing_source(pipe)
            self._by_arn[pipe.arn] = _RunningPipe(pipe, self._deps, self._tools)
        self._by_arn[pipe.arn].set(pipe, is_running=is_running)

    def remove(self, arn: str) -> None:
        """Is called when a pipe was deleted. Batches on their way end as they would have."""
        running = self._by_arn.pop(arn, None)
        if running is not None:
            running.mapping.is_polled = False
            running.poller.end()

    def _warn_of_missing_source(self, pipe: Pipe) -> None:
        exists = self._deps.find_queue if pipe.source_service == "sqs" else self._deps.find_stream
        if exists(pipe.source_arn) is None:
            message = f"The source of pipe {pipe.name!r} does not exist: {pipe.source_arn}. The pipe waits for it."
            self.warn(pipe, message)

    def warn(self, pipe: Pipe, message: str) -> None:
        """Writes a warning about a pipe to the journal."""
        self._deps.simulation.journal.write(Warned(Subject(pipe.label), message))

    def source_arns(self) -> Iterator[str]:
        """Returns the ARNs of the sources."""
        return (running.pipe.source_arn for running in self._by_arn.values())

    def expected_records(self) -> Iterator[ExpectedRecord]:
        """Returns the stream records that the pipes have processed or still have to process."""
        for running in self._by_arn.values():
            yield from running.poller.expected_records()
