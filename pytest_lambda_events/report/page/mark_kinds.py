"""The kinds of marks: their words in the legend, and their signs."""

from __future__ import annotations

from ...values import dataclass

_CHECK = "M2.5 6.5 5 9 9.5 3.5"
_CROSS = "M3 3 9 9 M9 3 3 9"
_EXCLAMATION = "M6 2V6.8 M6 9.6V9.7"
_ENVELOPE = "M2 3.5H10V9H2Z M2 3.8 6 6.8 10 3.8"


@dataclass(frozen=True, slots=True)
class MarkKind:
    """`icon` is the path of the sign on 12 by 12 pixels: the shape tells kinds apart without their colors."""

    words: str
    icon: str


MARK_KINDS = {
    "success": MarkKind("succeeded", _CHECK),
    "partial": MarkKind("part of the batch failed", "M1 5.5 2.8 7.5 6 3 M7 7 10.5 10.5 M10.5 7 7 10.5"),
    "all_failed": MarkKind("whole batch failed", "M1.5 1.5 5 5 M5 1.5 1.5 5 M7 7 10.5 10.5 M10.5 7 7 10.5"),
    "function_error": MarkKind("function error", _CROSS),
    "throttled": MarkKind("throttled", "M4.2 2.5V9.5 M7.8 2.5V9.5"),
    "service_error": MarkKind("service error", _EXCLAMATION),
    "not_found": MarkKind("function not found", "M3.9 4.1A2.1 2.1 0 1 1 6 6.3V7.2 M6 9.7V9.8"),
    "pending": MarkKind("pending", "M2.6 6H2.7 M6 6H6.1 M9.3 6H9.4"),
    "waited": MarkKind("waited", "M6 1.8A4.2 4.2 0 1 1 5.9 1.8 M6 3.6V6.2L7.8 7.6"),
    "called_back": MarkKind("callback succeeded", "M9.5 3.5H5A2.5 2.5 0 0 0 5 8.5H9 M7 6.2 9.3 8.5 7 10.8"),
    "operation_failed": MarkKind("operation failed", _CROSS),
    "timed_out": MarkKind("timed out", "M3 2H9L3 10H9Z"),
    "accepted": MarkKind("accepted", "M2.5 6H9.5 M6.5 3 9.5 6 6.5 9"),
    "polled": MarkKind("received", "M6 2.5V9.5 M3 6.5 6 9.5 9 6.5"),
    "done": MarkKind("done", _CHECK),
    "kept": MarkKind("not deleted", "M2.5 6H9.5"),
    "filtered": MarkKind("filtered", "M2 3H10L7 6.5V10L5 9V6.5Z"),
    "released": MarkKind("released", "M6 9.5V2.5 M3 5.5 6 2.5 9 5.5"),
    "delivered": MarkKind("delivered", _ENVELOPE),
    "failure_record": MarkKind("delivered after a failure", _ENVELOPE),
    "lost": MarkKind("delivery failed", f"{_ENVELOPE} M8 8 11 11 M11 8 8 11"),
    "redriven": MarkKind("moved to the dead-letter queue", "M3 2.5V5.5A2 2 0 0 0 5 7.5H9.5 M7 5 9.5 7.5 7 10"),
    "expired": MarkKind("expired", "M3 2H9L3 10H9Z"),
    "discarded": MarkKind("discarded", "M2 3.5H10 M4.5 3.2V2H7.5V3.2 M3 3.8 3.6 10.3H8.4L9 3.8 M5 5.5V8.5 M7 5.5V8.5"),
    "warning": MarkKind("warning", _EXCLAMATION),
    "fault": MarkKind("planned fault", "M6.8 1.5 3.5 6.8H6L5.2 10.5 8.6 5.2H6.1Z"),
    "more": MarkKind("many similar marks", "M2.5 3.5H9.5 M2.5 6H9.5 M2.5 8.5H9.5"),
}
"""The kinds of marks in the order of the legend. Those of an attempt come first."""
