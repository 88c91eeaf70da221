"""The regions of AWS, as botocore knows them."""

from __future__ import annotations

import difflib
from functools import cache

from botocore.loaders import create_loader

from ...arguments import shown
from ...errors import LambdaEventsError, hides_frames
from ...option_defaults import RegionOfProcess

__tracebackhide__ = hides_frames


def check_region(region_name: object, call: str = "") -> None:
    """Raises `LambdaEventsError` for a region that no partition of AWS has. `call` begins the message."""
    known = _regions()
    # "aws-global" is a region only of clients.
    if region_name in known and (call or not str(region_name).endswith("-global")):
        return
    close = difflib.get_close_matches(region_name, known, 3) if isinstance(region_name, str) else []
    what = "region_name"
    if isinstance(region_name, RegionOfProcess):
        what = f"The environment variable {region_name.variable}"
    guess = f"Did you mean {' or '.join(map(repr, close))}?" if close else "Pass the name of a region, such as 'us-east-1'."
    raise LambdaEventsError(f"{call}{what}={shown(region_name)} is not an AWS region that botocore knows. {guess}")


@cache
def _regions() -> tuple[str, ...]:
    partitions = create_loader().load_data("partitions")["partitions"]
    return tuple(name for partition in partitions for name in partition["regions"])
