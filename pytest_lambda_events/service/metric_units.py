"""The names and units of the metrics in the namespace `AWS/Lambda`."""

from __future__ import annotations

from collections.abc import Mapping

BYTES, COUNT, MILLISECONDS = "Bytes", "Count", "Milliseconds"

UNITS: Mapping[str, str] = {
    "ApproximateRunningDurableExecutions": COUNT,
    "AsyncEventAge": MILLISECONDS,
    "AsyncEventsDropped": COUNT,
    "AsyncEventsReceived": COUNT,
    "CommittedEventCount": COUNT,
    "ConcurrentExecutions": COUNT,
    "DeadLetterErrors": COUNT,
    "DeletedEventCount": COUNT,
    "DestinationDeliveryFailures": COUNT,
    "DroppedEventCount": COUNT,
    "Duration": MILLISECONDS,
    "DurableExecutionDuration": MILLISECONDS,
    "DurableExecutionFailed": COUNT,
    "DurableExecutionOperations": COUNT,
    "DurableExecutionStarted": COUNT,
    "DurableExecutionStopped": COUNT,
    "DurableExecutionStorageWrittenBytes": BYTES,
    "DurableExecutionSucceeded": COUNT,
    "DurableExecutionTimedOut": COUNT,
    "Errors": COUNT,
    "FailedInvokeEventCount": COUNT,
    "FilteredOutEventCount": COUNT,
    "Invocations": COUNT,
    "InvokedEventCount": COUNT,
    "IteratorAge": MILLISECONDS,
    "MaxOffsetLag": COUNT,
    "OffsetLag": COUNT,
    "OnFailureDestinationDeliveredEventCount": COUNT,
    "PolledEventCount": COUNT,
    "RecursiveInvocationsDropped": COUNT,
    "SumOffsetLag": COUNT,
    "Throttles": COUNT,
}
"""All metrics with their units (MET-02)."""
