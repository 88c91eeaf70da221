"""One request on its way through a front, with the ids and the time that its event shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from ..values import dataclass
from .definitions import Route, Stage
from .messages import Request, Response

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_OWNED = frozenset({"date", "content-length", "connection"})
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Match:
    """The stage and the route of a request, and its path parameters. `path` is the path that the event shows."""

    stage: Stage
    route: Route
    parameters: Mapping[str, str]
    path: str


@dataclass(slots=True)
class Exchange:
    """A request, and what the front adds to it.

    `request_id` and `extended_id` are those of the front. `trace_root` is the id of a new trace. `caller` is the ARN of the
    role or user that signs the request. `authorizer` is `requestContext.authorizer`. `trace_header` is the trace of the
    invocation. `function_name` and `invocation_id` are those of the function that was invoked. They are None if there is none.
    With `is_refused` the front made the response because of a failure. `answered_at` is when the response is given.
    """

    request: Request
    now: datetime
    request_id: str
    extended_id: str
    trace_root: str
    match: Match | None = None
    authorizer: Mapping[str, Any] | None = None
    caller: str | None = None
    trace_header: str | None = None
    function_name: str | None = None
    invocation_id: str | None = None
    is_refused: bool = False
    answered_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.answered_at = self.now

    @property
    def matched(self) -> Match:
        """Returns the stage and the route of a request that has them."""
        assert self.match is not None
        return self.match

    @property
    def time(self) -> str:
        """Returns the time as request contexts show it: `24/Sep/2026:21:19:27 +0000`."""
        now = self.now
        return f"{now.day:02}/{_MONTHS[now.month - 1]}/{now.year}:{now.hour:02}:{now.minute:02}:{now.second:02} +0000"

    @property
    def time_epoch(self) -> int:
        """Returns the time in milliseconds since 1970."""
        return int(self.now.timestamp() * 1000)

    def with_common_headers(self, response: Response) -> list[tuple[str, str]]:
        """Returns the headers of a response, with those that each front adds instead of the function's (HTP-2D, HTP-56)."""
        now = self.answered_at
        day = f"{_DAYS[now.weekday()]}, {now.day:02} {_MONTHS[now.month - 1]} {now.year}"
        date = f"{day} {now.hour:02}:{now.minute:02}:{now.second:02} GMT"
        kept = [(name, value) for name, value in response.headers if name.lower() not in _OWNED]
        return [*kept, ("Date", date), ("Content-Length", str(len(response.body))), ("Connection", "keep-alive")]


def integration_arn(match: Match, function_arn: str) -> str:
    """Returns the ARN of the function with the stage variables in it replaced (HTP-2J)."""
    if "${" in function_arn:
        for name, value in match.stage.variables.items():
            function_arn = function_arn.replace(f"${{stageVariables.{name}}}", value)
    return function_arn
