"""Runs Lambda authorizers, and caches their results (HTP-40 to 4A)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

from ...arguments import shown
from ...errors import hides_frames
from ...http.authorizers import UNAUTHORIZED, Decision, identity_of
from ...http.definitions import LambdaAuthorizer, UncheckedAuthorizer
from ...http.exchange import Exchange
from ...http.failures import Failure, Refused
from ...http.fronts import AuthorizingFront, Front
from ...service.invoke_request import Result
from ...service.policies import DENIED_BY_IDENTITY, Call, Principal, refusal_of_document
from ...simulation.clock import MICROSECONDS
from ...simulation.simulation import Simulation
from .function_call import FunctionCall

__tracebackhide__ = hides_frames

_ACTION = "execute-api:Invoke"


class _Cached(NamedTuple):
    decision: Decision
    ends_at: int


class Authorizations:
    """Asks Lambda authorizers. `invoke` invokes them, and raises `Refused` if it cannot."""

    def __init__(self, simulation: Simulation, invoke: Callable[[Exchange, FunctionCall], Result]) -> None:
        self._simulation = simulation
        self._invoke = invoke
        self._cached: dict[tuple[object, ...], _Cached] = {}

    def authorize(self, front: Front, exchange: Exchange, given: Mapping[str, Any] | None) -> None:
        """Sets what the function sees of the authorizer. Raises `Refused` if the request is not authorized.

        `given` is `requestContext.authorizer` of the test, for authorizers that are not simulated (HTP-4A). On other routes
        AWS would not send it to the function, so it raises `LambdaEventsError`.
        """
        route = exchange.matched.route
        authorizer = route.authorizer
        if given is not None and not isinstance(authorizer, UncheckedAuthorizer):
            what = "no authorizer" if authorizer is None else "a Lambda authorizer, which runs"
            raise self._simulation.record_misuse(
                f"authorizer={shown(given)} has no effect: {route.key} of {front.label} has {what}. Leave it out. It is for "
                "JWT, Cognito and IAM authorizers."
            )
        if isinstance(authorizer, LambdaAuthorizer):
            self._ask(cast("AuthorizingFront", front), exchange, authorizer)
        elif authorizer is not None and given is None:
            raise Refused(Failure.UNAUTHORIZED, f"the {authorizer.kind} authorizer is not simulated: pass authorizer={{...}}")
        else:
            exchange.authorizer = given

    def _ask(self, front: AuthorizingFront, exchange: Exchange, authorizer: LambdaAuthorizer) -> None:
        identity = identity_of(authorizer, exchange, lambda: front.event(exchange)["requestContext"])
        began = self._simulation.clock.microseconds
        decision = self._decision(front, exchange, authorizer, identity)
        latency = (self._simulation.clock.microseconds - began) // (MICROSECONDS // 1000)
        _check(decision, front.method_arn(exchange))
        exchange.authorizer = front.authorizer_context(exchange, decision, latency)

    def _decision(
        self, front: AuthorizingFront, exchange: Exchange, authorizer: LambdaAuthorizer, identity: tuple[str, ...]
    ) -> Decision:
        """Returns the result of the authorizer, from the cache until it is TTL seconds old (HTP-45)."""
        key = (front.id, exchange.matched.stage.name, authorizer.authorizer_id, identity)
        cached = self._cached.get(key)
        if cached is not None and self._simulation.clock.microseconds < cached.ends_at:
            return cached.decision
        call = FunctionCall(
            authorizer.function_arn, [front.authorizer_grant(authorizer)], authorizer.credentials_arn,
            front.authorizer_event(exchange, authorizer, identity), self._simulation.identifiers.uuid(),
        )  # fmt: skip
        try:
            result = self._invoke(exchange, call)
        except Refused as refused:
            raise Refused(Failure.AUTHORIZER_FAILED, f"authorizer: {refused}") from None
        if result.error is not None:
            is_refusal = result.error.error_message == UNAUTHORIZED
            raise Refused(
                Failure.UNAUTHORIZED if is_refusal else Failure.AUTHORIZER_FAILED,
                f"the authorizer raised {result.error.summary}",
            )
        decision = front.decision(authorizer, result.payload)
        if authorizer.ttl_seconds and identity:
            self._cached[key] = _Cached(
                decision, self._simulation.clock.microseconds + authorizer.ttl_seconds * MICROSECONDS
            )  # fmt: skip
        return decision


def _check(decision: Decision, method_arn: str) -> None:
    """Raises `Refused` if the decision does not allow the request."""
    if decision.is_authorized is not None:
        if not decision.is_authorized:
            raise Refused(Failure.DENIED, "the authorizer denies it")
        return
    refusal = refusal_of_document(Call(Principal(), _ACTION, method_arn), decision.statements)
    if refusal is not None:
        is_denied = refusal == DENIED_BY_IDENTITY
        raise Refused(
            Failure.DENIED if is_denied else Failure.NOT_COVERED,
            f"the policy of the authorizer {'denies' if is_denied else 'does not allow'} {method_arn}",
        )
