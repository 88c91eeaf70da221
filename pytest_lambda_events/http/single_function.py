"""What function URLs and target groups have in common: all requests go to one function, without limits of their own."""

from __future__ import annotations

from .definitions import ANY, DEFAULT_ROUTE, DEFAULT_STAGE, LambdaIntegration, Route, Stage, Throttle
from .exchange import Match
from .messages import Request


class SingleFunctionFront:
    """A front of one function."""

    def __init__(self, function_arn: str) -> None:
        self._route = Route(ANY, DEFAULT_ROUTE, LambdaIntegration(function_arn))
        self._stage = Stage(DEFAULT_STAGE, [self._route])

    def match(self, request: Request) -> Match:
        """Returns the only route."""
        return Match(self._stage, self._route, {}, request.path)

    def throttle(self, match: Match) -> Throttle | None:
        """Returns None: there is no limit of requests."""
        return None

    def timeout_seconds(self, integration: LambdaIntegration) -> float | None:
        """Returns None: only the timeout of the function applies (HTP-58)."""
        return None
