"""The only place between botocore's clients and the network.

While an environment is open, or a thread of a closed one is still running, requests of botocore end here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.httpsession import URLLib3Session
from botocore.monitoring import SocketPublisher

from ...contexts import contextmanager
from ...errors import NotSimulatedError, hides_frames
from ...patching import attributes_patched
from ...simulation.threads import tell_when_it_ends
from ...values import dataclass
from ..fast_calls.clients import methods_of_botocore, nobody_looks

__tracebackhide__ = hides_frames

_MARK = "_lambda_events_call"
"""The attribute of a request that holds its `ApiCall`."""


@dataclass(frozen=True, slots=True)
class ApiCall:
    """The call of a request. `service_id` is botocore's name in events, `service_name` that of boto3's client."""

    service_id: str
    service_name: str
    operation_name: str
    region_name: str | None
    endpoint_prefix: str
    signing_name: str


class PreparedRequest(Protocol):
    """The parts of a request that the Lambda API reads: botocore's own, or those of a call without HTTP."""

    url: str
    headers: Any
    body: Any


class Calls(Protocol):
    """Handles the requests of botocore for an open environment."""

    def api_call(self, make: Callable[..., Any], client: Any, operation_name: str, parameters: Mapping[str, Any]) -> Any:
        """Makes a client's call of an operation with `make`, which is botocore's own."""

    def endpoint(self, resolve: Callable[..., Any], client: Any, model: Any, parameters: Any, context: Any, more: Any) -> Any:
        """Returns where a client's request goes, as `resolve`, which is botocore's own."""

    def send(
        self, request: AWSPreparedRequest, call: ApiCall | None, endpoint_url: str, send: Callable[[], Any]
    ) -> AWSResponse:
        """Answers a request. `send` would really send it. `endpoint_url` is the argument with which its client was created."""

    def make_request(
        self,
        make: Callable[..., Any],
        client: Any,
        model: Any,
        request: dict[str, Any],
        context: dict[str, Any],
        call: ApiCall,
    ) -> Any:
        """Makes a client's request with `make`, which is botocore's own, or answers it without an HTTP request."""

    def unknown_endpoint(self, endpoint: object, url: str) -> Exception:
        """Returns the refusal of a request by an endpoint that sends in its own way."""

    def threads(self) -> list[threading.Thread]:
        """Returns the threads that still do work of the environment."""

    def in_own_thread(self) -> bool:
        """Returns whether this thread entered the environment or was started in it."""


class Network:
    """Guards the process. Nothing of botocore is patched unless an environment is open or a stray thread is running.

    A stray thread still does work of an environment that is closed.
    """

    def __init__(self) -> None:
        self._calls: Calls | None = None
        self._is_open = False
        self._strays: set[threading.Thread] = set()
        self._patches: attributes_patched | None = None
        self._lock = threading.RLock()
        self._api_calls: WeakKeyDictionary[Any, ApiCall] = WeakKeyDictionary()
        self._methods: Mapping[str, Callable[..., Any]] | None = None

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Keeps botocore patched while an environment is open, or longer if it leaves stray threads.

        This is the first part that an environment opens, so the patches of other parts lie above it and are undone before.
        """
        self._open(True)
        try:
            yield
        finally:
            self._open(False)

    def _open(self, is_open: bool) -> None:
        with self._lock:
            self._is_open = is_open
            self._patch_if_needed()

    @contextmanager
    def routed(self, calls: Calls) -> Iterator[None]:
        """Passes requests of botocore from every thread to `calls`. Afterwards its threads can send nothing."""
        self._calls = calls
        try:
            yield
        finally:
            with self._lock:
                self._strays.update(calls.threads())
                self._calls = None

    def thread_ended(self, thread: threading.Thread) -> None:
        """Stores that a thread has finished its work for an environment."""
        if thread not in self._strays:
            return
        with self._lock:
            self._strays.discard(thread)
            self._patch_if_needed()

    def _patch_if_needed(self) -> None:
        wanted = self._is_open or bool(self._strays)
        if wanted and self._patches is None:
            self._patches = self._patched()
        elif not wanted and self._patches is not None:
            self._patches.__exit__(None, None, None)
            self._patches = None

    def _patched(self) -> attributes_patched:
        patches = attributes_patched(
            (BaseClient, "_make_api_call", self._make_api_call()),
            (BaseClient, "_resolve_endpoint_ruleset", self._resolve_endpoint_ruleset()),
            (BaseClient, "_make_request", self._make_request()),
            *((Endpoint, name, patched) for name, patched in self._of_endpoint().items()),
            (URLLib3Session, "send", self._send_raw()),
            (SocketPublisher, "publish", self._publish()),
            (threading.Thread, "start", self._start_thread()),
        )
        patches.__enter__()
        return patches

    def _of_endpoint(self) -> Mapping[str, Callable[..., Any]]:
        methods = methods_of_botocore()
        patched = {
            "prepare_request": self._prepare_request(), "_do_get_response": self._do_get_response(), "_send": self._send(),
        }  # fmt: skip
        self._methods = None if methods is None else {**methods, **patched}
        return patched

    def _here(self, what: Callable[[], str]) -> Calls | None:
        """Returns the routes of a call of this thread, or None if no environment is open. `what` names the call.

        Raises `NotSimulatedError` in a stray thread, unless the open environment has given it work.
        """
        thread = threading.current_thread()
        calls = self._calls
        if thread in self._strays and (calls is None or not calls.in_own_thread()):
            raise NotSimulatedError(
                f"{what()} was called in thread {thread.name!r}, but the environment in which its work began is closed. "
                "Nothing was sent. Let the handler or the test wait for its threads before it ends."
            )
        return calls

    def _make_api_call(self) -> Callable[..., Any]:
        make = BaseClient._make_api_call  # type: ignore[attr-defined]

        def make_api_call(client: Any, operation_name: str, api_params: Mapping[str, Any]) -> Any:
            calls = self._here(lambda: f"{client.meta.service_model.service_name}.{operation_name}")
            if calls is None:
                return make(client, operation_name, api_params)
            return calls.api_call(make, client, operation_name, api_params)

        return make_api_call

    def _resolve_endpoint_ruleset(self) -> Callable[..., Any]:
        resolve = BaseClient._resolve_endpoint_ruleset  # type: ignore[attr-defined]

        def resolve_endpoint(
            client: Any, operation_model: Any, params: Any, request_context: Any, *more: Any, **named: Any
        ) -> Any:
            if self._calls is None:
                return resolve(client, operation_model, params, request_context, *more, **named)
            return self._calls.endpoint(resolve, client, operation_model, params, request_context, (more, named))

        return resolve_endpoint

    def _make_request(self) -> Callable[..., Any]:
        make: Callable[..., Any] = BaseClient._make_request  # type: ignore[attr-defined]

        def make_request(client: Any, operation_model: Any, request_dict: Any, request_context: Any) -> Any:
            calls, methods = self._calls, self._methods
            if calls is None or methods is None or not nobody_looks(methods):
                return make(client, operation_model, request_dict, request_context)
            call = self._api_call_of(operation_model, client.meta.region_name)
            return calls.make_request(make, client, operation_model, request_dict, request_context, call)

        return make_request

    def _api_call_of(self, operation_model: Any, region_name: str | None) -> ApiCall:
        call = self._api_calls.get(operation_model)
        if call is None:
            # A model of an operation belongs to one client, and so does a region.
            call = self._api_calls[operation_model] = _api_call_of(operation_model, region_name)
        return call

    def _prepare_request(self) -> Callable[..., Any]:
        prepare = Endpoint.prepare_request

        def prepare_request(endpoint: Any, request: Any) -> Any:
            if type(endpoint) is not Endpoint and self._calls is not None and _sends_by_itself(type(endpoint)):
                raise self._calls.unknown_endpoint(endpoint, without_query(request.url))
            return prepare(endpoint, request)

        return prepare_request

    def _do_get_response(self) -> Callable[..., Any]:
        get = Endpoint._do_get_response  # type: ignore[attr-defined]

        def get_response(endpoint: Any, request: AWSPreparedRequest, operation_model: Any, context: Any) -> Any:
            setattr(request, _MARK, self._api_call_of(operation_model, context.get("client_region")))
            return get(endpoint, request, operation_model, context)

        return get_response

    def _send(self) -> Callable[..., Any]:
        send = Endpoint._send  # type: ignore[attr-defined]

        def send_request(endpoint: Any, request: AWSPreparedRequest) -> Any:
            call: ApiCall | None = getattr(request, _MARK, None)
            if self._calls is None:
                return send(endpoint, request)
            return self._calls.send(request, call, endpoint.host, lambda: send(endpoint, request))

        return send_request

    def _send_raw(self) -> Callable[..., Any]:
        send = URLLib3Session.send

        def send_request(session: Any, request: AWSPreparedRequest) -> Any:
            calls = self._here(lambda: f"{request.method} {without_query(request.url)}")
            if calls is None or hasattr(request, _MARK):
                # A request with a mark comes from an endpoint, and was allowed there.
                return send(session, request)
            return calls.send(request, None, request.url, lambda: send(session, request))

        return send_request

    def _publish(self) -> Callable[..., None]:
        publish = SocketPublisher.publish

        def publish_event(publisher: Any, event: Any) -> None:
            """Does not report calls to the developer's monitoring, because AWS never receives them."""
            if self._calls is None and threading.current_thread() not in self._strays:
                publish(publisher, event)

        return publish_event

    def _start_thread(self) -> Callable[..., Any]:
        start = threading.Thread.start

        def start_thread(thread: threading.Thread) -> None:
            if threading.current_thread() in self._strays:
                with self._lock:
                    self._strays.add(thread)
                tell_when_it_ends(thread, lambda: self.thread_ended(thread))
            start(thread)

        return start_thread


def _api_call_of(operation_model: Any, region_name: str | None) -> ApiCall:
    service = operation_model.service_model
    return ApiCall(
        service.service_id.hyphenize(), service.service_name, operation_model.name, region_name, service.endpoint_prefix,
        service.signing_name,
    )  # fmt: skip


def _sends_by_itself(kind: type) -> bool:
    """Returns whether a kind of endpoint sends in its own way, as that of aiobotocore does."""
    own = kind.__mro__[: kind.__mro__.index(Endpoint)]
    return any(name in vars(one) for one in own for name in ("_send_request", "_do_get_response", "_send"))


def without_query(url: str) -> str:
    """Returns a URL without its query, which may contain a signature, and without a user and password."""
    scheme, separator, rest = url.partition("?")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"
