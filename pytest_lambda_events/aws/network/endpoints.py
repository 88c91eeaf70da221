"""The URL under which a request reaches moto, for any endpoint of its client."""

from __future__ import annotations

import copy
import functools
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from botocore.context import get_context
from botocore.regions import EndpointResolverBuiltins as Builtin
from botocore.regions import EndpointRulesetResolver
from moto.backend_index import backend_url_patterns
from moto.core.utils import get_equivalent_url_in_aws_domain

from .api_calls import ApiCall

_ACCOUNT_ENDPOINT = r"^(https?://)\d{12}\.(streams-ddb|ddb)\."
_ENDPOINTS_KEPT = 1000
_HOSTS_KEPT = 1000
_TEXTS = frozenset({str, type(None)})
_SIMPLE = frozenset({bool, *_TEXTS})
_ENDPOINTS = {"streams-ddb": "streams.dynamodb", "ddb": "dynamodb"}
NO_ACCOUNT: dict[Builtin, Any] = {Builtin.ACCOUNT_ID: None, Builtin.ACCOUNT_ID_ENDPOINT_MODE: "disabled"}
"""Endpoints that name the account. Asking the client's credentials for it could refresh them."""
PLAIN: dict[Builtin, Any] = {
    **NO_ACCOUNT,
    Builtin.AWS_USE_FIPS: False,
    Builtin.AWS_USE_DUALSTACK: False,
    Builtin.AWS_S3_ACCELERATE: False,
    Builtin.SDK_ENDPOINT: None,
}
"""The arguments of a client without any setting of its endpoint."""


class PlainEndpoints:
    """Resolves endpoints for clients of every kind as for a plain client of the same service and region.

    The endpoints of a client are the same in each environment. Settings that botocore refuses, such as FIPS with a custom
    endpoint, are still refused.
    """

    def __init__(self) -> None:
        self._resolvers: WeakKeyDictionary[EndpointRulesetResolver, tuple[Any, Any]] = WeakKeyDictionary()

    def resolved(self, client: Any, resolve: Callable[[Any], Any]) -> Any:
        """Returns the result of `resolve` for a stand-in of the client with a plain endpoint."""
        own = client._ruleset_resolver
        if own is None:
            return resolve(client)
        known = self._resolvers.get(own)
        if known is None:
            known = self._resolvers[own] = _resolvers_of(own)
        checked, plain = known
        if checked is not None:
            resolve(_StandIn(client, checked))
        return resolve(_StandIn(client, plain))


class _StandIn:
    """A client with another resolver of endpoints."""

    def __init__(self, client: Any, resolver: Any) -> None:
        self._client = client
        self._ruleset_resolver = resolver

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def _resolvers_of(own: Any) -> tuple[Any, Any]:
    """Returns one resolver that finds what botocore refuses, or None, and the plain one."""
    changed = any(own._builtins.get(name) for name in PLAIN.keys() - NO_ACCOUNT.keys())
    return _with(own, NO_ACCOUNT) if changed else None, _KnownEndpoints(_with(own, PLAIN))


def _with(resolver: Any, builtins: dict[Builtin, Any]) -> Any:
    # The copy shares the provider, which holds the rules and caches their results.
    changed = copy.copy(resolver)
    changed._builtins = {**resolver._builtins, **builtins}
    return changed


def _resolver_of(resolver: Any, builtins: dict[Any, Any]) -> Any:
    """Returns a resolver with these arguments, which does not call the handlers again."""
    changed = copy.copy(resolver)
    changed._get_customized_builtins = lambda *_: builtins
    return changed


def _features() -> frozenset[str]:
    """Returns what botocore names in the user agent of the current call."""
    context = get_context()
    return frozenset() if context is None else frozenset(context.features)


class _KnownEndpoints:
    """A resolver that remembers endpoints: those of operations whose endpoint depends on texts among their parameters.

    Handlers of the event before a resolution are called each time. The endpoint also depends on what they change.
    """

    def __init__(self, resolver: Any) -> None:
        self._resolver = resolver
        self._names = [*resolver._builtins]
        self._event = f"before-endpoint-resolution.{resolver._service_model.service_id.hyphenize()}"
        self._members: dict[str, Sequence[str] | None] = {}
        self._known: dict[tuple[Any, ...] | None, tuple[Any, frozenset[str]]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._resolver, name)

    def construct_endpoint(self, operation_model: Any, call_args: Any, request_context: Any) -> Any:
        """Returns the endpoint, as botocore's method of this name."""
        builtins = self._changed_builtins(operation_model, call_args, request_context)
        key = self._key(operation_model, call_args, builtins)
        if key not in self._known:
            before = _features()
            resolver = self._resolver if builtins is None else _resolver_of(self._resolver, builtins)
            found = resolver.construct_endpoint(operation_model, call_args, request_context)
            if key is None or len(self._known) > _ENDPOINTS_KEPT:
                return found
            self._known[key] = found, _features() - before
        found, features = self._known[key]
        context = get_context()
        if context is not None:
            context.features.update(features)
        return found._replace(headers=dict(found.headers))

    def _changed_builtins(self, operation_model: Any, call_args: Any, request_context: Any) -> dict[Any, Any] | None:
        """Returns the arguments of the client after all handlers, or None if there are no handlers."""
        events = self._resolver._event_emitter
        if getattr(events, "_emitter", events)._lookup_cache.get(self._event) == deque():
            return None
        found: dict[Any, Any] = self._resolver._get_customized_builtins(
            operation_model, {} if call_args is None else call_args, {} if request_context is None else request_context
        )
        return found

    def _key(self, operation_model: Any, call_args: Any, builtins: dict[Any, Any] | None) -> tuple[Any, ...] | None:
        name = operation_model.name
        settings: tuple[Any, ...] = ()
        if builtins is not None:
            settings = (*builtins.values(),)
            if [*builtins] != self._names or not _SIMPLE.issuperset(map(type, settings)):
                return None
        if name not in self._members:
            # The rules of S3 do not use the key of an object.
            unused = getattr(self._resolver._provider, "_excluded_params", ())
            dynamic = [param.member_name for param in operation_model.context_parameters if param.name not in unused]
            self._members[name] = None if operation_model.operation_context_parameters else dynamic
        members = self._members[name]
        if members is None:
            return None
        values = tuple([(call_args or {}).get(member) for member in members])
        return (name, settings, *values) if _TEXTS.issuperset(map(type, values)) else None


class MotoEndpoints:
    """Finds the URL under which moto has a service."""

    def __init__(self) -> None:
        self._hosts: dict[tuple[str, str], str | None] = {}

    def url(self, url: str, call: ApiCall) -> str | None:
        """Returns the URL for moto, or None if moto does not have the service.

        This is `url` itself, or a commercial name of the service if moto does not know its name in the partition. moto's
        pattern for a host may match another service: the one of S3 matches S3 on Outposts.
        """
        parts = urlsplit(moto_url(url))
        # An endpoint that botocore has asked for (endpoint discovery) has no path.
        parts = parts._replace(path=parts.path or "/")
        key = (call.service_name, parts.netloc)
        if key not in self._hosts:
            own = {_bare(name) for name in (call.service_name, call.endpoint_prefix, call.signing_name, call.service_id)}
            self._hosts[key] = next((host for host in _hosts(parts.netloc, call) if _services(host) & own), None)
        host = self._hosts[key]
        return None if host is None else parts._replace(netloc=host).geturl()


def moto_url(url: str) -> str:
    """Returns the URL under which moto knows an endpoint that names the account, as botocore builds them from ARNs."""
    return re.sub(_ACCOUNT_ENDPOINT, lambda match: f"{match[1]}{_ENDPOINTS[match[2]]}.", url)


def _hosts(own: str, call: ApiCall) -> Iterator[str]:
    yield own
    region, prefix = call.region_name or "us-east-1", call.endpoint_prefix
    yield from (f"{prefix}.{region}.amazonaws.com", f"{prefix}.{region}.api.aws", f"{prefix}.amazonaws.com")


@functools.lru_cache(maxsize=_HOSTS_KEPT)
def _services(host: str) -> frozenset[str]:
    """Returns the services that moto has at a host."""
    url = get_equivalent_url_in_aws_domain(f"https://{host}/")[0].geturl()
    return frozenset(_bare(service) for service, pattern in backend_url_patterns if pattern.match(url))


def _bare(name: str) -> str:
    """Returns the common part of the names of a service, in moto and in the fields of botocore's model."""
    return re.sub("[^a-z0-9]|aws|amazon", "", name.lower())
