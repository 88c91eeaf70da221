"""The regions of AWS, as botocore knows them."""

from __future__ import annotations

import difflib
from functools import cache

from botocore.loaders import create_loader

from ..errors import LambdaEventsError, hides_frames

__tracebackhide__ = hides_frames


def check_region(region_name: str) -> None:
    """Raises `LambdaEventsError` for a region that no partition of AWS has."""
    known = _regions()
    if region_name in known:
        return
    close = difflib.get_close_matches(region_name, known, 3)
    guess = f"Did you mean {' or '.join(map(repr, close))}?" if close else "Pass the name of a region, such as 'us-east-1'."
    raise LambdaEventsError(f"region_name={region_name!r} is not an AWS region that botocore knows. {guess}")


@cache
def _regions() -> tuple[str, ...]:
    partitions = create_loader().load_data("partitions")["partitions"]
    return tuple(name for partition in partitions for name in partition["regions"] if not name.endswith("-global"))
