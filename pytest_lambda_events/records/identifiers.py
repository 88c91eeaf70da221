"""The identifiers of records in the journal entries of a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def identifiers(detail: Mapping[str, Any]) -> Sequence[str]:
    """The message ids, or of a stream the sequence numbers, that an entry is about."""
    found: Sequence[str] = detail.get("message_ids") or detail.get("sequence_numbers") or ()
    return found
