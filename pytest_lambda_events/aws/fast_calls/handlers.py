"""What answers a call in moto without a signed request: a handler of an operation, or a function for a URL."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Callable
from typing import Any, Protocol

from moto.core.models import DEFAULT_ACCOUNT_ID

from ...simulation.process_environment import python_environ
from ...values import dataclass
from .call import Answer, FastCall, Result, parsed_by_botocore
from .http_requests import request_of
from .lean_responses import LeanResponse
from .operations import Operation
from .results import LateResponse, with_metadata

_ACCOUNT = "MOTO_ACCOUNT_ID"
_FIRST_ERROR = 300
_CHUNKED = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


class Handler(Protocol):
    """Answers a call."""

    def answered(self, call: FastCall, date: str) -> tuple[Answer, Result | None]:
        """Returns the answer, and what a successful call returns. `date` is for the headers of the answer."""


@dataclass(frozen=True, slots=True)
class ActionHandler:
    """Calls the method of moto for an operation, with the parameters of the call. `iam` is moto's module of this name."""

    lean: type[LeanResponse]
    operation: Operation
    path: str
    iam: Any

    def answered(self, call: FastCall, date: str) -> tuple[Answer, Result | None]:
        """Returns the answer, and what a successful call returns."""
        caller = call.caller
        account_id = _account_of_moto()
        if not account_id:
            account_id = self.iam.get_account_id_from(caller.access_key) if caller.is_known else DEFAULT_ACCOUNT_ID
        response = self.lean.answering(self.operation, call, account_id, self.path, date)
        if caller.is_known:
            self.iam.mark_account_as_visited(account_id, caller.access_key, response.service_name or "", caller.region_name)
        answer = response.call_action()
        return answer, _read(answer, lambda: self._result(call, response, answer))

    def _result(self, call: FastCall, response: LeanResponse, answer: Answer) -> Result:
        status, headers, body = answer
        operation = self.operation
        if operation.parse is None:
            return parsed_by_botocore(call, answer)
        if response.result is not None:
            request_id = headers["x-amzn-requestid"]
            late = LateResponse(call.url, status, headers, lambda: response.late_body(request_id))
            return late, with_metadata(operation.parse(response.written), status, headers)
        if operation.is_query:
            return parsed_by_botocore(call, answer)
        # moto may replace text in a body, so a body that is not the written one is read.
        found = response.written if response.text and body == response.text else json.loads(body) if body else {}
        return LateResponse(call.url, status, headers, lambda: body), with_metadata(operation.parse(found), status, headers)


@dataclass(frozen=True, slots=True)
class UrlHandler:
    """Calls the function of moto for a URL, with a request that was not signed or sent."""

    method: Callable[..., Any]

    def answered(self, call: FastCall, date: str) -> tuple[Answer, Result | None]:
        """Returns the answer, and what a successful call returns."""
        # The signature names what the body is: moto takes it apart if it has chunks.
        body = call.body.encode() if isinstance(call.body, str) else call.body
        content = _CHUNKED if "X-Amz-Trailer" in call.headers else hashlib.sha256(body).hexdigest()
        headers = {**call.headers, "X-Amz-Content-SHA256": content, "Authorization": call.authorization}
        request = request_of(call.method, call.url, headers, call.body)
        answer = self.method(request, request.raw_url, request.headers)
        return answer, _read(answer, lambda: parsed_by_botocore(call, answer))


def _account_of_moto() -> str | None:
    """Returns moto's own setting of the account, quicker than from `os.environ`."""
    environ: Any = os.environ
    if environ is not python_environ():
        # The test has replaced it.
        return os.environ.get(_ACCOUNT)
    found = environ._data.get(_encoded(_ACCOUNT))
    return found if found is None else _decoded(found)


@functools.cache
def _encoded(name: str) -> Any:
    return python_environ().encodekey(name)


@functools.lru_cache(maxsize=16)
def _decoded(value: Any) -> str:
    found: str = python_environ().decodevalue(value)
    return found


def _read(answer: Answer, read: Callable[[], Result]) -> Result | None:
    """Returns what a successful call returns, or None if botocore has to make an error of the answer."""
    if answer[0] >= _FIRST_ERROR:
        return None
    try:
        result = read()
    except Exception:
        # A client that gets this answer over HTTP raises its own error.
        return None
    # S3 may put an error into an answer with status 200.
    return result if result[1]["ResponseMetadata"]["HTTPStatusCode"] == answer[0] else None
