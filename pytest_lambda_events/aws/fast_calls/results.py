"""HTTP responses and metadata of calls that were answered without HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.awsrequest import AWSResponse
from moto.core.botocore_stubber import MockRawResponse


class LateResponse(AWSResponse):
    """A response whose body is written when somebody asks for it. Like botocore, it has read the body already then."""

    def __init__(self, url: str, status_code: int, headers: Mapping[str, str], body: Callable[[], str | bytes]) -> None:
        self.url = url
        self.status_code = status_code
        self._own_headers = headers
        self._body = body

    def __getattr__(self, name: str) -> Any:
        if name not in ("headers", "raw", "_content"):
            raise AttributeError(name)
        super().__init__(self.url, self.status_code, self._own_headers, MockRawResponse(self._body()))  # type: ignore[arg-type]
        self._content = self.raw.read()
        return vars(self)[name]


def with_metadata(parsed: dict[str, Any], status: int, headers: Mapping[str, Any]) -> dict[str, Any]:
    """Adds `ResponseMetadata` to a result, as botocore does."""
    parsed["ResponseMetadata"] = metadata_of(status, headers)
    return parsed


def metadata_of(status: int, headers: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the `ResponseMetadata` of botocore."""
    lowered = {name.lower(): value for name, value in headers.items()}
    metadata: dict[str, Any] = {"HTTPStatusCode": status, "HTTPHeaders": lowered, "RetryAttempts": 0}
    return {"RequestId": lowered["x-amzn-requestid"], **metadata} if "x-amzn-requestid" in lowered else metadata
