"""Deploys CDK assemblies."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from templates.assemblies import ASSET, BUCKET, ROLE, code_asset, function, resources, write_manifest, write_stack

from pytest_lambda_events import Function, LambdaEvents, LambdaEventsError, TemplateError
from pytest_lambda_events.errors import DoesNotExistError

QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 60}}
JOBS = "JobsDF1CC2D4"
EXPORT = "Main:ExportsOutputRefJobsDF1CC2D40B4BB8E8"


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    """A folder `cdk.out` with the asset of the functions."""
    folder = tmp_path / "cdk.out"
    code_asset(folder)
    return folder


def same(*functions: Function) -> bool:
    """Returns whether all are the same function."""
    return len({one.arn for one in functions}) == 1


def two_stacks(assembly: Path, url: Any, **main: Any) -> Path:
    """Writes the stack Other, which uses the queue of Main, before Main."""
    producer = {
        "Resources": resources(F=function(), Jobs=QUEUE),
        "Outputs": {"Queue": {"Value": {"Ref": JOBS}, "Export": {"Name": EXPORT}}},
    }
    consumer = {
        "Resources": resources(F=function(Environment={"Variables": {"URL": url}})),
        "Outputs": {"Url": {"Value": url}},
    }
    return write_manifest(
        assembly,
        write_stack(assembly, consumer, artifact="Other", dependencies=["Main"]),
        write_stack(assembly, producer, **main),
    )


@pytest.mark.rule("TPL-B0", "TPL-B1", "TPL-B3", "TPL-27")
@pytest.mark.scenario("TPL T42", "TPL T46")
def test_a_construct_is_found_without_metadata(assembly: Path, lambda_events: LambdaEvents) -> None:
    write_manifest(assembly, write_stack(assembly, {"Resources": resources(F=function(), Jobs=QUEUE)}))

    stack = lambda_events.deploy(assembly)

    assert stack.name == "Main"
    assert same(stack.functions["F"], stack.functions["Main/F"], stack.functions["FC4345940"], stack["Main/F/Resource"])
    assert stack.functions["F"].invoke().payload == "app"
    assert stack.queues["Jobs"].name.startswith("Main-JobsDF1CC2D4-")


@pytest.mark.rule("TPL-07", "TPL-B4")
def test_the_folder_of_the_project_and_an_app_are_sources(assembly: Path, lambda_events: LambdaEvents) -> None:
    write_manifest(assembly, write_stack(assembly, {"Resources": resources(F=function())}))
    app = SimpleNamespace(synth=lambda: SimpleNamespace(directory=str(assembly)))

    assert lambda_events.deploy(app).functions["F"].invoke().payload == "app"
    with pytest.raises(LambdaEventsError, match="The stack 'Main' is deployed already"):
        lambda_events.deploy(assembly.parent)


@pytest.mark.rule("TPL-B2")
@pytest.mark.parametrize("place", ["template", "manifest", "file", "tree"])
def test_a_construct_path_is_read_from_metadata(place: str, assembly: Path, lambda_events: LambdaEvents) -> None:
    declared = function()
    if place == "template":
        declared["Metadata"] = {"aws:cdk:path": "Main/Orders/Resource"}
    artifacts = write_stack(assembly, {"Resources": {"Renamed": declared}})
    metadata = {"/Main/Orders/Resource": [{"type": "aws:cdk:logicalId", "data": "Renamed"}]}
    tree = {"path": "", "children": {"Main": {"path": "Main/Orders/Resource", "attributes": {}}}}
    tree["children"]["Main"]["attributes"] = {"aws:cdk:cloudformation:logicalId": "Renamed"}  # type: ignore[index]
    if place == "manifest":
        artifacts["Main"]["metadata"] = metadata
    elif place == "file":
        artifacts["Main"]["additionalMetadataFile"] = "Main.metadata.json"
        (assembly / "Main.metadata.json").write_text(json.dumps(metadata))
    elif place == "tree":
        artifacts["Tree"] = {"type": "cdk:tree", "properties": {"file": "tree.json"}}
        (assembly / "tree.json").write_text(json.dumps({"version": "tree-0.1", "tree": tree}))

    stack = lambda_events.deploy(write_manifest(assembly, artifacts))

    assert same(stack.functions["Orders"], stack.functions["Main/Orders"], stack.functions["Renamed"])
    assert [one.construct_path for one in stack.report] == ["Main/Orders/Resource"]


@pytest.mark.rule("TPL-08")
def test_the_error_of_a_missing_name_has_the_near_construct(assembly: Path, lambda_events: LambdaEvents) -> None:
    declared = {**function(), "Metadata": {"aws:cdk:path": "Main/Orders/Resource"}}
    stack = lambda_events.deploy(write_manifest(assembly, write_stack(assembly, {"Resources": {"Orders1": declared}})))

    with pytest.raises(DoesNotExistError, match=r"has no function 'Ordrs'\. Did you mean 'Orders'\?"):
        stack.functions["Ordrs"]


@pytest.mark.rule("TPL-B8", "TPL-47", "TPL-48")
@pytest.mark.scenario("TPL T45")
@pytest.mark.parametrize(
    "url",
    [{"Fn::ImportValue": EXPORT}, {"Fn::GetStackOutput": {"StackName": "Main", "OutputName": "Queue"}}],
    ids=["export", "output"],
)
def test_stacks_are_deployed_in_the_order_of_their_dependencies(url: Any, assembly: Path, lambda_events: LambdaEvents) -> None:
    stack = lambda_events.deploy(two_stacks(assembly, url))

    assert list(stack.stacks) == ["Main", "Other"]
    assert stack.outputs == {"Queue": stack.queues["Jobs"].url, "Url": stack.queues["Jobs"].url}
    assert list(stack.functions) == ["Main/FC4345940", "Other/FC4345940"]
    assert same(stack.functions["Main/F"], stack.stacks["Main"].functions["F"])
    assert not same(stack.functions["Main/F"], stack.functions["Other/F"])
    with pytest.raises(LambdaEventsError, match="'F' fits Main/FC4345940 and Other/FC4345940"):
        stack.functions["F"]


@pytest.mark.rule("TPL-B8")
def test_chosen_stacks_are_deployed(assembly: Path, lambda_events: LambdaEvents) -> None:
    two_stacks(assembly, {"Fn::ImportValue": EXPORT}, environment="aws://111111111111/eu-west-3", stackName="shop-main")

    with pytest.raises(LambdaEventsError, match="stack 'Main' is bound to account_id 111111111111 and region_name eu-west-3"):
        lambda_events.deploy(assembly)
    with pytest.raises(TemplateError, match=r"stacks=\['Othr'\]: Did you mean 'Other'\?"):
        lambda_events.deploy(assembly, stacks=["Othr"])
    with pytest.raises(TemplateError, match=r"No export named .* found. Pass exports="):
        lambda_events.deploy(assembly, stacks=["Other"])
    assert not lambda_events.functions

    stack = lambda_events.deploy(assembly, stacks=["Other"], exports={EXPORT: "https://queue"})

    assert stack.outputs == {"Url": "https://queue"}


def test_a_failure_of_the_second_stack_leaves_nothing_of_the_first(assembly: Path, lambda_events: LambdaEvents) -> None:
    with pytest.raises(TemplateError, match="No export named Other found"):
        lambda_events.deploy(two_stacks(assembly, {"Fn::ImportValue": "Other"}))

    assert not lambda_events.functions
    assert not lambda_events.queues


@pytest.mark.rule("TPL-B0", "TPL-B1")
@pytest.mark.scenario("TPL T48")
def test_a_stage_is_an_assembly_in_the_assembly(assembly: Path, lambda_events: LambdaEvents) -> None:
    stage = assembly / "assembly-Prod"
    template = {"Resources": resources(F=function())}
    keywords: dict[str, Any] = {"artifact": "ProdMain7A2D7F2B", "display_name": "Prod/Main", "stackName": "Prod-Main"}
    write_manifest(stage, write_stack(stage, template, asset_folder="../", **keywords))
    artifact = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}}

    stack = lambda_events.deploy(write_manifest(assembly, {"assembly-Prod": artifact}))

    assert stack.name == "Prod-Main"
    assert same(stack.functions["F"], stack.functions["Main/F"], stack.functions["Prod/Main/F"])
    assert stack.functions["F"].invoke().payload == "app"


@pytest.mark.rule("TPL-7C", "TPL-7B")
def test_the_template_of_a_nested_stack_is_an_asset(assembly: Path, lambda_events: LambdaEvents) -> None:
    nested = {
        "Parameters": {"Name": {"Type": "String"}},
        "Resources": resources(F=function(), Inner=QUEUE),
        "Outputs": {"Url": {"Value": {"Ref": next(name for name in resources(Inner=QUEUE))}}},
    }
    code_asset(assembly / "unused")
    (assembly / "MainN.nested.template.json").write_text(json.dumps(nested))
    url = {"Fn::Join": ["", ["https://s3.", {"Ref": "AWS::Region"}, ".amazonaws.com/assets/", f"{ASSET[::-1]}.json"]]}
    stack_resource = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url, "Parameters": {"Name": 5}}}
    template = {
        "Resources": {"NestedX": stack_resource},
        "Outputs": {"Url": {"Value": {"Fn::GetAtt": ["NestedX", "Outputs.Url"]}}},
    }
    artifacts = write_stack(assembly, template, files={f"{ASSET[::-1]}.json": "MainN.nested.template.json"})
    path = "/Main/N.NestedStack/N.NestedStackResource"
    artifacts["Main"]["metadata"] = {path: [{"type": "aws:cdk:logicalId", "data": "NestedX"}]}

    stack = lambda_events.deploy(write_manifest(assembly, artifacts))

    inner = stack.stacks["NestedX"]
    assert stack.outputs["Url"] == inner.queues["Inner"].url
    assert same(stack.functions["Main/N/F"], stack.functions["N/F"], inner.functions["F"])
    assert stack.stacks["N"] is stack.stacks["Main/N"] is inner
    assert inner.parameters["Name"] == "5"
    stack.delete()
    assert not lambda_events.queues


@pytest.mark.rule("TPL-B7")
def test_a_stack_of_the_legacy_synthesizer_is_refused(assembly: Path, lambda_events: LambdaEvents) -> None:
    parameters = {f"AssetParameters{ASSET}S3Bucket4D733FDC": {"Type": "String"}}
    legacy = {"Parameters": parameters, "Resources": resources(F=function())}
    other = write_stack(assembly, {"Resources": resources(F=function())}, artifact="Other")
    write_manifest(assembly, write_stack(assembly, legacy), other)

    with pytest.raises(TemplateError, match=r"The stack 'Main' .* was made by LegacyStackSynthesizer"):
        lambda_events.deploy(assembly)

    assert list(lambda_events.deploy(assembly, stacks=["Other"]).functions) == ["FC4345940"]


@pytest.mark.rule("TPL-06")
def test_stacks_and_handlers_are_checked(assembly: Path, lambda_events: LambdaEvents, tmp_path: Path) -> None:
    write_manifest(assembly, write_stack(assembly, {"Resources": resources(F=function(Role=ROLE))}))
    (tmp_path / "template.json").write_text(json.dumps({"Resources": resources(F=function())}))

    with pytest.raises(TemplateError, match=r"stacks=\['Main'\] is for CDK assemblies"):
        lambda_events.deploy(tmp_path / "template.json", stacks=["Main"])
    with pytest.raises(LambdaEventsError, match=r"handlers=\{'G': ...\}: the template has no such function. Its functions: F"):
        lambda_events.deploy(assembly, handlers={"G": lambda event, context: None})
    assert not lambda_events.functions

    stack = lambda_events.deploy(assembly, handlers={"Main/F": lambda event, context: "given"})

    assert stack.functions["F"].invoke().payload == "given"


@pytest.mark.rule("TPL-B3")
@pytest.mark.parametrize(
    ("path", "logical_id"),
    [
        ("F/Resource", "FC4345940"),
        ("Jobs/Resource", "JobsDF1CC2D4"),
        ("Prov/framework-onEvent/Resource", "ProvframeworkonEvent4D295293"),
        ("F/ServiceRole/DefaultPolicy/Resource", "FServiceRoleDefaultPolicy17A19BFA"),
        ("QueueUrl", "QueueUrl"),
        ("CR/Default", "CR"),
        ("Nested.NestedStack/Nested.NestedStackResource", "NestedNestedStackNestedNestedStackResourceDEFDAA4D"),
    ],
)
def test_a_logical_id_follows_from_the_construct_path(path: str, logical_id: str) -> None:
    from pytest_lambda_events.templates.construct_paths import logical_id_of

    assert logical_id_of(path.split("/")) == logical_id


@pytest.mark.rule("TPL-B5")
def test_an_asset_may_be_the_absolute_source_folder(assembly: Path, lambda_events: LambdaEvents, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "app.py").write_text("def handler(event, context): return __file__")
    files = {f"{ASSET}.zip": str(tmp_path / "source")}
    artifacts = write_stack(assembly, {"Resources": resources(F=function())}, files=files)

    stack = lambda_events.deploy(write_manifest(assembly, artifacts))

    assert stack.functions["F"].invoke().payload == str(tmp_path / "source" / "app.py")


@pytest.mark.rule("TPL-B6", "TPL-AD")
def test_zip_files_and_bundled_packages_are_used_as_they_are(
    assembly: Path, lambda_events: LambdaEvents, tmp_path: Path
) -> None:
    (assembly / f"asset.{ASSET}" / "bundled_package.py").write_text("NAME = 'bundled'")
    text = "import bundled_package, in_layer\ndef handler(event, context): return bundled_package.NAME + in_layer.NAME"
    (assembly / f"asset.{ASSET}" / "app.py").write_text(text)
    with zipfile.ZipFile(assembly / "asset.layer.zip", "w") as archive:
        archive.writestr("python/in_layer.py", "NAME = ' in layer'")
    layer = {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": {"S3Bucket": BUCKET, "S3Key": "layer.zip"}}}
    declared = resources(F=function(Layers=[{"Ref": "Layer"}]))
    artifacts = write_stack(assembly, {"Resources": {**declared, "Layer": layer}}, files={"layer.zip": "asset.layer.zip"})

    stack = lambda_events.deploy(write_manifest(assembly, artifacts))

    assert stack.functions["F"].invoke().payload == "bundled in layer"


@pytest.mark.rule("TPL-BD", "TPL-BE")
def test_an_alias_is_named_by_a_part_of_its_arn(assembly: Path, lambda_events: LambdaEvents) -> None:
    name = next(iter(resources(F=function())))
    version = {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": name}}}
    alias = {
        "Type": "AWS::Lambda::Alias",
        "Properties": {
            "FunctionName": {"Ref": name}, "Name": "live", "FunctionVersion": {"Fn::GetAtt": ["V", "Version"]},
        },
    }  # fmt: skip
    configuration = {
        "Type": "AWS::Lambda::EventInvokeConfig",
        "Properties": {
            "FunctionName": {"Ref": name},
            "Qualifier": {"Fn::Select": [7, {"Fn::Split": [":", {"Ref": "Live"}]}]},
            "MaximumRetryAttempts": 0,
        },
    }
    others = {"V": version, "Live": alias, "Config": configuration, "CDKMetadata": {"Type": "AWS::CDK::Metadata"}}
    artifacts = write_stack(assembly, {"Resources": {**resources(F=function()), **others}})

    stack = lambda_events.deploy(write_manifest(assembly, artifacts))

    key = {"FunctionName": stack.functions["F"].name, "Qualifier": "live"}
    assert lambda_events.client("lambda").get_function_event_invoke_config(**key)["MaximumRetryAttempts"] == 0
    assert list(stack.placeholders) == ["CDKMetadata"]


def test_a_bucket_that_refuses_requests_without_tls_takes_objects(assembly: Path, lambda_events: LambdaEvents) -> None:
    denied = {
        "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*", "Resource": {"Fn::GetAtt": ["Bucket", "Arn"]},
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }  # fmt: skip
    document = {"Version": "2012-10-17", "Statement": [denied]}
    policy = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": document}}
    template = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}, "Policy": policy}}

    stack = lambda_events.deploy(write_manifest(assembly, write_stack(assembly, template)))
    stack.buckets["Bucket"].put_object("a", "b")

    assert stack.buckets["Bucket"].keys == ["a"]
    assert stack.not_applied == {"Policy": ["PolicyDocument.Statement"]}


def test_the_template_file_of_one_stack_has_its_assets(assembly: Path, lambda_events: LambdaEvents) -> None:
    two_stacks(assembly, "https://queue")

    stack = lambda_events.deploy(assembly / "Other.template.json")

    assert stack.name == "Other"
    assert stack.functions["F"].invoke().payload == "app"
