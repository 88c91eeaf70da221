"""The handle of a function URL, and its CORS configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict
from urllib.parse import urlsplit

from ..arguments import Kind, alternatives, check_all, flag_kind, is_text, list_kind, whole_number_kind
from ..errors import LambdaEventsError, hides_frames
from .http_endpoint import HttpEndpoint
from .http_services import HttpServices
from .lambda_api import Api
from .misuse import reports_misuse

__tracebackhide__ = hides_frames


class CorsSettings(TypedDict, total=False):
    """A CORS configuration. It has AWS's names and defaults."""

    allow_origins: Sequence[str]
    """Origins, such as `["https://shop.example"]` or `["*"]`."""
    allow_methods: Sequence[str]
    """HTTP methods."""
    allow_headers: Sequence[str]
    """Names of request headers."""
    expose_headers: Sequence[str]
    """Names of response headers that scripts may read."""
    allow_credentials: bool
    """Whether requests may have cookies."""
    max_age: int
    """How long a browser may cache the answer to a preflight, in seconds."""


@reports_misuse
class FunctionUrl(HttpEndpoint):
    """The URL of a function or an alias."""

    _checks_callers = True

    def __init__(self, services: HttpServices, url: str, delete: Mapping[str, Any]) -> None:
        super().__init__(services, urlsplit(url).netloc)
        self._delete = delete

    def delete(self) -> None:
        """Deletes the URL."""
        self._services.client("lambda").delete_function_url_config(**self._delete)

    def __repr__(self) -> str:
        return f"<FunctionUrl {self.url}>"


def created_url(api: Api, name: str, qualifier: str | None, auth_type: str, cors: Mapping[str, Any] | None) -> FunctionUrl:
    """Creates the URL of a function or an alias."""
    configuration = cors_parameter(cors)
    given = {} if configuration is None else {"Cors": configuration}
    api.call("CreateFunctionUrlConfig", **_named(name, qualifier), AuthType=auth_type, **given)
    return found_url(api, name, qualifier)


def found_url(api: Api, name: str, qualifier: str | None) -> FunctionUrl:
    """Returns the URL of a function or an alias. Raises botocore's `ClientError` if there is none.

    A function without a URL of its own has that of its alias, as SAM creates it with `AutoPublishAlias`. Two of them are none.
    """
    named = _named(name, qualifier)
    if qualifier is None:
        arns = [one["FunctionArn"] for one in api.call("ListFunctionUrlConfigs", FunctionName=name)["FunctionUrlConfigs"]]
        if len(arns) == 1:
            named = {"FunctionName": arns[0]}
    return FunctionUrl(api.http, api.call("GetFunctionUrlConfig", **named)["FunctionUrl"], named)


def _named(name: str, qualifier: str | None) -> dict[str, Any]:
    return {"FunctionName": name} if qualifier is None else {"FunctionName": name, "Qualifier": qualifier}


def cors_parameter(cors: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Returns a CORS configuration as boto3 needs it. Raises `LambdaEventsError` for an invalid one."""
    if cors is None:
        return None
    unknown = sorted(cors.keys() - _CORS.keys())
    if unknown:
        names = alternatives(unknown[0], tuple(_CORS), label="Settings")
        raise LambdaEventsError(f"A CORS configuration has no setting {unknown[0]!r}. {names}")
    check_all(_CORS, cors)
    return {
        "".join(part.capitalize() for part in name.split("_")): list(value) if isinstance(value, (list, tuple)) else value
        for name, value in cors.items()
    }


def _texts_kind(example: str) -> Kind:
    return list_kind(f"[{example!r}]", "a list of texts", is_text)


_CORS: Mapping[str, Kind] = {
    "allow_origins": _texts_kind("https://shop.example"),
    "allow_methods": _texts_kind("GET"),
    "allow_headers": _texts_kind("content-type"),
    "expose_headers": _texts_kind("x-order"),
    "allow_credentials": flag_kind(),
    "max_age": whole_number_kind(300, "seconds"),
}
