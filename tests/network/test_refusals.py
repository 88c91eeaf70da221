"""What nobody here can answer is refused with service, operation and URL, and never sent."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from unittest import mock

import boto3
import botocore.compat
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.endpoint import Endpoint
from moto import mock_aws
from moto.batch.models import BatchBackend
from moto.utilities.docker_utilities import DockerModel

from pytest_lambda_events import LambdaEvents, NotSimulatedError

KEYS: dict[str, Any] = {
    "aws_access_key_id": "AKIAREALREALREALREAL",
    "aws_secret_access_key": "secret",
    "region_name": "us-east-1",
}


@pytest.fixture
def lambda_events() -> Iterator[LambdaEvents]:
    """An environment with the default options."""
    with LambdaEvents() as opened:
        yield opened


def test_a_refusal_names_service_operation_and_url(lambda_events: LambdaEvents) -> None:
    client = boto3.client("qbusiness", **KEYS)

    with pytest.raises(NotSimulatedError) as refusal:
        client.list_applications(maxResults=5)

    assert str(refusal.value) == (
        "qbusiness.ListApplications is not simulated: moto, which answers calls of other services, does not have this one. "
        "Nothing was sent. The URL is https://qbusiness.us-east-1.api.aws/applications. Replace the call in the test, for "
        "example with botocore.stub.Stubber. If the URL is a server of your own, allow it with the option allow_endpoints."
    )


def test_a_refusal_names_the_endpoint_of_the_client_if_that_is_another_one(lambda_events: LambdaEvents) -> None:
    client = boto3.client("qbusiness", endpoint_url="http://ann:secret@localhost:9000", **KEYS)

    with pytest.raises(NotSimulatedError) as refusal:
        client.list_applications()

    assert ", for a client that was made for http://localhost:9000. " in str(refusal.value)


UNKNOWN: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a service that moto lacks": ("codecatalyst", "list_access_tokens", {}),
    "an operation that moto lacks": ("events", "list_endpoints", {}),
    "an operation with a path that moto lacks": ("xray", "list_resource_policies", {}),
    "a service whose host looks like that of S3": ("s3outposts", "list_endpoints", {}),
    "an input for which moto fails": ("dms", "list_tags_for_resource", {}),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_operations_that_moto_does_not_know_are_refused(name: str, lambda_events: LambdaEvents) -> None:
    service, operation, parameters = UNKNOWN[name]

    with pytest.raises(NotSimulatedError, match=rf"^{service}\.\w+ is not simulated: moto, which .* The URL is https://"):
        getattr(boto3.client(service, **KEYS), operation)(**parameters)  # type: ignore[call-overload]


def test_a_service_whose_host_moto_does_not_know_in_a_partition_is_answered(lambda_events: LambdaEvents) -> None:
    clients = [boto3.client("sdb", **KEYS), boto3.client("transcribe", **{**KEYS, "region_name": "cn-north-1"})]

    answers = [clients[0].list_domains(), clients[1].list_transcription_jobs()]

    assert [answer["ResponseMetadata"]["HTTPStatusCode"] for answer in answers] == [200, 200]


def test_a_refusal_that_a_handler_swallows_fails_the_test(lambda_events: LambdaEvents) -> None:
    client = boto3.client("qbusiness", **KEYS)

    def handler(event: Any, context: Any) -> str:
        try:
            client.list_applications()
        except Exception:
            return "swallowed"
        return "answered"

    lambda_events.function(handler).invoke_async({})

    with pytest.raises(NotSimulatedError, match=r"qbusiness\.ListApplications"):
        lambda_events.run_until_idle()


@pytest.mark.parametrize("passthrough", [{"urls": [".*"]}, {"services": ["sqs"]}], ids=["urls", "services"])
def test_what_a_mock_around_the_environment_would_pass_on_is_refused(passthrough: dict[str, list[str]]) -> None:
    client = boto3.client("sqs", **KEYS)

    config: Any = {"core": {"passthrough": passthrough}}

    with mock_aws(config=config), LambdaEvents(), pytest.raises(NotSimulatedError, match=r"sqs\.ListQueues"):
        client.list_queues()


def test_a_mock_that_is_stopped_inside_the_environment_lets_nothing_through() -> None:
    client = boto3.client("sqs", **KEYS)
    outer = mock_aws()
    outer.start()

    with LambdaEvents():
        outer.stop()
        answer = client.list_queues()
        outer.start()
    outer.stop()

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


# ---------------------------------------------------------------------- other ways out


class OwnEndpoint(Endpoint):
    """An endpoint that sends by itself, as that of aiobotocore."""

    def _send(self, request: Any) -> Any:
        raise AssertionError("sent")


def test_an_endpoint_that_sends_in_a_way_of_its_own_is_refused(lambda_events: LambdaEvents) -> None:
    client = boto3.client("sqs", **KEYS)
    client._endpoint.__class__ = OwnEndpoint

    with pytest.raises(NotSimulatedError, match=r"\(OwnEndpoint\) to https://sqs.us-east-1.amazonaws.com/ is not simulated"):
        client.list_queues()


def test_a_transfer_uses_botocore_where_awscrt_is_installed() -> None:
    with mock.patch.object(botocore.compat, "HAS_CRT", True), LambdaEvents() as lambda_events:
        bucket = lambda_events.bucket("photos")
        config = TransferConfig(preferred_transfer_client="crt")
        lambda_events.client("s3").upload_fileobj(io.BytesIO(b"content"), "photos", "a", Config=config)

        assert bucket.get_object("a") == b"content"


def test_monitoring_of_a_developer_receives_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CSM_ENABLED", "true")
    session = boto3.Session(**KEYS)
    client = session.client("sqs")
    told: list[object] = []

    with mock.patch("socket.socket.sendto", lambda *arguments: told.append(arguments)), LambdaEvents():
        client.list_queues()
    session._session._get_internal_component("monitor")._publisher._socket.close()  # type: ignore[attr-defined]

    assert told == []


def test_deliveries_of_moto_by_http_are_refused(lambda_events: LambdaEvents) -> None:
    firehose = lambda_events.client("firehose")
    role = lambda_events.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    firehose.create_delivery_stream(
        DeliveryStreamName="out",
        HttpEndpointDestinationConfiguration={
            "EndpointConfiguration": {"Url": "https://shop.example/in?key=secret"},
            "S3Configuration": {"RoleARN": role, "BucketARN": "arn:aws:s3:::photos"},
        },
    )

    with pytest.raises(NotSimulatedError) as refusal:
        firehose.put_record(DeliveryStreamName="out", Record={"Data": b"a"})

    assert "A delivery of AWS to https://shop.example/in is not simulated." in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_moto_uses_no_docker(lambda_events: LambdaEvents) -> None:
    class Container(DockerModel):
        """What moto would run."""

    Container.__module__ = BatchBackend.__module__

    with pytest.raises(NotSimulatedError, match="A container of batch is not simulated"):
        _ = Container().docker_client
