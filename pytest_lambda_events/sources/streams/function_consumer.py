"""The function that processes the batches of a mapping of a stream (KIN-40 to 42, 60 to 69)."""

from __future__ import annotations

from collections.abc import Callable

from ...errors import hides_frames
from ...service.invoke_request import InvokeRequest, Result
from .decisions import Outcome
from .mapping_context import MappingContext
from .stream_batch import StreamBatch, StreamConsumer

__tracebackhide__ = hides_frames

OK = "OK"
FAILED = "PROBLEM: Function call failed"

ConsumerFactory = Callable[[MappingContext], StreamConsumer]


class FunctionConsumer:
    """Invokes the function with batches."""

    def __init__(self, context: MappingContext) -> None:
        self._context = context
        self._deps = context.deps
        self._journal = context.journal

    def begin(self, batch: StreamBatch, request: InvokeRequest, on_ended: Callable[[Outcome], None]) -> str | None:
        """Invokes the function. Returns why it did not run, or None."""
        target = self._deps.resolved(batch.settings)
        if target is None:
            self._journal.write_not_found(request, batch.settings)
            return "the function does not exist"
        self._deps.check_invocable(target)
        refusal = self._deps.invoker.start(target, request, lambda result: on_ended(self._outcome(batch, result)))
        return None if refusal is None else refusal.reason

    def _outcome(self, batch: StreamBatch, result: Result) -> Outcome:
        batch.result = result
        if result.error is not None:
            outcome = Outcome(0, result.error.summary)
        else:
            outcome = self._context.form.outcome(result.payload, batch)
            if not batch.settings.reports_batch_item_failures:
                self._journal.warn_of_ignored_failures(result.payload)
        # A valid response is no problem, even if it names failures (KIN-4C).
        is_problem = result.error is not None or (batch.settings.tumbling_window_in_seconds > 0 and outcome.state is None)
        self._context.mapping.last_processing_result = FAILED if is_problem else OK
        return outcome
