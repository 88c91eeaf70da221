"""Answers HTTP requests: selects the route, asks the authorizer, invokes the function, and maps its result (HTP-01 to 05)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from ...arns import parse
from ...errors import NotSimulatedError, hides_frames
from ...faults.explorer import AS_USUAL, REQUESTED_AGAIN, Explorer
from ...http.definitions import Definition, Definitions, LambdaIntegration, MockIntegration, OtherIntegration, Throttle
from ...http.exchange import Exchange, integration_arn
from ...http.failures import Failure, Refused
from ...http.fronts import Front, definition_at, front_of
from ...http.function_responses import Malformed
from ...http.messages import Request, Response
from ...http.permissions import CALLER, Grant
from ...http.rest_api import mock_response
from ...http.settings import FrontSettings
from ...http.throttling import TokenBucket
from ...journal.attempts import PlannedFaultMet
from ...journal.entry import Subject
from ...journal.events import Denied, HttpResponded
from ...journal.pending import EventAttempt
from ...service.authorization import Authorizer, PushSource
from ...service.errors import ServiceError
from ...service.invocations import CallerTimedOut, Invocations
from ...service.invoke_request import Result
from ...service.tracing import Chains, Trace
from ...simulation.simulation import Simulation
from .authorizations import Authorizations
from .function_call import FunctionCall

__tracebackhide__ = hides_frames

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOST_ANSWER = "lost answer"
_FAILURES = {
    "TooManyRequestsException": Failure.THROTTLED,
    "ResourceNotFoundException": Failure.NO_FUNCTION,
    "RequestTooLargeException": Failure.TOO_LARGE,
}
"""How a front sees an error of the Invoke API. It is `LAMBDA_FAILED` for all others."""


class Answered(NamedTuple):
    """A response, and the request id of the invocation; None if the function was not invoked."""

    response: Response
    request_id: str | None


class _RequestAgain:
    """Lets an exploration send a request once more while the function runs, as a client that has timed out does."""

    def __init__(self, repeat: Callable[[], None]) -> None:
        self._repeat = repeat
        self._was_repeated = False

    @property
    def alternative(self) -> str:
        return AS_USUAL if self._was_repeated else REQUESTED_AGAIN

    def begin(self) -> None:
        self._was_repeated = True
        self._repeat()


class Gateway:
    """All APIs, function URLs and target groups of one simulated AWS."""

    def __init__(
        self,
        simulation: Simulation,
        chains: Chains,
        invocations: Invocations,
        authority: Authorizer,
        definitions: Definitions,
        settings: FrontSettings,
    ) -> None:
        self._simulation = simulation
        self._definitions = definitions
        self._settings = settings
        self._chains = chains
        self._invocations = invocations
        self._authority = authority
        self._authorizations = Authorizations(simulation, self._invoke)
        self.explorer: Explorer | None = None
        self._fronts: dict[str, tuple[Definition, Front]] = {}
        self._buckets: dict[tuple[str, str, str], TokenBucket] = {}

    def front(self, definition: Definition) -> Front:
        """Returns the front of a definition. It is computed once for each object."""
        known = self._fronts.get(definition.id)
        if known is None or known[0] is not definition:
            known = self._fronts[definition.id] = (definition, front_of(definition, self._settings))
        return known[1]

    def answer_at(
        self,
        host: str,
        request: Request,
        *,
        authorizer: Mapping[str, Any] | None = None,
        caller: str | None = None,
    ) -> Answered | None:
        """Answers a request to a host name, as `answer` does. Returns None if the host is not an API or function URL."""
        definition = definition_at(host, self._definitions)
        return None if definition is None else self.answer(definition, request, authorizer=authorizer, caller=caller)

    def answer(
        self,
        definition: Definition,
        request: Request,
        *,
        authorizer: Mapping[str, Any] | None = None,
        caller: str | None = None,
    ) -> Answered:
        """Answers a request. The function has ended then, or runs on after the timeout of the front.

        Args:
            definition: What the request was sent to.
            request: The request.
            authorizer: `requestContext.authorizer`, for routes whose authorizer is not simulated (HTP-4A).
            caller: The ARN of the role or user that signs the request (HTP-5G).
        """
        front = self.front(definition)
        with self._simulation.locked():
            exchange = self._exchange(request, caller)
            response = self._once(front, exchange, authorizer)
            if self._loses_answer(exchange):
                exchange = self._exchange(request, caller)
                response = self._once(front, exchange, authorizer)
        return Answered(response, exchange.invocation_id)

    def _once(self, front: Front, exchange: Exchange, authorizer: Mapping[str, Any] | None) -> Response:
        reason = None
        try:
            response = front.preflight(exchange.request) or self._answered(front, exchange, authorizer)
        except Refused as refused:
            reason, response, exchange.is_refused = str(refused), front.refusal(refused), True
        exchange.answered_at = self._simulation.clock.now
        response = front.finished(exchange, response)
        self._write(front, exchange, response, reason)
        return Response(response.status_code, response.headers) if exchange.request.method == "HEAD" else response

    def _loses_answer(self, exchange: Exchange) -> bool:
        """Returns whether the client does not get the response of a function, and repeats a request that changes something."""
        if self.explorer is None or exchange.invocation_id is None or exchange.request.method in _READS:
            return False
        name, what = exchange.function_name or "", f"{exchange.request.method} {exchange.matched.route.path}"
        if self.explorer.choose("request", name, what, (_LOST_ANSWER,)) == AS_USUAL:
            return False
        self._simulation.journal.write(PlannedFaultMet(Subject(name), "duplicate request"))
        return True

    def _exchange(self, request: Request, caller: str | None) -> Exchange:
        identifiers = self._simulation.identifiers
        extended_id = base64.urlsafe_b64encode(bytes.fromhex(identifiers.hex(22))).decode()
        return Exchange(
            request, self._simulation.clock.now, identifiers.uuid(), extended_id, self._chains.new_root(), caller=caller
        )

    def _answered(self, front: Front, exchange: Exchange, authorizer: Mapping[str, Any] | None) -> Response:
        request = exchange.request
        match = exchange.match = front.match(request)
        self._throttle(front, exchange, front.throttle(match))
        if len(request.body) > front.request_limit:
            raise Refused(Failure.TOO_LARGE, f"the body has {len(request.body)} bytes")
        integration = match.route.integration
        if isinstance(integration, OtherIntegration):
            raise self._simulation.record_misuse(
                f"{front.label}: the integration {integration.kind} of {match.route.key} is not simulated: only AWS_PROXY "
                "integrations with functions and MOCK are.", NotSimulatedError,
            )  # fmt: skip
        self._authorizations.authorize(front, exchange, authorizer)
        if isinstance(integration, MockIntegration):
            return mock_response(integration, request)
        return self._of_function(front, exchange, integration)

    def _throttle(self, front: Front, exchange: Exchange, throttle: Throttle | None) -> None:
        if throttle is None:
            return
        key = (front.id, exchange.matched.stage.name, exchange.matched.route.key)
        now = self._simulation.clock.microseconds
        bucket = self._buckets.get(key)
        if bucket is None or bucket.throttle != throttle:
            bucket = self._buckets[key] = TokenBucket(throttle, now)
        if not bucket.take(now):
            raise Refused(Failure.TOO_MANY_REQUESTS, f"over {throttle.rate:g} requests for each second")

    def _of_function(self, front: Front, exchange: Exchange, integration: LambdaIntegration) -> Response:
        match = exchange.matched
        function_arn = integration_arn(match, integration.function_arn)
        exchange.function_name = parse(function_arn).name
        call = self._call_of(front, exchange, integration, function_arn)
        request_id = call.request_id
        if self.explorer is not None and exchange.request.method not in _READS:
            call = call._replace(again=_RequestAgain(lambda: self._repeat(front, exchange, integration, function_arn)))
        try:
            result = self._invoke(exchange, call)
        except Refused as refused:
            if refused.failure is Failure.TIMED_OUT:
                exchange.invocation_id = request_id
            raise
        exchange.invocation_id = request_id
        if result.trace is not None:
            exchange.trace_header = result.trace.header()
        if result.error is not None:
            raise Refused(Failure.FUNCTION_ERROR, result.error.summary)
        try:
            return front.response(exchange, result.payload)
        except Malformed as malformed:
            raise Refused(Failure.MALFORMED, str(malformed)) from None

    def _call_of(self, front: Front, exchange: Exchange, integration: LambdaIntegration, function_arn: str) -> FunctionCall:
        request_id = exchange.request_id if front.shares_request_id else self._simulation.identifiers.uuid()
        return FunctionCall(
            function_arn, front.grants(exchange), integration.credentials_arn, front.event(exchange), request_id,
            front.timeout_seconds(integration),
        )  # fmt: skip

    def _repeat(self, front: Front, exchange: Exchange, integration: LambdaIntegration, function_arn: str) -> None:
        """Invokes the function for a request that the client sends once more. Nobody reads the second response."""
        again = self._exchange(exchange.request, exchange.caller)
        again.match, again.authorizer, again.function_name = exchange.match, exchange.authorizer, exchange.function_name
        call = self._call_of(front, again, integration, function_arn)
        payload, trace = self._sent(again, call)

        def begin() -> None:
            with suppress(ServiceError):
                self._invocations.begin(function_arn, None, payload, trace=trace, request_id=call.request_id)

        work = EventAttempt(Subject(exchange.function_name, call.request_id, 1), payload)
        self._simulation.scheduler.call_after(0, begin, work, unordered=True)

    def _sent(self, exchange: Exchange, call: FunctionCall) -> tuple[bytes, Trace]:
        """Returns the payload and the trace of a call."""
        payload = json.dumps(call.event, separators=(",", ":"), ensure_ascii=False).encode()
        return payload, Trace(exchange.trace_root, self._simulation.identifiers.hex(16))

    def _invoke(self, exchange: Exchange, call: FunctionCall) -> Result:
        """Invokes a function if it may be invoked. Raises `Refused`."""
        for grant in call.grants:
            self._check(exchange, call, grant)
        payload, trace = self._sent(exchange, call)
        try:
            return self._invocations.call(
                call.function_arn, None, payload, trace,
                request_id=call.request_id, timeout_seconds=call.timeout_seconds, again=call.again,
            ).result  # fmt: skip
        except CallerTimedOut:
            raise Refused(Failure.TIMED_OUT, f"the function has not ended after {call.timeout_seconds:g} s") from None
        except ServiceError as error:
            failure = _FAILURES.get(error.code, Failure.LAMBDA_FAILED)
            raise Refused(failure, error.members.get("Reason") or error.message) from None

    def _check(self, exchange: Exchange, call: FunctionCall, grant: Grant) -> None:
        """Raises `Refused` if the function may not be invoked (HTP-5E to 5G, HTP-60)."""
        if grant.principal == CALLER and exchange.caller is None:
            raise Refused(Failure.NOT_PERMITTED, "the request is not signed: pass caller=...")
        function_arn = call.function_arn
        role_arn = exchange.caller if grant.principal == CALLER else call.role_arn
        if role_arn is None:
            source = PushSource(
                grant.principal, grant.source_arn, parse(function_arn).account_id, conditions=grant.conditions
            )  # fmt: skip
            reason = self._authority.admits(function_arn, source, grant.action)
        else:
            reason = self._authority.allowed(role_arn, grant.action, function_arn, grant.conditions)
            if reason is not None:
                self._simulation.journal.write(Denied(Subject(parse(function_arn).name), reason))
        if reason is not None:
            raise Refused(Failure.NOT_PERMITTED, reason)

    def _write(self, front: Front, exchange: Exchange, response: Response, reason: str | None) -> None:
        request = exchange.request
        subject = Subject(exchange.function_name, exchange.invocation_id)
        self._simulation.journal.write(
            HttpResponded(subject, front.label, request.method, request.path, response.status_code, reason)
        )
