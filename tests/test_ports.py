"""The small doors to moto's other services: logs, roles, objects."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from bare_environments import BareAws, bare_environment

from pytest_lambda_events.aws.lambda_service.iam import Roles
from pytest_lambda_events.aws.lambda_service.logs import LogStore
from pytest_lambda_events.aws.lambda_service.objects import Objects
from pytest_lambda_events.service.control_plane.dependencies import ObjectMissing

ACCOUNT = "111122223333"
START_MS = 1_767_225_600_000


@pytest.fixture
def bare() -> Iterator[BareAws]:
    """An environment of an account that is not moto's own."""
    with bare_environment(account_id=ACCOUNT) as environment:
        yield environment


def test_log_events_can_be_read_through_boto3(bare: BareAws) -> None:
    store = LogStore(ACCOUNT, "us-east-1", bare.simulation.clock)

    store.put("/aws/lambda/charge", "2026/01/01/[$LATEST]ab", [(START_MS, "START"), (START_MS + 5, "END")])
    store.put("/aws/lambda/charge", "2026/01/01/[$LATEST]ab", [(START_MS + 7, "REPORT")])

    logs = bare.client("logs")
    events = logs.get_log_events(logGroupName="/aws/lambda/charge", logStreamName="2026/01/01/[$LATEST]ab")["events"]
    assert [(event["timestamp"], event["message"]) for event in events] == [
        (START_MS, "START"), (START_MS + 5, "END"), (START_MS + 7, "REPORT")
    ]  # fmt: skip


def test_log_events_of_boto3_and_of_invocations_have_ids_in_the_order_of_their_arrival(bare: BareAws) -> None:
    store, logs = LogStore(ACCOUNT, "us-east-1", bare.simulation.clock), bare.client("logs")
    store.put("/aws/lambda/charge", "a", [(START_MS, "1"), (START_MS, "2")])
    logs.put_log_events(
        logGroupName="/aws/lambda/charge", logStreamName="a", logEvents=[{"timestamp": START_MS, "message": "3"}]
    )
    store.put("/aws/lambda/charge", "b", [(START_MS, "4")])
    bare.simulation.advance(1)
    store.put("/aws/lambda/charge", "a", [(START_MS, "5")])

    events = logs.filter_log_events(logGroupName="/aws/lambda/charge")["events"]

    assert [(event["message"], event["eventId"], event["ingestionTime"] - START_MS) for event in events] == [
        ("1", "0", 0), ("2", "1", 0), ("3", "2", 0), ("5", "4", 1_000), ("4", "3", 0)
    ]  # fmt: skip


def test_a_log_stream_is_described_with_the_events_of_invocations(bare: BareAws) -> None:
    store = LogStore(ACCOUNT, "us-east-1", bare.simulation.clock)
    store.put("/aws/lambda/charge", "a", [(START_MS, "START"), (START_MS + 5, "END")])

    [stream] = bare.client("logs").describe_log_streams(logGroupName="/aws/lambda/charge")["logStreams"]

    names = ("firstEventTimestamp", "lastEventTimestamp", "lastIngestionTime", "storedBytes", "uploadSequenceToken")
    assert [stream[name] for name in names] == [START_MS, START_MS + 5, START_MS, 8, "1"]


def test_a_log_group_that_exists_is_used_as_it_is(bare: BareAws) -> None:
    logs = bare.client("logs")
    logs.create_log_group(logGroupName="/aws/lambda/charge")
    logs.put_retention_policy(logGroupName="/aws/lambda/charge", retentionInDays=7)

    LogStore(ACCOUNT, "us-east-1", bare.simulation.clock).put("/aws/lambda/charge", "stream", [(START_MS, "START")])

    groups = logs.describe_log_groups()["logGroups"]
    assert [(group["logGroupName"], group["retentionInDays"]) for group in groups] == [("/aws/lambda/charge", 7)]


def test_a_role_exists_once_it_was_created(bare: BareAws) -> None:
    roles, policy = Roles("us-east-1"), json.dumps({"Version": "2012-10-17", "Statement": []})
    arn = f"arn:aws:iam::{ACCOUNT}:role/charging"
    before = roles.role_exists(arn)

    bare.client("iam").create_role(RoleName="charging", AssumeRolePolicyDocument=policy)

    assert (before, roles.role_exists(arn)) == (False, True)


@pytest.mark.parametrize(
    "arn",
    ["", "charging", "arn:aws:iam::444455556666:role/charging", f"arn:aws-cn:iam::{ACCOUNT}:role/charging"],
    ids=["nothing", "a name", "another account", "another partition"],
)
def test_a_role_elsewhere_does_not_exist(arn: str, bare: BareAws) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    bare.client("iam").create_role(RoleName="charging", AssumeRolePolicyDocument=policy)

    assert not Roles("us-east-1").role_exists(arn)


def test_an_object_is_read_by_version(bare: BareAws) -> None:
    s3, objects = bare.client("s3"), Objects(ACCOUNT, "us-east-1")
    s3.create_bucket(Bucket="code")
    s3.put_bucket_versioning(Bucket="code", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="code", Key="k", Body=b"first")["VersionId"]
    s3.put_object(Bucket="code", Key="k", Body=b"second")

    assert objects.get_object("code", "k", None) == b"second"
    assert objects.get_object("code", "k", first) == b"first"


@pytest.mark.parametrize(
    ("bucket", "key", "version", "code"),
    [("none", "k", None, "NoSuchBucket"), ("code", "none", None, "NoSuchKey"), ("code", "k", "none", "NoSuchKey")],
    ids=["bucket", "key", "version"],
)
def test_an_object_that_is_missing_is_named_as_s3_names_it(
    bucket: str, key: str, version: str | None, code: str, bare: BareAws
) -> None:
    s3 = bare.client("s3")
    s3.create_bucket(Bucket="code")
    s3.put_object(Bucket="code", Key="k", Body=b"first")

    with pytest.raises(ObjectMissing) as missing:
        Objects(ACCOUNT, "us-east-1").get_object(bucket, key, version)

    assert missing.value.code == code
