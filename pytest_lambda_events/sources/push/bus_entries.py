"""What `PutEvents` accepts: a request as a whole, and each of its entries (EVB-10 to 1D)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...values import dataclass
from ..filtering.exact_json import object_with_spelling

Entry = Mapping[str, Any]
"""An entry of `PutEvents`, with the members of the API."""

ENTRIES = 10
"""The maximum number of entries of a request (EVB-10)."""
REQUEST_BYTES = 1_048_576
"""The size that the entries of a request must stay below (EVB-11)."""
TIME_BYTES = 14
"""What the time of an entry counts (EVB-11)."""
DETAIL_TYPE_LENGTH = 128
"""The maximum number of characters of a `DetailType` (EVB-13)."""
TRACE_LENGTH = 500
"""The maximum number of characters of a `TraceHeader` (EVB-1B)."""
_NEEDED = ("Source", "DetailType", "Detail")
_LENGTH = "failed to satisfy constraint: Member must have length"


@dataclass(frozen=True, slots=True)
class EntryRefusal:
    """Why an entry fails: the code and the message of its answer."""

    code: str
    message: str


def refusal_of_request(entries: Sequence[Entry]) -> str | None:
    """Returns AWS's text if it refuses a whole request, else None (EVB-10, EVB-11, EVB-13, EVB-1B)."""
    if not entries:
        return f"1 validation error detected: Value '[]' at 'entries' {_LENGTH} greater than or equal to 1"
    if len(entries) > ENTRIES:
        value = "[PutEventsRequestEntry]"
        return f"1 validation error detected: Value '{value}' at 'entries' {_LENGTH} less than or equal to {ENTRIES}"
    for number, entry in enumerate(entries, 1):
        refusal = _refusal_of_trace(number, entry.get("TraceHeader"))
        if refusal is not None:
            return refusal
    if sum([size_of(entry) for entry in entries]) >= REQUEST_BYTES:
        return "Total size of the entries in the request is over the limit."
    missing = [_missing(entry) for entry in entries]
    return _required(missing[0]) if all(missing) and missing[0] else None


def detail_of_entry(entry: Entry) -> dict[str, Any] | EntryRefusal:
    """Returns the detail of an entry, or why AWS refuses the entry (EVB-13 to 15)."""
    missing = _missing(entry)
    if missing is not None:
        return EntryRefusal("InvalidArgument", _required(missing))
    if len(entry["DetailType"]) > DETAIL_TYPE_LENGTH:
        reason = f"DetailType must have at most {DETAIL_TYPE_LENGTH} characters."
        return EntryRefusal("InvalidArgument", f"Parameter DetailType is not valid. Reason: {reason}")
    if str(entry["Source"]).startswith("aws."):
        return EntryRefusal("NotAuthorizedForSourceException", "Not authorized for the source.")
    detail = object_with_spelling(entry["Detail"])
    return EntryRefusal("MalformedDetail", "Detail is malformed.") if detail is None else detail


def size_of(entry: Entry) -> int:
    """Returns the size of an entry in bytes. The name of the bus and the trace header do not count (EVB-11)."""
    texts = [entry.get(name) or "" for name in _NEEDED] + list(entry.get("Resources") or ())
    return sum([len(text.encode()) for text in texts]) + (TIME_BYTES if entry.get("Time") is not None else 0)


def _missing(entry: Entry) -> str | None:
    for name in _NEEDED:
        if not entry.get(name):
            return name
    return None


def _required(name: str) -> str:
    return f"Parameter {name} is not valid. Reason: {name} is a required argument."


def _refusal_of_trace(number: int, header: str | None) -> str | None:
    where = f"1 validation error detected: Value '{header}' at 'entries.{number}.member.traceHeader' {_LENGTH}"
    if header == "":
        return f"{where} greater than or equal to 1"
    if header is not None and len(header) > TRACE_LENGTH:
        return f"{where} less than or equal to {TRACE_LENGTH}"
    return None
