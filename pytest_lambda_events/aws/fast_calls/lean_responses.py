"""moto's own handlers of requests, with the parameters of a call instead of an HTTP request."""

from __future__ import annotations

import functools
import json
from typing import Any
from urllib.parse import urlencode

from moto.core import responses
from moto.core.responses import ActionResult, BaseResponse

from .call import FastCall
from .http_requests import request_of
from .operations import Operation
from .shapes import UnexpectedValue

_HANDLED = ActionResult.execute_result
_AUTHENTICATOR: Any = vars(responses)["ActionAuthenticatorMixin"]
"""moto's class that counts the calls before those that it authenticates. Its module differs between releases."""


class LeanResponse(BaseResponse):
    """Lies between a class of moto and `BaseResponse`, and replaces what works with an HTTP request.

    What a handler asks for rarely, such as headers, is read from a real request then.
    """

    operation: Operation
    call: FastCall
    result: Any
    written: Any
    """The result in the form of the response's body. None if the body is text of moto's own."""
    text: str
    """`written` as JSON."""

    @classmethod
    def answering(cls, operation: Operation, call: FastCall, account_id: str, path: str, date: str) -> LeanResponse:
        """Returns a new response for a call. `path` is that of its URL, `date` is for the headers of the answer."""
        response = cls()
        raw, caller = call.body, call.caller
        body = raw.decode() if isinstance(raw, bytes) else raw
        vars(response).update(
            operation=operation, call=call, result=None, written=None, text="", is_werkzeug_request=False,
            uri=call.url, path=path, raw_path=path, method=call.method, region=caller.region_name,
            partition=caller.partition, current_account=account_id, access_key=caller.access_key, uri_match={},
            body=body, raw_body=raw,
            response_headers={"server": "amazon.com", "date": date}, params=operation.read(body),
        )  # fmt: skip
        return response

    def _authenticate_and_authorize_normal_action(self, resource: str = "*") -> None:
        # Calls that moto authenticates are not fast. For this method moto loads its IAM, S3 and EventBridge.
        _AUTHENTICATOR.request_count += 1

    def _determine_resource(self) -> str:
        return "*"

    def _get_action(self) -> str:
        return self.operation.name

    def _get_param(self, param_name: str, if_none: Any = None) -> Any:
        if "." in param_name or (self.operation.is_query and not self.automated_parameter_parsing):
            return super()._get_param(param_name, if_none)
        return self.params.get(param_name, if_none)

    def serialized(self, action_result: ActionResult) -> Any:
        """Keeps the result, so that no code has to read it back from the text of a body."""
        result = action_result.result
        is_usual = type(action_result).execute_result is _HANDLED and not isinstance(result, Exception)
        if not is_usual or self.operation.write is None:
            return super().serialized(action_result)
        try:
            written = {} if result is None else self.operation.write(result)
        except UnexpectedValue:
            return super().serialized(action_result)
        self.written = written
        headers = {"Content-Type": self.operation.content_type, **self.response_headers}
        if self.operation.is_query:
            self.result = action_result
            return 200, headers, ""
        self.text = json.dumps(written) if written else "{}"
        return 200, headers, self.text

    def determine_response_protocol(self, service_model: Any) -> str:
        return "query" if self.operation.is_query else "json"

    def late_body(self, request_id: str) -> Any:
        """Returns the text of a body that was not needed."""
        _, _, body = super().serialized(self.result)
        return str(body).replace("<RequestId>request-id</RequestId>", f"<RequestId>{request_id}</RequestId>")

    def __getattr__(self, name: str) -> Any:
        if name in ("operation", "call") or name.startswith("__"):
            raise AttributeError(name)
        found = vars(self._complete())
        if name not in found:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return vars(self).setdefault(name, found[name])

    def _complete(self) -> BaseResponse:
        """Returns a response of moto that has read the same request from HTTP."""
        call = self.call
        body = urlencode(call.body, doseq=True) if isinstance(call.body, dict) else call.body
        sent = request_of(call.method, call.url, {**call.headers, "Authorization": call.authorization}, body)
        complete: BaseResponse = type(self).moto_class()  # type: ignore[attr-defined]
        complete.setup_class(sent, sent.raw_url, sent.headers)
        return complete


@functools.cache
def lean_class(kind: Any) -> type[LeanResponse]:
    """Returns the lean class of a class of moto. Repairs of that class apply to it."""
    own = {"moto_class": kind, "_determine_resource": LeanResponse._determine_resource, "__module__": __name__}
    return type(f"Lean{kind.__name__}", (kind, LeanResponse), own)
