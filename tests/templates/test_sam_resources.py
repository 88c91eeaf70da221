"""Resources that AWS SAM makes of functions, tables and state machines."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, Stack, TemplateError

from .values import HEAD, sam

Deploy = Callable[..., Stack]


def _attached(lambda_events: LambdaEvents, stack: Stack, role: str = "FRole") -> list[str]:
    """Returns the ARNs of the managed policies of a role."""
    name = next(one.name for one in stack.report if one.logical_id == role)
    found = lambda_events.client("iam").list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    return [one["PolicyArn"].removeprefix("arn:aws:iam::aws:policy/") for one in found]


@pytest.mark.rule("TPL-90")
@pytest.mark.scenario("TPL T56")
def test_globals_are_merged_with_a_function(deploy: Deploy, lambda_events: LambdaEvents, folder: Path) -> None:
    for name in ("one", "two"):
        (folder / name / "python").mkdir(parents=True)
        (folder / name / "python" / f"{name}.py").write_text(f"NAME = {name!r}\n")
    (folder / "src" / "layered.py").write_text("import one, two, os\ndef handler(e, c): return [one.NAME, two.NAME]\n")
    template = f"""{HEAD}
Globals:
  Function:
    Runtime: python3.13
    CodeUri: src/
    Timeout: 7
    MemorySize: 256
    Handler: layered.handler
    Layers: [!Ref One]
    Tags: {{team: shop}}
    Environment: {{Variables: {{SHARED: global, OWN: global}}}}
Resources:
  One: {{Type: AWS::Serverless::LayerVersion, Properties: {{ContentUri: one}}}}
  Two: {{Type: AWS::Serverless::LayerVersion, Properties: {{ContentUri: two}}}}
  F:
    Type: AWS::Serverless::Function
    Properties: {{MemorySize: 512, Layers: [!Ref Two], Tags: {{own: x}}, Environment: {{Variables: {{OWN: own}}}}}}
"""

    function = deploy(template).functions["F"]

    client = lambda_events.client("lambda")
    settings = client.get_function_configuration(FunctionName=function.name)
    tags = client.list_tags(Resource=function.arn)["Tags"]
    assert function.invoke({}).payload == ["one", "two"]
    assert (settings["Timeout"], settings["MemorySize"]) == (7, 512)
    assert settings["Environment"]["Variables"] == {"SHARED": "global", "OWN": "own"}
    assert tags == {"team": "shop", "own": "x", "lambda:createdBy": "SAM"}


@pytest.mark.rule("TPL-8F")
def test_a_function_without_code_uri_has_the_folder_of_the_template(deploy: Deploy, folder: Path) -> None:
    (folder / "root.py").write_text("def handler(event, context): return 'root'\n")

    stack = deploy(sam("F: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.13, Handler: root.handler}}"))

    assert stack.functions["F"].invoke({}).payload == "root"


@pytest.mark.rule("TPL-90")
def test_inline_code_and_a_given_role(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(
        sam(
            "R: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: []}}}",
            "F: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.13, Handler: index.handler, "
            "InlineCode: 'def handler(event, context): return 5', Role: !GetAtt R.Arn, Policies: [AmazonSQSFullAccess]}}",
        )
    )

    assert stack.functions["F"].invoke({}).payload == 5
    assert "FRole" not in {one.logical_id for one in stack.report}
    assert _attached(lambda_events, stack, "R") == []


@pytest.mark.rule("TPL-90")
def test_a_condition_is_copied_to_what_is_made(deploy: Deploy) -> None:
    conditions = "Conditions: {Never: !Equals [a, b]}"
    function = "F: {Condition: Never, FN, Events: {A: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}}}}"

    stack = deploy(sam(function, "Q: {Type: AWS::SQS::Queue}", rest=conditions))

    assert {one.logical_id: one.treatment for one in stack.report} == {
        "F": "left out",
        "FRole": "left out",
        "FA": "left out",
        "Q": "simulated",
    }


@pytest.mark.rule("TPL-91")
@pytest.mark.parametrize(
    ("properties", "policy"),
    [
        ("Tracing: Active", "AWSXrayWriteOnlyAccess"),
        ("VpcConfig: {SubnetIds: [subnet-1], SecurityGroupIds: [sg-1]}", "service-role/AWSLambdaVPCAccessExecutionRole"),
        ("Events: {A: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}}", "service-role/AWSLambdaSQSQueueExecutionRole"),
        (
            "Events: {A: {Type: Kinesis, Properties: {Stream: !GetAtt S.Arn, StartingPosition: LATEST}}}",
            "service-role/AWSLambdaKinesisExecutionRole",
        ),
        (
            "Events: {A: {Type: DynamoDB, Properties: {Stream: !GetAtt T.StreamArn, StartingPosition: LATEST}}}",
            "service-role/AWSLambdaDynamoDBExecutionRole",
        ),
    ],
)
def test_the_role_has_what_the_sources_need(properties: str, policy: str, deploy: Deploy, lambda_events: LambdaEvents) -> None:
    table = (
        "T: {Type: AWS::DynamoDB::Table, Properties: {BillingMode: PAY_PER_REQUEST, "
        "KeySchema: [{AttributeName: id, KeyType: HASH}], AttributeDefinitions: [{AttributeName: id, AttributeType: S}], "
        "StreamSpecification: {StreamViewType: NEW_IMAGE}}}"
    )

    stack = deploy(sam(f"F: {{FN, {properties}}}}}", "Q: {Type: AWS::SQS::Queue}", "S: {Type: AWS::Kinesis::Stream}", table))

    assert _attached(lambda_events, stack) == ["service-role/AWSLambdaBasicExecutionRole", policy]


@pytest.mark.rule("TPL-91")
@pytest.mark.scenario("TPL T3")
@pytest.mark.lambda_events(enforce_permissions=True)
def test_the_role_of_sam_is_enough_for_a_queue(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(sam("F: {FN, Events: {A: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}}}}", "Q: {Type: AWS::SQS::Queue}"))

    stack.queues["Q"].send("x")
    lambda_events.run_until_idle()

    assert stack.functions["F"].records_processed == 1


@pytest.mark.rule("TPL-89")
@pytest.mark.parametrize("name", ["AmazonSQSFullAccess", "arn:aws:iam::aws:policy/AmazonSNSFullAccess"])
def test_policies_are_named_as_in_iam(name: str, deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(sam(f"F: {{FN, Policies: [{name}]}}}}"))

    assert _attached(lambda_events, stack)[1:] == [name.rpartition("/")[2]]


@pytest.mark.rule("TPL-89")
def test_an_unknown_policy_is_reported(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(sam("F: {FN, Policies: [NoSuchPolicy]}}"))

    assert len(_attached(lambda_events, stack)) == 1
    assert "NoSuchPolicy" in str(stack)


@pytest.mark.rule("TPL-52")
@pytest.mark.parametrize("given", [True, False])
def test_a_role_that_depends_on_a_condition(given: bool, deploy: Deploy, lambda_events: LambdaEvents) -> None:
    rest = "Parameters: {Arn: {Type: String, Default: ''}}\nConditions: {Given: !Not [!Equals [!Ref Arn, '']]}"
    role = lambda_events.client("iam").create_role(RoleName="own", AssumeRolePolicyDocument="{}")["Role"]["Arn"]

    stack = deploy(
        sam("F: {FN, Role: !If [Given, !Ref Arn, !Ref AWS::NoValue]}}", rest=rest), parameters={"Arn": role if given else ""}
    )

    settings = lambda_events.client("lambda").get_function_configuration(FunctionName=stack.functions["F"].name)
    treatments = {one.logical_id: one.treatment for one in stack.report}
    assert (settings["Role"] == role) is given
    assert treatments["FRole"] == ("left out" if given else "simulated")


@pytest.mark.rule("TPL-92")
@pytest.mark.scenario("TPL T4")
def test_everything_names_a_published_alias(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    function = (
        "F: {FN, AutoPublishAlias: live, EventInvokeConfig: {MaximumRetryAttempts: 0}, "
        "Events: {A: {Type: SNS, Properties: {Topic: !Ref T}}}}}"
    )
    template = sam(function, "T: {Type: AWS::SNS::Topic}")
    template += "Outputs: {Alias: {Value: !Ref F.Alias}, Version: {Value: !Ref F.Version}}\n"

    def fail(event: Any, context: Any) -> None:
        raise ValueError(context.invoked_function_arn.rpartition(":")[2])

    stack = deploy(template, handlers={"F": fail})
    lambda_events.client("sns").publish(TopicArn=stack.topics["T"].arn, Message="x")
    lambda_events.run_until_idle()

    [attempt] = stack.functions["F"].attempts
    assert attempt.error_message == "live"
    assert stack.outputs["Alias"].endswith(":live")
    assert stack.outputs["Version"].endswith(":1")


@pytest.mark.rule("TPL-92")
def test_a_wrong_reference_to_a_version_or_alias(deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match=r"Outputs/O/Value: Fn::GetAtt F\.Version does not exist\. Write !Ref F\.Version"):
        deploy(sam("F: {FN, AutoPublishAlias: live}}") + "Outputs: {O: {Value: !GetAtt F.Version}}\n")
    with pytest.raises(TemplateError, match=r"Unresolved resource dependencies \[F\.Alias\] in the Outputs block"):
        deploy(sam("F: {FN}}") + "Outputs: {O: {Value: !Ref F.Alias}}\n")


@pytest.mark.rule("TPL-93")
def test_a_deployment_preference_is_a_placeholder(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    preference = "{Type: Linear10PercentEvery1Minute}"
    stack = deploy(sam(f"F: {{FN, AutoPublishAlias: live, DeploymentPreference: {preference}}}}}"))

    treatments = {one.logical_id: one.treatment for one in stack.report}
    assert treatments["ServerlessDeploymentApplication"] == "placeholder"
    assert treatments["FDeploymentGroup"] == "placeholder"
    assert treatments["FAliaslive"] == "simulated"
    name = stack.functions["F"].name
    assert lambda_events.client("lambda").invoke(FunctionName=name, Qualifier="live")["ExecutedVersion"] == "1"


@pytest.mark.rule("TPL-94")
@pytest.mark.scenario("TPL T5")
def test_a_destination_without_arn_gets_a_queue(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    def fail(event: Any, context: Any) -> None:
        raise ValueError("no")

    config = "{MaximumRetryAttempts: 0, DestinationConfig: {OnFailure: {Type: SQS}, OnSuccess: {Type: SNS}}}"
    stack = deploy(sam(f"F: {{FN, EventInvokeConfig: {config}}}}}"), handlers={"F": fail})

    stack.functions["F"].invoke_async({})
    lambda_events.run_until_idle()

    assert len(stack.queues["FEventInvokeConfigOnFailureQueue"].invocation_records) == 1
    assert list(stack.topics) == ["FEventInvokeConfigOnSuccessTopic"]


@pytest.mark.rule("TPL-94", "TPL-95")
@pytest.mark.lambda_events(enforce_permissions=True)
def test_the_role_may_send_to_the_queues_that_the_function_names(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    def fail(event: Any, context: Any) -> None:
        raise ValueError("no")

    config = "{MaximumRetryAttempts: 0, DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt D.Arn}}}"
    letters = "{Type: SQS, TargetArn: !GetAtt L.Arn}"
    stack = deploy(
        sam(
            f"F: {{FN, EventInvokeConfig: {config}, DeadLetterQueue: {letters}}}}}",
            "D: {Type: AWS::SQS::Queue}",
            "L: {Type: AWS::SQS::Queue}",
        ),
        handlers={"F": fail},
    )

    stack.functions["F"].invoke_async({})
    lambda_events.run_until_idle()

    assert len(stack.queues["D"].messages) == 1
    assert len(stack.queues["L"].messages) == 1


@pytest.mark.rule("TPL-97")
def test_simple_tables_state_machines_and_connectors(deploy: Deploy, lambda_events: LambdaEvents, folder: Path) -> None:
    (folder / "machine.asl.json").write_text(
        json.dumps({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${Arn}", "ResultPath": None, "End": True}}})
    )
    stack = deploy(
        sam(
            "F: {FN}}",
            "T: {Type: AWS::Serverless::SimpleTable}",
            "U: {Type: AWS::Serverless::SimpleTable, Properties: {PrimaryKey: {Name: n, Type: Number}}}",
            "M: {Type: AWS::Serverless::StateMachine, "
            "Properties: {DefinitionUri: machine.asl.json, DefinitionSubstitutions: {Arn: !GetAtt F.Arn}}}",
            "C: {Type: AWS::Serverless::Connector, "
            "Properties: {Source: {Id: F}, Destination: {Id: T}, Permissions: [Read, Write]}}",
        )
    )

    dynamodb = lambda_events.client("dynamodb")
    keys = [dynamodb.describe_table(TableName=stack.tables[name].name)["Table"]["AttributeDefinitions"] for name in "TU"]
    assert keys == [[{"AttributeName": "id", "AttributeType": "S"}], [{"AttributeName": "n", "AttributeType": "N"}]]
    [machine] = lambda_events.client("stepfunctions").list_state_machines()["stateMachines"]
    found = lambda_events.client("stepfunctions").describe_state_machine(stateMachineArn=machine["stateMachineArn"])
    assert json.loads(found["definition"])["States"]["A"]["Resource"] == stack.functions["F"].arn
    assert "CPolicy" in {one.logical_id for one in stack.report}
    assert not stack.event_source_mappings


@pytest.mark.rule("TPL-98", "TPL-8A")
def test_the_report_has_the_order_of_the_written_template(deploy: Deploy, folder: Path) -> None:
    (folder / "layer" / "python").mkdir(parents=True)

    stack = deploy(
        sam(
            "Q: {Type: AWS::SQS::Queue}",
            "G: {FN, Events: {Get: {Type: Api, Properties: {Path: /x, Method: get}}}}}",
            "L: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer}}",
            "F: {FN, Events: {A: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}}}}",
        )
    )

    names = [one.logical_id for one in stack.report]
    assert names[:4] == ["Q", "G", "GRole", "GGetPermissionProd"]
    assert names[4].startswith("L")
    assert names[5:8] == ["F", "FRole", "FA"]
    assert all(name.startswith("ServerlessRestApi") for name in names[8:])


@pytest.mark.rule("TPL-84")
@pytest.mark.scenario("TPL T12")
def test_environment_variables_are_texts(deploy: Deploy) -> None:
    variables = "{ONE: 1, FLAG: true, HALF: 0.5, LONG: 1.50, LIST: !Join [',', [1, true]]}"

    seen = deploy(sam(f"F: {{FN, Environment: {{Variables: {variables}}}}}}}")).functions["F"].invoke({}).payload["variables"]

    assert [seen[name] for name in ("ONE", "FLAG", "HALF", "LONG", "LIST")] == ["1", "true", "0.5", "1.5", "1,true"]


@pytest.mark.rule("TPL-0B", "TPL-AD", "TPL-AE")
@pytest.mark.parametrize(
    ("layer", "place"),
    [
        ("AWS::Serverless::LayerVersion, Properties: {ContentUri: nowhere}", "'FOLDER/nowhere'"),
        (
            "AWS::Lambda::LayerVersion, Properties: {Content: {S3Bucket: b, S3Key: k.zip}}",
            "the object 'k.zip' in the bucket 'b'",
        ),
    ],
)
def test_the_report_names_the_content_of_a_layer_that_does_not_exist(
    layer: str, place: str, deploy: Deploy, folder: Path
) -> None:
    stack = deploy(f"Transform: AWS::Serverless-2016-10-31\nResources:\n  L: {{Type: {layer}}}\n")

    [row] = stack.report
    expected = f"{place} does not exist: install the packages of the layer"
    assert row.reason == expected.replace("FOLDER", str(folder))
