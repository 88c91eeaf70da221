"""Refuses connections of other libraries than botocore to hosts of AWS, before their name is looked up."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from ...contexts import contextmanager
from ...errors import NotSimulatedError, hides_frames
from ...patching import attribute_patched
from ...simulation.simulation import Simulation

__tracebackhide__ = hides_frames

DOMAINS = (
    "amazonaws.com", "api.aws", "on.aws", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "amazonaws.eu",
    "api.amazonwebservices.eu", "c2s.ic.gov", "api.aws.ic.gov", "sc2s.sgov.gov", "api.aws.scloud", "cloud.adc-e.uk",
    "api.cloud-aws.adc-e.uk", "csp.hci.ic.gov", "api.aws.hci.ic.gov",
)  # fmt: skip
"""The domains of the endpoints of all partitions, of function URLs and of API Gateway."""
_ENDINGS = tuple(f".{domain}" for domain in DOMAINS)

_API_SERVICES = (".execute-api.", ".lambda-url.")


@contextmanager
def aws_hosts_refused(simulation: Simulation, allow_endpoints: Sequence[str]) -> Iterator[None]:
    """Refuses to look up hosts of AWS in threads of the environment, unless one of `allow_endpoints` has the host."""
    allowed = {urlsplit(endpoint).hostname for endpoint in allow_endpoints}
    look_up = socket.getaddrinfo

    def looked_up(host: Any, *positional: Any, **keywords: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        is_refused = isinstance(name, str) and name.lower().rstrip(".").endswith(_ENDINGS) and name.lower() not in allowed
        if is_refused and simulation.is_open and simulation.in_simulation_thread():
            raise simulation.record_misuse(refusal(name), NotSimulatedError)
        return look_up(host, *positional, **keywords)

    with attribute_patched(socket, "getaddrinfo", looked_up):
        yield


def refusal(name: str) -> str:
    """Returns why a connection to a host is refused, and what to do."""
    if any(service in name.lower() for service in _API_SERVICES):
        return (
            f"A connection to {name} is not simulated: it is the host of an API or function URL, and this library does not "
            "reach the simulated one. Nothing was sent. Use requests, urllib3 or httpx, send the request with "
            "api.request(...), or replace the call in the test. To allow the connection, set "
            f'allow_endpoints=["https://{name}"].'
        )
    return (
        f"A connection to {name} is not simulated: it is a host of AWS, and only boto3 reaches the simulated AWS. Nothing was "
        "sent. Call AWS with boto3, call presigned URLs of S3 with requests, or replace the call in the test. To allow the "
        f'connection, set allow_endpoints=["https://{name}"].'
    )
