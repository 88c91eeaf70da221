"""Answers requests of HTTP clients to the hosts of APIs and function URLs (HTP-B2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...http.messages import Request, Response
from ...http.request_headers import first_value
from ...service.model import Configuration
from .api_definitions import ApiDefinitions

if TYPE_CHECKING:
    from ..resources.http_services import HttpServices

_SIGNED = "AWS4-"


class ApiHosts:
    """The hosts of all APIs and function URLs.

    `services` returns what answers requests. `caller` returns the configuration of the function whose handler sends a request;
    None if the test sends it.
    """

    def __init__(
        self,
        definitions: ApiDefinitions,
        services: Callable[[], HttpServices],
        caller: Callable[[], Configuration | None],
        account_id: str,
    ) -> None:
        self._definitions = definitions
        self._answered: set[str] = set()
        self._services = services
        self._caller = caller
        self._account_id = account_id

    def has(self, host: str) -> bool:
        """Returns whether the API or function URL of a host exists, or has answered a request before it was deleted."""
        return host in self._answered or self._definitions.has(host.partition(".")[0])

    def refusal(self, host: str) -> str:
        """Returns why a request to the host of an unknown API or function URL is refused, and what to do."""
        names = ", ".join(self._definitions.api_names()) or "none"
        return (
            f"A connection to {host} is not simulated: no API or function URL of this test has this host. Nothing was sent. "
            f"Use the url of an API or function of the test. APIs: {names}. To allow the connection, set "
            f'allow_endpoints=["https://{host}"].'
        )

    def answer(self, request: Request) -> Response:
        """Answers a request."""
        self._answered.add(request.host)
        return self._services().answer(request.host, request, None, self._signer(request)).response

    def _signer(self, request: Request) -> str | None:
        """Returns the role of the handler, or the account, that signs a request. The signature is not checked (HTP-5G)."""
        if not (first_value(request.headers, "authorization") or "").startswith(_SIGNED):
            return None
        caller = self._caller()
        return f"arn:aws:iam::{self._account_id}:root" if caller is None else caller.role
