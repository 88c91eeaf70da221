"""Schedule expressions of EventBridge rules and of EventBridge Scheduler: `rate(...)`, `cron(...)`, `at(...)`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from ....values import dataclass
from .cron import Cron
from .cron_fields import CronInvalid

_RATE = re.compile(r"rate\(([0-9]+) (minute|hour|day)(s?)\)")
_CRON = re.compile(r"cron\(([^()]*)\)")
_AT = re.compile(r"at\(([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})\)")
_SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400}
LARGEST_RATE = 2_147_483_647


class ExpressionInvalid(ValueError):
    """AWS refuses the expression."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate. A day has 24 hours, also when the clock changes."""

    seconds: int

    @property
    def period(self) -> timedelta:
        """Returns the time between two firings."""
        return timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class At:
    """One moment, as a time of a time zone that is not part of it."""

    moment: datetime


Expression = Rate | Cron | At


def rule_expression(text: str) -> Rate | Cron:
    """Returns the expression of an EventBridge rule. Raises `ExpressionInvalid`, or `CronUnclear` (EVB-51 to EVB-5B)."""
    if (rate := _RATE.fullmatch(text)) is not None and (int(rate[1]) == 1) != (rate[3] == ""):
        raise ExpressionInvalid(text)
    found = schedule_expression(text)
    if isinstance(found, At):
        raise ExpressionInvalid(text)
    return found


def schedule_expression(text: str) -> Expression:
    """Returns the expression of a schedule of EventBridge Scheduler, which does not check the plural (SCH-04, SCH-05)."""
    if (rate := _RATE.fullmatch(text)) is not None:
        if not 1 <= int(rate[1]) <= LARGEST_RATE:
            raise ExpressionInvalid(text)
        return Rate(int(rate[1]) * _SECONDS[rate[2]])
    if (cron := _CRON.fullmatch(text)) is not None:
        try:
            return Cron(cron[1])
        except CronInvalid:
            raise ExpressionInvalid(text) from None
    if (at := _AT.fullmatch(text)) is not None:
        try:
            return At(datetime.strptime(at[1], "%Y-%m-%dT%H:%M:%S"))
        except ValueError:
            raise ExpressionInvalid(text) from None
    raise ExpressionInvalid(text)
