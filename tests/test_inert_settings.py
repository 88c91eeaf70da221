"""Settings that change nothing that a test could see are kept and returned by every answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from uploads import TRUST, zipped

from pytest_lambda_events import LambdaEvents, NotSimulatedError

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
VPC = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
FILES = [
    {
        "Arn": "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0",
        "LocalMountPath": "/mnt/data",
    }
]
PROVIDER = "arn:aws:lambda:us-east-1:123456789012:capacity-provider:mine"
CAPACITY = {"LambdaManagedInstancesCapacityProviderConfig": {"CapacityProviderArn": PROVIDER}}
SIGNING = "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdef0"
RUNTIME = "arn:aws:lambda:us-east-1::runtime:7893bafe1f7e5c0681bc8da889edf656777a53c2a26e3f73436bdcbc87ccfbe8"


@pytest.fixture
def aws_lambda(lambda_events: LambdaEvents) -> Any:
    """Lambda."""
    return lambda_events.client("lambda")


@pytest.fixture
def create(lambda_events: LambdaEvents, aws_lambda: Any) -> Callable[..., dict[str, Any]]:
    """Makes a function through boto3, and waits until it is active."""
    role = lambda_events.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]

    def create(source: str = "def handler(event, context): return 1", **given: Any) -> dict[str, Any]:
        parameters = {"Runtime": "python3.13", "Handler": "app.handler", "Code": {"ZipFile": zipped(source)}, **given}
        parameters = {name: value for name, value in parameters.items() if value is not None}
        made: dict[str, Any] = aws_lambda.create_function(FunctionName="f", Role=role, **parameters)
        lambda_events.advance(1)
        return made

    return create


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ({"VpcConfig": VPC}, {"VpcConfig": {**VPC, "VpcId": "", "Ipv6AllowedForDualStack": False}}),
        ({"EphemeralStorage": {"Size": 1024}}, {"EphemeralStorage": {"Size": 1024}}),
        ({"Architectures": ["arm64"]}, {"Architectures": ["arm64"]}),
        ({"FileSystemConfigs": FILES}, {"FileSystemConfigs": FILES}),
        ({"CapacityProviderConfig": CAPACITY}, {"CapacityProviderConfig": CAPACITY}),
        ({"Description": "charges"}, {"Description": "charges"}),
    ],
    ids=lambda value: next(iter(value)),
)
def test_a_setting_without_effect_is_in_every_answer(
    create: Any, aws_lambda: Any, lambda_events: LambdaEvents, given: dict[str, Any], answer: dict[str, Any]
) -> None:
    [name] = given

    made = create(**given, Publish=True)

    read = aws_lambda.get_function(FunctionName="f")["Configuration"]
    [listed] = aws_lambda.list_functions()["Functions"]
    version = aws_lambda.get_function_configuration(FunctionName="f", Qualifier="1")
    assert [one[name] for one in (made, read, listed, version)] == [answer[name]] * 4
    assert lambda_events.functions["f"].invoke().payload == 1


def test_a_function_leaves_its_network_and_its_file_system(create: Any, aws_lambda: Any) -> None:
    create(VpcConfig=VPC, FileSystemConfigs=FILES)

    kept = aws_lambda.update_function_configuration(FunctionName="f", VpcConfig={"Ipv6AllowedForDualStack": True})
    with pytest.raises(ClientError, match="update is in progress"):
        aws_lambda.update_function_configuration(FunctionName="f", Timeout=4)

    assert kept["VpcConfig"] == {**VPC, "VpcId": "", "Ipv6AllowedForDualStack": True}
    assert kept["FileSystemConfigs"] == FILES


def test_settings_that_are_emptied_are_gone(create: Any, aws_lambda: Any) -> None:
    create(VpcConfig=VPC, FileSystemConfigs=FILES)

    left = aws_lambda.update_function_configuration(
        FunctionName="f", VpcConfig={"SubnetIds": [], "SecurityGroupIds": []}, FileSystemConfigs=[]
    )

    assert left["VpcConfig"] == {
        "SubnetIds": [], "SecurityGroupIds": [], "VpcId": "", "Ipv6AllowedForDualStack": False
    }  # fmt: skip
    assert "FileSystemConfigs" not in left


def test_a_mounted_folder_is_missing_and_the_report_has_a_warning(
    create: Any, aws_lambda: Any, lambda_events: LambdaEvents
) -> None:
    create("def handler(event, context): return open('/mnt/data/x').read()", FileSystemConfigs=FILES)

    answer = lambda_events.functions["f"].invoke().payload

    assert answer["errorType"] == "FileNotFoundError"
    [warning] = lambda_events.journal.warnings
    assert "No file system is mounted at /mnt/data" in warning.detail["message"]


def test_the_runtime_management_of_a_version_is_kept(create: Any, aws_lambda: Any) -> None:
    create(Publish=True)
    default = aws_lambda.get_runtime_management_config(FunctionName="f")

    put = aws_lambda.put_runtime_management_config(
        FunctionName="f", Qualifier="1", UpdateRuntimeOn="Manual", RuntimeVersionArn=RUNTIME
    )

    assert (default["UpdateRuntimeOn"], default["FunctionArn"]) == ("Auto", f"{ARN}:$LATEST")
    read = aws_lambda.get_runtime_management_config(FunctionName="f", Qualifier="1")
    for answer in (put, read):
        assert (answer["UpdateRuntimeOn"], answer["RuntimeVersionArn"]) == ("Manual", RUNTIME)
        assert answer["FunctionArn"] == f"{ARN}:1"
    assert aws_lambda.get_runtime_management_config(FunctionName="f")["UpdateRuntimeOn"] == "Auto"


@pytest.mark.parametrize("given", [{"UpdateRuntimeOn": "Manual"}, {"UpdateRuntimeOn": "Auto", "RuntimeVersionArn": RUNTIME}])
def test_a_runtime_version_belongs_to_manual_updates(create: Any, aws_lambda: Any, given: dict[str, str]) -> None:
    create()

    with pytest.raises(ClientError, match="RuntimeVersionArn is"):
        aws_lambda.put_runtime_management_config(FunctionName="f", **given)


def test_a_code_signing_configuration_is_kept(create: Any, aws_lambda: Any) -> None:
    create(CodeSigningConfigArn=SIGNING)
    first = aws_lambda.get_function_code_signing_config(FunctionName="f")

    aws_lambda.put_function_code_signing_config(FunctionName="f", CodeSigningConfigArn=f"{SIGNING[:-1]}1")
    second = aws_lambda.get_function_code_signing_config(FunctionName="f")
    aws_lambda.delete_function_code_signing_config(FunctionName="f")

    assert (first["CodeSigningConfigArn"], second["CodeSigningConfigArn"]) == (SIGNING, f"{SIGNING[:-1]}1")
    assert aws_lambda.get_function_code_signing_config(FunctionName="f")["CodeSigningConfigArn"] == ""


# ------------------------------------------------------------------ Managed Instances


@pytest.mark.rule("FUN-70")
def test_managed_instances_have_more_time_for_events_and_more_memory(
    create: Any, aws_lambda: Any, lambda_events: LambdaEvents
) -> None:
    source = "import time\ndef handler(event, context):\n  time.sleep(event)\n  return context.get_remaining_time_in_millis()"
    create(source, CapacityProviderConfig=CAPACITY, Timeout=5400, MemorySize=32_768)
    function = lambda_events.functions["f"]
    function.update(maximum_retry_attempts=0)

    for seconds in (5399, 5401):
        function.invoke_async(seconds)
    lambda_events.advance(5400)
    answer = function.invoke(1801)

    in_time, too_late, _ = function.attempts
    assert (in_time.response, too_late.error_type) == (1000, "Sandbox.Timedout")
    assert answer.payload["errorMessage"].endswith("Task timed out after 1800.00 seconds")


@pytest.mark.rule("FUN-70")
@pytest.mark.parametrize(("member", "value", "most"), [("Timeout", 5401, 5400), ("MemorySize", 32_769, 32_768)])
def test_managed_instances_have_limits_too(create: Any, aws_lambda: Any, member: str, value: int, most: int) -> None:
    create(CapacityProviderConfig=CAPACITY)

    with pytest.raises(ClientError, match=f"less than or equal to {most}"):
        aws_lambda.update_function_configuration(FunctionName=ARN, **{member: value})


def test_an_ordinary_function_has_no_limits_of_managed_instances(create: Any, aws_lambda: Any) -> None:
    create()

    with pytest.raises(ClientError, match="less than or equal to 10240"):
        aws_lambda.update_function_configuration(FunctionName="f", MemorySize=10_241)


# ------------------------------------------------------------------ the published latest version


@pytest.mark.rule("FUN-73")
def test_the_latest_version_can_be_published_under_a_name_of_its_own(
    create: Any, aws_lambda: Any, lambda_events: LambdaEvents
) -> None:
    create()

    made = aws_lambda.publish_version(FunctionName="f", PublishTo="LATEST_PUBLISHED")
    aws_lambda.update_function_code(
        FunctionName="f", ZipFile=zipped("def handler(event, context): return context.function_version")
    )
    lambda_events.advance(1)
    before = invoke(aws_lambda, "$LATEST.PUBLISHED")
    aws_lambda.publish_version(FunctionName="f", PublishTo="LATEST_PUBLISHED")

    assert (made["Version"], made["FunctionArn"]) == ("$LATEST.PUBLISHED", f"{ARN}:$LATEST.PUBLISHED")
    assert (before, invoke(aws_lambda, "$LATEST.PUBLISHED")) == (1, "$LATEST.PUBLISHED")
    aws_lambda.delete_function(FunctionName="f", Qualifier="$LATEST.PUBLISHED")
    with pytest.raises(ClientError, match="Function not found"):
        invoke(aws_lambda, "$LATEST.PUBLISHED")


def invoke(aws_lambda: Any, qualifier: str) -> Any:
    return json.loads(aws_lambda.invoke(FunctionName="f", Qualifier=qualifier)["Payload"].read())


# ------------------------------------------------------------------ images


def test_a_callable_runs_in_place_of_an_image(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest

        def pytest_lambda_events_handler(name):
            handlers = {
                "app.handler": lambda event, context: ["command", event],
                "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:2": lambda event, context: ["image", event],
            }
            return handlers.get(name)
        """
    )
    pytester.makepyfile(
        """
        import json

        URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop"

        def test_image(lambda_events):
            iam, aws_lambda = lambda_events.client("iam"), lambda_events.client("lambda")
            service = {"Service": "lambda.amazonaws.com"}
            trust = {"Statement": [{"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"}]}
            role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
            made = aws_lambda.create_function(
                FunctionName="f", Role=role, PackageType="Image", Code={"ImageUri": f"{URI}:1"},
                ImageConfig={"Command": ["app.handler"], "WorkingDirectory": "/code"},
            )
            lambda_events.advance(1)
            function = lambda_events.functions["f"]
            assert function.invoke(1).payload == ["command", 1]
            assert made["PackageType"] == "Image" and "Runtime" not in made and "Handler" not in made
            assert made["ImageConfigResponse"] == {
                "ImageConfig": {"Command": ["app.handler"], "WorkingDirectory": "/code"}
            }
            code = aws_lambda.get_function(FunctionName="f")["Code"]
            assert (code["RepositoryType"], code["ImageUri"]) == ("ECR", f"{URI}:1")
            assert code["ResolvedImageUri"].startswith(f"{URI}@sha256:")

            aws_lambda.update_function_code(FunctionName="f", ImageUri=f"{URI}:2")
            lambda_events.advance(1)
            aws_lambda.update_function_configuration(FunctionName="f", ImageConfig={})
            lambda_events.advance(1)
            assert function.invoke(2).payload == ["image", 2]
        """
    )

    pytester.runpytest().assert_outcomes(passed=1)


@pytest.mark.parametrize(("command", "name"), [(["app.handler"], "app.handler"), ([], "shop:1")])
def test_an_image_without_a_handler_is_refused_with_what_to_do(create: Any, command: list[str], name: str) -> None:
    given = {"Runtime": None, "Handler": None, "Code": {"ImageUri": "shop:1"}, "PackageType": "Image"}

    with pytest.raises(NotSimulatedError, match=f"'{name}' is not simulated.*Implement the hook pytest_lambda_events_handler"):
        create(**given, ImageConfig={"Command": command})


@pytest.mark.parametrize("given", [{"Runtime": "python3.13"}, {"Handler": "app.handler"}, {"Code": {}}])
def test_an_image_has_no_runtime_and_no_handler(create: Any, given: dict[str, Any]) -> None:
    image = {"Runtime": None, "Handler": None, "Code": {"ImageUri": "shop:1"}, "PackageType": "Image"}

    with pytest.raises(ClientError, match="InvalidParameterValueException"):
        create(**{**image, **given})


# ------------------------------------------------------------------ stacks


def test_a_stack_has_these_settings(lambda_events: LambdaEvents, aws_lambda: Any) -> None:
    stacks = lambda_events.client("cloudformation")
    settings = {
        "VpcConfig": VPC, "FileSystemConfigs": FILES, "CodeSigningConfigArn": SIGNING, "RecursiveLoop": "Allow",
        "RuntimeManagementConfig": {"UpdateRuntimeOn": "FunctionUpdate"},
    }  # fmt: skip
    stacks.create_stack(StackName="shop", TemplateBody=template(settings))
    first = state_of(aws_lambda)

    stacks.update_stack(StackName="shop", TemplateBody=template({"Timeout": 4}))

    assert first == (["subnet-1"], FILES, SIGNING, "Allow", "FunctionUpdate")
    assert state_of(aws_lambda) == ([], None, "", "Terminate", "Auto")


def state_of(aws_lambda: Any) -> tuple[Any, ...]:
    configuration = aws_lambda.get_function_configuration(FunctionName="f")
    return (
        configuration["VpcConfig"]["SubnetIds"],
        configuration.get("FileSystemConfigs"),
        aws_lambda.get_function_code_signing_config(FunctionName="f")["CodeSigningConfigArn"],
        aws_lambda.get_function_recursion_config(FunctionName="f")["RecursiveLoop"],
        aws_lambda.get_runtime_management_config(FunctionName="f")["UpdateRuntimeOn"],
    )


def template(settings: dict[str, Any]) -> str:
    role = {"RoleName": "role", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}
    function = {
        "FunctionName": "f", "Runtime": "python3.13", "Handler": "index.handler", "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": "def handler(event, context): return 1"}, **settings,
    }  # fmt: skip
    resources = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": role},
        "F": {"Type": "AWS::Lambda::Function", "Properties": function},
    }
    return json.dumps({"Resources": resources})
