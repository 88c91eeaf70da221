"""API Gateway, function URLs and target groups for handles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...errors import LambdaEventsError, hides_frames
from ...http.definitions import Definition
from ...http.messages import Request
from ...report.journal import Journal
from ...sources.http.gateway import Answered, Gateway
from ..api_gateway.api_definitions import ApiDefinitions

__tracebackhide__ = hides_frames


class HttpServices:
    """Answers the requests of handles."""

    def __init__(self, gateway: Gateway, definitions: ApiDefinitions, client: Callable[[str], Any], journal: Journal) -> None:
        self._gateway = gateway
        self._definitions = definitions
        self._client = client
        self.journal = journal

    def client(self, service_name: str) -> Any:
        """Returns a boto3 client."""
        return self._client(service_name)

    def answer(
        self, to: str | Definition, request: Request, authorizer: Mapping[str, Any] | None, caller: str | None
    ) -> Answered:
        """Answers a request to a host name, or to a definition."""
        if not isinstance(to, str):
            return self._gateway.answer(to, request, authorizer=authorizer, caller=caller)
        answered = self._gateway.answer_at(to, request, authorizer=authorizer, caller=caller)
        if answered is None:
            raise LambdaEventsError(f"{to} is not the host name of an API or of a function URL.")
        return answered

    def api_names(self) -> Iterable[str]:
        """Returns the names of the APIs, without WebSocket APIs."""
        return [name for name in self._definitions.api_names() if self.api(name) is not None]

    def api(self, name: str) -> Definition | None:
        """Returns the API with an id or a name. None if it does not exist."""
        api_id = self._definitions.api_id_of(name)
        if api_id is None:
            return None
        return self._definitions.http_api(api_id) or self._definitions.rest_api(api_id)
