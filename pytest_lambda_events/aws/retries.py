"""botocore's own retries pause for random times: in a world these follow from the seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import botocore.retryhandler
from botocore.retries.standard import ExponentialBackoff


@contextmanager
def retries_seeded(seed: int) -> Iterator[None]:
    """Draw the pauses of botocore's retries, in every mode, from `seed`. They pass on the virtual clock anyway."""
    source = random.Random(f"retries {seed}")
    delay_amount = ExponentialBackoff.delay_amount

    def seeded(backoff: Any, context: Any) -> Any:
        own, backoff._random = backoff._random, source.random
        try:
            return delay_amount(backoff, context)
        finally:
            backoff._random = own

    with (
        mock.patch.object(botocore.retryhandler, "random", source),
        mock.patch.object(ExponentialBackoff, "delay_amount", seeded),
    ):
        yield
