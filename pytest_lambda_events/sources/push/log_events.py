"""The events of subscription filters of CloudWatch Logs for functions."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any

from ...service.authorization import PushSource
from ...values import dataclass


@dataclass(frozen=True, slots=True)
class LogBatch:
    """Log events of one log stream that match a subscription filter. Each has an `id`, a `timestamp` and a `message`."""

    account_id: str
    region_name: str
    log_group: str
    log_stream: str
    filter_name: str
    events: Sequence[Mapping[str, Any]]

    @property
    def source(self) -> PushSource:
        """Returns the log group as the policy of a function names it."""
        return source(self.account_id, self.region_name, self.log_group)


def source(account_id: str, region_name: str, log_group: str) -> PushSource:
    """Returns a log group as the policy of a function names it (PRM-13)."""
    arn = f"arn:aws:logs:{region_name}:{account_id}:log-group:{log_group}:*"
    return PushSource("logs.amazonaws.com", arn, account_id)


def event(batch: LogBatch) -> dict[str, Any]:
    """Returns the event for a function: JSON, compressed with gzip, in base64."""
    data = {
        "messageType": "DATA_MESSAGE",
        "owner": batch.account_id,
        "logGroup": batch.log_group,
        "logStream": batch.log_stream,
        "subscriptionFilters": [batch.filter_name],
        "logEvents": batch.events,
    }
    packed = gzip.compress(json.dumps(data, separators=(",", ":")).encode(), mtime=0)
    return {"awslogs": {"data": base64.b64encode(packed).decode()}}
