"""An update of a stack gives its resources the state that a new stack would give them."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from stack_changes import CHANGES, TABLE, Change, queue

from pytest_lambda_events import LambdaEvents, NotSimulatedError


@pytest.mark.rule("TPL-I6")
@pytest.mark.parametrize("change", CHANGES, ids=[f"{one.type} {number}" for number, one in enumerate(CHANGES)])
def test_a_changed_resource_is_as_a_new_one(change: Change) -> None:
    with LambdaEvents() as lambda_events:
        lambda_events.client("cloudformation").create_stack(StackName="shop", TemplateBody=change.template(change.after))
        expected = change.described(lambda_events)

    with LambdaEvents() as lambda_events:
        stacks = lambda_events.client("cloudformation")
        stacks.create_stack(StackName="shop", TemplateBody=change.template(change.before))
        before = change.described(lambda_events)
        stacks.update_stack(StackName="shop", TemplateBody=change.template(change.after))
        found = change.described(lambda_events)

    assert before != expected
    assert found == expected


@pytest.fixture
def stacks(lambda_events: LambdaEvents) -> Any:
    """CloudFormation."""
    return lambda_events.client("cloudformation")


def body(resources: dict[str, Any], **sections: Any) -> str:
    return json.dumps({"Resources": resources, **sections})


def of_type(resource_type: str, **properties: Any) -> dict[str, Any]:
    return {"Type": resource_type, "Properties": properties}


BAD = of_type("AWS::SQS::Queue", QueueName="bad", VisibilityTimeout=100_000)


@pytest.mark.rule("TPL-I2")
def test_an_update_that_fails_changes_back_what_it_changed(stacks: Any, lambda_events: LambdaEvents) -> None:
    first = of_type("AWS::SQS::Queue", QueueName="one", VisibilityTimeout=60)
    stacks.create_stack(StackName="shop", TemplateBody=body({"One": first, "Gone": queue("gone")}))
    url = lambda_events.queues["one"].url
    changed = of_type("AWS::SQS::Queue", QueueName="one", VisibilityTimeout=90)

    with pytest.raises(ClientError, match="VisibilityTimeout"):
        stacks.update_stack(StackName="shop", TemplateBody=body({"One": changed, "Bad": {**BAD, "DependsOn": "One"}}))

    attributes = lambda_events.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "60"
    assert sorted(lambda_events.queues) == ["gone", "one"]
    stacks.delete_stack(StackName="shop")
    assert not lambda_events.queues


@pytest.mark.rule("TPL-I1")
def test_a_resource_that_cannot_change_is_replaced_and_then_deleted(stacks: Any, lambda_events: LambdaEvents) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=body({"Q": of_type("AWS::SQS::Queue")}))
    [before] = lambda_events.queues

    stacks.update_stack(StackName="shop", TemplateBody=body({"Q": of_type("AWS::SQS::Queue", FifoQueue=True)}))

    [after] = lambda_events.queues
    assert after.startswith("shop-Q-")
    assert after.endswith(".fifo")
    assert after.removesuffix(".fifo") != before
    stacks.delete_stack(StackName="shop")
    assert not lambda_events.queues


@pytest.mark.rule("TPL-I3")
def test_a_resource_with_a_name_of_its_own_is_not_replaced(stacks: Any, lambda_events: LambdaEvents) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=body({"T": of_type("AWS::DynamoDB::Table", **TABLE)}))
    other = {**TABLE, "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "day", "KeyType": "RANGE"}]}

    with pytest.raises(ClientError, match=r"custom-named resource requires replacing\. Rename one"):
        stacks.update_stack(StackName="shop", TemplateBody=body({"T": of_type("AWS::DynamoDB::Table", **other)}))

    assert list(lambda_events.tables) == ["one"]


@pytest.mark.rule("TPL-I4")
def test_the_type_of_a_resource_does_not_change(stacks: Any) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=body({"One": of_type("AWS::SQS::Queue")}))

    with pytest.raises(ClientError, match=r"Update of resource type is not permitted\. .* following resources: \[One\]"):
        stacks.update_stack(StackName="shop", TemplateBody=body({"One": of_type("AWS::SNS::Topic")}))


@pytest.mark.rule("TPL-I0")
def test_a_change_that_is_not_simulated_is_refused_by_name(stacks: Any) -> None:
    activity = of_type("AWS::StepFunctions::Activity", Name="pack")
    stacks.create_stack(StackName="shop", TemplateBody=body({"Pack": activity}))
    tagged = of_type("AWS::StepFunctions::Activity", Name="pack", Tags=[{"Key": "a", "Value": "b"}])

    with pytest.raises(NotSimulatedError, match=r"^A change of AWS::StepFunctions::Activity is not simulated"):
        stacks.update_stack(StackName="shop", TemplateBody=body({"Pack": tagged}))


@pytest.mark.rule("TPL-I1")
def test_the_policies_of_resources_keep_them(stacks: Any, lambda_events: LambdaEvents) -> None:
    kept = {**of_type("AWS::SQS::Queue"), "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    stacks.create_stack(StackName="shop", TemplateBody=body({"A": kept, "B": {**queue("b"), "DeletionPolicy": "Retain"}}))
    [first] = [name for name in lambda_events.queues if name != "b"]

    stacks.update_stack(StackName="shop", TemplateBody=body({"A": {**kept, "Properties": {"FifoQueue": True}}}))
    after_update = set(lambda_events.queues)
    stacks.delete_stack(StackName="shop")

    assert {first, "b"} < after_update
    assert set(lambda_events.queues) == after_update


def test_a_parameter_changes_the_resources_that_use_it(stacks: Any, lambda_events: LambdaEvents) -> None:
    parameters = {"Seconds": {"Type": "Number", "Default": 60}, "Secret": {"Type": "String", "Default": "x", "NoEcho": True}}
    one = of_type("AWS::SQS::Queue", QueueName="one", VisibilityTimeout={"Ref": "Seconds"})
    text = body({"One": one}, Parameters=parameters)
    stacks.create_stack(StackName="shop", TemplateBody=text)

    stacks.update_stack(
        StackName="shop", TemplateBody=text, Parameters=[{"ParameterKey": "Seconds", "ParameterValue": "90"}]
    )  # fmt: skip

    attributes = lambda_events.client("sqs").get_queue_attributes(QueueUrl=lambda_events.queues["one"].url,
                                                                  AttributeNames=["All"])["Attributes"]  # fmt: skip
    [stack] = stacks.describe_stacks(StackName="shop")["Stacks"]
    shown = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
    assert (attributes["VisibilityTimeout"], shown) == ("90", {"Seconds": "90", "Secret": "****"})


def test_outputs_and_exports_follow_an_update(stacks: Any) -> None:
    def template(name: str) -> str:
        outputs = {"Name": {"Value": {"Fn::GetAtt": ["One", "QueueName"]}, "Export": {"Name": f"{name}-export"}}}
        return body({"One": queue(name)}, Outputs=outputs)

    stacks.create_stack(StackName="shop", TemplateBody=template("first"))
    stacks.update_stack(StackName="shop", TemplateBody=template("second"))

    [stack] = stacks.describe_stacks(StackName="shop")["Stacks"]
    assert [one["OutputValue"] for one in stack["Outputs"]] == ["second"]
    assert [(one["Name"], one["Value"]) for one in stacks.list_exports()["Exports"]] == [("second-export", "second")]


def test_a_change_set_creates_and_changes_a_stack(stacks: Any, lambda_events: LambdaEvents) -> None:
    def execute(name: str, kind: str, resources: dict[str, Any]) -> list[tuple[str, str]]:
        outputs = {"Name": {"Value": {"Fn::GetAtt": ["One", "QueueName"]}}}
        named = {"StackName": "shop", "ChangeSetName": name}
        stacks.create_change_set(**named, ChangeSetType=kind, TemplateBody=body(resources, Outputs=outputs))
        changes = [one["ResourceChange"] for one in stacks.describe_change_set(**named)["Changes"]]
        stacks.execute_change_set(**named)
        return [(one["Action"], one["LogicalResourceId"]) for one in changes]

    first = execute("first", "CREATE", {"One": queue("one")})
    second = execute("second", "UPDATE", {"One": of_type("AWS::SQS::Queue", QueueName="other"), "Two": queue("two")})

    [stack] = stacks.describe_stacks(StackName="shop")["Stacks"]
    assert (first, sorted(second)) == ([("Add", "One")], [("Add", "Two"), ("Modify", "One")])
    assert ([one["OutputValue"] for one in stack["Outputs"]], stack["StackStatus"]) == (["other"], "UPDATE_COMPLETE")
    assert sorted(lambda_events.queues) == ["other", "two"]


DELAY = {"Parameters": {"Delay": {"Type": "Number", "Default": 5}, "Name": {"Type": "String", "NoEcho": True}}}
DELAYED = body({"Q": of_type("AWS::SQS::Queue", QueueName={"Ref": "Name"}, DelaySeconds={"Ref": "Delay"})}, **DELAY)


def given(**values: str) -> list[dict[str, Any]]:
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]


def kept(*names: str) -> list[dict[str, Any]]:
    return [{"ParameterKey": name, "UsePreviousValue": True} for name in names]


def delay(lambda_events: LambdaEvents, name: str = "one") -> str:
    url = lambda_events.queues[name].url
    found = lambda_events.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])
    return str(found["Attributes"]["DelaySeconds"])


@pytest.mark.rule("TPL-I7")
@pytest.mark.parametrize(
    "update",
    [
        {"TemplateBody": DELAYED, "Parameters": given(Name="one")},
        {"TemplateBody": DELAYED, "Parameters": given(Name="one", Delay="5")},
        {"TemplateBody": json.dumps(json.loads(DELAYED), indent=1), "Parameters": kept("Name", "Delay")},
        {"TemplateBody": json.dumps(json.loads(DELAYED) | {"Metadata": {"A": 1}}), "Parameters": kept("Name")},
        {"UsePreviousTemplate": True, "Parameters": kept("Name"), "Tags": [{"Key": "a", "Value": "b"}]},
    ],
    ids=["the same", "a default as a value", "other spaces", "other metadata", "the same tags"],
)
def test_an_update_that_changes_nothing_is_refused(update: dict[str, Any], stacks: Any) -> None:
    tags = [{"Key": "a", "Value": "b"}]
    stacks.create_stack(StackName="shop", TemplateBody=DELAYED, Parameters=given(Name="one"), Tags=tags)

    with pytest.raises(ClientError) as refusal:
        stacks.update_stack(StackName="shop", **update)
    stacks.create_change_set(StackName="shop", ChangeSetName="same", **update)

    assert refusal.value.response["Error"]["Code"] == "ValidationError"
    assert refusal.value.response["Error"]["Message"] == "No updates are to be performed."
    [stack] = stacks.describe_stacks(StackName="shop")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    change_set = stacks.describe_change_set(StackName="shop", ChangeSetName="same")
    assert (change_set["Status"], change_set["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert change_set["StatusReason"].startswith("The submitted information didn't contain changes.")


@pytest.mark.rule("TPL-I7")
def test_other_tags_and_outputs_are_updates(stacks: Any) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=DELAYED, Parameters=given(Name="one"))

    tags = [{"Key": "a", "Value": "b"}]
    stacks.update_stack(StackName="shop", UsePreviousTemplate=True, Parameters=kept("Name"), Tags=tags)
    outputs = json.dumps(json.loads(DELAYED) | {"Outputs": {"A": {"Value": "1"}}})
    stacks.update_stack(StackName="shop", TemplateBody=outputs, Parameters=kept("Name"))

    [stack] = stacks.describe_stacks(StackName="shop")["Stacks"]
    assert ([one["OutputValue"] for one in stack["Outputs"]], stack["Tags"]) == (["1"], tags)


@pytest.mark.rule("TPL-I8")
def test_a_parameter_that_is_not_passed_has_its_default(stacks: Any, lambda_events: LambdaEvents) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=DELAYED, Parameters=given(Name="one", Delay="9"))

    with pytest.raises(ClientError, match=r"Parameters: \[Name\] must have values"):
        stacks.update_stack(StackName="shop", UsePreviousTemplate=True)
    before = delay(lambda_events)
    stacks.update_stack(StackName="shop", UsePreviousTemplate=True, Parameters=kept("Name"))

    assert (before, delay(lambda_events)) == ("9", "5")


@pytest.mark.rule("TPL-I8")
def test_a_change_set_updates_a_stack_and_keeps_former_values(stacks: Any, lambda_events: LambdaEvents) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=DELAYED, Parameters=given(Name="one"))

    change = {"StackName": "shop", "ChangeSetName": "slower"}
    parameters = [*kept("Name"), *given(Delay="9")]
    stacks.create_change_set(**change, UsePreviousTemplate=True, Parameters=parameters)
    stacks.execute_change_set(**change)

    assert (sorted(lambda_events.queues), delay(lambda_events)) == (["one"], "9")


@pytest.mark.rule("TPL-I9")
def test_change_sets_and_stacks_do_not_show_secret_parameters(stacks: Any, lambda_events: LambdaEvents) -> None:
    template = body(
        {"P": of_type("AWS::SSM::Parameter", Name="/secret", Type="String", Value={"Ref": "Secret"})},
        Parameters={"Secret": {"Type": "String", "NoEcho": "true", "Default": "x"}, "Stage": {"Type": "String"}},
    )
    given = [{"ParameterKey": "Secret", "ParameterValue": "abc"}, {"ParameterKey": "Stage", "ParameterValue": "beta"}]
    shown = [{"ParameterKey": "Secret", "ParameterValue": "****"}, {"ParameterKey": "Stage", "ParameterValue": "beta"}]
    names = {"StackName": "shop", "ChangeSetName": "first"}

    stacks.create_change_set(**names, TemplateBody=template, ChangeSetType="CREATE", Parameters=given)
    before = stacks.describe_change_set(**names)["Parameters"]
    stacks.execute_change_set(**names)

    assert before == stacks.describe_change_set(**names)["Parameters"] == shown
    assert stacks.describe_stacks(StackName="shop")["Stacks"][0]["Parameters"] == shown
    assert lambda_events.client("ssm").get_parameter(Name="/secret")["Parameter"]["Value"] == "abc"


def test_a_change_set_creates_only_a_new_stack_and_changes_only_an_old_one(stacks: Any) -> None:
    create = {"ChangeSetName": "first", "TemplateBody": body({"Q": queue("one")})}
    with pytest.raises(ClientError, match="does not exist"):
        stacks.create_change_set(StackName="shop", **create)
    stacks.create_stack(StackName="shop", TemplateBody=body({"Q": queue("one")}))

    with pytest.raises(ClientError, match="already exists and cannot be created again with the changeSet"):
        stacks.create_change_set(StackName="shop", ChangeSetType="CREATE", **create)


def test_the_resources_and_events_of_a_stack_are_shown(stacks: Any, lambda_events: LambdaEvents) -> None:
    stacks.create_stack(
        StackName="shop", TemplateBody=body({"One": queue("one"), "T": of_type("AWS::DynamoDB::Table", **TABLE)})
    )

    expected = [("One", lambda_events.queues["one"].url, "AWS::SQS::Queue"), ("T", "one", "AWS::DynamoDB::Table")]
    names = ("LogicalResourceId", "PhysicalResourceId", "ResourceType")
    for found in (
        stacks.list_stack_resources(StackName="shop")["StackResourceSummaries"],
        stacks.describe_stack_resources(StackName="shop")["StackResources"],
    ):
        assert [tuple(one[name] for name in names) for one in found] == expected
    detail = stacks.describe_stack_resource(StackName="shop", LogicalResourceId="T")["StackResourceDetail"]
    assert tuple(detail[name] for name in names) == expected[1]
    events = stacks.describe_stack_events(StackName="shop")["StackEvents"]
    assert [one["ResourceStatus"] for one in events] == ["CREATE_COMPLETE", "CREATE_IN_PROGRESS"]


@pytest.mark.rule("TPL-I0")
def test_a_type_that_only_moto_has_is_created_replaced_and_deleted(stacks: Any, lambda_events: LambdaEvents) -> None:
    ec2 = lambda_events.client("ec2")
    before = [one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"]]

    def template(block: str) -> str:
        outputs = {"Id": {"Value": {"Ref": "Vpc"}}, "Block": {"Value": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}}}
        return body({"Vpc": of_type("AWS::EC2::VPC", CidrBlock=block)}, Outputs=outputs)

    found = []
    for call, block in ((stacks.create_stack, "10.0.0.0/16"), (stacks.update_stack, "10.1.0.0/16")):
        call(StackName="shop", TemplateBody=template(block))
        made = [one for one in ec2.describe_vpcs()["Vpcs"] if one["VpcId"] not in before]
        [stack] = stacks.describe_stacks(StackName="shop")["Stacks"]
        outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
        found.append([(one["VpcId"], one["CidrBlock"]) == (outputs["Id"], outputs["Block"]) for one in made])
    stacks.delete_stack(StackName="shop")

    assert found == [[True], [True]]
    assert [one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"]] == before


def test_a_failure_of_motos_model_fails_the_stack(stacks: Any, lambda_events: LambdaEvents) -> None:
    subnet = of_type("AWS::EC2::Subnet", VpcId="vpc-0", CidrBlock="10.0.0.0/24")

    with pytest.raises(ClientError, match=r"VpcID vpc-0 does not exist\. \(Service: EC2, Status Code: 400, Error Code: "):
        stacks.create_stack(
            StackName="shop", TemplateBody=body({"One": queue("one"), "Subnet": {**subnet, "DependsOn": "One"}})
        )

    assert not lambda_events.queues


def test_a_nested_stack_comes_from_a_bucket(stacks: Any, lambda_events: LambdaEvents) -> None:
    inner = body({"One": queue("inner")}, Outputs={"Arn": {"Value": {"Fn::GetAtt": ["One", "Arn"]}}})
    s3 = lambda_events.client("s3")
    s3.create_bucket(Bucket="templates")
    s3.put_object(Bucket="templates", Key="inner.json", Body=inner)
    nested = of_type("AWS::CloudFormation::Stack", TemplateURL="https://s3.amazonaws.com/templates/inner.json")
    outputs = {"Arn": {"Value": {"Fn::GetAtt": ["Nested", "Outputs.Arn"]}}}

    stacks.create_stack(StackName="shop", TemplateBody=body({"Nested": nested}, Outputs=outputs))
    shown = stacks.describe_stacks(StackName="shop")["Stacks"][0]["Outputs"][0]["OutputValue"]
    arn = lambda_events.queues["inner"].arn
    # The template of a nested stack may have changed, so this is an update (TPL-I7).
    stacks.update_stack(StackName="shop", UsePreviousTemplate=True)
    stacks.delete_stack(StackName="shop")

    assert shown == arn
    assert not lambda_events.queues


def test_a_stack_of_another_region_has_its_resources_there(lambda_events: LambdaEvents) -> None:
    far = lambda_events.client("cloudformation", region_name="eu-west-1")

    far.create_stack(StackName="shop", TemplateBody=body({"One": queue("one")}))

    assert not lambda_events.queues
    [url] = lambda_events.client("sqs", region_name="eu-west-1").list_queues()["QueueUrls"]
    assert url.endswith("/one")


def test_a_stack_set_creates_stacks_in_the_own_account_only(stacks: Any, lambda_events: LambdaEvents) -> None:
    stacks.create_stack_set(StackSetName="all", TemplateBody=body({"One": of_type("AWS::SQS::Queue")}))

    stacks.create_stack_instances(StackSetName="all", Accounts=["123456789012"], Regions=["us-east-1"])

    assert [name[:17] for name in lambda_events.queues] == ["StackSet-all-One-"]
    with pytest.raises(NotSimulatedError, match=r"^A stack in the account 999900001111"):
        stacks.create_stack_instances(StackSetName="all", Accounts=["999900001111"], Regions=["us-east-1"])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"Fn::Select": [1, {"Fn::Cidr": ["10.0.0.0/16", 2, 8]}]}, "10.0.1.0/24"),
        ({"Fn::FindInMap": ["M", "a", "b", {"DefaultValue": "none"}]}, "none"),
        ("{{resolve:ssm:known}}", "stored"),
    ],
    ids=["Fn::Cidr", "language extensions", "dynamic reference"],
)
def test_the_values_of_a_template_are_those_of_deploy(value: Any, text: str, stacks: Any, lambda_events: LambdaEvents) -> None:
    ssm = lambda_events.client("ssm")
    ssm.put_parameter(Name="known", Value="stored", Type="String")
    resources = {"One": of_type("AWS::SSM::Parameter", Name="one", Type="String", Value=value)}

    stacks.create_stack(
        StackName="shop", TemplateBody=body(resources, Transform="AWS::LanguageExtensions", Mappings={"M": {"x": {"y": "z"}}})
    )  # fmt: skip

    assert ssm.get_parameter(Name="one")["Parameter"]["Value"] == text


def test_a_resource_that_the_test_deleted_does_not_keep_its_stack(stacks: Any, lambda_events: LambdaEvents) -> None:
    stacks.create_stack(
        StackName="shop", TemplateBody=body({"One": queue("one"), "B": of_type("AWS::S3::Bucket", BucketName="bbb")})
    )
    lambda_events.client("sqs").delete_queue(QueueUrl=lambda_events.queues["one"].url)
    lambda_events.client("s3").delete_bucket(Bucket="bbb")

    stacks.delete_stack(StackName="shop")

    assert [one["StackStatus"] for one in stacks.list_stacks()["StackSummaries"]] == ["DELETE_COMPLETE"]


@pytest.mark.rule("TPL-I5")
def test_a_resource_that_aws_does_not_delete_keeps_its_stack(stacks: Any, lambda_events: LambdaEvents) -> None:
    stacks.create_stack(
        StackName="shop", TemplateBody=body({"Q": queue("one"), "B": of_type("AWS::S3::Bucket", BucketName="bbb")})
    )
    lambda_events.client("s3").put_object(Bucket="bbb", Key="one", Body=b"")

    with pytest.raises(ClientError, match="The bucket you tried to delete is not empty"):
        stacks.delete_stack(StackName="shop")

    left = list(lambda_events.buckets), list(lambda_events.queues)
    [failed] = stacks.describe_stacks(StackName="shop")["Stacks"]
    lambda_events.client("s3").delete_object(Bucket="bbb", Key="one")
    stacks.delete_stack(StackName="shop")
    assert (left, failed["StackStatus"]) == ((["bbb"], []), "DELETE_FAILED")
    assert not lambda_events.buckets


@pytest.mark.rule("TPL-I1")
def test_what_aws_does_not_delete_after_an_update_stays(stacks: Any, lambda_events: LambdaEvents) -> None:
    bucket = of_type("AWS::S3::Bucket", BucketName="bbb")
    stacks.create_stack(StackName="shop", TemplateBody=body({"One": queue("one"), "B": bucket}))
    lambda_events.client("s3").put_object(Bucket="bbb", Key="one", Body=b"")

    stacks.update_stack(StackName="shop", TemplateBody=body({"Two": queue("two")}))

    [stack] = stacks.describe_stacks(StackName="shop")["Stacks"]
    assert (list(lambda_events.queues), list(lambda_events.buckets)) == (["two"], ["bbb"])
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    lambda_events.client("s3").delete_object(Bucket="bbb", Key="one")
    stacks.delete_stack(StackName="shop")
    assert not lambda_events.buckets


def creates_a_stack(event: Any, context: Any) -> None:
    template = body({"One": queue("one"), "T": of_type("AWS::DynamoDB::Table", **TABLE)})
    boto3.client("cloudformation").create_stack(StackName="shop", TemplateBody=template)
    boto3.client("cloudformation").delete_stack(StackName="shop")


def test_calls_of_cloudformation_are_not_those_of_the_handler(lambda_events: LambdaEvents) -> None:
    lambda_events.function(creates_a_stack).invoke()

    calls = [one.detail["operation"] for one in lambda_events.journal if one.kind == "called"]
    assert calls == ["CreateStack", "DeleteStack"]
