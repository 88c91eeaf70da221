"""The second argument of every handler."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from .errors import RuntimeFault

_TRACE_FIELDS = ("traceparent", "tracestate", "baggage")


class _Record:
    """Formats and fills its slots like AWS's classes of this kind. Missing values are None."""

    __slots__: tuple[str, ...] = ()

    def __init__(self, values: Mapping[str, Any]) -> None:
        for name in self.__slots__:
            setattr(self, name, values.get(name))

    def __repr__(self) -> str:
        return _shown(self, self.__slots__)


class CognitoIdentity(_Record):
    """The Cognito identity of the caller, if there is one (RUN-60)."""

    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")
    cognito_identity_id: str | None
    cognito_identity_pool_id: str | None


class Client(_Record):
    """The mobile application that made the call (RUN-63)."""

    # `repr` has this order.
    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")  # noqa: RUF023


class ClientContext(_Record):
    """The client context that a synchronous caller sent (RUN-63)."""

    __slots__ = ("custom", "env", "client")  # noqa: RUF023
    custom: Any
    env: Any
    client: Any

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        if self.client is not None:
            self.client = Client(self.client)


def _shown(shown: object, names: tuple[str, ...]) -> str:
    values = ",".join(f"{name}={getattr(shown, name)}" for name in names)
    return f"{type(shown).__name__}([{values}])"


class LambdaContext:
    """The information about an invocation that AWS passes to the handler (RUN-60 to 64).

    `client_context` and `cognito_identity` are JSON texts in the form in which the service passes them.

    Raises:
        RuntimeFault: One of them is not JSON: `Runtime.LambdaContextUnmarshalError`.
    """

    def __init__(
        self,
        *,
        aws_request_id: str,
        log_group_name: str,
        log_stream_name: str,
        function_name: str,
        memory_limit_in_mb: str,
        function_version: str,
        invoked_function_arn: str,
        remaining_ms: Callable[[], int],
        write_log: Callable[[str], None],
        client_context: str | None = None,
        cognito_identity: str | None = None,
        tenant_id: str | None = None,
    ) -> None:
        self.aws_request_id = aws_request_id
        self.log_group_name = log_group_name
        self.log_stream_name = log_stream_name
        self.function_name = function_name
        self.memory_limit_in_mb = memory_limit_in_mb
        self.function_version = function_version
        self.invoked_function_arn = invoked_function_arn
        self.tenant_id = tenant_id
        client = _parsed(client_context, "Client Context") if client_context else None
        identity = _parsed(cognito_identity, "Cognito Identity") if cognito_identity else None
        self._trace_fields = {} if client is None else _take_trace_fields(client)
        self.client_context = None if client is None else ClientContext(client)
        self.identity = CognitoIdentity(
            {}
            if identity is None
            else {
                "cognito_identity_id": identity.get("cognitoIdentityId"),
                "cognito_identity_pool_id": identity.get("cognitoIdentityPoolId"),
            }
        )
        self._remaining_ms = remaining_ms
        self._write_log = write_log

    def get_remaining_time_in_millis(self) -> int:
        """Returns the time until the function's timeout in whole milliseconds, never negative (RUN-61)."""
        return max(0, self._remaining_ms())

    def w3c(self) -> dict[str, str]:
        """Returns the W3C trace context of the client context (RUN-63)."""
        return dict(self._trace_fields)

    def log(self, msg: object) -> None:
        """Writes to the function's log without a line end (RUN-85)."""
        self._write_log(str(msg))

    def __repr__(self) -> str:
        return _shown(self, _SHOWN)


_SHOWN = (
    "aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb", "function_version",
    "invoked_function_arn", "client_context", "identity", "tenant_id",
)  # fmt: skip


def _parsed(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        message = f"Unable to parse {name} JSON: {error}"
        raise RuntimeFault("Runtime.LambdaContextUnmarshalError", message) from error


def _take_trace_fields(client: Any) -> dict[str, str]:
    """Removes `w3c` from the client context, and returns its known fields that are text."""
    fields = client.pop("w3c", None) if isinstance(client, dict) else None
    if not isinstance(fields, dict):
        return {}
    return {name: fields[name] for name in _TRACE_FIELDS if isinstance(fields.get(name), str)}
