"""Tests of functions from a template: one with inline code, one with an uploaded zip file."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from pytest_lambda_events import LambdaEvents

PROJECT = Path(__file__).resolve().parents[1]


def zipped(folder: Path) -> bytes:
    """The content of a folder, as it is uploaded."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path in sorted(folder.glob("*.py")):
            archive.write(path, path.relative_to(folder))
    return content.getvalue()


@pytest.fixture
def deployed(lambda_events: LambdaEvents) -> LambdaEvents:
    """The stack, with the buckets that it needs."""
    for name in ("artifacts", "pictures", "thumbnails"):
        lambda_events.bucket(name)
    lambda_events.client("s3").put_object(Bucket="artifacts", Key="resize.zip", Body=zipped(PROJECT / "resize"))
    lambda_events.client("cloudformation").create_stack(
        StackName="pictures",
        TemplateBody=(PROJECT / "template.yaml").read_text(),
        Parameters=[{"ParameterKey": "Artifacts", "ParameterValue": "artifacts"}],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    notification = {"LambdaFunctionArn": lambda_events.functions["resize"].arn, "Events": ["s3:ObjectCreated:*"]}
    lambda_events.client("s3").put_bucket_notification_configuration(
        Bucket="pictures", NotificationConfiguration={"LambdaFunctionConfigurations": [notification]}
    )
    return lambda_events


def test_a_picture_goes_through_both_functions(deployed: LambdaEvents) -> None:
    deployed.queues["requests"].send("one\ntwo\nthree\n")
    deployed.run_until_idle()

    [attempt] = deployed.functions["resize"].attempts
    [name] = [record["s3"]["object"]["key"] for record in attempt.event["Records"]]
    thumbnail = deployed.client("s3").get_object(Bucket="thumbnails", Key=name)["Body"].read()
    assert (attempt.outcome, thumbnail) == ("success", b"one\nthree\n")


def test_a_function_that_is_updated_runs_its_new_code(deployed: LambdaEvents, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("def handler(event, context): return 'new'\n")

    deployed.client("lambda").update_function_code(FunctionName="resize", ZipFile=zipped(tmp_path))
    deployed.client("lambda").get_waiter("function_updated").wait(FunctionName="resize")

    assert deployed.functions["resize"].invoke({"Records": []}).payload == "new"
