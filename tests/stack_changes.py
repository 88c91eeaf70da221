"""Changes of resources of stacks, for tests: properties before and after, and what AWS shows of the resource."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_lambda_events import LambdaEvents

Described = Callable[[LambdaEvents], Any]
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
READS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
WRITES = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}]}
TAGS = [{"Key": "team", "Value": "shop"}, {"Key": "stage", "Value": "test"}]
NEW_TAGS = [{"Key": "team", "Value": "orders"}]
TABLE: dict[str, Any] = {
    "TableName": "one", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], "BillingMode": "PAY_PER_REQUEST",
}  # fmt: skip
INDEX = {
    "IndexName": "by-day",
    "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
DAY = {"AttributeName": "day", "AttributeType": "S"}
BY_DAY = {"AttributeDefinitions": [*TABLE["AttributeDefinitions"], DAY], "GlobalSecondaryIndexes": [INDEX]}
PASS = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
WAIT = json.dumps({"StartAt": "B", "States": {"B": {"Type": "Wait", "Seconds": 1, "End": True}}})


@dataclass(frozen=True)
class Change:
    """A change of one resource.

    `others` are further resources of the template. `described` returns what AWS shows of the resource: it does not depend on
    how the resource came to its state.
    """

    type: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    described: Described
    others: Mapping[str, Any] = field(default_factory=dict)

    def template(self, properties: Mapping[str, Any]) -> str:
        """Returns a template with the resource."""
        return json.dumps({"Resources": {**self.others, "One": {"Type": self.type, "Properties": properties}}})


def shown(service: str, operation: str, *members: str, **parameters: Any) -> Described:
    """Returns what describes a resource by one call: the response, or some of its members."""

    def described(lambda_events: LambdaEvents) -> Any:
        answer = getattr(lambda_events.client(service), operation)(**parameters)
        answer.pop("ResponseMetadata")
        return [answer.get(member) for member in members] or answer

    return described


def all_of(*described: Described) -> Described:
    """Returns what makes several calls."""
    return lambda lambda_events: [one(lambda_events) for one in described]


def queue_of(lambda_events: LambdaEvents) -> Any:
    """Describes the queue."""
    sqs, url = lambda_events.client("sqs"), lambda_events.queues["one"].url
    names = ("VisibilityTimeout", "DelaySeconds", "RedrivePolicy", "MessageRetentionPeriod", "KmsMasterKeyId")
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return [attributes.get(name) for name in names], sqs.list_queue_tags(QueueUrl=url).get("Tags")


def bucket_of(lambda_events: LambdaEvents) -> Any:
    """Describes the bucket."""
    s3, found = lambda_events.client("s3"), []
    for operation in ("versioning", "tagging", "cors", "notification_configuration", "encryption"):
        try:
            answer = getattr(s3, f"get_bucket_{operation}")(Bucket="one")
        except s3.exceptions.ClientError as error:
            answer = error.response["Error"]["Code"]
        else:
            answer.pop("ResponseMetadata")
        found.append(answer)
    # A bucket that had versions is suspended.
    found[0] = found[0].get("Status", "Suspended")
    return found


def table_of(lambda_events: LambdaEvents) -> Any:
    """Describes the table."""
    client = lambda_events.client("dynamodb")
    table = client.describe_table(TableName="one")["Table"]
    indexes = [one["IndexName"] for one in table.get("GlobalSecondaryIndexes") or ()]
    expiry = client.describe_time_to_live(TableName="one")["TimeToLiveDescription"]["TimeToLiveStatus"]
    tags = client.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
    return (
        table.get("StreamSpecification"), table["BillingModeSummary"], table.get("DeletionProtectionEnabled", False), indexes,
        expiry, tags,
    )  # fmt: skip


def stream_of(lambda_events: LambdaEvents) -> Any:
    """Describes the stream."""
    client = lambda_events.client("kinesis")
    summary = client.describe_stream_summary(StreamName="one")["StreamDescriptionSummary"]
    names = ("RetentionPeriodHours", "OpenShardCount", "EncryptionType")
    return [summary.get(name) for name in names], client.list_tags_for_stream(StreamName="one")["Tags"]


def rule_of(lambda_events: LambdaEvents) -> Any:
    """Describes the rule and its targets."""
    client = lambda_events.client("events")
    rule = client.describe_rule(Name="one")
    rule.pop("ResponseMetadata")
    return rule, client.list_targets_by_rule(Rule="one")["Targets"]


def key_of(lambda_events: LambdaEvents) -> Any:
    """Describes the key."""
    client = lambda_events.client("kms")
    [key] = client.list_keys()["Keys"]
    found = client.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    return found["Description"], found["Enabled"], client.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]


def machine_of(lambda_events: LambdaEvents) -> Any:
    """Describes the state machine."""
    client = lambda_events.client("stepfunctions")
    [machine] = client.list_state_machines()["stateMachines"]
    return client.describe_state_machine(stateMachineArn=machine["stateMachineArn"])["definition"]


def policy_of(lambda_events: LambdaEvents) -> Any:
    """Describes the managed policy and its roles."""
    client, arn = lambda_events.client("iam"), "arn:aws:iam::123456789012:policy/one"
    version = client.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = client.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    return document, [one["RoleName"] for one in client.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]]


def role(name: str) -> dict[str, Any]:
    """Returns the resource of a role."""
    return {"Type": "AWS::IAM::Role", "Properties": {"RoleName": name, "AssumeRolePolicyDocument": TRUST}}


def group(name: str) -> dict[str, Any]:
    """Returns the resource of a group of users."""
    return {"Type": "AWS::IAM::Group", "Properties": {"GroupName": name}}


def queue(name: str) -> dict[str, Any]:
    """Returns the resource of a queue."""
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}


def of_bucket(action: str) -> dict[str, Any]:
    """Returns the policy of a bucket."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": "arn:aws:s3:::bbb/*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def of_bus(action: str) -> dict[str, Any]:
    """Returns the policy of an event bus."""
    bus = "arn:aws:events:us-east-1:123456789012:event-bus/one"
    principal = {"AWS": "arn:aws:iam::111122223333:root"}
    statement = {"Sid": action[7:], "Effect": "Allow", "Principal": principal, "Action": action, "Resource": bus}
    return {"Version": "2012-10-17", "Statement": [statement]}


def alias_of(lambda_events: LambdaEvents) -> Any:
    """Describes the key of the alias."""
    return lambda_events.client("kms").describe_key(KeyId="alias/one")["KeyMetadata"]["Description"]


def refuses_a_text(lambda_events: LambdaEvents) -> Any:
    """Returns whether the topic refuses a text of 3 KB."""
    sns = lambda_events.client("sns")
    try:
        sns.publish(TopicArn="arn:aws:sns:us-east-1:123456789012:one", Message="x" * 3000)
    except sns.exceptions.ClientError:
        return True
    return False


def of_images(action: str) -> dict[str, Any]:
    """Returns the policy of a repository of images."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": action}]}


PULLS, PUSHES = of_images("ecr:BatchGetImage"), of_images("ecr:PutImage")
KEEP = json.dumps(
    {
        "rules": [
            {
                "rulePriority": 1, "action": {"type": "expire"},
                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 3},
            }
        ]
    }
)  # fmt: skip
METRIC = {"MetricName": "m", "MetricNamespace": "n", "MetricValue": "1"}
CONNECTION = {"Fn::GetAtt": ["C", "Arn"]}
ENDPOINT = {"InvocationEndpoint": "https://shop.example"}
FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "FunctionName": "f", "Handler": "index.handler", "Runtime": "python3.13", "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": "def handler(event, context): pass"},
    },
}  # fmt: skip
FIRST = "arn:aws:sqs:us-east-1:123456789012:first"
QUEUES = {"First": queue("first"), "Second": queue("second")}
REDRIVE = {"deadLetterTargetArn": {"Fn::GetAtt": ["First", "Arn"]}, "maxReceiveCount": 5}
CHANGES = (
    Change(
        "AWS::SQS::Queue",
        {"QueueName": "one", "VisibilityTimeout": 60, "DelaySeconds": 5, "RedrivePolicy": REDRIVE, "Tags": TAGS},
        {"QueueName": "one", "VisibilityTimeout": 90, "MessageRetentionPeriod": 600, "Tags": NEW_TAGS}, queue_of, QUEUES,
    ),
    Change(
        "AWS::S3::Bucket",
        {
            "BucketName": "one", "VersioningConfiguration": {"Status": "Enabled"}, "Tags": TAGS,
            "CorsConfiguration": {"CorsRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]},
            "NotificationConfiguration": {"EventBridgeConfiguration": {}},
        },
        {"BucketName": "one", "Tags": NEW_TAGS}, bucket_of,
    ),
    Change(
        "AWS::DynamoDB::Table",
        {
            **TABLE, "StreamSpecification": {"StreamViewType": "NEW_IMAGE"}, "Tags": TAGS,
            "TimeToLiveSpecification": {"AttributeName": "until", "Enabled": True},
        },
        {
            **TABLE, **BY_DAY, "StreamSpecification": {"StreamViewType": "KEYS_ONLY"}, "DeletionProtectionEnabled": True,
            "Tags": NEW_TAGS,
        },
        table_of,
    ),
    Change(
        "AWS::DynamoDB::Table", {**TABLE, **BY_DAY, "DeletionProtectionEnabled": True}, TABLE, table_of,
    ),
    Change(
        "AWS::Kinesis::Stream", {"Name": "one", "ShardCount": 1, "RetentionPeriodHours": 48, "Tags": TAGS},
        {"Name": "one", "ShardCount": 2, "Tags": NEW_TAGS}, stream_of,
    ),
    Change(
        "AWS::Events::Rule",
        {
            "Name": "one", "Description": "first", "EventPattern": {"source": ["a"]},
            "Targets": [{"Id": "1", "Arn": {"Fn::GetAtt": ["First", "Arn"]}}, {"Id": "2", "Arn": FIRST}],
        },
        {
            "Name": "one", "EventPattern": {"source": ["b"]}, "State": "DISABLED",
            "Targets": [{"Id": "2", "Arn": {"Fn::GetAtt": ["Second", "Arn"]}}],
        },
        rule_of, QUEUES,
    ),
    Change(
        "AWS::Events::EventBus", {"Name": "one", "Tags": TAGS}, {"Name": "one", "Tags": NEW_TAGS},
        shown("events", "list_tags_for_resource", ResourceARN="arn:aws:events:us-east-1:123456789012:event-bus/one"),
    ),
    Change(
        "AWS::Events::Archive", {"ArchiveName": "one", "SourceArn": {"Fn::GetAtt": ["Bus", "Arn"]}, "RetentionDays": 1},
        {"ArchiveName": "one", "SourceArn": {"Fn::GetAtt": ["Bus", "Arn"]}, "RetentionDays": 2, "Description": "two days"},
        shown("events", "describe_archive", "RetentionDays", "Description", ArchiveName="one"),
        {"Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "bus"}}},
    ),
    Change(
        "AWS::Logs::LogGroup", {"LogGroupName": "one", "RetentionInDays": 7, "Tags": TAGS},
        {"LogGroupName": "one", "Tags": NEW_TAGS},
        all_of(
            lambda lambda_events: lambda_events.client("logs").describe_log_groups()["logGroups"][0].get("retentionInDays"),
            shown("logs", "list_tags_log_group", logGroupName="one"),
        ),
    ),
    Change(
        "AWS::SSM::Parameter", {"Name": "one", "Type": "String", "Value": "a", "Description": "first"},
        {"Name": "one", "Type": "StringList", "Value": "a,b"},
        lambda lambda_events: [
            lambda_events.client("ssm").get_parameter(Name="one")["Parameter"][name] for name in ("Type", "Value")
        ],
    ),
    Change(
        "AWS::SecretsManager::Secret", {"Name": "one", "SecretString": "a", "Description": "first"},
        {"Name": "one", "SecretString": "b", "Description": "second"},
        all_of(
            shown("secretsmanager", "get_secret_value", "SecretString", SecretId="one"),
            shown("secretsmanager", "describe_secret", "Description", SecretId="one"),
        ),
    ),
    Change(
        "AWS::KMS::Key", {"Description": "first", "EnableKeyRotation": True}, {"Description": "second", "Enabled": False},
        key_of,
    ),
    Change(
        "AWS::StepFunctions::StateMachine", {"DefinitionString": PASS, "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}},
        {"DefinitionString": WAIT, "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}, machine_of, {"Role": role("role")},
    ),
    Change(
        "AWS::IAM::ManagedPolicy", {"ManagedPolicyName": "one", "PolicyDocument": READS, "Roles": [{"Ref": "Role"}]},
        {"ManagedPolicyName": "one", "PolicyDocument": WRITES, "Roles": [{"Ref": "Other"}]}, policy_of,
        {"Role": role("role"), "Other": role("other")},
    ),
    Change(
        "AWS::IAM::User",
        {"UserName": "one", "Groups": [{"Ref": "A"}], "Policies": [{"PolicyName": "p", "PolicyDocument": READS}]},
        {"UserName": "one", "Groups": [{"Ref": "B"}], "Policies": [{"PolicyName": "q", "PolicyDocument": WRITES}]},
        all_of(
            lambda lambda_events: [
                one["GroupName"] for one in lambda_events.client("iam").list_groups_for_user(UserName="one")["Groups"]
            ],
            shown("iam", "list_user_policies", "PolicyNames", UserName="one"),
        ),
        {"A": group("a"), "B": group("b")},
    ),
    Change(
        "AWS::IAM::InstanceProfile", {"InstanceProfileName": "one", "Roles": [{"Ref": "Role"}]},
        {"InstanceProfileName": "one", "Roles": [{"Ref": "Other"}]},
        lambda lambda_events: [
            one["RoleName"]
            for one in lambda_events.client("iam").get_instance_profile(InstanceProfileName="one")["InstanceProfile"]["Roles"]
        ],
        {"Role": role("role"), "Other": role("other")},
    ),
    Change(
        "AWS::CloudWatch::Alarm",
        {"AlarmName": "one", "MetricName": "m", "Namespace": "n", "Threshold": 1, "EvaluationPeriods": 1, "Period": 60,
         "Statistic": "Sum", "ComparisonOperator": "GreaterThanThreshold", "AlarmDescription": "first"},
        {"AlarmName": "one", "MetricName": "m", "Namespace": "n", "Threshold": 2, "EvaluationPeriods": 1, "Period": 60,
         "Statistic": "Sum", "ComparisonOperator": "GreaterThanThreshold"},
        lambda lambda_events: [
            one["Threshold"] for one in lambda_events.client("cloudwatch").describe_alarms(AlarmNames=["one"])["MetricAlarms"]
        ],
    ),
    Change(
        "AWS::S3::BucketPolicy", {"Bucket": {"Ref": "B"}, "PolicyDocument": of_bucket("s3:GetObject")},
        {"Bucket": {"Ref": "B"}, "PolicyDocument": of_bucket("s3:PutObject")},
        shown("s3", "get_bucket_policy", "Policy", Bucket="bbb"),
        {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "bbb"}}},
    ),
    Change(
        "AWS::DynamoDB::GlobalTable",
        {**TABLE, "Replicas": [{"Region": "us-east-1", "Tags": TAGS}], "StreamSpecification": {"StreamViewType": "NEW_IMAGE"}},
        {**TABLE, "Replicas": [{"Region": "us-east-1", "DeletionProtectionEnabled": True}]},
        lambda lambda_events: table_of(lambda_events)[:4],
    ),
    Change(
        "AWS::Events::EventBus", {"Name": "one", "Policy": of_bus("events:PutEvents")},
        {"Name": "one", "Policy": of_bus("events:PutRule")}, shown("events", "describe_event_bus", "Policy", Name="one"),
    ),
    Change(
        "AWS::Events::EventBusPolicy", {"StatementId": "one", "Action": "events:PutEvents", "Principal": "111122223333"},
        {"StatementId": "one", "Action": "events:PutEvents", "Principal": "444455556666"},
        shown("events", "describe_event_bus", "Policy"),
    ),
    Change(
        "AWS::Logs::MetricFilter",
        {"FilterName": "one", "LogGroupName": {"Ref": "L"}, "FilterPattern": "a", "MetricTransformations": [METRIC]},
        {"FilterName": "one", "LogGroupName": {"Ref": "L"}, "FilterPattern": "b", "MetricTransformations": [METRIC]},
        lambda lambda_events: lambda_events.client("logs").describe_metric_filters()["metricFilters"][0]["filterPattern"],
        {"L": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "group"}}},
    ),
    Change(
        "AWS::Logs::ResourcePolicy", {"PolicyName": "one", "PolicyDocument": json.dumps(READS)},
        {"PolicyName": "one", "PolicyDocument": json.dumps(WRITES)},
        shown("logs", "describe_resource_policies"),
    ),
    Change(
        "AWS::KMS::Alias", {"AliasName": "alias/one", "TargetKeyId": {"Ref": "A"}},
        {"AliasName": "alias/one", "TargetKeyId": {"Ref": "B"}}, alias_of,
        {name: {"Type": "AWS::KMS::Key", "Properties": {"Description": name}} for name in "AB"},
    ),
    Change(
        "AWS::Events::ApiDestination", {"Name": "one", "ConnectionArn": CONNECTION, "HttpMethod": "POST", **ENDPOINT},
        {"Name": "one", "ConnectionArn": CONNECTION, "HttpMethod": "PUT", **ENDPOINT},
        shown("events", "describe_api_destination", "HttpMethod", Name="one"),
        {
            "C": {
                "Type": "AWS::Events::Connection",
                "Properties": {
                    "Name": "c", "AuthorizationType": "API_KEY",
                    "AuthParameters": {"ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": "v"}},
                },
            }
        },
    ),
    Change(
        "AWS::IAM::Group", {"GroupName": "one", "Policies": [{"PolicyName": "p", "PolicyDocument": READS}]},
        {"GroupName": "one", "Policies": [{"PolicyName": "p", "PolicyDocument": WRITES}]},
        shown("iam", "get_group_policy", "PolicyDocument", GroupName="one", PolicyName="p"),
    ),
    Change(
        "AWS::IAM::RolePolicy", {"RoleName": {"Ref": "Role"}, "PolicyName": "p", "PolicyDocument": READS},
        {"RoleName": {"Ref": "Role"}, "PolicyName": "q", "PolicyDocument": READS},
        shown("iam", "list_role_policies", "PolicyNames", RoleName="role"), {"Role": role("role")},
    ),
    Change(
        "AWS::Kinesis::ResourcePolicy", {"ResourceArn": {"Fn::GetAtt": ["S", "Arn"]}, "ResourcePolicy": READS},
        {"ResourceArn": {"Fn::GetAtt": ["S", "Arn"]}, "ResourcePolicy": WRITES},
        shown("kinesis", "get_resource_policy", "Policy", ResourceARN="arn:aws:kinesis:us-east-1:123456789012:stream/s"),
        {"S": {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": "s", "ShardCount": 1}}},
    ),
    Change(
        "AWS::Scheduler::ScheduleGroup", {"Name": "one", "Tags": TAGS}, {"Name": "one", "Tags": NEW_TAGS},
        shown(
            "scheduler", "list_tags_for_resource", "Tags",
            ResourceArn="arn:aws:scheduler:us-east-1:123456789012:schedule-group/one",
        ),
    ),
    Change(
        "AWS::Lambda::Url", {"TargetFunctionArn": {"Ref": "F"}, "AuthType": "NONE", "Cors": {"AllowOrigins": ["*"]}},
        {"TargetFunctionArn": {"Ref": "F"}, "AuthType": "AWS_IAM"},
        shown("lambda", "get_function_url_config", "AuthType", "Cors", FunctionName="f"),
        {"Role": role("role"), "F": FUNCTION},
    ),
    Change(
        "AWS::SNS::Topic", {"TopicName": "one", "MaximumMessageSize": 2048, "Tags": TAGS},
        {"TopicName": "one", "Tags": NEW_TAGS},
        all_of(
            shown("sns", "list_tags_for_resource", "Tags", ResourceArn="arn:aws:sns:us-east-1:123456789012:one"),
            refuses_a_text,
        ),
    ),
    Change(
        "AWS::ECR::Repository", {"RepositoryName": "one", "RepositoryPolicyText": PULLS, "ImageTagMutability": "IMMUTABLE"},
        {"RepositoryName": "one", "RepositoryPolicyText": PUSHES, "LifecyclePolicy": {"LifecyclePolicyText": KEEP}},
        all_of(
            shown("ecr", "get_repository_policy", "policyText", repositoryName="one"),
            lambda lambda_events: lambda_events.client("ecr").describe_repositories()["repositories"][0]["imageTagMutability"],
        ),
    ),
)  # fmt: skip
