"""Where a boto3 call of the world's goes: to our Lambda, or to moto in its turn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol
from unittest import mock

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse

from ..errors import hides_frames
from ..service.tracing import PassedTrace
from ..simulation.process_environment import ProcessEnvironment
from ..simulation.simulation import Simulation
from .targets import target_of
from .traces import header_of

__tracebackhide__ = hides_frames

OnCallFailed = Callable[[str, str], None]
"""Takes the error code and the message of a call that failed."""
OnCall = Callable[[str, str, "str | None"], OnCallFailed]
"""Takes service, operation and target of each call that a handler makes, and returns what takes its error."""

FAKE_CREDENTIALS = ("FOOBARKEY", "FOOBARSECRET")
"""moto's own, so that it makes no difference who set them."""

_ACCOUNT_ENDPOINT = re.compile(r"^(https?://)\d{12}\.(streams-ddb|ddb)\.")
_ENDPOINTS = {"streams-ddb": "streams.dynamodb", "ddb": "dynamodb"}


class LambdaDoor(Protocol):
    """Answers requests of the Lambda API."""

    def answer(self, operation_name: str, request: AWSPreparedRequest) -> tuple[int, Mapping[str, str], bytes] | None:
        """Status, headers and body for a request, or None for what moto is to answer."""


def moto_url(url: str) -> str:
    """The URL under which moto knows an endpoint that names the account, as botocore makes them from ARNs."""
    return _ACCOUNT_ENDPOINT.sub(lambda match: f"{match[1]}{_ENDPOINTS[match[2]]}.", url)


@contextmanager
def calls_routed(
    simulation: Simulation,
    door: LambdaDoor,
    on_call: OnCall,
    on_answered: Callable[[str, str], None],
    passed: PassedTrace,
) -> Iterator[None]:
    """For the length of a world, fence, journal and route what boto3 sends.

    `on_answered` is told the service and operation of each call once its effect is there.
    """
    of_test = ProcessEnvironment.current()
    to_moto = BotocoreStubber.__call__

    def routed(stubber: BotocoreStubber, event_name: str, request: AWSPreparedRequest, **context: Any) -> Any:
        if not stubber.enabled:
            return to_moto(stubber, event_name, request, **context)
        simulation.fence()
        _, service, operation = event_name.split(".", 2)
        if service == "lambda":
            answer = door.answer(operation, request)
            if answer is not None:
                on_answered(service, operation)
                status, headers, body = answer
                return AWSResponse(request.url, status, headers, MockRawResponse(body))  # type: ignore[arg-type]
        request.url = moto_url(request.url)
        with simulation.turn():
            with _environ(of_test), passed.passing(header_of(service, operation, request)):
                response = to_moto(stubber, event_name, request, **context)
            on_answered(service, operation)
        return response

    with ExitStack() as stack:
        call = _observed(simulation, on_call, stack.enter_context(_credentials_lent()))
        stack.enter_context(mock.patch.object(BotocoreStubber, "__call__", routed))
        stack.enter_context(mock.patch.object(BaseClient, "_make_api_call", call))
        yield


def _observed(simulation: Simulation, on_call: OnCall, lend: Callable[[Any], None]) -> Callable[..., Any]:
    make_api_call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: Any, operation_name: str, api_params: Mapping[str, Any]) -> Any:
        simulation.fence()
        lend(client)
        if not simulation.in_handler:
            return make_api_call(client, operation_name, api_params)
        service = client.meta.service_model.service_name
        failed = on_call(service, operation_name, target_of(service, operation_name, api_params))
        try:
            with simulation.polling.aws_called(operation_name):
                return make_api_call(client, operation_name, api_params)
        except Exception as error:
            failed(*_told(error))
            raise

    return call


def _told(error: Exception) -> tuple[str, str]:
    """The code and message of an error: AWS's own, or the exception's type and text."""
    if isinstance(error, ClientError):
        answer = error.response.get("Error", {})
        return str(answer.get("Code", "")), str(answer.get("Message", ""))
    return type(error).__name__, str(error)


@contextmanager
def _credentials_lent() -> Iterator[Callable[[Any], None]]:
    """Clients made where there were no credentials, as at a module's import, could not sign: lend them some."""
    borrowers: list[Any] = []

    def lend(client: Any) -> None:
        signer = client._request_signer
        if signer._credentials is None:
            signer._credentials = Credentials(*FAKE_CREDENTIALS)
            borrowers.append(signer)

    try:
        yield lend
    finally:
        for signer in borrowers:
            signer._credentials = None


@contextmanager
def _environ(of_test: ProcessEnvironment) -> Iterator[None]:
    """moto reads settings and credentials from the environment: the test's, not that of the handler that calls."""
    before = ProcessEnvironment.current()
    of_test.put()
    try:
        yield
    finally:
        before.put()
