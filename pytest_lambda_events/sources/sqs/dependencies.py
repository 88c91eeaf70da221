"""What pollers of queues need of the simulated AWS dependencies them."""

from __future__ import annotations

from dataclasses import dataclass

from ... import limits
from ..dependencies import Dependencies
from ..ports import Queues


@dataclass(frozen=True, slots=True)
class QueueOptions:
    """How pollers of queues read what AWS leaves open; each is a field of `LambdaEventsConfig`."""

    low_traffic_window_seconds: float = 0.0
    parallel_buffers: int = 1
    concurrency_growth_per_minute: int = limits.SQS_CONCURRENCY_GROWTH_PER_MINUTE
    extends_visibility_timeout: bool = False


@dataclass(frozen=True, slots=True)
class QueueDependencies:
    """The collaborators of pollers of queues."""

    common: Dependencies
    queues: Queues
    options: QueueOptions = QueueOptions()
