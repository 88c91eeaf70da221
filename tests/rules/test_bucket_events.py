"""The events of objects: which requests cause them, and what they contain (PSH-50 to 5E, PSH-6E to 6G)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError
from uploads import TRUST

from pytest_lambda_events import Bucket, Function, LambdaEvents, NotSimulatedError, Queue

EMPTY = "d41d8cd98f00b204e9800998ecf8427e"
ALL = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*", "s3:ObjectAcl:Put"]
TAGS = {"TagSet": [{"Key": "kind", "Value": "scan"}]}
Do = Callable[[Any], object]


@pytest.fixture
def inbox(lambda_events: LambdaEvents, scans: Bucket) -> Queue:
    """A queue that receives a test message and all events of the bucket."""
    queue = lambda_events.queue("inbox")
    scans.add_notification(queue, events=ALL)
    return queue


@pytest.fixture
def bus_inbox(lambda_events: LambdaEvents, scans: Bucket, s3: Any) -> Queue:
    """A queue that receives all events of the bucket through the default event bus."""
    queue = lambda_events.queue("from-bus")
    lambda_events.event_buses["default"].add_rule({"source": ["aws.s3"]}, queue)
    s3.put_bucket_notification_configuration(Bucket="scans", NotificationConfiguration={"EventBridgeConfiguration": {}})
    return queue


def records(queue: Queue) -> list[dict[str, Any]]:
    return [record for message in queue.messages for record in message.json.get("Records", ())]


def told(queue: Queue) -> list[tuple[str, dict[str, Any]]]:
    """The name and the object of each record, without the sequencer."""
    return [
        (one["eventName"], {name: value for name, value in one["s3"]["object"].items() if name != "sequencer"})
        for one in records(queue)
    ]


def set_versions(s3: Any, status: str) -> None:
    s3.put_bucket_versioning(Bucket="scans", VersioningConfiguration={"Status": status})


def put(s3: Any, key: str = "a", body: bytes = b"12345", **more: Any) -> Any:
    return s3.put_object(Bucket="scans", Key=key, Body=body, **more)


def post(s3: Any) -> None:
    asked = s3.generate_presigned_post("scans", "a")
    assert requests.post(asked["url"], data=asked["fields"], files={"file": b"12345"}, timeout=5).ok


def complete_upload(s3: Any) -> None:
    upload = s3.create_multipart_upload(Bucket="scans", Key="a", Tagging="kind=scan")["UploadId"]
    part = {"Bucket": "scans", "Key": "a", "UploadId": upload}
    tag = s3.upload_part(**part, PartNumber=1, Body=b"12345")["ETag"]
    s3.complete_multipart_upload(**part, MultipartUpload={"Parts": [{"ETag": tag, "PartNumber": 1}]})


def complete_upload_of_copies(s3: Any) -> None:
    upload = s3.create_multipart_upload(Bucket="scans", Key="b")["UploadId"]
    part = {"Bucket": "scans", "Key": "b", "UploadId": upload}
    tag = s3.upload_part_copy(**part, PartNumber=1, CopySource="scans/a")["CopyPartResult"]["ETag"]
    s3.complete_multipart_upload(**part, MultipartUpload={"Parts": [{"ETag": tag, "PartNumber": 1}]})


# -------------------------------------------------------------------- one event for each request

MD5 = "827ccb0eea8a706c4c34a16891f84e7b"
CAUSES: dict[str, tuple[Do, str, dict[str, Any]]] = {
    "put": (put, "ObjectCreated:Put", {"key": "a", "size": 5, "eTag": MD5}),
    "put with tags and an ACL": (
        lambda s3: put(s3, Tagging="kind=scan", ACL="public-read"),
        "ObjectCreated:Put", {"key": "a", "size": 5, "eTag": MD5},
    ),
    "post": (post, "ObjectCreated:Post", {"key": "a", "size": 5, "eTag": MD5}),
    "multipart": (
        complete_upload, "ObjectCreated:CompleteMultipartUpload",
        {"key": "a", "size": 5, "eTag": "be55c6d6b5d57a8f1ff6a1dc7a4d01d8-1"},
    ),
    "large upload": (
        lambda s3: s3.upload_fileobj(io.BytesIO(b"x" * 9 * 1024 * 1024), "scans", "a"),
        "ObjectCreated:CompleteMultipartUpload", {"key": "a", "size": 9 * 1024 * 1024, "eTag": None},
    ),
}  # fmt: skip


@pytest.mark.rule("PSH-54", "PSH-5A", "PSH-53")
@pytest.mark.scenario("PSH S30")
@pytest.mark.parametrize("cause", CAUSES)
def test_a_request_that_creates_an_object_causes_one_event(s3: Any, inbox: Queue, cause: str) -> None:
    act, name, about = CAUSES[cause]

    act(s3)

    [(seen, object_)] = told(inbox)
    assert seen == name
    assert list(object_) == ["key", "size", "eTag"]
    assert {**object_, "eTag": about["eTag"] if "-" in object_["eTag"] else object_["eTag"]} == about
    assert ("-" in object_["eTag"]) is (name == "ObjectCreated:CompleteMultipartUpload")


@pytest.mark.rule("PSH-54", "PSH-5A")
@pytest.mark.parametrize(
    ("act", "name", "members"),
    [
        (
            lambda s3: s3.copy_object(Bucket="scans", Key="b", CopySource="scans/a"),
            "ObjectCreated:Copy", ["key", "size", "eTag", "sequencer", "hasObjectAnnotation"],
        ),
        (
            lambda s3: s3.copy_object(Bucket="scans", Key="a", CopySource="scans/a", MetadataDirective="REPLACE"),
            "ObjectCreated:Copy", ["key", "size", "eTag", "sequencer", "hasObjectAnnotation"],
        ),
        (
            complete_upload_of_copies, "ObjectCreated:CompleteMultipartUpload", ["key", "size", "eTag", "sequencer"],
        ),
        (
            lambda s3: s3.put_object_tagging(Bucket="scans", Key="a", Tagging=TAGS), "ObjectTagging:Put", ["key", "eTag"],
        ),
        (
            lambda s3: s3.put_object_tagging(Bucket="scans", Key="a", Tagging={"TagSet": []}),
            "ObjectTagging:Put", ["key", "eTag"],
        ),
        (
            lambda s3: s3.delete_object_tagging(Bucket="scans", Key="a"), "ObjectTagging:Delete", ["key", "eTag"],
        ),
        (
            lambda s3: s3.put_object_acl(Bucket="scans", Key="a", ACL="public-read"), "ObjectAcl:Put", ["key", "eTag"],
        ),
        (
            lambda s3: s3.delete_object(Bucket="scans", Key="a"), "ObjectRemoved:Delete", ["key", "sequencer"],
        ),
    ],
    ids=["copy", "copy onto itself", "multipart copy", "tags", "an empty set of tags", "no tags", "ACL", "delete"],
)  # fmt: skip
def test_a_request_about_an_object_causes_one_event(
    s3: Any, scans: Bucket, inbox: Queue, act: Do, name: str, members: list[str]
) -> None:
    scans.put_object("a", b"12345")

    act(s3)

    [_, record] = records(inbox)
    assert (record["eventName"], list(record["s3"]["object"])) == (name, members)


@pytest.mark.rule("PSH-54")
def test_the_same_acl_again_is_not_an_event(s3: Any, inbox: Queue) -> None:
    put(s3)
    for acl in ("private", "public-read", "public-read", "private"):
        s3.put_object_acl(Bucket="scans", Key="a", ACL=acl)

    assert [name for name, _ in told(inbox)] == ["ObjectCreated:Put", "ObjectAcl:Put", "ObjectAcl:Put"]


@pytest.mark.rule("PSH-54")
def test_failed_requests_and_uploads_of_parts_are_not_events(s3: Any, inbox: Queue) -> None:
    upload = s3.create_multipart_upload(Bucket="scans", Key="a")["UploadId"]
    s3.upload_part(Bucket="scans", Key="a", UploadId=upload, PartNumber=1, Body=b"x")
    s3.abort_multipart_upload(Bucket="scans", Key="a", UploadId=upload)
    with pytest.raises(ClientError):
        s3.copy_object(Bucket="scans", Key="b", CopySource="scans/missing")
    with pytest.raises(ClientError):
        s3.put_object_acl(Bucket="scans", Key="missing", ACL="private")
    with pytest.raises(ClientError):
        s3.put_object_tagging(Bucket="scans", Key="missing", Tagging=TAGS)
    with pytest.raises(ClientError):
        put(s3, IfMatch='"other"')

    assert records(inbox) == []


@pytest.mark.rule("PSH-53")
@pytest.mark.scenario("PSH S8", "PSH S29")
@pytest.mark.parametrize(
    ("key", "encoded"),
    [
        ("my file@1.txt", "my+file%401.txt"),
        ("in/a b+c=d.txt", "in/a+b%2Bc%3Dd.txt"),
        ("é", "%C3%A9"),
        ("A-z_0.9*~", "A-z_0.9*~"),
        ("a/b", "a/b"),
        ("100%", "100%25"),
    ],
)
def test_keys_are_encoded_like_a_form_but_slashes_stay(s3: Any, inbox: Queue, key: str, encoded: str) -> None:
    put(s3, key)

    assert [one["s3"]["object"]["key"] for one in records(inbox)] == [encoded]


# ----------------------------------------------------------------------------------- deletes


@pytest.mark.rule("PSH-52", "PSH-5B")
@pytest.mark.scenario("PSH S9", "PSH S32")
def test_each_key_of_a_multi_object_delete_is_an_event_also_if_it_does_not_exist(
    lambda_events: LambdaEvents, s3: Any, scans: Bucket
) -> None:
    function = lambda_events.function(lambda event, context: None, name="index")
    scans.add_notification(function, events=["s3:ObjectRemoved:*"])
    put(s3, "x")
    put(s3, "y")

    s3.delete_objects(Bucket="scans", Delete={"Objects": [{"Key": "x"}, {"Key": "y"}, {"Key": "z"}]})
    lambda_events.run_until_idle()

    seen = [event.payload["Records"][0] for event in function.events]
    assert [(one["eventName"], one["s3"]["object"]["key"]) for one in seen] == [
        ("ObjectRemoved:Delete", "x"), ("ObjectRemoved:Delete", "y"), ("ObjectRemoved:Delete", "z"),
    ]  # fmt: skip
    assert {tuple(one["s3"]["object"]) for one in seen} == {("key", "sequencer")}


@pytest.mark.rule("PSH-51", "PSH-52", "PSH-5A", "PSH-5B")
@pytest.mark.scenario("PSH S31")
def test_a_versioned_bucket_has_delete_markers(s3: Any, inbox: Queue) -> None:
    set_versions(s3, "Enabled")
    version = put(s3)["VersionId"]

    marker = s3.delete_object(Bucket="scans", Key="a")["VersionId"]
    s3.delete_object(Bucket="scans", Key="a", VersionId=version)
    s3.delete_object(Bucket="scans", Key="a", VersionId=marker)
    s3.delete_object(Bucket="scans", Key="a", VersionId="missing")

    assert told(inbox) == [
        ("ObjectCreated:Put", {"key": "a", "size": 5, "eTag": MD5, "versionId": version}),
        ("ObjectRemoved:DeleteMarkerCreated", {"key": "a", "eTag": EMPTY, "versionId": marker}),
        ("ObjectRemoved:Delete", {"key": "a", "versionId": version}),
        ("ObjectRemoved:Delete", {"key": "a", "versionId": marker}),
        ("ObjectRemoved:Delete", {"key": "a", "versionId": "missing"}),
    ]


@pytest.mark.rule("PSH-5B")
def test_a_missing_key_gets_a_delete_marker_in_a_versioned_bucket(s3: Any, inbox: Queue) -> None:
    set_versions(s3, "Enabled")

    deleted = s3.delete_object(Bucket="scans", Key="missing")

    assert deleted["DeleteMarker"] is True
    assert told(inbox) == [
        ("ObjectRemoved:DeleteMarkerCreated", {"key": "missing", "eTag": EMPTY, "versionId": deleted["VersionId"]})
    ]
    [marker] = s3.list_object_versions(Bucket="scans")["DeleteMarkers"]
    assert (marker["Key"], marker["VersionId"]) == ("missing", deleted["VersionId"])
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket="scans", Key="missing")
    assert "Contents" not in s3.list_objects_v2(Bucket="scans")


@pytest.mark.rule("PSH-51", "PSH-52", "PSH-5B")
def test_a_bucket_with_suspended_versioning_has_delete_markers_without_a_version(s3: Any, inbox: Queue) -> None:
    set_versions(s3, "Enabled")
    set_versions(s3, "Suspended")
    put(s3)

    s3.delete_object(Bucket="scans", Key="a")
    s3.delete_objects(Bucket="scans", Delete={"Objects": [{"Key": "missing"}]})

    assert told(inbox) == [
        ("ObjectCreated:Put", {"key": "a", "size": 5, "eTag": MD5}),
        ("ObjectRemoved:DeleteMarkerCreated", {"key": "a", "eTag": EMPTY}),
        ("ObjectRemoved:DeleteMarkerCreated", {"key": "missing", "eTag": EMPTY}),
    ]


# ------------------------------------------------------------------------------- the record


@pytest.mark.rule("PSH-50", "PSH-51", "PSH-58", "PSH-59", "PSH-57")
def test_a_record_has_all_members(lambda_events: LambdaEvents, s3: Any, inbox: Queue) -> None:
    lambda_events.advance(0.1234)

    answer = put(s3)["ResponseMetadata"]

    [record] = records(inbox)
    configuration = s3.get_bucket_notification_configuration(Bucket="scans")["QueueConfigurations"][0]
    assert record == {
        "eventVersion": "2.6",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": "2026-01-01T00:00:00.123Z",
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "AWS:AIDACKCEVSQ6C2EXAMPLE"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {
            "x-amz-request-id": answer["RequestId"], "x-amz-id-2": record["responseElements"]["x-amz-id-2"],
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": configuration["Id"],
            "bucket": {
                "name": "scans", "ownerIdentity": {"principalId": "A3NL1KOZZKEXAMPLE"}, "arn": "arn:aws:s3:::scans",
            },
            "object": {"key": "a", "size": 5, "eTag": MD5, "sequencer": record["s3"]["object"]["sequencer"]},
        },
    }  # fmt: skip
    assert re.fullmatch("[0-9A-Z]{16}", answer["RequestId"])
    assert answer["HTTPHeaders"]["x-amz-request-id"] == answer["RequestId"]


@pytest.mark.rule("PSH-58")
def test_all_events_of_a_request_have_its_id(s3: Any, inbox: Queue) -> None:
    ids = [
        s3.delete_objects(Bucket="scans", Delete={"Objects": [{"Key": "x"}, {"Key": "y"}]}),
        s3.delete_object(Bucket="scans", Key="z"),
    ]

    first, second = (answer["ResponseMetadata"]["RequestId"] for answer in ids)
    assert [one["responseElements"]["x-amz-request-id"] for one in records(inbox)] == [first, first, second]
    assert first != second


@pytest.mark.rule("PSH-59")
def test_a_handler_is_named_by_the_session_of_its_role(lambda_events: LambdaEvents, s3: Any, inbox: Queue) -> None:
    iam = lambda_events.client("iam")
    role = iam.create_role(RoleName="writer", AssumeRolePolicyDocument=str(TRUST).replace("'", '"'))["Role"]
    known = lambda_events.function(lambda event, context: put(s3) and None, name="known", role=role["Arn"])
    unknown = lambda_events.function(lambda event, context: put(s3) and None, name="unknown")

    known.invoke()
    unknown.invoke()

    assert [one["userIdentity"]["principalId"] for one in records(inbox)] == [
        f"AWS:{role['RoleId']}:known", "AWS:AROACKCEVSQ6C2EXAMPLE:unknown",
    ]  # fmt: skip


@pytest.mark.rule("PSH-56", "PSH-5C")
def test_sequencers_have_18_digits_and_grow_with_each_change(lambda_events: LambdaEvents, s3: Any, inbox: Queue) -> None:
    put(s3)
    put(s3, body=b"")
    lambda_events.advance(1)
    s3.delete_object(Bucket="scans", Key="a")
    put(s3)

    seen = [one["s3"]["object"]["sequencer"] for one in records(inbox)]
    assert seen == sorted(set(seen))
    assert all(re.fullmatch("[0-9A-F]{18}", one) for one in seen)


@pytest.mark.rule("PSH-07", "PSH-08")
def test_an_event_is_handed_over_once_and_at_the_instant_of_the_request(lambda_events: LambdaEvents, scans: Bucket) -> None:
    function = lambda_events.function(lambda event, context: None, name="index")
    scans.add_notification(function, events=ALL)
    lambda_events.topic("news").subscribe(function)
    lambda_events.advance(7)

    scans.put_object("a", b"")
    lambda_events.topics["news"].publish("m")
    lambda_events.run_until_idle()

    assert [(event.source_service, event.attempts[0].started_after_seconds) for event in function.events] == [
        ("s3 scans", 7), ("sns news", 7),
    ]  # fmt: skip


@pytest.mark.scenario("PSH S10")
def test_a_function_that_may_not_run_sends_the_event_to_its_destination(lambda_events: LambdaEvents, scans: Bucket) -> None:
    failed = lambda_events.queue("failed")
    function: Function = lambda_events.function(lambda event, context: None, name="index", on_failure=failed)
    lambda_events.client("lambda").put_function_concurrency(FunctionName="index", ReservedConcurrentExecutions=0)
    scans.add_notification(function, events=ALL)

    scans.put_object("a", b"12345")
    lambda_events.run_until_idle()

    [record] = failed.invocation_records
    assert record.condition == "ZeroReservedConcurrency"
    assert record.request_payload["Records"][0]["s3"]["object"]["key"] == "a"
    assert lambda_events.elapsed == 0


@pytest.mark.rule("PSH-5E")
def test_a_function_that_writes_under_its_own_prefix_is_stopped_with_a_named_error(
    lambda_events: LambdaEvents, scans: Bucket
) -> None:
    function = lambda_events.function(lambda event, context: scans.put_object("in/again", b"x"), name="index")
    scans.add_notification(function, events=ALL, prefix="in/")
    scans.put_object("in/first", b"x")

    lambda_events.run_until_idle()

    assert len(function.attempts) == 16
    with pytest.raises(AssertionError, match="Lambda stops a chain of invocations in which the function ran 16 times"):
        lambda_events.assert_no_data_lost()


# ------------------------------------------------------------------------ the default event bus


@pytest.mark.rule("PSH-6E", "PSH-76")
@pytest.mark.scenario("PSH S36")
def test_only_the_default_bus_receives_events(lambda_events: LambdaEvents, s3: Any, bus_inbox: Queue) -> None:
    other = lambda_events.queue("other")
    lambda_events.event_bus("shop").add_rule({"source": ["aws.s3"]}, other)
    set_versions(s3, "Enabled")

    s3.delete_object(Bucket="scans", Key="a b+c")

    [message] = bus_inbox.messages
    assert message.json["detail-type"] == "Object Deleted"
    assert (message.json["detail"]["reason"], message.json["detail"]["deletion-type"]) == (
        "DeleteObject", "Delete Marker Created",
    )  # fmt: skip
    assert message.json["detail"]["object"]["key"] == "a b+c"
    assert (other.messages, lambda_events.event_buses["shop"].events) == ([], [])


@pytest.mark.rule("PSH-6F")
def test_an_event_on_the_bus_has_hyphens_and_a_plain_key(lambda_events: LambdaEvents, s3: Any, bus_inbox: Queue) -> None:
    set_versions(s3, "Enabled")
    lambda_events.advance(1.5)

    answer = put(s3, "a b/c+d.txt")

    [event] = [message.json for message in bus_inbox.messages]
    assert {**event, "id": ""} == {
        "version": "0", "id": "", "detail-type": "Object Created", "source": "aws.s3", "account": "123456789012",
        "time": "2026-01-01T00:00:01Z", "region": "us-east-1", "resources": ["arn:aws:s3:::scans"],
        "detail": {
            "version": "0", "event-version": "1.2", "bucket": {"name": "scans"},
            "object": {
                "key": "a b/c+d.txt", "size": 5, "etag": MD5, "version-id": answer["VersionId"],
                "sequencer": event["detail"]["object"]["sequencer"],
            },
            "request-id": answer["ResponseMetadata"]["RequestId"], "requester": "123456789012",
            "source-ip-address": "127.0.0.1", "reason": "PutObject",
        },
    }  # fmt: skip


@pytest.mark.rule("PSH-6G")
@pytest.mark.parametrize(
    ("act", "detail_type", "reason", "members"),
    [
        (post, "Object Created", "POST Object", ["key", "size", "etag", "sequencer"]),
        (
            lambda s3: s3.copy_object(Bucket="scans", Key="b", CopySource="scans/old"),
            "Object Created", "CopyObject", ["key", "size", "etag", "sequencer", "has-object-annotation"],
        ),
        (complete_upload, "Object Created", "CompleteMultipartUpload", ["key", "size", "etag", "sequencer"]),
        (
            lambda s3: s3.delete_object(Bucket="scans", Key="old"),
            "Object Deleted", "DeleteObject", ["key", "sequencer"],
        ),
        (
            lambda s3: s3.put_object_tagging(Bucket="scans", Key="old", Tagging=TAGS),
            "Object Tags Added", None, ["key", "etag"],
        ),
        (
            lambda s3: s3.delete_object_tagging(Bucket="scans", Key="old"), "Object Tags Deleted", None, ["key", "etag"],
        ),
        (
            lambda s3: s3.put_object_acl(Bucket="scans", Key="old", ACL="public-read"),
            "Object ACL Updated", None, ["key", "etag"],
        ),
    ],
    ids=["post", "copy", "multipart", "delete", "tags", "no tags", "ACL"],
)  # fmt: skip
def test_events_on_the_bus_have_a_type_and_a_reason(
    s3: Any, scans: Bucket, bus_inbox: Queue, act: Do, detail_type: str, reason: str | None, members: list[str]
) -> None:
    scans.put_object("old", b"12345")

    act(s3)

    [_, event] = [message.json for message in bus_inbox.messages]
    assert (event["detail-type"], event["detail"].get("reason")) == (detail_type, reason)
    assert list(event["detail"]["object"]) == members
    assert event["detail"].get("deletion-type") == ("Permanently Deleted" if reason == "DeleteObject" else None)


def restore(s3: Any) -> None:
    s3.restore_object(Bucket="locked", Key="a b", RestoreRequest={"Days": 1, "GlacierJobParameters": {"Tier": "Standard"}})


def retain(s3: Any) -> None:
    retention = {"Mode": "GOVERNANCE", "RetainUntilDate": datetime(2030, 1, 1, tzinfo=timezone.utc)}
    s3.put_object_retention(Bucket="locked", Key="a b", Retention=retention)


def on_bus(lambda_events: LambdaEvents, s3: Any, detail_type: str) -> Queue:
    """A queue that receives the events of one type of the bucket `locked`, which has archived and locked objects."""
    queue = lambda_events.queue("from-bus")
    lambda_events.event_buses["default"].add_rule({"detail-type": [detail_type]}, queue)
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket="locked", Key="a b", Body=b"12345", StorageClass="GLACIER")
    s3.put_bucket_notification_configuration(Bucket="locked", NotificationConfiguration={"EventBridgeConfiguration": {}})
    return queue


@pytest.mark.rule("PSH-6G")
def test_the_bus_receives_the_begin_of_a_restore(lambda_events: LambdaEvents, s3: Any) -> None:
    queue = on_bus(lambda_events, s3, "Object Restore Initiated")

    restore(s3)
    s3.head_object(Bucket="locked", Key="a b")

    [event] = [message.json for message in queue.messages]
    assert (event["source"], event["detail"]["source-storage-class"]) == ("aws.s3", "GLACIER")
    assert list(event["detail"]["object"]) == ["key", "size", "etag", "version-id"]


@pytest.mark.rule("PSH-6H")
@pytest.mark.parametrize(
    ("detail_type", "act"),
    [("Object Restore Completed", restore), ("Object Restore Expired", restore), ("Object Retention Updated", retain)],
)
def test_an_event_on_the_bus_that_is_not_simulated_is_refused_if_a_rule_matches(
    lambda_events: LambdaEvents, s3: Any, detail_type: str, act: Do
) -> None:
    on_bus(lambda_events, s3, detail_type)

    with pytest.raises(NotSimulatedError, match=f"The event '{detail_type}' of S3 is not simulated. Rule .* 'a b' in bucket"):
        act(s3)


EXPIRY = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}


@pytest.mark.rule("PSH-6H")
@pytest.mark.parametrize("is_expiry_first", [True, False])
def test_an_expiry_of_objects_in_a_bucket_with_events_on_the_bus_is_a_warning(
    lambda_events: LambdaEvents, s3: Any, scans: Bucket, *, is_expiry_first: bool
) -> None:
    calls: list[Callable[[], object]] = [
        lambda: s3.put_bucket_lifecycle_configuration(Bucket="scans", LifecycleConfiguration={"Rules": [EXPIRY]}),
        lambda: s3.put_bucket_notification_configuration(
            Bucket="scans", NotificationConfiguration={"EventBridgeConfiguration": {}}
        ),
    ]

    for call in calls if is_expiry_first else calls[::-1]:
        before = len(lambda_events.journal.warnings)
        call()

    assert before == 0
    [warning] = lambda_events.journal.warnings
    assert warning.detail["message"].startswith(
        "The event of an object that a lifecycle rule expires or moves is not simulated"
    )


@pytest.mark.rule("PSH-6H")
def test_annotations_and_renames_are_refused_and_leave_the_object(s3: Any, inbox: Queue) -> None:
    put(s3)

    with pytest.raises(NotSimulatedError, match="An annotation of an object is not simulated"):
        s3.put_object_annotation(Bucket="scans", Key="a", AnnotationName="n", AnnotationPayload=b"x")
    with pytest.raises(NotSimulatedError, match="An annotation of an object is not simulated"):
        s3.delete_object_annotation(Bucket="scans", Key="a", AnnotationName="n")
    with pytest.raises(NotSimulatedError, match="A change of an object other than its content"):
        s3.rename_object(Bucket="scans", Key="b", RenameSource="a")

    assert len(records(inbox)) == 1
    assert s3.get_object(Bucket="scans", Key="a")["Body"].read() == b"12345"


# -------------------------------------------------------------------------- through a topic


@pytest.mark.rule("PSH-61")
@pytest.mark.scenario("PSH S37")
def test_a_bucket_reaches_a_function_through_a_topic(lambda_events: LambdaEvents, s3: Any, scans: Bucket) -> None:
    topic = lambda_events.topic("changes")
    scans.add_notification(topic, events=ALL)
    function = lambda_events.function(lambda event, context: None, name="index")
    topic.subscribe(function)

    put(s3)
    lambda_events.run_until_idle()

    [event] = function.events
    sent = event.payload["Records"][0]["Sns"]
    assert sent["Subject"] == "Amazon S3 Notification"
    assert sent["Message"].startswith('{"Records":[{"eventVersion":"2.6","eventSource":"aws:s3"')
