"""Resources of SQS, SNS, Kinesis, EventBridge and S3 in a template deliver events as those that a test creates."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_lambda_events import DeployError, LambdaEvents, Stack

Deploy = Callable[..., Stack]

HEAD = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
FUNCTION = """  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
"""
SNS_QUEUE = """      Events:
        E: {Type: SNS, Properties: {Topic: !Ref T, SqsSubscription: true}}
  T: {Type: AWS::SNS::Topic}
"""
BUCKET = """      Events:
        Up:
          Type: S3
          Properties:
            Bucket: !Ref B
            Events: s3:ObjectCreated:*
            Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}]}}
  B: {Type: AWS::S3::Bucket}
"""
RULE = """  Bus: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
  R:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: {source: [shop.orders]}
      Targets:
        - Id: f
          Arn: !GetAtt F.Arn
          RetryPolicy: {MaximumRetryAttempts: "2", MaximumEventAgeInSeconds: 300}
          DeadLetterConfig: {Arn: !GetAtt Failed.Arn}
          InputTransformer: {InputPathsMap: {id: $.detail.id}, InputTemplate: '{"order": <id>}'}
  Failed: {Type: AWS::SQS::Queue}
  P:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref F
      Action: lambda:InvokeFunction
      Principal: events.amazonaws.com
      SourceArn: !GetAtt R.Arn
Outputs:
  Rule: {Value: !Ref R}
  Name: {Value: !GetAtt R.RuleName}
"""
TABLE = """      Events:
        E:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Orders.StreamArn
            StartingPosition: TRIM_HORIZON
            FilterCriteria: {Filters: [{Pattern: '{"eventName": ["INSERT"]}'}]}
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
      StreamSpecification: {StreamViewType: NEW_IMAGE}
      TimeToLiveSpecification: {AttributeName: expires, Enabled: "true"}
      Tags: [{Key: team, Value: shop}]
"""
GLOBAL_TABLE = TABLE.replace("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable").replace(
    "      Tags: [{Key: team, Value: shop}]",
    "      Replicas: [{Region: us-east-1, Tags: [{Key: team, Value: shop}]}, {Region: eu-west-1}]",
)
STREAM = """      Events:
        E: {Type: Kinesis, Properties: {Stream: !GetAtt S.Arn, StartingPosition: TRIM_HORIZON, BatchSize: 10}}
  S: {Type: AWS::Kinesis::Stream, Properties: {RetentionPeriodHours: "48"}}
"""
WITH_IDS = """  Secret:
    Type: AWS::SecretsManager::Secret
    Properties: {GenerateSecretString: {SecretStringTemplate: '{"user": "me"}', GenerateStringKey: password}}
  Key: {Type: AWS::KMS::Key}
  Pool: {Type: AWS::Cognito::UserPool}
  Client: {Type: AWS::Cognito::UserPoolClient, Properties: {UserPoolId: !Ref Pool}}
Outputs:
  Secret: {Value: !Ref Secret}
  Key: {Value: !Ref Key}
  Pool: {Value: !Ref Pool}
  Provider: {Value: !GetAtt Pool.ProviderURL}
  Client: {Value: !Ref Client}
  Role: {Value: !GetAtt FRole.RoleId}
"""
SLOW = """      Timeout: 60
      Events:
        E: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}
  Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 30}}
"""


def events(stack: Stack) -> list[Any]:
    """Returns the events of the invocations of the function."""
    return [attempt.event for attempt in stack.functions["F"].attempts]


@pytest.mark.rule("TPL-96")
@pytest.mark.scenario("TPL T7")
def test_a_message_reaches_a_function_by_a_queue_that_sam_makes(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(HEAD + FUNCTION + SNS_QUEUE)

    stack.topics["T"].publish("paid")
    lambda_events.run_until_idle()

    [event] = events(stack)
    assert json.loads(event["Records"][0]["body"])["Message"] == "paid"
    assert event["Records"][0]["eventSourceARN"] == stack.queues["FEQueue"].arn


@pytest.mark.rule("TPL-17", "TPL-F6")
@pytest.mark.scenario("TPL T6")
def test_a_bucket_notifies_by_its_filter(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(HEAD + FUNCTION + BUCKET, name="Shop")
    bucket = stack.buckets["B"]
    s3 = lambda_events.client("s3")

    for key in ("in/a", "b"):
        s3.put_object(Bucket=bucket.name, Key=key, Body=b"x")
    lambda_events.run_until_idle()

    assert [event["Records"][0]["s3"]["object"]["key"] for event in events(stack)] == ["in/a"]
    assert bucket.name == bucket.name.lower()
    assert bucket.name.startswith("shop-b-")


@pytest.mark.rule("TPL-80")
@pytest.mark.scenario("TPL T30", "TPL T31")
def test_a_rule_on_a_bus_of_the_template_delivers_with_all_settings(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(HEAD + FUNCTION + RULE)
    events_client = lambda_events.client("events")

    events_client.put_events(
        Entries=[{"EventBusName": "shop", "Source": "shop.orders", "DetailType": "paid", "Detail": '{"id": 7}'}]
    )
    lambda_events.run_until_idle()

    assert events(stack) == [{"order": 7}]
    assert stack.outputs["Rule"] == f"shop|{stack.outputs['Name']}"
    [target] = events_client.list_targets_by_rule(Rule=stack.outputs["Name"], EventBusName="shop")["Targets"]
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 300}
    assert target["DeadLetterConfig"]["Arn"] == stack.queues["Failed"].arn


@pytest.mark.rule("TPL-F7", "TPL-BA")
@pytest.mark.scenario("TPL T32", "TPL T47")
@pytest.mark.parametrize("table", [TABLE, GLOBAL_TABLE], ids=["table", "global table"])
def test_a_table_with_a_stream_delivers_what_the_filter_matches(
    table: str, deploy: Deploy, lambda_events: LambdaEvents
) -> None:
    stack = deploy(HEAD + FUNCTION + table)
    orders = stack.tables["Orders"]

    orders.put_item({"id": "1"})
    orders.put_item({"id": "1", "state": "paid"})
    lambda_events.run_until_idle()

    assert [record["eventName"] for event in events(stack) for record in event["Records"]] == ["INSERT"]
    assert orders.stream_arn is not None
    assert orders.stream_arn.endswith("/stream/2026-01-01T00:00:00.000")
    dynamodb = lambda_events.client("dynamodb")
    expiry = dynamodb.describe_time_to_live(TableName=orders.name)["TimeToLiveDescription"]
    assert expiry["AttributeName"] == "expires"
    assert dynamodb.list_tags_of_resource(ResourceArn=orders.arn)["Tags"] == [{"Key": "team", "Value": "shop"}]


def test_replicas_in_other_regions_are_not_applied(deploy: Deploy) -> None:
    stack = deploy(HEAD + FUNCTION + GLOBAL_TABLE)

    assert stack.not_applied["Orders"] == ["Replicas in eu-west-1"]


@pytest.mark.rule("TPL-F8")
def test_a_stream_without_shards_is_on_demand(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(HEAD + FUNCTION + STREAM)
    stream = stack.streams["S"]

    stream.put("a", partition_key="1")
    lambda_events.run_until_idle()

    assert len(events(stack)) == 1
    summary = lambda_events.client("kinesis").describe_stream_summary(StreamName=stream.name)["StreamDescriptionSummary"]
    assert summary["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    assert summary["RetentionPeriodHours"] == 48


@pytest.mark.rule("TPL-83")
@pytest.mark.scenario("TPL T27")
def test_a_fifo_queue_or_topic_without_a_name_gets_one_that_ends_in_fifo(deploy: Deploy) -> None:
    stack = deploy("""
    Resources:
      Q: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}
      T: {Type: AWS::SNS::Topic, Properties: {FifoTopic: "true"}}
    Outputs:
      Url: {Value: !Ref Q}
      Arn: {Value: !Ref T}
    """)

    assert stack.outputs["Url"].endswith(".fifo")
    assert stack.outputs["Arn"].endswith(".fifo")


@pytest.mark.rule("TPL-82", "TPL-F5")
@pytest.mark.scenario("TPL T28")
def test_names_and_ids_are_equal_in_every_environment(folder: Path) -> None:
    template = folder / "template.yaml"
    template.write_text(HEAD + FUNCTION + SNS_QUEUE + WITH_IDS)

    first, second = (_values(template) for _ in range(2))

    assert first == second


def _values(template: Path) -> list[str]:
    with LambdaEvents() as environment:
        stack = environment.deploy(template)
        secret = environment.client("secretsmanager").get_secret_value(SecretId=stack.outputs["Secret"])["SecretString"]
        return [secret, str(stack.outputs), *(one.name for one in stack.report)]


@pytest.mark.rule("TPL-G3")
@pytest.mark.scenario("TPL T57")
def test_a_short_visibility_timeout_fails_as_on_aws(deploy: Deploy) -> None:
    with pytest.raises(DeployError) as caught:
        deploy(HEAD + FUNCTION + SLOW)

    assert "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds" in str(caught.value)
    assert "Resource FE (AWS::Lambda::EventSourceMapping)" in str(caught.value)


@pytest.mark.rule("TPL-17")
def test_a_permission_exists_before_a_bucket_that_does_not_depend_on_it(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy("""
    Resources:
      B:
        Type: AWS::S3::Bucket
        Properties:
          BucketName: photos
          NotificationConfiguration:
            LambdaConfigurations:
              - Event: s3:ObjectCreated:*
                Function: !GetAtt F.Arn
                Filter: {S3Key: {Rules: [{Name: suffix, Value: .jpg}]}}
      F:
        Type: AWS::Lambda::Function
        Properties: {Runtime: python3.13, Handler: app.handler, Code: src, Role: "arn:aws:iam::123456789012:role/r"}
      P:
        Type: AWS::Lambda::Permission
        Properties:
          FunctionName: !Ref F
          Action: lambda:InvokeFunction
          Principal: s3.amazonaws.com
          SourceArn: arn:aws:s3:::photos
    """)

    for key in ("a.jpg", "a.png"):
        lambda_events.client("s3").put_object(Bucket="photos", Key=key, Body=b"x")
    lambda_events.run_until_idle()

    assert [event["Records"][0]["s3"]["object"]["key"] for event in events(stack)] == ["a.jpg"]


def test_a_subscription_may_be_to_a_topic_of_another_region(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    far = lambda_events.client("sns", region_name="eu-west-1")
    topic = far.create_topic(Name="far")["TopicArn"]

    stack = deploy(
        f"""Resources:
  Q: {{Type: AWS::SQS::Queue}}
  S:
    Type: AWS::SNS::Subscription
    Properties: {{TopicArn: {topic}, Region: eu-west-1, Protocol: sqs, Endpoint: !GetAtt Q.Arn}}
"""
    )

    assert [one["Endpoint"] for one in far.list_subscriptions()["Subscriptions"]] == [stack.queues["Q"].arn]
