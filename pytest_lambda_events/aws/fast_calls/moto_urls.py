"""Finds what answers a URL in moto. moto itself reads its tables again for each request."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Sequence
from operator import attrgetter, is_, itemgetter
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import moto.backends
import moto.settings
from moto.backend_index import backend_url_patterns
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.responses import BaseResponse

from ...values import dataclass
from ..network.api_calls import ApiCall
from .lean_responses import LeanResponse, lean_class

Method = Callable[..., Any]
_DISPATCH = BaseResponse.dispatch.__func__  # type: ignore[attr-defined]
_steps_of = attrgetter("setup_class", "_dispatch")
_USUAL_STEPS = _steps_of(BaseResponse)
"""The methods of `BaseResponse` before the action. A fast call does not call them."""
_replaced_in = itemgetter(*(name for name in vars(LeanResponse) if name in vars(BaseResponse) and name[:2] != "__"))
_USUAL_REPLACED = _replaced_in(vars(BaseResponse))
"""The methods of `BaseResponse` that `LeanResponse` has too."""
_CUSTOM = ("MOTO_S3_CUSTOM_ENDPOINTS", "S3_IGNORE_SUBDOMAIN_BUCKETNAME", "MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS")
"""Variables with which moto reads other URLs as those of S3."""


@dataclass(frozen=True, slots=True)
class Action:
    """The class of moto that answers by the name of an operation, and the path of its URL."""

    kind: type[BaseResponse]
    lean: type[LeanResponse]
    path: str


class MotoUrls:
    """Keeps the tables of the hosts that were called. `moto_url` returns the URL under which moto has a service, or None."""

    def __init__(self, moto_url: Callable[[str, ApiCall], str | None]) -> None:
        self._moto_url = moto_url
        self._methods: dict[tuple[str, str], Sequence[tuple[re.Pattern[str], Method]]] = {}
        self._actions: dict[tuple[str, str], Action | None] = {}

    def action(self, url: str, call: ApiCall) -> Action | None:
        """Returns what answers a URL by the name of the operation, or None if moto decides by the URL."""
        key = url, call.service_name
        if key not in self._actions:
            method = None if "?" in url else self.method(url, call)
            kind = getattr(method, "__self__", None)
            if getattr(method, "__func__", None) is not _DISPATCH or not isinstance(kind, type):
                self._actions[key] = None
            else:
                self._actions[key] = Action(kind, lean_class(kind), urlsplit(url).path or "/")
        action = self._actions[key]
        return action if action is not None and _is_usual(action.kind) else None

    def method(self, url: str, call: ApiCall) -> Method | None:
        """Returns the function that answers a URL, or None if moto has none or reads the URL in another way."""
        parts = urlsplit(url)
        key = parts.netloc, call.service_name
        if key not in self._methods:
            is_own = self._moto_url(url, call) == url and not any(name in os.environ for name in _CUSTOM)
            self._methods[key] = _methods_of(f"{parts.scheme}://{parts.netloc}/") if is_own else ()
        clean = f"{parts.scheme}://{parts.netloc}{parts.path}"
        return next((method for pattern, method in self._methods[key] if pattern.match(clean)), None)


_HOSTS_KEPT = 1000
_BY_HOST = "lambda_events.is_bucket_in_host"


@functools.cache
def _asking_once(kind: Any) -> Any:
    """Returns a class of moto's S3 that finds out once for each host whether it names the bucket, not for each request."""

    @functools.lru_cache(maxsize=_HOSTS_KEPT)
    def is_named(find: Callable[[Any], bool], host: str, *settings: object) -> bool:
        return bool(find(SimpleNamespace(headers={"host": host})))

    def is_bucket_in_host(request: Any) -> bool:
        known = request.environ
        if _BY_HOST not in known:
            find, host = kind.subdomain_based_buckets, request.headers.get("host")
            settings = (getattr(moto.settings, _CUSTOM[1], None), os.environ.get(_CUSTOM[0]))
            known[_BY_HOST] = is_named(find, host, *settings) if host else find(request)
        return bool(known[_BY_HOST])

    own = {"subdomain_based_buckets": staticmethod(is_bucket_in_host), "__module__": __name__}
    return type(kind.__name__, (kind,), own)


def asking_once(method: Method) -> Method:
    """Returns the method of a class of moto with fewer questions about its request."""
    kind = getattr(method, "__self__", None)
    if not isinstance(kind, type) or not hasattr(kind, "subdomain_based_buckets"):
        return method
    found: Method = getattr(_asking_once(kind), method.__name__)
    return found


@functools.lru_cache(maxsize=_HOSTS_KEPT)
def _service_of(url: str) -> str | None:
    """Returns the service that moto has at a host."""
    return next((name for name, pattern in backend_url_patterns if pattern.match(url)), None)


def _methods_of(url: str) -> Sequence[tuple[re.Pattern[str], Method]]:
    service = _service_of(url)
    backends: Any = None if service is None else moto.backends.get_backend(service)  # type: ignore[call-overload]
    if not isinstance(backends, BackendDict):
        return ()
    kind: Any = backends.backend
    return _methods_of_service(kind, moto.settings.enable_iso_regions())


@functools.lru_cache(maxsize=_HOSTS_KEPT)
def _methods_of_service(kind: type[BaseBackend], has_iso_regions: bool) -> Sequence[tuple[re.Pattern[str], Method]]:
    """Returns the table of a service, which moto makes again when it is asked. It depends on `has_iso_regions` too."""
    # Its tables do not depend on an account or a region.
    backend = kind.__new__(kind)
    return [(re.compile(pattern), method) for pattern, method in backend.urls.items()]


def _is_usual(kind: Any) -> bool:
    """Returns whether a class reads requests in moto's own way, also if a test patches moto."""
    try:
        steps, replaced = _steps_of(kind), _replaced_in(vars(BaseResponse))
    except (AttributeError, KeyError):
        return False
    return all(map(is_, steps, _USUAL_STEPS)) and all(map(is_, replaced, _USUAL_REPLACED))
