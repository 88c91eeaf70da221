"""Polls one queue for one mapping, and deletes what was processed (SQS-10 to 39)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from ... import limits
from ...errors import hides_frames
from ...journal.batches import MessagesFiltered, Polled
from ...journal.pending import OfQueue, QueuePoll, QueueScaling, QueueWindow
from ...report.balance import ExpectedRecord
from ...service.invoke_request import InvokeRequest
from ...service.model import Target
from ...simulation.clock import MICROSECONDS, seconds_between
from ...simulation.scheduler import Timer
from ...simulation.wait_signal import Signal
from ..dependencies import PollerDependencies
from ..events import encoded
from ..filtering import filters
from ..filtering.filters import Filters
from ..mapping import EventSourceMapping, Settings
from ..mapping_journal import MappingJournal
from ..ports import Queue, ReceivedMessage
from . import decisions
from .batches import Batch, Item, OpenWindow, batches_of
from .deletion import MessageDeleter
from .delivery import AttemptCounts, DeliveryFactory, QueueDelivery
from .planned_faults import planned_batches
from .receive_loop_guard import ReceiveLoopGuard
from .records import encoded_record, record

__tracebackhide__ = hides_frames


class QueuePoller:
    """Receives messages while fewer batches are in progress than the concurrency of the mapping allows.

    A batch is in progress from the receive of its first message to the end of its invocation. A throttled batch stays in
    progress until its visibility timeout ends (SQS-60). Between polls the poller waits for the next message that can be
    received, or for the end of a batch. `delivery_of` creates what processes its batches.
    """

    def __init__(
        self, dependencies: PollerDependencies, mapping: EventSourceMapping, delivery_of: DeliveryFactory = QueueDelivery
    ) -> None:
        self._mapping = mapping
        self._deps = dependencies
        self._config = dependencies.config
        self._simulation = dependencies.simulation
        self._journal = MappingJournal(mapping, self._simulation.journal)
        self._counts = AttemptCounts()
        self._delivery = delivery_of(dependencies, self._journal, self._counts, self)
        self._deleter = MessageDeleter(dependencies, self._journal)
        self._loop_guard = ReceiveLoopGuard(
            self._simulation.clock, self._journal.source_name, self._journal.function_name
        )  # fmt: skip
        self._filters: Filters = filters.compile(())
        self._timer: Timer | None = None
        self._listening_to: Signal | None = None
        self._denial: str | None = None
        self._open_windows: list[OpenWindow] = []
        self._gathered = 0
        self._complete: deque[Batch] = deque()
        self._invoking = 0
        self._is_armed = False
        """Whether the next poll is scheduled for the state after the last batch."""
        self._backlog_since: int | None = None
        self._growth: Timer | None = None
        self._has_ended = False
        self._allowed_at_first = self._allowed_after(0.0)

    def changed(self) -> None:
        """Adapts to the settings in force, and to whether the queue is polled. Batches in progress continue (SQS-08)."""
        self._filters = filters.compile(self._settings.filters)
        self._allowed_at_first = self._allowed_after(0.0)
        self._journal.warn_of_unknown_keys()
        self._sleep()
        self._arm()

    def end(self) -> None:
        """Stops polling, since the mapping was deleted. Batches in progress end as they would have."""
        self._has_ended = True
        self._arm()

    def expected_records(self) -> Sequence[ExpectedRecord]:
        """Returns nothing: a queue itself knows its messages."""
        return ()

    @property
    def _settings(self) -> Settings:
        return self._mapping.in_force

    @property
    def _now(self) -> int:
        return self._simulation.clock.microseconds

    def _arm(self) -> None:
        """Schedules the next poll, and listens for what may make it earlier."""
        due = self._next_poll_at()
        if self._timer is not None and self._timer.is_due:
            if self._timer.due == due:
                return
            self._timer.cancel()
        if due is not None:
            self._timer = self._simulation.scheduler.call_at(
                due, self._poll, self._work(QueuePoll), unordered=True,
            )  # fmt: skip

    def _next_poll_at(self) -> int | None:
        """Returns the instant at which messages can be received and processed; None if it is unknown."""
        queue = self._readable()
        if self._complete and self._invoking < self._allowed:
            return self._now
        if queue is None:
            return None
        if self._free <= 0:
            self._watch_backlog(queue)
            return None
        due = queue.next_receivable_at()
        if due != self._now:
            self._backlog_since = None
        return due

    def _readable(self) -> Queue | None:
        """Returns the queue, if it exists and may be polled. Listens for a change of that."""
        if not self._mapping.is_polled or self._has_ended:
            self._sleep()
            return None
        queue = self.find_queue()
        if queue is None or self._is_denied(queue):
            self._listen(self._deps.access_changed)
            return None
        self._listen(queue.changed)
        return queue

    def _is_denied(self, queue: Queue) -> bool:
        """Returns whether the function's role may not receive. A missing permission only stops delivery (PRM-19)."""
        if self._deps.allows_all:
            return False
        reason = self._deps.refusal(self._settings, "sqs:ReceiveMessage", queue.arn)
        if reason is not None and reason != self._denial:
            self._journal.write_denied(reason)
        self._denial = reason
        return reason is not None

    def _listen(self, signal: Signal) -> None:
        if self._listening_to is not signal:
            self._stop_listening()
            self._listening_to = signal
            signal.add(self._on_change)

    def _on_change(self) -> None:
        self._listening_to = None
        self._arm()

    def _stop_listening(self) -> None:
        if self._listening_to is not None:
            self._listening_to.discard(self._on_change)
            self._listening_to = None

    def _sleep(self) -> None:
        self._stop_listening()
        for timer in (self._timer, self._growth):
            if timer is not None:
                timer.cancel()
        self._timer = self._growth = self._backlog_since = None

    def _work(self, kind: type[OfQueue]) -> OfQueue:
        """Returns scheduled work as `lambda_events.pending` shows it."""
        return kind(self._journal.subject, self._journal.source_name, self._mapping.uuid)

    @property
    def _free(self) -> int:
        """How many more batches may be in progress."""
        return self._allowed - self._invoking - len(self._open_windows) - len(self._complete)

    @property
    def _allowed(self) -> int:
        since = self._backlog_since
        return self._allowed_at_first if since is None else self._allowed_after(seconds_between(since, self._now))

    def _allowed_after(self, backlog_seconds: float) -> int:
        return decisions.allowed_concurrency(
            self._settings,
            is_fifo=self._mapping.event_source_arn.endswith(".fifo"),
            backlog_seconds=backlog_seconds,
            growth_per_minute=self._config.sqs_concurrency_growth_per_minute,
        )

    def _watch_backlog(self, queue: Queue) -> None:
        """Lets the concurrency grow each minute while the limit is reached and more messages are visible (SQS-14)."""
        if queue.next_receivable_at() != self._now:
            return
        if self._backlog_since is None:
            self._backlog_since = self._now
        if self._growth is None or not self._growth.is_due:
            minute = 60 * MICROSECONDS
            minutes = (self._now - self._backlog_since) // minute + 1
            self._growth = self._simulation.scheduler.call_at(
                self._backlog_since + minutes * minute, self._arm, self._work(QueueScaling), background=True,
            )  # fmt: skip

    def _poll(self) -> None:
        """Receives once. Another poll follows while there are more messages."""
        self._invoke_complete()
        self._is_armed = False
        queue = self._readable()
        if queue is not None and self._free > 0:
            self._receive(queue)
        if not self._is_armed or self._open_windows:
            self._arm()

    def _receive(self, queue: Queue) -> None:
        settings = self._settings
        received = queue.receive(self._wanted(settings), self._visibility_timeout(queue, settings))
        if not received:
            return
        self._loop_guard.check(received)
        subject, origin = self._journal.subject, self._journal.origin(settings)
        ids = tuple([message.message_id for message in received])
        self._journal.write(Polled(subject, origin, ids))
        items = self._matching(queue, received, settings)
        if settings.maximum_batching_window_in_seconds:
            for item in items:
                self._gather(item, settings)
        else:
            self._complete.extend(batches_of(settings, items, ids))
            self._invoke_complete()

    def _wanted(self, settings: Settings) -> int:
        """Returns how many messages to receive: no more than the batches in progress have room for (SQS-10, 20, 33)."""
        room = settings.batch_size
        if settings.maximum_batching_window_in_seconds:
            unopened = min(self._config.sqs_parallel_buffers - len(self._open_windows), self._free)
            room = sum(one.batch.room for one in self._open_windows) + max(0, unopened) * settings.batch_size
        return min(limits.SQS_RECEIVE_MAXIMUM, max(1, room))

    def _visibility_timeout(self, queue: Queue, settings: Settings) -> int | None:
        """Returns the visibility timeout of a receive, in seconds. None means the timeout of the queue."""
        target = self._deps.named(settings) if self._config.sqs_extends_visibility_timeout else None
        if target is None:
            return None
        window = int(settings.maximum_batching_window_in_seconds)
        return decisions.extended_visibility_timeout(queue.visibility_timeout, window, target.configuration.timeout)

    def _matching(self, queue: Queue, received: Iterable[ReceivedMessage], settings: Settings) -> list[Item]:
        """Returns the messages that match the filters. Deletes the others (SQS-38, 90)."""
        has_window = settings.maximum_batching_window_in_seconds > 0
        arn = queue.arn
        if not self._filters.alternatives:
            return [Item(message, encoded_record(message, arn, has_window=has_window)) for message in received]
        matching: list[Item] = []
        others: list[ReceivedMessage] = []
        for message in received:
            shown = record(message, arn, has_window=has_window)
            if self._filters.match_sqs(shown):
                matching.append(Item(message, encoded(shown)))
            else:
                others.append(message)
        if others:
            self._journal.write(MessagesFiltered(
                self._journal.subject, self._journal.origin(settings),
                tuple(message.message_id for message in others), tuple(message.body for message in others),
            ))  # fmt: skip
            self._counts.forget(self._deleter.delete(queue, others, "filtered", settings))
        return matching

    def _gather(self, item: Item, settings: Settings) -> None:
        """Adds a message to a batch, which is invoked when it is full or when its window ends (SQS-34)."""
        window = self._next_window(settings)
        if window.batch.items and not window.batch.has_room_for(item):
            self._close(window)
            window = self._opened(settings)
        window.batch.add(item)
        if window.batch.is_full:
            self._close(window)

    def _next_window(self, settings: Settings) -> OpenWindow:
        """Returns the window for the next message: open windows take turns (SQS-3B). A message opens a window (SQS-35)."""
        turn = self._gathered % self._config.sqs_parallel_buffers
        self._gathered += 1
        if turn < len(self._open_windows):
            return self._open_windows[turn]
        return self._opened(settings) if self._free > 0 or not self._open_windows else self._open_windows[-1]

    def _opened(self, settings: Settings) -> OpenWindow:
        seconds = max(settings.maximum_batching_window_in_seconds, self._config.sqs_low_traffic_window_seconds)
        timer = self._simulation.scheduler.call_after(
            seconds, lambda: self._window_ended(window), self._work(QueueWindow),
        )  # fmt: skip
        window = OpenWindow(Batch(settings), timer)
        self._open_windows.append(window)
        return window

    def _window_ended(self, window: OpenWindow) -> None:
        self._close(window)
        self._arm()

    def _close(self, window: OpenWindow) -> None:
        window.timer.cancel()
        self._open_windows.remove(window)
        self._complete.append(window.batch)
        self._invoke_complete()

    def _invoke_complete(self) -> None:
        """Invokes complete batches while the concurrency allows it, even if messages are visible again (SQS-03, 34)."""
        while self._complete and self._invoking < self._allowed:
            first, *others = self._planned(self._complete.popleft())
            self._complete.extendleft(reversed(others))
            self._invoking += 1
            self._is_armed = False
            self._delivery.attempt(first)

    def _planned(self, batch: Batch) -> list[Batch]:
        if batch.is_final or self._deps.invoker.planned.is_empty:
            return [batch]
        return planned_batches(batch, self._counts.next_number(batch), self._deps.invoker, self.find_queue())

    def find_queue(self) -> Queue | None:
        """Returns the queue, if it exists now."""
        return self._deps.find_queue(self._mapping.event_source_arn)

    def stopped(self, batch: Batch, messages: Sequence[ReceivedMessage], target: Target) -> None:
        """Discards messages of a batch that belong to a loop."""
        self._counts.forget(self._deleter.discard(self.find_queue(), messages, batch.settings, target))

    def finished(self, batch: Batch, processed: Sequence[ReceivedMessage], request: InvokeRequest | None) -> None:
        """Deletes the processed messages of a batch, and polls again."""
        queue = self.find_queue() if processed else None
        if queue is not None:
            self._counts.forget(self._deleter.delete(queue, processed, "processed", batch.settings, request))
        self._invoking -= 1
        self._arm()
        self._is_armed = True
