"""Refusals of SNS as errors of moto."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from moto.sns.exceptions import SNSException

from ...sources.push.topic_errors import TopicError


@contextmanager
def refusals_raised() -> Iterator[None]:
    """Raises the errors of moto for refusals in the block."""
    try:
        yield
    except TopicError as error:
        raise SNSException(error.code, error.message) from None
