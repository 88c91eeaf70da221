"""Resources of a template that handlers read and write, and that deliver nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pytest_lambda_events import DeployError, LambdaEvents, Stack
from pytest_lambda_events.deployment.creators.passwords import secret_text
from pytest_lambda_events.deployment.resource_types import STATE

Deploy = Callable[..., Stack]

EVERY_STATE = """
Resources:
  Parameter: {Type: AWS::SSM::Parameter, Properties: {Name: /shop/stage, Type: String, Value: 7, Tags: {team: shop}}}
  Document:
    Type: AWS::SSM::Document
    Properties:
      DocumentType: Command
      Content: {schemaVersion: "2.2", description: x, mainSteps: [{action: aws:runShellScript, name: x, inputs: {}}]}
  Secret: {Type: AWS::SecretsManager::Secret, Properties: {SecretString: x, Tags: [{Key: team, Value: shop}]}}
  SecretPolicy:
    Type: AWS::SecretsManager::ResourcePolicy
    Properties: {SecretId: !Ref Secret, ResourcePolicy: {Version: 2012-10-17, Statement: []}}
  Key:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: true
      Tags: [{Key: team, Value: shop}]
      KeyPolicy: {Version: 2012-10-17, Statement: [{Effect: Allow, Principal: "*", Action: "kms:*", Resource: "*"}]}
  KeyAlias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/shop, TargetKeyId: !Ref Key}}
  Group: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: "14", Tags: [{Key: team, Value: shop}]}}
  LogStream: {Type: AWS::Logs::LogStream, Properties: {LogGroupName: !Ref Group}}
  Metric:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: !Ref Group
      FilterPattern: ERROR
      MetricTransformations: [{MetricName: errors, MetricNamespace: shop, MetricValue: "1"}]
  LogPolicy:
    Type: AWS::Logs::ResourcePolicy
    Properties: {PolicyName: p, PolicyDocument: '{"Version": "2012-10-17", "Statement": []}'}
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: []}}}
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt Role.Arn
      DefinitionString: '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "${Name}", "End": true}}}'
      DefinitionSubstitutions: {Name: !Ref Parameter}
  Activity: {Type: AWS::StepFunctions::Activity, Properties: {Name: wait}}
  Topic: {Type: AWS::SNS::Topic}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      MetricName: Errors
      Namespace: AWS/Lambda
      Statistic: Sum
      Period: "60"
      EvaluationPeriods: 1
      Threshold: "1"
      ComparisonOperator: GreaterThanThreshold
      AlarmActions: [!Ref Topic]
  Dashboard: {Type: AWS::CloudWatch::Dashboard, Properties: {DashboardBody: '{"widgets": []}'}}
  Pool: {Type: AWS::Cognito::UserPool, Properties: {UserPoolName: shop, AutoVerifiedAttributes: [email]}}
  Client: {Type: AWS::Cognito::UserPoolClient, Properties: {UserPoolId: !Ref Pool, GenerateSecret: "true"}}
  Domain: {Type: AWS::Cognito::UserPoolDomain, Properties: {UserPoolId: !Ref Pool, Domain: shop}}
  Admins: {Type: AWS::Cognito::UserPoolGroup, Properties: {UserPoolId: !Ref Pool, GroupName: admins}}
  Admin: {Type: AWS::Cognito::UserPoolUser, Properties: {UserPoolId: !Ref Pool, Username: ann}}
  Bucket: {Type: AWS::S3::Bucket}
  Delivery:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties: {ExtendedS3DestinationConfiguration: {BucketARN: !GetAtt Bucket.Arn, RoleARN: !GetAtt Role.Arn}}
  Images: {Type: AWS::ECR::Repository, Properties: {ImageScanningConfiguration: {ScanOnPush: "true"}}}
  Mail: {Type: AWS::SES::EmailIdentity, Properties: {EmailIdentity: shop@example.com}}
  MailSet: {Type: AWS::SES::ConfigurationSet, Properties: {Name: shop}}
  Database: {Type: AWS::Glue::Database, Properties: {CatalogId: !Ref AWS::AccountId, DatabaseInput: {Name: shop}}}
  Table:
    Type: AWS::Glue::Table
    Properties: {CatalogId: !Ref AWS::AccountId, DatabaseName: !Ref Database, TableInput: {Name: orders}}
  Connection:
    Type: AWS::Events::Connection
    Properties:
      AuthorizationType: API_KEY
      AuthParameters: {ApiKeyAuthParameters: {ApiKeyName: key, ApiKeyValue: x}}
  Destination:
    Type: AWS::Events::ApiDestination
    Properties: {ConnectionArn: !GetAtt Connection.Arn, HttpMethod: POST, InvocationEndpoint: "https://example.com"}
Outputs:
  LogGroupArn: {Value: !GetAtt Group.Arn}
  Machine: {Value: !Ref Machine}
  MachineName: {Value: !GetAtt Machine.Name}
  Secret: {Value: !Ref Secret}
  Key: {Value: !GetAtt Key.KeyId}
  Parameter: {Value: !GetAtt Parameter.Value}
  Provider: {Value: !GetAtt Pool.ProviderName}
  Pool: {Value: !Ref Pool}
  ClientSecret: {Value: !GetAtt Client.ClientSecret}
"""


@pytest.mark.rule("TPL-F5", "TPL-80")
def test_every_type_with_a_state_is_created(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(EVERY_STATE)

    treatments = {one.type: (one.treatment, one.reason) for one in stack.report if one.type in STATE}
    assert treatments.keys() == STATE.keys()
    assert {kind: why for kind, (treatment, why) in treatments.items() if treatment != "state"} == {}
    outputs = stack.outputs
    assert outputs["LogGroupArn"].endswith(":*")
    machines = lambda_events.client("stepfunctions")
    assert json.loads(machines.describe_state_machine(stateMachineArn=outputs["Machine"])["definition"])["States"]["A"] == {
        "Type": "Pass", "Result": "/shop/stage", "End": True,
    }  # fmt: skip
    assert outputs["Machine"].endswith(f":stateMachine:{outputs['MachineName']}")
    assert outputs["Parameter"] == "7"
    assert outputs["Provider"] == f"cognito-idp.us-east-1.amazonaws.com/{outputs['Pool']}"
    assert lambda_events.client("kms").get_key_rotation_status(KeyId=outputs["Key"])["KeyRotationEnabled"]
    [group] = lambda_events.client("logs").describe_log_groups(logGroupNamePrefix="stack-Group")["logGroups"]
    assert group["retentionInDays"] == 14
    tags = lambda_events.client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId="/shop/stage")["TagList"]
    assert tags == [{"Key": "team", "Value": "shop"}]


@pytest.mark.rule("TPL-0F")
def test_deletion_leaves_nothing_of_a_stack(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    deploy(EVERY_STATE).delete()

    assert lambda_events.client("ssm").describe_parameters()["Parameters"] == []
    assert lambda_events.client("secretsmanager").list_secrets()["SecretList"] == []
    assert lambda_events.client("stepfunctions").list_state_machines()["stateMachines"] == []
    assert lambda_events.client("cognito-idp").list_user_pools(MaxResults=9)["UserPools"] == []
    assert lambda_events.client("logs").describe_log_groups()["logGroups"] == []
    assert lambda_events.client("iam").list_roles()["Roles"] == []
    assert not lambda_events.buckets
    assert not lambda_events.topics


@pytest.mark.rule("TPL-0E")
def test_a_refusal_of_a_state_resource_fails_the_stack(deploy: Deploy) -> None:
    with pytest.raises(DeployError, match=r"Resource A \(AWS::KMS::Alias\): CreateAlias failed"):
        deploy("Resources: {A: {Type: AWS::KMS::Alias, Properties: {AliasName: shop, TargetKeyId: none}}}")


@pytest.mark.rule("TPL-F5")
def test_a_type_that_may_be_a_placeholder_becomes_one_if_it_is_refused(deploy: Deploy) -> None:
    stack = deploy("Resources: {D: {Type: AWS::CloudWatch::Dashboard, Properties: {DashboardBody: no JSON}}}")

    [reported] = stack.report
    assert reported.treatment == "placeholder"
    assert "PutDashboard" in reported.reason


@pytest.mark.rule("TPL-F5")
@pytest.mark.parametrize(
    ("settings", "length", "characters"),
    [
        ({}, 32, None),
        ({"PasswordLength": "8", "ExcludePunctuation": True, "ExcludeUppercase": "true", "ExcludeNumbers": True}, 8, "a-z"),
        ({"PasswordLength": 200, "ExcludeCharacters": '"@/\\', "IncludeSpace": True}, 200, None),
        ({"PasswordLength": 2}, 2, None),
    ],
)
def test_passwords_follow_the_settings(settings: Mapping[str, Any], length: int, characters: str | None) -> None:
    password = secret_text(settings, "stack", "Secret")

    assert len(password) == length
    assert password == secret_text(settings, "stack", "Secret")
    assert password != secret_text(settings, "stack", "Other")
    assert not set(password) & set(settings.get("ExcludeCharacters", ""))
    assert characters is None or password.islower()


def test_a_password_is_put_into_the_template_of_a_secret() -> None:
    text = secret_text({"SecretStringTemplate": '{"user": "me"}', "GenerateStringKey": "password"}, "stack", "Secret")

    assert json.loads(text).keys() == {"user", "password"}


@pytest.mark.rule("TPL-W9")
@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("{Id: a, Status: Enabled, ExpirationInDays: '7'}", {"ID": "a", "Filter": {"Prefix": ""}, "Expiration": {"Days": 7}}),
        (
            "{Id: a, Status: Enabled, Prefix: logs/, NoncurrentVersionExpirationInDays: 3}",
            {"ID": "a", "Filter": {"Prefix": "logs/"}, "NoncurrentVersionExpiration": {"NoncurrentDays": 3}},
        ),
        (
            "{Id: a, Status: Enabled, Prefix: x, TagFilters: [{Key: k, Value: v}], ExpiredObjectDeleteMarker: true}",
            {
                "ID": "a", "Filter": {"And": {"Prefix": "x", "Tags": [{"Key": "k", "Value": "v"}]}},
                "Expiration": {"ExpiredObjectDeleteMarker": True},
            },
        ),
        (
            """{Id: a, Status: Enabled, TagFilters: [{Key: k, Value: v}],
               Transition: {TransitionInDays: 30, StorageClass: GLACIER},
               NoncurrentVersionTransitions: [{TransitionInDays: 9, StorageClass: GLACIER}]}""",
            {
                "ID": "a", "Filter": {"Tag": {"Key": "k", "Value": "v"}},
                "Transitions": [{"Days": 30, "StorageClass": "GLACIER"}],
                "NoncurrentVersionTransitions": [{"NoncurrentDays": 9, "StorageClass": "GLACIER"}],
            },
        ),
    ],
    ids=["days", "former versions", "several conditions", "transitions"],
)  # fmt: skip
def test_lifecycle_rules_are_stored(written: str, stored: dict[str, Any], deploy: Deploy, lambda_events: LambdaEvents) -> None:
    deploy(f"""
Resources:
  B: {{Type: AWS::S3::Bucket, Properties: {{BucketName: photos, LifecycleConfiguration: {{Rules: [{written}]}}}}}}
""")

    [rule] = lambda_events.client("s3").get_bucket_lifecycle_configuration(Bucket="photos")["Rules"]
    assert rule == {**stored, "Status": "Enabled"}
