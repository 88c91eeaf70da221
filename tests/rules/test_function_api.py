"""FUN: what the Lambda API answers about functions, versions, aliases, provisioned concurrency and the account."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

import pytest
from uploads import zipped

from pytest_lambda_events import LambdaEvents, NotSimulatedError

ARN = "arn:aws:lambda:us-east-1:123456789012:function:charge"
CODE = zipped("def handler(event, context): return event")
OTHER_CODE = zipped("def handler(event, context): return 'other'")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Make = Callable[..., dict[str, Any]]
Refused = Callable[..., dict[str, Any]]


@pytest.fixture
def create(aws_lambda: Any, role: str) -> Make:
    """Creates the function `charge` and gives the answer."""

    def create(**given: Any) -> dict[str, Any]:
        parameters = {
            "FunctionName": "charge", "Role": role, "Runtime": "python3.13", "Handler": "app.handler",
            "Code": {"ZipFile": CODE},
        }  # fmt: skip
        answer: dict[str, Any] = aws_lambda.create_function(**{**parameters, **given})
        return answer

    return create


@pytest.fixture
def charge(create: Make, lambda_events: LambdaEvents) -> Any:
    """The function `charge`, active."""
    create()
    lambda_events.advance(1)


@pytest.fixture
def versions(charge: None, aws_lambda: Any, lambda_events: LambdaEvents) -> None:
    """Versions 1 and 2 of `charge`."""
    aws_lambda.publish_version(FunctionName="charge")
    aws_lambda.update_function_code(FunctionName="charge", ZipFile=OTHER_CODE)
    lambda_events.advance(1)
    aws_lambda.publish_version(FunctionName="charge")


def without_metadata(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


# ------------------------------------------------------------------ shapes


@pytest.mark.rule("FUN-01")
def test_create_answers_201_with_every_default_and_the_state_pending(create: Make, role: str) -> None:
    answer = create()

    revision, sha256 = answer.pop("RevisionId"), answer.pop("CodeSha256")
    runtime_version = answer.pop("RuntimeVersionConfig")["RuntimeVersionArn"]
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 201
    assert answer == {
        "FunctionName": "charge",
        "FunctionArn": ARN,
        "Runtime": "python3.13",
        "Role": role,
        "Handler": "app.handler",
        "CodeSize": len(CODE),
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "LastModified": "2026-01-01T00:00:00.000+0000",
        "Version": "$LATEST",
        "TracingConfig": {"Mode": "PassThrough"},
        "State": "Pending",
        "StateReason": "The function is being created.",
        "StateReasonCode": "Creating",
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/charge"},
    }
    assert UUID.fullmatch(revision)
    assert re.fullmatch(r"[A-Za-z0-9+/]{43}=", sha256)
    assert re.fullmatch(r"arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}", runtime_version)


@pytest.mark.rule("FUN-01")
@pytest.mark.parametrize("environment", [{"Variables": {}}, {"Variables": {"STAGE": "test"}}], ids=["given empty", "given"])
def test_the_environment_is_answered_as_it_was_given(create: Make, environment: dict[str, Any]) -> None:
    answer = create(Environment=environment)

    assert answer["Environment"] == environment


@pytest.mark.rule("FUN-01")
def test_other_settings_are_returned(create: Make) -> None:
    given = {
        "Description": "charges", "Timeout": 1800, "MemorySize": 10_240, "TracingConfig": {"Mode": "Active"},
        "Architectures": ["arm64"], "EphemeralStorage": {"Size": 10_240},
        "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"},
        "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/charge", "ApplicationLogLevel": "WARN", "SystemLogLevel": "INFO"},
    }  # fmt: skip

    answer = create(**given)

    assert {key: answer[key] for key in given} == given


@pytest.mark.rule("FUN-02", "FUN-09", "RUN-73")
@pytest.mark.scenario("FUN F1")
def test_a_function_is_pending_for_a_second_and_then_active(
    create: Make, aws_lambda: Any, lambda_events: LambdaEvents
) -> None:
    created = create()

    lambda_events.advance(0.999999)
    before = aws_lambda.get_function_configuration(FunctionName="charge")
    aws_lambda.get_waiter("function_active_v2").wait(FunctionName="charge")
    after = aws_lambda.get_function_configuration(FunctionName="charge")

    assert (before["State"], before["RevisionId"]) == ("Pending", created["RevisionId"])
    assert (after["State"], after["LastUpdateStatus"]) == ("Active", "Successful")
    assert after.keys().isdisjoint({"StateReason", "StateReasonCode", "LastUpdateStatusReason"})
    assert after["RevisionId"] != created["RevisionId"]


@pytest.mark.rule("FUN-09")
def test_a_function_is_active_exactly_when_its_time_has_come(
    create: Make, aws_lambda: Any, lambda_events: LambdaEvents
) -> None:
    create()

    lambda_events.advance(1)

    assert aws_lambda.get_function_configuration(FunctionName="charge")["State"] == "Active"


@pytest.mark.rule("FUN-09")
@pytest.mark.lambda_events(state_change_seconds=0)
def test_states_change_immediately_if_they_take_no_time(create: Make) -> None:
    assert create()["State"] == "Active"


@pytest.mark.rule("FUN-09", "ASY-07")
@pytest.mark.parametrize("kind", ["RequestResponse", "Event"])
def test_invoking_a_pending_function_is_refused(create: Make, aws_lambda: Any, refused: Refused, kind: str) -> None:
    create()

    refusal = refused(aws_lambda.invoke, FunctionName="charge", InvocationType=kind)

    assert refusal == {
        "code": "ResourceConflictException",
        "status": 409,
        "message": "The operation cannot be performed at this time. The function is currently in the following state: Pending",
    }


@pytest.mark.rule("FUN-03", "RUN-73")
@pytest.mark.scenario("FUN F2")
def test_an_update_is_in_progress_for_a_second_and_then_successful(
    charge: None, aws_lambda: Any, lambda_events: LambdaEvents
) -> None:
    created = aws_lambda.get_function_configuration(FunctionName="charge")

    updated = aws_lambda.update_function_configuration(FunctionName="charge", Timeout=10)
    lambda_events.advance(0.999999)
    before = aws_lambda.get_function_configuration(FunctionName="charge")
    aws_lambda.get_waiter("function_updated_v2").wait(FunctionName="charge")
    after = aws_lambda.get_function_configuration(FunctionName="charge")

    assert updated["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert (updated["State"], updated["LastUpdateStatus"]) == ("Active", "InProgress")
    assert updated["LastUpdateStatusReason"] == "The function is being created."
    assert updated["LastUpdateStatusReasonCode"] == "Creating"
    assert (before["LastUpdateStatus"], before["RevisionId"]) == ("InProgress", updated["RevisionId"])
    assert (after["LastUpdateStatus"], after["Timeout"]) == ("Successful", 10)
    assert len({created["RevisionId"], updated["RevisionId"], after["RevisionId"]}) == 3


@pytest.mark.rule("FUN-03")
def test_new_code_is_in_progress_too(charge: None, aws_lambda: Any) -> None:
    before = aws_lambda.get_function_configuration(FunctionName="charge")

    updated = aws_lambda.update_function_code(FunctionName="charge", ZipFile=OTHER_CODE)

    assert updated["LastUpdateStatus"] == "InProgress"
    assert updated["CodeSha256"] != before["CodeSha256"]


@pytest.mark.rule("FUN-03")
def test_a_function_can_be_invoked_while_its_update_is_in_progress(charge: None, aws_lambda: Any) -> None:
    aws_lambda.update_function_configuration(FunctionName="charge", Timeout=10)

    assert aws_lambda.invoke(FunctionName="charge", Payload=b"7")["Payload"].read() == b"7"


@pytest.mark.rule("FUN-03")
def test_a_second_update_waits_for_the_first(charge: None, aws_lambda: Any, refused: Refused) -> None:
    aws_lambda.update_function_configuration(FunctionName="charge", Timeout=10)

    refusal = refused(aws_lambda.update_function_configuration, FunctionName="charge", Timeout=11)

    assert (refusal["code"], refusal["status"]) == ("ResourceConflictException", 409)
    assert refusal["message"].endswith(f"An update is in progress for resource: {ARN}")


@pytest.mark.rule("FUN-04")
def test_get_function_tells_configuration_and_code_and_nothing_that_is_not_set(charge: None, aws_lambda: Any) -> None:
    answer = without_metadata(aws_lambda.get_function(FunctionName="charge"))

    assert answer.keys() == {"Configuration", "Code"}
    assert answer["Configuration"] == without_metadata(aws_lambda.get_function_configuration(FunctionName="charge"))
    assert answer["Code"]["RepositoryType"] == "S3"
    assert answer["Code"]["Location"].startswith("https://")


@pytest.mark.rule("FUN-04")
def test_get_function_tells_tags_and_reserved_concurrency(charge: None, aws_lambda: Any) -> None:
    aws_lambda.tag_resource(Resource=ARN, Tags={"team": "payments", "old": "yes"})
    aws_lambda.untag_resource(Resource=ARN, TagKeys=["old"])
    aws_lambda.put_function_concurrency(FunctionName="charge", ReservedConcurrentExecutions=0)

    answer = aws_lambda.get_function(FunctionName="charge")

    assert answer["Tags"] == {"team": "payments"} == aws_lambda.list_tags(Resource=ARN)["Tags"]
    assert answer["Concurrency"] == {"ReservedConcurrentExecutions": 0}


@pytest.mark.rule("FUN-05")
@pytest.mark.parametrize(
    ("qualifier", "ending", "version"),
    [({}, "", "$LATEST"), ({"Qualifier": "$LATEST"}, ":$LATEST", "$LATEST"), ({"Qualifier": "1"}, ":1", "1"),
     ({"Qualifier": "live"}, ":live", "1")],
    ids=["none", "$LATEST", "version", "alias"],
)  # fmt: skip
@pytest.mark.usefixtures("versions")
def test_the_arn_that_is_answered_is_the_one_that_was_asked_for(
    aws_lambda: Any, qualifier: dict[str, str], ending: str, version: str
) -> None:
    aws_lambda.create_alias(FunctionName="charge", Name="live", FunctionVersion="1")

    answer = aws_lambda.get_function(FunctionName="charge", **qualifier)["Configuration"]

    assert (answer["FunctionArn"], answer["Version"]) == (ARN + ending, version)


@pytest.mark.rule("FUN-06", "FUN-07")
@pytest.mark.scenario("FUN F3")
def test_create_with_publish_makes_version_1(create: Make, aws_lambda: Any, lambda_events: LambdaEvents) -> None:
    created = create(Publish=True)
    lambda_events.advance(1)

    listed = aws_lambda.list_versions_by_function(FunctionName="charge")["Versions"]
    version = aws_lambda.get_function_configuration(FunctionName="charge", Qualifier="1")
    latest = aws_lambda.get_function_configuration(FunctionName="charge")
    assert (created["Version"], created["FunctionArn"], created["State"]) == ("1", ARN, "Pending")
    assert [(entry["Version"], entry["FunctionArn"]) for entry in listed] == [
        ("$LATEST", f"{ARN}:$LATEST"),
        ("1", f"{ARN}:1"),
    ]
    assert {"State", "LastUpdateStatus", "RuntimeVersionConfig"}.isdisjoint(listed[0].keys() | listed[1].keys())
    assert (version["State"], version["LastUpdateStatus"]) == ("Active", "Successful")
    assert version["RevisionId"] != latest["RevisionId"]


@pytest.mark.rule("FUN-08", "RUN-73")
def test_publishing_answers_201_with_an_active_version(charge: None, aws_lambda: Any) -> None:
    before = aws_lambda.get_function_configuration(FunctionName="charge")

    version = aws_lambda.publish_version(FunctionName="charge", Description="first")

    after = aws_lambda.get_function_configuration(FunctionName="charge")
    assert version["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (version["FunctionArn"], version["Version"], version["Description"]) == (f"{ARN}:1", "1", "first")
    assert (version["State"], version["LastUpdateStatus"]) == ("Active", "Successful")
    assert len({before["RevisionId"], version["RevisionId"], after["RevisionId"]}) == 3


@pytest.mark.rule("FUN-08")
@pytest.mark.scenario("FUN F4")
def test_publishing_twice_without_a_change_gives_the_same_version(charge: None, aws_lambda: Any) -> None:
    first = aws_lambda.publish_version(FunctionName="charge")

    second = aws_lambda.publish_version(FunctionName="charge")

    assert without_metadata(second) == without_metadata(first)


@pytest.mark.rule("FUN-08")
@pytest.mark.parametrize(("code", "version"), [(CODE, "1"), (OTHER_CODE, "2")], ids=["the same code again", "other code"])
def test_uploading_the_same_code_changes_nothing(
    charge: None, aws_lambda: Any, lambda_events: LambdaEvents, code: bytes, version: str
) -> None:
    aws_lambda.publish_version(FunctionName="charge")

    aws_lambda.update_function_code(FunctionName="charge", ZipFile=code)
    lambda_events.advance(1)

    assert aws_lambda.publish_version(FunctionName="charge")["Version"] == version


@pytest.mark.rule("FUN-08")
def test_a_version_keeps_its_own_configuration(versions: None, aws_lambda: Any, lambda_events: LambdaEvents) -> None:
    aws_lambda.update_function_configuration(FunctionName="charge", Timeout=10)
    lambda_events.advance(1)

    timeouts = [
        aws_lambda.get_function_configuration(FunctionName=f"charge:{qualifier}")["Timeout"] for qualifier in ("$LATEST", "2")
    ]

    assert timeouts == [10, 3]


@pytest.mark.rule("FUN-08")
def test_a_version_number_is_never_used_again(versions: None, aws_lambda: Any, lambda_events: LambdaEvents) -> None:
    aws_lambda.delete_function(FunctionName="charge", Qualifier="2")

    aws_lambda.update_function_configuration(FunctionName="charge", Timeout=10)
    lambda_events.advance(1)

    assert aws_lambda.publish_version(FunctionName="charge")["Version"] == "3"


# ------------------------------------------------------------------ names, refusals


@pytest.mark.rule("FUN-60")
@pytest.mark.parametrize(
    "name",
    ["charge", ARN, "123456789012:function:charge", "function:charge", "us-east-1:123456789012:function:charge"],
    ids=["name", "ARN", "partial ARN", "function", "region"],
)
def test_a_function_is_found_by_every_form_of_its_name(charge: None, aws_lambda: Any, name: str) -> None:
    assert aws_lambda.get_function_configuration(FunctionName=name)["FunctionArn"] == ARN


@pytest.mark.rule("FUN-60")
def test_a_refusal_has_its_code_its_type_and_its_message(aws_lambda: Any) -> None:
    with pytest.raises(aws_lambda.exceptions.ResourceNotFoundException) as caught:
        aws_lambda.get_function(FunctionName="nobody")

    response = caught.value.response
    message = "Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody"
    assert response["Error"] == {"Code": "ResourceNotFoundException", "Message": message}
    assert (response["Type"], response["Message"]) == ("User", message)
    assert UUID.fullmatch(response["ResponseMetadata"]["RequestId"])


@pytest.mark.rule("FUN-60")
def test_several_violations_come_in_one_refusal(charge: None, aws_lambda: Any, refused: Refused) -> None:
    refusal = refused(aws_lambda.update_function_configuration, FunctionName="charge", Timeout=1801, MemorySize=127)

    assert (refusal["code"], refusal["status"]) == ("ValidationException", 400)
    assert refusal["message"].startswith("2 validation errors detected: ")
    assert (
        "Value '1801' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 1800"
        in (refusal["message"])
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Timeout": "10"}, "STRING_VALUE can not be converted to an Integer"),
        ({"Timeout": True}, "TRUE_VALUE can not be converted to an Integer"),
        ({"Handler": 1}, "NUMBER_VALUE can not be converted to a String"),
        ({"Environment": {"Variables": {"COUNT": 1}}}, "NUMBER_VALUE can not be converted to a String"),
    ],
    ids=["text", "truth", "number", "variable"],
)
def test_a_value_of_another_type_is_refused(create: Make, refused: Refused, given: dict[str, Any], message: str) -> None:
    assert refused(create, **given) == {"code": "SerializationException", "status": 400, "message": message}


@pytest.mark.rule("RUN-55")
@pytest.mark.rule("FUN-71")
@pytest.mark.parametrize("timeout", [0, 1801])
def test_a_timeout_out_of_range_is_refused(create: Make, refused: Refused, timeout: int) -> None:
    assert refused(create, Timeout=timeout)["code"] == "ValidationException"


@pytest.mark.rule("FUN-60")
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Role": "arn:aws:iam::123456789012:role/nobody"}, "The role defined for the function cannot be assumed by Lambda."),
        ({"Runtime": "python2.7"}, "Value python2.7 at 'runtime' failed to satisfy constraint"),
        ({"Runtime": None}, "Runtime and Handler are mandatory parameters"),
        ({"Code": {}}, "Please provide a source for function code."),
        ({"Code": {"ZipFile": b"no zip"}}, "Could not unzip uploaded file."),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "Lambda was unable to configure your environment variables"),
        ({"Environment": {"Variables": {"NAME": "x" * 4096}}}, "Lambda was unable to configure your environment variables"),
        ({"Code": {"S3Bucket": "code", "S3Key": "app.zip"}}, "Error occurred while GetObject. S3 Error Code: NoSuchBucket."),
    ],
    ids=["role", "runtime", "no runtime", "no code", "no zip", "reserved variable", "large environment", "no bucket"],
)  # fmt: skip
def test_a_resource_that_aws_cannot_create_is_refused(
    create: Make, refused: Refused, aws_lambda: Any, given: dict[str, Any], message: str
) -> None:
    refusal = refused(create, **given)

    assert (refusal["code"], refusal["status"]) == ("InvalidParameterValueException", 400)
    assert refusal["message"].startswith(message)
    assert aws_lambda.list_functions()["Functions"] == []


def test_code_comes_from_s3(create: Make, aws_lambda: Any, lambda_events: LambdaEvents) -> None:
    s3 = lambda_events.client("s3")
    s3.create_bucket(Bucket="code")
    s3.put_object(Bucket="code", Key="app.zip", Body=CODE)

    create(Code={"S3Bucket": "code", "S3Key": "app.zip"})
    lambda_events.advance(1)

    assert aws_lambda.invoke(FunctionName="charge", Payload=b"7")["Payload"].read() == b"7"


def test_a_name_can_be_taken_once(charge: None, create: Make, refused: Refused) -> None:
    assert refused(create) == {
        "code": "ResourceConflictException", "status": 409, "message": "Function already exist: charge",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"Code": {"S3Bucket": "code", "S3Key": "a", "S3ObjectStorageMode": "REFERENCE"}}, "Code.S3ObjectStorageMode"),
        (
            {"Code": {"ZipFile": CODE, "SourceKMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/a"}},
            "SourceKMSKeyArn of Code",
        ),
        ({"Code": {"ZipFile": CODE, "Signature": "new"}}, "Signature of Code"),
        ({"Colour": "red"}, "Colour of CreateFunction"),
    ],
    ids=["reference", "key", "unknown part", "unknown member"],
)
def test_features_that_are_not_simulated_are_refused_by_name(
    create: Make, lambda_events: LambdaEvents, given: dict[str, Any], named: str
) -> None:
    # boto3 sends only members that its model has.
    role = create(FunctionName="other")["Role"]
    parameters = {"FunctionName": "charge", "Runtime": "python3.13", "Handler": "app.handler", "Role": role}
    plane = lambda_events._open_wiring.planes.home
    with pytest.raises(NotSimulatedError, match=f"^{named}.* is not simulated. AWS accepts it"):
        plane.call("CreateFunction", {**parameters, **given})


@pytest.mark.parametrize("empty", [{"VpcConfig": {}}, {"Layers": []}, {"SnapStart": {"ApplyOn": "None"}}], ids=str)
def test_an_empty_member_is_ignored(create: Make, empty: dict[str, Any]) -> None:
    assert create(**empty)["State"] == "Pending"


def test_an_operation_that_is_not_simulated_is_refused_by_name(charge: None, aws_lambda: Any) -> None:
    with pytest.raises(NotSimulatedError, match="The operation ListCodeSigningConfigs of Lambda is not simulated"):
        aws_lambda.list_code_signing_configs()


def test_a_change_meant_for_another_revision_is_refused(charge: None, aws_lambda: Any, refused: Refused) -> None:
    refusal = refused(aws_lambda.update_function_configuration, FunctionName="charge", RevisionId="old", Timeout=4)

    assert (refusal["code"], refusal["status"]) == ("PreconditionFailedException", 412)


def test_a_deleted_function_is_gone_with_all_that_belongs_to_it(
    versions: None, create: Make, aws_lambda: Any, refused: Refused
) -> None:
    aws_lambda.create_alias(FunctionName="charge", Name="live", FunctionVersion="1")

    answer = aws_lambda.delete_function(FunctionName="charge")
    create()

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert aws_lambda.list_aliases(FunctionName="charge")["Aliases"] == []
    assert [one["Version"] for one in aws_lambda.list_versions_by_function(FunctionName="charge")["Versions"]] == ["$LATEST"]


def test_deleting_the_version_of_an_alias_is_refused(versions: None, aws_lambda: Any, refused: Refused) -> None:
    aws_lambda.create_alias(FunctionName="charge", Name="live", FunctionVersion="1")

    refusal = refused(aws_lambda.delete_function, FunctionName="charge", Qualifier="1")

    assert refusal["code"] == "ResourceConflictException"


def test_functions_are_listed_by_name_and_in_pages(create: Make, aws_lambda: Any) -> None:
    create(FunctionName="b")
    create(FunctionName="a")
    create(FunctionName="c")

    pages = aws_lambda.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})

    assert [[function["FunctionName"] for function in page["Functions"]] for page in pages] == [["a", "b"], ["c"]]


def test_regions_are_apart(charge: None, lambda_events: LambdaEvents) -> None:
    elsewhere = lambda_events.client("lambda", region_name="eu-west-1")

    assert elsewhere.list_functions()["Functions"] == []


def test_an_own_variable_reaches_the_handler(create: Make, aws_lambda: Any, lambda_events: LambdaEvents) -> None:
    source = "import os\ndef handler(event, context): return os.environ['STAGE']"
    create(Code={"ZipFile": zipped(source)}, Environment={"Variables": {"STAGE": "test"}})
    lambda_events.advance(1)

    assert aws_lambda.invoke(FunctionName="charge")["Payload"].read() == b'"test"'
    assert "STAGE" not in os.environ


# ------------------------------------------------------------------ aliases


@pytest.mark.rule("FUN-20")
def test_an_alias_is_created_read_and_changed(versions: None, aws_lambda: Any) -> None:
    created = aws_lambda.create_alias(FunctionName="charge", Name="live", FunctionVersion="1")
    read = aws_lambda.get_alias(FunctionName="charge", Name="live")
    updated = aws_lambda.update_alias(FunctionName="charge", Name="live", FunctionVersion="2", Description="now 2")

    revision = created["RevisionId"]
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert without_metadata(created) == {
        "AliasArn": f"{ARN}:live", "Name": "live", "FunctionVersion": "1", "Description": "", "RevisionId": revision,
    }  # fmt: skip
    assert without_metadata(read) == without_metadata(created)
    assert (updated["FunctionVersion"], updated["Description"]) == ("2", "now 2")
    assert updated["RevisionId"] != revision


@pytest.mark.rule("FUN-20")
def test_an_alias_answers_weights_only_if_it_has_some(versions: None, aws_lambda: Any) -> None:
    weights = {"AdditionalVersionWeights": {"2": 0.2}}

    created = aws_lambda.create_alias(
        FunctionName="charge", Name="live", FunctionVersion="1", RoutingConfig=weights
    )  # fmt: skip
    kept = aws_lambda.update_alias(FunctionName="charge", Name="live", Description="kept")
    removed = aws_lambda.update_alias(
        FunctionName="charge", Name="live", RoutingConfig={"AdditionalVersionWeights": {}}
    )  # fmt: skip

    assert created["RoutingConfig"] == weights == kept["RoutingConfig"]
    assert "RoutingConfig" not in removed


@pytest.mark.rule("FUN-05", "FUN-20", "ASY-45")
@pytest.mark.scenario("FUN F5")
def test_a_weighted_alias_stands_for_its_main_version_and_runs_both(versions: None, aws_lambda: Any) -> None:
    weights = {"AdditionalVersionWeights": {"2": 0.25}}
    aws_lambda.create_alias(FunctionName="charge", Name="live", FunctionVersion="1", RoutingConfig=weights)

    found = aws_lambda.get_function(FunctionName="charge", Qualifier="live")["Configuration"]
    ran = [aws_lambda.invoke(FunctionName="charge:live")["ExecutedVersion"] for _ in range(8)]

    assert (found["FunctionArn"], found["Version"]) == (f"{ARN}:live", "1")
    assert (ran.count("1"), ran.count("2")) == (6, 2)


@pytest.mark.rule("FUN-21")
def test_an_unknown_alias_is_not_found(charge: None, aws_lambda: Any, refused: Refused) -> None:
    assert refused(aws_lambda.get_alias, FunctionName="charge", Name="nobody") == {
        "code": "ResourceNotFoundException", "status": 404, "message": f"Cannot find alias arn: {ARN}:nobody",
    }  # fmt: skip


@pytest.mark.rule("FUN-21")
@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"Name": "live"}, "ResourceConflictException"),
        ({"Name": "1"}, "ValidationException"),
        ({"FunctionVersion": "3"}, "ResourceNotFoundException"),
        ({"RoutingConfig": {"AdditionalVersionWeights": {"3": 0.5}}}, "ResourceNotFoundException"),
        ({"RoutingConfig": {"AdditionalVersionWeights": {"1": 0.5}}}, "InvalidParameterValueException"),
        ({"RoutingConfig": {"AdditionalVersionWeights": {"2": 1.5}}}, "InvalidParameterValueException"),
        ({"RoutingConfig": {"AdditionalVersionWeights": {"$LATEST": 0.5}}}, "InvalidParameterValueException"),
    ],
    ids=["taken", "a number", "no such version", "no such second version", "twice the same", "above 1", "$LATEST"],
)
def test_an_invalid_alias_is_refused(
    versions: None, aws_lambda: Any, refused: Refused, given: dict[str, Any], code: str
) -> None:
    aws_lambda.create_alias(FunctionName="charge", Name="live", FunctionVersion="1")

    refusal = refused(aws_lambda.create_alias, **{"FunctionName": "charge", "Name": "new", "FunctionVersion": "1", **given})

    assert refusal["code"] == code


def test_deleting_an_alias_twice_is_not_an_error(versions: None, aws_lambda: Any) -> None:
    aws_lambda.create_alias(FunctionName="charge", Name="live", FunctionVersion="1")

    answers = [aws_lambda.delete_alias(FunctionName="charge", Name="live") for _ in range(2)]

    assert [answer["ResponseMetadata"]["HTTPStatusCode"] for answer in answers] == [204, 204]


# ------------------------------------------------------------------ account


@pytest.mark.rule("FUN-50")
def test_the_account_counts_the_code_of_functions_and_versions(versions: None, aws_lambda: Any) -> None:
    aws_lambda.update_function_configuration(FunctionName="charge", Timeout=10)
    aws_lambda.put_function_concurrency(FunctionName="charge", ReservedConcurrentExecutions=10)

    settings = without_metadata(aws_lambda.get_account_settings())

    assert settings == {
        "AccountLimit": {
            "TotalCodeSize": 80_530_636_800,
            "CodeSizeUnzipped": 262_144_000,
            "CodeSizeZipped": 52_428_800,
            "ConcurrentExecutions": 1000,
            "UnreservedConcurrentExecutions": 990,
        },
        "AccountUsage": {"TotalCodeSize": len(CODE) + 2 * len(OTHER_CODE), "FunctionCount": 1},
    }


# ------------------------------------------------------------------ resource policies


def test_a_permission_is_a_statement_of_the_functions_policy(charge: None, aws_lambda: Any, refused: Refused) -> None:
    statement = {
        "FunctionName": "charge", "StatementId": "s3", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com",
        "SourceArn": "arn:aws:s3:::bucket",
    }  # fmt: skip

    added = aws_lambda.add_permission(**statement)
    policy = aws_lambda.get_policy(FunctionName="charge")["Policy"]
    again = refused(aws_lambda.add_permission, **statement)
    aws_lambda.remove_permission(FunctionName="charge", StatementId="s3")

    assert added["Statement"] == (
        '{"Sid":"s3","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction",'
        f'"Resource":"{ARN}","Condition":{{"ArnLike":{{"AWS:SourceArn":"arn:aws:s3:::bucket"}}}}}}'
    )
    assert policy == f'{{"Version":"2012-10-17","Id":"default","Statement":[{added["Statement"]}]}}'
    assert (again["code"], again["status"]) == ("ResourceConflictException", 409)
    assert refused(aws_lambda.get_policy, FunctionName="charge")["message"] == "The resource you requested does not exist."
