"""Every type of resource that delivers events, or decides about their delivery, can be created from a template."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from pytest_lambda_events import LambdaEvents, NotSimulatedError, Stack
from pytest_lambda_events.deployment.resource_types import SIMULATED

Deploy = Callable[..., Stack]

EVERY_TYPE = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: "*"}, Action: sts:AssumeRole}]}
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole", UnknownOfSam, !Ref Managed]
      Policies: [{PolicyName: own, PolicyDocument: {Statement: [{Effect: Allow, Action: "sqs:*", Resource: "*"}]}}]
  Policy:
    Type: AWS::IAM::Policy
    Properties: {PolicyName: more, Roles: [!Ref Role], Groups: [!Ref Group], PolicyDocument: &all
      {Version: 2012-10-17, Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}}
  RolePolicy: {Type: AWS::IAM::RolePolicy, Properties: {PolicyName: third, RoleName: !Ref Role, PolicyDocument: *all}}
  UserPolicy: {Type: AWS::IAM::UserPolicy, Properties: {PolicyName: third, UserName: !Ref User, PolicyDocument: *all}}
  GroupPolicy: {Type: AWS::IAM::GroupPolicy, Properties: {PolicyName: third, GroupName: !Ref Group, PolicyDocument: *all}}
  Managed: {Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: *all, Users: [!Ref User]}}
  Group: {Type: AWS::IAM::Group}
  User: {Type: AWS::IAM::User, Properties: {Groups: [!Ref Group], ManagedPolicyArns: []}}
  AccessKey: {Type: AWS::IAM::AccessKey, Properties: {UserName: !Ref User}}
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Role]}}

  F:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src, Role: !GetAtt Role.Arn}
  V: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref F, Description: first}}
  Alias:
    Type: AWS::Lambda::Alias
    Properties:
      FunctionName: !Ref F
      FunctionVersion: !GetAtt V.Version
      Name: live
      RoutingConfig: {AdditionalVersionWeights: []}
  Permission: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref F, Action: lambda:InvokeFunction,
    Principal: s3.amazonaws.com, SourceAccount: !Ref AWS::AccountId}}
  LogPermission: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref F, Action: lambda:InvokeFunction,
    Principal: logs.amazonaws.com}}
  Config: {Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: !Ref F, Qualifier: $LATEST,
    DestinationConfig: {OnFailure: {Destination: !GetAtt Failed.Arn}}}}
  Mapping: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref F, EventSourceArn: !GetAtt Queue.Arn,
    Enabled: "false", Tags: [{Key: team, Value: shop}]}}
  Layer: {Type: AWS::Lambda::LayerVersion, Properties: {Content: src, LayerName: common}}
  LayerPermission: {Type: AWS::Lambda::LayerVersionPermission, Properties: {LayerVersionArn: !Ref Layer,
    Action: lambda:GetLayerVersion, Principal: "*"}}

  Queue: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Failed.Arn, maxReceiveCount: 3},
    Tags: [{Key: team, Value: shop}]}}
  Failed: {Type: AWS::SQS::Queue}
  QueuePolicy: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref Queue], PolicyDocument: &queue
    {Statement: [{Effect: Allow, Principal: "*", Action: "sqs:*", Resource: "*"}]}}}
  InlinePolicy: {Type: AWS::SQS::QueueInlinePolicy, Properties: {Queue: !Ref Failed, PolicyDocument: *queue}}
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: Shop, Tags: [{Key: team, Value: shop}],
    Subscription: [{Protocol: sqs, Endpoint: !GetAtt Queue.Arn}]}}
  Subscription: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref Topic, Protocol: sqs,
    Endpoint: !GetAtt Failed.Arn, RawMessageDelivery: true, FilterPolicy: {kind: [paid]}}}
  Web: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref Topic, Protocol: https, Endpoint: "https://example.com"}}
  TopicPolicy: {Type: AWS::SNS::TopicPolicy, Properties: {Topics: [!Ref Topic], PolicyDocument: &topic
    {Version: 2012-10-17, Statement: [{Effect: Allow, Principal: "*", Action: sns:Publish, Resource: "*"}]}}}
  TopicInline: {Type: AWS::SNS::TopicInlinePolicy, Properties: {TopicArn: !Ref Topic, PolicyDocument: *topic}}
  Stream: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: "2", StreamEncryption: {EncryptionType: KMS, KeyId: k},
    DesiredShardLevelMetrics: [IncomingBytes]}}
  Consumer: {Type: AWS::Kinesis::StreamConsumer, Properties: {ConsumerName: c, StreamARN: !GetAtt Stream.Arn}}
  StreamPolicy: {Type: AWS::Kinesis::ResourcePolicy, Properties: {ResourceArn: !GetAtt Stream.Arn, ResourcePolicy: *all}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: &key [{AttributeName: id, AttributeType: S}]
      KeySchema: &schema [{AttributeName: id, KeyType: HASH}]
      ProvisionedThroughput: {ReadCapacityUnits: "1", WriteCapacityUnits: "1"}
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: "true"}
      SSESpecification: {SSEEnabled: true}
  Global:
    Type: AWS::DynamoDB::GlobalTable
    Properties:
      AttributeDefinitions: *key
      KeySchema: *schema
      BillingMode: PROVISIONED
      WriteProvisionedThroughputSettings: {WriteCapacityAutoScalingSettings: {MinCapacity: 2, MaxCapacity: 9}}
      GlobalSecondaryIndexes: [{IndexName: by_id, KeySchema: *schema, Projection: {ProjectionType: ALL}}]
      Replicas: [{Region: us-east-1, ReadProvisionedThroughputSettings: {ReadCapacityUnits: "3"}}]
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: Enabled}
      Tags: [{Key: team, Value: shop}]
      AccessControl: Private
      OwnershipControls: {Rules: [{ObjectOwnership: BucketOwnerEnforced}]}
      PublicAccessBlockConfiguration: {BlockPublicAcls: "true", BlockPublicPolicy: true}
      BucketEncryption: {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: AES256}}]}
      CorsConfiguration: {CorsRules: [{AllowedMethods: [GET], AllowedOrigins: ["*"], MaxAge: "60"}]}
      LifecycleConfiguration: {Rules: [{Status: Enabled, ExpirationInDays: 1}]}
      NotificationConfiguration:
        EventBridgeConfiguration: {EventBridgeEnabled: true}
        LambdaConfigurations: [{Event: "s3:ObjectCreated:*", Function: !GetAtt F.Arn}]
        QueueConfigurations: [{Event: "s3:ObjectRemoved:*", Queue: !GetAtt Queue.Arn}]
    DependsOn: [Permission, QueuePolicy]
  BucketPolicy: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref Bucket, PolicyDocument: {Statement: []}}}

  Bus: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
  BusPolicy: {Type: AWS::Events::EventBusPolicy, Properties: {EventBusName: !Ref Bus, StatementId: one,
    Statement: {Effect: Allow, Principal: "*", Action: events:PutEvents, Resource: !GetAtt Bus.Arn}}}
  Rule: {Type: AWS::Events::Rule, Properties: {EventBusName: !GetAtt Bus.Arn, EventPattern: {source: [shop]},
    Targets: [{Id: q, Arn: !GetAtt Queue.Arn}, {Id: m, Arn: !Ref Machine, RoleArn: !GetAtt Role.Arn},
    {Id: c, Arn: "arn:aws:ecs:us-east-1:123456789012:cluster/c"}]}}
  Archive: {Type: AWS::Events::Archive, Properties: {SourceArn: !GetAtt Bus.Arn, RetentionDays: "7"}}
  Machine: {Type: AWS::StepFunctions::StateMachine, Properties: {RoleArn: !GetAtt Role.Arn,
    Definition: {StartAt: A, States: {A: {Type: Pass, End: true}}}}}
  Schedules: {Type: AWS::Scheduler::ScheduleGroup, Properties: {Name: nightly}}
  Schedule: {Type: AWS::Scheduler::Schedule, Properties: {GroupName: !Ref Schedules, ScheduleExpression: rate(1 day),
    FlexibleTimeWindow: {Mode: "OFF"}, Target: {Arn: !GetAtt F.Arn, RoleArn: !GetAtt Role.Arn}}}
  Pipe: {Type: AWS::Pipes::Pipe, Properties: {RoleArn: !GetAtt Role.Arn, Source: !GetAtt Queue.Arn, Target: !GetAtt F.Arn,
    SourceParameters: {SqsQueueParameters: {BatchSize: "2"}}}}
  Logs: {Type: AWS::Logs::LogGroup}
  Filter: {Type: AWS::Logs::SubscriptionFilter, Properties: {LogGroupName: !Ref Logs, FilterPattern: ERROR,
    DestinationArn: !GetAtt F.Arn}, DependsOn: [LogPermission]}
  Nested: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: nested.yaml}}
  Url: {Type: AWS::Lambda::Url, Properties: {AuthType: NONE, TargetFunctionArn: !Ref F, Qualifier: live,
    Cors: {AllowOrigins: ["*"], MaxAge: "60"}}, DependsOn: [Alias]}
  Rest: {Type: AWS::ApiGateway::RestApi, Properties: {Name: shop, BinaryMediaTypes: [image/png, "*/*"]}}
  Orders: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Rest, ParentId: !GetAtt Rest.RootResourceId,
    PathPart: orders}}
  RestAuthorizer: {Type: AWS::ApiGateway::Authorizer, Properties: {RestApiId: !Ref Rest, Name: tokens, Type: TOKEN,
    IdentitySource: method.request.header.Authorization, AuthorizerUri: &uri !Sub
    "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations"}}
  Get: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref Rest, ResourceId: !Ref Orders, HttpMethod: GET,
    AuthorizationType: CUSTOM, AuthorizerId: !Ref RestAuthorizer,
    Integration: {Type: AWS_PROXY, IntegrationHttpMethod: POST, Uri: *uri, TimeoutInMillis: "100"}}}
  Options: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref Rest, ResourceId: !Ref Orders, HttpMethod: OPTIONS,
    AuthorizationType: NONE, Integration: {Type: MOCK, RequestTemplates: {application/json: "{ statusCode: 204 }"},
    IntegrationResponses: [{StatusCode: "204",
    ResponseParameters: {method.response.header.Access-Control-Allow-Origin: "'*'"}}]}}}
  Deployment: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Rest, Description: first},
    DependsOn: [Get, Options]}
  Stage: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Rest, DeploymentId: !Ref Deployment, StageName: dev,
    Variables: {colour: red}, MethodSettings: [{ResourcePath: "/*", HttpMethod: "*", ThrottlingRateLimit: "10",
    ThrottlingBurstLimit: 5}]}}
  Busy: {Type: AWS::ApiGateway::GatewayResponse, Properties: {RestApiId: !Ref Rest, ResponseType: THROTTLED,
    StatusCode: "418", ResponseTemplates: {application/json: '{"message": "busy"}'}}}
  Http: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: shop, ProtocolType: HTTP, CorsConfiguration: {AllowOrigins: ["*"]}}}
  HttpAuthorizer: {Type: AWS::ApiGatewayV2::Authorizer, Properties: {ApiId: !Ref Http, Name: tokens, AuthorizerType: REQUEST,
    AuthorizerUri: *uri, AuthorizerPayloadFormatVersion: "2.0", EnableSimpleResponses: "true",
    IdentitySource: [$request.header.Authorization]}}
  Integration: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Http, IntegrationType: AWS_PROXY,
    IntegrationUri: !GetAtt F.Arn, PayloadFormatVersion: "2.0"}}
  Route: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Http, RouteKey: GET /orders, AuthorizationType: CUSTOM,
    AuthorizerId: !Ref HttpAuthorizer, Target: !Sub "integrations/${Integration}"}}
  HttpDeployment: {Type: AWS::ApiGatewayV2::Deployment, Properties: {ApiId: !Ref Http}, DependsOn: [Route]}
  HttpStage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Http, StageName: dev,
    DeploymentId: !Ref HttpDeployment}}
  Cluster: {Type: AWS::MSK::Cluster, Properties: {ClusterName: sales, KafkaVersion: 3.6.0, NumberOfBrokerNodes: 2,
    BrokerNodeGroupInfo: {InstanceType: kafka.m5.large, ClientSubnets: [subnet-1, subnet-2]}}}
  Serverless: {Type: AWS::MSK::ServerlessCluster, Properties: {ClusterName: clicks,
    VpcConfigs: [{SubnetIds: [subnet-1, subnet-2]}], ClientAuthentication: {Sasl: {Iam: {Enabled: true}}}}}
Outputs:
  Consumer: {Value: !GetAtt Consumer.ConsumerStatus}
  Policy: {Value: !GetAtt Managed.DefaultVersionId}
  Bus: {Value: !GetAtt Bus.Name}
  Schedule: {Value: !GetAtt Schedule.Arn}
  Group: {Value: !GetAtt Schedules.Arn}
  Domain: {Value: !GetAtt Bucket.RegionalDomainName}
"""


@pytest.fixture
def stack(deploy: Deploy, nested: None) -> Stack:
    """A stack with a resource of each type."""
    return deploy(EVERY_TYPE)


@pytest.fixture
def nested(request: pytest.FixtureRequest) -> None:
    """The template of a nested stack."""
    (request.getfixturevalue("folder") / "nested.yaml").write_text("Resources: {Q: {Type: AWS::SQS::Queue}}")


@pytest.mark.rule("TPL-F0", "TPL-F5", "TPL-F8", "TPL-86")
def test_every_type_is_created(stack: Stack, lambda_events: LambdaEvents) -> None:
    treatments = {one.type: one.treatment for one in stack.report if one.type in SIMULATED}

    assert treatments.keys() == SIMULATED.keys()
    assert set(treatments.values()) == {"simulated"}
    assert stack.outputs["Consumer"] == "ACTIVE"
    assert stack.outputs["Policy"] == "v1"
    assert stack.outputs["Bus"] == "shop"
    sns, sqs = lambda_events.client("sns"), lambda_events.client("sqs")
    assert sns.list_tags_for_resource(ResourceArn=stack.topics["Topic"].arn)["Tags"] == [{"Key": "team", "Value": "shop"}]
    assert sqs.list_queue_tags(QueueUrl=stack.queues["Queue"].url)["Tags"] == {"team": "shop"}
    assert "schedule/nightly/stack-Schedule-" in stack.outputs["Schedule"]


@pytest.mark.rule("TPL-F6", "TPL-F8")
def test_a_bucket_has_its_settings(stack: Stack, lambda_events: LambdaEvents) -> None:
    s3, key = lambda_events.client("s3"), {"Bucket": stack.buckets["Bucket"].name}

    notified = s3.get_bucket_notification_configuration(**key)
    assert notified["LambdaFunctionConfigurations"][0]["LambdaFunctionArn"] == stack.functions["F"].arn
    assert notified["QueueConfigurations"][0]["Events"] == ["s3:ObjectRemoved:*"]
    assert "EventBridgeConfiguration" in notified
    assert s3.get_bucket_versioning(**key)["Status"] == "Enabled"
    assert s3.get_bucket_cors(**key)["CORSRules"][0]["MaxAgeSeconds"] == 60
    assert s3.get_bucket_encryption(**key)["ServerSideEncryptionConfiguration"]["Rules"]
    assert s3.get_public_access_block(**key)["PublicAccessBlockConfiguration"]["BlockPublicAcls"]
    assert s3.get_bucket_lifecycle_configuration(**key)["Rules"][0]["Expiration"] == {"Days": 1}
    assert "Bucket" not in stack.not_applied


@pytest.mark.rule("TPL-BA")
def test_a_global_table_has_the_capacity_of_its_replica(stack: Stack, lambda_events: LambdaEvents) -> None:
    described = lambda_events.client("dynamodb").describe_table(TableName=stack.tables["Global"].name)["Table"]

    throughput = described["ProvisionedThroughput"]
    assert (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]) == (3, 2)
    assert described["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["WriteCapacityUnits"] == 5


@pytest.mark.rule("TPL-0C")
def test_what_is_not_delivered_is_listed(stack: Stack) -> None:
    assert stack.not_delivered == [
        "subscription Web -> https https://example.com",
        "rule Rule -> arn:aws:ecs:us-east-1:123456789012:cluster/c",
    ]


def test_a_managed_policy_that_aws_does_not_have_is_reported(stack: Stack) -> None:
    assert stack.not_applied["Role"] == ["ManagedPolicyArns UnknownOfSam"]


@pytest.mark.rule("TPL-F5")
def test_a_subscription_filters_and_a_pipe_delivers(stack: Stack, lambda_events: LambdaEvents) -> None:
    topic, queue = stack.topics["Topic"], stack.queues["Queue"]

    topic.publish("x")
    topic.publish("y", message_attributes={"kind": "paid"})
    lambda_events.run_until_idle()

    events = [attempt.event for attempt in stack.functions["F"].attempts]
    bodies = [json.loads(record["body"]) for event in events if isinstance(event, list) for record in event]
    assert [body["Message"] for body in bodies if "Message" in body] == ["x", "y"]
    assert [message.body for message in stack.queues["Failed"].messages] == ["y"]
    assert queue.messages == []


@pytest.mark.rule("TPL-0F")
def test_deletion_removes_every_resource(stack: Stack, lambda_events: LambdaEvents) -> None:
    stack.delete()

    assert not lambda_events.functions
    assert not lambda_events.queues
    assert not lambda_events.topics
    assert not lambda_events.streams
    assert not lambda_events.tables
    assert not lambda_events.buckets
    assert not lambda_events.event_source_mappings
    assert list(lambda_events.event_buses) == ["default"]
    iam = lambda_events.client("iam")
    assert iam.list_roles()["Roles"] == iam.list_users()["Users"] == iam.list_groups()["Groups"] == []
    assert iam.list_policies(Scope="Local")["Policies"] == []


@pytest.mark.rule("TPL-F0", "TPL-F2", "TPL-F5")
@pytest.mark.scenario("TPL T34")
@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        ("{Type: AWS::IoT::TopicRule}", "R (AWS::IoT::TopicRule) invokes functions asynchronously"),
        ("{Type: AWS::SES::ReceiptRule}", "invokes functions asynchronously"),
        ("{Type: AWS::Config::ConfigRule}", "invokes functions asynchronously"),
        ("{Type: AWS::Logs::AccountPolicy}", "invokes functions asynchronously"),
        ("{Type: AWS::SecretsManager::RotationSchedule}", "invokes a function at times"),
        ("{Type: AWS::S3::Bucket, Properties: {ReplicationConfiguration: {}}}", "ignore=['R.ReplicationConfiguration']"),
        ("{Type: AWS::DynamoDB::Table, Properties: {KinesisStreamSpecification: {}}}", "has KinesisStreamSpecification"),
        ("{Type: AWS::Lambda::EventSourceMapping, Properties: {Queues: [x]}}", "has Queues"),
        ("{Type: AWS::Pipes::Pipe, Properties: {Target: !Ref Machine}}", "has Target of type AWS::StepFunctions::"),
        ("{Type: AWS::Some::Thing, Properties: {Hook: !GetAtt F.Arn}}", "refers to the function F"),
    ],
)  # fmt: skip
def test_what_would_deliver_is_refused_before_anything_is_created(
    resource: str, reason: str, deploy: Deploy, lambda_events: LambdaEvents
) -> None:
    others = "  F: {Type: AWS::Lambda::Function}\n  Machine: {Type: AWS::StepFunctions::StateMachine}\n"

    with pytest.raises(NotSimulatedError) as caught:
        deploy(f"Resources:\n  Q: {{Type: AWS::SQS::Queue}}\n  R: {resource}\n{others}")

    assert reason in str(caught.value)
    assert not lambda_events.queues


@pytest.mark.rule("TPL-0D")
def test_a_refusal_during_creation_names_the_resource_and_undoes_the_stack(
    deploy: Deploy, lambda_events: LambdaEvents
) -> None:
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:m"
    pipe = f"{{Source: !GetAtt Q.Arn, Target: '{machine}', RoleArn: 'arn:aws:iam::123456789012:role/r'}}"

    with pytest.raises(NotSimulatedError, match=r"Resource P \(AWS::Pipes::Pipe\): .* ignore=\['P'\]"):
        deploy(f"Resources:\n  Q: {{Type: AWS::SQS::Queue}}\n  P: {{Type: AWS::Pipes::Pipe, Properties: {pipe}}}\n")

    assert not lambda_events.queues


@pytest.mark.rule("TPL-F2", "TPL-H3")
@pytest.mark.parametrize(
    "kind", ["AWS::EC2::Instance", "AWS::IAM::ServiceLinkedRole", "AWS::Logs::QueryDefinition", "AWS::CloudWatch::Whatever"]
)
def test_types_that_only_name_functions_are_placeholders(kind: str, deploy: Deploy) -> None:
    stack = deploy(
        f"""
        Resources:
          F: {{Type: AWS::SQS::Queue}}
          R: {{Type: "{kind}", Properties: {{Name: !Ref G}}}}
          G:
            Type: AWS::Lambda::Function
            Properties: {{Runtime: python3.13, Handler: app.handler, Code: src, Role: "arn:aws:iam::123456789012:role/r"}}
        """
    )

    assert list(stack.placeholders) == ["R"]
