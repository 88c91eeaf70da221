"""What the handles of APIs, function URLs and target groups need of the environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ..http.definitions import Definition
from ..http.messages import Request
from ..journal.journal import Journal
from ..sources.http.gateway import Answered


class HttpServices(Protocol):
    """API Gateway, and whatever answers HTTP requests."""

    @property
    def journal(self) -> Journal:
        """What happened."""

    def client(self, service_name: str) -> Any:
        """Returns a boto3 client."""

    def answer(
        self, to: str | Definition, request: Request, authorizer: Mapping[str, Any] | None, caller: str | None
    ) -> Answered:
        """Answers a request to a host name, or to a definition."""

    def api_names(self) -> Iterable[str]:
        """Returns the names of the APIs."""

    def api(self, name: str) -> Definition | None:
        """Returns the API with an id or a name. None if it does not exist."""
