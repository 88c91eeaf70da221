"""Custom resources: placeholders, functions that run while a template is deployed, and those of CDK and Serverless."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_lambda_events import DeployError, LambdaEvents, LambdaEventsError, Stack

Deploy = Callable[..., Stack]

ROLE = "arn:aws:iam::123456789012:role/shop"
TEMPLATE = f"""
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties: {{Runtime: python3.13, Handler: app.handler, Code: src, Role: "{ROLE}"}}
  C:
    Type: Custom::Lookup
    Properties: {{ServiceToken: !GetAtt F.Arn, Flag: true, Days: 14, Names: [1, {{A: 0.5}}]}}
Outputs:
  Key: {{Value: !GetAtt C.Key}}
  Id: {{Value: !Ref C}}
"""
CFNRESPONSE = """
import cfnresponse
def handler(event, context):
    flag = event["ResourceProperties"]["Flag"]
    cfnresponse.send(event, context, cfnresponse.SUCCESS, {"Key": flag + "!"}, "made")
"""
INLINE = f"""
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties: {{Runtime: python3.13, Handler: index.handler, Role: "{ROLE}", Code: {{ZipFile: {json.dumps(CFNRESPONSE)}}}}}
  C:
    Type: Custom::Lookup
    Properties: {{ServiceToken: !GetAtt F.Arn, Flag: true}}
Outputs:
  Key: {{Value: !GetAtt C.Key}}
  Id: {{Value: !Ref C}}
"""
RESPONSE = """
import json, os
def response(event, **more):
    keys = ("StackId", "RequestId", "LogicalResourceId")
    given = {"Status": "SUCCESS", "PhysicalResourceId": "made", "Data": {"Key": "value"}, **more}
    return json.dumps({**{key: event[key] for key in keys}, **given}).encode()
"""
CLIENTS = {
    "urllib": """
import urllib.request
def handler(event, context):
    with urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], response(event), method="PUT")) as answer:
        print(answer.read())
""",
    "urllib3": """
import urllib3
def handler(event, context):
    assert urllib3.PoolManager().request("PUT", event["ResponseURL"], body=response(event)).status == 200
""",
    "requests": """
import requests
def handler(event, context):
    requests.put(event["ResponseURL"], data=response(event), timeout=5).raise_for_status()
""",
    "http.client": """
from http.client import HTTPSConnection
from urllib.parse import urlsplit
def handler(event, context):
    url = urlsplit(event["ResponseURL"])
    connection = HTTPSConnection(url.hostname)
    connection.request("PUT", f"{url.path}?{url.query}", body=iter([response(event)]))
    assert connection.getresponse().reason == "OK"
""",
}


def write_handler(folder: Path, text: str) -> None:
    (folder / "src" / "app.py").write_text(RESPONSE + text)


@pytest.mark.rule("TPL-H3")
@pytest.mark.scenario("TPL T41")
def test_a_custom_resource_is_a_placeholder(deploy: Deploy) -> None:
    stack = deploy(TEMPLATE)

    assert stack.placeholders == {"C": "custom resources are not run"}
    assert stack.outputs["Key"] == "C.Key"
    assert not stack.functions["F"].attempts


@pytest.mark.rule("TPL-H1", "TPL-H2", "TPL-H4", "TPL-A8")
@pytest.mark.scenario("TPL T40")
@pytest.mark.parametrize("chosen", [True, ["C"]])
def test_inline_code_answers_with_cfnresponse(chosen: Any, deploy: Deploy) -> None:
    stack = deploy(INLINE, run_custom_resources=chosen)

    assert stack.outputs == {"Key": "true!", "Id": "made"}


@pytest.mark.rule("TPL-H4")
@pytest.mark.parametrize("client", CLIENTS)
def test_a_response_is_received_from_each_client(client: str, deploy: Deploy, folder: Path) -> None:
    write_handler(folder, CLIENTS[client])

    assert deploy(TEMPLATE, run_custom_resources=True).outputs == {"Key": "value", "Id": "made"}


@pytest.mark.rule("TPL-H0", "TPL-H1")
def test_the_request_has_the_properties_as_texts(deploy: Deploy, folder: Path) -> None:
    write_handler(folder, CLIENTS["urllib"])

    stack = deploy(TEMPLATE, run_custom_resources=True)
    [invocation] = stack.functions["F"].attempts
    request = invocation.event

    assert request.keys() == {
        "RequestType", "ServiceToken", "ResponseURL", "StackId", "RequestId", "LogicalResourceId", "ResourceType",
        "ResourceProperties",
    }  # fmt: skip
    assert (request["RequestType"], request["ResourceType"], request["LogicalResourceId"]) == ("Create", "Custom::Lookup", "C")
    assert request["ResourceProperties"] == {
        "ServiceToken": stack.functions["F"].arn, "Flag": "true", "Days": "14", "Names": ["1", {"A": "0.5"}],
    }  # fmt: skip


def test_deleting_the_stack_requests_the_deletion(deploy: Deploy, folder: Path) -> None:
    write_handler(folder, CLIENTS["urllib"])
    stack = deploy(TEMPLATE, run_custom_resources=True)
    function = stack.functions["F"]

    stack.delete()

    assert [(one.event["RequestType"], one.event.get("PhysicalResourceId")) for one in function.attempts] == [
        ("Create", None), ("Delete", "made"),
    ]  # fmt: skip


@pytest.mark.rule("TPL-H2", "TPL-H4")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def handler(event, context): pass", "its function returned without a response to ResponseURL"),
        ("def handler(event, context): raise ValueError('broken')", "ValueError: broken"),
        (CLIENTS["urllib"].replace("response(event)", "response(event, Status='FAILED', Reason='no room')"), "no room"),
        (CLIENTS["urllib"].replace("response(event)", "response(event, Data={'x': 'y' * 4096})"), "object is too long"),
    ],
    ids=["no response", "error", "failed", "long"],
)
def test_a_failure_undoes_the_stack(text: str, reason: str, deploy: Deploy, folder: Path, lambda_events: LambdaEvents) -> None:
    write_handler(folder, text)

    with pytest.raises(DeployError, match=rf"Resource C \(Custom::Lookup\): Received response status \[FAILED\] .*{reason}"):
        deploy(TEMPLATE, run_custom_resources=True)

    assert not lambda_events.functions


def test_an_unknown_name_is_refused(deploy: Deploy) -> None:
    with pytest.raises(LambdaEventsError, match=r"run_custom_resources=\['D'\]: the template has no such custom resource"):
        deploy(TEMPLATE, run_custom_resources=["D"])


PROVIDER = f"""
Resources:
  OnEvent:
    Type: AWS::Lambda::Function
    Properties: {{Runtime: python3.13, Handler: app.handler, Code: src, Role: "{ROLE}"}}
  Framework:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs22.x
      Handler: framework.onEvent
      Code: framework
      Role: "{ROLE}"
      Environment: {{Variables: {{USER_ON_EVENT_FUNCTION_ARN: !GetAtt OnEvent.Arn}}}}
  C:
    Type: AWS::CloudFormation::CustomResource
    Properties: {{ServiceToken: !GetAtt Framework.Arn, Flag: true}}
Outputs:
  Key: {{Value: !GetAtt C.Key}}
"""


@pytest.mark.rule("TPL-H5", "TPL-BC")
def test_a_provider_of_cdk_calls_the_function_of_the_user(deploy: Deploy, folder: Path) -> None:
    write_handler(folder, "def handler(event, context): return {'Data': {'Key': event['ResourceProperties']['Flag']}}")

    assert deploy(PROVIDER, run_custom_resources=True).outputs == {"Key": "true"}


@pytest.mark.rule("TPL-H4", "TPL-BB")
def test_functions_of_other_runtimes_do_not_run(deploy: Deploy) -> None:
    node = TEMPLATE.replace("python3.13", "nodejs22.x")

    stack = deploy(node, run_custom_resources=True)

    assert list(stack.placeholders) == ["C"]
    with pytest.raises(DeployError, match=r"the runtime nodejs22.x of 'other-F-\w+' is not Python: pass handlers="):
        deploy(node, name="other", run_custom_resources=["C"])


@pytest.mark.rule("TPL-BB")
@pytest.mark.parametrize("kind", ["Custom::CDKBucketDeployment", "Custom::AWS", "Custom::LogRetention"])
def test_custom_resources_of_cdk_are_inert(kind: str, deploy: Deploy) -> None:
    stack = deploy(TEMPLATE.replace("Custom::Lookup", kind), run_custom_resources=True)

    assert list(stack.placeholders) == ["C"]
    assert stack.placeholders["C"] != "custom resources are not run"
    assert not stack.functions["F"].attempts


def notifying(bucket: str, *, managed: bool, first: str = "a/", second: str = "b/") -> str:
    """Returns a stack of two functions which a bucket notifies by prefix."""
    names = {"F": first, "G": second}
    functions = "".join(
        f"  {name}: {{Type: AWS::Lambda::Function, Properties: {{Runtime: python3.13, Handler: app.handler, Code: src, "
        f"Role: '{ROLE}'}}}}\n  {name}P: {{Type: AWS::Lambda::Permission, Properties: {{FunctionName: !GetAtt {name}.Arn, "
        f"Action: lambda:InvokeFunction, Principal: s3.amazonaws.com}}}}\n"
        for name in names
    )
    filters = ", ".join(
        f"{{LambdaFunctionArn: !GetAtt {name}.Arn, Events: ['s3:ObjectCreated:*'], "
        f"Filter: {{Key: {{FilterRules: [{{Name: prefix, Value: {prefix}}}]}}}}}}"
        for name, prefix in names.items()
    )
    return f"""
Resources:
{functions}
  B: {{Type: AWS::S3::Bucket}}
  N:
    Type: Custom::S3BucketNotifications
    DependsOn: [FP, GP]
    Properties:
      ServiceToken: !GetAtt F.Arn
      BucketName: {bucket}
      NotificationConfiguration: {{LambdaFunctionConfigurations: [{filters}]}}
      Managed: {str(managed).lower()}
      SkipDestinationValidation: false
"""


def keys_of(stack: Stack, name: str) -> list[str]:
    return [one.event["Records"][0]["s3"]["object"]["key"] for one in stack.functions[name].attempts]


@pytest.mark.rule("TPL-B9")
@pytest.mark.scenario("TPL T43")
def test_a_bucket_of_cdk_notifies_two_functions(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(notifying("!Ref B", managed=True))

    for key in ("a/1", "b/2", "c/3"):
        stack.buckets["B"].put_object(key, b"x")
    lambda_events.run_until_idle()

    assert (keys_of(stack, "F"), keys_of(stack, "G")) == (["a/1"], ["b/2"])
    assert "N" not in stack.placeholders


@pytest.mark.rule("TPL-B9", "TPL-BF")
@pytest.mark.scenario("TPL T44")
def test_notifications_are_added_to_those_of_an_imported_bucket(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    old = deploy(notifying("old-bucket", managed=False), name="first")
    new = deploy(notifying("old-bucket", managed=False, first="c/", second="d/"), name="second")

    for key in ("a/1", "c/2"):
        lambda_events.buckets["old-bucket"].put_object(key, b"x")
    lambda_events.run_until_idle()

    assert (keys_of(old, "F"), keys_of(new, "F")) == (["a/1"], ["c/2"])
    reasons = [one.reason for stack in (old, new) for one in stack.report if one.logical_id == "N"]
    assert reasons == ["the bucket 'old-bucket' did not exist and is created", ""]
    new.delete()
    lambda_events.buckets["old-bucket"].put_object("c/3", b"x")
    lambda_events.run_until_idle()


@pytest.mark.rule("TPL-B9")
def test_managed_notifications_replace_those_of_the_bucket(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    old = deploy(notifying("old-bucket", managed=False), name="first")
    deploy(notifying("old-bucket", managed=True, first="c/", second="d/"), name="second")

    lambda_events.buckets["old-bucket"].put_object("a/1", b"x")
    lambda_events.run_until_idle()

    assert keys_of(old, "F") == []


@pytest.mark.rule("TPL-C4")
def test_an_existing_bucket_of_serverless_notifies_a_function(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    lambda_events.bucket("old-bucket")
    stack = deploy(f"""
        Resources:
          F:
            Type: AWS::Lambda::Function
            Properties: {{FunctionName: shop-dev-f, Runtime: python3.13, Handler: app.handler, Code: src, Role: "{ROLE}"}}
          N:
            Type: Custom::S3
            DependsOn: F
            Properties:
              ServiceToken: "arn:aws:lambda:us-east-1:123456789012:function:shop-dev-custom-resource-existing-s3"
              FunctionName: shop-dev-f
              BucketName: old-bucket
              BucketConfigs: [{{Event: "s3:ObjectCreated:*", Rules: [{{Prefix: in/}}, {{Suffix: .csv}}]}}]
        """)

    for key in ("in/a.csv", "in/a.txt", "a.csv"):
        lambda_events.buckets["old-bucket"].put_object(key, b"x")
    lambda_events.run_until_idle()

    assert keys_of(stack, "F") == ["in/a.csv"]


@pytest.mark.rule("TPL-C4")
@pytest.mark.parametrize("bus", ["default", "shop"])
def test_a_rule_of_an_old_package_of_serverless_invokes_its_function(
    bus: str, deploy: Deploy, lambda_events: LambdaEvents
) -> None:
    stack = deploy(f"""
        Resources:
          F:
            Type: AWS::Lambda::Function
            Properties: {{FunctionName: shop-dev-f, Runtime: python3.13, Handler: app.handler, Code: src, Role: "{ROLE}"}}
          R:
            Type: Custom::EventBridge
            DependsOn: F
            Properties:
              ServiceToken: "arn:aws:lambda:us-east-1:123456789012:function:shop-dev-custom-resource-event-bridge"
              FunctionName: shop-dev-f
              EventBridgeConfig: {{RuleName: shop-dev-f-rule-1, EventBus: {bus}, Pattern: {{source: [shop]}}, Input: {{a: 1}}}}
        """)

    lambda_events.event_buses[bus].put_event(source="shop", detail_type="Paid", detail={})
    lambda_events.run_until_idle()

    assert [attempt.event for attempt in stack.functions["F"].attempts] == [{"a": 1}]
    stack.delete()
    assert list(lambda_events.event_buses) == ["default"]
