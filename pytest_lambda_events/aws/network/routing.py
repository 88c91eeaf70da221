"""Decides where a boto3 call of an environment goes: to our Lambda or to moto, one at a time, and never to the network."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlsplit
from weakref import WeakSet

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ClientError, ConnectTimeoutError
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse

from ...config import origin_of
from ...contexts import contextmanager
from ...errors import LambdaEventsError, NotSimulatedError, ends_the_run, hides_frames
from ...patching import attribute_patched
from ...service.tracing import PassedTrace
from ...simulation.process_environment import ProcessEnvironment
from ...simulation.simulation import Simulation
from ..fast_calls.call import Answer, Result, SentRequest
from ..fast_calls.lookups import looked_up_quickly
from ..lasting import kept
from ..process import process
from .api_calls import ApiCall, PreparedRequest, without_query
from .endpoints import MotoEndpoints
from .moto_network import refusal_behind
from .signing import signed_with_fake_credentials
from .targets import target_of
from .traces import header_of
from .transfers import transfers_by_botocore

if TYPE_CHECKING:
    from ..fast_calls.call import FastCall
    from ..fast_calls.fast_calls import FastCalls
    from ..fast_calls.handlers import Handler
    from .explored_calls import ExploredCalls

__tracebackhide__ = hides_frames

OnCallFailed = Callable[[str, str, Any], None]
"""Takes the error code and the message of a failed call, and the client."""
OnCall = Callable[[str, str, "str | None"], OnCallFailed]
"""Takes service, operation and target of each call of a handler, and returns a function that takes its error."""

_A = TypeVar("_A")

METADATA_HOSTS = frozenset({"169.254.169.254", "[fd00:ec2::254]"})
"""The hosts where a virtual machine of EC2 reads facts about itself. Lambda does not have them."""
_LAMBDA_HOST = r"^https?://lambda(-fips)?\."


class LambdaEndpoint(Protocol):
    """Answers requests of the Lambda API."""

    def answer(self, operation_name: str, request: PreparedRequest) -> tuple[int, Mapping[str, str], bytes] | None:
        """Returns status, headers and body for a request, or None for a request that moto answers."""


@contextmanager
def calls_routed(
    simulation: Simulation,
    endpoint: LambdaEndpoint,
    on_call: OnCall,
    on_answered: Callable[[str, str], None],
    passed: PassedTrace,
    allow_endpoints: Sequence[str],
    *,
    fast_calls: bool,
    explored: ExploredCalls | None = None,
) -> Iterator[None]:
    """Routes, records and answers the calls of boto3 while an environment is open.

    `on_answered` receives the service and operation of each call after its effect. Requests to one of `allow_endpoints` are
    really sent. Without `fast_calls` every call is an HTTP request. `explored` interferes with calls of handlers.
    """
    calls = _Calls(simulation, endpoint, on_call, on_answered, passed, allow_endpoints)
    calls.explored = explored
    network = process().network
    simulation.threads.on_end = network.thread_ended
    with (
        signed_with_fake_credentials(calls.signs_for_real) as access_key,
        kept("lookups", looked_up_quickly, process().checks, process().header_members, fast_calls),
        network.routed(calls),
        transfers_by_botocore(),
        attribute_patched(BotocoreStubber, "__call__", _leave_to_endpoint),
    ):
        calls.access_key = access_key if fast_calls and calls.fast_calls is not None else None
        yield


def _leave_to_endpoint(stubber: BotocoreStubber, event_name: str, request: AWSPreparedRequest, **context: Any) -> None:
    """Clients that were created after moto was loaded have this handler. Our endpoint answers for all clients."""


class _Calls:
    """Handles botocore's calls in one environment."""

    def __init__(
        self,
        simulation: Simulation,
        endpoint: LambdaEndpoint,
        on_call: OnCall,
        on_answered: Callable[[str, str], None],
        passed: PassedTrace,
        allow_endpoints: Sequence[str],
    ) -> None:
        self._simulation = simulation
        self._endpoint_of_lambda = endpoint
        self._on_call = on_call
        self._on_answered = on_answered
        self._passed = passed
        self._check_call: Callable[[str, str, Mapping[str, Any]], None] = self._check_first_call
        self._allowed = frozenset(origin_of(url) for url in allow_endpoints)
        self._endpoints = process().endpoints
        self._moto_endpoints = MotoEndpoints()
        self.fast_calls = _fast_calls(simulation, self._moto_endpoints)
        self.access_key: Callable[[Any], str | None] | None = None
        self._answered: dict[str, Answer | Exception] = {}
        self._of_test = ProcessEnvironment.current()
        self.signs_for_real: WeakSet[Any] = WeakSet()
        self.explored: ExploredCalls | None = None

    def threads(self) -> list[Thread]:
        """Returns the threads that still do work of the environment."""
        return [known.thread for known in self._simulation.threads.alive() if known.works]

    def in_own_thread(self) -> bool:
        """Returns whether this thread entered the environment or was started in it."""
        return self._simulation.in_simulation_thread()

    def api_call(self, make: Callable[..., Any], client: Any, operation_name: str, parameters: Mapping[str, Any]) -> Any:
        """Makes a client's call with `make`, and records it if a handler makes it."""
        task = self._simulation.checked_task()
        service = client.meta.service_model.service_name
        if task is None or self._simulation.is_called_by_aws:
            self._check_call(service, operation_name, parameters)
            return make(client, operation_name, parameters)
        target = target_of(service, operation_name, parameters)
        made = partial(self._call_of_handler, make, client, service, operation_name, target)
        explored = self.explored
        return (
            made(parameters)
            if explored is None
            else explored.called(client, service, operation_name, target, parameters, made)
        )

    def _check_first_call(self, service: str, operation_name: str, parameters: Mapping[str, Any]) -> None:
        # The table of refusals is large, and an environment may make no call.
        from ..refusals.checks import Refusals

        self._check_call = Refusals(self._simulation).check_call
        self._check_call(service, operation_name, parameters)

    def _call_of_handler(
        self, make: Callable[..., Any], client: Any, service: str, operation_name: str, target: str | None, parameters: Any
    ) -> Any:
        failed = self._on_call(service, operation_name, target)
        polling = self._simulation.polling
        try:
            self._check_call(service, operation_name, parameters)
            with polling.aws_called(operation_name):
                response = make(client, operation_name, parameters)
        except Exception as error:
            failed(*_code_and_message(error), client)
            polling.aws_answered(service, operation_name, parameters, error)
            raise
        polling.aws_answered(service, operation_name, parameters, response)
        return response

    def endpoint(self, resolve: Callable[..., Any], client: Any, model: Any, parameters: Any, context: Any, more: Any) -> Any:
        """Returns the endpoint of a plain client. Presigned URLs keep theirs, because no code sends them here."""
        positional, named = more
        if self._is_allowed(client._endpoint.host):
            self.signs_for_real.add(client._request_signer)
            return resolve(client, model, parameters, context, *positional, **named)
        if context.get("is_presign_request"):
            return resolve(client, model, parameters, context, *positional, **named)
        return self._endpoints.resolved(
            client, lambda any_client: resolve(any_client, model, parameters, context, *positional, **named)
        )

    def make_request(
        self,
        make: Callable[..., Any],
        client: Any,
        model: Any,
        request: dict[str, Any],
        context: dict[str, Any],
        call: ApiCall,
    ) -> Any:
        """Answers a request without HTTP if that makes no difference, otherwise with `make`.

        botocore itself makes an exception of an error, and calls again: it finds the answer when it sends the request.
        """
        calls = self.fast_calls if self.explored is None or not self.explored.is_on_wire else None
        access_key = None if self.access_key is None else self.access_key(client._request_signer)
        if calls is None or access_key is None or (self._allowed and self._is_allowed(client._endpoint.host)):
            return make(client, model, request, context)
        fast = calls.prepared(client, call, model, request, context, access_key)
        if fast is None:
            return make(client, model, request, context)
        answer: Answer | Exception | None
        try:
            answer, result = self._answer_quickly(calls, *fast, call, client._endpoint.host)
        except Exception as error:
            answer, result = error, None
        if result is not None:
            return result
        if answer is None:
            return make(client, model, request, context)
        invocation_id = str(uuid.uuid4())
        context.setdefault("retries", {})["invocation-id"] = invocation_id
        self._answered[invocation_id] = answer
        try:
            return make(client, model, request, context)
        finally:
            self._answered.pop(invocation_id, None)

    def _answer_quickly(
        self, calls: FastCalls, fast: FastCall, handler: Handler | None, call: ApiCall, endpoint_url: str
    ) -> tuple[Answer | None, Result | None]:
        """Returns the answer and what a successful call returns, or two None if only an HTTP request can be answered."""
        self._simulation.raise_if_ended()
        if handler is None:
            own = self._endpoint_of_lambda.answer(call.operation_name, fast.as_sent())
            if own is None:
                return None, None
            self._on_answered(call.service_id, call.operation_name)
            return own, calls.parsed(fast, own)
        header = header_of(call.service_id, call.operation_name, fast.headers)
        # The clock was checked.
        with self._simulation.lock.held(), self._passed.passing(header):
            answer, result = self._in_moto(lambda: calls.answered(fast, handler), fast, call, endpoint_url)
            if _is_unknown(fast.method, answer):
                raise self._refusal(fast, call, endpoint_url, _failed(NotImplementedError()))
            self._on_answered(call.service_id, call.operation_name)
        return answer, result

    def send(
        self, request: AWSPreparedRequest, call: ApiCall | None, endpoint_url: str, send: Callable[[], Any]
    ) -> AWSResponse:
        """Answers a request. Raises `NotSimulatedError`, by name, for a request that has no answer here."""
        if self._is_allowed(endpoint_url):
            response: AWSResponse = send()
            return response
        if self.explored is not None and self.explored.is_on_wire:
            rejected = self.explored.sent(endpoint_url, lambda: self._sent(request, call, endpoint_url))
            return _response(request.url, rejected)
        return self._sent(request, call, endpoint_url)

    def _sent(self, request: AWSPreparedRequest, call: ApiCall | None, endpoint_url: str) -> AWSResponse:
        known = self._answered.pop(_invocation_id(request), None) if self._answered else None
        if isinstance(known, Exception):
            raise known
        if known is not None:
            return _response(request.url, known)
        self._simulation.raise_if_ended()
        if call is None:
            if urlsplit(request.url).netloc in METADATA_HOSTS:
                raise ConnectTimeoutError(endpoint_url=request.url, error="there is no instance metadata in Lambda")
            if re.match(_LAMBDA_HOST, request.url):
                raise self._refusal(request, call, endpoint_url, "only calls of boto3's Lambda client are answered.")
        elif call.service_id == "lambda":
            answer = self._endpoint_of_lambda.answer(call.operation_name, request)
            if answer is not None:
                self._on_answered(call.service_id, call.operation_name)
                return _response(request.url, answer)
        header = None if call is None else header_of(call.service_id, call.operation_name, request.headers)
        with self._simulation.locked(), self._passed.passing(header):
            response = _response(request.url, self._answer_of_moto(request, call, endpoint_url))
            if call is not None:
                self._on_answered(call.service_id, call.operation_name)
        return response

    def unknown_endpoint(self, endpoint: object, url: str) -> Exception:
        """Returns the refusal of a request by an endpoint that sends in its own way."""
        library = type(endpoint).__module__.partition(".")[0]
        return self._simulation.record_misuse(
            f"A request of {library} ({type(endpoint).__qualname__}) to {url} is not simulated: only clients of boto3 and "
            "botocore are. Nothing was sent. Use boto3, or replace the client in the test.", NotSimulatedError,
        )  # fmt: skip

    def _is_allowed(self, endpoint_url: str) -> bool:
        return bool(self._allowed) and origin_of(endpoint_url) in self._allowed

    def _answer_of_moto(self, request: AWSPreparedRequest, call: ApiCall | None, endpoint_url: str) -> Answer:
        own = request.url
        url = own if call is None else self._moto_endpoints.url(own, call)
        if url is None:
            raise self._refusal(
                request, call, endpoint_url, "moto, which answers calls of other services, does not have this one."
            )
        request.url = url
        if isinstance(request.body, bytearray):
            # moto reads a request only from bytes.
            request.body = bytes(request.body)
        try:
            answer = self._in_moto(
                lambda: moto_alone.process_request(request), SentRequest(request.method, own, None, None), call, endpoint_url
            )
        except BaseException:
            request.url = own
            raise
        if answer is None or _is_unknown(request.method, answer):
            request.url = own
            raise self._refusal(request, call, endpoint_url, _failed(NotImplementedError()))
        return answer

    def _in_moto(self, answer: Callable[[], _A], request: Any, call: ApiCall | None, endpoint_url: str) -> _A:
        """Calls moto. Raises a refusal of ours if moto fails."""
        # moto reads settings and credentials from the environment: from that of the test, not of the handler that calls.
        of_test = self._of_test
        before = of_test
        if of_test.is_changed:
            before = ProcessEnvironment.current()
            of_test.put()
        try:
            return answer()
        except LambdaEventsError:
            raise
        except Exception as error:
            if ends_the_run(error):
                raise
            refusal = refusal_behind(error)
            if refusal is not None:
                raise refusal from None
            raise self._refusal(request, call, endpoint_url, _failed(error)) from error
        finally:
            before.put()

    def _refusal(self, request: Any, call: ApiCall | None, endpoint_url: str, reason: str) -> LambdaEventsError:
        what = f"{call.service_name}.{call.operation_name}" if call is not None else f"The request {request.method}"
        where = f"The URL is {without_query(request.url)}"
        if not request.url.startswith(endpoint_url):
            where += f", for a client that was made for {without_query(endpoint_url)}"
        return self._simulation.record_misuse(
            f"{what} is not simulated: {reason} Nothing was sent. {where}. Replace the call in the test, for example with "
            "botocore.stub.Stubber. If the URL is a server of your own, allow it with the option "
            "allow_endpoints.", NotSimulatedError,
        )  # fmt: skip


def _fast_calls(simulation: Simulation, moto_endpoints: MotoEndpoints) -> FastCalls | None:
    """Returns None with a release of moto that does not read parameters by the model: then each call is an HTTP request."""
    try:
        from ..fast_calls.fast_calls import FastCalls
    except ImportError:
        return None
    return FastCalls(simulation.clock, moto_endpoints.url, process().operations, process().results)


def _invocation_id(request: AWSPreparedRequest) -> str:
    value: Any = request.headers.get("amz-sdk-invocation-id", "")
    return value.decode() if isinstance(value, bytes) else str(value)


def _failed(error: Exception) -> str:
    """Returns why moto did not answer."""
    if isinstance(error, NotImplementedError):
        return "moto, which answers calls of this service, does not implement it."
    cause = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}".removesuffix(": ")
    return (
        f"moto, which answers calls of this service, failed with {cause}. If AWS accepts the call, moto "
        "lacks one of its parameters: leave that out if the test does not need it."
    )


moto_alone = BotocoreStubber()
"""Answers from moto's backends, whether or not a mock of moto is active."""


def _response(url: str, answer: Answer) -> AWSResponse:
    status, headers, body = answer
    return AWSResponse(url, status, headers, MockRawResponse(body))  # type: ignore[arg-type]


def _is_unknown(method: str, answer: Answer) -> bool:
    """Returns whether moto answered that it does not know the URL or the operation."""
    status, _, body = answer
    return status == 404 and (body == "Not yet implemented" or (not body and method != "HEAD"))


def _code_and_message(error: Exception) -> tuple[str, str]:
    """Returns the code and message of an error: those of AWS, or the exception's type and text."""
    if isinstance(error, ClientError):
        answer = error.response.get("Error", {})
        return str(answer.get("Code", "")), str(answer.get("Message", ""))
    return type(error).__name__, str(error)
