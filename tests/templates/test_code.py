"""Where the code of functions of a template is."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, LambdaEventsError, NotSimulatedError, Stack

Deploy = Callable[..., Stack]

ROLE = "Role: arn:aws:iam::123456789012:role/shop"
SETTINGS = f"Runtime: python3.13, Handler: app.handler, {ROLE}"
FUNCTION = f"""
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties: {{CODE, {SETTINGS}}}
"""
SAM = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.13, Handler: app.handler}}
Resources:
"""


def zipped(**files: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.py", text)
    return content.getvalue()


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


@pytest.mark.rule("TPL-A0")
@pytest.mark.parametrize("code", ["Code: mine", "Code: mine/app.py", "Code: code.zip"])
def test_a_path_is_a_folder_a_file_or_a_zip_file(code: str, deploy: Deploy, folder: Path) -> None:
    write(folder, "mine/app.py", "def handler(event, context): return 'mine'")
    (folder / "code.zip").write_bytes(zipped(app="def handler(event, context): return 'mine'"))

    stack = deploy(FUNCTION.replace("CODE", code))

    assert stack.functions["F"].invoke().payload == "mine"


@pytest.mark.rule("TPL-A0")
def test_code_is_an_object_of_the_environment(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    lambda_events.bucket("deployments")
    s3 = lambda_events.client("s3")
    s3.put_object(Bucket="deployments", Key="shop.zip", Body=zipped(app="def handler(event, context): return 'stored'"))

    stack = deploy(FUNCTION.replace("CODE", "Code: {S3Bucket: deployments, S3Key: shop.zip}"))

    assert stack.functions["F"].invoke().payload == "stored"


@pytest.mark.rule("TPL-A1", "TPL-A6")
def test_a_folder_is_used_in_place(deploy: Deploy, folder: Path) -> None:
    write(folder, "mine/app.py", "def handler(event, context): return __file__")

    function = deploy(FUNCTION.replace("CODE", "Code: mine")).functions["F"]

    assert function.invoke().payload == str(folder / "mine" / "app.py")
    assert function.module("app").__file__ == str(folder / "mine" / "app.py")
    assert "app" not in sys.modules


@pytest.mark.rule("TPL-A1")
@pytest.mark.scenario("TPL T54")
def test_a_symlink_in_the_folder_is_followed(deploy: Deploy, folder: Path) -> None:
    write(folder, "mine/app.py", "def handler(event, context):\n    from common import prices\n    return prices.PRICE")
    write(folder, "shared/prices.py", "PRICE = 5")
    (folder / "mine" / "common").symlink_to(folder / "shared")

    assert deploy(FUNCTION.replace("CODE", "Code: mine")).functions["F"].invoke().payload == 5


@pytest.mark.rule("TPL-A2")
@pytest.mark.scenario("TPL T11")
@pytest.mark.parametrize("handler", ["src/api/entry.handler", "src.api.entry.handler"])
def test_a_handler_may_be_deep_in_folders_without_init(handler: str, deploy: Deploy, folder: Path) -> None:
    write(folder, "src/api/entry.py", "def handler(event, context): return __name__")
    template = FUNCTION.replace("app.handler", handler)

    assert deploy(template.replace("CODE", "Code: .")).functions["F"].invoke().payload == "src.api.entry"


@pytest.mark.rule("TPL-A4")
@pytest.mark.scenario("TPL T8")
def test_modules_with_the_same_name_belong_to_their_function(deploy: Deploy, folder: Path) -> None:
    for name in "ab":
        write(folder, f"{name}/app.py", "def handler(event, context):\n    import helper\n    return helper.NAME")
        write(folder, f"{name}/helper.py", f"NAME = {name!r}")
    stack = deploy(
        SAM
        + "  A: {Type: AWS::Serverless::Function, Properties: {CodeUri: a/}}\n"
        + "  B: {Type: AWS::Serverless::Function, Properties: {CodeUri: b/}}\n"
    )

    assert [stack.functions[name].invoke().payload for name in "ABA"] == ["a", "b", "a"]


@pytest.mark.rule("TPL-A4", "TPL-A5")
@pytest.mark.scenario("TPL T9", "TPL T10")
def test_each_function_imports_the_module_with_its_own_variables(deploy: Deploy, folder: Path) -> None:
    write(folder, "src/app.py", "import os\nTABLE = os.environ['TABLE']\ndef handler(event, context): return TABLE")
    variables = "Environment: {Variables: {TABLE: NAME}}"
    stack = deploy(
        SAM
        + f"  A: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: src, {variables.replace('NAME', 'first')}}}}}\n"
        + f"  B: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: src, {variables.replace('NAME', 'second')}}}}}\n"
    )

    assert [stack.functions[name].invoke().payload for name in "ABA"] == ["first", "second", "first"]


@pytest.mark.rule("TPL-A3")
def test_modules_of_the_test_can_be_imported(
    deploy: Deploy, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "site", "installed_for_the_test.py", "NAME = 'installed'")
    monkeypatch.syspath_prepend(tmp_path / "site")
    write(folder, "src/app.py", "from installed_for_the_test import NAME\ndef handler(event, context): return NAME")

    assert deploy(FUNCTION.replace("CODE", "Code: src")).functions["F"].invoke().payload == "installed"


@pytest.mark.rule("TPL-A7")
@pytest.mark.scenario("TPL T55")
def test_the_folder_of_sam_build_is_a_source(lambda_events: LambdaEvents, folder: Path) -> None:
    build = folder / ".aws-sam" / "build"
    write(build, "template.yaml", SAM + "  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: F}}\n")
    write(build, "F/app.py", "import requirement\ndef handler(event, context): return requirement.NAME")
    write(build, "F/requirement.py", "NAME = 'built'")

    assert lambda_events.deploy(build).functions["F"].invoke().payload == "built"


@pytest.mark.rule("TPL-A8", "TPL-A9")
def test_inline_code_is_the_module_index(deploy: Deploy) -> None:
    handler = r'"def handler(event, context): return cfnresponse.SUCCESS + \"${AWS::Region}\""'
    code = rf'Code: {{ZipFile: !Join ["\n", ["import cfnresponse", !Sub {handler}]]}}'
    template = FUNCTION.replace("app.handler", "index.handler").replace("{CODE", "{" + code)

    stack = deploy(template)

    assert stack.functions["F"].invoke().payload == "SUCCESSus-east-1"


@pytest.mark.rule("TPL-AA")
@pytest.mark.scenario("TPL T53")
@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("Code: nowhere", r"nowhere' does not exist"),
        ("Code: empty", r"empty' has no module 'app'"),
        ("Code: {S3Bucket: deployments, S3Key: shop.zip}", "the object 'shop.zip' does not exist in the bucket 'deployments'"),
    ],
)
def test_missing_code_fails_at_the_first_invocation(code: str, why: str, deploy: Deploy, folder: Path) -> None:
    (folder / "empty").mkdir()

    stack = deploy(FUNCTION.replace("CODE", code))
    response = stack.functions["F"].invoke()

    assert response.payload["errorType"] == "Runtime.ImportModuleError"
    message = response.payload["errorMessage"]
    assert message.startswith("Unable to import module 'app': No module named 'app': ")
    assert why in message.replace(str(folder), "")
    assert message.endswith("Pass handlers={'F': ...} to deploy, a callable or a folder.")
    assert list(stack.runtime) == ["F"]


@pytest.mark.rule("TPL-A7")
def test_missing_code_names_the_folder_of_sam_build(deploy: Deploy, folder: Path) -> None:
    (folder / ".aws-sam" / "build").mkdir(parents=True)

    response = deploy(FUNCTION.replace("CODE", "Code: nowhere")).functions["F"].invoke()

    assert (
        f"'{folder / '.aws-sam' / 'build'}' has code with its requirements: deploy that folder."
        in response.payload["errorMessage"]
    )


@pytest.mark.rule("TPL-06", "TPL-AA")
def test_handlers_give_code(deploy: Deploy, folder: Path) -> None:
    write(folder, "mine/app.py", "def handler(event, context): return 'mine'")

    stack = deploy(FUNCTION.replace("CODE", "Code: nowhere"), handlers={"F": folder / "mine"})

    assert stack.functions["F"].invoke().payload == "mine"
    with pytest.raises(LambdaEventsError, match=r"handlers=\{'F': '.*nowhere'\}: '.*nowhere' does not exist"):
        deploy(FUNCTION.replace("CODE", "Code: src"), name="other", handlers={"F": folder / "nowhere"})


IMAGE = f"""
Resources:
  F:
    Type: AWS::Lambda::Function
    Metadata: {{DockerContext: image, Dockerfile: Dockerfile}}
    Properties: {{PackageType: Image, Code: {{ImageUri: "shop:latest"}}, {ROLE}, ImageConfig: {{Command: [app.handler]}}}}
"""


@pytest.mark.rule("TPL-AB")
def test_an_image_runs_from_its_context(deploy: Deploy, folder: Path) -> None:
    write(folder, "image/app.py", "def handler(event, context): return 'image'")

    assert deploy(IMAGE).functions["F"].invoke().payload == "image"


@pytest.mark.rule("TPL-AB", "TPL-AA")
@pytest.mark.parametrize(
    ("template", "why"),
    [
        (IMAGE.replace("DockerContext: image, ", ""), "the image 'shop:latest' has no local folder"),
        (IMAGE.replace(", ImageConfig: {Command: [app.handler]}", ""), "the image has no ImageConfig.Command"),
    ],
    ids=["no context", "no command"],
)
def test_an_image_without_code_needs_handlers(template: str, why: str, deploy: Deploy) -> None:
    stack = deploy(template)

    response = stack.functions["F"].invoke()

    assert why in response.payload["errorMessage"]
    given = deploy(template, name="given", handlers={"F": lambda event, context: "given"})
    assert given.functions["F"].invoke().payload == "given"


OTHER_RUNTIMES = f"""
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties: {{Code: src, {SETTINGS}}}
  N:
    Type: AWS::Lambda::Function
    Properties: {{Code: node, {SETTINGS.replace("python3.13", "nodejs20.x").replace("app.handler", "index.handler")}}}
  NQ:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {{FunctionName: !Ref N, EventSourceArn: !GetAtt Q.Arn}}
  Q: {{Type: AWS::SQS::Queue}}
"""


@pytest.mark.rule("TPL-AC")
@pytest.mark.scenario("TPL T37")
def test_a_function_of_another_runtime_runs_only_code_of_handlers(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(OTHER_RUNTIMES)

    assert stack.functions["F"].invoke().function_error is None
    assert stack.runtime == {"N": "the runtime nodejs20.x is not Python"}
    stack.queues["Q"].send("x")
    with pytest.raises(NotSimulatedError, match=r"The runtime nodejs20.x of 'stack-N-\w+' is not simulated"):
        lambda_events.run_until_idle()
    stack.queues["Q"].purge()


@pytest.mark.rule("TPL-AC")
@pytest.mark.scenario("TPL T37")
def test_handlers_replace_code_of_another_runtime(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    seen: list[Any] = []
    stack = deploy(OTHER_RUNTIMES, handlers={"N": lambda event, context: seen.append(event)})

    stack.queues["Q"].send("x")
    lambda_events.run_until_idle()

    assert [record["body"] for event in seen for record in event["Records"]] == ["x"]


@pytest.mark.rule("TPL-AC")
@pytest.mark.parametrize("runtime", ["python3.7", "python3.9"])
def test_other_versions_of_python_run(runtime: str, deploy: Deploy, folder: Path) -> None:
    stack = deploy(FUNCTION.replace("CODE", "Code: src").replace("python3.13", runtime))

    assert stack.functions["F"].invoke({"x": 1}).function_error is None
    assert list(stack.runtime) == (["F"] if runtime == "python3.7" else [])


@pytest.mark.rule("TPL-A7")
@pytest.mark.parametrize("is_built", [True, False])
def test_a_missing_requirement_names_the_folder_of_sam_build(is_built: bool, deploy: Deploy, folder: Path) -> None:
    write(folder, "src/app.py", "import not_installed")
    if is_built:
        (folder / ".aws-sam" / "build").mkdir(parents=True)

    response = deploy(FUNCTION.replace("CODE", "Code: src")).functions["F"].invoke()

    expected = "Unable to import module 'app': No module named 'not_installed'"
    hint = f". '{folder / '.aws-sam' / 'build'}' has code with its requirements: deploy that folder."
    assert response.payload["errorMessage"] == expected + (hint if is_built else "")
