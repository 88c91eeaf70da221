"""What would call a function, and is not created, is listed as not delivered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_lambda_events import LambdaEvents, Stack

Deploy = Callable[..., Stack]

FUNCTION = """Transform: AWS::Serverless-2016-10-31
Parameters: {Stage: {Type: String, Default: dev}}
Conditions: {IsProd: !Equals [!Ref Stage, prod]}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
"""
SAM_API = """      Events:
        Get: {Type: Api, Properties: {Path: "/orders/{id}", Method: get}}
        Any: {Type: HttpApi, Properties: {Path: /all, Method: ANY}}
        Rest: {Type: HttpApi}
"""
ALIAS_API = "      AutoPublishAlias: live\n" + SAM_API
METHODS = """  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: shop}}
  Orders: {Type: AWS::ApiGateway::Resource,
    Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: orders}}
  Order: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, ParentId: !Ref Orders, PathPart: "{id}"}}
  Get: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref Api, ResourceId: !Ref Order, HttpMethod: GET,
    Integration: {Type: AWS_PROXY, Uri: !Sub
      "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations"}}}
  Root: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId,
    HttpMethod: POST, Integration: {Uri: !Sub "arn:aws:apigateway:x:lambda:path/functions/${F.Arn}/invocations"}}}
  Prod: {Type: AWS::ApiGateway::Method, Condition: IsProd, Properties: {RestApiId: !Ref Api, ResourceId: !Ref Order,
    HttpMethod: PUT, Integration: {Uri: !GetAtt F.Arn}}}
"""
SOCKET = """  Socket: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: WEBSOCKET, Name: x}}
  Integration: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Socket, IntegrationUri: !Sub
    "arn:aws:apigateway:x:lambda:path/2015-03-31/functions/${F.Arn}/invocations"}}
  Connect: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Socket, RouteKey: $connect,
    Target: !Join [/, [integrations, !Ref Integration]]}}
"""
ADDRESSES = """Outputs:
  Rest: {Value: !Ref ServerlessRestApi}
  RestId: {Value: !GetAtt ServerlessRestApi.RestApiId}
  Address: {Value: !Sub
    "https://${ServerlessRestApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${ServerlessRestApiProdStage}/orders"}
  Http: {Value: !GetAtt ServerlessHttpApi.ApiEndpoint}
  Socket: {Value: !GetAtt Socket.ApiEndpoint}
  Other: {Value: !GetAtt Api.Whatever}
"""
SCALING = """      AutoPublishAlias: live
  Scaling: {Type: AWS::ApplicationAutoScaling::ScalableTarget, Properties: {ResourceId: !Sub "function:${F}:live",
    ServiceNamespace: lambda, MinCapacity: 1, MaxCapacity: 9, ScalableDimension: lambda:function:ProvisionedConcurrency}}
"""
OTHERS = """  Pool: {Type: AWS::Cognito::UserPool, Properties: {LambdaConfig: {PreSignUp: !GetAtt F.Arn}}}
  Machine: {Type: AWS::StepFunctions::StateMachine, Properties: {RoleArn: !GetAtt FRole.Arn,
    DefinitionString: '{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${Task}", "End": true}}}',
    DefinitionSubstitutions: {Task: !GetAtt F.Arn}}}
  Bucket: {Type: AWS::S3::Bucket}
  Delivery:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      ExtendedS3DestinationConfiguration:
        BucketARN: !GetAtt Bucket.Arn
        RoleARN: !GetAtt FRole.Arn
        ProcessingConfiguration:
          Enabled: true
          Processors: [{Type: Lambda, Parameters: [{ParameterName: LambdaArn, ParameterValue: !GetAtt F.Arn}]}]
  Group: {Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {TargetType: lambda, Targets: [{Id: !GetAtt F.Arn}]}}
  Alarm: {Type: AWS::CloudWatch::Alarm, Properties: {MetricName: Errors, Namespace: x, Statistic: Sum, Period: 60,
    EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: GreaterThanThreshold, AlarmActions: [!GetAtt F.Arn]}}
  Watching: {Type: AWS::CloudWatch::Alarm, Properties: {MetricName: Errors, Namespace: AWS/Lambda, Statistic: Sum, Period: 60,
    EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: GreaterThanThreshold,
    Dimensions: [{Name: FunctionName, Value: !Ref F}]}}
  Key: {Type: AWS::KMS::Key, Properties: {Description: !Sub "the key of ${F}"}}
  Topics: {Type: AWS::IoT::TopicRule,
    Properties: {TopicRulePayload: {Sql: x, Actions: [{Lambda: {FunctionArn: !GetAtt F.Arn}}]}}}
  Custom: {Type: Custom::Lookup, Properties: {ServiceToken: !GetAtt F.Arn}}
"""


@pytest.mark.rule("TPL-F1", "TPL-0C")
@pytest.mark.scenario("TPL T33")
@pytest.mark.parametrize("events", [SAM_API, ALIAS_API], ids=["function", "alias"])
def test_routes_of_ignored_apis_are_listed(events: str, deploy: Deploy) -> None:
    stack = deploy(FUNCTION + events, ignore=["AWS::ApiGateway*"])

    assert sorted(stack.not_delivered) == ["API $default -> F", "API ANY /all -> F", "API GET /orders/{id} -> F"]
    assert stack.functions["F"].invoke({"path": "/orders/1"}).payload["event"] == {"path": "/orders/1"}
    assert "ServerlessRestApi" in stack.placeholders


@pytest.mark.rule("TPL-F1")
def test_methods_and_routes_are_listed_with_their_paths(deploy: Deploy) -> None:
    stack = deploy(FUNCTION + METHODS + SOCKET, ignore=["AWS::ApiGateway::*"])

    assert stack.placeholders["Connect"] == "belongs to Socket, which is not created"
    assert stack.not_delivered == ["API GET /orders/{id} -> F", "API POST / -> F", "API $connect -> F"]


@pytest.mark.rule("TPL-F1", "TPL-F5", "TPL-H3")
@pytest.mark.scenario("TPL T41")
def test_other_callers_of_functions_are_listed(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(FUNCTION + OTHERS, ignore=["AWS::IoT::*"])

    assert stack.not_delivered == [
        "UserPool Pool PreSignUp -> F",
        "StateMachine Machine -> F",
        "DeliveryStream Delivery -> F",
        "TargetGroup Group -> F",
        "Alarm Alarm -> F",
        "TopicRule Topics -> F",
    ]
    assert stack.not_applied["Pool"] == ["LambdaConfig"]
    states = {one.logical_id for one in stack.report if one.treatment == "state"}
    assert states == {"Pool", "Machine", "Delivery", "Alarm", "Watching", "Key"}
    assert stack.placeholders["Custom"] == "custom resources are not run"
    assert not stack.functions["F"].attempts


@pytest.mark.rule("TPL-80", "TPL-81")
def test_placeholders_of_apis_have_values_that_fit_together(deploy: Deploy) -> None:
    stack = deploy(FUNCTION + SAM_API + METHODS + SOCKET + ADDRESSES, ignore=["Api"])

    outputs = stack.outputs
    assert outputs["Rest"] == outputs["RestId"]
    assert outputs["Address"] == f"https://{outputs['Rest']}.execute-api.us-east-1.amazonaws.com/Prod/orders"
    assert outputs["Http"].startswith("https://")
    assert outputs["Socket"].startswith("wss://")
    assert outputs["Other"] == "Api.Whatever"


@pytest.mark.rule("TPL-72")
def test_references_in_placeholders_are_not_followed(deploy: Deploy) -> None:
    stack = deploy(
        """
        Resources:
          Secret: {Type: AWS::SecretsManager::Secret, Properties: {SecretString: x}}
          Attached: {Type: AWS::SecretsManager::SecretTargetAttachment, Properties: {SecretId: !Ref Secret, TargetId: x,
            TargetType: "{{resolve:ssm:/not/there}}"}}
        Outputs: {Secret: {Value: !Ref Secret}, Attached: {Value: !Ref Attached}}
        """
    )

    assert stack.outputs["Attached"] == stack.outputs["Secret"]
    assert "Attached" in stack.placeholders


@pytest.mark.rule("TPL-F2")
def test_scaling_of_a_function_is_a_placeholder(deploy: Deploy) -> None:
    stack = deploy(FUNCTION + SCALING)

    assert list(stack.placeholders) == ["Scaling"]
    assert stack.not_delivered == []


@pytest.mark.rule("TPL-0B", "TPL-0C")
def test_the_table_of_a_stack_lists_what_it_does_not_do(deploy: Deploy, folder: Path) -> None:
    text = str(deploy(FUNCTION + "      EphemeralStorage: {Size: 1024}\n" + METHODS, ignore=["Api"]))

    assert "Not delivered:\n  API GET /orders/{id} -> F\n  API POST / -> F" in text
    assert "Not applied:\n  F: EphemeralStorage" in text
