"""What moto and botocore look up or compute again for each request, kept or looked up faster while an environment is open."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import chain
from typing import Any
from urllib.parse import parse_qsl
from weakref import WeakKeyDictionary

import botocore.awsrequest
import botocore.client
import botocore.context
import botocore.model
import botocore.useragent
import moto.core.responses
from botocore.context import ClientContext, get_context, reset_context, set_context
from botocore.parsers import BaseRestParser
from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.core.responses import BaseResponse
from moto.moto_api._internal import mock_random

from ...contexts import contextmanager
from ...values import dataclass
from ..late_parts import when_loaded
from ..repairs import patched
from .clients import is_of_botocore
from .parameter_events import emits_quickly
from .parameters import checks_quickly
from .request_ids import request_ids
from .response_headers import finds_quickly

_RESPONSES: Any = moto.core.responses
_NAMES_KEPT = 1000
_FEATURES = "_build_feature_metadata"


@dataclass(frozen=True, slots=True)
class _MethodNames:
    """The names of the methods of a class, without a list of them."""

    kind: Any

    def __contains__(self, name: str) -> bool:
        return bool(name) and inspect.isfunction(getattr(self.kind, name, None))


@contextmanager
def looked_up_quickly(
    checks: WeakKeyDictionary[Any, Any], header_members: WeakKeyDictionary[Any, Any], fast_calls: bool
) -> Iterator[None]:
    """Lets moto, and with `fast_calls` also botocore, look up faster what they need for each request."""
    with moto_looks_up_quickly(), botocore_looks_up_quickly(checks, header_members) if fast_calls else nullcontext():
        yield


@contextmanager
def botocore_looks_up_quickly(
    checks: WeakKeyDictionary[Any, Any], header_members: WeakKeyDictionary[Any, Any]
) -> Iterator[None]:
    """Lets botocore check parameters, write URLs, user agents and names, look for checksums, and read headers faster.

    `checks` and `header_members` outlive the environment.
    """
    agents, client, name = botocore.useragent, botocore.client, "sanitize_user_agent_string_component"
    awsrequest: Any = botocore.awsrequest
    patches = [checks_quickly(checks)]
    if hasattr(BaseRestParser, "_parse_non_payload_attrs"):
        patches.append(finds_quickly(header_members))
    if is_of_botocore(vars(botocore.client.BaseClient).get("_emit_api_params")):
        patches.append(emits_quickly())
    if hasattr(agents, name):
        patches.append((agents, name, functools.lru_cache(maxsize=_NAMES_KEPT)(getattr(agents, name))))
    if hasattr(awsrequest, "_urljoin"):
        patches.append((awsrequest, "_urljoin", functools.lru_cache(maxsize=_NAMES_KEPT)(awsrequest._urljoin)))
    if hasattr(agents, "UserAgentString") and hasattr(agents.UserAgentString, _FEATURES):
        patches.append((agents.UserAgentString, _FEATURES, _keeping_features(getattr(agents.UserAgentString, _FEATURES))))
    service_id: Any = getattr(botocore.model, "ServiceId", None)
    if hasattr(service_id, "hyphenize"):
        patches.append((service_id, "hyphenize", _kept(service_id.hyphenize)))
    if hasattr(client, "resolve_checksum_context"):
        patches.append((client, "resolve_checksum_context", _resolving_checksums(client.resolve_checksum_context)))
    if hasattr(botocore.context, "start_as_current_context"):
        patches.append((botocore.context, "start_as_current_context", _CurrentContext))
    with patched(patches):
        yield


class _CurrentContext:
    """Does the same as `start_as_current_context` of botocore, without a generator."""

    __slots__ = ("_context", "_token")

    def __init__(self, context: Any = None) -> None:
        self._context = context or get_context()

    def __enter__(self) -> None:
        current = self._context
        self._token = set_context(ClientContext() if current is None else copy.deepcopy(current))

    def __exit__(self, *error: object) -> None:
        reset_context(self._token)


@functools.cache
def _kept(function: Callable[[str], str]) -> Callable[[str], str]:
    """Returns a function that also knows the results of earlier environments."""
    return functools.lru_cache(maxsize=_NAMES_KEPT)(function)


@functools.cache
def _regions_of(service_name: str) -> Sequence[str]:
    """Returns the regions of a service, which moto finds again for each environment."""
    session = AccountSpecificBackend.get_session()
    found = [session.get_available_regions(service_name, partition_name=name) for name in session.get_available_partitions()]
    return tuple(chain.from_iterable(found))


class _Component:
    """A part of a user agent, and its text."""

    def __init__(self, component: Any) -> None:
        self._component = component
        self._text = component.to_string()

    def to_string(self) -> str:
        return str(self._text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._component, name)


def _keeping_features(build: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
    """Returns botocore's function for the part of a user agent that names features. It knows those of earlier calls."""
    known: dict[frozenset[str], Sequence[Any]] = {}

    def kept(agent: Any) -> list[Any]:
        context = get_context()
        features = frozenset(() if context is None else context.features)
        features = features.union(getattr(agent, "_client_features", None) or ())
        if features not in known:
            known[features] = [_Component(component) for component in build(agent)]
        return [*known[features]]

    return kept


def _resolving_checksums(resolve: Callable[..., None]) -> Callable[..., None]:
    """Returns botocore's function for checksums of requests, which does nothing for most operations."""

    def resolve_quickly(request: Any, operation_model: Any, params: Any) -> None:
        has_checksum = operation_model.http_checksum or operation_model.http_checksum_required
        if has_checksum or "x-amz-checksum-" in "".join(request["headers"]).lower():
            resolve(request, operation_model, params)

    return resolve_quickly


@contextmanager
def moto_looks_up_quickly() -> Iterator[None]:
    """Lets moto find the methods of a class, the backend of an account, and the name of an attribute faster.

    Request ids are drawn as moto does, from the same numbers. moto also reads no operation or parameter out of a text in a
    JSON body, as in `{"Message": "a&Action=Publish"}`, and writes no request id into it. A body of that kind is not a query
    string.
    """
    request_id = request_ids(lambda: mock_random)
    backend_of, backend_in = BackendDict.__getitem__, AccountSpecificBackend.__getitem__
    parse_query = parse_qsl
    underscored = _kept(_RESPONSES.camelcase_to_underscores)

    def with_request_id(headers: dict[str, Any] | None = None) -> str:
        made = request_id()
        if isinstance(headers, dict):
            headers["x-amzn-requestid"] = made
        return made

    def parse_query_string(body: str, **options: Any) -> list[tuple[str, str]]:
        return [(body, "")] if body.startswith("{") else parse_query(body, **options)

    enrich = BaseResponse._enrich_response

    def with_metadata(headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
        # moto writes its request id over each <RequestId> in a body, also over one in the text of a message in JSON.
        if isinstance(body, str) and "<RequestId>" in body and not body.startswith("{"):
            return enrich(headers, body)
        if "status" in headers:
            headers["status"] = str(headers["status"])
        _RESPONSES.gen_amzn_requestid_long(headers)
        return headers, body

    def backend(backends: BackendDict[Any], account_id: str) -> Any:
        # moto compares with all known services first, by their contents.
        found = dict.get(backends, account_id)
        instances: list[Any] = BackendDict._instances  # type: ignore[misc]
        if found is not None:
            for one in instances:
                if one is backends:
                    return found
        return backend_of(backends, account_id)

    def backend_in_region(backends: AccountSpecificBackend[Any], region_name: str) -> Any:
        found = dict.get(backends, region_name)
        return backend_in(backends, region_name) if found is None else found

    def in_queues() -> AbstractContextManager[None]:
        from moto.sqs import models

        name = "camelcase_to_underscores"
        return patched([(models, name, underscored)] if hasattr(models, name) else ())

    patches = (
        (_RESPONSES, "parse_qsl", parse_query_string),
        (_RESPONSES, "method_names_from_class", _MethodNames),
        (_RESPONSES, "camelcase_to_underscores", underscored),
        (_RESPONSES, "gen_amzn_requestid_long", with_request_id),
        (BaseResponse, "_enrich_response", staticmethod(with_metadata)),
        (BackendDict, "__getitem__", backend),
        (AccountSpecificBackend, "__getitem__", backend_in_region),
        (AccountSpecificBackend, "_generate_regions", lambda backends, service_name: list(_regions_of(service_name))),
    )
    with (
        when_loaded("moto.sqs.models", in_queues),
        patched(patch for patch in patches if hasattr(patch[0], patch[1])),
    ):
        yield
