"""Decides which calls are answered without HTTP, and keeps what is needed for that in one environment."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary
from wsgiref.handlers import format_date_time

from moto.core.responses import BaseResponse
from moto.utilities.utils import get_partition
from werkzeug.exceptions import HTTPException

from ...simulation.clock import VirtualClock
from ..lasting import shared
from ..network.api_calls import ApiCall
from ..network.signing import FAKE_CREDENTIALS, OF_A_HANDLER
from .call import Answer, Caller, FastCall, Result, parsed_by_botocore
from .clients import SIGNATURES, URL_SERVICES, is_plain
from .handlers import ActionHandler, Handler, UrlHandler
from .moto_urls import Action, MotoUrls, asking_once
from .operations import Operation, operation_of, result_of_rest_json
from .results import LateResponse, metadata_of
from .shapes import Convert

_FIRST_ERROR = 300
_PLAIN_VALUES = (str, int, bool)


class FastCalls:
    """Answers calls in one environment. `moto_url` returns the URL under which moto has the service of a call, or None.

    `operations` and `results` outlive the environment: they have the operations of all clients of the process, and what reads
    the results of those that are not moto's.
    """

    def __init__(
        self,
        clock: VirtualClock,
        moto_url: Callable[[str, ApiCall], str | None],
        operations: WeakKeyDictionary[Any, tuple[type[BaseResponse], Operation]],
        results: WeakKeyDictionary[Any, Convert | None],
    ) -> None:
        self._clock = clock
        self._urls = shared(MotoUrls, moto_url)
        self._operations = operations
        self._results = results
        self._callers: dict[tuple[str, str], Caller] = {}
        self._date: tuple[int | None, str] = None, ""

    @cached_property
    def _iam(self) -> Any:
        # moto loads it for its first call too.
        from moto.iam import models

        return models

    def prepared(
        self, client: Any, call: ApiCall, model: Any, request: dict[str, Any], context: Mapping[str, Any], access_key: str
    ) -> tuple[FastCall, Handler | None] | None:
        """Returns the call and what answers it in moto, or None if it needs an HTTP request. Lambda has no handler in moto."""
        headers = request["headers"]
        if not is_plain(client, model) or context.get("auth_type") not in SIGNATURES or "x-moto-account-id" in headers:
            return None
        signing = context.get("signing") or {}
        region_name = signing.get("region") or client.meta.region_name
        handler: Handler | None = None
        if call.service_name in URL_SERVICES:
            handler = self._url_handler(request, call) if _is_signed_as_usual(client, model, request) else None
        elif not _is_plain_body(request["body"]):
            return None
        elif call.service_id != "lambda":
            action = None if "Content-Encoding" in headers else self._urls.action(request["url"], call)
            if action is not None:
                found = action.kind.region_regex.search(request["url"])
                region_name = found.group(1) if found else region_name
                handler = ActionHandler(action.lean, self._operation(action, client, model), action.path, self._iam)
        if handler is None and call.service_id != "lambda":
            return None
        caller = self._caller(access_key, region_name)
        signing_name = signing.get("signing_name") or call.signing_name
        fast = FastCall(
            client, model, request["url"], request["method"], headers, request["body"], context, signing_name, caller
        )
        return fast, handler

    def answered(self, call: FastCall, handler: Handler) -> tuple[Answer, Result | None]:
        """Lets moto answer. The second part is what a successful call returns."""
        try:
            return handler.answered(call, self._date_of_now())
        except HTTPException as error:
            return (error.code or 500, dict(error.get_headers()), error.get_body()), None

    def parsed(self, call: FastCall, answer: Answer) -> Result | None:
        """Returns what a successful call returns, for an answer that is not moto's."""
        status, headers, body = answer
        if status >= _FIRST_ERROR:
            return None
        if call.model not in self._results:
            self._results[call.model] = result_of_rest_json(call.model, _parser_of(call.client, call.model)._timestamp_parser)
        read = self._results[call.model]
        if read is None:
            return parsed_by_botocore(call, answer)
        # In the order of botocore's parser.
        result = {"ResponseMetadata": metadata_of(status, headers), **read(json.loads(body) if body else {})}
        return LateResponse(call.url, status, headers, lambda: body), result

    def _url_handler(self, request: Mapping[str, Any], call: ApiCall) -> UrlHandler | None:
        url, body = request["url"], request["body"]
        _, _, path = url.partition("://")[2].partition("/")
        # moto looks for its hosts in the whole URL, and reads a file in its own way.
        is_clear = "amazonaws" not in path and not path.startswith("/")
        has_bytes = isinstance(body, (bytes, bytearray, str)) or type(body).__name__ == "AwsChunkedWrapper"
        is_sent = not any("\n" in value or "\r" in value for value in request["headers"].values() if isinstance(value, str))
        # A body in an encoding of the user is read in another way.
        is_plain_text = request["headers"].get("Content-Encoding", "aws-chunked") == "aws-chunked"
        method = self._urls.method(url, call) if is_clear and has_bytes and is_sent and is_plain_text else None
        return None if method is None else UrlHandler(asking_once(method))

    def _operation(self, action: Action, client: Any, model: Any) -> Operation:
        known, operation = self._operations.get(model, (None, None))
        if known is not action.kind or operation is None:
            parser = _parser_of(client, model)
            plain = action.kind()
            operation = operation_of(
                model, parser._timestamp_parser, plain.boto3_service_name, reads_by_model=plain.automated_parameter_parsing
            )
            self._operations[model] = action.kind, operation
        return operation

    def _caller(self, access_key: str, region_name: str) -> Caller:
        key = access_key, region_name
        if key not in self._callers:
            is_known = access_key not in (FAKE_CREDENTIALS[0], OF_A_HANDLER)
            self._callers[key] = Caller(access_key, region_name, get_partition(region_name), is_known)
        return self._callers[key]

    def _date_of_now(self) -> str:
        second = self._clock.seconds_since_epoch
        if self._date[0] != second:
            self._date = second, format_date_time(second)
        return self._date[1]


def _is_signed_as_usual(client: Any, model: Any, request: Mapping[str, Any]) -> bool:
    """Returns whether the signature of a request to S3 contains its body, or whether that has chunks and no signature."""
    is_default = (client.meta.config.s3 or {}).get("payload_signing_enabled") is None
    is_streamed = model.has_streaming_input and bool(request["body"])
    return is_default and ("X-Amz-Trailer" in request["headers"] or not is_streamed)


def _parser_of(client: Any, model: Any) -> Any:
    return client._endpoint._response_parser_factory.create_parser(model.service_model.resolved_protocol)


def _is_plain_body(body: Any) -> bool:
    """Returns whether a body, or each value of a query, is sent as it stands. A client that checks nothing can have others."""
    if type(body) is not dict:
        return type(body) in (bytes, str)
    values = body.values()
    if not all(type(value) in _PLAIN_VALUES for value in values):
        return False
    text = "".join(map(str, values))
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False
