"""A call that can be answered without HTTP, and its result when botocore reads the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.endpoint import convert_to_response_dict
from botocore.httpchecksum import handle_checksum_body

from ...values import dataclass
from .response_headers import QuickResponse

Answer = tuple[int, Mapping[str, str], "bytes | str"]
"""Status, headers and body."""
Result = tuple[AWSResponse, Any]
"""The HTTP response, and the result for the caller."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls from where: what moto reads from a request's signature and URL."""

    access_key: str
    region_name: str
    partition: str
    is_known: bool
    """Whether a user or role of the simulated AWS may have the access key."""


@dataclass(frozen=True, slots=True)
class FastCall:
    """A request of a client as botocore made it, before it is signed."""

    client: Any
    model: Any
    url: str
    method: str
    headers: Mapping[str, Any]
    body: Any
    context: Mapping[str, Any]
    signing_name: str
    caller: Caller

    @property
    def authorization(self) -> str:
        """The part of a signature that its receiver reads."""
        caller = self.caller
        return (
            f"AWS4-HMAC-SHA256 Credential={caller.access_key}/20000101/{caller.region_name}/{self.signing_name}/aws4_request, "
        )

    def as_sent(self) -> SentRequest:
        """Returns what a receiver of the request reads from it."""
        return SentRequest(self.method, self.url, {**self.headers, "Authorization": self.authorization}, self.body)


@dataclass(slots=True)
class SentRequest:
    """The parts of a prepared request that a receiver reads."""

    method: str
    url: str
    headers: Any
    body: Any


def parsed_by_botocore(call: FastCall, answer: Answer) -> Result:
    """Returns the result of a successful answer, read by botocore's own parser."""
    status, headers, body = answer
    model = call.model
    http: Any = QuickResponse(call.url, status, headers, body)
    response = convert_to_response_dict(http, model)
    handle_checksum_body(http, response, call.context, model)
    service = model.service_model
    customized: dict[str, Any] = {}
    call.client.meta.events.emit(
        f"before-parse.{service.service_id.hyphenize()}.{model.name}",
        operation_model=model, response_dict=response, customized_response_dict=customized,
    )  # fmt: skip
    parser = call.client._endpoint._response_parser_factory.create_parser(service.resolved_protocol)
    parsed = parser.parse(response, model.output_shape)
    parsed.update(customized)
    http.was_read()
    if "ResponseMetadata" in parsed:
        parsed["ResponseMetadata"]["RetryAttempts"] = 0
    return http, parsed
