"""What the handles of APIs, function URLs and target groups have in common: they send requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arguments import Kind, check_all, is_text, mapping_kind
from ..errors import LambdaEventsError, hides_frames
from ..http.messages import Request
from ..journal.journal import Journal
from ..journal.journaled_attempts import attempts_of
from ..sources.http.gateway import Answered
from .attempts import Attempt, attempt_of
from .http_requests import NamedValues, request_of
from .http_response import HttpHeaders, HttpResponse
from .http_services import HttpServices
from .misuse import reports_misuse

__tracebackhide__ = hides_frames

_CALLER = "arn:aws:iam::123456789012:role/shop"
_KINDS: Mapping[str, Kind] = {
    "authorizer": mapping_kind('{"claims": {"sub": "7"}}').optional(),
    "caller": Kind(
        "the ARN of a role or user", lambda value: is_text(value) and value.startswith("arn:"), repr(_CALLER)
    ).optional(),
}  # fmt: skip


@reports_misuse
class HttpEndpoint:
    """Sends HTTP requests to an API, a function URL or a target group. No request leaves the process.

    Without an `authorizer` of a request, `authorizer` is what functions see of authorizers that are not simulated.
    """

    _checks_callers = False

    def __init__(
        self, services: HttpServices, host: str, prefix: str = "", authorizer: Mapping[str, Any] | None = None
    ) -> None:
        self._services = services
        self._host = host
        self._prefix = prefix
        self._authorizer = authorizer

    @property
    def url(self) -> str:
        """The URL at which the paths of requests start, without a slash at its end."""
        return f"https://{self._host}{self._prefix}"

    def request(
        self,
        method: str,
        path: str,
        *,
        params: NamedValues | str | None = None,
        headers: NamedValues | None = None,
        cookies: Mapping[str, str] | None = None,
        json: object = ...,
        data: NamedValues | str | bytes | None = None,
        content: str | bytes | None = None,
        source_ip: str = "127.0.0.1",
        authorizer: Mapping[str, Any] | None = None,
        caller: str | None = None,
    ) -> HttpResponse:
        """Sends a request and returns its response. The names of the arguments are those of `requests` and `httpx`.

        The response is given when the handler ends, or at the timeout of the API. The handler then runs on (HTP-05).

        Args:
            method: The HTTP method.
            path: The path below `url`, such as `"/orders/7"`. It can contain a query. It is sent as it is: only characters
                that are not allowed in a path are escaped.
            params: Query parameters. A list has several values.
            headers: Headers. A list of pairs can repeat a name.
            cookies: Cookies.
            json: The body as a value that is sent as JSON.
            data: The body as form fields, text or bytes.
            content: The body as text or bytes.
            source_ip: The IP address of the client.
            authorizer: `requestContext.authorizer` of the event, for a route with a JWT, Cognito or IAM authorizer. They
                are not simulated: without it they answer 401.
            caller: The ARN of the role or user that signs the request, for function URLs with `AWS_IAM`.

        Raises `LambdaEventsError` for invalid arguments.
        """
        check_all(_KINDS, {"authorizer": authorizer, "caller": caller})
        if caller is not None and not self._checks_callers:
            raise LambdaEventsError(
                f"caller={caller!r} has no effect on {self!r}: only function URLs check callers. Leave it out, or pass "
                "authorizer={...} for an API with IAM authorization."
            )
        request = request_of(
            self._host, self._prefix, method, path, params=params, headers=headers, cookies=cookies, json_value=json,
            data=data, content=content, source_ip=source_ip,
        )  # fmt: skip
        response, request_id = self._answer(request, self._authorizer if authorizer is None else authorizer, caller)
        headers, journal = HttpHeaders(response.headers), self._services.journal
        return HttpResponse(response.status_code, headers, response.body, lambda: _attempt(journal, request_id))

    def transport(self) -> Any:
        """Returns a transport for `httpx.Client` and `httpx.AsyncClient`, which sends all their requests here.

        Requests to other hosts are sent here too, with their path below `url`. So a client keeps its own base URL.

        Raises `LambdaEventsError` if `httpx` is not installed.
        """
        from .http_clients import httpx_transport

        return httpx_transport(self._answer_client, self._host, self._prefix)

    def adapter(self) -> Any:
        """Returns an adapter for `requests`: `session.mount("https://", api.adapter())`. It works as `transport` does."""
        from .http_clients import requests_adapter

        return requests_adapter(self._answer_client, self._host, self._prefix)

    def _answer_client(self, request: Request) -> Answered:
        return self._answer(request, self._authorizer, None)

    def _answer(self, request: Request, authorizer: Mapping[str, Any] | None, caller: str | None) -> Answered:
        return self._services.answer(self._host, request, authorizer, caller)


def _attempt(journal: Journal, request_id: str | None) -> Attempt | None:
    if request_id is None:
        return None
    attempts = attempts_of(journal.of_request(request_id))
    return attempt_of(attempts[-1]) if attempts else None
