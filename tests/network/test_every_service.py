"""Every service that botocore has is answered or refused by name, with every kind of endpoint, in every partition.

Each service is called once, with a combination that rotates from service to service, and the services that most people use
with every kind of endpoint in every partition. Set the variable `LAMBDA_EVENTS_EVERY_COMBINATION` to call each service with
every combination.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointProviderError, EndpointVariantError, MissingDependencyException
from minimal_input import minimal_input

from pytest_lambda_events import LambdaEvents, NotSimulatedError

REGIONS = ("us-east-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "eusc-de-east-1")
ENDPOINTS: dict[str, dict[str, bool]] = {
    "plain": {},
    "fips": {"use_fips_endpoint": True},
    "dual stack": {"use_dualstack_endpoint": True},
    "both": {"use_fips_endpoint": True, "use_dualstack_endpoint": True},
}
OF_MOST_PEOPLE = (
    "athena", "cloudformation", "cloudwatch", "cognito-idp", "dynamodb", "events", "firehose", "iam", "kinesis", "kms",
    "lambda", "logs", "s3", "secretsmanager", "ses", "sns", "sqs", "ssm", "stepfunctions", "sts",
)  # fmt: skip
REFUSED_BY_BOTOCORE = (EndpointProviderError, EndpointVariantError, MissingDependencyException)
"""What botocore refuses before it would send: an endpoint that does not exist, a signature that it cannot make."""
CHUNKS = 6


class Combination(NamedTuple):
    """How a client is made."""

    endpoint: str
    region: str
    is_early: bool


COMBINATIONS = [Combination(*one) for one in product(ENDPOINTS, REGIONS, (True, False))]
SERVICES = botocore.session.Session().get_available_services()


def combinations_of(number: int) -> Iterator[Combination]:
    """Every endpoint in every region, each made before by one service and inside by the next."""
    for index, (endpoint, region) in enumerate(product(ENDPOINTS, REGIONS)):
        yield Combination(endpoint, region, (number + index) % 2 == 0)


def cases(chunk: int) -> Iterator[tuple[str, Combination]]:
    """The services of a chunk, and the combinations to call each with."""
    is_thorough = bool(os.environ.get("LAMBDA_EVENTS_EVERY_COMBINATION"))
    for index in range(chunk, len(SERVICES), CHUNKS):
        service = SERVICES[index]
        if is_thorough:
            yield from ((service, combination) for combination in COMBINATIONS)
        elif service in OF_MOST_PEOPLE:
            yield from ((service, combination) for combination in combinations_of(OF_MOST_PEOPLE.index(service)))
        else:
            yield service, COMBINATIONS[index % len(COMBINATIONS)]


class Caller:
    """Makes clients and calls one operation of each, with keys that look real."""

    def __init__(self) -> None:
        self._session: Any = boto3.Session("AKIAREALREALREALREAL", "secret")

    def client(self, service: str, combination: Combination) -> Any:
        """A client; the error of botocore if there cannot be one."""
        settings: Any = ENDPOINTS[combination.endpoint]
        config = Config(**settings, retries={"total_max_attempts": 1})
        try:
            return self._session.client(service, region_name=combination.region, config=config)
        except REFUSED_BY_BOTOCORE as error:
            return error

    def outcome(self, client: Any) -> str:
        """What becomes of a call: "answered", "refused", or what it should not be."""
        if isinstance(client, REFUSED_BY_BOTOCORE):
            return "refused"
        model = client.meta.service_model
        names = sorted(
            model.operation_names, key=lambda name: (not name.startswith(("List", "Describe")), zlib.crc32(name.encode()))
        )
        name = next(name for name in names if not model.operation_model(name).has_event_stream_input)
        try:
            client._make_api_call(name, minimal_input(model.operation_model(name)))
        except (ClientError, *REFUSED_BY_BOTOCORE):
            return "refused"
        except NotSimulatedError as error:
            # Some clients call another operation first, to ask for their endpoint.
            named = f"{model.service_name}." in str(error) and "The URL is https://" in str(error)
            return "refused" if named or f"{name} of Lambda" in str(error) else f"refused without a name: {error}"
        except Exception as error:
            return repr(error)
        return "answered"


@pytest.fixture(scope="module")
def caller() -> Caller:
    """The models that one test loads serve the next."""
    return Caller()


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_service_is_answered_or_refused_by_name(chunk: int, caller: Caller) -> None:
    wanted = list(cases(chunk))
    early = {case: caller.client(*case) for case in wanted if case[1].is_early}

    with LambdaEvents():
        outcomes = {case: caller.outcome(early.get(case) or caller.client(*case)) for case in wanted}

    assert {case: outcome for case, outcome in outcomes.items() if outcome not in ("answered", "refused")} == {}
    assert len(outcomes) >= len(SERVICES) // CHUNKS


def test_every_service_is_met_and_every_combination() -> None:
    met = [case for chunk in range(CHUNKS) for case in cases(chunk)]

    assert {service for service, _ in met} == set(SERVICES)
    assert {(service, one.endpoint, one.region) for service, one in met if service in OF_MOST_PEOPLE} == set(
        product(OF_MOST_PEOPLE, ENDPOINTS, REGIONS)
    )
    assert {combination for _, combination in met} == set(COMBINATIONS)
