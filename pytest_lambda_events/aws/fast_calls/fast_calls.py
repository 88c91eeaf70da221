"""Finds the handler of moto that answers a call, and lets it answer without an HTTP request."""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import moto.backends
import moto.core.responses
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.endpoint import convert_to_response_dict
from moto.backend_index import backend_url_patterns
from moto.core.base_backend import BackendDict
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.responses import BaseResponse
from moto.core.utils import utcnow
from moto.iam.models import mark_account_as_visited
from moto.moto_api._internal import mock_random
from moto.utilities.utils import get_partition
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date

from ...simulation.clock import MICROSECONDS, VirtualClock
from ..network.api_calls import ApiCall
from ..network.signing import FAKE_CREDENTIALS, OF_A_HANDLER
from .clients import is_plain
from .lean_responses import Caller, LeanRequest, LeanResponse, lean_class, request_ids
from .operations import Operation, operation_of
from .results import LateResponse, with_metadata

Answer = tuple[int, Mapping[str, str], "bytes | str"]
"""Status, headers and body."""
_RESPONSES: Any = moto.core.responses
_FIRST_ERROR = 300
_DISPATCH = BaseResponse.dispatch.__func__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Target:
    """The class of moto that answers requests to a URL, and the path in the URL."""

    kind: type[BaseResponse]
    lean: type[LeanResponse]
    path: str


@dataclass(frozen=True, slots=True)
class Handler:
    """What answers a call in moto."""

    target: Target
    operation: Operation


@dataclass(frozen=True, slots=True)
class FastCall:
    """A call that can be answered without HTTP. `handler` is None for the Lambda API."""

    model: Any
    url: str
    method: str
    headers: Mapping[str, Any]
    body: Any
    signing_name: str
    caller: Caller
    parser: Any
    handler: Handler | None = None

    def as_sent(self) -> FastRequest:
        """Returns what a receiver of the request reads from it."""
        credential = f"{self.caller.access_key}/20000101/{self.caller.region_name}/{self.signing_name}/aws4_request"
        headers = HeadersDict({**self.headers, "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, "})
        return FastRequest(self.method, self.url, headers, self.body)


@dataclass(slots=True)
class FastRequest:
    """The parts of a prepared request that a receiver reads."""

    method: str
    url: str
    headers: Any
    body: Any


class FastCalls:
    """Answers calls in one environment. `moto_url` returns the URL under which moto has the service of a call, or None."""

    def __init__(
        self,
        clock: VirtualClock,
        moto_url: Callable[[str, ApiCall], str | None],
        operations: WeakKeyDictionary[Any, tuple[type[BaseResponse], Operation]],
    ) -> None:
        self._clock = clock
        self._moto_url = moto_url
        self._operations = operations
        self._targets: dict[tuple[str, str], Target | None] = {}
        self._places: dict[tuple[type[BaseResponse] | None, str, str, str], Caller] = {}
        self._date = (-1, "")

    def prepared(
        self, client: Any, call: ApiCall, model: Any, request: dict[str, Any], context: Mapping[str, Any], access_key: str
    ) -> FastCall | None:
        """Returns the call, or None if it needs an HTTP request."""
        headers = request["headers"]
        if not is_plain(client, model) or "Content-Encoding" in headers or "x-moto-account-id" in headers:
            return None
        signing = context.get("signing") or {}
        region_name = signing.get("region") or client.meta.region_name
        target = None
        if call.service_id != "lambda":
            target = self._target(request["url"], call)
            if target is None:
                return None
        return FastCall(
            model,
            request["url"],
            request["method"],
            headers,
            request["body"],
            signing.get("signing_name") or call.signing_name,
            self._caller(None if target is None else target.kind, request["url"], access_key, region_name),
            client._endpoint._response_parser_factory.create_parser(model.service_model.resolved_protocol),
            None if target is None else Handler(target, self._operation(target.kind, client, model)),
        )

    def answered(self, call: FastCall, handler: Handler) -> tuple[Answer, Any]:
        """Lets moto answer. The second part is a successful result as (HTTP response, result for the caller), or None."""
        target, operation = handler.target, handler.operation
        request = LeanRequest(
            call.method, call.url, target.path, call.headers, call.body, call.caller, self._date_of_now(), call.signing_name
        )
        response = target.lean.answering(operation, request)
        if call.caller.is_known:
            mark_account_as_visited(
                call.caller.account_id, call.caller.access_key, response.service_name or "", call.caller.region_name
            )
        try:
            status, headers, body = response.call_action()
        except HTTPException as error:
            return (error.code, error.get_headers(), error.get_body()), None  # type: ignore[return-value]
        answer = status, headers, body
        try:
            return answer, None if status >= _FIRST_ERROR else _result(call, response, answer)
        except Exception:
            # A client that gets this answer over HTTP raises its own error.
            return answer, None

    def parsed(self, call: FastCall, answer: Answer) -> Any:
        """Returns (HTTP response, result for the caller) for an answer that is not moto's. None for an error."""
        return None if answer[0] >= _FIRST_ERROR else _parsed_by_botocore(call, answer)

    def _target(self, url: str, call: ApiCall) -> Target | None:
        key = url, call.service_name
        if key not in self._targets:
            self._targets[key] = _target_of(url) if self._moto_url(url, call) == url else None
        return self._targets[key]

    def _operation(self, kind: type[BaseResponse], client: Any, model: Any) -> Operation:
        known, operation = self._operations.get(model, (None, None))
        if known is not kind or operation is None:
            factory = client._endpoint._response_parser_factory
            parser = factory.create_parser(model.service_model.resolved_protocol)
            plain = kind()
            operation = operation_of(
                model, parser._timestamp_parser, plain.boto3_service_name, reads_by_model=plain.automated_parameter_parsing
            )
            self._operations[model] = kind, operation
        return operation

    def _caller(self, kind: type[BaseResponse] | None, url: str, access_key: str, region_name: str) -> Caller:
        key = kind, url, access_key, region_name
        if key not in self._places:
            place = _region_in(kind, url) or region_name
            account_id = os.environ.get("MOTO_ACCOUNT_ID", DEFAULT_ACCOUNT_ID)
            self._places[key] = Caller(
                access_key, account_id, place, get_partition(place), access_key not in (FAKE_CREDENTIALS[0], OF_A_HANDLER)
            )
        return self._places[key]

    def _date_of_now(self) -> str:
        second = self._clock.microseconds // MICROSECONDS
        if self._date[0] != second:
            self._date = second, http_date(utcnow())
        return self._date[1]


def _result(call: FastCall, response: LeanResponse, answer: Answer) -> Any:
    status, headers, body = answer
    operation = response.operation
    if operation.parse is None:
        return _parsed_by_botocore(call, answer)
    if response.result is not None:
        request_id = headers["x-amzn-requestid"]
        late = LateResponse(call.url, status, headers, lambda: response.late_body(request_id))
        return late, with_metadata(operation.parse(response.written), status, headers)
    if operation.is_query:
        return _parsed_by_botocore(call, answer)
    # moto may replace text in a body, so a body that is not the written one is read.
    found = response.written if response.text and body == response.text else json.loads(body) if body else {}
    return LateResponse(call.url, status, headers, lambda: body), with_metadata(operation.parse(found), status, headers)


def _parsed_by_botocore(call: FastCall, answer: Answer) -> Any:
    status, headers, body = answer
    http = AWSResponse(call.url, status, headers, MockRawResponse(body))  # type: ignore[arg-type]
    parsed = call.parser.parse(convert_to_response_dict(http, call.model), call.model.output_shape)
    if "ResponseMetadata" in parsed:
        parsed["ResponseMetadata"]["RetryAttempts"] = 0
    return http, parsed


def _target_of(url: str) -> Target | None:
    """Returns the class of moto for a URL. None if moto answers it in another way than most services."""
    parts = urlsplit(url)
    clean = f"{parts.scheme}://{parts.netloc}{parts.path}"
    service = next((name for name, pattern in backend_url_patterns if pattern.match(clean)), None)
    if service is None or parts.query:
        return None
    backends: Any = moto.backends.get_backend(service)  # type: ignore[call-overload]
    if not isinstance(backends, BackendDict):
        return None
    regions: Any = backends[DEFAULT_ACCOUNT_ID]
    backend = regions["us-east-1"] if "us-east-1" in regions else regions["aws"]
    method = next((answer for pattern, answer in backend.urls.items() if re.match(pattern, clean)), None)
    kind = getattr(method, "__self__", None)
    if getattr(method, "__func__", None) is not _DISPATCH or not isinstance(kind, type):
        return None
    is_usual = kind.setup_class is BaseResponse.setup_class and kind._dispatch is BaseResponse._dispatch  # type: ignore[attr-defined]
    return Target(kind, lean_class(kind), parts.path or "/") if is_usual else None


def _region_in(kind: type[BaseResponse] | None, url: str) -> str | None:
    """Returns the region that moto reads from a URL, or None if it takes that of the signature."""
    found = None if kind is None else kind.region_regex.search(url)
    return None if found is None else found.group(1)


@contextmanager
def moto_looks_up_quickly() -> Iterator[None]:
    """Keeps what moto computes again for each request: the names of a class's methods, and of an operation's handler.

    It also draws request ids as moto does, from the same numbers, but faster, and reads no operation or parameter out of a
    text in a JSON body, as in `{"Message": "a&Action=Publish"}`. A body of that kind is not a query string.
    """
    names: dict[Any, frozenset[str]] = {}
    all_names = _RESPONSES.method_names_from_class

    def method_names(kind: Any) -> frozenset[str]:
        if kind not in names:
            names[kind] = frozenset(all_names(kind))
        return names[kind]

    request_id = request_ids(lambda: mock_random)

    def with_request_id(headers: dict[str, Any] | None = None) -> str:
        made = request_id()
        if isinstance(headers, dict):
            headers["x-amzn-requestid"] = made
        return made

    parse_query = _RESPONSES.parse_qsl

    def parse_query_string(body: str, **options: Any) -> list[tuple[str, str]]:
        return [(body, "")] if body.startswith("{") else parse_query(body, **options)

    with (
        mock.patch.object(_RESPONSES, "parse_qsl", parse_query_string),
        mock.patch.object(_RESPONSES, "method_names_from_class", method_names),
        mock.patch.object(_RESPONSES, "camelcase_to_underscores", functools.cache(_RESPONSES.camelcase_to_underscores)),
        mock.patch.object(_RESPONSES, "gen_amzn_requestid_long", with_request_id),
    ):
        yield
