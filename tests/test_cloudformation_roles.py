"""Roles and policies of a stack: functions may do what they allow, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from test_cloudformation import function

from pytest_lambda_events import LambdaEvents

SERVICE_ROLE = "arn:aws:iam::aws:policy/service-role"
BASIC = f"{SERVICE_ROLE}/AWSLambdaBasicExecutionRole"
SQS = f"{SERVICE_ROLE}/AWSLambdaSQSQueueExecutionRole"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}],
}
LISTS = """
import boto3
def handler(event, context):
    boto3.client("lambda").list_function_event_invoke_configs(FunctionName=context.function_name)
"""
ALLOWS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}]}


def role(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, **properties}}


@pytest.fixture
def stacks(lambda_events: LambdaEvents) -> Any:
    """CloudFormation."""
    return lambda_events.client("cloudformation")


@pytest.fixture
def iam(lambda_events: LambdaEvents) -> Any:
    """IAM."""
    return lambda_events.client("iam")


def body(**resources: Any) -> str:
    return json.dumps({"Resources": resources})


def attached(iam: Any, name: str = "role") -> list[str]:
    return sorted(one["PolicyArn"] for one in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"])


@pytest.mark.lambda_events(enforce_permissions=True)
def test_a_function_with_an_sqs_event_runs_with_the_managed_policy_that_sam_attaches(
    stacks: Any, lambda_events: LambdaEvents
) -> None:
    mapping = {"FunctionName": {"Ref": "Charge"}, "EventSourceArn": {"Fn::GetAtt": ["Orders", "Arn"]}}
    template = body(
        Role=role(ManagedPolicyArns=[BASIC, {"Fn::Sub": SQS.replace("arn:aws", "arn:${AWS::Partition}")}]),
        Orders={"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}},
        Charge=function(),
        Mapping={"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
    )

    stacks.create_stack(StackName="shop", TemplateBody=template)
    lambda_events.queues["orders"].send("one")
    lambda_events.run_until_idle()

    assert len(lambda_events.functions["charge"].attempts) == 1


def test_the_managed_policies_that_sam_and_cdk_attach_are_known(stacks: Any, iam: Any) -> None:
    names = [
        "service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaSQSQueueExecutionRole",
        "service-role/AWSLambdaKinesisExecutionRole", "service-role/AWSLambdaDynamoDBExecutionRole",
        "service-role/AWSLambdaMSKExecutionRole", "service-role/AWSLambdaVPCAccessExecutionRole",
        "service-role/AWSLambdaRole", "AWSXRayDaemonWriteAccess", "AWSXrayWriteOnlyAccess",
        "CloudWatchLambdaInsightsExecutionRolePolicy", "AmazonDynamoDBFullAccess",
    ]  # fmt: skip
    arns = [f"arn:aws:iam::aws:policy/{name}" for name in names]

    stacks.create_stack(StackName="shop", TemplateBody=body(Role=role(RoleName="role", ManagedPolicyArns=arns)))

    assert attached(iam) == sorted(arns)


@pytest.mark.lambda_events(region_name="cn-north-1")
def test_the_partition_of_a_template_is_that_of_its_region(stacks: Any, iam: Any) -> None:
    arn = {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}

    stacks.create_stack(StackName="shop", TemplateBody=body(Role=role(RoleName="role", ManagedPolicyArns=[arn])))

    assert attached(iam) == [BASIC.replace("arn:aws", "arn:aws-cn")]


def test_a_managed_policy_that_does_not_exist_fails_the_stack_and_leaves_no_role(stacks: Any, iam: Any) -> None:
    template = body(Role=role(RoleName="role", ManagedPolicyArns=[f"{SERVICE_ROLE}/AWSLambdaSomeRole"]))

    with pytest.raises(ClientError, match="AWSLambdaSomeRole does not exist or is not attachable"):
        stacks.create_stack(StackName="shop", TemplateBody=template)

    assert iam.list_roles()["Roles"] == []


LISTING = function(Code={"ZipFile": LISTS})
POLICIES = {
    "inline policy": {"Role": role(Policies=[{"PolicyName": "reads", "PolicyDocument": ALLOWS}])},
    "policy": {
        "Role": role(),
        "Policy": {
            "Type": "AWS::IAM::Policy",
            "Properties": {"PolicyName": "reads", "PolicyDocument": ALLOWS, "Roles": [{"Ref": "Role"}]},
        },
    },
    "managed policy": {
        "Role": role(),
        "Policy": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"PolicyDocument": ALLOWS, "Roles": [{"Ref": "Role"}]},
        },
    },
    "reference to a managed policy": {
        "Policy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": ALLOWS}},
        "Role": role(ManagedPolicyArns=[{"Ref": "Policy"}]),
    },
}


@pytest.mark.parametrize("kind", POLICIES)
@pytest.mark.lambda_events(enforce_permissions=True)
def test_a_function_may_do_what_the_stacks_policies_allow(stacks: Any, lambda_events: LambdaEvents, kind: str) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=body(Charge=LISTING, **POLICIES[kind]))

    lambda_events.functions["charge"].invoke()
    [attempt] = lambda_events.functions["charge"].attempts

    assert attempt.outcome == "success"


@pytest.mark.parametrize("kind", POLICIES)
@pytest.mark.lambda_events(enforce_permissions=True)
def test_a_function_may_not_do_what_an_update_takes_away(stacks: Any, lambda_events: LambdaEvents, kind: str) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=body(Charge=LISTING, **POLICIES[kind]))

    stacks.update_stack(StackName="shop", TemplateBody=body(Charge=LISTING, Role=role()))

    answer = lambda_events.client("lambda").invoke(FunctionName="charge")
    assert "not authorized to perform: lambda:ListFunctionEventInvokeConfigs" in answer["Payload"].read().decode()


@pytest.mark.parametrize("kind", POLICIES)
def test_a_deleted_stack_leaves_no_role_and_no_policy(stacks: Any, iam: Any, kind: str) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=body(**POLICIES[kind]))

    stacks.delete_stack(StackName="shop")

    assert (iam.list_roles()["Roles"], iam.list_policies(Scope="Local")["Policies"]) == ([], [])


def test_an_update_changes_the_role_and_keeps_what_others_attached(stacks: Any, iam: Any) -> None:
    before = role(
        RoleName="role", Description="first", ManagedPolicyArns=[BASIC],
        Policies=[{"PolicyName": "reads", "PolicyDocument": ALLOWS}, {"PolicyName": "writes", "PolicyDocument": ALLOWS}],
    )  # fmt: skip
    stacks.create_stack(StackName="shop", TemplateBody=body(Role=before))
    xray = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"
    iam.attach_role_policy(RoleName="role", PolicyArn=xray)
    denies = {**ALLOWS, "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    trust = json.loads(json.dumps(TRUST).replace("lambda.amazonaws.com", "events.amazonaws.com"))

    after = role(
        RoleName="role", AssumeRolePolicyDocument=trust, ManagedPolicyArns=[SQS],
        Policies=[{"PolicyName": "reads", "PolicyDocument": denies}],
    )  # fmt: skip
    stacks.update_stack(StackName="shop", TemplateBody=body(Role=after))

    found = iam.get_role(RoleName="role")["Role"]
    assert (found["AssumeRolePolicyDocument"], found.get("Description")) == (trust, "")
    assert attached(iam) == [xray, SQS]
    assert iam.list_role_policies(RoleName="role")["PolicyNames"] == ["reads"]
    assert iam.get_role_policy(RoleName="role", PolicyName="reads")["PolicyDocument"] == denies


def test_a_role_with_another_name_takes_its_place(stacks: Any, iam: Any) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=body(Role=role(RoleName="one", ManagedPolicyArns=[BASIC])))

    stacks.update_stack(StackName="shop", TemplateBody=body(Role=role(RoleName="two", ManagedPolicyArns=[BASIC])))

    assert [one["RoleName"] for one in iam.list_roles()["Roles"]] == ["two"]
    assert attached(iam, "two") == [BASIC]


def test_a_managed_policy_changes_its_document_and_its_roles(stacks: Any, iam: Any) -> None:
    def policy(action: str, role_name: str) -> str:
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}
        properties = {"ManagedPolicyName": "reads", "PolicyDocument": document, "Roles": [{"Ref": role_name}]}
        return body(
            One=role(RoleName="one"),
            Two=role(RoleName="two"),
            Policy={"Type": "AWS::IAM::ManagedPolicy", "Properties": properties},
        )

    stacks.create_stack(StackName="shop", TemplateBody=policy("s3:0", "One"))
    for number in range(1, 7):
        stacks.update_stack(StackName="shop", TemplateBody=policy(f"s3:{number}", "Two"))

    arn = "arn:aws:iam::123456789012:policy/reads"
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    assert (attached(iam, "one"), attached(iam, "two")) == ([], [arn])
    assert document["Statement"][0]["Action"] == "s3:6"


def test_a_date_in_a_yaml_template_is_a_text(stacks: Any, iam: Any) -> None:
    template = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: role
      AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: []}
  Policy:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: reads
      Roles: [!Ref Role]
      PolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]
"""

    stacks.create_stack(StackName="shop", TemplateBody=template)

    policy = iam.get_role_policy(RoleName="role", PolicyName="reads")["PolicyDocument"]
    assert policy["Version"] == "2012-10-17"
    assert iam.get_role(RoleName="role")["Role"]["AssumeRolePolicyDocument"]["Version"] == "2012-10-17"
