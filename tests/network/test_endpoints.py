"""A client's endpoint changes nothing: FIPS, dual stack, an address of one's own, other partitions."""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError, EndpointProviderError
from botocore.httpsession import URLLib3Session

from pytest_lambda_events import LambdaEvents, NotSimulatedError

ENDPOINTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "fips": {"config": Config(use_fips_endpoint=True)},
    "dual stack": {"config": Config(use_dualstack_endpoint=True)},
    "both": {"config": Config(use_fips_endpoint=True, use_dualstack_endpoint=True)},
    "another address": {"endpoint_url": "http://localhost:4566"},
    "another address by TLS": {"endpoint_url": "https://aws.shop.example/path"},
    "an address of an interface endpoint": {"endpoint_url": "https://vpce-1a2b3c.sqs.us-east-1.vpce.amazonaws.com"},
}
SERVICES = ("sqs", "s3", "dynamodb", "dynamodbstreams", "sts", "lambda", "events", "kinesis", "s3control", "iam")


Client = Callable[[str], Any]
"""Makes a client of a service with the endpoint of the test."""


@functools.cache
def session() -> Any:
    """A session with keys that look real."""
    return boto3.Session("AKIAREALREALREALREAL", "secret", region_name="us-east-1")


@pytest.fixture(scope="module")
def early() -> dict[str, dict[str, Any]]:
    """A client of each service with each endpoint, made as at a module's import."""
    made = session()
    return {name: {service: made.client(service, **more) for service in SERVICES} for name, more in ENDPOINTS.items()}


@pytest.fixture
def lambda_events(early: object) -> Iterator[LambdaEvents]:
    """An environment that is opened when the early clients are there."""
    with LambdaEvents() as opened:
        yield opened


def queues_and_messages(lambda_events: LambdaEvents, client: Client) -> object:
    queue = lambda_events.queue("orders")
    client("sqs").send_message(QueueUrl=queue.url, MessageBody="one")
    client("sqs").send_message(QueueUrl="https://queue.shop.example/123456789012/orders", MessageBody="two")
    return [client("sqs").list_queues()["QueueUrls"], [message.body for message in queue.messages]]


def objects(lambda_events: LambdaEvents, client: Client) -> object:
    lambda_events.bucket("photos")
    client("s3").put_object(Bucket="photos", Key="a/b c.txt", Body=b"small")
    client("s3").upload_fileobj(io.BytesIO(b"x" * 60_000), "photos", "large")
    client("s3").create_bucket(Bucket="with.dots")
    listed = client("s3").list_objects_v2(Bucket="photos")["Contents"]
    read = client("s3").get_object(Bucket="photos", Key="a/b c.txt")["Body"].read()
    return [[(entry["Key"], entry["Size"]) for entry in listed], read, lambda_events.buckets.keys() ^ set()]


def access_points(lambda_events: LambdaEvents, client: Client) -> object:
    lambda_events.bucket("photos")
    client("s3control").create_access_point(AccountId="123456789012", Name="reader", Bucket="photos")
    [point] = client("s3control").list_access_points(AccountId="123456789012")["AccessPointList"]
    return point["Name"], point["Bucket"]


def tables_by_arn(lambda_events: LambdaEvents, client: Client) -> object:
    table = lambda_events.table("items", partition_key="id", stream_view_type="NEW_IMAGE")
    client("dynamodb").put_item(TableName=table.arn, Item={"id": {"S": "a"}})
    stream = client("dynamodbstreams").describe_stream(StreamArn=table.stream_arn)["StreamDescription"]
    return table.items, stream["StreamStatus"]


def streams(lambda_events: LambdaEvents, client: Client) -> object:
    stream = lambda_events.stream("clicks")
    client("kinesis").put_record(StreamARN=stream.arn, Data=b"a", PartitionKey="a")
    return [record.partition_key for record in stream.records]


def functions(lambda_events: LambdaEvents, client: Client) -> object:
    lambda_events.function(lambda event, context: event["order"], name="pack")
    answer = client("lambda").invoke(FunctionName="pack", Payload=json.dumps({"order": 7}))
    return answer["Payload"].read()


def identities(lambda_events: LambdaEvents, client: Client) -> object:
    client("iam").create_user(UserName="ann")
    return client("sts").get_caller_identity()["Account"], [user["UserName"] for user in client("iam").list_users()["Users"]]


USES = {
    queues_and_messages: [
        ["https://sqs.us-east-1.amazonaws.com/123456789012/orders"],
        ["one", "two"],
    ],
    objects: [[("a/b c.txt", 5), ("large", 60_000)], b"small", {"photos", "with.dots"}],
    access_points: ("reader", "photos"),
    tables_by_arn: ([{"id": "a"}], "ENABLED"),
    streams: ["a"],
    functions: b"7",
    identities: ("123456789012", ["ann"]),
}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
def test_a_client_made_before_has_the_same_effect_with_every_endpoint(
    use: Callable[..., object], endpoint: str, lambda_events: LambdaEvents, early: dict[str, dict[str, Any]]
) -> None:
    assert use(lambda_events, lambda service: early[endpoint][service]) == USES[use]


@pytest.mark.parametrize("endpoint", ["both", "another address"])
@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
def test_a_client_made_inside_has_the_same_effect_with_every_endpoint(
    use: Callable[..., object], endpoint: str, lambda_events: LambdaEvents
) -> None:
    assert use(lambda_events, lambda service: session().client(service, **ENDPOINTS[endpoint])) == USES[use]


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS"])
def test_an_address_from_the_environments_variables_is_not_used(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "http://localhost:4566")
    sqs = session().client("sqs")

    with LambdaEvents() as lambda_events:
        lambda_events.queue("orders")
        urls = sqs.list_queues()["QueueUrls"]

    assert sqs.meta.endpoint_url == "http://localhost:4566"
    assert urls == ["https://sqs.us-east-1.amazonaws.com/123456789012/orders"]


def test_resources_of_boto3_are_in_the_environment_with_any_endpoint() -> None:
    sqs = session().resource("sqs", config=Config(use_dualstack_endpoint=True))
    table = session().resource("dynamodb", endpoint_url="http://localhost:8000").Table("items")

    with LambdaEvents() as lambda_events:
        orders = lambda_events.queue("orders")
        items = lambda_events.table("items", partition_key="id")
        sqs.Queue(orders.url).send_message(MessageBody="one")
        table.put_item(Item={"id": "a"})

        assert [message.body for message in orders.messages] == ["one"]
        assert items.items == [{"id": "a"}]


def test_an_endpoint_that_botocore_refuses_is_still_refused(lambda_events: LambdaEvents) -> None:
    client = boto3.client("cloudfront-keyvaluestore", region_name="us-east-1", config=Config(use_fips_endpoint=True))

    with pytest.raises(EndpointProviderError, match="FIPS is not supported"):
        client.describe_key_value_store(KvsARN="arn:aws:cloudfront::123456789012:key-value-store/a")


def test_a_presigned_url_keeps_its_endpoint_and_has_fake_credentials(
    lambda_events: LambdaEvents, early: dict[str, dict[str, Any]]
) -> None:  # fmt: skip
    s3 = early["dual stack"]["s3"]

    url = s3.generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": "a"})
    post = s3.generate_presigned_post("photos", "a")

    assert url.startswith("https://photos.s3.dualstack.us-east-1.amazonaws.com/a?")
    assert post["url"] == "https://photos.s3.dualstack.us-east-1.amazonaws.com/"
    assert "AKIAREAL" not in url + str(post)


REGIONS = ("us-east-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "us-isob-east-1", "eusc-de-east-1")


@pytest.mark.parametrize("region", REGIONS)
def test_every_partition_has_its_own_queues(region: str) -> None:
    made = [session().client("sqs", region_name=region, **ENDPOINTS[endpoint]) for endpoint in ("plain", "another address")]

    with LambdaEvents(region_name=region) as lambda_events:
        orders = lambda_events.queue("orders")
        for sqs in made:
            sqs.send_message(QueueUrl=orders.url, MessageBody="hello")

        assert len(orders.messages) == 2


# ---------------------------------------------------------------------- requests without a client


def raw(url: str, method: str = "GET") -> Any:
    return URLLib3Session().send(AWSRequest(method=method, url=url).prepare())


def test_a_request_without_a_client_is_answered_if_moto_knows_it(lambda_events: LambdaEvents) -> None:
    lambda_events.bucket("photos").put_object("a", b"content")
    url = lambda_events.client("s3").generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": "a"})

    answer = raw(url)

    assert (answer.status_code, answer.content) == (200, b"content")


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://shop.example/orders?signature=secret", "https://shop.example/orders"),
        ("https://ann:secret@shop.example/orders", "https://shop.example/orders"),
        ("http://169.254.170.2/v2/credentials", "http://169.254.170.2/v2/credentials"),
        ("https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/", "https://lambda.us-east-1.amazonaws.com/"),
    ],
)
def test_a_request_without_a_client_is_refused_with_its_url(url: str, named: str, lambda_events: LambdaEvents) -> None:
    with pytest.raises(NotSimulatedError) as refusal:
        raw(url)

    assert named in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_there_is_no_instance_metadata(lambda_events: LambdaEvents) -> None:
    with pytest.raises(ConnectTimeoutError):
        raw("http://169.254.169.254/latest/meta-data/")


def test_a_client_that_asks_for_its_endpoint_is_answered(lambda_events: LambdaEvents) -> None:
    lambda_events.table("orders", partition_key="id")
    client = lambda_events.client("dynamodb", config=Config(endpoint_discovery_enabled=True))

    assert client.list_tables()["TableNames"] == ["orders"]


@pytest.mark.parametrize("fast_calls", [True, False])
def test_handlers_of_endpoints_are_called_for_each_call_and_change_its_endpoint(fast_calls: bool) -> None:
    buckets, urls = list[str](), list[str]()

    def change(builtins: dict[str, Any], params: dict[str, Any], **context: Any) -> None:
        buckets.append(params["Bucket"])
        builtins["AWS::S3::ForcePathStyle"] = len(buckets) in (2, 3)

    with LambdaEvents(fast_calls=fast_calls):
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="orders")
        s3.meta.events.register("before-endpoint-resolution.s3", change)
        s3.meta.events.register("before-call.s3", lambda params, **context: urls.append(params["url"]))
        for key in ("1.json", "2.json", "2.json", "4.json"):
            s3.put_object(Bucket="orders", Key=key, Body=b"{}")

    by_host, by_path = "https://orders.s3.amazonaws.com", "https://s3.amazonaws.com/orders"
    assert buckets == ["orders"] * 4
    assert urls == [f"{by_host}/1.json", f"{by_path}/2.json", f"{by_path}/2.json", f"{by_host}/4.json"]
