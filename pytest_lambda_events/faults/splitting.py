"""How a planned `split` divides a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .failures import Failure


def split_sizes(count: int, sizes: Sequence[int]) -> list[int]:
    """Returns the sizes of the parts of a batch of `count` records. The remaining records form a final part."""
    parts: list[int] = []
    for size in sizes:
        if size >= count:
            break
        parts.append(size)
        count -= size
    return [*parts, count]


def explored_splits(count: int) -> Mapping[str, Failure]:
    """Returns how an exploration can divide a batch of `count` records: after the first, before the last, or each alone."""
    splits = {"split": (1,), "split last": (count - 1,), "split all": (1,) * (count - 1)}
    return {
        name: Failure("split", sizes=sizes) for name, sizes in splits.items() if count > 2 or (count == 2 and name == "split")
    }
