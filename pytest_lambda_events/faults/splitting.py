"""How a planned `split` divides a batch."""

from __future__ import annotations

from collections.abc import Sequence


def split_sizes(count: int, sizes: Sequence[int]) -> list[int]:
    """Returns the sizes of the parts of a batch of `count` records. The remaining records form a final part."""
    parts: list[int] = []
    for size in sizes:
        if size >= count:
            break
        parts.append(size)
        count -= size
    return [*parts, count]
