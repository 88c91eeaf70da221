"""Delivers the events of push sources to functions."""

from __future__ import annotations

from ...arns import parse_or_none
from ...journal.entry import Subject
from ...journal.events import Warned
from ...journal.journal import Journal
from ...service.authorization import PushSource
from ...service.errors import ServiceError
from ...service.event_acceptor import EventAcceptor, SourceDenied


class FunctionDeliveries:
    """Delivers for services that do not report a refusal to their caller. The refusal is in the journal."""

    def __init__(self, acceptor: EventAcceptor, journal: Journal) -> None:
        self._acceptor = acceptor
        self._journal = journal

    def deliver(self, function_arn: str, payload: bytes, source: PushSource | None = None) -> bool:
        """Queues an event, and returns whether it was queued.

        A refusal of Lambda becomes a warning. If the function's policy does not allow the source, the journal has a `denied`
        entry.
        """
        try:
            self._acceptor.accept(function_arn, payload, source=source)
        except SourceDenied:
            return False
        except ServiceError as refusal:
            arn = parse_or_none(function_arn)
            message = f"A delivery to {function_arn} was refused: {refusal.message}"
            self._journal.write(Warned(Subject(arn.name if arn else function_arn), message))
            return False
        return True
