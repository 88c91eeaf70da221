"""Layers: folders of the project, zip files that a test publishes, and layers of other accounts."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from uploads import create_function, zipped

from pytest_lambda_events import LambdaEvents, LambdaEventsError

HANDLER = "import shared\ndef handler(event, context):\n    return [shared.NAME, __file__]\n"
POWERTOOLS = "arn:aws:lambda:us-east-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-x86_64:18"
OWN = "arn:aws:lambda:us-east-1:123456789012:layer"


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.fixture
def aws_lambda(lambda_events: LambdaEvents) -> Any:
    """Lambda."""
    return lambda_events.client("lambda")


@pytest.fixture
def publish(aws_lambda: Any) -> Callable[..., str]:
    """Publishes a version of a layer, and gives its ARN."""

    def publish(name: str, **files: str) -> str:
        content = {"ZipFile": zipped({path.replace("__", "/") + ".py": text for path, text in files.items()})}
        return str(aws_lambda.publish_layer_version(LayerName=name, Content=content)["LayerVersionArn"])

    return publish


# ------------------------------------------------------------------ folders


def test_a_layer_is_a_folder_that_two_functions_share(lambda_events: LambdaEvents, tmp_path: Path) -> None:
    write(tmp_path, {"a/app.py": HANDLER, "b/app.py": HANDLER, "layers/common/python/shared.py": "NAME = 'shared'"})

    functions = [
        lambda_events.function("app.handler", code_uri=tmp_path / name, layers=[tmp_path / "layers/common"])
        for name in ("a", "b")
    ]

    assert [function.invoke().payload[0] for function in functions] == ["shared", "shared"]
    assert "shared" not in sys.modules


def test_a_relative_layer_starts_at_the_rootdir_of_pytest(pytester: pytest.Pytester) -> None:
    write(
        pytester.path,
        {
            "src/app.py": HANDLER, "layers/common/python/shared.py": "NAME = 'shared'",
            "tests/test_app.py": """
def test_app(lambda_events):
    function = lambda_events.function("app.handler", code_uri="src", layers=["layers/common"])
    assert function.invoke().payload[0] == "shared"
""",
        },
    )  # fmt: skip
    pytester.makeini("[pytest]")

    pytester.runpytest("tests/test_app.py").assert_outcomes(passed=1)


def test_the_path_of_modules_is_in_the_order_of_lambda(lambda_events: LambdaEvents, tmp_path: Path) -> None:
    layer = tmp_path / "layer"
    site_packages = "layer/python/lib/python3.12/site-packages"
    write(
        tmp_path,
        {
            "src/app.py": "import one, two, three\ndef handler(event, context): return [one.N, two.N, three.N]",
            "src/one.py": "N = 'code'", f"{site_packages}/one.py": "N = 'site-packages'",
            f"{site_packages}/two.py": "N = 'site-packages'", "layer/python/two.py": "N = 'python'",
            "layer/python/three.py": "N = 'python'",
        },
    )  # fmt: skip

    function = lambda_events.function("app.handler", code_uri=tmp_path / "src", layers=[layer], runtime="python3.12")

    assert function.invoke().payload == ["code", "site-packages", "python"]


def test_packages_for_another_runtime_are_not_found_and_the_report_has_the_reason(
    lambda_events: LambdaEvents, tmp_path: Path
) -> None:
    write(tmp_path, {"src/app.py": HANDLER, "layer/python/lib/python3.11/site-packages/shared.py": "NAME = 'shared'"})

    function = lambda_events.function("app.handler", code_uri=tmp_path / "src", layers=[tmp_path / "layer"])

    assert function.invoke().payload["errorType"] == "Runtime.ImportModuleError"
    [warning] = lambda_events.journal.warnings
    assert (
        "has packages for python3.11. They are not on the path of this function, which has runtime python3.13"
        in warning.detail["message"]
    )


def test_the_last_layer_has_priority_if_two_have_the_same_module(lambda_events: LambdaEvents, tmp_path: Path) -> None:
    write(
        tmp_path,
        {"app.py": HANDLER, "first/python/shared.py": "NAME = 'first'", "last/python/shared.py": "NAME = 'last'"},
    )

    function = lambda_events.function(
        "app.handler", code_uri=tmp_path, name="f", layers=[tmp_path / "first", tmp_path / "last"]
    )

    assert function.invoke().payload[0] == "last"


def test_the_files_of_a_package_come_from_all_layers(lambda_events: LambdaEvents, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "src/app.py": "from shop import a, b\ndef handler(event, context): return [a.N, b.N]",
            "first/python/shop/__init__.py": "", "first/python/shop/a.py": "N = 'first a'",
            "first/python/shop/b.py": "N = 'first b'", "last/python/shop/b.py": "N = 'last b'",
        },
    )  # fmt: skip

    function = lambda_events.function("app.handler", code_uri=tmp_path / "src", layers=[tmp_path / "first", tmp_path / "last"])

    assert function.invoke().payload == ["first a", "last b"]


def test_a_layers_modules_belong_to_one_execution_environment(lambda_events: LambdaEvents, tmp_path: Path) -> None:
    source = "import shared, time\ndef handler(event, context):\n    shared.calls.append(1)\n    time.sleep(1)\n"
    write(tmp_path, {"src/app.py": source + "    return len(shared.calls)", "layer/python/shared.py": "calls = []"})
    function = lambda_events.function("app.handler", code_uri=tmp_path / "src", layers=[tmp_path / "layer"])

    for _ in range(2):
        function.invoke_async()
    lambda_events.run_until_idle()

    assert [attempt.response for attempt in function.attempts] == [1, 1]
    assert function.invoke().payload == 2


def test_a_layers_module_can_be_patched(lambda_events: LambdaEvents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"src/app.py": HANDLER, "layer/python/shared.py": "NAME = 'shared'"})
    function = lambda_events.function("app.handler", code_uri=tmp_path / "src", layers=[tmp_path / "layer"])

    monkeypatch.setattr(function.module("shared"), "NAME", "patched")

    assert function.invoke().payload[0] == "patched"


def test_boto3_shows_the_layers_that_are_folders(lambda_events: LambdaEvents, aws_lambda: Any, tmp_path: Path) -> None:
    write(tmp_path, {"src/app.py": HANDLER, "common/python/shared.py": "NAME = 'shared'"})
    lambda_events.function("app.handler", code_uri=tmp_path / "src", layers=[tmp_path / "common", POWERTOOLS])

    [listed] = aws_lambda.list_functions()["Functions"]

    assert [layer["Arn"] for layer in listed["Layers"]] == [f"{OWN}:common:1", POWERTOOLS]
    assert aws_lambda.list_layers()["Layers"][0]["LayerArn"] == f"{OWN}:common"


def test_layers_change_and_go(lambda_events: LambdaEvents, tmp_path: Path) -> None:
    source = "def handler(event, context):\n    import shared\n    return shared.NAME\n"
    files = {f"{name}/python/shared.py": f"NAME = '{name}'" for name in ("old", "new")}
    write(tmp_path, {"src/app.py": source, **files})
    function = lambda_events.function("app.handler", code_uri=tmp_path / "src", layers=[tmp_path / "old"])
    before = function.invoke().payload

    function.update(layers=[tmp_path / "new"])
    after = function.invoke().payload
    function.update(layers=None)

    assert (before, after) == ("old", "new")
    assert function.invoke().payload["errorType"] == "ModuleNotFoundError"


def test_a_callable_can_be_replaced_by_a_folder_with_a_layer_and_back(lambda_events: LambdaEvents, tmp_path: Path) -> None:
    write(tmp_path, {"src/app.py": HANDLER, "layer/python/shared.py": "NAME = 'shared'"})
    function = lambda_events.function(lambda event, context: "callable", name="f")

    function.update(handler="app.handler", code_uri=tmp_path / "src", layers=[tmp_path / "layer"])
    assert function.invoke().payload[0] == "shared"
    function.update(handler=lambda event, context: "back", layers=None)

    assert function.invoke().payload == "back"


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (["nowhere"], r"'.*nowhere' does not exist\. Pass a folder, absolute or relative to"),
        (["file"], "is a file"),
        (["src"], r"has no folder python/\. Put modules into python/"),
        ("layer", "is not a list of layers: folders or ARNs"),
        ([3], "is not a list of layers: folders or ARNs"),
    ],
)
def test_a_layer_that_is_not_there_is_refused_when_the_function_is_made(
    lambda_events: LambdaEvents, tmp_path: Path, layers: Any, message: str
) -> None:
    write(tmp_path, {"src/app.py": HANDLER, "file": ""})
    given = [tmp_path / layer if isinstance(layer, str) else layer for layer in layers] if layers != "layer" else layers

    with pytest.raises(LambdaEventsError, match=message):
        lambda_events.function("app.handler", code_uri=tmp_path / "src", layers=given)

    assert list(lambda_events.functions) == []


def test_a_layer_with_files_needs_code_in_a_folder(lambda_events: LambdaEvents, aws_lambda: Any, tmp_path: Path) -> None:
    write(tmp_path, {"layer/python/shared.py": "NAME = 'shared'"})
    with pytest.raises(LambdaEventsError, match=r"'f' cannot use layer .*: its handler is a callable.*code_uri="):
        lambda_events.function(lambda event, context: None, name="f", layers=[tmp_path / "layer"])
    function = lambda_events.function(lambda event, context: "yes", name="f", layers=[POWERTOOLS])

    with pytest.raises(LambdaEventsError, match="'f' cannot use layer"):
        aws_lambda.update_function_configuration(FunctionName="f", Layers=[f"{OWN}:layer:1"])

    assert function.invoke().payload == "yes"


# ------------------------------------------------------------------ zip files


@pytest.mark.rule("RUN-44")
def test_a_published_layer_is_imported_from_opt(
    lambda_events: LambdaEvents, aws_lambda: Any, publish: Callable[..., str]
) -> None:
    arn = publish("common", python__shared="def fail(): raise ValueError('no')")
    create_function("f", "import shared\ndef handler(event, context): shared.fail()", Layers=[arn])
    lambda_events.advance(1)

    answer = json.loads(aws_lambda.invoke(FunctionName="f")["Payload"].read())

    assert '  File "/opt/python/shared.py", line 1, in fail\n' in answer["stackTrace"][1]
    assert aws_lambda.get_function_configuration(FunctionName="f")["Layers"][0]["Arn"] == arn


def test_the_files_of_a_package_come_from_all_published_layers(
    lambda_events: LambdaEvents, aws_lambda: Any, publish: Callable[..., str]
) -> None:
    first = publish("first", python__shop____init__="", python__shop__a="N = 1", python__shop__b="N = 1")
    last = publish("last", python__shop__b="N = 2")
    source = "from shop import a, b\ndef handler(event, context): return [a.N, b.N, b.__file__]"
    create_function("f", source, Layers=[first, last])
    lambda_events.advance(1)

    assert lambda_events.functions["f"].invoke().payload[:2] == [1, 2]


def test_a_version_keeps_its_layers_and_a_deleted_layer_stays_with_its_functions(
    lambda_events: LambdaEvents, aws_lambda: Any, publish: Callable[..., str]
) -> None:
    first, second = (publish("common", python__shared=f"NAME = '{number}'") for number in (1, 2))
    create_function("f", HANDLER, Layers=[first], Publish=True)
    lambda_events.advance(1)

    aws_lambda.update_function_configuration(FunctionName="f", Layers=[second])
    lambda_events.advance(1)
    for number in (1, 2):
        aws_lambda.delete_layer_version(LayerName="common", VersionNumber=number)

    names = [json.loads(aws_lambda.invoke(FunctionName=name)["Payload"].read())[0] for name in ("f:1", "f")]
    layers = [aws_lambda.get_function_configuration(FunctionName=name)["Layers"][0]["Arn"] for name in ("f:1", "f")]
    assert (names, layers) == (["1", "2"], [first, second])


def test_a_layers_content_may_be_in_s3(lambda_events: LambdaEvents, aws_lambda: Any) -> None:
    s3 = lambda_events.client("s3")
    s3.create_bucket(Bucket="layers")
    s3.put_object(Bucket="layers", Key="common.zip", Body=zipped({"python/shared.py": "NAME = 's3'"}))
    content = {"S3Bucket": "layers", "S3Key": "common.zip"}
    arn = aws_lambda.publish_layer_version(LayerName="common", Content=content)["LayerVersionArn"]

    create_function("f", HANDLER, Layers=[arn])
    lambda_events.advance(1)

    assert lambda_events.functions["f"].invoke().payload[0] == "s3"


@pytest.mark.parametrize(
    ("layers", "code", "message"),
    [
        ([f"{OWN}:common:1"], "InvalidParameterValueException", f"Layer version {OWN}:common:1 does not exist."),
        ([f"{OWN}:a:1", f"{POWERTOOLS[:-2]}1", f"{POWERTOOLS[:-2]}2"], "InvalidParameterValueException", None),
        (
            [f"{POWERTOOLS}{number}" for number in range(6)],
            "InvalidParameterValueException",
            "Cannot reference more than 5 layers.",
        ),
        (["common"], "ValidationException", None),
        ([f"{OWN}:common"], "ValidationException", None),
        (
            [POWERTOOLS.replace("us-east-1", "eu-west-1")],
            "InvalidParameterValueException",
            "Layers are not in the same region as the function. Layers are expected to be in region us-east-1.",
        ),
    ],
    ids=["missing", "twice", "too many", "no ARN", "no version", "region"],
)
def test_layers_that_aws_refuses_are_refused(aws_lambda: Any, layers: list[str], code: str, message: str | None) -> None:
    with pytest.raises(ClientError) as caught:
        create_function("f", HANDLER, Layers=layers)

    error = caught.value.response["Error"]
    assert error["Code"] == code
    assert message in (None, error["Message"])
    assert aws_lambda.list_functions()["Functions"] == []


# ------------------------------------------------------------------ layers of other accounts


def test_packages_of_a_foreign_layer_come_from_the_tests_environment(lambda_events: LambdaEvents, tmp_path: Path) -> None:
    source = "import aws_lambda_powertools\ndef handler(event, context): return aws_lambda_powertools.__name__"
    write(tmp_path, {"app.py": source})

    function = lambda_events.function("app.handler", code_uri=tmp_path, name="f", layers=[POWERTOOLS])
    function.update(layers=[POWERTOOLS], timeout=10)

    assert function.invoke().payload == "aws_lambda_powertools"
    [warning] = lambda_events.journal.warnings
    assert (warning.function_name, POWERTOOLS in warning.detail["message"]) == ("f", True)
    assert "is in another account, so its files are not available" in warning.detail["message"]


def test_the_report_of_a_failing_test_names_foreign_layers(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        f"""
        def test_fails(lambda_events):
            lambda_events.function(lambda event, context: None, name="f", layers=[{POWERTOOLS!r}])
            assert False
        """
    )

    result = pytester.runpytest()

    result.stdout.fnmatch_lines([f"*Layer {POWERTOOLS} is in another account, so its files are not available*"])


def test_files_outside_of_python_are_named_in_a_warning(lambda_events: LambdaEvents, publish: Callable[..., str]) -> None:
    arn = publish("tools", extensions__probe="", bin__probe="", python__shared="NAME = 1")

    create_function("f", HANDLER, Layers=[arn])

    [warning] = lambda_events.journal.warnings
    assert "extensions do not run: bin, extensions." in warning.detail["message"]


# ------------------------------------------------------------------ stacks


def test_a_stack_has_layers(lambda_events: LambdaEvents, aws_lambda: Any) -> None:
    s3 = lambda_events.client("s3")
    s3.create_bucket(Bucket="layers")
    stacks = lambda_events.client("cloudformation")
    answers = []
    for key in ("one", "two"):
        s3.put_object(Bucket="layers", Key=key, Body=zipped({"python/shared.py": f"NAME = {key!r}"}))
        body = template({"S3Bucket": "layers", "S3Key": key})
        if key == "one":
            stacks.create_stack(StackName="shop", TemplateBody=body)
        else:
            stacks.update_stack(StackName="shop", TemplateBody=body)
        lambda_events.advance(1)
        answers.append(lambda_events.functions["charge"].invoke().payload)
    stacks.update_stack(StackName="shop", TemplateBody=template(None))

    assert answers == ["one", "two"]
    assert "Layers" not in aws_lambda.get_function_configuration(FunctionName="charge")
    assert aws_lambda.list_layers()["Layers"] == []


def template(content: dict[str, str] | None) -> str:
    role = {"RoleName": "role", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}
    function: dict[str, Any] = {
        "FunctionName": "charge", "Runtime": "python3.13", "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": "def handler(event, context):\n  import shared\n  return shared.NAME"},
    }  # fmt: skip
    resources: dict[str, Any] = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": role},
        "Charge": {"Type": "AWS::Lambda::Function", "Properties": function},
    }
    if content is not None:
        function["Layers"] = [{"Ref": "Common"}]
        properties = {"LayerName": "common", "Content": content, "CompatibleRuntimes": ["python3.13"]}
        resources["Common"] = {"Type": "AWS::Lambda::LayerVersion", "Properties": properties}
    return json.dumps({"Resources": resources})
